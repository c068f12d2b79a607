package convert

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

func TestGoldens(t *testing.T) {
	for _, c := range []struct {
		name string
		d    *migration.Definition
		o    Options
	}{
		{"thumbnails", thumbnails(), Options{Namespace: "batch", Tenant: "acme", Workload: "thumbnails", Identity: Identity{Provider: provider}}},
		{"nightly", nightly(), Options{Identity: Identity{PodIdentity: true}}},
		{"forbidden", forbidden(), Options{Identity: Identity{Provider: provider}, ServiceAccount: "importer", Name: "import"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := converted(t, c.d, c.o)
			golden(t, c.name+".yaml", p.YAML())
			golden(t, c.name+".json", p.JSON())
			golden(t, c.name+".md", p.Report())
			if again := converted(t, c.d, c.o); everything(again) != everything(p) {
				t.Error("the same function does not give the same bytes")
			}
		})
	}
}

// decode reads a manifest as the API server would: strictly.
func decode[T runtime.Object](t *testing.T, text string, into T) T {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{batchv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	s := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	if _, _, err := s.Decode([]byte(text), nil, into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return into
}

func manifest(t *testing.T, p *Conversion, kind string) string {
	t.Helper()
	for _, m := range p.Manifests {
		if m.Kind == kind {
			return m.YAML()
		}
	}
	t.Fatalf("there is no %s", kind)
	return ""
}

func TestJobIsWhatTheFunctionWas(t *testing.T) {
	p := converted(t, nightly(), Options{
		Namespace: "reports", Image: "registry.example/report:1",
		Command: []string{"python", "-m", "report", "$(DATE)"}, Identity: Identity{PodIdentity: true},
	})
	job := decode(t, manifest(t, p, "Job"), &batchv1.Job{})
	pod := job.Spec.Template.Spec
	main := pod.Containers[0]
	if !strings.HasPrefix(job.Name, "nightly-report-") || job.Namespace != "reports" || main.Image != "registry.example/report:1" ||
		main.Command[3] != "$$(DATE)" {
		t.Errorf("%s/%s runs %s %q", job.Namespace, job.Name, main.Image, main.Command)
	}
	// 900 s and 60 s to start; one retry, as configured, after 10 s.
	if *pod.ActiveDeadlineSeconds != 960 || *job.Spec.ActiveDeadlineSeconds != 2*960+10 || *job.Spec.BackoffLimit != 1 ||
		*job.Spec.TTLSecondsAfterFinished != 3600 {
		t.Errorf("attempt %d, all %d, backoff %d, TTL %d", *pod.ActiveDeadlineSeconds, *job.Spec.ActiveDeadlineSeconds, *job.Spec.BackoffLimit,
			*job.Spec.TTLSecondsAfterFinished)
	}
	want := corev1.ResourceRequirements{
		// 3008/1769 of a core is 1700.4 m.
		Requests: corev1.ResourceList{
			"cpu": resource.MustParse("1701m"), "memory": resource.MustParse("3008Mi"),
			"ephemeral-storage": resource.MustParse("512Mi"),
		},
		Limits: corev1.ResourceList{"memory": resource.MustParse("3008Mi")},
	}
	for name, q := range want.Requests {
		if got := main.Resources.Requests[name]; got.Cmp(q) != 0 {
			t.Errorf("requests %s of %s, want %s", got.String(), name, q.String())
		}
	}
	if got := main.Resources.Limits["memory"]; len(main.Resources.Limits) != 1 || got.Cmp(want.Limits["memory"]) != 0 {
		t.Errorf("limits %v", main.Resources.Limits)
	}
	if pod.RestartPolicy != corev1.RestartPolicyNever || pod.NodeSelector["kubernetes.io/arch"] != "amd64" ||
		pod.ServiceAccountName != job.Name {
		t.Errorf("pod %+v", pod)
	}
	rules := job.Spec.PodFailurePolicy.Rules
	if len(rules) != 3 || rules[0].Action != batchv1.PodFailurePolicyActionIgnore ||
		rules[1].Action != batchv1.PodFailurePolicyActionFailJob || rules[2].Action != batchv1.PodFailurePolicyActionCount {
		t.Errorf("failure policy %+v", rules)
	}
	if len(main.Env) != 2 || main.Env[0].Value != "cn-north-1" || len(main.EnvFrom) != 0 {
		t.Errorf("env %+v", main.Env)
	}
}

func TestEnvironmentArrivesUnchanged(t *testing.T) {
	hostile := map[string]string{
		"A": "yes", "B": "012", "C": "1e3", "D": "null", "E": "2001-01-01", "F": " lead and trail ", "G": "a: b # c", "H": "- x",
		"I": "line\nline\r\n\ttab", "J": `"quotes" 'and' \back`,
		"K": "ключ🔑", "L": "{{ .Values }}", "M": "*alias &anchor !tag", "N": "1:30", "O": "\u0085\u2028\ufeff\x1b[31m", "P": "~", "Q": "",
		"R": "%percent", "S": "0x1F", "T": "|", "U": ">-", "V": "@at", "W": "`tick`", "X": "=", "Y": "<<", "Z": ".inf",
		"NO": "n", "ON": "TRUE ", "Y_": "?",
	}
	d := thumbnails()
	d.Environment = hide(hostile)
	data := decode(t, manifest(t, converted(t, d, Options{}), "ConfigMap"), &corev1.ConfigMap{}).Data
	for name, value := range hostile {
		if got, ok := data[name]; !ok || got != value {
			t.Errorf("%s=%q became %q (%v)", name, value, got, ok)
		}
	}
	if len(data) != len(hostile) {
		t.Errorf("%d variables, want %d", len(data), len(hostile))
	}
}

func TestVariablesThatNoContainerTakes(t *testing.T) {
	d := thumbnails()
	d.Environment = hide(map[string]string{
		"1ST": "a", "WITH-DASH": "b", "..": "c", "WITH SPACE": "d", "EMPTY=": "e", "": "f", "Ü": "g",
		"ZERO": "x\x00y", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap", "AWS_REGION": "eu-west-1", "FINE": "h",
	})
	p := converted(t, d, Options{})
	if data := decode(t, manifest(t, p, "ConfigMap"), &corev1.ConfigMap{}).Data; len(data) != 1 || data["FINE"] != "h" {
		t.Errorf("data %q", data)
	}
	lost := 0
	for _, n := range p.Notes {
		if n.Kind == Lost && n.Topic == "environment" {
			lost++
		}
	}
	if lost != 9 {
		t.Errorf("%d variables reported as left out, want 9:\n%s", lost, p.Report())
	}
}

func TestQueueBecomesScaledJob(t *testing.T) {
	d := thumbnails()
	sources := d.EventSources.Or(nil)
	sources = append(sources, migration.EventSource{
		ID: "u2", ARN: "arn:aws:sqs:eu-west-1:123456789012:second.fifo", Enabled: true,
		Filtered: true,
	}, migration.EventSource{ID: "u3", ARN: "arn:aws:sqs:eu-west-1:123456789012:off"})
	d.EventSources = migration.Some(sources)
	p := converted(t, d, Options{Namespace: "batch"})
	names := map[string]bool{}
	for _, m := range p.Manifests {
		if names[m.File] {
			t.Errorf("file %s twice", m.File)
		}
		names[m.File] = true
		if m.Kind != "ScaledJob" {
			continue
		}
		names[m.Name] = true
		value, _ := m.body.get("spec")
		target, _ := value.(object).get("jobTargetRef")
		text := indented(object{{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"metadata", object{{"name", "x"}}}, {"spec", target}})
		spec := decode(t, text, &batchv1.Job{}).Spec
		env := spec.Template.Spec.Containers[0].Env
		if last := env[len(env)-1]; last.Name != "QUEUE_URL" ||
			!strings.HasPrefix(last.Value, "https://sqs.eu-west-1.amazonaws.com/123456789012/") || *spec.BackoffLimit != 0 {
			t.Errorf("%s: %+v, backoff %d", m.Name, last, *spec.BackoffLimit)
		}
	}
	second := false
	for name := range names {
		second = second || strings.HasPrefix(name, "acme-thumbnails-prod-second-fifo-")
	}
	if !names["acme-thumbnails-prod--thumbnails"] || !second || names["job.yaml"] || len(p.Manifests) != 5 {
		t.Errorf("manifests %v", names)
	}
	for _, want := range []string{
		"at most 25 Jobs at once of queue thumbnails, as the function's reserved concurrency",
		"VisibilityTimeout of thumbnails to at least 390 s", "its filter does not match", "a disabled trigger is left out",
	} {
		if !strings.Contains(p.Report(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	// China has another domain.
	if url, err := queueURL(arn{"aws-cn", "sqs", "cn-north-1", "210987654321", "q"}); err != nil ||
		url != "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/q" {
		t.Errorf("%s, %v", url, err)
	}
}

func TestProfileTakesTheFunctionsPlace(t *testing.T) {
	p := &profile.Profile{
		Base: profile.Pod{
			CPURequest: migration.Some(250 * migration.Millicore), CPULimit: migration.Some(2 * migration.Core),
			MemoryRequest: 640 * migration.MiB, MemoryLimit: 704 * migration.MiB,
		},
		Retry: profile.Pod{MemoryLimit: 1024 * migration.MiB}, AttemptDeadline: 90 * time.Second, Deadline: 200 * time.Second, BackoffLimit: 4,
		TTL:              10 * time.Minute,
		EphemeralStorage: migration.Some(migration.GiB), Confidence: profile.HighConfidence,
	}
	job := decode(t, manifest(t, converted(t, nightly(), Options{Profile: p}), "Job"), &batchv1.Job{})
	r := job.Spec.Template.Spec.Containers[0].Resources
	for _, c := range []struct {
		what string
		got  resource.Quantity
		want string
	}{
		{"CPU request", r.Requests["cpu"], "250m"},
		{"CPU limit", r.Limits["cpu"], "2"},
		{"memory request", r.Requests["memory"], "640Mi"},
		{"memory limit", r.Limits["memory"], "704Mi"},
		{"disk", r.Requests["ephemeral-storage"], "1Gi"},
	} {
		if c.got.Cmp(resource.MustParse(c.want)) != 0 {
			t.Errorf("%s %s, want %s", c.what, c.got.String(), c.want)
		}
	}
	if *job.Spec.BackoffLimit != 4 || *job.Spec.ActiveDeadlineSeconds != 200 || *job.Spec.TTLSecondsAfterFinished != 600 ||
		*job.Spec.Template.Spec.ActiveDeadlineSeconds != 90 {
		t.Errorf("spec %+v", job.Spec)
	}
}

func TestWrongOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Namespace: "Prod"}, "no namespace"},
		{Options{ServiceAccount: "a_b"}, "no service account"},
		{Options{Name: "x y"}, "no name"},
		{Options{Name: strings.Repeat("a", 53)}, "52 at most"},
		{Options{Identity: Identity{Provider: provider, Account: "999999999999", Partition: "aws"}}, "in account 999999999999"},
		{Options{Identity: Identity{Provider: provider, Account: "123456789012", Partition: "aws-cn"}}, "in partition aws-cn"},
	} {
		if _, err := Convert(thumbnails(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
	if _, err := Convert(nil, Options{}); err == nil {
		t.Error("nothing was converted")
	}
}

func TestOverridesWithoutSecrets(t *testing.T) {
	d := thumbnails()
	d.EntryPoint, d.Command = []string{"/boot", "--password", "pa55", "--token=t0k", "--level", "high"}, []string{"app.handler"}
	report := converted(t, d, Options{}).Report()
	if strings.Contains(report, "pa55") || strings.Contains(report, "t0k") || !strings.Contains(report, `"/boot" "--password"`) ||
		!strings.Contains(report, `"--level" "high" "app.handler"`) {
		t.Error(report)
	}
}

// The report has one line a note, whatever is in the names.
func TestReportIsPrintable(t *testing.T) {
	d := nightly()
	d.Handler, d.Layers = "a\x1b[2Jb\u202e", []string{"arn:aws:lambda:eu-west-1:1:layer:\x07evil\n## fake"}
	report := converted(t, d, Options{}).Report()
	if strings.ContainsAny(report, "\x1b\x07") || strings.Contains(report, "\n## fake") || strings.Contains(report, "\u202e") {
		t.Errorf("%q", report)
	}
}
