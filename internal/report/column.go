package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// row is one line of a table or of CSV: a tenant, what belongs to none, or one
// of the fleet's own rows. Fields that do not apply are nil.
type row struct {
	kind          string // tenant, unattributed, ecs, knative, credit, idle, platform, total
	name          string
	tenant        *migration.TenantView
	before, after *migration.Side
	routed        migration.Opt[migration.Ratio]
	perHour       migration.Figure[migration.USD]
}

// rows lists the tenants in the snapshot's order, then services, the free tier's credit
// where it is counted, idle nodes, the platform and the total: cost per hour of all but
// the last adds up to the last.
func rows(s *migration.Snapshot) []row {
	out := make([]row, 0, len(s.Tenants)+3)
	for i := range s.Tenants {
		t := &s.Tenants[i]
		r := row{kind: "tenant", name: string(t.Tenant), tenant: t, before: &t.Before, after: &t.After, routed: t.Routed.Value}
		if t.Tenant == migration.Unattributed {
			r.kind = "unattributed"
		}
		r.perHour = sum(&t.Before.CostPerHour, t.Before.Present, &t.After.CostPerHour, t.After.Present)
		out = append(out, r)
	}
	for i := range s.Totals.Services {
		v := &s.Totals.Services[i]
		out = append(out, row{kind: v.Platform.String(), perHour: v.Side.CostPerHour})
	}
	if s.Totals.Credit.Value.Known() {
		out = append(out, row{kind: "credit", perHour: s.Totals.Credit})
	}
	return append(out,
		row{kind: "idle", perHour: s.Totals.Idle},
		row{kind: "platform", perHour: s.Totals.Platform},
		row{kind: "total", before: &s.Totals.Before, after: &s.Totals.After, routed: s.Totals.Routed.Value, perHour: s.Totals.Total},
	)
}

// sum is what a tenant costs on both sides. A side on which nothing was seen
// costs nothing; one whose price is unknown makes the sum unknown.
func sum(lambda *migration.Figure[migration.USD], onLambda bool, jobs *migration.Figure[migration.USD], onJobs bool) migration.Figure[migration.USD] {
	switch {
	case onLambda && onJobs:
		return migration.Figure[migration.USD]{
			Value: migration.AddUSD(lambda.Value, jobs.Value), Evidence: lambda.Evidence.And(jobs.Evidence),
		}
	case onLambda:
		return *lambda
	case onJobs:
		return *jobs
	}
	return migration.Figure[migration.USD]{}
}

// cell is one value: exact for programs, short for people; both "" where it is
// unknown.
type cell struct{ exact, short string }

// column is one field of rows.
type column struct {
	name  string // in CSV and for --fields
	title string // in a table
	right bool   // numbers are aligned to the right
	text  bool   // free text, which may try to be a formula
	usual bool   // a table has it unless told otherwise
	value func(*row) cell
}

// Fields lists the columns' names, in their order.
func Fields() []string {
	out := make([]string, len(columns))
	for i := range columns {
		out[i] = columns[i].name
	}
	return out
}

// fieldNames lists the columns in words, those that both platforms have once.
func fieldNames() string {
	var single, sided []string
	for i := range columns {
		name := columns[i].name
		if _, ok := strings.CutPrefix(name, "jobs_"); ok {
			continue // as for lambda
		}
		if rest, ok := strings.CutPrefix(name, "lambda_"); ok {
			sided = append(sided, rest)
			continue
		}
		single = append(single, name)
	}
	return strings.Join(single, ", ") + ", and with lambda_ or jobs_ before it " + strings.Join(sided, ", ")
}

