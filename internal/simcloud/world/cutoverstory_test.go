package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// feed makes minutes of one tenant of the cutover story for the judge, straight from the story: what a source with no mistake
// would say.
type feed struct {
	w      *World
	s      *stream
	step   time.Time
	queues map[string][]QueueMinute // by part, since an hour before the step
	late   [2]int                   // in minutes: when a minute of a side becomes final
}

// before is how many minutes of blue alone the judge gets to see.
const before = 120

func newFeed(w *World, tenant string, minutes int) *feed {
	f := &feed{w: w, step: w.epoch.Add(-CutoverStep).Truncate(time.Minute), queues: map[string][]QueueMinute{}, late: [2]int{18, 1}}
	for _, s := range w.streams {
		if s.tenant == tenant {
			f.s = s
		}
	}
	for _, q := range w.Queues() {
		if q.Tenant == tenant {
			f.queues[q.Part] = w.QueueMinutes(&q, f.step.Add(-before*time.Minute), f.step.Add(time.Duration(minutes+1)*time.Minute))
		}
	}
	if f.s.deadline > 5*time.Minute {
		f.late[cutover.Green] = int(f.s.deadline/time.Minute) + 1
	}
	return f
}

// at is a minute after the step.
func (f *feed) at(m int) time.Time { return f.step.Add(time.Duration(m) * time.Minute) }

// minute is what both sides and the queues did.
func (f *feed) minute(m int) *cutover.Minute {
	some := migration.Some[int64]
	from, to := f.at(m), f.at(m+1)
	out := &cutover.Minute{Start: from}
	blue, green := &out.Blue, &out.Green
	for _, s := range [...]*cutover.SideMinute{blue, green} {
		s.Read, s.Final = true, true
		s.TimedOut, s.OOMKilled, s.Throttled, s.LogLines = some(0), some(0), some(0), some(0)
	}
	var durations [2][]time.Duration
	f.w.EachInvocation(f.s.function.Name, from, to, func(i Invocation) bool {
		blue.Runs++
		if i.Failed {
			blue.Failures++
		}
		if i.TimedOut {
			blue.TimedOut = some(blue.TimedOut.Or(0) + 1)
		}
		durations[cutover.Blue] = append(durations[cutover.Blue], i.Duration)
		return true
	})
	f.w.eachRun(f.s, from, to, func(r run) bool {
		if !r.onJobs {
			return true
		}
		green.Runs++
		if r.fails() {
			green.Failures++
		}
		limit := int64(f.s.jobMemory) << 20
		if r.jobPeak() > limit {
			green.OOMKilled = some(green.OOMKilled.Or(0) + 1)
		}
		used := min(r.jobWork(), f.s.deadline)
		if used == f.s.deadline {
			green.TimedOut = some(green.TimedOut.Or(0) + 1)
		}
		peak := migration.Ratio(float64(min(r.jobPeak(), limit)) / float64(limit))
		green.MemoryRatio = migration.Larger(green.MemoryRatio, migration.Some(peak))
		green.TimeoutRatio = migration.Larger(green.TimeoutRatio, migration.Some(migration.Ratio(used.Seconds()/f.s.deadline.Seconds())))
		durations[cutover.Green] = append(durations[cutover.Green], r.length()-jobStart)
		return true
	})
	blue.LogLines, green.LogLines = some(3*blue.Runs), some(2*green.Runs)
	blue.Duration, green.Duration = migration.Sample(durations[cutover.Blue]...), migration.Sample(durations[cutover.Green]...)
	f.queue(m, &out.Queue)
	return out
}

// queue is what the queues did.
func (f *feed) queue(m int, out *cutover.QueueMinute) {
	b, g, d := &f.queues[Blue][m+before], &f.queues[Green][m+before], f.queues[DeadLetters][m+before:]
	depth := b.Visible + b.NotVisible
	*out = cutover.QueueMinute{
		State: cutover.QueueRead, Final: true, Sent: b.Sent + g.Sent, Received: b.Received + g.Received, DeletedBlue: b.Deleted,
		DeletedGreen: g.Deleted, Depth: migration.Some(depth + g.Visible + g.NotVisible), BlueDepth: migration.Some(depth),
		InFlight:   migration.Some(b.NotVisible + g.NotVisible),
		DeadShared: max(d[1].Visible-d[0].Visible+d[0].Deleted, 0), Oldest: migration.Some(max(b.Oldest, g.Oldest)),
	}
}

// watch is a judge of the tenant, with the step that its plan intends.
func (f *feed) watch(tb testing.TB, share float64) *cutover.Watch {
	tb.Helper()
	w := cutover.NewWatch()
	for _, s := range [...]cutover.Side{cutover.Blue, cutover.Green} {
		w.SetIntake(s, cutover.Intake{Batch: 1, Retried: true})
	}
	var past []migration.Distribution[time.Duration]
	for m := -before; m < 0; m++ {
		x := f.minute(m)
		w.Add(x)
		past = append(past, x.Blue.Duration)
	}
	if _, err := w.SetSteps([]cutover.Step{cutover.Step{Share: share, At: f.step}.Baseline(migration.Merge(past...))}); err != nil {
		tb.Fatal(err)
	}
	return w
}

