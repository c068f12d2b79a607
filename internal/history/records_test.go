package history

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Of many runs at once, and over many times, the newest of each kind stay; what is older
// than evidence is kept goes; and of many kinds fewer of each are read.
func TestKeepsTheNewestRunsOfJobs(t *testing.T) {
	s := newStore(t, "", Options{Records: 50, Keep: 24 * time.Hour})
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	of := func(tenant string, from, n int) []migration.RunRecord {
		var out []migration.RunRecord
		for i := range n {
			r := record(from+i, migration.Exact)
			r.Key = migration.Key{Platform: migration.Jobs, Workload: "w", Tenant: migration.Tenant(tenant)}
			r.ID = fmt.Sprintf("%s%d", tenant, from+i)
			r.Started = start.Add(time.Duration(from+i) * time.Minute)
			out = append(out, r)
		}
		return out
	}
	keep := func(runs []migration.RunRecord) {
		t.Helper()
		if err := s.PutRecords(t.Context(), scope, runs); err != nil {
			t.Fatal(err)
		}
	}
	count := func(most int) map[migration.Tenant]int {
		t.Helper()
		got, err := s.Records(t.Context(), scope, most)
		if err != nil {
			t.Fatal(err)
		}
		by := map[migration.Tenant]int{}
		for i := range got {
			by[got[i].Key.Tenant]++
		}
		return by
	}
	if got := count(100); len(got) != 0 {
		t.Errorf("nothing was kept, and there are %v", got)
	}
	keep(append(of("a", 0, 120), of("b", 0, 10)...))
	if got := count(1000); got["a"] != 50 || got["b"] != 10 {
		t.Errorf("%v", got)
	}
	keep(of("a", 110, 20)) // ten of them again
	got, err := s.Records(t.Context(), scope, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if by := count(1000); by["a"] != 50 || got[49].ID != "a129" || got[0].ID != "a80" {
		t.Errorf("%v, from %s to %s", by, got[0].ID, got[49].ID)
	}
	if got := count(50); got["a"] != 25 || got["b"] != 10 {
		t.Errorf("about 50 of two kinds: %v", got)
	}
	if got := count(2); got["a"] != fewestRecords {
		t.Errorf("the fewest of a kind: %v", got)
	}
	s.puts = 0 // the next one trims again
	keep(of("c", 26*60, 5))
	if got := count(1000); got["a"] != 6 || got["b"] != 0 || got["c"] != 5 {
		t.Errorf("a day later: %v", got)
	}
}

// A task of ECS comes back as it was, once however often it was kept, next to a Job of the same work.
func TestKeepsTasksOfECS(t *testing.T) {
	s := newStore(t, "", Options{})
	key := migration.Key{Platform: migration.ECS, Workload: "w", Tenant: "acme"}
	task := migration.RunRecord{
		Key: key, ID: "arn:aws:ecs:eu-west-1:123456789012:task/prod/4f2a", Started: time.Date(2026, 11, 1, 3, 0, 7, 0, time.UTC),
		Duration: 95 * time.Second, Outcome: migration.OutcomeOOMKilled, Container: "work", Version: "sha256:1",
		Given:    migration.Given{Limit: migration.Resources{Memory: migration.Some(migration.GiB)}},
		KilledAt: migration.Some(migration.GiB), Evidence: migration.Provenance{Source: "ecs", Method: migration.Measured, Coverage: 1},
	}
	job := task
	job.Key.Platform, job.ID = migration.Jobs, "b9c1"
	for range 2 {
		if err := s.PutRecords(t.Context(), scope, []migration.RunRecord{task, job}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Records(t.Context(), scope, 100)
	if want := []migration.RunRecord{task, job}; !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
