package report

import (
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// document walks a snapshot into a sink.
type document struct {
	sink
	series bool
}

func writeDocument(to sink, s *migration.Snapshot, opts Options) {
	d := &document{to, opts.Series}
	d.object("")
	d.text("schema", Schema)
	d.integer("version", int64(min(s.Version, math.MaxInt64)))
	d.time("at", s.At)
	d.scope(&s.Scope)
	d.window(&s.Window)
	each(d, "tenants", s.Tenants, func(t *migration.TenantView) { d.tenant(t, s.At) })
	d.totals(&s.Totals)
	d.plan(s.Waves)
	d.profiles(s)
	each(d, "sources", s.Sources, d.source)
	d.spend(&s.Spend)
	d.prices(&s.Prices)
	d.cluster(s.Cluster)
	d.end()
}

func (d *document) scope(s *migration.Scope) {
	d.object("scope")
	d.name("name", s.Name)
	d.name("aws_profile", s.Profile)
	d.name("aws_account", s.Account)
	d.name("aws_region", s.Region)
	d.name("kubernetes_context", s.Context)
	d.bool("demo", s.Demo)
	each(d, "accounts", s.Accounts, func(a *migration.AccountScope) {
		d.text("name", a.Name)
		d.name("aws_profile", a.Profile)
		d.name("role_arn", a.Role)
		d.name("aws_account", a.Account)
		d.name("aws_region", a.Region)
	})
	d.end()
}

func (d *document) window(w *migration.Window) {
	d.object("window")
	d.time("from", w.From)
	d.time("to", w.To)
	d.seconds("span_seconds", w.Span)
	d.time("final_to", w.FinalTo)
	d.time("jobs_from", w.JobsFrom)
	d.end()
}

func (d *document) tenant(t *migration.TenantView, now time.Time) {
	d.name("tenant", string(t.Tenant))
	d.share("routed", &t.Routed)
	d.share("delta", &t.Delta)
	d.number("break_even_runs_per_day", t.BreakEven.Value)
	d.evidence("break_even_evidence", &t.BreakEven.Evidence)
	d.answers(&t.Economics)
	d.text("verdict", t.Verdict.Decision.String())
	d.text("verdict_reason", t.Verdict.Reason)
	each(d, "notices", t.Notices, func(n *migration.Notice) {
		d.text("severity", n.Severity.String())
		d.text("code", n.Code)
		d.text("text", n.Text)
		d.optTime("since", n.Since)
		d.name("since_basis", n.SinceBasis.String())
	})
	d.evidence("attributed_by", &t.AttributedBy)
	d.side("lambda", &t.Before)
	d.side("jobs", &t.After)
	d.services(t.Services)
	d.queues(t.Queues)
	d.flows(t.Flows)
	d.logs(t.Logs)
	each(d, "workloads", t.Workloads, d.workload)
	each(d, "runs", t.Runs, func(r *migration.Run) { d.run(r, now) })
}

func (d *document) side(key string, s *migration.Side) {
	d.object(key)
	d.bool("present", s.Present)
	d.usd("cost_per_hour_usd", s.CostPerHour.Value)
	d.usd("cost_usd", s.Cost.Value)
	d.usd("cost_per_run_usd", s.CostPerRun.Value)
	d.kind("cost_kind", s.Cost.Kind)
	d.evidence("cost_evidence", &s.Cost.Evidence)
	d.count("runs", s.Runs)
	d.count("failures", s.Failures)
	d.ratio("failure_ratio", s.FailureRate)
	d.count("throttled", s.Throttled)
	d.count("timed_out", s.TimedOut)
	d.count("oom_killed", s.OOMKilled)
	d.count("running", s.Running)
	d.count("pending", s.Pending)
	distribution(d, "duration_seconds", s.Duration, toSeconds)
	distribution(d, "start_up_seconds", s.StartUp, toSeconds)
	distribution(d, "peak_memory_bytes", s.PeakMemory, toBytes)
	d.bytes("memory_limit_bytes", s.MemoryLimit)
	d.ratio("wall_ratio", s.TimeoutRatio)
	d.evidence("activity_evidence", &s.Activity)
	d.severities(
		graded{"failure_ratio", s.Severity.FailureRate}, graded{"throttled", s.Severity.Throttled}, graded{"timed_out", s.Severity.TimedOut},
		graded{"oom_killed", s.Severity.OOMKilled}, graded{"pending", s.Severity.Pending},
		graded{"peak_memory_bytes", s.Severity.PeakMemory}, graded{"wall_ratio", s.Severity.TimeoutRatio},
	)
	if d.series {
		d.chart("cost_series", &s.CostSeries)
		d.chart("runs_series", &s.RunsSeries)
		d.chart("duration_series", &s.DurationSeries)
		d.chart("memory_series", &s.MemorySeries)
	}
	d.end()
}

// graded is the severity of a figure, by the figure's name.
type graded struct {
	figure   string
	severity migration.Severity
}

// severities writes which figures of an object need attention. Most have none, and are left
// out.
func (d *document) severities(of ...graded) {
	d.object("severity")
	for _, g := range of {
		if g.severity > 0 {
			d.text(g.figure, g.severity.String())
		}
	}
	d.end()
}

func (d *document) workload(w *migration.WorkloadView) {
	d.text("workload", string(w.Workload))
	d.side("lambda", &w.Before)
	d.side("jobs", &w.After)
	each(d, "functions", w.Functions, func(f *migration.Function) {
		d.text("name", f.Name)
		d.name("arn", f.ARN)
		d.name("runtime", f.Runtime)
		d.name("package_type", f.PackageType)
		d.name("architecture", string(f.Place.Arch))
		d.name("region", f.Place.Region)
		d.bytes("memory_bytes", positive(f.MemorySize))
		d.bool("linked", f.Linked)
		d.optSeconds("timeout_seconds", positive(f.Timeout))
		d.bytes("ephemeral_storage_bytes", positive(f.Ephemeral))
		d.time("modified", f.Modified)
		d.name("alias", f.Alias)
		d.aliases(f.Aliases)
	})
}

func (d *document) aliases(of migration.Opt[[]migration.Alias]) {
	known, ok := of.Get()
	if !ok {
		d.literal("aliases", null)
		return
	}
	each(d, "aliases", known, func(a *migration.Alias) {
		d.text("name", a.Name)
		d.name("tenant", string(a.Key.Tenant))
		each(d, "versions", a.Routes, func(r *migration.Route) {
			c := r.Config.Or(migration.VersionConfig{}) // what is unknown is zero, and null
			d.text("version", r.Version)
			d.ratio("weight_ratio", migration.Some(r.Weight))
			d.name("architecture", string(c.Place.Arch))
			d.bytes("memory_bytes", positive(c.MemorySize))
			d.optSeconds("timeout_seconds", positive(c.Timeout))
			d.bytes("ephemeral_storage_bytes", positive(c.Ephemeral))
		})
	})
}

func (d *document) run(r *migration.Run, now time.Time) {
	d.name("workload", string(r.Key.Workload))
	d.text("uid", r.UID)
	d.text("namespace", r.Namespace)
	d.text("name", r.Name)
	d.text("state", r.State.String())
	d.name("reason", r.Reason)
	d.name("message", r.Message)
	d.time("created", r.Created)
	d.optTime("started", r.Started)
	d.optTime("finished", r.Finished)
	d.optTime("resumed", r.Resumed)
	d.optSeconds("duration_seconds", r.Duration(now))
	d.runTime(r.RunTime)
	d.optSeconds("deadline_seconds", r.Deadline)
	d.integer("parallelism", int64(r.Parallel))
	d.integer("failed_attempts", int64(r.Failed))
	d.resources("request", r.Request)
	d.resources("limit", r.Limit)
	c := r.Container.Or(migration.Container{}) // what is unknown is empty, and null
	d.name("container", c.Name)
	d.resources("container_request", c.Request)
	d.resources("container_limit", c.Limit)
	each(d, "attempts", r.Attempts, func(a *migration.Attempt) {
		d.text("pod", a.Pod)
		d.name("node", a.Node)
		d.text("state", a.State.String())
		d.name("reason", a.Reason)
		d.name("message", a.Message)
		d.count("exit_code", migration.Map(a.ExitCode, func(c int32) int64 { return int64(c) }))
		d.integer("restarts", int64(a.Restarts))
		d.optTime("scheduled", a.Scheduled)
		d.optTime("started", a.Started)
		d.optTime("finished", a.Finished)
		d.cores("cpu_cores", a.CPU)
		d.bytes("memory_bytes", a.Memory)
		d.bytes("peak_memory_bytes", a.PeakMemory)
		d.runTime(a.RunTime)
		each(d, "containers", a.Containers, d.container)
	})
}

func (d *document) container(c *migration.Container) {
	d.text("name", c.Name)
	d.text("kind", c.Kind.String())
	d.resources("request", c.Request)
	d.resources("limit", c.Limit)
	d.count("exit_code", migration.Map(c.ExitCode, func(c int32) int64 { return int64(c) }))
	d.integer("restarts", int64(c.Restarts))
	d.integer("oom_killed", int64(c.OOMKilled))
	d.bytes("peak_memory_bytes", c.PeakMemory)
	d.bool("peak_memory_exact", c.PeakMemory.Known() && c.PeakBound == migration.Exact)
	d.runTime(c.RunTime)
}

// runTime writes both ends of what a run took; they are the same where it is known.
func (d *document) runTime(v migration.Opt[migration.Bounds[time.Duration]]) {
	b, ok := v.Get()
	if !ok {
		d.literal("run_time_seconds", null)
		return
	}
	d.object("run_time_seconds")
	d.seconds("low", b.Low)
	d.seconds("high", b.High)
	d.end()
}

func (d *document) resources(key string, r migration.Resources) {
	d.object(key)
	d.cores("cpu_cores", r.CPU)
	d.bytes("memory_bytes", r.Memory)
	d.end()
}

func (d *document) totals(t *migration.Totals) {
	d.object("totals")
	d.integer("tenants", int64(t.Tenants))
	d.share("routed", &t.Routed)
	d.side("lambda", &t.Before)
	d.side("jobs", &t.After)
	d.services(t.Services)
	for _, m := range []struct {
		name   string
		figure *migration.Figure[migration.USD]
	}{
		{"credit_per_hour", &t.Credit}, {"idle_per_hour", &t.Idle}, {"platform_per_hour", &t.Platform}, {"total_per_hour", &t.Total}, {"double_run", &t.DoubleRun},
	} {
		d.money(m.name, m.figure)
	}
	d.platformParts(t.PlatformParts)
	d.outlook(&t.Forecast)
	if d.series {
		d.chart("routed_series", &t.RoutedSeries)
		d.chart("idle_series", &t.IdleSeries)
		d.chart("platform_series", &t.PlatformSeries)
	}
	each(d, "nodes", t.Nodes, func(n *migration.NodeView) {
		d.text("host", n.Host.Kind.String())
		d.name("instance_type", n.Host.InstanceType)
		d.name("architecture", string(n.Host.Place.Arch))
		d.name("region", n.Host.Place.Region)
		d.name("operating_system", string(n.Host.OS))
		d.bool("spot", n.Host.Spot)
		d.name("tenancy", string(n.Host.Tenancy))
		d.name("capacity", string(n.Host.Capacity))
		d.integer("accelerators", n.Host.Accelerators)
		d.bool("auto_mode", n.Host.AutoMode)
		d.integer("nodes", int64(n.Nodes))
		d.usd("node_per_hour_usd", n.NodePrice.Value)
		d.evidence("node_price_evidence", &n.NodePrice.Evidence)
		d.ratio("requested_ratio", n.Requested)
	})
	d.end()
}

func (d *document) source(h *migration.Health) {
	d.text("source", h.Source)
	d.name("scope", h.Scope)
	d.text("state", h.State.String())
	if h.Problem == nil {
		d.literal("problem", "null")
	} else {
		d.object("problem")
		d.text("fault", h.Problem.Fault.String())
		d.text("what", h.Problem.What)
		d.name("fix", h.Problem.Fix)
		d.name("snippet", h.Problem.Snippet)
		d.end()
	}
	d.time("last_success", h.LastSuccess)
	d.time("data_to", h.DataTo)
	d.time("final_to", h.FinalTo)
	d.seconds("cadence_seconds", h.Cadence)
	d.seconds("latency_seconds", h.Latency)
	d.integer("calls", h.Calls)
	d.integer("errors", h.Errors)
	d.integer("objects", int64(h.Objects))
	d.name("note", h.Note)
}

func (d *document) spend(s *migration.Spend) {
	d.object("spend")
	d.time("since", s.Since)
	d.integer("metrics_low", s.MetricsLow)
	d.integer("metrics_high", s.MetricsHigh)
	d.integer("scanned_bytes", s.ScannedBytes)
	d.usd("scanned_usd", s.Scanned)
	d.usd("per_hour_low_usd", s.PerHourLow)
	d.usd("per_hour_high_usd", s.PerHourHigh)
	d.usd("per_month_low_usd", s.PerMonthLow)
	d.usd("per_month_high_usd", s.PerMonthHigh)
	d.usd("so_far_low_usd", s.SoFarLow)
	d.usd("so_far_high_usd", s.SoFarHigh)
	d.usd("this_month_low_usd", s.ThisMonthLow)
	d.usd("this_month_high_usd", s.ThisMonthHigh)
	d.bool("lower_bound", s.LowerBound)
	d.usd("budget_hour_usd", s.BudgetHour)
	d.usd("budget_day_usd", s.BudgetDay)
	d.usd("budget_month_usd", s.BudgetMonth)
	d.number("slower", migration.Some(max(s.Slower, 1)))
	d.time("held_until", s.HeldUntil)
	d.name("note", s.Note)
	d.end()
}

func (d *document) prices(p *migration.Prices) {
	d.object("prices")
	d.name("as_of", p.AsOf)
	d.integer("age_days", int64(p.AgeDays))
	d.name("certainty", p.Certainty)
	texts(d, "unknown", p.Unknown)
	d.severities(graded{"age_days", p.Severity})
	d.end()
}

func (d *document) cluster(c *migration.Cluster) {
	if c == nil {
		d.literal("cluster", "null")
		return
	}
	d.object("cluster")
	d.name("name", c.Name)
	d.name("version", c.Version)
	d.bool("eks", c.EKS)
	d.name("region", c.Region)
	d.integer("nodes", int64(c.Nodes))
	d.integer("pods", int64(c.Pods))
	d.integer("pending_pods", int64(c.Pending))
	d.end()
}

func toSeconds(v time.Duration) string { return float(v.Seconds()) }
func toBytes(v migration.Bytes) string { return strconv.FormatInt(int64(v), 10) }
func float(v float64) string           { return strconv.FormatFloat(v, 'f', -1, 64) }
func positive[T ~int64](v T) migration.Opt[T] {
	if v <= 0 { // sizes and timeouts are above 0 where they are known
		return migration.None[T]()
	}
	return migration.Some(v)
}
