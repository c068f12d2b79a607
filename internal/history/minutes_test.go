package history

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

func keepMinutes(t testing.TB, s *Store, m *timeseries.Minutes) {
	t.Helper()
	if err := s.PutMinutes(t.Context(), scope, m); err != nil {
		t.Fatal(err)
	}
}

// runsOf adds up what a history has of a window.
func runsOf(t testing.TB, s *Store, from, to time.Time) (runs int64) {
	t.Helper()
	totals, err := s.Past(scope).Totals(t.Context(), migration.PastWindow{From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	for i := range totals {
		runs += totals[i].Activity.Runs
	}
	return runs
}

func runsIn(m *timeseries.Minutes) (runs int64) {
	for _, one := range m.Streams {
		for _, b := range one.Buckets {
			runs += b.Runs
		}
	}
	return runs
}

func TestMinutesAreKeptOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	a, b := newStore(t, path, Options{}), newStore(t, path, Options{})
	f := newFleet(3)
	m := f.minutes(noon, 90, time.Minute)
	keepMinutes(t, a, m)
	keepMinutes(t, b, m) // another migtop saw the same
	late := f.minutes(at(30), 90, time.Minute)
	keepMinutes(t, b, late)
	want := runsIn(f.minutes(noon, 120, time.Minute))
	if got := runsOf(t, a, noon, at(120)); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
	if got, want := runsOf(t, a, at(10), at(75)), runsIn(f.minutes(at(10), 65, time.Minute)); got != want {
		t.Errorf("%d runs of %d in a part", got, want)
	}
}

// Whatever the order in which copies of minutes arrive, the same is kept: final ones in place of provisional ones.
func TestTheOrderOfCopiesHasNoMeaning(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := newFleet(1)
		var copies []*timeseries.Minutes
		for range rapid.IntRange(2, 5).Draw(r, "copies") {
			m := f.minutes(at(rapid.IntRange(0, 5).Draw(r, "from")), rapid.IntRange(1, 8).Draw(r, "minutes"), time.Minute)
			for i := range m.Streams {
				for k := range m.Streams[i].Buckets {
					b := &m.Streams[i].Buckets[k]
					if b.Final = rapid.Bool().Draw(r, "final"); !b.Final {
						b.Runs -= rapid.Int64Range(0, b.Runs).Draw(r, "late")
					}
				}
			}
			copies = append(copies, m)
		}
		dump := func(list []*timeseries.Minutes) string {
			s := New("", Options{})
			defer func() { _ = s.Close() }()
			for _, m := range list {
				if err := s.PutMinutes(t.Context(), scope, m); err != nil {
					r.Fatal(err)
				}
			}
			cells, err := s.Past(scope).Series(t.Context(), nil, migration.PastWindow{From: noon, To: at(60)}, 60)
			if err != nil {
				r.Fatal(err)
			}
			var out []byte
			for i := range cells {
				for k := range cells[i].Totals {
					b := timeseries.NewPacker().Pack(&cells[i].Totals[k].Activity)
					out = timeseries.AppendBuckets(out, []timeseries.Bucket{b})
				}
			}
			return string(out)
		}
		want := dump(copies)
		other := rapid.Permutation(slices.Clone(copies)).Draw(r, "order")
		if dump(other) != want {
			r.Fatal("another history")
		}
	})
}

func TestFinalMinutesReplaceProvisionalOnes(t *testing.T) {
	s := newStore(t, "", Options{})
	f := newFleet(1)
	final := f.minutes(noon, 10, time.Minute)
	provisional := f.minutes(noon, 10, time.Minute)
	for i := range provisional.Streams {
		for k := range provisional.Streams[i].Buckets {
			b := &provisional.Streams[i].Buckets[k]
			b.Final, b.Runs = false, b.Runs/2
		}
	}
	keepMinutes(t, s, provisional)
	if got, want := runsOf(t, s, noon, at(10)), runsIn(provisional); got != want {
		t.Errorf("%d provisional runs of %d", got, want)
	}
	keepMinutes(t, s, final)
	keepMinutes(t, s, provisional) // a late look of another migtop
	if got, want := runsOf(t, s, noon, at(10)), runsIn(final); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
}