// chosen returns the columns of these names; without names, the usual ones or
// all of them.
func chosen(fields []string, all bool) ([]*column, error) {
	var out []*column
	if len(fields) == 0 {
		for i := range columns {
			if all || columns[i].usual {
				out = append(out, &columns[i])
			}
		}
		return out, nil
	}
	for _, name := range fields {
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if i < 0 {
			return nil, &migration.Problem{
				Fault: migration.FaultConfig,
				What:  fmt.Sprintf("unknown field %q", name),
				Fix:   "known are " + fieldNames(),
			}
		}
		out = append(out, &columns[i])
	}
	return out, nil
}

var columns = func() []column {
	out := []column{
		{name: "row", title: "ROW", value: func(r *row) cell { return cell{r.kind, r.kind} }},
		{name: "tenant", title: "TENANT", text: true, usual: true, value: func(r *row) cell {
			if r.kind == "tenant" {
				return cell{r.name, r.name}
			}
			return cell{"", "(" + r.kind + ")"}
		}},
		{name: "routed_ratio", title: "ROUTED", right: true, usual: true, value: func(r *row) cell { return ratio(r.routed) }},
		{name: "cost_per_hour_usd", title: "$/H", right: true, usual: true, value: func(r *row) cell { return marked(money(r.perHour.Value), r.perHour.Evidence) }},
	}
	costs := sided("cost_per_hour_usd", "$/H", func(s *migration.Side) cell { return marked(money(s.CostPerHour.Value), s.CostPerHour.Evidence) })
	costs[0].title, costs[1].title = "LAMBDA $/H", "JOBS $/H" // they explain the L and J of the others
	for i := range costs {
		costs[i].usual = true
	}
	out = append(out, costs...)
	out = append(
		out,
		column{name: "delta_ratio", title: "DELTA", right: true, usual: true, value: tenantCell(func(t *migration.TenantView) cell { return provisional(signed(t.Delta.Value), t.Delta.Evidence) })},
		column{name: "break_even_runs_per_day", title: "EVEN/DAY", right: true, usual: true, value: tenantCell(breakEven)},
	)
	failed := sided("failure_ratio", "FAIL", func(s *migration.Side) cell { return late(ratio(s.FailureRate), s) })
	p95 := sided("duration_p95_seconds", "P95", func(s *migration.Side) cell { return late(quantile(s.Duration, 0.95), s) })
	for i := range failed {
		failed[i].usual, p95[i].usual = true, true
	}
	out = append(append(out, failed...), p95...)
	wall := sided("wall_ratio", "WALL", func(s *migration.Side) cell { return late(ratio(s.TimeoutRatio), s) })
	wall[0].usual = true
	out = append(out, wall...)
	out = append(
		out,
		column{name: "verdict", title: "VERDICT", usual: true, value: tenantCell(func(t *migration.TenantView) cell { w := t.Verdict.Decision.String(); return cell{w, w} })},
		column{name: "verdict_reason", title: "REASON", text: true, value: tenantCell(func(t *migration.TenantView) cell { return cell{t.Verdict.Reason, t.Verdict.Reason} })},
		column{name: "notices", title: "NOTICES", value: tenantCell(notices)},
		column{name: "notices_since", title: "SINCE", value: tenantCell(noticesSince)},
	)
	for _, f := range []struct {
		name, title string
		value       func(*migration.Side) cell
	}{
		{"cost_usd", "$", func(s *migration.Side) cell { return marked(money(s.Cost.Value), s.Cost.Evidence) }},
		{"cost_per_run_usd", "$/RUN", func(s *migration.Side) cell { return marked(money(s.CostPerRun.Value), s.CostPerRun.Evidence) }},
		{"cost_method", "COST IS", func(s *migration.Side) cell { return method(s.Cost) }},
		{"cost_lower_bound", "COST AT LEAST", func(s *migration.Side) cell { return truth(s.Cost, s.Cost.Evidence.LowerBound) }},
		{"cost_provisional", "COST MAY CHANGE", func(s *migration.Side) cell { return truth(s.Cost, s.Cost.Evidence.Provisional) }},
		{"runs", "RUNS", func(s *migration.Side) cell { return late(count(s.Runs), s) }},
		{"failures", "FAILURES", func(s *migration.Side) cell { return late(count(s.Failures), s) }},
		{"throttled", "THROTTLED", func(s *migration.Side) cell { return late(count(s.Throttled), s) }},
		{"timed_out", "TIMED OUT", func(s *migration.Side) cell { return late(count(s.TimedOut), s) }},
		{"oom_killed", "OOMKILLED", func(s *migration.Side) cell { return late(count(s.OOMKilled), s) }},
		{"running", "RUNNING", func(s *migration.Side) cell { return count(s.Running) }},
		{"pending", "PENDING", func(s *migration.Side) cell { return count(s.Pending) }},
		{"duration_p50_seconds", "P50", func(s *migration.Side) cell { return late(quantile(s.Duration, 0.5), s) }},
		{"duration_max_seconds", "LONGEST", func(s *migration.Side) cell { return late(span(s.Duration.Max()), s) }},
		{"start_up_p50_seconds", "START", func(s *migration.Side) cell { return late(quantile(s.StartUp, 0.5), s) }},
		{"peak_memory_max_bytes", "PEAK", func(s *migration.Side) cell { return late(memory(s.PeakMemory.Max()), s) }},
		{"memory_limit_bytes", "LIMIT", func(s *migration.Side) cell { return memory(s.MemoryLimit) }},
	} {
		out = append(out, sided(f.name, f.title, f.value)...)
	}
	for _, f := range []struct {
		name, title string
		figure      func(*migration.Economics) *migration.Figure[migration.USD]
	}{
		{"monthly_saving_usd", "SAVES/MO", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.Saving }},
		{"month_end_usd", "MONTH END", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.MonthEnd }},
		{"month_end_stay_usd", "IF IT STAYS", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.Stay }},
		{"platform_share_per_hour_usd", "PLATFORM/H", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.PlatformShare }},
		{"idle_share_per_hour_usd", "IDLE/H", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.IdleShare }},
		{"marginal_per_hour_usd", "MARGINAL/H", func(a *migration.Economics) *migration.Figure[migration.USD] { return &a.Marginal }},
	} {
		out = append(out, column{name: f.name, title: f.title, right: true, value: tenantCell(func(t *migration.TenantView) cell {
			return marked(money(f.figure(&t.Economics).Value), f.figure(&t.Economics).Evidence)
		})})
	}
	return append(out, logColumns()...)
}()

