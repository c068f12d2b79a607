package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/migtop/migtop/internal/migration"
)

func TestMainContainer(t *testing.T) {
	spec := func(names ...string) *corev1.PodSpec {
		s := &corev1.PodSpec{InitContainers: []corev1.Container{container("prepare", "", ""), sidecar("mesh", "", "")}}
		for _, n := range names {
			s.Containers = append(s.Containers, container(n, "", ""))
		}
		return s
	}
	for name, tt := range map[string]struct {
		annotation string
		spec       *corev1.PodSpec
		want, why  string
	}{
		"the only one":                        {"", spec("work"), "work", ""},
		"the only one, named":                 {"work", spec("work"), "work", ""},
		"the first of several":                {"", spec("work", "log"), "work", "the first of 2"},
		"named":                               {"log", spec("work", "log"), "log", "named by kubectl.kubernetes.io/default-container"},
		"a name that is none":                 {"app", spec("work", "log"), "work", "names app, which is none of its containers"},
		"a name that is none, of one":         {"app", spec("work"), "work", "names app, which is none of its containers"},
		"a name of an init container":         {"prepare", spec("work", "log"), "work", "names prepare, which is none"},
		"a name of a sidecar":                 {"mesh", spec("work"), "work", "names mesh, which is none"},
		"a proxy that was put before the app": {"", spec("istio-proxy", "app"), "istio-proxy", "the first of 2"},
		"the same, and the app is named":      {"app", spec("istio-proxy", "app"), "app", "named by"},
		"a pod without containers":            {"", &corev1.PodSpec{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := mainOf(map[string]string{defaultContainer: tt.annotation}, tt.spec)
			if got != tt.want || !strings.Contains(why, tt.why) || (tt.why == "") != (why == "") {
				t.Errorf("%q, %q; want %q, %q", got, why, tt.want, tt.why)
			}
		})
	}
}

// several is an ended pod whose main container has a limit of 1 GiB and used 100 MiB, as it
// wrote itself, with whatever else a test gives it.
func several(change func(*corev1.Pod)) *corev1.Pod {
	p := wrote(podObject("p", "a", 2, 4, 60, 0, "Completed"), "memory.peak 104857600\n"+cpuStat)
	p.Spec.Containers[0].Resources.Limits = list("", "1Gi")
	change(p)
	return p
}

// killed makes the main container end by a kill for memory.
func killed(p *corev1.Pod) {
	p.Status.Phase = corev1.PodFailed
	p.Status.ContainerStatuses[0].State = ended(137, reasonOOM, 4, 60)
}

// with adds a container that ended.
func with(p *corev1.Pod, name, limit string, state corev1.ContainerState) {
	c := container(name, "10m", "64Mi")
	if limit != "" {
		c.Resources.Limits = list("", limit)
	}
	p.Spec.Containers = append(p.Spec.Containers, c)
	p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, State: state})
}

// withInit adds an init container that was killed for memory at 64 MiB and started again.
func withInit(p *corev1.Pod, c corev1.Container, state corev1.ContainerState, restarts int32) {
	c.Resources.Limits = list("", "64Mi")
	p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, corev1.ContainerStatus{
		Name: c.Name, State: state, LastTerminationState: ended(137, reasonOOM, 2, 3), RestartCount: restarts,
	})
}

// whole gives the pod a memory limit as a whole.
func whole(p *corev1.Pod, limit string) {
	p.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}}
}