// Ageing folds minutes into 5 minutes and hours without losing a run, and a file within its cap keeps everything.
func TestAgeingKeepsSums(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "history.db"), Options{})
	f := newFleet(2)
	const days = 70
	var want int64
	for h := range days * 24 / 6 {
		m := f.minutes(at(h*360), 6, time.Minute) // the first minutes of each 6 hours
		want += runsIn(m)
		keepMinutes(t, s, m)
	}
	end := at(days * 24 * 60)
	if _, _, err := s.Prune(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if got := runsOf(t, s, noon, end); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
	reach, err := s.Past(scope).Reach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(reach.Tiers) != 3 || !reach.Oldest.Equal(noon) || reach.Tiers[0].Step != time.Minute || reach.Tiers[2].Step != time.Hour ||
		!reach.Tiers[2].From.Equal(noon) || reach.Tiers[0].From.Before(end.Add(-3*24*time.Hour-time.Hour)) || reach.Bytes == 0 {
		t.Errorf("%+v", reach)
	}
	if len(reach.Gaps) != 2*(days*4-1) {
		t.Errorf("%d gaps", len(reach.Gaps))
	}
	cells, err := s.Past(scope).Series(t.Context(), nil, migration.PastWindow{From: noon, To: end}, 80)
	if err != nil {
		t.Fatal(err)
	}
	var runs int64
	for i := range cells {
		for k := range cells[i].Totals {
			runs += cells[i].Totals[k].Activity.Runs
		}
	}
	if runs != want || len(cells) > 80 {
		t.Errorf("%d runs of %d in %d cells", runs, want, len(cells))
	}
}

func TestGapsAreNotZero(t *testing.T) {
	s := newStore(t, "", Options{})
	f := newFleet(1)
	keepMinutes(t, s, f.minutes(noon, 10, time.Minute))
	keepMinutes(t, s, f.minutes(at(70), 10, time.Minute)) // it slept for an hour
	// It was watched afterwards, and nothing happened.
	keepMinutes(t, s, &timeseries.Minutes{At: at(90), Watched: []timeseries.Watched{{Source: "cloudwatch", From: at(80), To: at(90)}}})
	key := migration.PastKey{Key: migration.Key{Platform: migration.Jobs, Tenant: tenantOf(0), Workload: "render"}}
	cells, err := s.Past(scope).Series(t.Context(), &key, migration.PastWindow{From: noon, To: at(90)}, 90)
	if err != nil || len(cells) != 90 {
		t.Fatalf("%v, %d cells", err, len(cells))
	}
	for i := range cells {
		switch c := &cells[i]; {
		case i < 10 || i >= 70 && i < 80:
			if c.Gap || len(c.Totals) != 1 || c.Totals[0].Activity.Key != key.Key {
				t.Errorf("minute %d: %+v", i, c)
			}
		case len(c.Totals) > 0 || c.Gap != (i < 80):
			t.Errorf("minute %d: %+v", i, c)
		}
	}
	reach, err := s.Past(scope).Reach(t.Context())
	if err != nil || len(reach.Gaps) != 2 || !reach.Gaps[0].From.Equal(at(10)) || !reach.Gaps[0].To.Equal(at(70)) {
		t.Errorf("%v, %+v", err, reach.Gaps)
	}
}

func TestWordsAndQueuesAreKept(t *testing.T) {
	s := newStore(t, "", Options{})
	word := timeseries.TenantWord{
		Tenant: "acme", At: noon, Word: 2, Cost: migration.Stay,
		Notices: []timeseries.NoticeMark{{Severity: migration.Critical, Code: "oom_killed", About: "render"}},
	}
	later := timeseries.TenantWord{Tenant: "acme", At: at(1), Word: 3}
	queue := migration.QueueBucket{
		Queue: "q", Start: noon, Span: time.Minute, Sent: migration.Some[int64](7),
		Depth: migration.QueueDepth{Visible: migration.Some[int64](0), OldestAge: migration.Some(3 * time.Second)},
	}
	final := queue
	final.Final, final.Sent = true, migration.Some[int64](8)
	keepMinutes(t, s, &timeseries.Minutes{
		At: at(2), Words: []timeseries.TenantWord{later, word},
		Queues: []timeseries.QueueBuckets{{Scope: "prod", Name: "q", Buckets: []migration.QueueBucket{final, queue}}},
	})
	words, err := s.Past(scope).Words(t.Context(), migration.PastWindow{From: noon, To: at(1)})
	if err != nil || len(words) != 1 || words[0].Notices[0] != word.Notices[0] || words[0].Word != 2 || words[0].Cost != migration.Stay {
		t.Errorf("%v, %+v", err, words)
	}
	if words, err = s.Past(scope).Words(t.Context(), migration.PastWindow{From: noon, To: at(5)}); err != nil || words[0].Word != 3 {
		t.Errorf("%v, %+v", err, words)
	}
	queues, err := s.Past(scope).Queues(t.Context(), migration.PastWindow{From: noon, To: at(5)})
	if err != nil || len(queues) != 1 || queues[0].Scope != "prod" || len(queues[0].Buckets) != 1 || queues[0].Buckets[0] != final {
		t.Errorf("%v, %+v", err, queues)
	}
	if _, _, err := s.Prune(t.Context(), at(100*24*60)); err != nil { // minutes, 5 minutes, hours
		t.Fatal(err)
	}
	if queues, err = s.Past(scope).Queues(t.Context(), migration.PastWindow{From: noon, To: at(60)}); err != nil || len(queues) != 1 ||
		queues[0].Buckets[0].Sent != final.Sent || queues[0].Buckets[0].Span != time.Hour {
		t.Errorf("%v, %+v", err, queues)
	}
}