// facts are those of a moment at which all is known.
func (f *feed) facts(m int, next float64) *cutover.Facts {
	free := migration.Some(migration.USD{})
	return &cutover.Facts{
		Now: f.at(m), Next: migration.Some(next), Cost: cutover.CostFacts{PerThousand: [2]migration.Opt[migration.USD]{free, free}},
	}
}

// word is what a moment's verdict says: the word, with the rule or the most urgent reason.
func word(v *cutover.Verdict) string {
	switch v.Word {
	case cutover.RollBack:
		return "ROLL BACK " + v.Rule.String()
	case cutover.OnHold:
		return "HOLD " + v.Holds.First().String()
	}
	return v.Word.String()
}

// sight is how the judge gets to see a tenant.
type sight struct {
	late    func(minute int, s cutover.Side) int // how many minutes after its end a minute arrives; nil: as feed says
	skew    int                                  // minutes that green's clock is ahead
	unread  func(minute int) [2]string
	restart []int // minutes after which the state is written and read again
}

// words are the words of each minute after the step. The queue comes with blue.
func (f *feed) words(tb testing.TB, minutes int, next float64, by sight) []string {
	tb.Helper()
	judge := f.watch(tb, 0.5)
	arrivals := map[int][]*cutover.Minute{}
	for m := -1; m < minutes; m++ {
		for _, s := range [...]cutover.Side{cutover.Blue, cutover.Green} {
			late := f.late[s]
			if by.late != nil {
				late = by.late(m, s)
			}
			x := f.minute(m)
			if s == cutover.Blue {
				x.Green = cutover.SideMinute{}
			} else {
				x = &cutover.Minute{Start: x.Start.Add(time.Duration(by.skew) * time.Minute), Green: x.Green}
			}
			arrivals[m+late] = append(arrivals[m+late], x)
		}
	}
	peak := f.peak()
	out := make([]string, minutes)
	for m := range minutes {
		for _, x := range arrivals[m] {
			judge.Add(x)
		}
		facts := f.facts(m, next)
		facts.Peak = peak
		if by.unread != nil {
			facts.Unread = by.unread(m)
		}
		v := judge.Assess(facts)
		out[m] = word(&v)
		if slices.Contains(by.restart, m) {
			again, err := cutover.Decode(judge.Encode())
			if err != nil {
				tb.Fatal(err)
			}
			for _, s := range [...]cutover.Side{cutover.Blue, cutover.Green} {
				again.SetIntake(s, cutover.Intake{Batch: 1, Retried: true})
			}
			judge = again
		}
	}
	return out
}

// peak is the number of messages in the busiest quarter of an hour of the day before the step.
func (f *feed) peak() migration.Opt[float64] {
	var quarters [24 * 4]float64
	from := f.step.Add(-day).Truncate(15 * time.Minute)
	f.w.eachRun(f.s, from, from.Add(day), func(r run) bool {
		quarters[r.at.Sub(from)/(15*time.Minute)]++
		return true
	})
	return migration.Some(slices.Max(quarters[:]))
}

// changes are the words where they change, with their minutes.
func changes(words []string) string {
	var out []string
	for m, w := range words {
		if m == 0 || w != words[m-1] {
			out = append(out, fmt.Sprintf("%d %s", m, w))
		}
	}
	return strings.Join(out, "; ")
}

// phase is a word that must be said for the first time between two minutes, and stays said from then on where stays is set.
type phase struct {
	word     string // or how it begins
	from, to int
	stays    bool
}

// check holds words against phases and words that must never be said.
func check(t *testing.T, words []string, phases []phase, never ...string) {
	t.Helper()
	t.Log(changes(words))
	for _, p := range phases {
		first := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, p.word) })
		if first < p.from || first > p.to {
			t.Errorf("%s first in minute %d, want %d to %d", p.word, first, p.from, p.to)
			continue
		}
		for m := first; p.stays && m < len(words); m++ {
			if !strings.HasPrefix(words[m], p.word) {
				t.Errorf("%s in minute %d ends in minute %d: %s", p.word, first, m, words[m])
				break
			}
		}
	}
	for m, w := range words {
		if slices.ContainsFunc(never, func(n string) bool { return strings.HasPrefix(w, n) }) {
			t.Errorf("%s in minute %d", w, m)
			break
		}
	}
}

const promote, rollBack = "PROMOTE", "ROLL BACK"

