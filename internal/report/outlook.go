package report

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// money writes an amount and what it rests on under one name.
func (d *document) money(name string, f *migration.Figure[migration.USD]) {
	d.usd(name+"_usd", f.Value)
	d.evidence(name+"_evidence", &f.Evidence)
}

func (d *document) answers(a *migration.Economics) {
	d.object("answers")
	d.money("lambda_run", &a.LambdaRun)
	d.money("job_run", &a.JobRun)
	d.money("fixed_month", &a.Fixed)
	d.number("runs_per_day", a.RunsPerDay)
	d.optSeconds("break_even_duration_seconds", a.Duration.Value)
	d.bytes("break_even_memory_bytes", a.Memory.Value)
	d.ratio("break_even_utilization_ratio", a.Utilization.Value)
	d.evidence("break_even_shape_evidence", &a.Duration.Evidence)
	d.money("platform_share_per_hour", &a.PlatformShare)
	d.money("idle_share_per_hour", &a.IdleShare)
	d.money("marginal_per_hour", &a.Marginal)
	d.money("monthly_saving", &a.Saving)
	d.money("month_end", &a.MonthEnd)
	d.money("month_end_stay", &a.Stay)
	d.optTime("cutover", a.Cutover)
	d.end()
}

func (d *document) services(of []migration.ServiceView) {
	each(d, "services", of, func(v *migration.ServiceView) {
		d.text("platform", v.Platform.String())
		d.side("side", &v.Side)
	})
}

func (d *document) outlook(o *migration.Forecast) {
	d.object("outlook")
	d.time("since", o.Since)
	d.money("double_run_so_far", &o.DoubleRunSoFar)
	d.money("double_run_per_day", &o.DoubleRunPerDay)
	d.money("monthly_saving", &o.Saving)
	d.usd("one_off_usd", o.OneOff)
	d.number("payback_months", o.Payback.Value)
	d.evidence("payback_evidence", &o.Payback.Evidence)
	d.money("month_to_date", &o.MonthToDate)
	d.money("month_end", &o.MonthEnd)
	d.money("month_end_stay", &o.Stay)
	d.end()
}

func (d *document) platformParts(parts []migration.CostPart) {
	each(d, "platform_parts", parts, func(p *migration.CostPart) {
		d.text("name", p.Name)
		d.money("per_hour", &p.PerHour)
	})
}

func (d *document) plan(waves []migration.Wave) {
	each(d, "plan", waves, func(w *migration.Wave) {
		d.name("name", w.Name)
		d.time("at", w.At.In(time.UTC))
		texts(d, "tenants", w.Tenants)
	})
}
