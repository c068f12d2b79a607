package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The line of progress says what goes on, is written over by shorter ones, and is gone at the end.
func TestProgress(t *testing.T) {
	p := &progress{name: "runs\x1b.csv"}
	p.read(1_234_567)
	if got := p.line(3); got != `migtop: reading runs\x1b.csv: 1,234,567 runs, 3 s` {
		t.Error(got)
	}
	p.recommending()
	if got := p.line(4); got != "migtop: recommending from 1,234,567 runs, 4 s" {
		t.Error(got)
	}
	p.replayed(2_000_000)(1_000_000)
	if got := p.line(5); got != "migtop: replaying: 1,000,000 of 2,000,000 runs, 50 %, 5 s" {
		t.Error(got)
	}

	var out bytes.Buffer
	ticks, stop, done := make(chan time.Time), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		writeProgress(&out, func(n int) string { return strings.Repeat("x", 6-n) }, ticks, stop)
	}()
	ticks <- time.Time{}
	ticks <- time.Time{}
	close(stop)
	<-done
	if got := out.String(); got != "\rxxxxx\rxxxx \r     \r" {
		t.Errorf("%q", got)
	}
}

// A pipe gets no line of progress: standard error has the notes only, standard output the answer.
func TestAPipeGetsNoProgress(t *testing.T) {
	isolate(t)
	var text strings.Builder
	text.WriteString("workload,run_id,started_at,peak_memory_bytes\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "w,%d,%d,314572800\n", i, 1784548800+i)
	}
	file := textFile(t, text.String())
	for _, args := range [][]string{{"--online"}, {"-o", "json"}} {
		if r := migtop(t, append([]string{"profiles", "--from", file}, args...)...); r.err != "" || strings.Contains(r.out, "\r") {
			t.Errorf("%v: %q", args, r.err)
		}
	}
}