// Every tenant of the cutover story gets the word that its name deserves, at about the time that the evidence allows: blue's
// minutes are final 18 minutes late.
func TestWordsOfTheCutoverStory(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, c := range []struct {
		tenant  string
		minutes int
		phases  []phase
		never   []string
	}{
		{
			"healthy", 240,
			[]phase{{"HOLD need_minutes", 0, 0, false}, {"HOLD need_evidence", 30, 30, false}, {promote, 31, 149, false}},
			[]string{rollBack},
		},
		{"three-times", 240, []phase{{"HOLD", 0, 0, false}, {rollBack + " failures", 63, 150, true}}, nil},
		{
			"slow-leak", 200,
			[]phase{{"HOLD memory", 40, 95, false}, {"HOLD oom_killed", 65, 115, false}, {rollBack, 100, 149, true}},
			[]string{promote},
		},
		{"lost-messages", 160, []phase{{"HOLD loss", 45, 70, false}, {rollBack + " loss", 60, 90, true}}, []string{promote}},
		{"duplicates", 200, []phase{{"HOLD duplicates", 45, 75, true}}, []string{promote, rollBack}},
		{"late-timeouts", 300, []phase{{"HOLD", 0, 0, true}, {"HOLD deadline", 1, 100, false}}, []string{promote, rollBack}},
		{"poison", 300, []phase{{"HOLD dead_letters", 5, 50, true}}, []string{promote, rollBack}},
		{"oom-wave", 200, []phase{{"HOLD oom_killed", 61, 63, false}, {rollBack + " all_failed", 61, 70, true}}, []string{promote}},
		{"no-traffic", 300, []phase{{"HOLD", 0, 0, true}, {"HOLD need_runs", 30, 30, true}}, []string{promote, rollBack}},
		{"bursts", 420, []phase{{"HOLD", 0, 0, false}, {promote, 60, 400, false}}, []string{rollBack}},
		{"share-off", 200, []phase{{"HOLD share", 15, 60, true}}, []string{promote, rollBack}},
		{"daily-peak", 560, []phase{{"HOLD need_peak", 31, 150, false}, {promote, 330, 500, false}}, []string{rollBack}},
	} {
		for _, seed := range seeds {
			t.Run(fmt.Sprintf("%s/%d", c.tenant, seed), func(t *testing.T) {
				t.Parallel()
				next := 0.75
				if c.tenant == "daily-peak" {
					next = 1
				}
				f := newFeed(New(Options{Seed: seed, Story: StoryCutover}), c.tenant, c.minutes)
				check(t, f.words(t, c.minutes, next, sight{}), c.phases, c.never...)
			})
		}
	}
}

// What hinders the sight of a tenant changes no word for the worse: it holds, and goes on when the minutes come.
func TestWordsWithTroubledSources(t *testing.T) {
	at := func(tenant string) *feed { return newFeed(New(Options{Seed: 1, Story: StoryCutover}), tenant, 260) }
	lost := func(m int) bool { return m >= 60 && m < 120 }
	lag := sight{late: func(m int, s cutover.Side) int { // CloudWatch stands still for two hours
		if late := 18; s == cutover.Green {
			return 1
		} else if m >= 20 && m < 120 {
			return max(late, 140-m)
		} else {
			return late
		}
	}}
	t.Run("metrics lag", func(t *testing.T) {
		stale := phase{"HOLD stale", 60, 70, false}
		check(t, at("healthy").words(t, 260, 0.75, lag), []phase{stale, {promote, 140, 170, false}}, rollBack)
		check(t, at("three-times").words(t, 260, 0.75, lag), []phase{stale, {rollBack + " failures", 140, 150, true}}, promote)
	})
	t.Run("clock skew", func(t *testing.T) {
		ahead := sight{skew: 4}
		check(t, at("healthy").words(t, 260, 0.75, ahead), []phase{{promote, 31, 149, false}}, rollBack)
		check(t, at("three-times").words(t, 260, 0.75, ahead), []phase{{rollBack + " failures", 63, 150, true}})
		check(t, at("lost-messages").words(t, 160, 0.75, ahead), []phase{{rollBack + " loss", 60, 90, true}}, promote)
	})
	t.Run("a source lost for an hour", func(t *testing.T) {
		for _, side := range [...]cutover.Side{cutover.Blue, cutover.Green} {
			by := sight{
				unread: func(m int) (out [2]string) {
					if lost(m) {
						out[side] = "connection refused"
					}
					return out
				},
				late: func(m int, s cutover.Side) int { // all that could not be read comes when it answers again
					late := [2]int{18, 1}[s]
					if s == side && lost(m+late) {
						return 120 - m
					}
					return late
				},
			}
			unread := "HOLD " + [...]string{"blue", "green"}[side] + "_unread"
			words := at("healthy").words(t, 260, 0.75, by)
			check(t, words, []phase{{unread, 60, 60, false}, {promote, 31, 160, false}}, rollBack)
			for m := range words {
				if lost(m) && words[m] != unread {
					t.Errorf("%s in minute %d, want %s", words[m], m, unread)
				}
			}
			check(t, at("three-times").words(t, 260, 0.75, by), []phase{{rollBack + " failures", 63, 150, true}})
		}
	})
	t.Run("restart in the middle", func(t *testing.T) {
		restarts := sight{restart: []int{10, 59, 60, 100, 130}}
		for _, tenant := range []string{"healthy", "three-times", "slow-leak", "lost-messages", "poison"} {
			want, got := at(tenant).words(t, 200, 0.75, sight{}), at(tenant).words(t, 200, 0.75, restarts)
			if !slices.Equal(want, got) {
				t.Errorf("%s\n%s\nwith restarts\n%s", tenant, changes(want), changes(got))
			}
		}
	})
}
