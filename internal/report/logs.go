package report

import "github.com/migtop/migtop/internal/migration"

func (d *document) logs(of []migration.LogView) {
	d.array("logs")
	for i := range of {
		v := &of[i]
		d.object("")
		d.name("workload", string(v.Workload))
		d.logSide("lambda", &v.Before)
		d.logSide("jobs", &v.After)
		d.end()
	}
	d.end()
}

func (d *document) logSide(key string, s *migration.LogSide) {
	d.object(key)
	d.array("groups")
	for _, g := range s.Groups {
		d.text("", g)
	}
	d.end()
	d.bool("shared", s.Shared)
	d.bool("absent", s.Absent)
	d.time("from", s.From)
	d.time("to", s.To)
	d.count("runs", s.Runs)
	d.count("arrived", s.Arrived)
	d.count("lines", s.Lines)
	d.evidence("evidence", &s.Evidence)
	d.severities(graded{"lines", s.Severity})
	d.end()
}

// logColumns are the lines of a tenant's runs that arrived, and the runs of whose none
// did.
func logColumns() []column {
	total := func(p migration.Platform, silent bool) func(*row) cell {
		return tenantCell(func(t *migration.TenantView) cell {
			lines, lost := t.LogTotals(p)
			if silent {
				return count(lost)
			}
			return count(lines)
		})
	}
	return []column{
		{name: "lambda_log_lines", title: "L LINES", right: true, value: total(migration.Lambda, false)},
		{name: "jobs_log_lines", title: "J LINES", right: true, value: total(migration.Jobs, false)},
		{name: "lambda_log_silent_runs", title: "L SILENT", right: true, value: total(migration.Lambda, true)},
		{name: "jobs_log_silent_runs", title: "J SILENT", right: true, value: total(migration.Jobs, true)},
	}
}
