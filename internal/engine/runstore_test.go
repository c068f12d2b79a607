package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// archive is a diary that keeps runs.
type archive struct {
	diary
	runs []migration.RunRecord
	err  error
}

func (a *archive) Runs() ([]migration.RunRecord, error) { return slices.Clone(a.runs), a.err }

func (a *archive) KeepRuns(runs []migration.RunRecord) error {
	a.runs = append(a.runs, runs...)
	return a.err
}

// jobRuns are runs of a Job that ended one a minute, of one version of its code.
func jobRuns(from, n int, version string, peak migration.Bytes) []migration.RunRecord {
	var out []migration.RunRecord
	for i := range n {
		out = append(out, migration.RunRecord{
			Key: migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: "acme"}, ID: fmt.Sprint(from + i), Version: version,
			Started: noon.Add(time.Duration(from+i-1000) * time.Minute), Duration: 30 * time.Second, Outcome: migration.OutcomeSucceeded,
			Peak: migration.Some(peak), PeakBound: migration.Exact,
		})
	}
	return out
}

func jobsOf(s *state) int {
	snap := s.snapshot(noon)
	if len(snap.Profiles) == 0 {
		return 0
	}
	return snap.Profiles[0].JobRuns
}

// What runs used is known to the next run of the program, though their pods are gone and ECS lists their tasks for an
// hour only; a run that is still there counts once; and what is kept is kept once.
func TestRunsOutliveTheProgram(t *testing.T) {
	for _, platform := range []migration.Platform{migration.Jobs, migration.ECS} {
		t.Run(platform.String(), func(t *testing.T) {
			of := func(from, n int) []migration.RunRecord {
				out := jobRuns(from, n, "", 300*migration.MiB)
				for i := range out {
					out[i].Key.Platform = platform
				}
				return out
			}
			a := &archive{}
			options := Options{
				Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: a, Scope: migration.Scope{Region: "us-east-1"},
			}
			first := recalled(options)
			absorbBoth(first, noon)
			first.sizing.recall(nil)
			first.absorb(ended(of(0, 30)))
			if got := jobsOf(first); got != 30 {
				t.Fatalf("%d runs", got)
			}
			_ = a.KeepRuns(first.sizing.unkept)

			second := recalled(options)
			absorbBoth(second, noon)
			second.sizing.waiting = true
			second.absorb(ended(of(20, 20)))
			if got := jobsOf(second); got != 0 {
				t.Errorf("%d runs were learnt from before what was kept", got)
			}
			kept, _ := a.Runs()
			second.sizing.recall(kept)
			second.sizing.at = time.Time{}
			if got := jobsOf(second); got != 40 {
				t.Errorf("%d runs, want 40", got)
			}
			if n := len(second.sizing.unkept); n != 10 {
				t.Errorf("%d are to be kept, want the ten that are new", n)
			}
		})
	}
}

// Code that changed while the program was not there is a change: what ran before does not
// size what runs now.
func TestRecalledRunsComeBeforeNewCode(t *testing.T) {
	s := recalled(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: &archive{}})
	absorbBoth(s, noon)
	s.sizing.waiting = true
	s.absorb(ended(jobRuns(100, 30, "v2", 3*migration.GiB)))
	s.sizing.recall(jobRuns(0, 60, "v1", 300*migration.MiB))
	snap := s.snapshot(noon)
	if p := &snap.Profiles[0]; p.JobRuns != 30 || p.Base.MemoryLimit < 3*migration.GiB {
		t.Errorf("%d runs, %d bytes", p.JobRuns, p.Base.MemoryLimit)
	}
}

// A history that cannot be read or written stops nothing, and without one nothing piles up.
func TestRunsWithoutAHistory(t *testing.T) {
	for _, d := range []History{nil, &archive{err: errors.New("disk full")}} {
		src := newScripted(time.Minute, func(int, sources.Focus) (migration.Batch, error) {
			return migration.Batch{Payloads: []migration.Payload{migration.RunRecords(jobRuns(0, 30, "", 300*migration.MiB))}}, nil
		})
		m, err := New(Options{Sources: []sources.Source{src}, Clock: still(noon), Cost: testPricer(), Window: time.Hour, History: d})
		if err != nil {
			t.Fatal(err)
		}
		snap, err := m.Once(t.Context())
		if err != nil || len(snap.Profiles) != 1 || snap.Profiles[0].JobRuns != 30 {
			t.Errorf("%v: %+v", err, snap.Profiles)
		}
	}
	s := newState(Options{Clock: still(noon), Cost: testPricer(), Window: time.Hour})
	s.sizing.take(jobRuns(0, 3, "", migration.GiB))
	if len(s.sizing.unkept) != 0 {
		t.Error("runs pile up that nobody keeps")
	}
}

// A screen that watches keeps what ends while it does, and what ended last.
func TestRunKeepsWhatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{runs: jobRuns(0, 5, "", 300*migration.MiB)}
		src := newScripted(time.Minute, func(n int, _ sources.Focus) (migration.Batch, error) {
			return migration.Batch{Payloads: []migration.Payload{migration.RunRecords(jobRuns(10*n, 1, "", 300*migration.MiB))}}, nil
		})
		m, err := New(Options{Sources: []sources.Source{src}, Clock: clock.System(), Cost: testPricer(), Window: time.Hour, History: a})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(150 * time.Second)
		synctest.Wait()
		if len(a.runs) < 7 {
			t.Errorf("%d runs are kept while it watches", len(a.runs))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(a.runs) != 8 {
			t.Errorf("%d runs are kept in the end, want 8", len(a.runs))
		}
	})
}
