package history

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// month is a history of 30 days of so many tenants on both sides: minutes for 3 days, 5 minutes before.
func month(b *testing.B, tenants int) (path string, end time.Time) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "history.db")
	s := newStore(b, path, Options{})
	f := newFleet(tenants)
	end = noon.Add(30 * 24 * time.Hour)
	fine := end.Add(-3 * 24 * time.Hour)
	for at := noon; at.Before(fine); at = at.Add(6 * time.Hour) {
		keepMinutes(b, s, f.minutes(at, 72, 5*time.Minute))
	}
	for at := fine; at.Before(end); at = at.Add(time.Hour) {
		keepMinutes(b, s, f.minutes(at, 60, time.Minute))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path, end
}

// What 30 days of 500 tenants on both sides take, and how fast they are read: opening, a day's chart of a key and of all, and a
// step back in time of the whole fleet, of which the 95th percentile is reported.
func BenchmarkMonthOfFiveHundredTenants(b *testing.B) {
	path, end := month(b, 500)
	s := newStore(b, path, Options{})
	used, _, err := s.used(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			one := New(path, Options{})
			if _, err := one.Past(scope).keys(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
			if err := one.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(used)/float64(migration.MiB), "MiB")
	})
	day := migration.PastWindow{From: end.Add(-migration.DayLength), To: end}
	key := &migration.PastKey{Key: migration.Key{Platform: migration.Lambda, Tenant: tenantOf(7), Workload: "render"}}
	for name, of := range map[string]*migration.PastKey{"day-of-key": key, "day-of-all": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Past(scope).Series(b.Context(), of, day, 96); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for name, span := range map[string]time.Duration{"rewind-1h": time.Hour, "rewind-6h": 6 * time.Hour} {
		b.Run(name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			var took []time.Duration
			for b.Loop() {
				to := end.Add(-time.Duration(r.IntN(2*24*60)) * time.Minute)
				began := time.Now()
				totals, err := s.Past(scope).Totals(b.Context(), migration.PastWindow{From: to.Add(-span), To: to})
				if err != nil || len(totals) != 1000 {
					b.Fatalf("%v, %d keys", err, len(totals))
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
