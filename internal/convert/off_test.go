package convert

import (
	"regexp"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

func notesOf(p *Conversion, topic string) []Note {
	var out []Note
	for _, n := range p.Notes {
		if n.Topic == topic {
			out = append(out, n)
		}
	}
	return out
}

// Reserved concurrency of 0 switches a function off: nothing that is written may start a
// run by being applied.
func TestSwitchedOff(t *testing.T) {
	for name, max := range map[string]migration.Opt[int32]{"no maximum": {}, "a maximum": migration.Some(int32(40))} {
		for _, prof := range []*profile.Profile{nil, {Parallelism: migration.Some(int32(7))}} {
			d := thumbnails()
			d.Reserved = migration.Some(migration.ReservedConcurrency{Set: true})
			d.EventSources = migration.Some([]migration.EventSource{
				{ID: "u", ARN: "arn:aws:sqs:eu-west-1:123456789012:work", Enabled: true, BatchSize: 10, MaxConcurrency: max},
				{ID: "v", ARN: "arn:aws:sqs:eu-west-1:123456789012:more", Enabled: true, BatchSize: 10, MaxConcurrency: max},
			})
			p := converted(t, d, Options{Identity: Identity{PodIdentity: true}, Profile: prof})
			if got := strings.Count(p.YAML(), "    autoscaling.keda.sh/paused: \"true\"\n"); got != 2 {
				t.Errorf("%s: %d of 2 ScaledJobs are paused:\n%s", name, got, p.YAML())
			}
			if strings.Contains(p.YAML(), "maxReplicaCount: 100") {
				t.Errorf("%s: KEDA's own limit is written for a function that runs nothing", name)
			}
			if notes := notesOf(p, "concurrency"); len(notes) != 2 || !strings.Contains(notes[0].Text+notes[1].Text, "switches the function off") {
				t.Errorf("%s: %+v", name, notes) // one of it, one of provisioned concurrency
			}
			for _, n := range p.Notes {
				if s := n.Text + n.Fix; strings.Contains(s, "nothing bounds") || strings.Contains(s, "suspend") {
					t.Errorf("%s: %s", name, s)
				}
			}
		}
	}
	d := nightly()
	d.Reserved = migration.Some(migration.ReservedConcurrency{Set: true})
	p := converted(t, d, Options{})
	job := decode(t, manifest(t, p, "Job"), &batchv1.Job{})
	if job.Spec.Suspend == nil || !*job.Spec.Suspend {
		t.Errorf("the Job starts:\n%s", p.YAML())
	}
	if notes := notesOf(p, "concurrency"); len(notes) != 1 || !strings.Contains(notes[0].Fix, "suspend") {
		t.Errorf("%+v", notes)
	}
	if strings.Contains(p.Report(), "begins when it is applied") {
		t.Error("the report says that it begins")
	}
}

// What is 0, what is not set and what could not be read are three things.
func TestZeroUnsetAndUnknown(t *testing.T) {
	queue := func(s migration.EventSource) *migration.Definition {
		d := thumbnails()
		s.ID, s.ARN, s.Enabled = "u", "arn:aws:sqs:eu-west-1:123456789012:work", true
		d.EventSources = migration.Some([]migration.EventSource{s})
		d.Reserved = migration.Some(migration.ReservedConcurrency{})
		return d
	}
	for name, c := range map[string]struct {
		change func() *migration.Definition
		has    []string
		lacks  []string
	}{
		"not reserved": {
			func() *migration.Definition { return queue(migration.EventSource{}) },
			[]string{"nothing bounds the function", "maxReplicaCount: 100"},
			[]string{"paused", "could not be read: KEDA"},
		},
		"reserved unknown": {func() *migration.Definition {
			d := queue(migration.EventSource{})
			d.Reserved = migration.None[migration.ReservedConcurrency]()
			return d
		}, []string{"reserved concurrency could not be read"}, []string{"nothing bounds the function"}},
		"no retries": {func() *migration.Definition {
			d := nightly()
			d.Async = migration.Some([]migration.AsyncInvocation{{Qualifier: "$LATEST", Retries: migration.Some(int32(0))}})
			return d
		}, []string{"backoffLimit: 0", "a failed run is not repeated"}, []string{"retries could not be read"}},
		"retries unknown": {func() *migration.Definition {
			d := nightly()
			d.Async = migration.None[[]migration.AsyncInvocation]()
			return d
		}, []string{"backoffLimit: 2", "retries could not be read"}, nil},
		"retries not set": {func() *migration.Definition {
			d := nightly()
			d.Async = migration.Some([]migration.AsyncInvocation(nil))
			return d
		}, []string{"backoffLimit: 2"}, []string{"retries could not be read"}},
		"no batch window": {
			func() *migration.Definition { return queue(migration.EventSource{Window: 0}) }, nil,
			[]string{"for a batch to fill"},
		},
		"nothing is warm": {func() *migration.Definition {
			d := nightly()
			d.Provisioned = migration.Some([]migration.ProvisionedConcurrency{{Qualifier: "$LATEST"}})
			return d
		}, nil, []string{"are kept warm"}},
		"memory not stated": {
			func() *migration.Definition {
				d := nightly()
				d.Memory, d.Timeout = 0, 0
				return d
			},
			[]string{"memory of the function is not known", "timeout of the function is not known"},
			[]string{`memory: "0"`, `cpu: "0"`, "memory 0"},
		},
	} {
		p := converted(t, c.change(), Options{})
		all := p.YAML() + p.Report()
		for _, want := range c.has {
			if !strings.Contains(all, want) {
				t.Errorf("%s: there is no %q:\n%s", name, want, all)
			}
		}
		for _, no := range c.lacks {
			if strings.Contains(all, no) {
				t.Errorf("%s: there is %q", name, no)
			}
		}
	}
}

// A bound of the function is one of all its queues together.
func TestABoundOfTheFunctionIsNotOneOfEachQueue(t *testing.T) {
	d := thumbnails()
	d.EventSources = migration.Some([]migration.EventSource{
		{ID: "1", ARN: "arn:aws:sqs:eu-west-1:123456789012:one", Enabled: true},
		{ID: "2", ARN: "arn:aws:sqs:eu-west-1:123456789012:two", Enabled: true},
	})
	if p := converted(t, d, Options{}); !strings.Contains(p.Report(), "each of the 2 ScaledJobs may run 25 Jobs") {
		t.Error(p.Report())
	}
}

// A pod has nothing of a namespace, and writes nowhere, that the function had not or could not.
func TestPodAddsNothing(t *testing.T) {
	p := converted(t, nightly(), Options{})
	pod := decode(t, manifest(t, p, "Job"), &batchv1.Job{}).Spec.Template.Spec
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks || pod.AutomountServiceAccountToken == nil ||
		*pod.AutomountServiceAccountToken {
		t.Errorf("service links %v, token %v", pod.EnableServiceLinks, pod.AutomountServiceAccountToken)
	}
	if s := pod.Containers[0].SecurityContext; s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
		t.Error("the root file system can be written to")
	}
	if !strings.Contains(manifest(t, converted(t, thumbnails(), Options{}), "ScaledJob"), "enableServiceLinks: false") {
		t.Error("a ScaledJob's pods have service links")
	}
}

