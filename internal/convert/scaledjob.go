package convert

import (
	"fmt"
	"strconv"
)

// kedaMost is KEDA's own limit where nobody sets one. Source: KEDA, ScaledJob
// specification, maxReplicaCount.
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
			name = objectName(c.Name + "-" + q.arn.name())
			file = "scaledjob-" + strconv.Itoa(i+1) + ".yaml"
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
		c.add(file, "ScaledJob", name, object{{"apiVersion", "keda.sh/v1alpha1"}, {"kind", "ScaledJob"}, {"metadata", c.meta(name)}, {"spec", spec}})
	}
	c.note(Act, "triggers", "the ScaledJobs need KEDA 2.13 or newer in the cluster, whose operator reads the queues' lengths",
		"install KEDA, and let its operator's own role do sqs:GetQueueAttributes on the queues")
}

// most is how many Jobs of a queue may run at once: the least of what bounds the
// function.
func (c *conversion) most(q *queue) int64 {
	most := int64(kedaMost)
	why := "nothing bounds the function: KEDA's own limit is written"
	if n, ok := q.source.MaxConcurrency.Get(); ok {
		most, why = int64(n), "as the event source mapping's maximum concurrency"
	}
	if r, ok := c.d.Reserved.Get(); ok && r.Set && r.Count > 0 && (int64(r.Count) < most || !q.source.MaxConcurrency.Known()) {
		most, why = int64(r.Count), "as the function's reserved concurrency"
	}
	if p := c.Profile; p != nil {
		if n, ok := p.Parallelism.Get(); ok && n > 0 && int64(n) < most {
			most, why = int64(n), "as the profile's parallelism"
		}
	}
	c.note(Carried, "triggers", fmt.Sprintf("at most %d Jobs at once of queue %s, %s", most, q.arn.name(), why), "")
	return most
}
