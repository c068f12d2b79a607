package migration

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// RunRecord is one ended run with what sizing needs: a Lambda invocation, or one attempt (pod) of a Job. What was not
// observed is unknown.
type RunRecord struct {
	Key      Key           `json:"key"`
	ID       string        `json:"id"` // pod UID or request id: a record of the same ID is the same run
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration_ns"` // handler or container run time; start-up and waits between restarts excluded
	// DurationMost is known where a container was restarted and some of its runs were not
	// seen: then Duration is the least that it ran, and this is the most.
	DurationMost Opt[time.Duration] `json:"duration_most_ns"`
	Outcome      Outcome            `json:"outcome"`
	// WorkEnded is set if Outcome is a failure and the container itself succeeded: it exited with code 0, and another
	// container made its pod fail. Its figures are those of a complete run.
	WorkEnded bool `json:"work_ended,omitempty"`
	// Container is the container of Peak, CPUTime and Given: the main container of the pod. It is empty if the run has no
	// containers (Lambda, a run file). ContainerWhy is the rule that selected it if the pod has others; Others is what those
	// request.
	Container    string        `json:"container,omitempty"`
	ContainerWhy string        `json:"container_why,omitempty"`
	Others       OtherRequests `json:"others,omitzero"`
	// Peak is the greatest memory in use, as sure as PeakBound says.
	Peak      Opt[Bytes] `json:"peak_bytes"`
	PeakBound Bound      `json:"peak_bound"`
	// CPUTime is processor time consumed; unknown where nothing measured it.
	CPUTime Opt[time.Duration] `json:"cpu_time_ns"`
	// InputSize is the size of what the run worked on, where it is known.
	InputSize Opt[Bytes] `json:"input_bytes"`
	// Version identifies the code: an image digest, a function version. Empty is unknown.
	Version string `json:"version,omitempty"`
	// KilledAt is a lower bound of the memory that a killed container needed: its limit, or what the limit of the pod left
	// to it. It is unknown if the container was not killed or had no limit, as when the node ran out of memory.
	KilledAt Opt[Bytes] `json:"killed_at_bytes"`
	// Given is what the run had: the container's own request and limit; on Lambda both are
	// MemorySize and its share of CPU.
	Given Given `json:"given"`
	// Evidence says how the peak is known.
	Evidence Provenance `json:"evidence"`
}

// RunRecords is the [Payload] of sizing: runs that ended. A source brings each once.
type RunRecords []RunRecord

// Feature is "sizing".
func (RunRecords) Feature() string { return "sizing" }

// Given is what a run was allowed.
type Given struct {
	// The request.
	Request Resources `json:"request" wire:"request"`
	// The limit.
	Limit Resources `json:"limit" wire:"limit"`
	// The time after which a run is ended: Timeout or activeDeadlineSeconds.
	Deadline Opt[time.Duration] `json:"deadline_ns" wire:"deadline_seconds"`
}

// Bound says on which side of the truth a figure lies.
type Bound uint8

// The bounds. The zero value claims the least: a sampled peak.
const (
	AtLeast Bound = iota // the true value is this or more: sampled usage, or a run that was killed
	Exact                // read from the kernel or the platform for this run alone
	AtMost               // the true value is this or less: a warm Lambda environment's maximum
)

var boundNames = [...]string{"at least", "exact", "at most"}

func (b Bound) String() string { return boundNames[min(int(b), len(boundNames)-1)] }

// MarshalText encodes the bound by name.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (b *Bound) UnmarshalText(text []byte) error {
	at, err := named("bound", boundNames[:], text)
	*b = Bound(at)
	return err
}

// Outcome is how a run ended.
type Outcome uint8

// The outcomes. The zero value is unknown.
const (
	OutcomeSucceeded Outcome = iota + 1
	OutcomeFailed            // its own error
	OutcomeOOMKilled         // for memory
	OutcomeTimedOut          // by Timeout or activeDeadlineSeconds
	OutcomeEvicted           // by the platform, for reasons that are not the run's
	// OutcomeStopped is a run that was stopped: its Job was suspended, scaled down, had already ended or was deleted. Its
	// duration and peak are less than the work needs.
	OutcomeStopped
)

var outcomeNames = [...]string{"unknown", "succeeded", "failed", "oom_killed", "timed_out", "evicted", "stopped"}

func (o Outcome) String() string { return outcomeNames[min(int(o), len(outcomeNames)-1)] }

// MarshalText encodes the outcome by name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (o *Outcome) UnmarshalText(text []byte) error {
	at, err := named("outcome", outcomeNames[:], text)
	*o = Outcome(at)
	return err
}

// named finds a name in the names of a type's values.
func named(what string, names []string, text []byte) (int, error) {
	if at := slices.Index(names, string(text)); at >= 0 {
		return at, nil
	}
	return 0, fmt.Errorf("unknown %s %q: want one of %s", what, text, strings.Join(names, ", "))
}
