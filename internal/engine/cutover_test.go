package engine

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cutover/follow"
	steps "github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// cutoverFile keeps cutovers as a file does.
type cutoverFile struct {
	states  map[migration.Tenant]migration.CutoverState
	records []migration.CutoverRecord
	broken  bool
}

func newCutoverFile() *cutoverFile {
	return &cutoverFile{states: map[migration.Tenant]migration.CutoverState{}}
}

func (f *cutoverFile) CutoverStates() ([]migration.CutoverState, error) {
	if f.broken {
		return []migration.CutoverState{{Tenant: "acme", Data: []byte("nothing")}}, nil
	}
	return sortedValues(f.states), nil
}

func (f *cutoverFile) KeepCutoverStates(states []migration.CutoverState) error {
	for _, s := range states {
		f.states[s.Tenant] = s
	}
	return nil
}

func (f *cutoverFile) CutoverRecords(from time.Time) (out []migration.CutoverRecord, _ error) {
	for _, r := range f.records {
		if !r.At.Before(from) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (f *cutoverFile) KeepCutoverRecords(records []migration.CutoverRecord) error {
	f.records = append(f.records, records...)
	return nil
}

// cutoverEngine is a state of a tenant that takes half of its messages at noon, with what a file keeps.
func cutoverEngine(file *cutoverFile) *state {
	s := newState(Options{
		Clock: still(noon), Cost: testPricer(), Window: time.Hour, Scope: migration.Scope{Region: "us-east-1"}, CutoverHistory: file,
		Cutover: follow.Settings{Plan: &steps.Plan{Waves: []steps.Wave{{
			Name: "pilot", At: noon, Tenants: steps.Members("acme"),
			Steps: []steps.Step{{Share: 5000, At: noon, Started: noon}, {Share: steps.Whole}},
		}}}},
	})
	s.cutovers.recall(s.opts.rememberCutovers(), &s.opts)
	return s
}

// tellCutover brings a state the minutes [from, to) after noon: CloudWatch is final five minutes late, Jobs fail ever more from
// minute 40 on.
func tellCutover(s *state, from, to int) {
	at := func(m int) time.Time { return noon.Add(time.Duration(m) * time.Minute) }
	var lambda, done []migration.Activity
	jobs := migration.RunMinutes{Platform: migration.Jobs, From: at(-180), To: at(to)}
	for m := from; m < to; m++ {
		a := minute(at(m-5), 30)
		a.Failures = int64(m & 1)
		lambda = append(lambda, a)
		if m < 0 {
			continue
		}
		x := migration.RunMinute{
			Key: migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "acme"}, Start: at(m), Final: true, Runs: 30,
			Failures: int64(m & 1), Attempts: 30, OOMKilled: migration.Some[int64](0), Version: "v1",
		}
		if m >= 40 {
			x.Failures = 5
		}
		jobs.Minutes = append(jobs.Minutes, x)
		done = append(done, jobMinute("acme", at(m), 30, x.Failures))
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{
		Activities: lambda, Functions: []migration.Function{{Key: acme, Name: "acme-thumbnails", MemorySize: 512 * migration.MiB}},
		Health: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK, FinalTo: at(to - 5)}},
	}})
	s.absorb(pollResult{source: "jobs", batch: migration.Batch{
		Activities: done, Cluster: &migration.Cluster{Name: "prod", Region: "us-east-1"}, Runs: []migration.Run{},
		CoverFrom: migration.Some(at(-180)), Health: []migration.Health{{Source: "jobs", State: migration.HealthOK}},
		Payloads: []migration.Payload{jobs},
	}})
}

