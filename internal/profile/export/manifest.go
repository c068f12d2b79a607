package export

import (
	"strconv"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

func jobs(entries []entry, o *Options) []File {
	return each(entries, ".job.yaml", func(e *entry, a attempt) []byte {
		var doc object
		doc.set("apiVersion", "batch/v1")
		doc.set("kind", "Job")
		doc.set("metadata", e.metadata(a, o))
		doc.set("spec", e.jobSpec(a, o))
		return document(append(e.comments(a), e.wholeHints(o)...), doc)
	})
}

func cronJobs(entries []entry, o *Options) []File {
	return each(entries, ".cronjob.yaml", func(e *entry, a attempt) []byte {
		var spec, template, doc object
		switch {
		case a == retry:
			spec.set("schedule", schedule(o)).above = []string{
				"It never runs by itself. After a run was killed for memory:",
				"kubectl create job NAME --from=cronjob/" + e.object(a),
			}
			spec.set("suspend", true)
		case o.Schedule == "":
			spec.set("schedule", schedule(o)).above = []string{"Replace the schedule, then let it run."}
			spec.set("suspend", true)
		default:
			spec.set("schedule", o.Schedule)
		}
		template.set("spec", e.jobSpec(a, o))
		spec.set("jobTemplate", template)
		doc.set("apiVersion", "batch/v1")
		doc.set("kind", "CronJob")
		doc.set("metadata", e.metadata(a, o))
		doc.set("spec", spec)
		return document(append(e.comments(a), e.wholeHints(o)...), doc)
	})
}

// wholeHints are the comments above complete manifests.
func (e *entry) wholeHints(o *Options) []string {
	if e.Others.Names == "" {
		return []string{wrapperHint}
	}
	return []string{
		"It has the container " + e.containerName(o) + " alone. Add the pod's others as they are: " + e.Others.Names + ".", wrapperHint,
	}
}

func schedule(o *Options) string {
	if o.Schedule == "" {
		return "@daily"
	}
	return o.Schedule
}

// metadata of an object that is written whole.
func (e *entry) metadata(a attempt, o *Options) object {
	var m object
	m.set("name", e.object(a))
	if o.Namespace != "" {
		m.set("namespace", o.Namespace)
	}
	if l := e.labels(); len(l) > 0 {
		m.set("labels", l)
	}
	m.set("annotations", e.annotations(a))
	return m
}

// jobSpec is the whole of a Job.
func (e *entry) jobSpec(a attempt, o *Options) object {
	var pod, template object
	if l := e.labels(); len(l) > 0 {
		var m object
		m.set("labels", l)
		template.set("metadata", m)
	}
	pod.set("restartPolicy", "Never").comment = "the pod template of a Job cannot be changed: a restart would meet the same limit"
	pod.set("enableServiceLinks", false).comment = "no variables of the namespace's Services, which a function has not"
	pod.set("containers", list{e.container(a, o, true)})
	template.set("spec", pod)
	s := e.bounds()
	s = append(s, e.parallelism()...)
	s.set("podFailurePolicy", failurePolicy(""))
	s.set("template", template)
	return s
}

// container is the container that the profile sizes, with an image in complete manifests.
func (e *entry) container(a attempt, o *Options, whole bool) object {
	var c object
	c.set("name", e.containerName(o))
	if whole || o.Image != "" {
		image, comment := o.image()
		c.set("image", image).comment = comment
	}
	if command := o.command(); len(command) > 0 {
		c.set("command", command)
	}
	c.set("resources", e.resources(a, !whole))
	return c
}

// image of the container, with a comment where it is a placeholder. Nobody can own a
// name under .invalid (RFC 2606).
func (o *Options) image() (image, comment string) {
	if o.Image == "" {
		return "example.invalid/image:tag", "replace it"
	}
	return o.Image, ""
}

// bounds are the deadline, the retries and the time that a finished Job stays.
func (e *entry) bounds() object {
	var s object
	if n, ok := seconds(e.Deadline).Get(); ok {
		s.set("activeDeadlineSeconds", n).comment = "all attempts, start-up and backoff"
	}
	s.set("backoffLimit", e.BackoffLimit)
	if n, ok := seconds(e.TTL).Get(); ok {
		s.set("ttlSecondsAfterFinished", n)
	}
	return s
}

// parallelism of a Job that is written whole: one Job stays one run.
func (e *entry) parallelism() object {
	var s object
	if n, ok := e.Parallelism.Get(); ok && n > 0 {
		s.set("completions", int32(1)).comment = "one run; raise it for several, or leave it out where pods share a queue"
		s.set("parallelism", n)
	}
	return s
}

// rule is one rule of a pod failure policy. Without exit codes it matches the condition.
type rule struct {
	action, operator string
	code             int64
	condition        string
	why              string
}

// policy is what becomes of a failed pod; the first rule that fits decides. The rest
// would be counted without the third one too; it says so.
var policy = [...]rule{
	{action: "Ignore", condition: "DisruptionTarget", why: "evicted, drained or preempted: not the run's fault"},
	{action: "FailJob", operator: "In", code: 137, why: "killed for memory: another attempt would meet the same limit"},
	{action: "Count", operator: "NotIn", code: 137, why: "the rest count towards backoffLimit"},
}

// failurePolicy matches all containers of the pod, or only the container named by of, if
// not empty, so that the end of another container is not attributed to it.
func failurePolicy(of string) object {
	var rules list
	for _, r := range policy {
		var o object
		f := o.set("action", r.action)
		f.comment = r.why
		if r.condition != "" {
			var c object
			c.set("type", r.condition)
			c.set("status", "True")
			o.set("onPodConditions", list{c})
		} else {
			var c object
			if of != "" {
				c.set("containerName", of)
			}
			c.set("operator", r.operator)
			c.set("values", list{r.code})
			o.set("onExitCodes", c)
		}
		rules = append(rules, o)
	}
	var p object
	p.set("rules", rules)
	return p
}

// resources of the attempt's pod. In a patch, what the profile does without is taken
// away where a manifest has it.
func (e *entry) resources(a attempt, patch bool) object {
	var out object
	requests, limits := amounts(e.pod(a), e.EphemeralStorage)
	var r, l object
	for _, v := range requests {
		r.set(v.resource, v.quantity)
	}
	for _, v := range limits {
		l.set(v.resource, v.quantity)
	}
	if patch && !e.pod(a).CPULimit.Known() {
		l = append(object{{key: "cpu", value: null{}, comment: "no limit: one that a manifest has is taken away"}}, l...)
	}
	out.set("requests", r)
	if len(l) > 0 {
		out.set("limits", l)
	}
	return out
}

type amount struct{ resource, quantity string }

// amounts lists the known requests and limits of a pod.
func amounts(p *profile.Pod, storage migration.Opt[migration.Bytes]) (requests, limits []amount) {
	if c, ok := p.CPURequest.Get(); ok && c > 0 {
		requests = append(requests, amount{"cpu", cpuQuantity(c)})
	}
	if c, ok := p.CPULimit.Get(); ok && c > 0 {
		limits = append(limits, amount{"cpu", cpuQuantity(c)})
	}
	if p.MemoryRequest > 0 {
		requests = append(requests, amount{"memory", byteQuantity(p.MemoryRequest)})
	}
	if p.MemoryLimit > 0 {
		limits = append(limits, amount{"memory", byteQuantity(p.MemoryLimit)})
	}
	if b, ok := storage.Get(); ok && b > 0 {
		requests = append(requests, amount{"ephemeral-storage", byteQuantity(b)})
		limits = append(limits, amount{"ephemeral-storage", byteQuantity(b)})
	}
	return requests, limits
}

// cpuQuantity is Kubernetes' way to write processors: whole ones or millicores.
func cpuQuantity(c migration.CPU) string {
	if m := c.Milli(); m%1000 != 0 {
		return strconv.FormatInt(m, 10) + "m"
	}
	return strconv.FormatInt(c.Milli()/1000, 10)
}

// byteQuantity is Kubernetes' way to write memory, in the largest unit that it is a
// whole number of.
func byteQuantity(b migration.Bytes) string {
	for _, u := range []struct {
		size migration.Bytes
		name string
	}{{migration.GiB, "Gi"}, {migration.MiB, "Mi"}, {migration.KiB, "Ki"}} {
		if b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
