package monitor

import (
	"context"
	"hash/maphash"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// RunStore keeps single runs of Jobs beyond the life of a program, and of the pods that
// their cluster keeps: profiles rest on them. A diary that is one is asked.
type RunStore interface {
	// Runs returns the runs that were kept, in any order.
	Runs() ([]migration.RunRecord, error)
	// KeepRuns keeps runs; one that is there already is replaced.
	KeepRuns(runs []migration.RunRecord) error
}

// recorder is the diary where it keeps runs, nil where not.
func (o *Options) recorder() RunStore {
	r, _ := o.Diary.(RunStore)
	return r
}

// recall learns from what was kept, before anything else: what changed since, such as the
// code, is seen as a change. What ended meanwhile waited for it.
func (s *sizing) recall(kept []migration.RunRecord) {
	for i := range kept {
		// What an older migtop kept of a pod as a whole is of no container: where the cluster
		// still has the pod, it says more of it.
		if r := &kept[i]; r.Key.Platform == migration.Jobs && r.Container == "" && !r.Peak.Known() {
			continue
		}
		s.kept[s.hash(&kept[i])] = struct{}{}
	}
	waited := s.waited
	s.waiting, s.waited = false, nil
	s.learn(kept)
	s.take(waited)
}

// take learns from runs that a source brought, each once, and leaves out those that
// were kept by an earlier run of the program.
func (s *sizing) take(records []migration.RunRecord) {
	if len(records) == 0 {
		return
	}
	if s.waiting {
		s.waited = append(s.waited, records...)
		return
	}
	records = slices.DeleteFunc(records, func(r migration.RunRecord) bool {
		_, known := s.kept[s.hash(&r)]
		return known
	})
	s.learn(records)
	for i := range records {
		if s.keeps && records[i].Key.Platform == migration.Jobs {
			s.unkept = append(s.unkept, records[i])
		}
	}
}

// hash stands for a run.
func (s *sizing) hash(r *migration.RunRecord) uint64 {
	return maphash.Comparable(s.seed, struct {
		workload migration.Workload
		id       string
		started  int64
	}{r.Key.Workload, r.ID, r.Started.UnixMilli()})
}

// recallRuns brings what was kept of Jobs' runs into the state, and from then on keeps
// what ends, until ctx ends.
func (m *Monitor) recallRuns(ctx context.Context, r RunStore) {
	kept := m.kept(r)
	m.ask(ctx, func(s *state) { s.sizing.recall(kept) })
	for m.pause(ctx, resize) {
		var ended []migration.RunRecord
		m.ask(ctx, func(s *state) { ended, s.sizing.unkept = s.sizing.unkept, nil })
		m.keepRuns(r, ended)
	}
}

// kept are the runs that were kept; none where they cannot be read, which stops nothing.
func (m *Monitor) kept(r RunStore) []migration.RunRecord {
	runs, err := r.Runs()
	if err != nil {
		m.log.Warn("recall runs", "error", err)
	}
	return runs
}

func (m *Monitor) keepRuns(r RunStore, runs []migration.RunRecord) {
	if len(runs) == 0 {
		return
	}
	if err := r.KeepRuns(runs); err != nil {
		m.log.Warn("keep runs", "error", err)
	}
}
