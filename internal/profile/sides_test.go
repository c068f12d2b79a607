package profile

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// While a tenant is half moved both sides run, and each has versions of its own: that an
// image is not a function's version is no change of code.
func TestVersionsAreOfASide(t *testing.T) {
	b := NewBook(Settings{})
	at := 0
	job := func(version string, peak migration.Bytes) {
		r := jobRun(at, peak)
		r.Version = version
		at++
		b.Observe(r)
	}
	lambda := func(version string, peak migration.Bytes) {
		r := lambdaRun(at, peak, 1024*mi, migration.AtMost)
		r.Version = version
		at++
		b.Observe(r)
	}
	expect := func(when string, jobs, lambdas int) Profile {
		t.Helper()
		p := profileOf(b)
		if p.JobRuns != jobs || p.LambdaRuns != lambdas {
			t.Fatalf("%s: %d Job and %d Lambda runs, want %d and %d", when, p.JobRuns, p.LambdaRuns, jobs, lambdas)
		}
		return p
	}
	for range 10 {
		job("sha256:a", 500*mi)
		lambda("7", 450*mi)
		lambda("7", 440*mi)
		lambda("7", 430*mi)
		lambda("7", 420*mi) // more in a row than going back takes
	}
	if p := expect("side by side", 10, 40); says(p, "The code changed") {
		t.Errorf("%q", p.Why)
	}
	// What logs tell of yesterday comes when somebody asks for it, after today's Jobs.
	for range 5 {
		lambda("", 400*mi)
	}
	expect("logs read late", 10, 45)
	lambda("8", 600*mi)
	p := expect("a new function", 10, 1)
	if says(p, "The code changed") {
		t.Errorf("Jobs still run what they ran: %q", p.Why)
	}
	was := p.Base.MemoryLimit
	job("sha256:b", 200*mi)
	p = expect("a new image", 1, 1)
	if !says(p, "The code changed (now sha256:b): 1 of") || p.Base.MemoryLimit < was {
		t.Errorf("%d MiB after %d: %q", p.Base.MemoryLimit/mi, was/mi, p.Why)
	}
	for range 24 { // Lambda's run fades
		job("sha256:b", 200*mi)
	}
	if p = expect("25 runs of it", 25, 1); says(p, "The code changed") || p.Base.MemoryLimit >= was {
		t.Errorf("%d MiB: %q", p.Base.MemoryLimit/mi, p.Why)
	}
}

// Before a Job has run, a new version of the function is a change of code.
func TestNewFunctionStartsFresh(t *testing.T) {
	b := NewBook(Settings{})
	for i := range 60 {
		r := lambdaRun(i, 900*mi, 2048*mi, migration.Exact)
		r.Version = "1"
		b.Observe(r)
	}
	was := profileOf(b).Base.MemoryLimit
	r := lambdaRun(61, 300*mi, 2048*mi, migration.Exact)
	r.Version = "2"
	b.Observe(r)
	if p := profileOf(b); p.LambdaRuns != 1 || p.Base.MemoryLimit < was || !says(p, "The code changed (now 2)") {
		t.Errorf("%d runs, %d MiB after %d: %q", p.LambdaRuns, p.Base.MemoryLimit/mi, was/mi, p.Why)
	}
}
