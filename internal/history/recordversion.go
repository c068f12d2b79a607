package history

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// recordVersion is the form in which runs are kept. It changes where the same field of a run
// comes to say something else; a field that is new needs no other version.
//
//	0: what was kept of a Job's run was of its pod as a whole
//	1: it is of the pod's main container
const recordVersion = 1

// kept is a run as it is kept.
type kept struct {
	Version int `json:"v,omitempty"`
	migration.RunRecord
}

// killedNote is what an older migtop noted of a peak where a container had been killed.
const killedNote = "killed for memory"

// record is the run as it is understood today.
//
// In a pod-wide record of a Job a kill may have been of any container, and limit and request
// are sums. What bounds the pod from above bounds its main container too: a peak at most, the
// limit that a run completed under. An exact peak was written of pods with one container
// alone. A peak at least is a sum of which nobody knows how much was the main container's.
func (k *kept) record() migration.RunRecord {
	r := k.RunRecord
	if k.Version >= 1 || r.Key.Platform != migration.Jobs || r.PeakBound != migration.AtLeast {
		return r
	}
	killed := r.Outcome == migration.OutcomeOOMKilled || strings.Contains(r.Evidence.Note, killedNote)
	if r.Outcome == migration.OutcomeOOMKilled {
		r.Outcome = 0 // of what, nobody knows
	}
	if killed {
		r.Given.Request, r.Given.Limit = migration.Resources{}, migration.Resources{}
	}
	r.Peak = migration.None[migration.Bytes]()
	r.Evidence.Note = "an earlier migtop kept it for its pod as a whole: what its containers used is unknown"
	return r
}
