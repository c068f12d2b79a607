package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/profile/export"
)

// runsFile is a file of twenty runs of two tenants and of a workload of no known memory.
func runsFile(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status\n")
	for i := range 20 {
		minute := string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString("etl,acme,a" + minute + ",2026-11-20T10:" + minute + ":00Z,40,4" + minute + "000000,20,1073741824,succeeded\n")
		b.WriteString("etl,\"x: {{ y }}\",b" + minute + ",2026-11-20T10:" + minute + ":30Z,10,1" + minute + "000000,5,1073741824,succeeded\n")
	}
	path := filepath.Join(t.TempDir(), "runs.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestExportWritesEveryFormat(t *testing.T) {
	isolate(t)
	runs := runsFile(t)
	for _, f := range export.Formats() {
		for _, more := range [][]string{nil, {"--by-class"}} {
			dir := filepath.Join(t.TempDir(), "out")
			args := append([]string{"profiles", "--from", runs, "--export", string(f.Format), "--dir", dir}, more...)
			out := ok(t, args...)
			files := filesOf(t, dir)
			if len(files) < 2 || files[export.WrapperName] != export.Wrapper || !strings.Contains(out, "new: ") || !strings.Contains(out, dir+": ") {
				t.Errorf("%q: %d files, %q", args, len(files), out)
			}
			if (files["classes.csv"] != "") != (more != nil) {
				t.Errorf("%q: classes.csv is %q", args, files["classes.csv"])
			}
		}
	}
}

// Nothing is overwritten without --force, and what would be is shown.
func TestExportNeedsForce(t *testing.T) {
	isolate(t)
	runs, dir := runsFile(t), t.TempDir()
	args := []string{"profiles", "--from", runs, "--export", "job", "--dir", dir}
	dry := ok(t, append(args, "--dry-run")...)
	if len(filesOf(t, dir)) != 0 || !strings.Contains(dry, "new: etl-acme.job.yaml\n") || !strings.Contains(dry, "nothing was written") {
		t.Fatalf("a dry run: %q, %q", filesOf(t, dir), dry)
	}
	ok(t, args...)
	written := filesOf(t, dir)
	if again := ok(t, args...); !strings.Contains(again, dir+": 5 the same\n") {
		t.Errorf("a second time: %q", again)
	}
	const mine = "mine\x1b[31m\n"
	path := filepath.Join(dir, "etl-acme.job.yaml")
	if err := os.WriteFile(path, []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, export.WrapperName)); err != nil {
		t.Fatal(err)
	}
	before := filesOf(t, dir)
	r := migtop(t, args...)
	if r.code != exitFailure || !strings.Contains(r.failure.Error(), "--force") || !strings.Contains(r.failure.Error(), "etl-acme.job.yaml") {
		t.Errorf("code %d, %v", r.code, r.failure)
	}
	if !strings.Contains(r.out, "-mine\\x1b[31m\n") || !strings.Contains(r.out, "+kind: Job\n") {
		t.Errorf("the diff: %q", r.out)
	}
	for name, content := range filesOf(t, dir) {
		if before[name] != content {
			t.Errorf("%s was written", name)
		}
	}
	if got := ok(t, append(args, "--force", "--dry-run")...); !strings.Contains(got, "1 new, 1 changed, 3 the same; nothing was written") ||
		filesOf(t, dir)["etl-acme.job.yaml"] != mine {
		t.Errorf("a dry run with --force: %q", got)
	}
	if got := ok(t, append(args, "--force")...); !strings.Contains(got, "-mine\\x1b[31m\n") {
		t.Errorf("--force shows no diff: %q", got)
	}
	after := filesOf(t, dir)
	for name, content := range written {
		if after[name] != content {
			t.Errorf("%s is not as it was written first", name)
		}
	}
}

func TestExportOptionsReachTheFiles(t *testing.T) {
	isolate(t)
	dir := t.TempDir()
	ok(t, "profiles", "--from", runsFile(t), "--export", "cronjob", "--dir", dir, "--job-namespace", "batch", "--container", "worker",
		"--image", "r.example/etl:1",
		"--command", "python", "--command", "-m", "--command", "etl", "--wrap", "--schedule", "@hourly")
	got := filesOf(t, dir)["etl-acme.cronjob.yaml"]
	for _, want := range []string{
		"namespace: batch", "name: worker", `image: "r.example/etl:1"`, "- python\n", "memory.peak",
		`schedule: "@hourly"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	dir = t.TempDir()
	ok(t, "profiles", "--from", runsFile(t), "--export", "keda", "--dir", dir, "--queue-url", "https://sqs.example/q", "--queue-region",
		"eu-west-1")
	if got := filesOf(t, dir)["etl-acme.scaledjob.yaml"]; !strings.Contains(got, `queueURL: "https://sqs.example/q"`) ||
		!strings.Contains(got, "awsRegion: eu-west-1") {
		t.Errorf("%s", got)
	}
}

func TestExportRefused(t *testing.T) {
	isolate(t)
	runs, dir := runsFile(t), t.TempDir()
	refused(t, `unknown export format "pdf"`, "profiles", "--from", runs, "--export", "pdf", "--dir", dir)
	refused(t, "--export needs --dir", "profiles", "--from", runs, "--export", "job")
	refused(t, "do not go together", "profiles", "--from", runs, "--export", "job", "--dir", dir, "-o", "json")
	refused(t, "do not go together", "profiles", "--from", runs, "--export", "job", "--dir", dir, "--online")
	refused(t, "no command to run", "profiles", "--from", runs, "--export", "job", "--dir", dir, "--wrap")
	refused(t, `schedule "often"`, "profiles", "--from", runs, "--export", "cronjob", "--dir", dir, "--schedule", "often")
	for _, name := range exportOnly {
		args := []string{"profiles", "--from", runs, "--" + name}
		switch name {
		case "force", "dry-run", "by-class", "wrap", "patch-parallelism":
		default:
			args = append(args, "x")
		}
		refused(t, "--"+name+" needs an export", args...)
	}
	none := filepath.Join(t.TempDir(), "none.csv")
	if err := os.WriteFile(none, []byte("workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,"+
		"requested_memory_bytes,status\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := migtop(t, "profiles", "--from", none, "--export", "job", "--dir", dir)
	if r.code != exitFailure || !strings.Contains(r.failure.Error(), "nothing to export") || len(filesOf(t, dir)) != 0 {
		t.Errorf("code %d, %v", r.code, r.failure)
	}
}