// One program, one that is restarted every twenty minutes, and one whose file cannot be read: the first two say the same at each
// minute, and the third says no good word in place of ROLL BACK.
func TestAnEngineThatIsRestartedSaysTheSame(t *testing.T) {
	files := [2]*cutoverFile{newCutoverFile(), newCutoverFile()}
	one, two := cutoverEngine(files[0]), cutoverEngine(files[1])
	tellCutover(one, -150, -100)
	tellCutover(two, -150, -100)
	say := func(s *state, m int) *migration.Cutover {
		c := tenant(t, s.view(noon.Add(time.Duration(m)*time.Minute+10*time.Second)), "acme").Cutover
		return &c
	}
	line := func(c *migration.Cutover) string {
		return fmt.Sprint(c.Text, c.Detail.Stage, c.Detail.Holds, c.Detail.Rule, c.Detail.Before, c.Detail.After, c.Detail.HarmE, c.Reason)
	}
	words := map[string]int{}
	for m := -100; m < 80; m++ {
		tellCutover(one, m, m+1)
		tellCutover(two, m, m+1)
		a, b := say(one, m+1), say(two, m+1)
		if line(a) != line(b) {
			t.Fatalf("minute %d:\n%s\n%s after a restart", m, line(a), line(b))
		}
		if words[a.Text] == 0 {
			words[a.Text] = m
		}
		if m%20 == 0 {
			two.opts.keepAll(two)
			two = cutoverEngine(files[1])
			tellCutover(two, -100, m+1)
		}
	}
	if at := words["ROLL BACK"]; at < 40 || at > 60 || words["HOLD"] == 0 {
		t.Errorf("the words came in these minutes: %v", words)
	}
	one.opts.keepAll(one)
	two.opts.keepAll(two)
	records := [2]int{len(files[0].records), len(files[1].records)}
	if records[0] < 2 || records[0] != records[1] {
		t.Errorf("%d and %d changes are recorded", records[0], records[1])
	}
	all := follow.Join(files[0].records, files[1].records, time.Time{})
	if len(all) != records[0] || all[len(all)-1].Word != migration.VerdictRollBack {
		t.Errorf("the record is %+v", all)
	}
	files[1].broken = true
	three := cutoverEngine(files[1])
	tellCutover(three, -100, 80)
	if c := say(three, 80); c.Word != migration.VerdictRollBack {
		t.Errorf("without the file: %s, %s", c.Text, c.Reason)
	}
}

// No good word stands while a side is not read, whatever was known before.
func TestASideThatIsNotReadHasNoGoodWord(t *testing.T) {
	s := cutoverEngine(newCutoverFile())
	for m := -100; m < 30; m += 10 {
		tellCutover(s, m, m+10)
		s.view(noon.Add(time.Duration(m+10) * time.Minute))
	}
	s.absorb(pollResult{source: "lambda", err: &migration.Problem{Fault: migration.FaultExpired, What: "the token has expired"}})
	for _, later := range []time.Duration{0, time.Minute, 3 * time.Hour} {
		c := tenant(t, s.view(noon.Add(30*time.Minute+later)), "acme").Cutover
		if c.Word != migration.VerdictHold && c.Word != migration.VerdictRollBack || c.Detail.ExitCode == 0 {
			t.Errorf("after %v: %s", later, c.Text)
		}
	}
}

// Tenants that should go back come first, and nothing else changes its place.
func TestRollBacksComeFirst(t *testing.T) {
	back, hold := migration.VerdictRollBack, migration.VerdictHold
	for _, c := range []struct {
		words []migration.VerdictWord
		want  string
	}{
		{nil, ""},
		{[]migration.VerdictWord{hold, hold}, "01"},
		{[]migration.VerdictWord{back, hold, back, hold, back}, "02413"},
		{[]migration.VerdictWord{hold, 0, back}, "201"},
	} {
		var tenants []migration.TenantView
		for i, w := range c.words {
			tenants = append(tenants, migration.TenantView{
				Tenant: migration.Tenant(strconv.Itoa(i)), Cutover: migration.Cutover{Word: w},
			})
		}
		rollBacksFirst(tenants)
		var got string
		for i := range tenants {
			got += string(tenants[i].Tenant)
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.words, got, c.want)
		}
	}
}
