package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// prefix of the annotations that say what a profile rests on.
const prefix = "migtop.dev/"

// what is the workload and tenant, for a comment.
func (e *entry) what() string {
	if e.isClass {
		return fmt.Sprintf("class %s, %s", e.Class, text.Plural(len(e.members), "profile"))
	}
	return fmt.Sprintf("workload %s, tenant %s", e.Workload, e.Tenant)
}

// comments are the head of a file: workload and tenant, the data, the reasons.
func (e *entry) comments(a attempt) []string {
	out := []string{
		"Job profile of " + e.what() + ".",
		map[attempt]string{
			base:  "Base: for the first attempt. A run that was killed for memory is resubmitted with the profile for retries.",
			retry: "Retry: for a run that was killed for memory on the base profile. Killed again, double it.",
		}[a],
	}
	return append(out, e.grounds()...)
}

// grounds are the evidence of the profile and the reasons for it.
func (e *entry) grounds() []string {
	out := []string{
		fmt.Sprintf("Confidence %s: %s. Evidence: %s.", e.Confidence, e.runs(), provenanceText(e.Evidence)),
	}
	if rate, ok := e.FailureRate.Get(); ok {
		out = append(out, fmt.Sprintf("Expected to be killed for memory on the base profile: %s of runs.", text.Percent(rate)))
	} else {
		out = append(out, "How many runs the base profile's limit ends is not known: most that were seen did not get to their end.")
	}
	if e.BeyondNode {
		out = append(out, "Warning: no node is large enough, the pod would wait forever.")
	}
	if e.MissesTarget {
		out = append(out, "Warning: no number of cores meets the target time.")
	}
	if e.EndUnknown {
		out = append(out, "Warning: every run that was seen was cut off, the deadline is a guess.")
	}
	if e.Learning && (e.isClass || !strings.HasPrefix(strings.Join(e.Why, " "), "Learning")) { // its reasons say with how many
		out = append(out, "Learning: too few runs for anything to be lowered yet, and the figures are provisional.")
	}
	if u, ok := e.Saving.Get(); ok {
		cost, than := u.Fixed(2), " USD less than now."
		if u.Sign() < 0 {
			cost, than = migration.USD{}.Sub(u).Fixed(2), " USD more than now."
		}
		if cost == "0.00" {
			cost, than = "the same as now.", ""
		}
		out = append(out, "A month costs "+cost+than)
	}
	out = append(out, e.Why...)
	return append(out, e.PriceNotes...)
}

func (e *entry) runs() string {
	return text.Plural(e.JobRuns, "Job run") + ", " + text.Plural(e.LambdaRuns, "Lambda run")
}

// provenanceText is an evidence in one line.
func provenanceText(e migration.Provenance) string {
	source := e.Source
	if source == "" {
		source = "unknown source"
	}
	parts := []string{source, e.Method.String(), text.Percent(e.Coverage) + " covered"}
	if e.Provisional {
		parts = append(parts, "provisional")
	}
	if e.LowerBound {
		parts = append(parts, "lower bound")
	}
	if e.Note != "" {
		parts = append(parts, strings.TrimSuffix(e.Note, "."))
	}
	return strings.Join(parts, ", ")
}

// number writes a share as a decimal of at most six digits.
func number(r migration.Ratio) string { return strconv.FormatFloat(float64(r), 'g', 6, 64) }

// labels identify the Job's workload and tenant to migtop, where Kubernetes accepts the
// names as label values.
func (e *entry) labels() object {
	var l object
	if e.isClass {
		return l
	}
	if isLabelValue(string(e.Tenant)) {
		l.set("tenant", string(e.Tenant))
	}
	if isLabelValue(string(e.Workload)) {
		l.set("workload", string(e.Workload))
	}
	return l
}

// annotations say what the profile rests on, and, where a name is no label, the name.
func (e *entry) annotations(a attempt) object {
	var m object
	if !e.isClass {
		if e.Tenant != "" && !isLabelValue(string(e.Tenant)) {
			m.set("tenant", cut(string(e.Tenant)))
		}
		if e.Workload != "" && !isLabelValue(string(e.Workload)) {
			m.set("workload", cut(string(e.Workload)))
		}
	}
	m.set(prefix+"profile", a.String())
	for _, f := range e.facts() {
		m.set(prefix+f.key, f.value)
	}
	if a == base {
		for _, f := range e.prospects() {
			m.set(prefix+f.key, f.value)
		}
	}
	return m
}

// fact is an annotation under [prefix].
type fact struct{ key, value string }

// facts are the facts of a profile that are the same for all attempts.
func (e *entry) facts() []fact {
	var out []fact
	if e.Class != "" {
		out = append(out, fact{"class", cut(e.Class)})
	}
	out = append(out,
		fact{"confidence", e.Confidence.String()},
		fact{"evidence", cut(provenanceText(e.Evidence))},
		fact{"runs", e.runs()},
	)
	if e.Container != "" {
		out = append(out, fact{"container", cut(e.Container)})
	}
	if n, ok := seconds(e.AttemptDeadline).Get(); ok {
		out = append(out, fact{"attempt-deadline-seconds", strconv.FormatInt(n, 10)})
	}
	if n, ok := e.Parallelism.Get(); ok && n > 0 {
		out = append(out, fact{"parallelism", strconv.Itoa(int(n))})
	}
	return out
}

// prospects are what is expected of first attempts.
func (e *entry) prospects() []fact {
	var out []fact
	if rate, ok := e.FailureRate.Get(); ok && !math.IsNaN(float64(rate)) && !math.IsInf(float64(rate), 0) {
		out = append(out, fact{"expected-failure-rate", number(rate)})
	}
	if u, ok := e.Saving.Get(); ok {
		out = append(out, fact{"monthly-saving-usd", u.String()})
	}
	return out
}
