package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/objectname"
	"github.com/migtop/migtop/internal/text"
)

// extensions are layers that contain an extension or a custom runtime, by a part of
// their names, and their replacement in a cluster.
var extensions = []struct{ piece, what, instead string }{
	{"Datadog-Extension", "Datadog's extension", "the Datadog agent of the cluster"},
	{"NewRelic", "New Relic's extension", "New Relic's agent in the image"},
	{"Dynatrace", "Dynatrace's extension", "the Dynatrace operator"},
	{"LambdaInsightsExtension", "Lambda Insights", "Container Insights; migtop reads usage from metrics.k8s.io"},
	{
		"AWS-Parameters-and-Secrets", "the Parameters and Secrets extension on localhost:2773",
		"the Secrets Store CSI driver, or the SDK with a cache",
	},
	{"AWS-AppConfig", "the AppConfig agent on localhost:2772", "the AppConfig agent as a sidecar"},
	{"aws-otel", "the OpenTelemetry collector", "a collector in the cluster"},
	{"opentelemetry", "the OpenTelemetry collector", "a collector in the cluster"},
	{"LambdaAdapterLayer", "the Lambda Web Adapter: the code is a web server", "a Deployment rather than a Job"},
	{"Powertools", "Powertools", "the same package in the image; what it knows of Lambda's context is empty"},
	{"AWSCodeGuru", "CodeGuru's profiler", "its agent in the image"},
}

// losses lists features without a counterpart in a Job.
func (c *conversion) losses() {
	c.layers()
	c.concurrency()
	c.outcomes()
	c.addresses()
	d := c.d
	if d.SnapStart {
		c.note(Lost, "SnapStart", "a pod starts its process from the beginning, without a snapshot",
			"measure the start; a checkpoint of the JVM (CRaC, class data sharing) shortens it")
	}
	if d.Tracing {
		c.note(Lost, "X-Ray", "Lambda began a trace for every event and ran X-Ray's daemon next to the code",
			"run a collector (ADOT) in the cluster and begin the trace in the code")
	}
	if d.Durable {
		c.note(Lost, "durable execution", "the function is suspended and resumed by Lambda's checkpoints; a Job runs through",
			"keep it on Lambda, or use a workflow engine (Argo Workflows, Temporal)")
	}
	if d.TenantIsolation {
		c.note(Changed, "tenant isolation", "Lambda keeps the environments of tenants apart; each run of a Job has a pod of its own, on a "+
			"node that tenants share", "one Job a tenant; use node pools, Fargate or a sandboxed runtime class where a node is too little")
	}
	if d.CapacityProvider != "" {
		c.note(Lost, "managed instances", "the function runs on capacity provider "+d.CapacityProvider,
			"choose nodes of a like kind by a node selector")
	}
	for i, f := range d.FileSystems {
		c.fileSystem(i, &f)
	}
	c.versions()
	c.note(Lost, "context", "the handler's context (request ID, remaining time, the function's ARN) and the AWS_LAMBDA_ variables have no "+
		"counterpart",
		"take the run's name from the Job (downward API), and the time left from its deadline")
}

// layers explains layers and the extensions in them.
func (c *conversion) layers() {
	if len(c.d.Layers) == 0 {
		if c.d.PackageType == "Image" {
			c.note(Unknown, "extensions", "whether the image brings extensions in /opt/extensions cannot be seen from Lambda; a Job does not "+
				"start them", "")
		}
		return
	}
	for _, l := range c.d.Layers {
		a, _ := parseARN(l)
		name := strings.TrimPrefix(a.resource, "layer:")
		text, fix := "layer "+name+" is not mounted at /opt", "install what is in it in the image"
		for _, e := range extensions {
			if strings.Contains(strings.ToLower(name), strings.ToLower(e.piece)) {
				text, fix = "layer "+name+" is "+e.what, "use "+e.instead
				break
			}
		}
		c.note(Lost, "layers", text, fix)
	}
}

// concurrency explains reserved and provisioned concurrency.
func (c *conversion) concurrency() {
	if r, ok := c.d.Reserved.Get(); ok && r.Set {
		switch {
		case c.off() && len(c.queues) > 0:
			c.note(Changed, "concurrency", "reserved concurrency of 0 switches the function off: nothing runs there now, and the annotation "+
				pausedAnnotation+" keeps KEDA from starting Jobs",
				"take the annotation away when Jobs are wanted, and set maxReplicaCount to how many may run at once")
		case c.off():
			c.note(Changed, "concurrency", "reserved concurrency of 0 switches the function off: nothing runs there now, and the Job is suspended",
				"set suspend to false when it is wanted; suspend a CronJob that is made of it too")
		case len(c.queues) == 0:
			c.note(Lost, "concurrency", fmt.Sprintf("reserved concurrency of %d kept and bounded the function's runs", r.Count),
				"bound Jobs by a ResourceQuota on count/jobs.batch in a namespace of their own, or by Kueue")
		}
	}
	for _, p := range c.d.Provisioned.Or(nil) {
		if p.Requested > 0 && (c.d.Qualifier == "" || c.mine(p.Qualifier)) {
			c.note(Lost, "concurrency", fmt.Sprintf("%d environments of %s are kept warm; a Job starts a pod for each run", p.Requested,
				orUnknown(p.Qualifier)),
				"keep nodes warm by low-priority placeholder pods, and images small or cached on nodes")
		}
	}
}

