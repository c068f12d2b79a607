package history

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// recordVersion is the version of stored runs. It changes when an existing field changes its
// meaning; a new field needs no new version.
//
//	0: a Job's run described its pod as a whole
//	1: it describes the pod's main container
const recordVersion = 1

// kept is the stored form of a run.
type kept struct {
	Version int `json:"v,omitempty"`
	migration.RunRecord
}

// killedNote is what an older migtop noted of a peak where a container had been killed.
const killedNote = "killed for memory"

// record converts a stored run to today's meaning.
//
// In a version 0 record of a Job a kill may concern any container, and limit and request are
// sums. An upper bound of the pod is an upper bound of its main container too: a peak "at
// most", the limit under which a run completed. Exact peaks were written for pods with one
// container only. A peak "at least" is a sum of which the main container's part is unknown.
func (k *kept) record() migration.RunRecord {
	r := k.RunRecord
	if k.Version >= 1 || r.Key.Platform != migration.Jobs || r.PeakBound != migration.AtLeast {
		return r
	}
	killed := r.Outcome == migration.OutcomeOOMKilled || strings.Contains(r.Evidence.Note, killedNote)
	if r.Outcome == migration.OutcomeOOMKilled {
		r.Outcome = 0 // the container is unknown
	}
	if killed {
		r.Given.Request, r.Given.Limit = migration.Resources{}, migration.Resources{}
	}
	r.Peak = migration.None[migration.Bytes]()
	r.Evidence.Note = "an earlier migtop kept it for its pod as a whole: what its containers used is unknown"
	return r
}
