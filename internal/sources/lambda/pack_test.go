package lambda

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// Whatever is asked, requests are as few as there can be, none is over a limit,
// no metric is torn apart and nothing is lost or asked twice.
func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var asks []*ask
		total := make(map[time.Duration]int)
		for _, period := range []time.Duration{time.Minute, time.Hour} {
			// As they come: sorted by start.
			back := rapid.IntRange(1, 200).Draw(t, "window")
			for i := range rapid.IntRange(0, 40).Draw(t, "asks") {
				back = max(1, back-rapid.IntRange(0, 20).Draw(t, "shorter"))
				var functions []*function
				for j := range rapid.IntRange(1, 30).Draw(t, "functions") {
					fn := &function{}
					fn.Name = fmt.Sprint(period, i, j)
					if fn.insights = rapid.Bool().Draw(t, "insights"); fn.insights {
						total[period] += 13
					}
					if fn.readsLogs = rapid.Bool().Draw(t, "logs"); fn.readsLogs {
						total[period]++
					}
					for range rapid.SampledFrom([]int{0, 0, 0, 1, 7}).Draw(t, "aliases") {
						fn.aliases = append(fn.aliases, &alias{apart: true, pointed: []pointing{{routes: routes(rapid.Bool().Draw(t, "canary"))}}})
						total[period] += len(statistics) - 1
						if len(fn.aliases[len(fn.aliases)-1].pointed[0].routes) > 1 {
							total[period] += 2 * 2
						}
					}
					functions = append(functions, fn)
				}
				end := epoch.Truncate(time.Hour)
				asks = append(asks, newAsk(&group{}, functions, span{end.Add(-time.Duration(back) * period), end, period}, false))
				total[period] += len(functions) * (len(statistics) - 1)
			}
		}
		type metric struct {
			unit *unit
			name string
		}
		where := make(map[metric]*call)
		seen := make(map[query]bool)
		calls := make(map[time.Duration]int)
		for _, c := range pack(asks) {
			calls[c.span.period]++
			if n := len(c.queries); n == 0 || n > maxQueries || n*c.span.periods() > maxDatapoints {
				t.Fatalf("%d queries over %d periods", n, c.span.periods())
			}
			metricsHere := make(map[metric]bool)
			for _, q := range c.queries {
				if seen[q] {
					t.Fatalf("%s %d is asked twice", q.unit.fn.Name, q.stat)
				}
				seen[q] = true
				s, _, _ := statisticOf(q.stat)
				m := metric{q.unit, s.metric}
				if where[m] != nil && where[m] != c {
					t.Fatalf("%v is in two requests", m)
				}
				where[m], metricsHere[m] = c, true
				if s := q.unit.ask.span; s.period != c.span.period || s.start.Before(c.span.start) || !s.end.Equal(c.span.end) {
					t.Fatalf("span %v in a request about %v", s, c.span)
				}
			}
			want := int64(len(metricsHere))
			for m := range metricsHere { // of six statistics each
				if m.name == "used_memory_max" || m.name == "init_duration" {
					want++
				}
			}
			if c.metrics != want {
				t.Fatalf("%d metrics counted, %d there", c.metrics, want)
			}
		}
		for period, want := range total {
			if got := (want + maxQueries - 1) / maxQueries; calls[period] != got {
				t.Fatalf("%d calls for %d queries by %v, want %d", calls[period], want, period, got)
			}
		}
		if len(seen) != total[time.Minute]+total[time.Hour] {
			t.Fatalf("%d queries are asked, want %v", len(seen), total)
		}
	})
}

// routes are those of an alias of one version, or of two that are billed differently.
func routes(canary bool) []migration.Route {
	out := []migration.Route{{Version: "1", Weight: 1, Config: migration.Some(migration.VersionConfig{MemorySize: migration.GiB})}}
	if canary {
		out = append(out, migration.Route{Version: "2", Config: migration.Some(migration.VersionConfig{MemorySize: 2 * migration.GiB})})
	}
	return out
}

// A window so long that 500 queries would need two pages takes fewer of them.
func TestCapacity(t *testing.T) {
	for minutes, want := range map[int]int{5: 500, 180: 500, 201: 500, 202: 499, 240: 420, 1440: 70, 100_800: 10} {
		if got := capacity(span{epoch, epoch.Add(time.Duration(minutes) * time.Minute), time.Minute}); got != want {
			t.Errorf("capacity over %d minutes = %d, want %d", minutes, got, want)
		}
	}
}
