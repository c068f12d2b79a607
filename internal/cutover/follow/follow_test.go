package follow

import (
	"slices"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// run feeds two hours before noon and some after, minute by minute, and calls look after each.
func (b *bench) run(minutes int, blueFail, greenFail func(int) int64, look func(int, *migration.Cutover)) {
	const lag = 5
	for m := -120; m < minutes; m++ {
		b.blue("acme", m, 30, blueFail(m))
		green := []migration.RunMinute(nil)
		if m >= 0 {
			green = append(green, jobs("acme", m, 30, greenFail(m)))
		}
		b.green(-120, m+1, green...)
		if m >= -100 {
			c := b.judge(m+1, m+1-lag)
			if look != nil {
				look(m, c)
			}
		}
	}
}

func never(int) int64 { return 0 }

// tenth fails once in ten minutes: 0.3 %.
func tenth(m int) int64 {
	if m%10 == 0 {
		return 1
	}
	return 0
}

// often fails once a minute: 3 %.
func often(int) int64 { return 1 }

func TestAHealthyTenantNeedsOnlyThePeak(t *testing.T) {
	b := newBench(t, stepAtNoon(5000))
	var words []migration.VerdictWord
	b.run(100, often, often, func(_ int, c *migration.Cutover) {
		if n := len(words); n == 0 || words[n-1] != c.Word {
			words = append(words, c.Word)
		}
		if c.Word == migration.VerdictRollBack {
			t.Fatalf("rolled back: %s", c.Reason)
		}
	})
	c := b.judge(101, 96)
	want := []migration.VerdictWord{migration.VerdictMove, migration.VerdictHold}
	if !slices.Equal(words[:2], want) {
		t.Errorf("words %v", words)
	}
	d := &c.Detail
	half := migration.Some[migration.Ratio](0.5)
	if d.Stage != migration.StageBetween || d.Share != half || d.ShareFrom != "plan" || !d.StepAt.Equal(noon) {
		t.Errorf("stage %v, share %v from %q since %v", d.Stage, d.Share, d.ShareFrom, d.StepAt)
	}
	if d.Before.Messages == 0 || d.Before.Messages != d.After.Messages {
		t.Errorf("%d and %d messages", d.Before.Messages, d.After.Messages)
	}
	if o := d.Observed.Or(0); o < 0.49 || o > 0.51 {
		t.Errorf("observed %v", o)
	}
	if c.Text != "PROMOTE 50 to 100 %" && !slices.Equal(d.Holds, []string{"need_peak"}) {
		t.Errorf("%s, holds %v: %s", c.Text, d.Holds, c.Reason)
	}
}

func TestAFailingTenantIsRolledBack(t *testing.T) {
	b := newBench(t, stepAtNoon(5000))
	since := -1
	b.run(60, tenth, func(m int) int64 { return 3 }, func(m int, c *migration.Cutover) {
		if c.Word == migration.VerdictPromote {
			t.Fatalf("minute %d: promoted", m)
		}
		if c.Word == migration.VerdictRollBack && since < 0 {
			since = m
		}
	})
	if since < 0 || since > 20 {
		t.Errorf("rolled back at minute %d", since)
	}
	c := b.judge(61, 56)
	if c.Detail.Rule != "failures" || c.Detail.ExitCode != 20 {
		t.Errorf("rule %q, exit code %d: %s", c.Detail.Rule, c.Detail.ExitCode, c.Reason)
	}
}

func TestStepsAreSeenWithoutAPlan(t *testing.T) {
	b := newBench(t, nil)
	b.run(60, never, never, nil)
	c := b.judge(61, 56)
	d := &c.Detail
	if d.ShareFrom != "seen" || d.Share != migration.Some[migration.Ratio](0.5) || !d.StepAt.Equal(noon) {
		t.Errorf("share %v from %q since %v", d.Share, d.ShareFrom, d.StepAt)
	}
}