// sided makes a pair of columns, one of each platform.
func sided(name, title string, value func(*migration.Side) cell) []column {
	return []column{
		{name: "lambda_" + name, title: "L " + title, right: true, value: func(r *row) cell { return sideCell(r.before, value) }},
		{name: "jobs_" + name, title: "J " + title, right: true, value: func(r *row) cell { return sideCell(r.after, value) }},
	}
}

func sideCell(s *migration.Side, value func(*migration.Side) cell) cell {
	if s == nil || !s.Present {
		return cell{}
	}
	return value(s)
}

func tenantCell(value func(*migration.TenantView) cell) func(*row) cell {
	return func(r *row) cell {
		if r.tenant == nil {
			return cell{}
		}
		return value(r.tenant)
	}
}

func known[T any](v migration.Opt[T], form func(T) cell) cell {
	x, ok := v.Get()
	if !ok {
		return cell{}
	}
	return form(x)
}

func count(v migration.Opt[int64]) cell {
	return known(v, func(n int64) cell { s := strconv.FormatInt(n, 10); return cell{s, s} })
}

func ratio(v migration.Opt[migration.Ratio]) cell {
	return known(v, func(r migration.Ratio) cell {
		return cell{float(float64(r)), strconv.FormatFloat(100*float64(r), 'f', 1, 64) + "%"}
	})
}

func signed(v migration.Opt[migration.Ratio]) cell {
	return known(v, func(r migration.Ratio) cell {
		return cell{float(float64(r)), fmt.Sprintf("%+.0f%%", 100*float64(r))}
	})
}

