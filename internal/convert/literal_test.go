package convert

import (
	"strings"
	"testing"
	"unicode/utf8"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/migtop/migtop/internal/migration"
)

// container is the container that a Job of these words has.
func commandOf(t *testing.T, words []string) []string {
	t.Helper()
	d := nightly()
	p := converted(t, d, Options{Image: "registry.example/a:1", Command: words})
	return decode(t, manifest(t, p, "Job"), &batchv1.Job{}).Spec.Template.Spec.Containers[0].Command
}

// Kubernetes takes $$ for $ and $(NAME) for a variable: both are escaped, alone and next
// to each other. test/writers holds the same against Kubernetes' own package.
func TestCommandsAreLiteral(t *testing.T) {
	for typed, want := range map[string]string{
		"echo $$":          "echo $$$$",
		"--price=$$5":      "--price=$$$$5",
		"$$(HOME)":         "$$$$(HOME)",
		"$(HOME)":          "$$(HOME)",
		"$":                "$$",
		"a$":               "a$$",
		"$$$(A)$":          "$$$$$$(A)$$",
		"${HOME:-/tmp}":    "$${HOME:-/tmp}",
		"awk '{print $1}'": "awk '{print $$1}'",
		"no dollar":        "no dollar",
		"":                 "",
	} {
		if got := commandOf(t, []string{"sh", typed}); len(got) != 2 || got[1] != want {
			t.Errorf("%q is written as %q, want %q", typed, got, want)
		}
	}
}

// Every value that Kubernetes expands is literal: those of env too.
func TestVariablesAreLiteral(t *testing.T) {
	d := thumbnails()
	d.EventSources = migration.Some([]migration.EventSource{{ID: "1", ARN: "arn:aws:sqs:eu-west-1:123456789012:a$(HOME)$$", Enabled: true}})
	p := converted(t, d, Options{})
	if !strings.Contains(manifest(t, p, "ScaledJob"), `123456789012/a$$(HOME)$$$$`) {
		t.Errorf("%s", manifest(t, p, "ScaledJob"))
	}
}

func TestCommandsThatNoProcessTakes(t *testing.T) {
	for _, word := range []string{"a\x00b", "\xff\xfe"} {
		if _, err := Convert(nightly(), Options{Command: []string{"sh", word}}); err == nil || !strings.Contains(err.Error(), "command") {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"echo $$", "$(HOME)", "$$(HOME)", "$", "", "$$$", "\n$(\n", "$(A", "a)$("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		written := literal(s)
		if strings.ReplaceAll(written, "$$", "") != strings.ReplaceAll(s, "$", "") || strings.Count(written, "$") != 2*strings.Count(s, "$") {
			t.Errorf("%q is written as %q", s, written)
		}
	})
}
