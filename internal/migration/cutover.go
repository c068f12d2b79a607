package migration

import "time"

// VerdictWord is the word of the VERDICT column.
type VerdictWord uint8

// The words. Move, stay and cannot stay answer whether a tenant should move; PROMOTE, HOLD and ROLL BACK whether it may take
// the next step; moved whether the move worked. The zero value is no verdict: there is not enough data.
const (
	VerdictNone VerdictWord = iota
	VerdictMove
	VerdictStay
	VerdictCannotStay
	VerdictPromote
	VerdictHold
	VerdictRollBack
	VerdictMoved
	VerdictMovedCostsMore
)

var verdictWords = [...]string{"no verdict", "move", "stay", "cannot stay", "PROMOTE", "HOLD", "ROLL BACK", "moved", "moved, costs more"}

func (w VerdictWord) String() string { return verdictWords[min(int(w), len(verdictWords)-1)] }

// Urgency orders words by how soon a person should act, the highest first: ROLL BACK, then PROMOTE and HOLD, then what is to
// move or costs more than it did. 0 is no verdict.
func (w VerdictWord) Urgency() int {
	return [...]int{
		VerdictNone: 0, VerdictStay: 1, VerdictMoved: 2, VerdictMove: 3, VerdictCannotStay: 4, VerdictMovedCostsMore: 5,
		VerdictHold: 6, VerdictPromote: 7, VerdictRollBack: 8,
	}[min(w, VerdictMovedCostsMore)]
}

// Steps reports whether the word answers whether a tenant may take its next step: PROMOTE, HOLD or ROLL BACK.
func (w VerdictWord) Steps() bool {
	return w == VerdictPromote || w == VerdictHold || w == VerdictRollBack
}

// VerdictWords lists all words, the most urgent first.
func VerdictWords() []VerdictWord {
	return []VerdictWord{
		VerdictRollBack, VerdictPromote, VerdictHold, VerdictMovedCostsMore, VerdictCannotStay, VerdictMove, VerdictMoved, VerdictStay,
		VerdictNone,
	}
}

// MarshalText encodes the word.
func (w VerdictWord) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText decodes a word that MarshalText wrote.
func (w *VerdictWord) UnmarshalText(b []byte) error {
	return parseName(w, verdictWords[:], string(b))
}

// CutoverStage is where a tenant stands on its way to the second platform of the move.
type CutoverStage uint8

// The stages.
const (
	StageBefore  CutoverStage = iota // no share yet
	StageBetween                     // between 0 and 100 %
	StageAtEnd                       // all is routed to the second platform
)

var stageNames = [...]string{"before", "between", "at_end"}

func (s CutoverStage) String() string { return stageNames[min(int(s), len(stageNames)-1)] }

