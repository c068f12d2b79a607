package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Runs that end become profiles, priced on the nodes that are there, and put into
// classes; a run that ends later changes them at the next recommendation, not before.
func TestRunsBecomeProfiles(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	record := func(i int, peak migration.Bytes) migration.RunRecord {
		memory := migration.Some(4 * migration.GiB)
		return migration.RunRecord{
			Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "acme"}, ID: fmt.Sprint(i),
			Started: noon.Add(time.Duration(i-200) * time.Minute), Duration: 40 * time.Second, Outcome: migration.OutcomeSucceeded,
			Peak: migration.Some(peak), PeakBound: migration.Exact, CPUTime: migration.Some(10 * time.Second),
			Given: migration.Given{
				Request: migration.Resources{CPU: migration.Some(migration.Core), Memory: memory}, Limit: migration.Resources{Memory: memory},
			},
		}
	}
	var records []migration.RunRecord
	for i := range 60 {
		records = append(records, record(i, migration.Bytes(300+i%20)*migration.MiB))
	}
	s.absorb(ended(records))
	snap := s.snapshot(noon)
	if len(snap.Profiles) != 1 {
		t.Fatalf("%d profiles", len(snap.Profiles))
	}
	p := snap.Profiles[0]
	if p.Tenant != "acme" || p.JobRuns != 60 || p.Base.MemoryLimit < 319*migration.MiB || p.Base.MemoryLimit > 600*migration.MiB {
		t.Errorf("got %+v", p)
	}
	if u, ok := p.Saving.Get(); !ok || u.Sign() <= 0 {
		t.Errorf("a twelfth of the memory saves %v (known %t)", u, ok)
	}
	if sum, ok := snap.ProfileSaving.Get(); !ok || sum.Cmp(p.Saving.Or(migration.USD{})) != 0 {
		t.Errorf("all of them save %v", sum)
	}
	if p.Class == "" || len(snap.Classes.Classes) == 0 {
		t.Errorf("class %q of %+v", p.Class, snap.Classes)
	}
	kill := record(61, 4*migration.GiB)
	kill.Outcome, kill.PeakBound = migration.OutcomeOOMKilled, migration.AtLeast
	s.absorb(ended([]migration.RunRecord{kill}))
	if again := s.snapshot(noon.Add(30 * time.Second)); again.Profiles[0].Base != p.Base {
		t.Error("profiles were recommended anew at once")
	}
	if later := s.snapshot(noon.Add(2 * time.Minute)); later.Profiles[0].Base.MemoryLimit < 4*migration.GiB {
		t.Errorf("a run was killed at 4 GiB, and the limit is %d", later.Profiles[0].Base.MemoryLimit)
	}
}

// What Lambda Insights adds up of a tenant's invocations tells its profile how much of a
// run computes.
func TestProcessorTimeOfInvocations(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	key := migration.Key{Platform: migration.Lambda, Workload: "etl", Tenant: "initech"}
	var runs []migration.Activity
	for at := noon.Add(-90 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		a := minute(at, 2)
		a.Key = key
		a.Processor = migration.ProcessorTime{Runs: 2, Used: 5 * time.Second, Began: 2, Ran: 20 * time.Second, Held: 20_000 * 1769}
		runs = append(runs, a)
	}
	var records []migration.RunRecord
	for i := range 20 {
		size := migration.Some(1769 * migration.MiB)
		records = append(records, migration.RunRecord{
			Key: key, ID: fmt.Sprint(i), Started: noon.Add(time.Duration(i-60) * time.Minute), Duration: 10 * time.Second,
			Outcome: migration.OutcomeSucceeded,
			Peak:    migration.Some(300 * migration.MiB), PeakBound: migration.AtMost,
			Given: migration.Given{Request: migration.Resources{Memory: size}, Limit: migration.Resources{Memory: size}},
		})
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: runs, Payloads: []migration.Payload{migration.RunRecords(records)},
		Functions: []migration.Function{{Key: key, Name: "initech-etl", MemorySize: 1769 * migration.MiB, Timeout: time.Minute}},
	}})
	for _, p := range s.snapshot(noon).Profiles {
		if p.Tenant != "initech" {
			continue
		}
		if why := strings.Join(p.Why, " "); !strings.Contains(why,
			"a run computes for 2.5 s and waits for 7.5 s (by processor time as Lambda Insights adds it up") {
			t.Errorf("why: %s", why)
		}
		return
	}
	t.Error("no profile")
}

// A workload whose nodes have no price is not priced by other nodes that have one.
func TestProfilesOfNodesWithoutAPrice(t *testing.T) {
	for name, tc := range map[string]struct {
		host   func(*migration.Host)
		priced bool
	}{
		"Linux":            {func(*migration.Host) {}, true},
		"Windows":          {func(h *migration.Host) { h.OS = migration.Windows }, true},
		"Red Hat":          {func(h *migration.Host) { h.OS = migration.RHEL }, false},
		"another tenancy":  {func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated }, false},
		"a capacity block": {func(h *migration.Host) { h.Capacity = migration.CapacityBlock }, false},
	} {
		s := newTestState(noon, time.Hour)
		absorbBoth(s, noon)
		a := jobMinute("odd", noon.Add(-10*time.Minute), 1, 0)
		for i := range a.Usage {
			tc.host(&a.Usage[i].Host)
		}
		var records []migration.RunRecord
		for i := range 12 {
			memory := migration.Some(4 * migration.GiB)
			records = append(records, migration.RunRecord{
				Key: a.Key, ID: fmt.Sprint(i), Started: noon.Add(time.Duration(i-60) * time.Minute), Duration: 40 * time.Second,
				Outcome: migration.OutcomeSucceeded, Peak: migration.Some(300 * migration.MiB), PeakBound: migration.Exact,
				Given: migration.Given{
					Request: migration.Resources{CPU: migration.Some(migration.Core), Memory: memory}, Limit: migration.Resources{Memory: memory},
				},
			})
		}
		s.absorb(pollResult{source: "jobs", batch: migration.Batch{
			Activities: []migration.Activity{a}, Payloads: []migration.Payload{migration.RunRecords(records)},
		}})
		p := s.snapshot(noon).Profiles[0]
		if p.RunCost.Known() != tc.priced || p.Saving.Known() != tc.priced {
			t.Errorf("%s: a run costs %v and a month saves %v", name, p.RunCost, p.Saving)
		}
		if !tc.priced && !strings.Contains(strings.Join(p.PriceNotes, "\n"), "no price of ec2.") {
			t.Errorf("%s: %q", name, p.PriceNotes)
		}
	}
}
