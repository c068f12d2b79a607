package writers

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"

	"github.com/migtop/migtop/internal/convert"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile/export"
)

// expanded is what the kubelet hands to the process.
func expanded(words []string) []string {
	variables := expansion.MappingFuncFor(map[string]string{"HOME": "/root", "A": "a value", "": "nothing", "QUEUE_URL": "https://sqs"})
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = expansion.Expand(w, variables)
	}
	return out
}

// containers are the containers of what is written for a command, by the way that it is
// written.
func containers(t *testing.T, command []string) map[string]corev1.Container {
	t.Helper()
	out := map[string]corev1.Container{}
	d := &migration.Definition{
		Name: "thumbs", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:thumbs", PackageType: "Image",
		Image:  migration.Some("registry.example/thumbs:1"),
		Memory: migration.GiB, Timeout: time.Minute, EventSources: migration.Some([]migration.EventSource(nil)),
	}
	take := func(name string, options convert.Options) {
		plan, err := convert.Convert(d, options)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range plan.Manifests {
			switch m.Kind {
			case "Job":
				out[name] = decode[batchv1.Job](t, []byte(m.YAML())).Spec.Template.Spec.Containers[0]
			case "ScaledJob":
				out[name] = decode[scaledJob](t, []byte(m.YAML())).Spec.JobTargetRef.Template.Spec.Containers[0]
			}
		}
	}
	take("convert, Job", convert.Options{Command: command})
	d.EventSources = migration.Some([]migration.EventSource{{ID: "1", ARN: "arn:aws:sqs:eu-west-1:123456789012:$(HOME)$$", Enabled: true}})
	take("convert, ScaledJob", convert.Options{Command: command})
	for _, wrap := range []bool{false, true} {
		name := map[bool]string{false: "export", true: "export, wrapped"}[wrap]
		files, err := export.Render(profiles()[:1], export.Job, export.Options{Command: command, Wrap: wrap})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = decode[batchv1.Job](t, files[0].Data).Spec.Template.Spec.Containers[0]
	}
	return out
}

type scaledJob struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		JobTargetRef batchv1.JobSpec `json:"jobTargetRef"`
		Polling      int             `json:"pollingInterval"`
		Max          int             `json:"maxReplicaCount"`
		Succeeded    int             `json:"successfulJobsHistoryLimit"`
		Failed       int             `json:"failedJobsHistoryLimit"`
		Rollout      any             `json:"rollout"`
		Triggers     []any           `json:"triggers"`
	} `json:"spec"`
}

func literally(t *testing.T, word string) {
	t.Helper()
	if !utf8.ValidString(word) || strings.ContainsRune(word, 0) {
		return // refused: no manifest can say it
	}
	typed := []string{"sh", "-c", word, word + "$", "$" + word}
	for name, c := range containers(t, typed) {
		got := expanded(c.Command)
		if len(got) < len(typed) || !slices.Equal(got[len(got)-len(typed):], typed) {
			t.Errorf("%s: typed %q, written %q, the process gets %q", name, typed, c.Command, got)
		}
		for _, v := range c.Env {
			if value := expanded([]string{v.Value})[0]; v.Name == "QUEUE_URL" &&
				value != "https://sqs.eu-west-1.amazonaws.com/123456789012/$(HOME)$$" {
				t.Errorf("%s: the code gets %s=%q", name, v.Name, value)
			}
		}
	}
}

// Kubernetes' own expansion of a command that is written gives what was typed.
func TestCommandsSurviveKubernetesExpansion(t *testing.T) {
	for _, word := range []string{
		"", "$", "$$", "$$$", "$(HOME)", "$$(HOME)", "$$$(HOME)", "$()", "$(", "$)", "echo $$ >pid; exec app --price=$$5 $$(HOME)", "${HOME}",
		"$(A)$(A)", "$(A$(A))", "a\n$(\nA)", "€$$€",
	} {
		literally(t, word)
	}
	pieces := []string{"$", "$", "(", ")", "HOME", "A", "$(", "$$(", " ", "{", "}", "\n", "é"}
	err := quick.Check(func(picks []uint8, free string) bool {
		var b strings.Builder
		for _, p := range picks[:min(len(picks), 12)] {
			b.WriteString(pieces[int(p)%len(pieces)])
		}
		literally(t, b.String())
		literally(t, free)
		return !t.Failed()
	}, &quick.Config{MaxCount: 300})
	if err != nil {
		t.Error(err)
	}
	// The wrapper's script itself is expanded to what it is.
	for name, c := range containers(t, []string{"true"}) {
		if name == "export, wrapped" && expanded(c.Command)[2] != c.Command[2] {
			t.Errorf("Kubernetes changes the wrapper: %q", c.Command[2])
		}
	}
}

func FuzzCommandsSurviveKubernetesExpansion(f *testing.F) {
	for _, s := range []string{"$$", "$(HOME)", "$$$(A)", "$"} {
		f.Add(s)
	}
	f.Fuzz(literally)
}
