package profile

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// What a run computes and waits is found again from sums over invocations at one memory
// size, as long as it is not so small that its threads do not show.
func TestMachineOfProcessorTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := machine{
			cpu: rapid.Float64Range(0.01, 600).Draw(t, "computes"), io: rapid.Float64Range(0, 600).Draw(t, "waits"), threads: 1,
		}
		size := rapid.IntRange(128, 1769).Draw(t, "size")
		n := rapid.Int64Range(leastMeasured, 100_000).Draw(t, "runs")
		ran := time.Duration(want.time(float64(size)/vCPUSize) * float64(n) * float64(time.Second))
		got, ok := ofProcessor(migration.ProcessorTime{
			Runs: n, Used: time.Duration(want.cpu * float64(n) * float64(time.Second)), Began: n, Ran: ran,
			Held: migration.MBMillis(math.Round(ran.Seconds() * 1000 * float64(size))),
		})
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-3+1e-3*b }
		if !ok || !got.sure || got.threads != 1 || !near(got.cpu, want.cpu) || !near(got.io, want.io) {
			t.Fatalf("%+v at %d MB is taken for %+v", want, size, got)
		}
	})
}

func TestProcessorTimeOfTooFew(t *testing.T) {
	enough := migration.ProcessorTime{Runs: 10, Used: 5 * time.Second, Began: 10, Ran: 20 * time.Second, Held: 20_000 * 1769}
	m, ok := ofProcessor(enough)
	if !ok || m.cpu != 0.5 || m.io != 1.5 || m.threads != 1 {
		t.Errorf("%+v, %v", m, ok)
	}
	both := enough // 1.9 cores of the 3.5 that 6,144 MB are
	both.Used, both.Held = 38*time.Second, 20_000*6144
	if m, ok := ofProcessor(both); !ok || m.threads != 2 || math.Abs(m.io-0.1) > 1e-9 {
		t.Errorf("%+v, %v", m, ok)
	}
	for what, change := range map[string]func(*migration.ProcessorTime){
		"nothing":         func(p *migration.ProcessorTime) { *p = migration.ProcessorTime{} },
		"few were added":  func(p *migration.ProcessorTime) { p.Runs = 9 },
		"few began":       func(p *migration.ProcessorTime) { p.Began = 9 },
		"no run time":     func(p *migration.ProcessorTime) { p.Ran = 0 },
		"no memory":       func(p *migration.ProcessorTime) { p.Held = 0 },
		"negative amount": func(p *migration.ProcessorTime) { p.Used = -1 },
	} {
		few := enough
		change(&few)
		if m, ok := ofProcessor(few); ok {
			t.Errorf("%s: %+v", what, m)
		}
	}
}

// A tenant whose invocations Lambda Insights measures learns what it computes and waits
// from one memory size; its own Jobs tell it better, and nothing else does.
func TestProfileByProcessorTime(t *testing.T) {
	ask := Ask{Workload: "w", Tenant: "t"}
	b := NewBook(Settings{})
	for i := range 20 {
		b.Observe(lambdaRun(i, 300*migration.MiB, migration.GiB, migration.AtMost))
	}
	plain := b.Profile(ask)
	ask.Load.Processor = migration.ProcessorTime{Runs: 200, Used: 100 * time.Second, Began: 200, Ran: 400 * time.Second, Held: 400_000 * 1769}
	timed := b.Profile(ask)
	if plain.Base.CPURequest == timed.Base.CPURequest || !says(plain, "One memory size does not tell waiting from computing") {
		t.Errorf("CPU %v with processor time and %v without: %q", timed.Base.CPURequest, plain.Base.CPURequest, plain.Why)
	}
	if !says(timed, "a run computes for 0.5 s and waits for 1.5 s (by processor time as Lambda Insights adds it up, 1 thread at most)") {
		t.Errorf("why: %q", timed.Why)
	}
	b.Observe(jobRun(30, 300*migration.MiB))
	if after := b.Profile(ask); !says(after, "(by processor time, ") {
		t.Errorf("why after a Job: %q", after.Why)
	}
}
