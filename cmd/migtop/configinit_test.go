package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/ui"
)

// lines answers questions with lines, and ends as a terminal does.
func lines(answers ...string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if len(answers) == 0 {
			return "", errors.New("standard input has ended")
		}
		line := answers[0]
		answers = answers[1:]
		return line, nil
	}
}

func TestAnswersOfTheForm(t *testing.T) {
	for _, c := range []struct{ name, line, answer, want string }{
		{"the default", "", "prod", "prod"},
		{"nothing to take", "", "", ""},
		{"a number of what was found", "2", "prod", "test"},
		{"its name", "test", "", "test"},
		{"something else", " mine ", "prod", "mine"},
		{"no answer", "-", "prod", ""},
		{"a number of nothing", "7", "", "7"},
	} {
		q := question{key: "aws.profile", ask: "AWS profile", found: []string{"prod", "test"}, answer: c.answer}
		var out bytes.Buffer
		if err := q.put(t.Context(), &out, lines(c.line)); err != nil || q.answer != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, q.answer, err, c.want)
		}
		if !strings.Contains(out.String(), "2  test") {
			t.Errorf("%s: the form shows %q", c.name, out.String())
		}
	}
	q := question{key: "name"}
	if err := q.put(t.Context(), &bytes.Buffer{}, lines()); err == nil {
		t.Error("an input that ended is an answer")
	}
}

// What is written loads to the answers, whatever they contain.
func TestTheFormWritesAConfiguration(t *testing.T) {
	f := form{
		name:       question{key: "name", answer: `a "b": #c`},
		profile:    question{key: "aws.profile", answer: "yes"},
		region:     question{key: "aws.region", answer: "eu-west-1"},
		kube:       question{key: "kubernetes.context", answer: "arn:aws:eks:eu-west-1:123456789012:cluster/prod"},
		namespaces: question{key: "kubernetes.namespaces", answer: "batch, reports,"},
		label:      question{key: "label", answer: "example.com/customer"},
	}
	file := f.file(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	c, err := config.Parse("c.yaml", file, config.Options{Keys: ui.DefaultKeys(), Sections: sources.Sections()})
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	if c.Name != `a "b": #c` || c.AWS.Profile != "yes" || c.AWS.Region != "eu-west-1" ||
		c.Kubernetes.Context != f.kube.answer || !cmp.Equal(c.Kubernetes.Namespaces, []string{"batch", "reports"}) {
		t.Errorf("%+v", c)
	}
	if len(c.Attribution.Rules) != 1 {
		t.Errorf("%d rules from\n%s", len(c.Attribution.Rules), file)
	}
	empty := (&form{}).file(time.Now())
	if strings.Count(string(empty), "\n") != 1 {
		t.Errorf("nothing was answered:\n%s", empty)
	}
}

func TestLabelsThatMayNameATenant(t *testing.T) {
	job := func(labels map[string]string) migration.Identity { return migration.Identity{Labels: labels} }
	same := map[string]string{"app": "x", "customer": "acme", "job-name": "a", "batch.kubernetes.io/job-name": "a"}
	got := labelQuestion([]migration.Identity{
		job(same), job(map[string]string{"app": "x", "customer": "initech", "job-name": "b"}),
		job(map[string]string{"app": "x", "customer": "acme", "run": "1"}), job(map[string]string{"app": "x", "run": "2"}),
		job(map[string]string{"customer": "acme"}),
	})
	if want := []string{"customer"}; !cmp.Equal(got.found, want) {
		t.Errorf("%q, want %q", got.found, want)
	}
	if got := labelQuestion([]migration.Identity{job(same), job(map[string]string{"tenant": "acme"})}); got.key != "" {
		t.Errorf("asks for a label that migtop knows: %+v", got)
	}
	if got := labelQuestion(nil); got.key != "" {
		t.Errorf("asks about no Jobs: %+v", got)
	}
}

func TestConfigInit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.yaml")
	kubeconfig := filepath.Join(t.TempDir(), "none")
	init := func(args ...string) (string, string, int) {
		return execute(t, append([]string{"config", "init", "--config", path, "--kubeconfig", kubeconfig}, args...)...)
	}
	if out, errs, code := init(); code != exitUsage || !strings.Contains(errs, "--yes") {
		t.Errorf("without a terminal: %q, %q, %d", out, errs, code)
	}
	out, errs, code := init("--yes", "--region", "eu-west-1", "--print")
	if code != exitOK || !strings.Contains(out, `region: "eu-west-1"`) {
		t.Errorf("--print: %q, %q, %d", out, errs, code)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("--print wrote the file")
	}
	if out, errs, code := init("--yes", "--region", "eu-west-1"); code != exitOK || !strings.Contains(out, path+" written") {
		t.Fatalf("%q, %q, %d", out, errs, code)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	first, _ := os.ReadFile(path)
	if _, errs, code := init("--yes", "--region", "eu-west-2"); code != exitUsage || !strings.Contains(errs, "--force") {
		t.Errorf("replaces a file: %q, %d", errs, code)
	}
	if again, _ := os.ReadFile(path); !bytes.Equal(first, again) {
		t.Error("the file changed")
	}
	if _, errs, code := init("--yes", "--region", "eu-west-2", "--force"); code != exitOK {
		t.Errorf("--force: %q, %d", errs, code)
	}
	if again, _ := os.ReadFile(path); bytes.Equal(first, again) {
		t.Error("--force changed nothing")
	}
	if _, errs, code := init("--yes", "--region", "mars", "--force"); code != exitUsage || !strings.Contains(errs, "aws.region") {
		t.Errorf("an impossible region: %q, %d", errs, code)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}
