package jobs

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile/export"
)

// cpuStat is the kernel's file, as cat writes it.
const cpuStat = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 0\n"

func TestParseReport(t *testing.T) {
	for name, tt := range map[string]struct {
		message string
		want    report
	}{
		"nothing":          {"", report{}},
		"only words":       {"out of cheese", report{text: "out of cheese"}},
		"the whole report": {"memory.peak 4096\n" + cpuStat, report{peak: 4096, hasPeak: true, cpu: 2_500_000, hasCPU: true}},
		"after words": {
			"no such order\nsee the log\nmemory.peak 4096\n" + cpuStat,
			report{text: "no such order\nsee the log", peak: 4096, hasPeak: true, cpu: 2_500_000, hasCPU: true},
		},
		"an old kernel":       {cpuStat, report{cpu: 2_500_000, hasCPU: true}},
		"no cpu.stat":         {"memory.peak 4096\n", report{peak: 4096, hasPeak: true}},
		"no last newline":     {"memory.peak 4096", report{peak: 4096, hasPeak: true}},
		"carriage returns":    {"memory.peak 4096\r\nusage_usec 7\r\n", report{peak: 4096, hasPeak: true, cpu: 7, hasCPU: true}},
		"the last one counts": {"memory.peak 1\nmemory.peak 2\n", report{peak: 2, hasPeak: true}},
		"no CPU was used":     {"usage_usec 0\n", report{hasCPU: true}},
		"cut off at the front": {
			"peak 77\nusage_usec 5\n", report{text: "peak 77", cpu: 5, hasCPU: true},
		},
		"no number":           {"memory.peak max\n", report{text: "memory.peak max\n"}},
		"no number, then one": {"memory.peak x\nusage_usec 1\n", report{text: "memory.peak x", cpu: 1, hasCPU: true}},
		"zero is no peak":     {"memory.peak 0\nusage_usec 1\n", report{cpu: 1, hasCPU: true}},
		"negative":            {"memory.peak -1\nusage_usec -1\n", report{}},
		"more than there is":  {"memory.peak 9000000000000000000\nusage_usec 9000000000000000000\n", report{}},
		"beyond a number":     {"memory.peak 99999999999999999999\n", report{text: "memory.peak 99999999999999999999\n"}},
		"within a sentence":   {"its memory.peak 5 was high", report{text: "its memory.peak 5 was high"}},
		"appended to an unended line": {
			"oh nomemory.peak 4096\n" + cpuStat, report{text: "oh no", peak: 4096, hasPeak: true, cpu: 2_500_000, hasCPU: true},
		},
		"appended to it, and an old kernel": {"oh no!usage_usec 7\n", report{text: "oh no!", cpu: 7, hasCPU: true}},
		"at the end of a sentence":          {"saw memory.peak 5", report{text: "saw memory.peak 5"}},
		"another name":                      {"memory.peaks 5\n", report{text: "memory.peaks 5\n"}},
		"spaces are not values":             {"memory.peak  5\n", report{text: "memory.peak  5\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parseReport(tt.message); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add("memory.peak 4096\n" + cpuStat)
	f.Add("oh no\nmemory.peak 1\r\nusage_usec 2")
	f.Add("memory.peak ")
	f.Add("memory.peak 1usage_usec 0")
	f.Fuzz(func(t *testing.T, message string) {
		r := parseReport(message)
		if r.hasPeak && (r.peak <= 0 || r.peak > mostPeak) || r.hasCPU && (r.cpu < 0 || r.cpu > mostCPU) {
			t.Errorf("%+v", r)
		}
		if !r.hasPeak && r.peak != 0 || !r.hasCPU && r.cpu != 0 {
			t.Errorf("%+v has what it does not have", r)
		}
		if !strings.HasPrefix(message, r.text) {
			t.Errorf("%q is no beginning of %q", r.text, message)
		}
		// What stands in the lines before it changes nothing.
		if again := parseReport("peak\n" + message); again.peak != r.peak || again.cpu != r.cpu {
			t.Errorf("%+v, then %+v", r, again)
		}
	})
}

// The wrapper that is offered with every export writes what is read here. It runs
// in a real shell, with a folder in the place of the kernel's.
func TestWrapperIsUnderstood(t *testing.T) {
	cgroup, log := t.TempDir(), filepath.Join(t.TempDir(), "termination-log")
	for name, text := range map[string]string{"memory.peak": "440401920\n", "cpu.stat": cpuStat} {
		if err := os.WriteFile(filepath.Join(cgroup, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := strings.NewReplacer("/sys/fs/cgroup", cgroup, "/dev/termination-log", log).Replace(export.Wrapper)
	if script == export.Wrapper {
		t.Fatal("the wrapper reads and writes elsewhere")
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, "wrapper", "/bin/sh", "-c", "printf 'oh no' >>"+log+"; exit 3")
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("it ended with %v, want 3", err)
	}
	message, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	want := report{text: "oh no", peak: 440401920, hasPeak: true, cpu: 2_500_000, hasCPU: true}
	if got := parseReport(string(message)); got != want {
		t.Errorf("of %q: %+v, want %+v", message, got, want)
	}
}

// messages is an ended pod whose containers wrote these messages.
func messages(texts ...string) *corev1.Pod {
	p := &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodSucceeded}}
	for i, text := range texts {
		name := string(rune('a' + i))
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: name})
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: name, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: text}},
		})
	}
	return p
}