// money is rounded for people only, and then to a hundredth of a cent; what is
// less, and not nothing, is not shown as nothing.
func money(v migration.Opt[migration.USD]) cell {
	return known(v, func(u migration.USD) cell {
		short := u.Fixed(4)
		if u.Sign() > 0 && strings.Trim(short, "0.") == "" {
			short = "<0.0001"
		}
		return cell{u.String(), short}
	})
}

// marked says of a figure, for people, that late data may still change it, and
// that it is a lower bound.
func marked(c cell, e migration.Provenance) cell {
	if c.short == "" {
		return c
	}
	if e.LowerBound {
		c.short = ">=" + c.short
	}
	return provisional(c, e)
}

// provisional says of a figure, for people, that late data may still change it.
func provisional(c cell, e migration.Provenance) cell {
	if c.short != "" && e.Provisional {
		c.short += "~"
	}
	return c
}

// late is provisional of what is counted or measured of a side's runs.
func late(c cell, s *migration.Side) cell { return provisional(c, s.Activity) }

func truth(f migration.Figure[migration.USD], is bool) cell {
	if !f.Value.Known() {
		return cell{}
	}
	s := strconv.FormatBool(is)
	return cell{s, s}
}

func method(f migration.Figure[migration.USD]) cell {
	if !f.Value.Known() {
		return cell{}
	}
	m := f.Evidence.Method.String()
	return cell{m, m}
}

// breakEven is unknown for people too where it is never reached; the verdict
// says why.
func breakEven(t *migration.TenantView) cell {
	return known(t.BreakEven.Value, func(f float64) cell {
		return provisional(cell{float(f), strconv.FormatFloat(f, 'f', 0, 64)}, t.BreakEven.Evidence)
	})
}

func notices(t *migration.TenantView) cell {
	codes := make([]string, len(t.Notices))
	for i := range t.Notices {
		codes[i] = t.Notices[i].Code
	}
	s := strings.Join(codes, " ")
	return cell{s, s}
}

// noticesSince is when each notice's condition became true, in the order of the notices;
// "-" where that is unknown.
func noticesSince(t *migration.TenantView) cell {
	exact, short := make([]string, len(t.Notices)), make([]string, len(t.Notices))
	for i := range t.Notices {
		exact[i], short[i] = "-", "-"
		if at, ok := t.Notices[i].Since.Get(); ok {
			exact[i], short[i] = at.UTC().Format(time.RFC3339), at.UTC().Format("01-02T15:04Z")
		}
	}
	return cell{strings.Join(exact, " "), strings.Join(short, " ")}
}

// quantile is the upper bound, which is the careful one to size or to promise by.
func quantile(d migration.Distribution[time.Duration], q float64) cell {
	return span(migration.Map(d.Quantile(q), func(b migration.Bounds[time.Duration]) time.Duration { return b.High }))
}

func span(v migration.Opt[time.Duration]) cell {
	return known(v, func(d time.Duration) cell { return cell{toSeconds(d), shortSpan(d)} })
}

// shortSpan writes a time with two units at most: 340ms, 3.2s, 12m04s, 1h58m.
func shortSpan(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + "ms"
	case d < time.Minute-50*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Hour-500*time.Millisecond:
		s := int64(d.Round(time.Second) / time.Second)
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	m := int64(d.Round(time.Minute) / time.Minute)
	return fmt.Sprintf("%dh%02dm", m/60, m%60)
}

func memory(v migration.Opt[migration.Bytes]) cell {
	return known(v, func(b migration.Bytes) cell {
		short := strconv.FormatFloat(float64(b)/float64(migration.MiB), 'f', 0, 64) + "Mi"
		if b >= migration.GiB {
			short = strconv.FormatFloat(float64(b)/float64(migration.GiB), 'f', 1, 64) + "Gi"
		}
		return cell{toBytes(b), short}
	})
}