// outcomes explains the destinations of events.
func (c *conversion) outcomes() {
	const fix = "send it from the code, or watch Jobs: migtop shows those that failed, an alert on kube_job_status_failed tells of them"
	if c.d.DeadLetter != "" {
		c.note(Lost, "destinations", "events that failed went to "+c.d.DeadLetter+"; nobody puts a failed Job anywhere", fix)
	}
	for _, a := range c.d.Async.Or(nil) {
		if !c.mine(a.Qualifier) {
			continue
		}
		for _, to := range []struct{ what, arn string }{{"succeeded", a.OnSuccess}, {"failed", a.OnFailure}} {
			if to.arn != "" {
				c.note(Lost, "destinations", "asynchronous events that "+to.what+" were reported to "+to.arn, fix)
			}
		}
		if age, ok := a.MaxAge.Get(); ok {
			c.note(Lost, "destinations", "asynchronous events older than "+migration.Brief(age)+
				" were dropped; a Job waits for a node as long as its deadline", "")
		}
	}
}

// addresses explains function URLs.
func (c *conversion) addresses() {
	for _, u := range c.d.URLs.Or(nil) {
		if c.d.Qualifier != "" && !c.mine(u.Qualifier) {
			continue
		}
		text := "the URL " + u.URL + " answers requests (authorization " + orUnknown(u.Auth) + "); a Job answers nobody"
		if u.Streaming {
			text += ", nor does it stream"
		}
		c.note(Lost, "function URL", text, "keep a function or a Deployment there, which starts Jobs or puts work on a queue")
	}
}

// fileSystem explains how to mount an EFS access point.
func (c *conversion) fileSystem(i int, f *migration.FileSystem) {
	a, _ := parseARN(f.ARN)
	if a.service != "elasticfilesystem" {
		c.note(Lost, "file system", f.ARN+" at "+f.Path+" is not mounted", "mount it by its CSI driver")
		return
	}
	// A volume has no namespace: its name has it.
	name := fmt.Sprintf("%s-efs-%d", objectname.Pair(maxName, c.Namespace, c.Name), i+1)
	c.note(Lost, "file system", "EFS access point "+a.name()+" at "+f.Path+
		" is not mounted: which file system it is of cannot be seen from Lambda",
		"with the EFS CSI driver make this volume and a claim of it, with the ID that aws efs describe-access-points shows, and mount the "+
			"claim at "+f.Path+":")
	var out strings.Builder
	writeYAML(&out, object{
		{"apiVersion", "v1"},
		{"kind", "PersistentVolume"},
		{"metadata", object{{"name", name}}},
		{"spec", object{
			{"capacity", object{{"storage", "1Gi"}}},
			{"accessModes", []any{"ReadWriteMany"}},
			{"storageClassName", ""},
			{"persistentVolumeReclaimPolicy", "Retain"},
			{"csi", object{{"driver", "efs.csi.aws.com"}, {"volumeHandle", "FILE-SYSTEM-ID::" + a.name()}}},
			{"claimRef", object{{"namespace", c.Namespace}, {"name", name}}},
		}},
	}, 0)
	c.snippet(strings.TrimRight(out.String(), "\n"))
}

// versions explains aliases that split traffic, and which version was converted.
func (c *conversion) versions() {
	what := "$LATEST"
	if c.d.Qualifier != "" {
		what = c.d.Qualifier
	}
	aliases, known := c.d.Aliases.Get()
	if n := c.d.Versions.Or(0); n > 0 || len(aliases) > 0 {
		var names []string
		for _, a := range aliases {
			text := a.Name + " -> " + a.Version
			for _, v := range slices.Sorted(maps.Keys(a.Shares)) {
				text += fmt.Sprintf(" and %s with %g %%", v, a.Shares[v]*100)
			}
			names = append(names, text)
		}
		said := fmt.Sprintf("this is %s, of %s", what, text.Plural(n, "published version"))
		if len(names) > 0 {
			said += "; aliases: " + strings.Join(names, ", ")
		}
		fix := "name images by their digests: they are a Job's versions"
		if c.d.Qualifier == "" && known && len(aliases) > 0 {
			fix = "give NAME:ALIAS where what runs is not $LATEST; " + fix
		}
		c.note(Changed, "versions", said, fix)
	}
}
