package report

import (
	"github.com/migtop/migtop/internal/migration"
)

func (d *document) queues(of []migration.QueueView) {
	each(d, "queues", of, func(q *migration.QueueView) {
		d.text("name", q.Name)
		d.name("scope", q.Scope)
		d.text("role", q.Role.String())
		d.name("workload", string(q.Workload))
		d.evidence("attributed_by", &q.AttributedBy)
		d.count("sent", q.Sent)
		d.count("received", q.Received)
		d.count("deleted", q.Deleted)
		d.evidence("counts_evidence", &q.Evidence)
		d.count("visible", q.Depth.Visible)
		d.count("not_visible", q.Depth.NotVisible)
		d.count("delayed", q.Depth.Delayed)
		d.optSeconds("oldest_age_seconds", q.Depth.OldestAge)
		d.time("depth_at", q.At)
		d.bool("live", q.Live)
		d.bool("idle", q.Idle)
		if d.series {
			d.chart("depth_series", &q.DepthSeries)
			d.chart("sent_series", &q.SentSeries)
			d.chart("deleted_series", &q.DeletedSeries)
		}
	})
}

func (d *document) flows(of []migration.QueueFlow) {
	each(d, "flows", of, func(f *migration.QueueFlow) {
		d.name("workload", string(f.Workload))
		d.time("from", f.From)
		d.time("to", f.To)
		d.count("sent", f.Sent)
		d.count("deleted_blue", f.DeletedBlue)
		d.count("deleted_green", f.DeletedGreen)
		d.count("depth_change", f.DepthChange)
		d.count("dead_letters", f.DeadLetters)
		d.count("residual", f.Residual)
		d.ratio("routed_ratio", f.RoutedShare.Value)
		d.evidence("evidence", &f.Evidence)
		d.severities(graded{"dead_letters", f.Severity.DeadLetters}, graded{"residual", f.Severity.Residual})
	})
}
