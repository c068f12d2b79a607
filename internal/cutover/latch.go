package cutover

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rule is a reason to roll back.
type Rule uint8

// The rules.
const (
	NoRule          Rule = iota
	RuleFailures         // green fails more than blue, by the evidence
	RuleLoss             // messages are lost
	RuleDeadLetters      // dead letters come from green alone
	RuleAllFail          // nearly all of the last Jobs failed
	RuleDwell            // the oldest message waits too long and longer
	RuleSlower           // green is slower, where a tenant's limits say that this rolls back
	ruleCount
)

var ruleNames = [ruleCount]string{"", "failures", "loss", "dead_letters", "all_failed", "dwell", "slower"}

func (r Rule) String() string { return ruleNames[min(r, ruleCount-1)] }

// MarshalText encodes the rule by name.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Latch is a ROLL BACK that stands until a person clears it or the share returns to 0.
type Latch struct {
	Rule Rule
	At   time.Time // the minute in which the rule applied for the first time
	// What the rule rested on, in that minute.
	Runs, Failures [2]int64 // by side, since Since
	Since          time.Time
	// Value is the rule's own number: log10 of E, messages lost, dead letters, Jobs that failed, seconds of age.
	Value float64
}

// OverrideKind says what a person did to a latch.
type OverrideKind uint8

// The kinds.
const (
	// Cleared ends the latch. The evidence starts anew, and the same rule does not latch again before Until.
	Cleared OverrideKind = iota + 1
	// Overruled leaves the latch, which counts as HOLD until Until and as ROLL BACK again from then.
	Overruled
)

func (k OverrideKind) String() string {
	return [...]string{"", "cleared", "overruled"}[min(k, Overruled)]
}

// MarshalText encodes the kind by name.
func (k OverrideKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Override is a decision of a person about a latch.
type Override struct {
	Kind     OverrideKind
	Who, Why string
	At       time.Time
	Until    time.Time // Cleared may leave it zero
}

// check refuses an override that does not say who, why and until when.
func (o *Override) check() error {
	var errs []error
	if o.Kind != Cleared && o.Kind != Overruled {
		errs = append(errs, errors.New("kind: cleared or overruled"))
	}
	if o.Who == "" {
		errs = append(errs, errors.New("who: a name is missing"))
	}
	if o.Why == "" {
		errs = append(errs, errors.New("why: a reason is missing"))
	}
	switch {
	case o.At.IsZero():
		errs = append(errs, errors.New("at: a time is missing"))
	case o.Until.IsZero() && o.Kind == Overruled:
		errs = append(errs, errors.New("until: an overruled ROLL BACK needs an end"))
	case !o.Until.IsZero() && !o.Until.After(o.At):
		errs = append(errs, fmt.Errorf("until: %s is not after %s", o.Until.Format(time.RFC3339), o.At.Format(time.RFC3339)))
	}
	if len(errs) > 0 {
		return fmt.Errorf("override: %w", errors.Join(errs...))
	}
	return nil
}

// compareOverrides orders overrides by time; only equal ones compare as 0.
func compareOverrides(a, b Override) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Who, b.Who), cmp.Compare(a.Why, b.Why),
		a.Until.Compare(b.Until))
}

// Step is a share that was routed to green from a time on.
type Step struct {
	Share float64 // intended, 0 to 1
	At    time.Time
	// Line95 and Line99 are blue's own percentiles of run time before the step, at their upper bounds, of LineRuns runs;
	// see [Baseline].
	Line95, Line99 time.Duration
	LineRuns       int64
}

// checkSteps refuses shares that are none and steps at one time.
func checkSteps(steps []Step) ([]Step, error) {
	out := slices.Clone(steps)
	slices.SortStableFunc(out, func(a, b Step) int { return a.At.Compare(b.At) })
	for i := range out {
		s := &out[i]
		s.At = s.At.UTC()
		if !(s.Share >= 0 && s.Share <= 1) {
			return nil, fmt.Errorf("step at %s: a share of %v is none; use 0 to 1", s.At.Format(time.RFC3339), s.Share)
		}
		if s.At.IsZero() {
			return nil, errors.New("step: no time")
		}
		if i > 0 && minuteOf(out[i-1].At) == minuteOf(s.At) {
			return nil, fmt.Errorf("step at %s: another step begins in the same minute", s.At.Format(time.RFC3339))
		}
	}
	return out, nil
}