// What a container writes is its own: the others of its pod add nothing to it and take
// nothing away.
func TestMeasured(t *testing.T) {
	both := func(peak, cpu string) string { return "memory.peak " + peak + "\nusage_usec " + cpu + "\n" }
	with := func(p *corev1.Pod, change func(*corev1.Pod)) *corev1.Pod {
		change(p)
		return p
	}
	exact := measured{peak: 100, hasPeak: true, bound: migration.Exact, cpu: 5 * time.Microsecond, hasCPU: true}
	for name, tt := range map[string]struct {
		pod  *corev1.Pod
		want measured
	}{
		"one container":             {messages(both("100", "5")), exact},
		"another one writes too":    {messages(both("100", "5"), both("30", "2")), exact},
		"another one writes more":   {messages(both("100", "5"), both("300", "200")), exact},
		"another one is silent":     {messages(both("100", "5"), ""), exact},
		"the main one alone counts": {messages("", both("100", "5")), measured{bound: migration.AtLeast}},
		"the annotation says which": {
			with(messages(both("30", "2"), both("100", "5")), func(p *corev1.Pod) { p.Annotations = map[string]string{defaultContainer: "b"} }),
			exact,
		},
		"silence": {messages(""), measured{bound: migration.AtLeast}},
		"a restart: its earlier life is not in it": {
			with(messages(both("100", "5")), func(p *corev1.Pod) { p.Status.ContainerStatuses[0].RestartCount = 1 }),
			measured{peak: 100, hasPeak: true, bound: migration.AtLeast},
		},
		"a restart, and both lives wrote": {
			with(messages(both("60", "2")), func(p *corev1.Pod) {
				c := &p.Status.ContainerStatuses[0]
				c.RestartCount, c.LastTerminationState = 1, ended(1, "Error", 1, 9)
				c.LastTerminationState.Terminated.Message = both("100", "3")
				c.State.Terminated.StartedAt, c.State.Terminated.FinishedAt = at(20), at(30)
			}), exact,
		},
		"a restart, and the earlier life wrote nothing": {
			with(messages(both("100", "5")), func(p *corev1.Pod) {
				c := &p.Status.ContainerStatuses[0]
				c.RestartCount, c.LastTerminationState = 1, ended(1, "Error", 1, 9)
				c.State.Terminated.StartedAt, c.State.Terminated.FinishedAt = at(20), at(30)
			}),
			measured{peak: 100, hasPeak: true, bound: migration.AtLeast},
		},
		"a sidecar next to it": {
			with(messages(both("100", "5")), func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{sidecar("s", "", "")} }), exact,
		},
		"an init container before it": {
			with(messages(both("100", "5")), func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{container("i", "", "")} }), exact,
		},
		"it runs": {
			with(messages(""), func(p *corev1.Pod) {
				p.Status.Phase = corev1.PodRunning
				p.Status.ContainerStatuses[0].State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
			}),
			measured{bound: migration.AtLeast},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var p pod
			p.observe(tt.pod, func(s string) string { return s })
			p.observe(tt.pod, func(s string) string { return s }) // seen again, nothing is counted twice
			if got := p.main().measured(); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestImageDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, tt := range []struct{ id, image, want string }{
		{"registry.example/etl@" + digest, "registry.example/etl:7", digest},
		{"docker-pullable://registry.example/etl@" + digest, "", digest},
		{digest, "", digest},
		{"", "registry.example/etl@" + digest, digest},
		{"registry.example/etl:7", "registry.example/etl:7", ""},
		{"", "", ""},
		{"registry.example/etl@sha256:xyz", "", ""},
		{"sha256:" + strings.Repeat("0g", 32), "", ""},
		{"registry.example:5000/etl", "", ""},
	} {
		p := messages("")
		p.Status.ContainerStatuses[0].ImageID, p.Status.ContainerStatuses[0].Image = tt.id, tt.image
		if got := imageDigest(p); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.id, tt.image, got, tt.want)
		}
	}
	// The container that matters is not always the first.
	p := messages("", "")
	p.Status.ContainerStatuses[1].ImageID = digest
	if got := imageDigest(p); got != "" {
		t.Errorf("the first container's is %q, want none", got)
	}
	p.Annotations = map[string]string{defaultContainer: "b"}
	if got := imageDigest(p); got != digest {
		t.Errorf("the default container's is %q, want %q", got, digest)
	}
}
