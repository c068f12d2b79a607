package jobs

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/migration"
)

func list(cpu, memory string) corev1.ResourceList {
	l := corev1.ResourceList{}
	if cpu != "" {
		l[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		l[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return l
}

func container(name, cpu, memory string) corev1.Container {
	return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Requests: list(cpu, memory)}}
}

func sidecar(name, cpu, memory string) corev1.Container {
	c := container(name, cpu, memory)
	always := corev1.ContainerRestartPolicyAlways
	c.RestartPolicy = &always
	return c
}

func TestEffectiveRequest(t *testing.T) {
	const mi = int64(migration.MiB)
	milli := func(n int64) int64 { return n * int64(migration.Millicore) }
	for _, tt := range []struct {
		name   string
		spec   corev1.PodSpec
		status *corev1.PodStatus
		want   amounts
	}{
		{
			name: "containers add up",
			spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "250m", "64Mi"), container("b", "1", "32Mi")}},
			want: amounts{milli(1250), 96 * mi, true, true},
		},
		{
			name: "nothing is requested, which is not zero",
			spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "", "")}},
		},
		{
			name: "only one of two says anything about memory",
			spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "100m", ""), container("b", "", "8Mi")}},
			want: amounts{milli(100), 8 * mi, true, true},
		},
		{
			name: "the largest init container is more than the sum",
			spec: corev1.PodSpec{
				InitContainers: []corev1.Container{container("i", "2", "16Mi"), container("j", "1", "512Mi")},
				Containers:     []corev1.Container{container("a", "500m", "128Mi")},
			},
			want: amounts{milli(2000), 512 * mi, true, true},
		},
		{
			name: "a sidecar adds to the containers, and to init containers after it",
			spec: corev1.PodSpec{
				InitContainers: []corev1.Container{
					container("before", "900m", "100Mi"), sidecar("s", "200m", "50Mi"), container("after", "800m", "300Mi"),
				},
				Containers: []corev1.Container{container("a", "500m", "128Mi")},
			},
			want: amounts{milli(1000), 350 * mi, true, true},
		},
		{
			name: "overhead of the runtime class adds to what is set",
			spec: corev1.PodSpec{
				Containers: []corev1.Container{container("a", "500m", "")}, Overhead: list("250m", "120Mi"),
			},
			want: amounts{milli(750), 0, true, false},
		},
		{
			name: "a request of the pod as a whole goes before the sum",
			spec: corev1.PodSpec{
				Containers: []corev1.Container{container("a", "500m", "64Mi")},
				Resources:  &corev1.ResourceRequirements{Requests: list("2", "")},
			},
			want: amounts{milli(2000), 64 * mi, true, true},
		},
		{
			name: "resized in place: what the node allocated counts",
			spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "2", "2Gi")}},
			status: &corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
				Name: "a", AllocatedResources: list("1", "1Gi"),
				Resources: &corev1.ResourceRequirements{Requests: list("500m", "512Mi")},
			}}},
			want: amounts{milli(1000), 1024 * mi, true, true},
		},
		{
			name: "resized in place: what runs, where nothing is said of allocation",
			spec: corev1.PodSpec{Containers: []corev1.Container{container("a", "2", "2Gi")}},
			status: &corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
				Name: "a", Resources: &corev1.ResourceRequirements{Requests: list("500m", "")},
			}}},
			want: amounts{milli(500), 2048 * mi, true, true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := effectiveRequest(&tt.spec, tt.status); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEffectiveLimitNeedsEveryContainer(t *testing.T) {
	limited := corev1.Container{Name: "a", Resources: corev1.ResourceRequirements{Limits: list("1", "256Mi")}}
	half := corev1.Container{Name: "b", Resources: corev1.ResourceRequirements{Limits: list("", "256Mi")}}
	got := effectiveLimit(&corev1.PodSpec{Containers: []corev1.Container{limited, half}}, nil)
	want := amounts{memory: 512 << 20, hasMemory: true}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A limit of 0 is no limit: neither the API server nor the kubelet enforces one.
func TestLimitOfZeroIsNone(t *testing.T) {
	zero := corev1.Container{Name: "a", Resources: corev1.ResourceRequirements{Limits: list("0", "0")}}
	limited := corev1.Container{Name: "b", Resources: corev1.ResourceRequirements{Limits: list("1", "256Mi")}}
	whole := &corev1.ResourceRequirements{Limits: list("0", "0")}
	if got := containerLimit(&zero, nil); got != (amounts{}) {
		t.Errorf("of the container: %+v", got)
	}
	for name, spec := range map[string]corev1.PodSpec{
		"alone": {Containers: []corev1.Container{zero}}, "next to one": {Containers: []corev1.Container{zero, limited}},
		"of the pod as a whole": {Containers: []corev1.Container{zero}, Resources: whole},
	} {
		if got := effectiveLimit(&spec, nil); got != (amounts{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := effectiveLimit(&corev1.PodSpec{Containers: []corev1.Container{limited}, Resources: whole}, nil); got.memory != 256<<20 {
		t.Errorf("a pod without a limit as a whole has its containers': %+v", got)
	}
	if got := othersOf(&corev1.PodSpec{Containers: []corev1.Container{limited}, Resources: whole}, nil, "b"); got.PodLimit.Known() {
		t.Errorf("limit of the pod: %v", got.PodLimit)
	}
}

func TestParseProvisioned(t *testing.T) {
	for _, tt := range []struct {
		in     string
		cpu    migration.CPU
		memory migration.Bytes
		ok     bool
	}{
		{"0.25vCPU 0.5GB", 250 * migration.Millicore, 512 * migration.MiB, true},
		{"16vCPU 120GB", 16 * migration.Core, 120 * migration.GiB, true},
		{"2vCPU 9GB", 2 * migration.Core, 9 * migration.GiB, true},
		{"", 0, 0, false},
		{"2vCPU", 0, 0, false},
		{"2 9", 0, 0, false},
		{"-2vCPU 9GB", 0, 0, false},
		{"0vCPU 9GB", 0, 0, false},
		{"1e9vCPU 9GB", 0, 0, false},
		{"99999vCPU 9GB", 0, 0, false},
		{"2vCPU 9GB extra", 0, 0, false},
		{"InfvCPU 9GB", 0, 0, false},
	} {
		cpu, memory, ok := parseProvisioned(tt.in)
		if cpu != tt.cpu || memory != tt.memory || ok != tt.ok {
			t.Errorf("parseProvisioned(%q) = %v, %v, %v", tt.in, cpu, memory, ok)
		}
	}
}

func FuzzParseProvisioned(f *testing.F) {
	for _, s := range []string{"0.25vCPU 0.5GB", "16vCPU 120GB", "", "..vCPU 1GB", "1vCPU  1GB", "9999999999999999999vCPU 1GB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cpu, memory, ok := parseProvisioned(s)
		if ok != (cpu > 0 && memory > 0) && ok {
			t.Fatalf("%q: good, with %v and %v", s, cpu, memory)
		}
		if cpu < 0 || memory < 0 || (!ok && (cpu != 0 || memory != 0)) {
			t.Fatalf("%q: %v, %v, %v", s, cpu, memory, ok)
		}
	})
}

func TestNodeHost(t *testing.T) {
	node := func(name string, labels map[string]string, provider string) *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
			Spec:       corev1.NodeSpec{ProviderID: provider},
			Status:     corev1.NodeStatus{Capacity: list("4", "16073432Ki")},
		}
	}
	ec2 := map[string]string{
		labelInstance: "m6i.xlarge", labelRegion: "us-east-1", labelArch: "amd64",
	}
	with := func(k, v string) map[string]string {
		m := map[string]string{k: v}
		return overlay(ec2, m)
	}
	want := migration.Host{
		Kind: migration.HostEC2, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
		InstanceType: "m6i.xlarge", NodeCPU: 4 * migration.Core, NodeMemory: 15712 * migration.MiB,
	}
	spot := want
	spot.Spot = true
	elsewhere := want
	elsewhere.Kind = migration.HostUnknown
	arm := want
	arm.Place.Arch = migration.Arm64
	for _, tt := range []struct {
		name string
		node *corev1.Node
		want migration.Host
	}{
		{"on demand", node("n", ec2, "aws:///us-east-1a/i-1"), want},
		{"Karpenter spot", node("n", with(labelKarpenter, "spot"), ""), spot},
		{"EKS spot", node("n", with(labelEKSCapacity, "SPOT"), ""), spot},
		{"arm64", node("n", with(labelArch, "arm64"), ""), arm},
		{"another cloud", node("n", ec2, "gce://p/z/n"), elsewhere},
		{
			"Fargate", node("fargate-ip-10-0-1-2", map[string]string{labelComputeType: "fargate", labelRegion: "us-east-1", labelArch: "amd64"}, ""),
			migration.Host{
				Kind: migration.HostFargate, Place: migration.RegionArch{Region: "us-east-1", Arch: migration.X86},
			},
		},
	} {
		if diff := cmp.Diff(tt.want, nodeHost(tt.node)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestPodHostOnFargate(t *testing.T) {
	request := amounts{int64(migration.Core), int64(migration.GiB), true, true}
	got := podHost(migration.Host{}, "fargate-ip-10-0-1-2.ec2.internal", "2vCPU 4GB", request)
	want := migration.Host{
		Kind: migration.HostFargate, FargateCPU: 2 * migration.Core, FargateMemory: 4 * migration.GiB,
		RequestCPU: migration.Core, RequestMemory: migration.GiB,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// On EC2 pods of different requests are on the same kind of host.
	ec2 := migration.Host{Kind: migration.HostEC2, InstanceType: "m6i.large"}
	if got := podHost(ec2, "ip-10-0-1-2", "", request); got != ec2 {
		t.Errorf("got %+v", got)
	}
}

var t0 = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

func at(seconds int) metav1.Time { return metav1.NewTime(t0.Add(time.Duration(seconds) * time.Second)) }

func ended(code int32, reason string, from, to int) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: at(from), FinishedAt: at(to),
	}}
}

func TestFate(t *testing.T) {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(5)}}
	waits := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "m"}}
	}
	one := func(s corev1.ContainerState) []corev1.ContainerStatus {
		return []corev1.ContainerStatus{{Name: "main", State: s}}
	}
	disrupted := corev1.PodCondition{
		Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "PreemptionByScheduler",
		Message: "preempted",
	}
	for _, tt := range []struct {
		name   string
		pod    corev1.Pod
		reason string
		exit   migration.Opt[int32]
		oom    bool
	}{
		{name: "running", pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: one(running)}}},
		{
			name:   "killed for memory",
			pod:    corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: one(ended(137, "OOMKilled", 1, 9))}},
			reason: "OOMKilled", exit: migration.Some[int32](137), oom: true,
		},
		{
			name: "killed for memory and started again",
			pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
				Name: "main", State: running, LastTerminationState: ended(137, "OOMKilled", 1, 4), RestartCount: 1,
			}}}},
			reason: "OOMKilled", oom: true,
		},
		{
			name:   "exit code",
			pod:    corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: one(ended(3, "Error", 1, 9))}},
			reason: "Error", exit: migration.Some[int32](3),
		},
		{
			name: "137 of a preempted pod is no matter of memory",
			pod: corev1.Pod{Status: corev1.PodStatus{
				Phase: corev1.PodFailed, Conditions: []corev1.PodCondition{disrupted}, ContainerStatuses: one(ended(137, "Error", 1, 9)),
			}},
			reason: "DisruptionTarget", exit: migration.Some[int32](137),
		},
		{
			name: "evicted by the kubelet",
			pod: corev1.Pod{Status: corev1.PodStatus{
				Phase: corev1.PodFailed, Reason: "Evicted", Message: "low on memory", Conditions: []corev1.PodCondition{disrupted},
			}},
			reason: "Evicted",
		},
		{
			name: "no node has room",
			pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/10 nodes are available",
			}}}},
			reason: "Unschedulable",
		},
		{
			name:   "no image",
			pod:    corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: one(waits("ImagePullBackOff"))}},
			reason: "ImagePullBackOff",
		},
		{name: "on its way", pod: corev1.Pod{Status: corev1.PodStatus{
			Phase:             corev1.PodPending,
			ContainerStatuses: one(waits("ContainerCreating")),
		}}},
		{
			name: "pod's own deadline",
			pod: corev1.Pod{Status: corev1.PodStatus{
				Phase: corev1.PodFailed, Reason: "DeadlineExceeded",
				ContainerStatuses: one(ended(143, "Error", 1, 9)),
			}},
			reason: "DeadlineExceeded", exit: migration.Some[int32](143),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fateOf(&tt.pod)
			if f.reason != tt.reason || (f.oom > 0) != tt.oom {
				t.Errorf("reason %q, oom %v; want %q, %v", f.reason, f.oom, tt.reason, tt.oom)
			}
			if want, ok := tt.exit.Get(); ok != f.hasExit || f.exit != want {
				t.Errorf("exit code %d, known %v", f.exit, f.hasExit)
			}
		})
	}
}

