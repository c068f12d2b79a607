package convert

import (
	"fmt"
	"strconv"
	"strings"
)

// kedaMost is KEDA's default limit. Source: KEDA, ScaledJob specification,
// maxReplicaCount.
const kedaMost = 100

// scaledJobs makes one ScaledJob a queue, and how KEDA may look at the queues.
func (c *conversion) scaledJobs() {
	c.add("triggerauthentication.yaml", "TriggerAuthentication", c.Name, object{
		{"apiVersion", "keda.sh/v1alpha1"},
		{"kind", "TriggerAuthentication"},
		{"metadata", c.meta(c.Name)},
		{"spec", object{{"podIdentity", object{{"provider", "aws"}}}}},
	})
	for i := range c.queues {
		q := &c.queues[i]
		name, file := c.Name, "scaledjob.yaml"
		if len(c.queues) > 1 {
			name = c.queueName(q)
			file = "scaledjob-" + strings.TrimPrefix(name, c.Name+"--") + ".yaml"
		}
		most := c.most(q)
		spec := object{
			{"jobTargetRef", c.jobSpec(q)},
			{"pollingInterval", int64(30)},
			{"maxReplicaCount", most},
			// Jobs go by their TTL.
			{"successfulJobsHistoryLimit", int64(100)},
			{"failedJobsHistoryLimit", int64(100)},
			// A new version leaves running Jobs alone.
			{"rollout", object{{"strategy", "gradual"}}},
			{"triggers", []any{object{
				{"type", "aws-sqs-queue"},
				{"metadata", object{
					{"queueURL", q.url},
					{"queueLength", strconv.Itoa(int(max(q.source.BatchSize, 1)))},
					{"awsRegion", q.arn.region},
					{"scaleOnInFlight", "true"},
				}},
				{"authenticationRef", object{{"name", c.Name}}},
			}}},
		}
		meta := c.meta(name)
		if c.off() {
			meta = annotated(meta, pausedAnnotation, "true")
		}
		c.add(file, "ScaledJob", name, object{{"apiVersion", "keda.sh/v1alpha1"}, {"kind", "ScaledJob"}, {"metadata", meta}, {"spec", spec}})
	}
	if n := len(c.queues); n > 1 && c.limit() > 0 {
		c.note(Changed, "triggers", fmt.Sprintf("the function's reserved concurrency of %d bounds all of its triggers together; KEDA counts "+
			"each ScaledJob alone, "+
			"so that each of the %d ScaledJobs may run %d Jobs", c.limit(), n, c.limit()),
			"bound them together by a ResourceQuota on count/jobs.batch in a namespace of their own, or share the number out")
	}
	c.note(Act, "triggers", "the ScaledJobs need KEDA 2.13 or newer in the cluster, whose operator reads the queues' lengths",
		"install KEDA, and let its operator's own role do sqs:GetQueueAttributes on the queues")
}

// pausedAnnotation keeps KEDA from starting Jobs. Source: KEDA, ScaledJob
// specification, "Pause autoscaling".
const pausedAnnotation = "autoscaling.keda.sh/paused"

// off reports whether the function is switched off: its reserved concurrency is 0.
func (c *conversion) off() bool {
	r, ok := c.d.Reserved.Get()
	return ok && r.Set && r.Count <= 0
}

// limit is the function's reserved concurrency, 0 where it bounds nothing.
func (c *conversion) limit() int64 {
	if r, ok := c.d.Reserved.Get(); ok && r.Set && r.Count > 0 {
		return int64(r.Count)
	}
	return 0
}

// most is how many Jobs of a queue may run at once: the least of the function's limits.
// For a function that is switched off it is one, since its limits do not say.
func (c *conversion) most(q *queue) int64 {
	most := int64(kedaMost)
	why := "nothing bounds the function: KEDA's own limit is written"
	switch {
	case c.off():
		most, why = 1, "once it is switched on: nothing says how many"
	case !c.d.Reserved.Known():
		why = "which is KEDA's own limit: the reserved concurrency could not be read"
	}
	if n, ok := q.source.MaxConcurrency.Get(); ok {
		most, why = int64(n), "as the event source mapping's maximum concurrency"
	}
	if n := c.limit(); n > 0 && (n < most || !q.source.MaxConcurrency.Known()) {
		most, why = n, "as the function's reserved concurrency"
	}
	if p := c.Profile; p != nil {
		if n, ok := p.Parallelism.Get(); ok && n > 0 && int64(n) < most {
			most, why = int64(n), "as the profile's parallelism"
		}
	}
	c.note(Carried, "triggers", fmt.Sprintf("at most %d Jobs at once of queue %s, %s", most, q.arn.name(), why), "")
	return most
}