// MarshalText encodes the stage by name.
func (s CutoverStage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText decodes a name that MarshalText wrote.
func (s *CutoverStage) UnmarshalText(b []byte) error {
	return parseName(s, stageNames[:], string(b))
}

// SignalState is how a signal of a cutover stands.
type SignalState uint8

// The states.
const (
	SignalNotYet    SignalState = iota // too little data, or it does not apply
	SignalUnread                       // it could not be read
	SignalFine                         // within its thresholds
	SignalHolds                        // a reason to hold
	SignalRollsBack                    // a reason to roll back
)

var signalStates = [...]string{"not_yet", "unread", "fine", "holds", "rolls_back"}

func (s SignalState) String() string { return signalStates[min(int(s), len(signalStates)-1)] }

// MarshalText encodes the state by name.
func (s SignalState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// CheckState is the result of a readiness check.
type CheckState uint8

// The results. What is unknown is not ready.
const (
	CheckUnknown CheckState = iota
	CheckPassed
	CheckFailed
	CheckDoesNotApply
)

var checkStates = [...]string{"unknown", "passed", "failed", "does not apply"}

func (c CheckState) String() string { return checkStates[min(int(c), len(checkStates)-1)] }

// MarshalText encodes the result by name.
func (c CheckState) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Cutover is where a tenant stands in its cutover, and what to do next.
type Cutover struct {
	// The word: move, stay or cannot stay before the first step; PROMOTE, HOLD or ROLL BACK between 0 and 100 %;
	// moved, "moved, costs more", HOLD or ROLL BACK at 100 %. "no verdict" without enough data.
	Word VerdictWord `wire:"verdict"`
	// The words of the VERDICT column: the word, with the shares of a PROMOTE, or whether the tenant is ready.
	Text string `wire:"verdict_text"`
	// Why, in one sentence with its numbers, the number of messages behind it and since when.
	Reason string `wire:"verdict_reason"`
	// Everything behind the word.
	Detail CutoverDetail `wire:"cutover"`
}

// CutoverDetail is what a verdict of a cutover rests on.
type CutoverDetail struct {
	// before, between or at_end.
	Stage CutoverStage `wire:"stage"`
	// The wave of the plan. Null where the tenant is in none.
	Wave string `wire:"wave,null"`
	// Who is responsible.
	Owners []string `wire:"owners"`
	// The share of the current step: as the plan has it, or as it is seen where intended_from is "seen".
	Share Opt[Ratio] `wire:"intended_ratio"`
	// How the share is known: plan or seen. Null before the first step.
	ShareFrom string `wire:"intended_from,null"`
	// The share of messages that {after} had since the step.
	Observed Opt[Ratio] `wire:"observed_ratio"`
	// The share of the next step. Null after the last one and without a plan.
	Next Opt[Ratio] `wire:"next_ratio"`
	// The steps so far, with the rollbacks.
	Steps []CutoverStep `wire:"steps"`
	// When the current step began. Null before the first one.
	StepAt time.Time `wire:"step_at"`
	// Since when evidence counts: the step, or a new image, pod template or function version after it.
	Since time.Time `wire:"since"`
	// The end of the last minute that is final on both sides. Null where there is none.
	FinalTo time.Time `wire:"final_to"`
	// Why the step is not PROMOTE, most urgent first: stable words such as loss, oom_killed or need_evidence. cutover.md
	// lists them.
	Holds []string `wire:"holds"`
	// The sentences of the reasons after the first.
	Others []string `wire:"other_reasons"`
	// What PROMOTE lacks, in sentences.
	Needs []string `wire:"next_needs"`
	// The rule of a ROLL BACK: failures, loss, dead_letters, all_fail, dwell or slower. Null without one.
	Rule string `wire:"rule,null"`
	// Since when the rule has applied. It stands until it is cleared or the share is 0.
	RuleSince time.Time `wire:"rule_since"`
	// The messages that are compared since that time, and those that failed.
	Before CutoverSide `wire:"{before.id}"`
	// The same of the second platform.
	After CutoverSide `wire:"{after.id}"`
	// What is compared: messages, batches or attempts. Null before evidence.
	Basis string `wire:"basis,null"`
	// Both counts are divided by it, since failures come in clusters or are counted by attempt. 1 for no division.
	Divisor float64 `wire:"divisor"`
	// The evidence of harm as log10: from 2 on it rolls back.
	HarmE float64 `wire:"harm_log10,signed"`
	// The evidence of health as log10: from 1.3 on it promotes.
	HealthN float64 `wire:"health_log10,signed"`
	// The evidence of slower runs as log10: from 2 on {after} is slower.
	SlowerE float64 `wire:"slower_log10,signed"`
	// Where the evidence stands between ROLL BACK at -1 and PROMOTE at 1.
	Bar float64 `wire:"evidence_bar,signed"`
	// Every signal with its state and thresholds.
	Signals []CutoverSignal `wire:"signals"`
	// Whether the tenant is ready for its first share. Null after it.
	Ready Opt[bool] `wire:"ready"`
	// The readiness checks. Empty after the first share.
	Checks []CutoverCheck `wire:"checks"`
	// What people decided about a ROLL BACK, oldest first.
	Decisions []CutoverDecision `wire:"decisions"`
	// The exit code of migtop verdict for the tenant: 0, 10, 20 or 3.
	ExitCode int `wire:"exit_code"`
}

// Judged reports whether evidence is collected: the tenant has taken its first step.
func (d *CutoverDetail) Judged() bool { return d.Stage != StageBefore && !d.Since.IsZero() }

// The evidence that rolls back and that which promotes, where messages are compared; where only attempts are known, ten times as
// much. Source: the limits of package cutover, docs/cutover.md.
const (
	rollsBackFrom, promotesFrom = 100, 20
	attemptsTimes               = 10
)

// Limits are the evidence of harm that rolls back the tenant, and the evidence of health that promotes it: 100 and 20, or where only
// attempts are compared 1,000 and 200.
func (d *CutoverDetail) Limits() (harm, health int64) {
	if d.Basis == "attempts" {
		return attemptsTimes * rollsBackFrom, attemptsTimes * promotesFrom
	}
	return rollsBackFrom, promotesFrom
}

// Limits are the same for the tenants of a wave together.
func (c *CutoverCohort) Limits() (harm, health int64) { return rollsBackFrom, promotesFrom }

// CutoverSide counts what is compared on one side of a cutover.
type CutoverSide struct {
	Messages int64 `wire:"messages"` // The messages since the evidence began, or what basis says.
	Failures int64 `wire:"failures"` // Those of them that failed.
}

// CutoverStep is a share from a time on.
type CutoverStep struct {
	Share Ratio     `wire:"share_ratio"` // The share of the second platform.
	At    time.Time `wire:"at"`          // When it began.
}

// CutoverSignal is one signal of a cutover.
type CutoverSignal struct {
	// A stable word: routed_share, conservation, failure_rate, and so on. cutover.md lists them.
	Signal string `wire:"signal"`
	// not_yet, unread, fine, holds or rolls_back.
	State SignalState `wire:"state"`
	// How it stands, in words with its numbers.
	Value string `wire:"value"`
	// Its thresholds.
	Thresholds []CutoverThreshold `wire:"thresholds"`
}

// CutoverThreshold is the threshold of a signal and where it was set.
type CutoverThreshold struct {
	Name  string `wire:"name"`       // The name in the configuration.
	Value string `wire:"value"`      // The value as it is written there.
	From  string `wire:"from"`       // For whom it was set: default, plan, wave or tenant.
	Place string `wire:"place,null"` // Where: file, line and column. Null for a default.
}

// CutoverCheck is one thing that must be right before the first share.
type CutoverCheck struct {
	Name   string     `wire:"name"`   // What is checked.
	State  CheckState `wire:"state"`  // passed, failed, unknown, or does not apply.
	Detail string     `wire:"detail"` // A sentence with its numbers.
}

// CutoverDecision is what a person decided about a ROLL BACK.
type CutoverDecision struct {
	Kind  string    `wire:"kind"`  // clear or overrule.
	Who   string    `wire:"by"`    // Who decided.
	Why   string    `wire:"why"`   // Why.
	At    time.Time `wire:"at"`    // When.
	Until time.Time `wire:"until"` // Until when. Null for no end.
}

// CutoverWave is a wave of the plan, with the evidence of all its tenants together.
type CutoverWave struct {
	Name    string   `wire:"name"`    // The name, or the date without one.
	Owners  []string `wire:"owners"`  // Who is responsible.
	Tenants []Tenant `wire:"tenants"` // Its tenants.
	// The next step and when it is planned. Null where all steps have started.
	Next Opt[Ratio] `wire:"next_ratio"`
	// When the next step is planned.
	NextAt time.Time `wire:"next_at"`
	// Tenants whose evidence of harm stands after correction for the number of tenants (e-BH).
	Harmed []Tenant `wire:"harmed"`
	// Tenants whose evidence of health stands after that correction.
	Healthy []Tenant `wire:"healthy"`
	// The wave as one tenant: for tenants with little traffic.
	Cohort CutoverCohort `wire:"cohort"`
}

// CutoverCohort is the evidence of the tenants of a wave together.
type CutoverCohort struct {
	Tenants  int         `wire:"tenants"`             // The tenants between their steps.
	Before   CutoverSide `wire:"{before.id}"`         // What is compared of the first platform.
	After    CutoverSide `wire:"{after.id}"`          // What is compared of the second.
	HarmE    float64     `wire:"harm_log10,signed"`   // The evidence of harm as log10.
	HealthN  float64     `wire:"health_log10,signed"` // The evidence of health as log10.
	Promotes bool        `wire:"promotes"`            // The evidence is enough, and no tenant holds for something wrong.
}

// Moved makes it the verdict of a tenant of which nothing runs on the side before the move, though no step was recorded or seen.
func (c *Cutover) Moved() {
	c.Word, c.Text = VerdictMoved, VerdictMoved.String()
	c.Detail.Stage, c.Detail.ExitCode, c.Detail.Ready = StageAtEnd, 0, None[bool]()
}

// CutoverOf is the verdict of a tenant of which nothing but the cost is known: it has no share yet.
func CutoverOf(v Verdict) Cutover {
	c := Cutover{Reason: v.Reason, Detail: CutoverDetail{Divisor: 1, ExitCode: 3}}
	switch v.Decision {
	case WorthMoving:
		c.Word = VerdictMove
	case Stay:
		c.Word = VerdictStay
	case CannotStay:
		c.Word = VerdictCannotStay
	case Moved:
		c.Word, c.Detail.Stage = VerdictMoved, StageAtEnd
	case NotEnoughData:
	}
	c.Text = c.Word.String()
	return c
}
