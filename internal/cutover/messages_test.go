package cutover

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// How runs are resolved to messages, or why they are not.
func TestMessages(t *testing.T) {
	some := migration.Some[int64]
	for name, c := range map[string]struct {
		side  SideMinute
		in    Intake
		other Intake
		want  messages
	}{
		"a run is a message": {
			SideMinute{Runs: 10, Failures: 2}, one, one, messages{basis: ByMessage, n: 10, e: 2},
		},
		"counted messages win": {
			SideMinute{Runs: 30, Failures: 6, Messages: some(10), FailedMessages: some(2)},
			Intake{Batch: 10, Partial: true, MayBeEmpty: true},
			one,
			messages{basis: ByMessage, n: 10, e: 2},
		},
		"more failed than there were": {
			SideMinute{Runs: 3, Messages: some(2), FailedMessages: some(3)}, one, one, messages{basis: ByMessage, n: 2, e: 2},
		},
		"Jobs that took several messages": {
			SideMinute{Runs: 2, Messages: some(20), FailedMessages: some(1)},
			Intake{Batch: 10},
			one,
			messages{basis: ByMessage, n: 20, e: 1},
		},
		"batches of different sizes": {
			SideMinute{Runs: 10, Failures: 2}, Intake{Batch: 10}, one, messages{basis: Unresolved, why: whyBatch},
		},
		"batches of one size": {
			SideMinute{Runs: 10, Failures: 2}, Intake{Batch: 10}, Intake{Batch: 10}, messages{basis: ByBatch, n: 10, e: 2},
		},
		"partial batch responses": {
			SideMinute{Runs: 10},
			Intake{Batch: 10, Partial: true},
			Intake{Batch: 10, Partial: true},
			messages{basis: Unresolved, why: whyPartial},
		},
		"Jobs that found nothing": {
			SideMinute{Runs: 10, Failures: 2, Empty: some(5)},
			Intake{Batch: 1, MayBeEmpty: true},
			one,
			messages{basis: ByMessage, n: 5, e: 2},
		},
		"Jobs that may have found nothing": {
			SideMinute{Runs: 10, Failures: 2}, Intake{Batch: 1, MayBeEmpty: true}, one, messages{basis: Unresolved, why: whyEmpty},
		},
		"asynchronous retries, messages known": {
			SideMinute{Runs: 14, Failures: 6, Messages: some(10)},
			Intake{Batch: 1, Retried: true},
			one,
			messages{basis: Divided, n: 14, e: 6, attempts: 14, distinct: 10},
		},
		"asynchronous retries": {
			SideMinute{Runs: 14, Failures: 6}, Intake{Batch: 1, Retried: true}, one, messages{basis: ByAttempt, n: 14, e: 6},
		},
		"nothing known": {SideMinute{Runs: 14, Failures: 6}, Intake{}, Intake{}, messages{basis: ByAttempt, n: 14, e: 6}},
	} {
		cell := packSide(&c.side, 0, 0)
		if got := cell.resolve(c.in, c.other); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// What cannot be compared holds and says why; attempts must give ten times the evidence, and the verdict says so.
func TestBasisOfTheVerdict(t *testing.T) {
	for _, c := range []struct {
		in      Intake
		minutes int
		word    Word
		want    string
	}{
		{Intake{Batch: 10}, 40, OnHold, "failures of {after} cannot be compared: a failed batch does not say which of its messages failed"},
		{Intake{Batch: 1, MayBeEmpty: true}, 40, OnHold, "how many did is unknown"},
		{Intake{Batch: 1, Partial: true}, 40, OnHold, "partial batch responses hide which messages failed"},
		{one, 10, RollBack, "E 128"},
		{
			Intake{Batch: 1, Retried: true},
			10, OnHold,
			"more failures on {after}, perhaps: 3.3 % fail on {after}, 0 % on {before}, E 128 of 1000",
		},
		{Intake{Batch: 1, Retried: true}, 14, RollBack, "attempt based"},
	} {
		w := newWatch(t, 0.5)
		w.SetIntake(Green, c.in)
		for m := range c.minutes {
			w.Add(minuteOfRuns(m, 30, 0, 30, 1))
		}
		f := facts(c.minutes - 1)
		v := w.Assess(f)
		if reason := w.Reason(f, &v); v.Word != c.word || !strings.Contains(reason, c.want) {
			t.Errorf("%+v, %d minutes: %s: %s", c.in, c.minutes, v.Text(), reason)
		}
	}
}

// Collapsed retries are the evidence of the messages alone; divided ones are near it.
func TestRetriesAreCollapsed(t *testing.T) {
	some := migration.Some[int64]
	evidenceOf := func(change func(*SideMinute, int64)) float64 {
		w := newWatch(t, 0.5)
		for _, s := range [...]Side{Blue, Green} {
			w.SetIntake(s, Intake{Batch: 1, Retried: true})
		}
		for m := range 20 {
			x := minuteOfRuns(m, 30, 0, 30, int64(m%2))
			change(&x.Green, x.Green.Failures)
			change(&x.Blue, 0)
			w.Add(x)
		}
		v := w.Assess(facts(19))
		return v.HarmE
	}
	three := func(p *SideMinute, failed int64) { p.Runs, p.Failures = p.Runs+2*failed, 3*failed }
	single := evidenceOf(func(p *SideMinute, failed int64) { p.Messages, p.FailedMessages = some(p.Runs), some(failed) })
	collapsed := evidenceOf(func(p *SideMinute, failed int64) {
		p.Messages, p.FailedMessages = some(p.Runs), some(failed)
		three(p, failed)
	})
	all := evidenceOf(three)
	if collapsed != single || all < 2*single {
		t.Errorf("log10 E: single %v, collapsed %v, attempts %v", single, collapsed, all)
	}
}