// The log output takes the lines of the Job's pods, of whichever kind, and of no other Job.
func TestLogOutputTakesThisJobAlone(t *testing.T) {
	p := converted(t, nightly(), Options{Namespace: "batch"})
	var pattern string
	for _, n := range p.Notes {
		if _, rest, ok := strings.Cut(n.Snippet, "Match_Regex "); ok {
			pattern, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
		}
	}
	match := regexp.MustCompile(pattern)
	for tag, want := range map[string]bool{
		"NAME-x7k2p_batch_main-0a1b":             true,
		"NAME-x7k2p-9fj4d_batch_main-0a1b":       true, // of a ScaledJob, or with generateName
		"NAME-eu-x7k2p_batch_main-0a1b":          false,
		"my-NAME-x7k2p_batch_main-0a1b":          false,
		"NAME-x7k2p_batch2_main-0a1b":            false,
		"NAME-x7k2p_batch_sidecar-0a1b":          false,
		"NAMEs-x7k2p_batch_main-0a1b":            false,
		"other-x7k2p_batch_main-NAME-x7k2p_main": false,
	} {
		tag := "kube.var.log.containers." + strings.ReplaceAll(tag, "NAME", p.Name) + ".log"
		if pattern == "" || match.MatchString(tag) != want {
			t.Errorf("%s takes %s: %v, want %v", pattern, tag, !want, want)
		}
	}
}
