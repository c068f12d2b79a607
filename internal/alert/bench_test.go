package alert_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/migration"
)

// A Snapshot of 10,000 tenants, each with a notice and a HOLD that stand: what a look costs every five seconds.
func BenchmarkStepOf10000Tenants(b *testing.B) {
	w := newWorld()
	w.tenants["acme"].notices = map[string]migration.Severity{"oom_killed": migration.Warning}
	w.tenants["acme"].word, w.tenants["acme"].holds = migration.VerdictHold, []string{"slower"}
	s := w.snapshot()
	for i := range 10_000 {
		v := s.Tenants[0]
		v.Tenant = migration.Tenant(fmt.Sprint("tenant-", i))
		s.Tenants = append(s.Tenants, v)
	}
	var state alert.State
	state.Step(s, alert.Rules{})
	b.ReportAllocs()
	for b.Loop() {
		s.At = s.At.Add(time.Second)
		next := state.Clone()
		if r := next.Step(s, alert.Rules{}); len(r.Events) > 0 {
			b.Fatal(r.Events[0].Text)
		}
		state = next
	}
}
