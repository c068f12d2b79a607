package convert

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// startUp is what is added to a function's timeout for a pod: Lambda does not
	// count its own start, and Kubernetes counts from the pod's acceptance by the
	// node on, pulling the image included.
	startUp = 60 * time.Second
	// asyncRetries is how often Lambda runs a failed asynchronous event again
	// where nothing is configured. Source: Lambda developer guide, "Retry behavior".
	asyncRetries = 2
	// keep is how long a finished Job stays where its rate is not known.
	keep = time.Hour
	// lambdaTmp is the /tmp that every function has.
	lambdaTmp = 512 * migration.MiB
	// placeholder is the image of a function that has none.
	placeholder = "example.invalid/replace-me:latest"
)

// mbPerCPU is the memory that comes with one vCPU. Source: Lambda developer guide,
// "Configure Lambda function memory".
const mbPerCPU = 1769

// manifests makes the objects: the ConfigMap, the Job, or one ScaledJob a queue.
func (c *conversion) manifests() {
	if len(c.config) > 0 {
		c.add("configmap.yaml", "ConfigMap", c.Name+"-env",
			object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", c.meta(c.Name + "-env")}, {"data", c.config}})
	}
	c.disk()
	c.explain()
	if len(c.queues) == 0 {
		begins := "when it is applied"
		if c.off() {
			begins = "when suspend is set to false"
		}
		c.note(Act, "runs", "the Job is one run, begins "+begins+", and keeps its name until it is deleted, by its TTL or by hand",
			"for a run an event, put generateName: "+c.Name+
				"- in the place of its name and start each with kubectl create -f job.yaml; or make a CronJob of its template")
		c.add("job.yaml", "Job", c.Name, object{
			{"apiVersion", "batch/v1"},
			{"kind", "Job"},
			{"metadata", c.meta(c.Name)},
			{"spec", c.jobSpec(nil)},
		})
		return
	}
	c.scaledJobs()
}

// attemptDeadline is what one attempt may take, in seconds; 0 where nothing says so.
func (c *conversion) attemptDeadline() int64 {
	if p := c.Profile; p != nil && p.AttemptDeadline > 0 {
		return wholeSeconds(p.AttemptDeadline)
	}
	if c.d.Timeout <= 0 {
		return 0
	}
	return wholeSeconds(c.d.Timeout + startUp)
}

// deadline bounds all attempts with the pauses between them, which double from
// 10 s to 6 min; 0 where nothing bounds one attempt. Source: Kubernetes, Jobs, "Pod backoff failure policy".
func (c *conversion) deadline() int64 {
	if p := c.Profile; p != nil && p.Deadline > 0 {
		return wholeSeconds(p.Deadline)
	}
	if c.attemptDeadline() <= 0 {
		return 0
	}
	retries := int64(c.backoffLimit())
	total := (retries + 1) * c.attemptDeadline()
	for i := range retries {
		total += min(int64(10)<<min(i, 10), 360)
	}
	return total
}

// backoffLimit is how often a failed attempt is repeated.
func (c *conversion) backoffLimit() int32 {
	if c.Profile != nil {
		return c.Profile.BackoffLimit
	}
	if len(c.queues) > 0 {
		return 0 // the queue repeats
	}
	for _, a := range c.d.Async.Or(nil) {
		if n, ok := a.Retries.Get(); ok && c.mine(a.Qualifier) {
			return n
		}
	}
	return asyncRetries
}

// mine reports whether a setting of a qualifier is one of what is converted.
func (c *conversion) mine(qualifier string) bool {
	if c.d.Qualifier == "" {
		return qualifier == "" || qualifier == "$LATEST"
	}
	return qualifier == c.d.Qualifier
}

func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// jobSpec is the spec of the Job; with a queue, of those that the queue starts.
func (c *conversion) jobSpec(q *queue) object {
	ttl := keep
	spec := object{}
	if p := c.Profile; p != nil {
		if p.TTL > 0 {
			ttl = p.TTL
		}
		if n, ok := p.Parallelism.Get(); ok && q == nil && n > 0 {
			c.note(Carried, "profile", fmt.Sprintf("measured, up to %d runs at once are worth while: that many Jobs, not pods of one Job", n), "")
		}
	}
	if q == nil && c.off() {
		spec = append(spec, member{"suspend", true})
	}
	spec = append(spec, member{"backoffLimit", int64(c.backoffLimit())})
	if n := c.deadline(); n > 0 {
		spec = append(spec, member{"activeDeadlineSeconds", n})
	}
	return append(spec,
		member{"ttlSecondsAfterFinished", wholeSeconds(ttl)},
		// An eviction says nothing of the code; a kill for memory would come again
		// within the same limit; everything else counts.
		member{"podFailurePolicy", object{{"rules", []any{
			object{{"action", "Ignore"}, {"onPodConditions", []any{object{{"type", "DisruptionTarget"}, {"status", "True"}}}}},
			object{{"action", "FailJob"}, {"onExitCodes", object{{"containerName", "main"}, {"operator", "In"}, {"values", []any{int64(137)}}}}},
			object{{"action", "Count"}, {"onExitCodes", object{{"containerName", "main"}, {"operator", "NotIn"}, {"values", []any{int64(0)}}}}},
		}}}},
		member{"template", object{
			{"metadata", object{{"labels", c.labels()}}.with("annotations", c.owners(false))},
			{"spec", c.podSpec(q)},
		}},
	)
}

func (c *conversion) podSpec(q *queue) object {
	spec := object{{"restartPolicy", "Never"}}
	if n := c.attemptDeadline(); n > 0 {
		spec = append(spec, member{"activeDeadlineSeconds", n})
	}
	spec = append(spec,
		member{"serviceAccountName", c.ServiceAccount},
		// The code spoke to AWS and to nothing in the cluster.
		member{"automountServiceAccountToken", false},
		// A Service of the namespace would bring variables that the function had not:
		// REDIS_PORT is tcp://10.0.0.1:6379 where a Service is called redis.
		member{"enableServiceLinks", false},
	)
	if arch := c.arch(); arch != "" {
		spec = append(spec, member{"nodeSelector", object{{"kubernetes.io/arch", arch}}})
	}
	// Lambda ran it as an unprivileged user in a sandbox of its own.
	spec = append(spec, member{"securityContext", object{{"seccompProfile", object{{"type", "RuntimeDefault"}}}}})
	spec = append(spec, member{"containers", []any{c.container(q)}})
	return spec.with("volumes", c.volumes)
}

func (c *conversion) arch() string {
	switch c.d.Arch {
	case migration.X86:
		return "amd64"
	case migration.Arm64:
		return "arm64"
	}
	return ""
}

func (c *conversion) container(q *queue) object {
	out := object{{"name", "main"}, {"image", c.image()}}
	out = out.with("command", literals(c.Command)).with("workingDir", c.d.WorkingDirectory)
	if len(c.config) > 0 {
		out = append(out, member{"envFrom", []any{object{{"configMapRef", object{{"name", c.Name + "-env"}}}}}})
	}
	env := c.env
	if q != nil {
		env = append(append([]any{}, env...), object{{"name", c.queueVariable()}, {"value", literal(q.url)}})
	}
	return out.with("env", env).
		with("resources", c.resources()).
		with("volumeMounts", c.mounts).
		with("securityContext", object{
			{"allowPrivilegeEscalation", false},
			// On Lambda only /tmp can be written to.
			{"readOnlyRootFilesystem", true},
			{"capabilities", object{{"drop", []any{"ALL"}}}},
		})
}

// literal is a text that Kubernetes' expansion gives back as it is: it takes $(NAME) for
// a variable and $$ for $, in command, args and the values of env.
// Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }

func literals(words []string) []any {
	out := make([]any, len(words))
	for i, word := range words {
		out[i] = literal(word)
	}
	return out
}

// image is what the containers run.
func (c *conversion) image() string {
	if c.Image != "" {
		return c.Image
	}
	return c.d.Image.Or(placeholder)
}

// memory is the request and the limit. Without a profile both are what the function
// has, under which it is known to run; 0 where neither is known.
func (c *conversion) memory() (request, limit migration.Bytes) {
	if p := c.Profile; p != nil && p.Base.MemoryRequest > 0 {
		return p.Base.MemoryRequest, max(p.Base.MemoryLimit, p.Base.MemoryRequest)
	}
	return c.d.Memory, c.d.Memory
}

// cpu is the request: of the profile, or the share that comes with the memory; 0 where
// neither is known.
func (c *conversion) cpu() migration.CPU {
	if p := c.Profile; p != nil {
		if r, ok := p.Base.CPURequest.Get(); ok && r > 0 {
			return r
		}
	}
	mb := int64(c.d.Memory / migration.MiB)
	return migration.CPU((mb*1000+mbPerCPU-1)/mbPerCPU) * migration.Millicore
}

func (c *conversion) resources() object {
	request, limit := c.memory()
	var requests, limits object
	if cpu := c.cpu(); cpu > 0 {
		requests = append(requests, member{"cpu", milli(cpu)})
	}
	if request > 0 {
		requests = append(requests, member{"memory", size(request)})
	}
	requests = append(requests, member{"ephemeral-storage", size(c.tmp())})
	if limit > 0 {
		limits = append(limits, member{"memory", size(limit)})
	}
	if p := c.Profile; p != nil {
		if l, ok := p.Base.CPULimit.Get(); ok {
			limits = append(object{{"cpu", milli(l)}}, limits...)
		}
	}
	return object{{"requests", requests}}.with("limits", limits)
}

// milli is an amount of CPU as Kubernetes writes it.
func milli(cpu migration.CPU) string {
	if n := cpu.Milli(); n%1000 != 0 {
		return strconv.FormatInt(n, 10) + "m"
	}
	return strconv.FormatInt(cpu.Milli()/1000, 10)
}

// size is an amount of bytes as Kubernetes writes it, in the largest unit without a
// fraction.
func size(b migration.Bytes) string {
	for _, u := range []struct {
		unit migration.Bytes
		name string
	}{{migration.GiB, "Gi"}, {migration.MiB, "Mi"}, {migration.KiB, "Ki"}} {
		if b > 0 && b%u.unit == 0 {
			return strconv.FormatInt(int64(b/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// tmp is the size of /tmp.
func (c *conversion) tmp() migration.Bytes {
	if c.Profile != nil {
		if b, ok := c.Profile.EphemeralStorage.Get(); ok && b > 0 {
			return b
		}
	}
	if c.d.EphemeralStorage > 0 {
		return c.d.EphemeralStorage
	}
	return lambdaTmp
}

// disk gives the Job a /tmp of the size that the function has.
func (c *conversion) disk() {
	c.volumes = append(c.volumes, object{{"name", "tmp"}, {"emptyDir", object{{"sizeLimit", size(c.tmp())}}}})
	c.mounts = append(c.mounts, object{{"name", "tmp"}, {"mountPath", "/tmp"}})
	text := fmt.Sprintf("/tmp of %s is an emptyDir of that size, requested as ephemeral storage", size(c.tmp()))
	if c.tmp() > lambdaTmp {
		text += "; Lambda's " + size(lambdaTmp) + " come with a function, more has to fit on the node's disk"
	}
	c.note(Carried, "disk", text, "")
	c.note(Carried, "disk", "as on Lambda, nothing but /tmp can be written to: the container's root file system is read-only", "")
	c.note(Changed, "disk", "an environment of Lambda may find in /tmp what an earlier run left; each pod begins with an empty one", "")
}
