package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adrg/xdg"
)

// isolate gives a test directories and an environment of its own.
func isolate(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"CONFIG", "CACHE", "STATE", "DATA"} {
		t.Setenv("XDG_"+name+"_HOME", filepath.Join(dir, strings.ToLower(name)))
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "MIGTOP_CONFIG", "MIGTOP_AWS_REGION", "MIGTOP_PRICES_OVERLAY"} {
		t.Setenv(name, "")
	}
	xdg.Reload()
	t.Cleanup(xdg.Reload)
}

// ran is what a command printed and how it would end the process.
type ran struct {
	out, err string
	failure  error
	code     int
}

func migtop(t *testing.T, args ...string) ran {
	t.Helper()
	root := newRoot()
	root.SilenceErrors, root.SilenceUsage = true, true // as fang has it
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return ran{out.String(), errs.String(), err, exitCode(err)}
}

// ok runs a command that must succeed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	r := migtop(t, args...)
	if r.failure != nil {
		t.Fatalf("migtop %s: %v", strings.Join(args, " "), r.failure)
	}
	return r.out
}

// refused runs a command that must be one of a wrong use, and says so.
func refused(t *testing.T, want string, args ...string) {
	t.Helper()
	r := migtop(t, args...)
	if r.code != exitUsage || r.failure == nil || !strings.Contains(r.failure.Error(), want) {
		t.Errorf("migtop %s: code %d, %v; want %q", strings.Join(args, " "), r.code, r.failure, want)
	}
	if r.out != "" {
		t.Errorf("migtop %s printed %q", strings.Join(args, " "), r.out)
	}
}
