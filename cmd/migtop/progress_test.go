package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// A look that takes long says so in one line, which is gone when it ends.
func TestALongLookSaysWhatItWaitsFor(t *testing.T) {
	var out bytes.Buffer
	ticks, stop, done := make(chan time.Time), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		writeProgress(&out, lookingAt("AWS and the cluster"), ticks, stop)
	}()
	ticks <- time.Time{}
	ticks <- time.Time{}
	close(stop)
	<-done
	line := "\rmigtop: looking at AWS and the cluster: "
	want := line + "1 s" + line + "2 s\r" + strings.Repeat(" ", len(line)-1+len("2 s")) + "\r"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// One that ends at once says nothing.
func TestAShortLookSaysNothing(t *testing.T) {
	var out bytes.Buffer
	stop := make(chan struct{})
	close(stop)
	writeProgress(&out, lookingAt("AWS and the cluster"), nil, stop)
	if out.Len() > 0 {
		t.Errorf("said %q", out.String())
	}
}

// What no person reads stays clean.
func TestAPipeShowsNoProgress(t *testing.T) {
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetErr(&out)
	looking(cmd, "AWS and the cluster")()
	if out.Len() > 0 {
		t.Errorf("said %q", out.String())
	}
}
