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
