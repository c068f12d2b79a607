package engine

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// resize is how often profiles are recommended anew while runs end.
const resize = time.Minute

// sizing recommends Job profiles from the runs that ended.
type sizing struct {
	book *profile.Recommender
	// heard are the runs of logs that were learnt from, by a hash of what they are: what
	// is kept of the logs is read whole each time, and each run counts once.
	heard map[uint64]struct{}
	// kept are the runs that an earlier run of the program kept, likewise: the source
	// brings them again while their pods are there or ECS lists their tasks. While waiting, they are still read, and
	// waited is what ended meanwhile. unkept is what is to be kept, where anything is.
	kept           map[uint64]struct{}
	keeps, waiting bool
	waited, unkept []migration.RunRecord
	seed           maphash.Seed
	// fresh is set when runs were learnt from since the last recommendation.
	fresh bool
	at    time.Time

	profiles []migration.Profile
	classes  migration.ProfileClasses
}

func newSizing() *sizing {
	return &sizing{
		book: profile.NewBook(profile.Settings{}), heard: map[uint64]struct{}{}, kept: map[uint64]struct{}{},
		seed: maphash.MakeSeed(),
	}
}

// unheard are those of the records that come for the first time.
func (s *sizing) unheard(records []migration.RunRecord) []migration.RunRecord {
	return slices.DeleteFunc(records, func(r migration.RunRecord) bool {
		h := s.hash(&r)
		_, known := s.heard[h]
		s.heard[h] = struct{}{}
		return known
	})
}

// learn takes ended runs in, in the order in which they ended.
func (s *sizing) learn(records []migration.RunRecord) {
	if len(records) == 0 {
		return
	}
	end := func(r *migration.RunRecord) time.Time { return r.Started.Add(r.Duration) }
	slices.SortStableFunc(records, func(a, b migration.RunRecord) int {
		return cmp.Or(end(&a).Compare(end(&b)), cmp.Compare(a.ID, b.ID))
	})
	for i := range records {
		s.book.Observe(records[i])
	}
	s.fresh = true
}

// size puts the profiles on a view, and brings them up to date where that is due: thousands
// of them take a second, and one more run changes few.
func (s *sizing) size(v *assess.View, settings profile.Settings) {
	now := v.Snapshot.At
	if s.fresh && (s.at.IsZero() || now.Sub(s.at) >= resize || now.Before(s.at)) {
		s.fresh, s.at = false, now
		s.book.Configure(v.Settings(settings))
		s.profiles, s.classes = s.book.Recommend(v.Complete, 0)
	}
	v.SetProfiles(s.profiles, s.classes)
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

// absorb learns from the runs of a poll.
func (s *sizing) absorb(_ migration.Origin, p migration.RunRecords) { s.take(p) }

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
		if s.keeps && records[i].Key.Platform != migration.Lambda { // those are kept with what was read of the logs
			s.unkept = append(s.unkept, records[i])
		}
	}
}

// hash identifies a run.
func (s *sizing) hash(r *migration.RunRecord) uint64 {
	return maphash.Comparable(s.seed, struct {
		workload migration.Workload
		id       string
		started  int64
	}{r.Key.Workload, r.ID, r.Started.UnixMilli()})
}
