package timeseries

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
		Invoked: &migration.LambdaUsage{
			Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86}, Requests: runs,
			Billed: migration.MBMillis(runs * 512_000),
		},
	}
}

// Late data repairs in place: whatever order and however often buckets arrive,
// the last copy of each is what counts.
func TestStoreKeepsTheLastCopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStore()
		want := map[int]int64{}
		for range rapid.IntRange(1, 300).Draw(t, "arrivals") {
			m := rapid.IntRange(0, 179).Draw(t, "minute")
			runs := rapid.Int64Range(1, 1000).Draw(t, "runs")
			a := minute(noon.Add(time.Duration(m)*time.Minute), runs)
			s.Upsert(&a)
			want[m] = runs
		}
		sr := s.Series[Stream{Key: acme}]
		if len(sr.Buckets) != len(want) {
			t.Fatalf("%d cells, want %d", len(sr.Buckets), len(want))
		}
		for i, c := range sr.Buckets {
			m := int(time.Unix(c.Start, 0).Sub(noon) / time.Minute)
			if c.Runs != want[m] {
				t.Fatalf("minute %d has %d runs, want the last copy's %d", m, c.Runs, want[m])
			}
			if i > 0 && sr.Buckets[i-1].Start >= c.Start {
				t.Fatalf("cells %d and %d are out of order", i-1, i)
			}
		}
	})
}

// Folding changes how fine the past is, never how much of it there is.
func TestFoldingKeepsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStore()
		var runs, failures int64
		for i := range 600 {
			if rapid.Bool().Draw(t, "active") {
				a := minute(noon.Add(time.Duration(i)*time.Minute), int64(1+i%7))
				a.Failures = int64(i % 3)
				s.Upsert(&a)
				runs += a.Runs
				failures += a.Failures
			}
		}
		now := noon.Add(time.Duration(rapid.IntRange(600, 1200).Draw(t, "age")) * time.Minute)
		s.Age(now)
		s.Age(now) // a second time there is nothing left to do
		sr := s.Series[Stream{Key: acme}]
		if sr == nil {
			t.Fatal("nothing is left")
		}
		cells, spanned, billed := int64(0), int64(0), migration.MBMillis(0)
		var gotRuns, gotFailures int64
		end := int64(0)
		for _, c := range sr.Buckets {
			if c.Start < end {
				t.Fatalf("cells overlap at %v", time.Unix(c.Start, 0).UTC())
			}
			end = c.Start + int64(c.Span)
			cells, spanned = cells+1, spanned+int64(c.Span)
			gotRuns, gotFailures = gotRuns+c.Runs, gotFailures+c.Failures
			for _, in := range c.Invoked {
				billed += in.Billed
			}
			if n := c.Duration().Count(); n != c.Runs {
				t.Fatalf("%d durations of %d runs", n, c.Runs)
			}
		}
		if gotRuns != runs || gotFailures != failures || billed != migration.MBMillis(runs*512_000) {
			t.Fatalf("%d runs, %d failures, %d MB-ms; want %d, %d, %d", gotRuns, gotFailures, billed, runs, failures, runs*512_000)
		}
	})
}

func TestStoreIsBounded(t *testing.T) {
	s := NewStore()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 4 * 24 * 60 { // four days of minutes
		a := minute(noon.Add(time.Duration(i)*time.Minute), 1+rng.Int64N(5))
		s.Upsert(&a)
		s.UpsertNode(migration.NodeTime{
			Host: migration.Host{Kind: migration.HostEC2}, Start: a.Start, Span: time.Minute,
			NodeSeconds: 60, Nodes: 1,
		})
		if i%15 == 0 {
			s.Age(a.Start)
		}
	}
	most := int(KeepFine/FineSpan + keepCoarse/CoarseSpan + 2*CoarseSpan/FineSpan)
	if n := len(s.Series[Stream{Key: acme}].Buckets); n > most {
		t.Errorf("%d cells are kept, want at most %d", n, most)
	}
	if n := len(s.nodes); n > most {
		t.Errorf("%d node buckets are kept, want at most %d", n, most)
	}
}

func TestStoreRefusesWhatIsTooLate(t *testing.T) {
	s := NewStore()
	a := minute(noon, 5)
	s.Upsert(&a)
	s.Age(noon.Add(6 * time.Hour))
	for _, m := range []time.Duration{0, 1, 14} {
		late := minute(noon.Add(m*time.Minute), 100)
		s.Upsert(&late)
	}
	cells := s.Series[Stream{Key: acme}].Buckets
	if len(cells) != 1 || cells[0].Runs != 5 {
		t.Errorf("a minute inside a folded quarter of an hour changed it: %+v", cells)
	}
	if s.Upsert(&migration.Activity{Key: acme, Runs: 1}) {
		t.Error("an activity without a time was taken")
	}
}

// A quarter of an hour that a source gave as history is left as it is.
func TestFoldKeepsCoarseHistory(t *testing.T) {
	s := NewStore()
	h := minute(noon, 50)
	h.Span = time.Hour
	s.Upsert(&h)
	s.Age(noon.Add(10 * time.Hour))
	if c := s.Series[Stream{Key: acme}].Buckets; len(c) != 1 || c[0].Span != 3600 || c[0].Runs != 50 {
		t.Errorf("got %+v", c)
	}
}

// Node time of zero removes earlier node time: no kind of host remains without time.
func TestNodeTimeIsTakenBack(t *testing.T) {
	s := NewStore()
	n := migration.NodeTime{
		Host: migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.large"}, Start: noon, Span: time.Minute,
		NodeSeconds: 60, Nodes: 1, System: true,
	}
	s.UpsertNode(n)
	n.NodeSeconds, n.Nodes = 0, 0
	if s.UpsertNode(n); len(s.nodes) != 0 {
		t.Errorf("kept %+v", s.nodes)
	}
}
