// Package writers checks what migtop exports with the tools that read it: the real kustomize and Helm libraries, KEDA's
// published schema, Kubernetes' expansion of variables, gitleaks' rules for secrets and, with the tag cluster, a real API
// server with KEDA's resources. It is a separate module, since migtop depends on none of those.
package writers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
)

// profiles returns three profiles: one with everything known, one with little known, and one whose names have a meaning
// in every tool.
func profiles() []profile.Profile {
	pod := func(memory migration.Bytes) profile.Pod {
		return profile.Pod{CPURequest: migration.Some(250 * migration.Millicore), MemoryRequest: memory, MemoryLimit: memory}
	}
	full := profile.Profile{
		Workload: "etl", Tenant: "acme", Class: "S",
		Base: pod(448 * migration.MiB), Retry: pod(640 * migration.MiB),
		AttemptDeadline: 5 * time.Minute, Deadline: 17 * time.Minute, BackoffLimit: 2, TTL: 10 * time.Minute,
		Parallelism: migration.Some[int32](12), EphemeralStorage: migration.Some(2 * migration.GiB),
		Confidence: profile.HighConfidence, Evidence: migration.Provenance{Source: "kubernetes", Method: migration.Measured, Coverage: 1},
		JobRuns: 212, FailureRate: migration.Some[migration.Ratio](0.0084), Saving: migration.Some(migration.Dollars(decimal.New(41231, -2))),
		Why: []string{"Because."},
	}
	little := full
	little.Tenant, little.Class, little.Confidence = "globex", "", profile.LowConfidence
	little.Base, little.Retry = profile.Pod{MemoryRequest: 256 * migration.MiB, MemoryLimit: 256 * migration.MiB},
		profile.Pod{MemoryRequest: 512 * migration.MiB, MemoryLimit: 512 * migration.MiB}
	little.Deadline, little.TTL, little.BackoffLimit = 0, 0, 0
	little.Parallelism, little.EphemeralStorage, little.Saving = migration.None[int32](), migration.None[migration.Bytes](),
		migration.None[migration.USD]()

	hostile := full
	hostile.Workload, hostile.Tenant = "x\"\n---\nkind: Secret", "{{ .Values.x }} ${y} #: -\x00\u202e\U0001f4a9"
	hostile.Class, hostile.Why = "{{ fail \"x\" }}", []string{"{{ fail \"x\" }}\n---\n# a: b"}
	hostile.Base.CPULimit, hostile.Retry.CPULimit = migration.Some(migration.Core), migration.Some(migration.Core)
	return []profile.Profile{full, little, hostile}
}

func render(t *testing.T, f export.Format, o export.Options) map[string][]byte {
	t.Helper()
	files, err := export.Render(profiles(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		out[file.Name] = file.Data
	}
	return out
}

// jobs are the Job manifests, decoded, by the names of their files without endings:
// what every other format has to come to.
func jobs(t *testing.T, o export.Options) map[string]batchv1.Job {
	t.Helper()
	out := map[string]batchv1.Job{}
	for name, data := range render(t, export.Job, o) {
		if key, ok := strings.CutSuffix(name, ".job.yaml"); ok {
			out[key] = decode[batchv1.Job](t, data)
		}
	}
	if len(out) != 2*len(profiles()) {
		t.Fatalf("%d Jobs", len(out))
	}
	return out
}

func decode[T any](t *testing.T, data []byte) T {
	t.Helper()
	var out T
	if err := yaml.UnmarshalStrict(data, &out); err != nil {
		t.Fatalf("%v:\n%s", err, data)
	}
	return out
}

// sameBounds compares the parts of a Job that profiles determine with those of the Job manifest. It ignores parallelism,
// for which each format has its own rule.
func sameBounds(t *testing.T, what string, want, got *batchv1.JobSpec) {
	t.Helper()
	part := func(s *batchv1.JobSpec) any {
		c := s.Template.Spec.Containers[0]
		return []any{
			s.ActiveDeadlineSeconds, s.BackoffLimit, s.TTLSecondsAfterFinished, s.PodFailurePolicy, s.Template.Spec.RestartPolicy,
			text(t, c.Resources), len(s.Template.Spec.Containers),
		}
	}
	if diff := cmp.Diff(part(want), part(got)); diff != "" {
		t.Errorf("%s is not as the Job manifest:\n%s", what, diff)
	}
}

// text is a value as the API server would be sent it.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
