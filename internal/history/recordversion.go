package history

import "github.com/migtop/migtop/internal/migration"

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

// record is the run as it is understood today.
//
// In a pod-wide record of a Job a kill may have been of any container, and limit and request
// are sums. An exact peak was told of pods with one container alone, and stays. A sampled
// one is a sum too, of which nobody knows how much was the main container's.
func (k *kept) record() migration.RunRecord {
	r := k.RunRecord
	if k.Version >= 1 || r.Key.Platform != migration.Jobs || r.PeakBound == migration.Exact {
		return r
	}
	r.Peak, r.PeakBound = migration.None[migration.Bytes](), migration.AtLeast
	r.Given.Request, r.Given.Limit = migration.Resources{}, migration.Resources{}
	if r.Outcome == migration.OutcomeOOMKilled {
		r.Outcome = 0 // of what, nobody knows
	}
	r.Evidence.Note = "an earlier migtop kept it for its pod as a whole: what its containers used is unknown"
	return r
}