// A kill, a limit and a peak belong to the container that they are of.
func TestWhatIsTrueOfOneContainer(t *testing.T) {
	const mib = migration.MiB
	well := ended(0, "Completed", 4, 60)
	for name, tt := range map[string]struct {
		pod     *corev1.Pod
		outcome migration.Outcome
		peak    migration.Bytes // 0 for unknown
		bound   migration.Bound
		limit   migration.Bytes // 0 for none
		at      migration.Bytes // killed at, 0 for unknown
		oom     int64           // attempts of the work killed for memory
		reason  string          // of the attempt
		message string
		killed  string // the containers that were killed
	}{
		"alone": {several(func(*corev1.Pod) {}), migration.OutcomeSucceeded, 100 * mib, migration.Exact, 1024 * mib, 0, 0, "", "", ""},
		"killed": {
			several(killed), migration.OutcomeOOMKilled, 1024 * mib, migration.AtLeast, 1024 * mib, 1024 * mib, 1, reasonOOM, "", "main",
		},
		"killed, next to a container of 4 GiB that ended well": {
			several(func(p *corev1.Pod) { killed(p); with(p, "log", "4Gi", well) }),
			migration.OutcomeOOMKilled, 1024 * mib, migration.AtLeast, 1024 * mib, 1024 * mib, 1, reasonOOM, "", "main",
		},
		"killed, next to a container without a limit": {
			several(func(p *corev1.Pod) { killed(p); with(p, "log", "", well) }),
			migration.OutcomeOOMKilled, 1024 * mib, migration.AtLeast, 1024 * mib, 1024 * mib, 1, reasonOOM, "", "main",
		},
		"killed without a limit of its own, next to one that has one": {
			several(func(p *corev1.Pod) {
				killed(p)
				p.Spec.Containers[0].Resources.Limits = nil
				with(p, "log", "4Gi", well)
			}),
			migration.OutcomeOOMKilled, 0, migration.AtLeast, 0, 0, 1, reasonOOM, "", "main",
		},
		"another one was killed, and the pod failed by it": {
			several(func(p *corev1.Pod) {
				p.Status.Phase = corev1.PodFailed
				with(p, "log", "64Mi", ended(137, reasonOOM, 4, 60))
			}),
			migration.OutcomeFailed, 100 * mib, migration.Exact, 1024 * mib, 0, 0, reasonOOM, "container log: killed for memory", "log",
		},
		"both were killed": {
			several(func(p *corev1.Pod) { killed(p); with(p, "log", "64Mi", ended(137, reasonOOM, 4, 60)) }),
			migration.OutcomeOOMKilled, 1024 * mib, migration.AtLeast, 1024 * mib, 1024 * mib, 1, reasonOOM, "", "main log",
		},
		"another one was killed, restarted and ended well": {
			several(func(p *corev1.Pod) {
				with(p, "log", "64Mi", well)
				c := &p.Status.ContainerStatuses[1]
				c.RestartCount, c.LastTerminationState = 1, ended(137, reasonOOM, 2, 3)
			}),
			migration.OutcomeSucceeded, 100 * mib, migration.Exact, 1024 * mib, 0, 0, "", "", "log",
		},
		"a sidecar was killed and restarted": {
			several(func(p *corev1.Pod) { withInit(p, sidecar("proxy", "10m", "64Mi"), ended(143, "Error", 4, 61), 1) }),
			migration.OutcomeSucceeded, 100 * mib, migration.Exact, 1024 * mib, 0, 0, "", "", "proxy",
		},
		"a sidecar was killed once more as the pod ended": {
			several(func(p *corev1.Pod) { withInit(p, sidecar("proxy", "10m", "64Mi"), ended(137, reasonOOM, 4, 61), 1) }),
			migration.OutcomeSucceeded, 100 * mib, migration.Exact, 1024 * mib, 0, 0, "", "", "proxy proxy",
		},
		"a sidecar was killed, and the work failed by itself": {
			several(func(p *corev1.Pod) {
				p.Status.Phase = corev1.PodFailed
				p.Status.ContainerStatuses[0].State = ended(3, "Error", 4, 60)
				withInit(p, sidecar("proxy", "10m", "64Mi"), ended(143, "Error", 4, 61), 1)
			}),
			migration.OutcomeFailed, 0, migration.AtLeast, 1024 * mib, 0, 0, "Error", "", "proxy",
		},
		"an init container was killed, and did it the second time": {
			several(func(p *corev1.Pod) { withInit(p, container("fetch", "10m", "64Mi"), ended(0, "Completed", 3, 4), 1) }),
			migration.OutcomeSucceeded, 100 * mib, migration.Exact, 1024 * mib, 0, 0, "", "", "fetch",
		},
		"at the limit of the pod, alone": {
			several(func(p *corev1.Pod) { killed(p); p.Spec.Containers[0].Resources.Limits = nil; whole(p, "512Mi") }),
			migration.OutcomeOOMKilled, 512 * mib, migration.AtLeast, 0, 512 * mib, 1, reasonOOM, "", "main",
		},
		"at the limit of the pod, of which another one may have had its limit": {
			several(func(p *corev1.Pod) {
				killed(p)
				p.Spec.Containers[0].Resources.Limits = nil
				with(p, "log", "192Mi", well)
				whole(p, "512Mi")
			}),
			migration.OutcomeOOMKilled, 320 * mib, migration.AtLeast, 0, 320 * mib, 1, reasonOOM, "", "main",
		},
		"at the limit of the pod, next to one without": {
			several(func(p *corev1.Pod) {
				killed(p)
				p.Spec.Containers[0].Resources.Limits = nil
				with(p, "log", "", well)
				whole(p, "512Mi")
			}),
			migration.OutcomeOOMKilled, 0, migration.AtLeast, 0, 0, 1, reasonOOM, "", "main",
		},
		"the annotation names another one, and the first is killed": {
			several(func(p *corev1.Pod) {
				p.Annotations = map[string]string{defaultContainer: "app"}
				killed(p)
				with(p, "app", "2Gi", well)
				p.Status.ContainerStatuses[1].State.Terminated.Message = "memory.peak 209715200\n"
			}),
			migration.OutcomeFailed, 200 * mib, migration.Exact, 2048 * mib, 0, 0, reasonOOM, "container main: killed for memory", "main",
		},
		"killed, restarted by the kubelet, and ended well": {
			several(func(p *corev1.Pod) {
				c := &p.Status.ContainerStatuses[0]
				c.RestartCount, c.LastTerminationState = 1, ended(137, reasonOOM, 2, 3)
			}),
			migration.OutcomeSucceeded, 1024 * mib, migration.AtLeast, 1024 * mib, 1024 * mib, 1, reasonOOM, "", "main",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			w.jobs.set(jobObject("a", 0, nil))
			w.pods.set(tt.pod)
			w.at(62)
			w.poll()
			w.pods.set(tt.pod) // seen again, a kill is the same one
			w.at(80)
			w.poll()
			r, ok := w.records["pod-p"]
			if !ok {
				t.Fatal("no record")
			}
			some := func(b migration.Bytes) migration.Opt[migration.Bytes] {
				if b == 0 {
					return migration.None[migration.Bytes]()
				}
				return migration.Some(b)
			}
			if r.Outcome != tt.outcome || r.Peak != some(tt.peak) || r.PeakBound != tt.bound {
				t.Errorf("%v, peak %v %v; want %v, %v %v", r.Outcome, r.PeakBound, r.Peak, tt.outcome, tt.bound, tt.peak)
			}
			if r.Given.Limit.Memory != some(tt.limit) || r.KilledAt != some(tt.at) {
				t.Errorf("limit %v, killed at %v; want %v and %v", r.Given.Limit.Memory, r.KilledAt, tt.limit, tt.at)
			}
			total, _ := w.sum()
			if total.OOMKilled != migration.Some(tt.oom) || total.PeakMemory.Max() != some(tt.peak) {
				t.Errorf("%v kills of the work, peak %v; want %d and %v", total.OOMKilled, total.PeakMemory.Max(), tt.oom, tt.peak)
			}
			a := w.model.runs()[0].Attempts[0]
			if a.Reason != tt.reason || a.Message != tt.message || a.PeakMemory != some(tt.peak) {
				t.Errorf("the attempt: %q, %q, peak %v; want %q, %q, %v", a.Reason, a.Message, a.PeakMemory, tt.reason, tt.message, tt.peak)
			}
			var kills []string
			for _, c := range a.Containers {
				for range c.OOMKilled {
					kills = append(kills, c.Name)
				}
			}
			if got := strings.Join(kills, " "); got != tt.killed {
				t.Errorf("killed were %q, want %q", got, tt.killed)
			}
		})
	}
}

