package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// librarian is a Reader that has one answer.
type librarian struct {
	mu      sync.Mutex
	answer  migration.LogAnswer
	bytes   int64
	reads   int
	quoted  [][]migration.LogRange
	shared  map[string]map[string]bool
	problem error
}

func (l *librarian) Estimate(_ context.Context, ranges []migration.LogRange) (migration.LogEstimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quoted = append(l.quoted, ranges)
	e := migration.LogEstimate{AskedLow: int64(2 * len(ranges)), AskedHigh: int64(2 * len(ranges))}
	for _, r := range ranges {
		e.Groups = append(e.Groups, migration.LogVolume{Group: r.Group, From: r.From, To: r.To, Bytes: l.bytes, Lines: 1})
	}
	return e, nil
}

func (l *librarian) Read(_ context.Context, ranges []migration.LogRange, _ []migration.LogVolume,
	take func(migration.LogAnswer),
) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	for range ranges {
		take(l.answer)
	}
	return l.bytes, l.problem
}

func (l *librarian) Shared(context.Context, []string) (map[string]map[string]bool, error) {
	return l.shared, l.problem
}

func (l *librarian) Health(time.Time) migration.Health {
	return migration.Health{Source: "logs", State: migration.HealthOK}
}

func newCollector(t testing.TB, l *librarian) *loginsights.Collector {
	t.Helper()
	h := history.New("", history.Options{})
	t.Cleanup(func() { _ = h.Close() })
	return &loginsights.Collector{Reader: l, History: h, Clock: still(noon), Cost: testPricer(), Region: "us-east-1"}
}

