package report

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// profiles writes what is recommended under the names that migtop profiles gives it.
func (d *document) profiles(s *migration.Snapshot) {
	each(d, "profiles", s.Profiles, d.profile)
	each(d, "profile_classes", s.Classes.Classes, func(c *migration.ProfileClass) {
		d.text("name", c.Name)
		d.pod(&c.Base)
		d.bytes("retry_memory_bytes", positive(c.Retry))
		d.whole("deadline_seconds", c.Deadline)
		d.whole("attempt_deadline_seconds", c.AttemptDeadline)
		d.integer("members", int64(c.Members))
		d.ratio("extra", migration.Some(c.Extra))
		d.text("why", c.Why)
	})
}

func (d *document) profile(p *migration.Profile) {
	d.text("workload", string(p.Workload))
	d.name("tenant", string(p.Tenant))
	d.name("class", p.Class)
	d.name("why_class", p.WhyClass)
	d.name("container", p.Container)
	d.name("container_why", p.ContainerWhy)
	d.otherContainers(&p.Others)
	d.pod(&p.Base)
	d.object("retry")
	d.pod(&p.Retry)
	d.end()
	d.bytes("ephemeral_storage_bytes", p.EphemeralStorage)
	d.whole("deadline_seconds", p.Deadline)
	d.whole("attempt_deadline_seconds", p.AttemptDeadline)
	d.integer("backoff_limit", int64(p.BackoffLimit))
	d.whole("ttl_seconds_after_finished", p.TTL)
	d.count("parallelism", migration.Map(p.Parallelism, func(n int32) int64 { return int64(n) }))
	d.text("confidence", p.Confidence.String())
	d.evidence("evidence", &p.Evidence)
	d.integer("job_runs", int64(p.JobRuns))
	d.integer("lambda_runs", int64(p.LambdaRuns))
	d.bool("learning", p.Learning)
	rate := migration.None[migration.Ratio]()
	if p.Confidence != migration.NoConfidence {
		rate = p.FailureRate
	}
	d.ratio("expected_failure_rate", rate)
	d.count("expected_waste_kib_seconds", migration.Map(p.Waste, func(k migration.KiBSeconds) int64 { return int64(k) }))
	d.object("now")
	d.resources("request", p.Now.Request)
	d.resources("limit", p.Now.Limit)
	d.optSeconds("deadline_seconds", p.Now.Deadline)
	d.end()
	d.usd("run_usd", p.RunCost)
	d.usd("monthly_saving_usd", p.Saving)
	d.usd("class_monthly_saving_usd", p.ClassSaving)
	d.bytes("proven_ceiling_bytes", p.Ceiling)
	d.bool("beyond_node", p.BeyondNode)
	d.bool("misses_target", p.MissesTarget)
	d.bool("end_unknown", p.EndUnknown)
	texts(d, "why", p.Why)
}

// otherContainers writes what a pod requests apart from the container that is sized.
func (d *document) otherContainers(o *migration.OtherRequests) {
	d.object("other_containers")
	d.name("names", o.Names)
	d.resources("with", o.With)
	d.resources("least", o.Least)
	d.bytes("pod_memory_limit_bytes", o.PodLimit)
	d.end()
}

// pod writes what one pod requests and is limited to, CPU in cores.
func (d *document) pod(p *migration.PodSize) {
	d.bytes("memory_request_bytes", positive(p.MemoryRequest))
	d.bytes("memory_limit_bytes", positive(p.MemoryLimit))
	d.cores("cpu_request", p.CPURequest)
	d.cores("cpu_limit", p.CPULimit)
}

// whole writes a time in seconds, of which Kubernetes takes whole ones only, rounded up.
func (d *document) whole(key string, v time.Duration) {
	seconds := int64(math.Ceil(v.Seconds()))
	d.count(key, positive(seconds))
}
