package monitor

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
)

// silentJobs is the notice of a tenant whose Jobs ran in a time in which no line of
// any Job arrived where Jobs' lines go; nil where that is not known to be so.
func (b *builder) silentJobs(tenant migration.Tenant) []migration.Notice {
	arrived, known := b.jobLogs.Get()
	p := b.tenants[tenant]
	if !known || arrived.Lines > 0 || p == nil {
		return nil
	}
	var runs int64
	for _, part := range p.parts[migration.Jobs] {
		runs += part.runsIn(stretch{from: arrived.From, to: arrived.To})
	}
	if runs == 0 {
		return nil
	}
	return []migration.Notice{{
		Severity: migration.Warning, Code: "no_logs",
		Text: fmt.Sprintf("%d Job%s ended from %s to %s UTC, and no line arrived in %s",
			runs, plural(runs), arrived.From.UTC().Format("15:04"), arrived.To.UTC().Format("15:04"), arrived.Group),
	}}
}
