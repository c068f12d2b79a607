package lambda

import (
	"cmp"
	"iter"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// loggingFleet writes three lines into a function's log group every minute, none into
// those that are lost.
type loggingFleet struct {
	*fleetAccount
	lost map[string]bool
}

func (f *loggingFleet) group(i int) string {
	return cmp.Or(f.list[i].LogGroup, "/aws/lambda/"+f.list[i].Name)
}

// lines is how many are written into a group every minute.
func (f *loggingFleet) lines(group string) (n int) {
	for i := range f.list {
		if f.group(i) == group && !f.lost[group] && !f.idle[f.list[i].Name] {
			n += 3
		}
	}
	return n
}

func (f *loggingFleet) LogGroups(time.Time) []string {
	var out []string
	for i := range f.list {
		out = append(out, f.group(i))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (f *loggingFleet) LogEvents(group string, from, to time.Time) iter.Seq[awsapi.LogEvent] {
	return func(yield func(awsapi.LogEvent) bool) {
		lines := f.lines(group)
		for at := awspoll.Ceil(from, time.Minute); at.Before(to); at = at.Add(time.Minute) {
			for range lines {
				if !yield(awsapi.LogEvent{At: at, Message: "hello"}) {
					return
				}
			}
		}
	}
}

func newLogging(n int) *loggingFleet {
	return &loggingFleet{fleetAccount: newFleet(n), lost: map[string]bool{}}
}

func watching(s *Settings) { s.Arrival, s.Rand, s.History = true, nil, -1 }

// each is the same number of lines in each minute of an hour and a quarter.
func each(lines int64) []int64 { return slices.Repeat([]int64{lines}, 75) }

// Each log group is asked about by the name that LoggingConfig gives it, and reported
// with all who write there; silence is none, and not unknown.
func TestLinesOfFunctionsArrive(t *testing.T) {
	account := newLogging(5)
	account.list[1].LogGroup, account.list[2].LogGroup = "/shared", "/shared"
	account.lost["/aws/lambda/work-t00003"] = true
	account.idle["work-t00004"] = true
	r := newRig(t, account, watching)
	before := r.server.Billed()
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	key := func(tenant migration.Tenant) migration.Key {
		return migration.Key{Platform: migration.Lambda, Workload: "work", Tenant: tenant}
	}
	from, to := time.Date(2026, 3, 10, 11, 15, 0, 0, time.UTC), time.Date(2026, 3, 10, 12, 15, 0, 0, time.UTC)
	want := migration.LogDeliveries{
		{Group: "/aws/lambda/work-t00000", Of: []migration.Key{key("t00000")}, From: from, To: to, Lines: 180, Minutes: each(3)},
		{Group: "/aws/lambda/work-t00003", Of: []migration.Key{key("t00003")}, From: from, To: to, Minutes: each(0)},
		{Group: "/shared", Of: []migration.Key{key("t00001"), key("t00002")}, From: from, To: to, Lines: 360, Minutes: each(6)},
	}
	if diff := gocmp.Diff(want, delivered(batch)); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	billed := r.server.Billed()
	if low, high := billed.Low-before.Low, billed.High-before.High; batch.AskedLow != low || batch.AskedHigh != high || low != 4*5+3 {
		t.Errorf("counted %d to %d, billed %d to %d", batch.AskedLow, batch.AskedHigh, low, high)
	}
	// Four functions every five minutes, and three log groups every twenty.
	if plan, _ := batch.PollRate.Get(); plan.Low != 12*4*5+3*3 || plan.High != 12*4*9+3*3 {
		t.Errorf("plan %+v", plan)
	}
}

// Nothing is asked of log groups where nobody wants to know.
func TestLinesAreNotWatchedUnasked(t *testing.T) {
	r := newRig(t, newLogging(2), func(s *Settings) { s.Rand, s.History = nil, -1 })
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil || delivered(batch) != nil || batch.AskedLow != 2*5 {
		t.Errorf("%v: asked %d, reported %+v", err, batch.AskedLow, delivered(batch))
	}
}

// Log groups are asked about by whose page is open, who is on screen and the rest, four
// times less often than runs, and never while nothing may be asked; who falls asleep is
// not asked about at all.
func TestRhythmOfLines(t *testing.T) {
	account := newLogging(4)
	account.idle["work-t00003"] = true
	r := newRig(t, account, watching)
	focus := sources.Focus{Open: true, Tenant: "t00000", Visible: []migration.Tenant{"t00001"}}
	asked := map[string]int{}
	last := map[string]time.Time{}
	minutes := func(n int) {
		for range n {
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range delivered(batch) {
				if !a.To.Equal(last[a.Group]) {
					last[a.Group] = a.To
					asked[a.Group]++
				}
			}
			r.clock.Advance(time.Minute)
		}
	}
	minutes(120)
	want := map[string]int{"/aws/lambda/work-t00000": 24, "/aws/lambda/work-t00001": 6, "/aws/lambda/work-t00002": 2}
	if diff := gocmp.Diff(want, asked); diff != "" {
		t.Errorf("times asked in two hours (-want +got):\n%s", diff)
	}
	before := r.server.Billed()
	focus.Pace = sources.Pace{Hold: true, Why: "no money"}
	minutes(120)
	if r.server.Billed() != before {
		t.Error("asked while nothing may be asked")
	}
	focus.Pace = sources.Pace{}
	account.until = r.clock.Now()
	minutes(3*60 + 20)
	if batch, err := r.Poll(t.Context(), focus); err != nil || len(delivered(batch)) != 0 || batch.AskedLow != 0 {
		t.Errorf("asleep: %v, asked %d, reported %+v", err, batch.AskedLow, delivered(batch))
	}
}

// The budget has room for runs first, and at any size of fleet the questions about log
// groups take as few calls as there can be.
func TestCallsAboutLines(t *testing.T) {
	sizes := []int{1, 10, 500, 1100}
	if testing.Short() {
		sizes = []int{1, 10, 60} // 60 ask more than fits into one call
	}
	for _, n := range sizes {
		account := newLogging(n)
		account.from = epoch.Add(-15 * time.Minute)
		r := newRig(t, account, watching)
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		if calls, want := r.server.Calls("cloudwatch:GetMetricData"), int64((9*n+499)/500+(n+499)/500); calls != want ||
			batch.AskedHigh != int64(10*n) {
			t.Errorf("%d functions: %d calls about %d queries, want %d about %d", n, calls, batch.AskedHigh, want, 10*n)
		}
	}
	r := newRig(t, newLogging(3), watching)
	batch, err := r.Poll(t.Context(), sources.Focus{Pace: sources.Pace{Allow: migration.Some[int64](3*9 + 2)}})
	if err != nil || batch.AskedHigh != 3*9+2 {
		t.Errorf("%v: asked %d of %d", err, batch.AskedHigh, 3*9+2)
	}
	reported := 0
	for _, a := range delivered(batch) {
		if !a.To.IsZero() {
			reported++
		}
	}
	if reported != 2 || len(delivered(batch)) != 3 {
		t.Errorf("%d of %+v have an answer", reported, delivered(batch))
	}
}

// What CloudWatch does not answer stays as it was, and takes nothing away from runs.
func TestLinesWithoutAnswer(t *testing.T) {
	r := newRig(t, newLogging(1), watching)
	first, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	r.server.SetFaults(awsapi.Faults{Throttle: true})
	r.clock.Advance(30 * time.Minute)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if h := awsaccesstest.Health(t, batch, "cloudwatch"); err != nil || h.Problem == nil || h.Problem.Fault != migration.FaultThrottled {
		t.Errorf("%v, %+v", err, h)
	}
	if diff := gocmp.Diff(delivered(first), delivered(batch)); diff != "" {
		t.Errorf("while throttled (-before +now):\n%s", diff)
	}
}

// A function that is found between two lists is described whole: where it logs too.
func TestNewFunctionsLogGroup(t *testing.T) {
	account := newLogging(2)
	account.list[1].LogGroup, account.list[1].LogFormat = "/elsewhere", "JSON"
	late := account.list[1]
	account.list = account.list[:1]
	r := newRig(t, account, watching)
	if _, err := r.Poll(t.Context(), sources.Focus{}); err != nil {
		t.Fatal(err)
	}
	account.list = append(account.list, late)
	r.clock.Advance(16 * time.Minute)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil || r.server.Calls("lambda:ListFunctions") != 1 {
		t.Fatalf("%v, %d lists", err, r.server.Calls("lambda:ListFunctions"))
	}
	for _, fn := range batch.Functions {
		if fn.Name == late.Name && fn.Logs != (migration.Logs{Group: "/elsewhere", JSON: true}) {
			t.Errorf("logs %+v", fn.Logs)
		}
	}
	if n := len(delivered(batch)); n != 2 || delivered(batch)[1].Group != "/elsewhere" {
		t.Errorf("%+v", delivered(batch))
	}
}

// Where a function works for others, its log group is theirs too: by aliases whose they
// are, and in tenant isolation mode of whom nobody knows here.
func TestLogGroupsOfSharedFunctions(t *testing.T) {
	account := newAliased()
	account.list[1].Isolated = true
	r := newRig(t, aliasedAndLogging{account, &loggingFleet{account.fleetAccount, nil}}, byAlias, watching)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	whose := map[string][]migration.Tenant{}
	shared := map[string]bool{}
	for _, a := range delivered(batch) {
		for _, key := range a.Of {
			whose[a.Group] = append(whose[a.Group], key.Tenant)
		}
		slices.Sort(whose[a.Group])
		shared[a.Group] = a.Shared
	}
	if diff := gocmp.Diff(map[string][]migration.Tenant{
		"/aws/lambda/shared-thumbs": {"acme", "globex", "own"}, "/aws/lambda/work-thumbs": {"own"},
	}, whose); diff != "" {
		t.Errorf("whose (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(map[string]bool{"/aws/lambda/shared-thumbs": false, "/aws/lambda/work-thumbs": true}, shared); diff != "" {
		t.Errorf("shared (-want +got):\n%s", diff)
	}
}

// aliasedAndLogging has the functions and the runs of the first and the lines of the second.
type aliasedAndLogging struct {
	*aliased
	logs *loggingFleet
}

func (a aliasedAndLogging) LogGroups(now time.Time) []string { return a.logs.LogGroups(now) }

func (a aliasedAndLogging) LogEvents(group string, from, to time.Time) iter.Seq[awsapi.LogEvent] {
	return a.logs.LogEvents(group, from, to)
}

// delivered is what a batch says of log groups.
func delivered(b migration.Batch) migration.LogDeliveries {
	return migration.PayloadOf[migration.LogDeliveries](b)
}