// A range that was read for good is never asked for again, and the price of what is
// missing is shown before.
func TestQuotesWhatIsMissing(t *testing.T) {
	l := &librarian{answer: *logAnswer(noon, noon.Add(-5*time.Minute), perSlot(1, 0, 0), 512), bytes: 4 << 30}
	c := newCollector(t, l)
	silent := pooled
	silent.Name, silent.Logs.Group, silent.Logs.Silent = "quiet", "/aws/lambda/quiet", true
	functions := []migration.Function{pooled, silent}
	q, err := c.Quote(t.Context(), functions, noon.Add(-90*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	// 4 GB at $0.005.
	if usd, ok := q.Cost.Get(); !ok || usd.String() != "0.02" || q.Bytes != 4<<30 || q.Groups != 1 || q.Silent != 1 || q.AskedLow != 2 {
		t.Errorf("%+v costs %v", q, q.Cost)
	}
	r, err := c.Read(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if usd, _ := r.Cost.Get(); r.Scanned != 4<<30 || usd.String() != "0.02" || r.Runs != 18 {
		t.Errorf("%+v", r)
	}
	if _, err = c.Quote(t.Context(), functions, noon.Add(-90*time.Minute)); err != nil {
		t.Fatal(err)
	}
	last := l.quoted[len(l.quoted)-1]
	if len(last) != 1 || !last[0].From.Equal(noon.Add(-5*time.Minute)) || !last[0].To.Equal(noon) {
		t.Errorf("asked for again: %+v", last)
	}
	if _, err = c.Quote(t.Context(), functions, noon.Add(-2*time.Hour)); err != nil || len(l.quoted[len(l.quoted)-1]) != 2 {
		t.Errorf("both sides of what is kept: %+v, %v", l.quoted[len(l.quoted)-1], err)
	}
	rows, err := loginsights.ReadStats(t.Context(), c.History, functions, noon.Add(-3*time.Hour), noon)
	if err != nil || len(rows) != 3 || rows[1].Tenant != "acme" || rows[1].Runs.Runs != 18 ||
		!rows[1].Final.Equal(noon.Add(-5*time.Minute)) {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestPricesOfScanningMayBeUnknown(t *testing.T) {
	l := &librarian{bytes: 1 << 30}
	c := newCollector(t, l)
	c.Region = "mars-north-1"
	q, err := c.Quote(t.Context(), []migration.Function{pooled}, noon.Add(-time.Hour))
	if err != nil || q.Cost.Known() || !strings.Contains(q.PriceNote, "mars-north-1") {
		t.Errorf("%v: %s, %v", q.Cost, q.PriceNote, err)
	}
}

// The engine reads on demand, uses what it reads, and counts what it costs.
func TestTheEngineUsesWhatIsRead(t *testing.T) {
	l := &librarian{answer: *logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(30, 15, 5), 512*1500), bytes: 2 << 30}
	c := newCollector(t, l)
	src := newScripted(time.Hour, func(int, sources.Focus) (migration.Batch, error) {
		var b migration.Batch
		for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
			b.Activities = append(b.Activities, poolMinute(at))
		}
		b.Functions = []migration.Function{pooled}
		b.Health = []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: noon.Add(-3 * time.Minute)}}
		return b, nil
	})
	m, err := New(Options{
		Sources: []sources.Source{src}, Clock: still(noon), Cost: testPricer(), Window: time.Hour,
		Scope: migration.Scope{Region: "us-east-1"},
		Logs: &loginsights.Settings{Accounts: []loginsights.Account{{Open: func(context.Context) (*loginsights.Collector, error) {
			return c, nil
		}}}, History: c.History},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := m.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	<-m.Snapshots()
	q, err := m.QuoteEvidence(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var reported []int
	if _, err := m.ReadEvidence(ctx, q, func(done, of int) { reported = append(reported, done, of) }); err != nil {
		t.Fatal(err)
	}
	for snap := range m.Snapshots() {
		// What reading cost may be published before what was read.
		if acme := slices.ContainsFunc(snap.Tenants,
			func(v migration.TenantView) bool { return v.Tenant == "acme" }); snap.Spend.ScannedBytes == 0 || !acme {
			continue
		}
		// 2 GB at $0.005, and two metrics at $0.01 a thousand.
		if usd := snap.Spend.Scanned.Or(migration.USD{}).String(); usd != "0.01" ||
			snap.Spend.SoFarLow.Or(migration.USD{}).String() != "0.01002" {
			t.Errorf("scanning cost %s, all of it %s", usd, snap.Spend.SoFarLow.Or(migration.USD{}))
		}
		break
	}
	if fmt.Sprint(reported) != "[1 1]" {
		t.Errorf("reported %v", reported)
	}
	cancel()
	wg.Wait()
}

// Profiles learn from single runs of the logs, under the tenant that the log names, each
// run once however often the logs are read.
func TestProfilesLearnFromLogs(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbPool(s, noon)
	a := logAnswer(noon.Add(30*time.Minute), noon.Add(25*time.Minute), perSlot(30, 0, 0), 512*1500)
	for n := range 40 {
		at := noon.Add(time.Duration(n-60) * time.Minute)
		a.Runs = append(a.Runs, migration.LoggedRun{Function: "pool", Tenant: "acme", Record: migration.RunRecord{
			ID: fmt.Sprint(n), Started: at, Duration: time.Second,
			Outcome: migration.OutcomeSucceeded, Peak: migration.Some(200 * migration.MiB), PeakBound: migration.Exact,
			Given: migration.Given{Limit: migration.Resources{Memory: migration.Some(512 * migration.MiB)}},
		}})
	}
	withLogs(t, s, a)
	if err := s.once(t.Context()); err != nil { // read again
		t.Fatal(err)
	}
	snap := s.snapshot(noon)
	for i := range snap.Profiles {
		p := &snap.Profiles[i]
		if p.Tenant != "acme" || p.Workload != "pool" {
			t.Errorf("a profile of %s, %s", p.Tenant, p.Workload)
		} else if p.LambdaRuns != 40 || p.JobRuns != 0 {
			t.Errorf("%d runs of Lambda and %d Jobs, want 40 and 0", p.LambdaRuns, p.JobRuns)
		}
	}
	if len(snap.Profiles) != 1 {
		t.Errorf("%d profiles, want 1", len(snap.Profiles))
	}
}