func TestFateSpansContainersWithoutSidecars(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	p := corev1.Pod{
		Spec: corev1.PodSpec{
			InitContainers: []corev1.Container{{Name: "prepare"}, {Name: "log", RestartPolicy: &always}},
			Containers:     []corev1.Container{{Name: "a"}, {Name: "b"}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodSucceeded,
			InitContainerStatuses: []corev1.ContainerStatus{
				{Name: "prepare", State: ended(0, "Completed", 1, 5)}, {Name: "log", State: ended(143, "Error", 5, 60)},
			},
			ContainerStatuses: []corev1.ContainerStatus{
				{Name: "a", State: ended(0, "Completed", 7, 20)}, {Name: "b", State: ended(0, "Completed", 6, 40)},
			},
		},
	}
	f := fateOf(&p)
	if f.started != at(6).Unix() || f.finished != at(40).Unix() {
		t.Errorf("ran from %d to %d, want 6 to 40", f.started-t0.Unix(), f.finished-t0.Unix())
	}
	if f.exit != 0 || f.reason != "" {
		t.Errorf("a sidecar's end: exit %d, reason %q", f.exit, f.reason)
	}
}

func TestJobCountsWhatTheControllerHasNotYet(t *testing.T) {
	o := batchv1.Job{Status: batchv1.JobStatus{
		Succeeded: 1, Failed: 2,
		UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{Succeeded: []types.UID{"a"}, Failed: []types.UID{"b", "c"}},
	}}
	var j job
	j.update(&o, func(s string) string { return s })
	if j.succeeded != 2 || j.failures != 4 {
		t.Errorf("succeeded %d, failed %d, want 2 and 4", j.succeeded, j.failures)
	}
}

// A Job that waits in a queue of Kueue says so by its label, as long as it has it.
func TestTheQueueOfKueue(t *testing.T) {
	o := jobObject("a", 0, nil)
	intern := func(s string) string { return s }
	j := &job{stream: &stream{}}
	if j.update(o, intern); j.run(0).Queue != "" {
		t.Errorf("%q without a label", j.run(0).Queue)
	}
	o.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "acme"}
	if j.update(o, intern); j.run(0).Queue != "acme" {
		t.Errorf("%q", j.run(0).Queue)
	}
}
