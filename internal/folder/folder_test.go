package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// tree is every file below dir with its content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		out[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func planned(t testing.TB, dir string, files ...File) *WritePlan {
	t.Helper()
	p, err := Make(dir, files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func file(name, content string) File { return File{name, []byte(content)} }

func TestPlanSaysWhatWouldHappen(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, map[string]string{"same": "a\n", "sub/changed": "1\n2\n3\n4\n5\n6\n7\n8\n", "binary": "\x00\xff"})
	p := planned(t, dir, file("new", "x\ny\n"), file("same", "a\n"), file("sub/changed", "1\n2\n3\n4\nfive\n6\n7\n8\n"),
		file("binary", "text\n"))
	var states []State
	for _, c := range p.Changes {
		states = append(states, c.State)
	}
	if !slices.Equal(states, []State{New, Same, Changed, Changed}) || p.Summary() != "1 new, 2 changed, 1 the same" {
		t.Errorf("%v, %q", states, p.Summary())
	}
	for i, want := range []string{
		"--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+x\n+y\n",
		"",
		"--- a/sub/changed\n+++ b/sub/changed\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
		"--- a/binary\n+++ b/binary\nThe file that is there is no text.\n",
	} {
		if diff := cmp.Diff(want, p.Changes[i].Diff); diff != "" {
			t.Errorf("%s:\n%s", p.Changes[i].Name, diff)
		}
	}
	if got := tree(t, dir); len(got) != 3 {
		t.Errorf("a plan wrote: %q", got)
	}
}

func TestWriteNeedsForceToOverwrite(t *testing.T) {
	dir := t.TempDir()
	before := map[string]string{"a": "mine\n", "b": "same\n"}
	put(t, dir, before)
	p := planned(t, dir, file("a", "theirs\n"), file("b", "same\n"), file("deep/er/c", "#!/bin/sh\n"))
	err := p.Write(false)
	var occupied *Occupied
	if !errors.As(err, &occupied) || !slices.Equal(occupied.Names, []string{"a"}) || !strings.Contains(err.Error(), "--force") {
		t.Fatalf("without force: %v", err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Fatalf("without force something was written:\n%s", diff)
	}
	if err := p.Write(true); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "theirs\n", "b": "same\n", "deep/er/c": "#!/bin/sh\n"}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("with force:\n%s", diff)
	}
	for name, want := range map[string]fs.FileMode{"a": 0o600, "deep/er/c": 0o755} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	again := planned(t, dir, file("a", "theirs\n"), file("deep/er/c", "#!/bin/sh\n"))
	if err := again.Write(false); err != nil || again.Summary() != "2 the same" {
		t.Errorf("a second time: %v, %s", err, again.Summary())
	}
}

func TestWriteMakesTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	p := planned(t, dir, file("a", "x"))
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("a plan made the folder")
	}
	if err := p.Write(false); err != nil || tree(t, dir)["a"] != "x" {
		t.Errorf("%v, %q", err, tree(t, dir))
	}
}

// Nobody saw the diff of what happened since.
func TestWriteRefusesWhatChangedSinceThePlan(t *testing.T) {
	for name, tt := range map[string]struct{ before, since string }{"appeared": {"", "theirs"}, "changed": {"mine", "theirs"}} {
		dir := t.TempDir()
		if tt.before != "" {
			put(t, dir, map[string]string{"b": tt.before})
		}
		p := planned(t, dir, file("sub/a", "x"), file("b", "y"))
		put(t, dir, map[string]string{"b": tt.since})
		err := p.Write(true)
		if err == nil || !strings.Contains(err.Error(), "since the diff was made") || !strings.Contains(err.Error(), "nothing was written") {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(map[string]string{"b": tt.since}, tree(t, dir)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if _, err := os.Stat(filepath.Join(dir, "sub")); err == nil {
			t.Errorf("%s: an empty folder is left behind", name)
		}
	}
}

// What stands in the way leaves everything as it was.
func TestWriteFailsWhole(t *testing.T) {
	dir := t.TempDir()
	p := planned(t, dir, file("a", "x"), file("sub/b", "y"))
	put(t, dir, map[string]string{"sub": "a file where a folder should be"})
	err := p.Write(true)
	if err == nil || !strings.Contains(err.Error(), "sub/b") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(map[string]string{"sub": "a file where a folder should be"}, tree(t, dir)); diff != "" {
		t.Errorf("%s", diff)
	}
}

func TestPlanRefuses(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	put(t, filepath.Dir(outside), map[string]string{"secret": "s"})
	put(t, dir, map[string]string{"folder/x": "1"})
	if err := errors.Join(os.Symlink(outside, filepath.Join(dir, "link")),
		os.Symlink(filepath.Dir(outside), filepath.Join(dir, "out"))); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]File{
		"up": {file("../a", "")}, "root": {file("/etc/passwd", "")}, "empty": {file("", "")}, "unclean": {file("a/./b", "")},
		"dot":   {file(".", "")},
		"twice": {file("a", ""), file("a", "")}, "twice but for case": {file("sub/Job.yaml", ""), file("sub/job.YAML", "")},
		"a folder": {file("folder", "")}, "a link out": {file("link", "")}, "through a link": {file("out/secret", "")},
	} {
		if p, err := Make(dir, files); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, err := Make(outside, []File{file("a", "")}); err == nil {
		t.Error("a file was taken for a folder")
	}
	// A link that appears later leads nowhere either.
	p := planned(t, dir, file("new/secret", "x"))
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(true); err == nil {
		t.Error("it was written through a link")
	}
	if got := tree(t, filepath.Dir(outside)); got["secret"] != "s" || len(got) != 1 {
		t.Errorf("outside: %q", got)
	}
}

// Applying the diff by hand gives what is written: its lines are those of both files.
func TestDiffIsOfBothFiles(t *testing.T) {
	line := rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "\n", "é\n"})
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) string {
			return strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, label), "")
		}
		old, data := text("old"), text("new")
		d := diff("f", Changed, []byte(old), []byte(data))
		var minus, plus int
		for l := range strings.Lines(d) {
			switch {
			case strings.HasPrefix(l, "---"), strings.HasPrefix(l, "+++"):
			case l[0] == '-':
				minus++
			case l[0] == '+':
				plus++
			}
		}
		if got := strings.Count(data, "\n") - strings.Count(old, "\n"); plus-minus != got || (old == data) != (d == "") {
			t.Fatalf("%d added, %d taken away from %q to %q:\n%s", plus, minus, old, data, d)
		}
	})
}
