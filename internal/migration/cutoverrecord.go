package migration

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CutoverRecord is a change in the cutover of a tenant: another word, another stage, or another share. The records of a tenant
// in the order of time are the record of its cutover: who stood where, when, on which numbers.
type CutoverRecord struct {
	Tenant Tenant `json:"tenant"`
	// Wave is the wave of the plan, "" where the tenant is in none, and Owners are responsible.
	Wave   string   `json:"wave"`
	Owners []string `json:"owners"`
	// At is the end of the last minute that was judged when the change was seen.
	At time.Time `json:"at"`
	// From is the word before, and FromShare the share before; both are those of no verdict where nothing was recorded.
	From      VerdictWord `json:"from"`
	FromShare Opt[Ratio]  `json:"from_ratio"`
	// Word is the verdict from then on, with the Text of its column.
	Word  VerdictWord  `json:"verdict"`
	Text  string       `json:"verdict_text"`
	Stage CutoverStage `json:"stage"`
	// Share is the share of the current step, StepAt when it began, and ShareFrom how it is known: "plan" or "seen". The share is
	// unknown and StepAt zero before the first step. A share of 0 is one that was rolled back.
	Share     Opt[Ratio] `json:"intended_ratio"`
	ShareFrom string     `json:"intended_from"`
	StepAt    time.Time  `json:"step_at"`
	// Reason is the sentence behind the word, Holds are the reasons of a HOLD as stable words, and Rule is that of a ROLL BACK,
	// "" without one.
	Reason string   `json:"verdict_reason"`
	Holds  []string `json:"holds"`
	Rule   string   `json:"rule"`
	// Since is when the evidence began, Before and After count what is compared since then, and Basis says what is counted.
	Since  time.Time   `json:"since"`
	Before CutoverSide `json:"before"`
	After  CutoverSide `json:"after"`
	Basis  string      `json:"basis"`
	// HarmE and HealthN are the evidence as log10.
	HarmE   float64 `json:"harm_log10"`
	HealthN float64 `json:"health_log10"`
	// Decisions are what people had decided about a ROLL BACK by then, oldest first.
	Decisions []CutoverDecision `json:"decisions"`
}

// StepTaken reports whether the change is a step to a larger share.
func (r *CutoverRecord) StepTaken() bool { return r.Share.Or(0) > r.FromShare.Or(0) }

// StepBack reports whether the change is a step to a smaller share.
func (r *CutoverRecord) StepBack() bool { return r.Share.Or(0) < r.FromShare.Or(0) }

// CutoverState is what is kept of the cutover of a tenant over a restart. Only the package that wrote Data reads it.
type CutoverState struct {
	Tenant Tenant
	Data   []byte
}

// parseName sets a value to the index of its name.
func parseName[T ~uint8](v *T, names []string, name string) error {
	at := slices.Index(names, name)
	if at < 0 {
		return fmt.Errorf("unknown name %q: want one of %s", name, strings.Join(names, ", "))
	}
	*v = T(at)
	return nil
}
