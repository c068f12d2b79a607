package monitor

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

var (
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	acme = migration.Key{Platform: migration.Lambda, Workload: "thumbnails", Tenant: "acme"}
)

func minute(at time.Time, runs int64) migration.Activity {
	return migration.Activity{
		Key: acme, Start: at, Span: time.Minute, Final: true, Runs: runs,
		Evidence: migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1},
		Duration: migration.Summarized(migration.Points[time.Duration]{
			Count: runs, Sum: time.Duration(runs) * time.Second, P50: time.Second, P95: time.Second, P99: time.Second, Max: time.Second,
		}),
		Invoked: &migration.LambdaUsage{Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, Requests: runs, Billed: migration.MBMillis(runs * 512_000)},
	}
}

// Late data repairs in place: whatever order and however often buckets arrive,
// the last copy of each is what counts.
func TestStoreKeepsTheLastCopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStore()
		want := map[int]int64{}
		for range rapid.IntRange(1, 300).Draw(t, "arrivals") {
			m := rapid.IntRange(0, 179).Draw(t, "minute")
			runs := rapid.Int64Range(1, 1000).Draw(t, "runs")
			a := minute(noon.Add(time.Duration(m)*time.Minute), runs)
			s.upsert(&a)
			want[m] = runs
		}
		sr := s.series[stream{Key: acme}]
		if len(sr.cells) != len(want) {
			t.Fatalf("%d cells, want %d", len(sr.cells), len(want))
		}
		for i, c := range sr.cells {
			m := int(time.Unix(c.start, 0).Sub(noon) / time.Minute)
			if c.runs != want[m] {
				t.Fatalf("minute %d has %d runs, want the last copy's %d", m, c.runs, want[m])
			}
			if i > 0 && sr.cells[i-1].start >= c.start {
				t.Fatalf("cells %d and %d are out of order", i-1, i)
			}
		}
	})
}

// Folding changes how fine the past is, never how much of it there is.
func TestFoldingKeepsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStore()
		var runs, failures int64
		for i := range 600 {
			if rapid.Bool().Draw(t, "active") {
				a := minute(noon.Add(time.Duration(i)*time.Minute), int64(1+i%7))
				a.Failures = int64(i % 3)
				s.upsert(&a)
				runs += a.Runs
				failures += a.Failures
			}
		}
		now := noon.Add(time.Duration(rapid.IntRange(600, 1200).Draw(t, "age")) * time.Minute)
		s.age(now)
		s.age(now) // a second time there is nothing left to do
		sr := s.series[stream{Key: acme}]
		if sr == nil {
			t.Fatal("nothing is left")
		}
		cells, spanned, billed := int64(0), int64(0), migration.MBMillis(0)
		var gotRuns, gotFailures int64
		end := int64(0)
		for _, c := range sr.cells {
			if c.start < end {
				t.Fatalf("cells overlap at %v", time.Unix(c.start, 0).UTC())
			}
			end = c.start + int64(c.span)
			cells, spanned = cells+1, spanned+int64(c.span)
			gotRuns, gotFailures = gotRuns+c.runs, gotFailures+c.failures
			for _, in := range c.invoked {
				billed += in.billed
			}
			if n := c.duration().Count(); n != c.runs {
				t.Fatalf("%d durations of %d runs", n, c.runs)
			}
		}
		if gotRuns != runs || gotFailures != failures || billed != migration.MBMillis(runs*512_000) {
			t.Fatalf("%d runs, %d failures, %d MB-ms; want %d, %d, %d", gotRuns, gotFailures, billed, runs, failures, runs*512_000)
		}
	})
}

func TestStoreIsBounded(t *testing.T) {
	s := newStore()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 4 * 24 * 60 { // four days of minutes
		a := minute(noon.Add(time.Duration(i)*time.Minute), 1+rng.Int64N(5))
		s.upsert(&a)
		s.upsertNode(migration.NodeTime{Host: migration.Host{Kind: migration.HostEC2}, Start: a.Start, Span: time.Minute, NodeSeconds: 60, Nodes: 1})
		if i%15 == 0 {
			s.age(a.Start)
		}
	}
	most := int(keepFine/fineSpan + keepCoarse/coarseSpan + 2*coarseSpan/fineSpan)
	if n := len(s.series[stream{Key: acme}].cells); n > most {
		t.Errorf("%d cells are kept, want at most %d", n, most)
	}
	if n := len(s.nodes); n > most {
		t.Errorf("%d node buckets are kept, want at most %d", n, most)
	}
}

func TestStoreRefusesWhatIsTooLate(t *testing.T) {
	s := newStore()
	a := minute(noon, 5)
	s.upsert(&a)
	s.age(noon.Add(6 * time.Hour))
	for _, m := range []time.Duration{0, 1, 14} {
		late := minute(noon.Add(m*time.Minute), 100)
		s.upsert(&late)
	}
	cells := s.series[stream{Key: acme}].cells
	if len(cells) != 1 || cells[0].runs != 5 {
		t.Errorf("a minute inside a folded quarter of an hour changed it: %+v", cells)
	}
	if s.upsert(&migration.Activity{Key: acme, Runs: 1}) {
		t.Error("an activity without a time was taken")
	}
}

// A quarter of an hour that a source gave as history is left as it is.
func TestFoldKeepsCoarseHistory(t *testing.T) {
	s := newStore()
	h := minute(noon, 50)
	h.Span = time.Hour
	s.upsert(&h)
	s.age(noon.Add(10 * time.Hour))
	if c := s.series[stream{Key: acme}].cells; len(c) != 1 || c[0].span != 3600 || c[0].runs != 50 {
		t.Errorf("got %+v", c)
	}
}

// Node time of nothing takes back what was told: no kind of host stays with no time of its own.
func TestNodeTimeIsTakenBack(t *testing.T) {
	s := newStore()
	n := migration.NodeTime{Host: migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.large"}, Start: noon, Span: time.Minute, NodeSeconds: 60, Nodes: 1, System: true}
	s.upsertNode(n)
	n.NodeSeconds, n.Nodes = 0, 0
	if s.upsertNode(n); len(s.nodes) != 0 {
		t.Errorf("kept %+v", s.nodes)
	}
}