// Each container is listed with its own facts, the main one first.
func TestContainersOfAnAttempt(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	w.pods.set(several(func(p *corev1.Pod) {
		p.Annotations = map[string]string{defaultContainer: "app"}
		with(p, "app", "", ended(0, "Completed", 6, 30))
		withInit(p, sidecar("proxy", "20m", "32Mi"), ended(143, "Error", 4, 61), 1)
		withInit(p, container("fetch", "2", "512Mi"), ended(0, "Completed", 3, 4), 0)
		p.Status.InitContainerStatuses[1].LastTerminationState = corev1.ContainerState{}
	}))
	w.at(80)
	w.poll()
	a := w.model.runs()[0].Attempts[0]
	type line struct {
		Name     string
		Kind     migration.ContainerKind
		Restarts int32
		Killed   int32
		Limit    migration.Bytes
		Ran      time.Duration
	}
	var got []line
	for _, c := range a.Containers {
		got = append(got, line{
			c.Name, c.Kind, c.Restarts, c.OOMKilled, c.Limit.Memory.Or(0) / migration.MiB,
			c.RunTime.Or(migration.Bounds[time.Duration]{}).Low,
		})
	}
	want := []line{
		{"app", migration.ContainerMain, 0, 0, 0, 24 * time.Second},
		{"main", migration.ContainerOther, 0, 0, 1024, 56 * time.Second},
		{"proxy", migration.ContainerSidecar, 1, 1, 64, 58 * time.Second},
		{"fetch", migration.ContainerInit, 0, 0, 64, time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a.Restarts != 1 || a.ExitCode != migration.Some[int32](0) {
		t.Errorf("the pod: %d restarts, exit code %v", a.Restarts, a.ExitCode)
	}
}

// What the others request is added to what the main one does; init containers and a request of
// the pod as a whole are the least that the pod requests.
func TestOtherRequests(t *testing.T) {
	base := func(change func(*corev1.PodSpec)) *corev1.PodSpec {
		s := &corev1.PodSpec{Containers: []corev1.Container{container("main", "500m", "256Mi")}}
		change(s)
		return s
	}
	for name, tt := range map[string]struct {
		spec  *corev1.PodSpec
		names string
	}{
		"alone":    {base(func(*corev1.PodSpec) {}), ""},
		"with log": {base(func(s *corev1.PodSpec) { s.Containers = append(s.Containers, container("log", "10m", "64Mi")) }), "log"},
		"a sidecar": {
			base(func(s *corev1.PodSpec) { s.InitContainers = []corev1.Container{sidecar("proxy", "10m", "64Mi")} }),
			"proxy (sidecar)",
		},
		"an init container that needs more": {
			base(func(s *corev1.PodSpec) {
				s.InitContainers = []corev1.Container{sidecar("proxy", "10m", "64Mi"), container("fetch", "1", "1Gi"), sidecar("late", "10m", "2Gi")}
			}), "proxy (sidecar), fetch (init), late (sidecar)",
		},
		"overhead": {base(func(s *corev1.PodSpec) {
			s.Overhead = list("250m", "120Mi")
			s.InitContainers = []corev1.Container{container("fetch", "1", "1Gi")}
		}), "fetch (init)"},
		"a request of the pod as a whole": {base(func(s *corev1.PodSpec) {
			s.Containers = append(s.Containers, container("log", "10m", "64Mi"))
			s.Resources = &corev1.ResourceRequirements{Requests: list("1", "1Gi")}
		}), "log"},
	} {
		t.Run(name, func(t *testing.T) {
			o := othersOf(tt.spec, nil, "main")
			if o.Names != tt.names {
				t.Errorf("names %q, want %q", o.Names, tt.names)
			}
			// As the scheduler counts it.
			want := effectiveRequest(tt.spec, nil).resources()
			if got := o.Pod(containerRequest(&tt.spec.Containers[0], nil).resources()); got != want {
				t.Errorf("the pod requests %+v, want %+v", got, want)
			}
			// A main container of 8 GiB needs room for the others too.
			tt.spec.Containers[0].Resources.Requests = list("8", "8Gi")
			if tt.spec.Resources != nil {
				tt.spec.Resources.Requests = nil // it would have to be raised
			}
			want = effectiveRequest(tt.spec, nil).resources()
			if got := o.Pod(migration.Resources{CPU: migration.Some(8 * migration.Core), Memory: migration.Some(8 * migration.GiB)}); got != want {
				t.Errorf("with 8 GiB the pod requests %+v, want %+v", got, want)
			}
		})
	}
}

func inUse(name string, mib int64) containerUsage {
	return containerUsage{name: []byte(name), memory: usageValue{value: mib << 20, stated: true}}
}

// A sample of metrics.k8s.io has each container for itself.
func TestSamplesBelongToContainers(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	running := func() *corev1.Pod {
		p := podObject("p", "a", 2, 4, open, 0, "")
		with(p, "log", "", corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(4)}})
		return p
	}
	w.pods.set(running())
	w.at(40)
	w.poll()
	w.model.learn(&sample{
		namespace: []byte("work"), name: []byte("p"), at: t0.Add(30 * time.Second), window: 15 * time.Second, containers: 2,
		memory: migration.Some(450 * migration.MiB), parts: []containerUsage{inUse("log", 300), inUse("main", 150)},
	})
	w.model.learn(&sample{ // one whose counter was not read yet is missing: that is no zero, and no peak of the other
		namespace: []byte("work"), name: []byte("p"), at: t0.Add(45 * time.Second), window: 15 * time.Second, containers: 1,
		memory: migration.Some(320 * migration.MiB), parts: []containerUsage{inUse("log", 320)},
	})
	w.at(60)
	w.model.learn(&sample{ // two statements that contradict each other, and one that cannot be
		namespace: []byte("work"), name: []byte("p"), at: t0.Add(60 * time.Second), window: 15 * time.Second, containers: 3,
		memory: migration.Some(320 * migration.MiB),
		parts: []containerUsage{
			inUse("main", 900), inUse("main", 910),
			{name: []byte("log"), memory: usageValue{value: 1 << 40, stated: true, wrong: "no"}},
		},
	})
	a := w.model.runs()[0].Attempts[0]
	if a.PeakMemory != migration.Some(150*migration.MiB) || a.Memory != migration.Some(320*migration.MiB) {
		t.Errorf("peak %v, in use by the pod %v; want the main container's 150 MiB and the sum of the last sample", a.PeakMemory, a.Memory)
	}
	if got := a.Containers[1].PeakMemory; got != migration.Some(320*migration.MiB) {
		t.Errorf("log's peak is %v, want 320 MiB", got)
	}
}

// A limit that was raised in place after a kill was not reached by it.
func TestKillBeforeAResize(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	p := limited(podObject("p", "a", 2, 4, open, 0, ""))
	w.pods.set(p)
	resized := several(func(p *corev1.Pod) {
		c := &p.Status.ContainerStatuses[0]
		c.RestartCount, c.LastTerminationState = 1, ended(137, reasonOOM, 4, 10)
		c.State.Terminated.StartedAt = at(20)
	})
	w.pods.set(resized)
	w.at(80)
	w.poll()
	if r := w.records["pod-p"]; r.KilledAt != migration.Some(256*migration.MiB) || r.Given.Limit.Memory != migration.Some(migration.GiB) {
		t.Errorf("killed at %v with a limit of %v, want 256 MiB and 1 GiB", r.KilledAt, r.Given.Limit.Memory)
	}
}
