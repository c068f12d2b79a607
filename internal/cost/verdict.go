package cost

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// verdict says which of two months that are both known costs less, and why.
func (c *comparing) verdict() migration.Verdict {
	word := migration.Stay
	if c.moves {
		word = migration.WorthMoving
	}
	return migration.Verdict{Decision: word, Reason: c.reason()}
}

func (c *comparing) reason() string {
	each, even := c.each(), c.out.BreakEven
	before, _ := c.out.Before.Get()
	after, _ := c.out.After.Get()
	if !c.moves && before.Cmp(after) > 0 {
		return fmt.Sprintf("leaving %s saves %s of the %s a month that it costs, and %s would cost %s", c.before.Name, Money(c.leaving),
			Money(before), c.after.Name, Money(after))
	}
	at := number(even.RunsPerDay.Or(c.perDay))
	switch even.Crossing {
	case MoveAbove:
		than := "over"
		if !c.moves {
			than = "under"
		}
		return fmt.Sprintf("%s, and %s runs a day are %s the break-even of %s", each, number(c.perDay), than, at)
	case MoveBelow:
		return fmt.Sprintf("%s, and before the first run a month costs %s on %s and %s on %s: below %s runs a day it is cheaper on %s, "+
			"and there are %s", each, Money(fixedOf(&c.before)), c.before.Name, Money(fixedOf(&c.after)), c.after.Name, at, c.after.Name,
			number(c.perDay))
	case MoveAtOnce:
		return each + ", from the first run on"
	case NeverMove:
		return each + ": moving never pays"
	}
	// The months are not linear in runs, and say something else than the costs of a run.
	return fmt.Sprintf("a month costs %s on %s and %s on %s, with fixed costs, tiers and the free tier; %s", Money(before), c.before.Name,
		Money(after), c.after.Name, each)
}

// each is what a run costs on both sides.
func (c *comparing) each() string {
	about := func(s *SideMonth) string {
		if s.Calculated && c.before.Calculated != c.after.Calculated {
			return "about "
		}
		return ""
	}
	each := fmt.Sprintf("a run costs %s%s on %s and %s%s on %s", about(&c.before), Money(c.runBefore), c.before.Name,
		about(&c.after), Money(c.runAfter), c.after.Name)
	if c.runBefore.Sign() > 0 {
		change := c.runAfter.Decimal().Sub(c.runBefore.Decimal()).Shift(2).DivRound(c.runBefore.Decimal(), 0)
		switch change.Sign() {
		case 1:
			each += fmt.Sprintf(" (%s %% more)", text.GroupDigits(change.String()))
		case -1:
			each += fmt.Sprintf(" (%s %% less)", change.Neg())
		}
	}
	return each
}

// movedReason says that the work has moved, what a run costs now, and where it cost less before.
func (c *comparing) movedReason() string {
	reason := fmt.Sprintf("nothing ran on %s in this window; %s on %s", c.before.Name, runs(c.after.Runs), c.after.Name)
	if c.before.Runs > 0 {
		reason = fmt.Sprintf("nothing runs on %s any more; %s on %s in this window", c.before.Name, runs(c.after.Runs), c.after.Name)
	}
	if job, ok := c.after.Run.Get(); ok && !c.after.Calculated {
		reason += fmt.Sprintf(" at %s each", Money(job))
	}
	if whole, ok := c.out.Whole.Get(); ok && whole.Sign() < 0 {
		reason += fmt.Sprintf("; on %s they would cost %s a month less", c.before.Name, Money(migration.Dollars(whole.Decimal().Neg())))
	}
	return reason
}

func fixedOf(s *SideMonth) migration.USD { return s.Fixed.Or(migration.USD{}) }
