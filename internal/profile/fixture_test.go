package profile

import (
	"fmt"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

var july = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// jobRun is the i-th run of w for t, a minute after the one before: 30 s, 6 s of them
// computing, with 4 GiB declared.
func jobRun(i int, peak migration.Bytes) migration.RunRecord {
	r := migration.RunRecord{
		Key: migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: "t"}, ID: fmt.Sprint("r", i),
		Started: july.Add(time.Duration(i) * time.Minute), Duration: 30 * time.Second, Outcome: migration.OutcomeSucceeded,
		Peak: migration.Some(peak), PeakBound: migration.Exact, CPUTime: migration.Some(6 * time.Second),
		Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
	}
	r.Given.Request.Memory = migration.Some(4 * migration.GiB)
	r.Given.Limit.Memory = r.Given.Request.Memory
	return r
}

// lambdaRun is one invocation of it.
func lambdaRun(i int, peak, size migration.Bytes, bound migration.Bound) migration.RunRecord {
	r := jobRun(i, peak)
	r.Key.Platform = migration.Lambda
	r.PeakBound, r.CPUTime = bound, migration.None[time.Duration]()
	r.Given.Request.Memory, r.Given.Limit.Memory = migration.Some(size), migration.Some(size)
	r.Given.Deadline = migration.Some(15 * time.Minute)
	r.Evidence.Source = "cloudwatch"
	return r
}

func killedRun(i int, limit migration.Bytes) migration.RunRecord {
	r := jobRun(i, 0)
	r.Peak, r.Outcome = migration.None[migration.Bytes](), migration.OutcomeOOMKilled
	r.Given.Request.Memory, r.Given.Limit.Memory = migration.Some(limit), migration.Some(limit)
	return r
}

func profileOf(b *Recommender) Profile { return b.Profile(Ask{Workload: "w", Tenant: "t"}) }

func says(p Profile, text string) bool { return strings.Contains(strings.Join(p.Why, "\n"), text) }