// A file that is too large loses its oldest and coarsest first, and never grows beyond its cap, WAL included.
func TestTheCapHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	const most = 3 * migration.MiB
	s := newStore(t, path, Options{Cap: most})
	f := newFleet(30)
	largest := int64(0)
	hours := 40
	for h := range hours {
		keepMinutes(t, s, f.minutes(at(h*60), 60, time.Minute))
		size := int64(0)
		for _, name := range []string{path, path + "-wal"} {
			if info, err := os.Stat(name); err == nil {
				size += info.Size()
			}
		}
		largest = max(largest, size)
	}
	if largest > int64(most) {
		t.Errorf("%d bytes with a cap of %d", largest, most)
	}
	end := at(hours * 60)
	if got, want := runsOf(t, s, end.Add(-3*time.Hour), end), runsIn(f.minutes(end.Add(-3*time.Hour), 180, time.Minute)); got != want {
		t.Errorf("%d runs of %d in the last hours", got, want)
	}
	reach, err := s.Past(scope).Reach(t.Context())
	if err != nil || len(reach.Tiers) < 2 || reach.Bytes > most {
		t.Errorf("%v, %+v", err, reach)
	}
}

// A reader that is at work for long does not make the WAL grow without bound.
func TestTheWALStaysSmallUnderReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := newStore(t, path, Options{})
	f := newFleet(60)
	reader := newStore(t, path, Options{})
	keepMinutes(t, s, f.minutes(noon, 60, time.Minute))
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() { // rewinds all the time
		defer close(ended)
		r := rand.New(rand.NewPCG(1, 1))
		for {
			select {
			case <-stop:
				return
			default:
			}
			from := at(r.IntN(60))
			if _, err := reader.Past(scope).Totals(t.Context(), migration.PastWindow{From: from, To: from.Add(6 * time.Hour)}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	largest := int64(0)
	for h := range 6 {
		keepMinutes(t, s, f.minutes(at(60+h*60), 60, time.Minute))
		if info, err := os.Stat(path + "-wal"); err == nil {
			largest = max(largest, info.Size())
		}
	}
	close(stop)
	<-ended
	if largest > 32<<20 {
		t.Errorf("the WAL grew to %d bytes", largest)
	}
}

// A source that brings quarters of an hour after a gap, and minutes of the same time, counts once.
func TestBucketsOfSeveralLengthsCountOnce(t *testing.T) {
	s := newStore(t, "", Options{})
	f := newFleet(1)
	fine := f.minutes(noon, 60, time.Minute)
	keepMinutes(t, s, fine)
	coarse := f.minutes(noon, 4, 15*time.Minute)
	for i := range coarse.Streams {
		for k := range coarse.Streams[i].Buckets {
			coarse.Streams[i].Buckets[k].Runs = 1
		}
	}
	keepMinutes(t, s, coarse)
	if got, want := runsOf(t, s, noon, at(60)), runsIn(fine); got != want {
		t.Errorf("%d runs of %d", got, want)
	}
	five := f.minutes(at(60), 12, 5*time.Minute)
	keepMinutes(t, s, five)
	for i := range coarse.Streams {
		for k := range coarse.Streams[i].Buckets {
			coarse.Streams[i].Buckets[k].Start += 3600
			coarse.Streams[i].Buckets[k].Runs = 1_000_000
		}
	}
	keepMinutes(t, s, coarse)
	if got := runsOf(t, s, at(60), at(120)); got != 8_000_000 {
		t.Errorf("%d runs of the quarters that have more", got)
	}
	if _, _, err := s.Prune(t.Context(), at(80*24*60)); err != nil {
		t.Fatal(err)
	}
	if got := runsOf(t, s, at(60), at(120)); got != 8_000_000 {
		t.Errorf("%d runs when they were folded", got)
	}
}
