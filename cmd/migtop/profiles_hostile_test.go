package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/fang/v2"

	"github.com/migtop/migtop/internal/text"
)

// No name in a file, and no name of a file, has an effect on a terminal, in any format, export or message.
func TestNothingOfAFileActsOnATerminal(t *testing.T) {
	isolate(t)
	names := []string{
		"\x1b[31mred\x1b[0m", "nul\x00", "c1\u009b2J", "bidi\u202eltr", "zero\u200bwidth", "bell\x07", "del\x7f",
		"tag\U000e0041", "latin\xf6", "line\u2028end",
	}
	var runs strings.Builder
	runs.WriteString(runsHeader)
	for i, name := range names {
		for n := range 4 {
			fmt.Fprintf(&runs, "\"%s\",\"t%s\",\"r%d-%d%s\",%d,30,314572800,12,2147483648,\"odd%s\"\n", name, name, i, n, name, 1784548800+60*n,
				name)
		}
	}
	file := filepath.Join(t.TempDir(), "runs\x1b[2J\u202e.csv")
	if err := os.WriteFile(file, []byte(runs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	unseen := func(r rune) bool { return r != '\n' && text.Unseen(r) }
	check := func(what, text string) {
		t.Helper()
		if i := strings.IndexFunc(text, unseen); i >= 0 {
			t.Errorf("%s: %q", what, text[max(0, i-20):min(len(text), i+20)])
		}
	}
	for _, args := range [][]string{
		{"--online"},
		{"-o", "table"},
		{"-o", "json"},
		{"-o", "csv"},
		{"-o", "markdown"},
		{"--export", "job", "--dir", "", "--dry-run"},
		{"--export", "job", "--dir", ""},
		{"--export", "kustomize", "--dir", ""},
		{"--export", "helm", "--dir", ""},
		{"--export", "terraform", "--dir", ""},
		{"--export", "keda", "--dir", ""},
		{"--export", "json", "--dir", ""},
		{"--export", "csv", "--dir", ""},
		{"--export", "markdown", "--dir", ""},
		{"--export", "json", "--dir", ""},
		{"--export", "csv", "--dir", ""},
		{"--export", "markdown", "--dir", ""},
	} {
		dir := ""
		if len(args) > 3 {
			dir = t.TempDir()
			args[3] = dir
		}
		r := migtop(t, append([]string{"profiles", "--from", file}, args...)...)
		if r.code != exitOK {
			t.Errorf("%v: %v", args, r.failure)
		}
		check(strings.Join(args, " "), r.out+r.err)
		if len(args) > 1 && args[0] == "-o" && args[1] == "table" && strings.Count(r.out, `bidi\u202eltr`) < 2 {
			t.Errorf("a name looks like another one:\n%s", r.out)
		}
		if dir == "" {
			continue
		}
		for name, data := range filesOf(t, dir) {
			check(name, strings.ReplaceAll(name+data, "\t", ""))
		}
	}
	if err := os.WriteFile(file, []byte(runsHeader+"\"\x1b[31m\",,1,never\x1b[0m,,,,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := migtop(t, "profiles", "--from", file)
	var said strings.Builder
	printError(&said, fang.Styles{}, r.failure)
	if check("the error", said.String()); !strings.Contains(said.String(), `runs\x1b[2J\u202e.csv:2: started_at: want a time`) {
		t.Error(said.String())
	}
}

// A name of two million characters is a note, and no table is as wide.
func TestALongNameIsCutInTables(t *testing.T) {
	isolate(t)
	row := func(name string) string { return name + ",a,,1784548800,30,314572800,12,2147483648,ok\n" }
	long := strings.Repeat("x", 2_000_000)
	file := textFile(t, runsHeader+row(long+"1")+row(long+"2"))
	for format, most := range map[string]int{"table": 20_000, "markdown": 40_000} {
		r := migtop(t, "profiles", "--from", file, "-o", format)
		if r.code != exitOK || len(r.out) > most || len(r.err) > 2000 ||
			!strings.Contains(r.err, "runs.csv:2: a name of a workload or tenant has over 256 bytes") {
			t.Errorf("%s: %d bytes, code %d, %.300s", format, len(r.out), r.code, r.err)
		}
	}
	if ps := profilesJSON(t, "--from", file); len(ps) != 2 || ps[0].Workload != long+"1" {
		t.Error("JSON does not have the whole name")
	}
}
