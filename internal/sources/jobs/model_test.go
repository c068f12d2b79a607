package jobs

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// manual is a clock that stands until it is set.
type manual struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manual) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manual) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *manual) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

func byTenant(id migration.Identity) migration.Attribution {
	return migration.Attribution{
		Tenant: migration.Tenant(id.Labels["tenant"]), Workload: migration.Workload(id.Labels["workload"]),
		Evidence: migration.Provenance{Source: "label tenant", Method: migration.Measured, Coverage: 1},
	}
}

// world drives a model as watchers and polls do, and keeps what it tells as the
// engine does: by key, start and span, the last one counts.
type world struct {
	t        interface{ Fatalf(string, ...any) }
	clock    *manual
	model    *model
	jobs     *jobSink
	pods     *podSink
	nodes    *nodeSink
	reported map[tellKey]migration.Activity
	times    map[timeKey]migration.NodeTime
	// records are those of all polls, by ID: each must come once.
	records map[string]migration.RunRecord
	// starts are the minutes of starts, the last copy of each, and covered the minutes of which every start was seen.
	starts  map[startKey]migration.RunMinute
	covered map[int64]bool
	last    migration.RunMinutes
}

type startKey struct {
	key migration.Key
	at  int64
}

type tellKey struct {
	key   migration.Key
	start time.Time
	span  time.Duration
}

type timeKey struct {
	host   migration.Host
	start  time.Time
	span   time.Duration
	system bool
}

func newWorld(t interface{ Fatalf(string, ...any) }, now time.Time) *world {
	c := &manual{now: now}
	m := newModel(c, byTenant)
	w := &world{
		t: t, clock: c, model: m, reported: map[tellKey]migration.Activity{}, times: map[timeKey]migration.NodeTime{},
		records: map[string]migration.RunRecord{}, starts: map[startKey]migration.RunMinute{}, covered: map[int64]bool{},
		jobs: &jobSink{model: m}, pods: &podSink{model: m}, nodes: &nodeSink{model: m},
	}
	w.jobs.listed = true
	w.nodes.set(&corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "n1", CreationTimestamp: metav1.NewTime(now.Add(-100 * time.Hour)),
			Labels: map[string]string{labelInstance: "m6i.xlarge", labelRegion: "us-east-1", labelArch: "amd64"},
		},
		Status: corev1.NodeStatus{Capacity: list("4", "16Gi")},
	})
	return w
}

func (w *world) poll() []migration.Activity {
	return w.pollBy(readings{jobs: true, pods: true, nodes: true})
}

func (w *world) pollBy(r readings) []migration.Activity {
	now := w.clock.Now().Unix()
	if r.trusted == 0 {
		r.trusted = now
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	w.model.reconcile(now, r)
	acts := w.model.publish(w.model.streams, now, r.trusted, r.pods)
	for _, a := range acts {
		if a.Start.Unix()%int64(a.Span.Seconds()) != 0 {
			w.t.Fatalf("%v is not aligned to %v", a.Start, a.Span)
		}
		w.reported[tellKey{a.Key, a.Start, a.Span}] = a
	}
	for _, r := range w.model.record(now) {
		if _, twice := w.records[r.ID]; twice {
			w.t.Fatalf("%s is recorded twice", r.ID)
		}
		w.records[r.ID] = r
	}
	w.takeStarts(w.model.publishStarts(now, r))
	for _, n := range w.model.nodeTimes(now, r.trusted) {
		k := timeKey{n.Host, n.Start, n.Span, n.System}
		if w.times[k] = n; n.NodeSeconds == 0 {
			delete(w.times, k)
		}
	}
	return acts
}

// sum adds all that was reported up, and sees to it that no time is reported twice.
func (w *world) sum() (total migration.Activity, held migration.ResourceUsage) {
	hours := map[int64]bool{}
	for k := range w.reported {
		if k.span == time.Hour {
			hours[k.start.Unix()] = true
		}
	}
	for k, a := range w.reported {
		if k.span == time.Minute && hours[floorTo(k.start.Unix(), hour)] {
			w.t.Fatalf("%v is reported as a minute and within an hour", k.start)
		}
		total.Runs += a.Runs
		total.Failures += a.Failures
		total.Attempts = migration.Plus(total.Attempts, a.Attempts)
		total.OOMKilled = migration.Plus(total.OOMKilled, a.OOMKilled)
		total.TimedOut = migration.Plus(total.TimedOut, a.TimedOut)
		total.Duration = migration.Merge(total.Duration, a.Duration)
		total.StartUp = migration.Merge(total.StartUp, a.StartUp)
		total.PeakMemory = migration.Merge(total.PeakMemory, a.PeakMemory)
		total.MaxConcurrency = migration.Larger(total.MaxConcurrency, a.MaxConcurrency)
		for _, h := range a.Usage {
			if h.PodSeconds < 0 || h.UsageSeconds > h.PodSeconds {
				w.t.Fatalf("%v: held %+v", k.start, h)
			}
			held.PodSeconds += h.PodSeconds
			held.ShortOfMinute += h.ShortOfMinute
			held.CPU += h.CPU
			held.Memory += h.Memory
			held.UsageSeconds += h.UsageSeconds
			held.UsedCPU = migration.Plus(held.UsedCPU, h.UsedCPU)
		}
	}
	return total, held
}

func jobObject(uid string, created int, change func(*batchv1.Job)) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
		UID: types.UID(uid), Name: "job-" + uid, Namespace: "work", CreationTimestamp: at(created),
	}}
	j.Spec.Template.Labels = map[string]string{"tenant": "acme", "workload": "etl"}
	start := at(created)
	j.Status.StartTime = &start
	if change != nil {
		change(j)
	}
	return j
}

func completed(second int) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		done := at(second)
		j.Status.CompletionTime, j.Status.Succeeded = &done, 1
		j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: done}}
	}
}

func failedJob(second int, reason string, pods int32) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.Status.Failed = pods
		j.Status.Conditions = []batchv1.JobCondition{{
			Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: reason,
			LastTransitionTime: at(second),
		}}
	}
}

// open is the end of a pod that runs.
const open = 1 << 30

// podObject is a pod of 500m and 256 MiB that was scheduled, started and, unless
// end is open, ended with a code.
func podObject(name, job string, scheduled, start, end int, code int32, reason string) *corev1.Pod {
	yes := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			UID: types.UID("pod-" + name), Name: name, Namespace: "work", CreationTimestamp: at(scheduled),
			Labels:          map[string]string{jobNameLabel: "job-" + job, controllerLabel: job, "tenant": "acme", "workload": "etl"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "job-" + job, UID: types.UID(job), Controller: &yes}},
		},
		Spec: corev1.PodSpec{NodeName: "n1", Containers: []corev1.Container{container("main", "500m", "256Mi")}},
	}
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at(scheduled)}}
	state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(start)}}
	if end != open {
		p.Status.Phase = corev1.PodSucceeded
		if code != 0 {
			p.Status.Phase = corev1.PodFailed
		}
		state = ended(code, reason, start, end)
	}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: state}}
	return p
}

func (w *world) at(second int) { w.clock.set(t0.Add(time.Duration(second) * time.Second)) }

func TestOneRun(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 10, nil))
	w.pods.set(podObject("a-1", "a", 12, 14, open, 0, ""))
	w.at(40)
	w.poll()
	if total, held := w.sum(); total.Runs != 0 || held.PodSeconds != 28 {
		t.Errorf("while it runs: %d runs, %d pod seconds, want 0 and 28", total.Runs, held.PodSeconds)
	}
	w.at(100)
	w.poll() // the watch lags: the pod ended at 95
	w.pods.set(podObject("a-1", "a", 12, 14, 95, 0, "Completed"))
	w.jobs.set(jobObject("a", 10, completed(96)))
	w.at(110)
	w.poll()
	w.poll()
	total, held := w.sum()
	if total.Runs != 1 || total.Failures != 0 || total.Attempts != migration.Some[int64](1) {
		t.Errorf("runs %d, failures %d, attempts %v", total.Runs, total.Failures, total.Attempts)
	}
	if got := total.Duration.Max(); got != migration.Some(81*time.Second) {
		t.Errorf("duration %v, want 81 s", got)
	}
	if got := total.StartUp.Max(); got != migration.Some(4*time.Second) {
		t.Errorf("start-up %v, want 4 s", got)
	}
	want := migration.ResourceUsage{PodSeconds: 83, CPU: 83 * 500, Memory: 83 * 256 * 1024}
	if diff := cmp.Diff(want, held, cmp.AllowUnexported(migration.Opt[migration.MilliCPUSeconds]{},
		migration.Opt[migration.KiBSeconds]{})); diff != "" {
		t.Error(diff)
	}
	first := w.reported[tellKey{total0(w), t0, time.Minute}]
	if first.Final || first.Runs != 0 || first.Usage[0].PodSeconds != 48 {
		t.Errorf("the first minute: %+v", first)
	}
	if second := w.reported[tellKey{total0(w), t0.Add(time.Minute), time.Minute}]; second.Runs != 1 || second.Usage[0].PodSeconds != 35 {
		t.Errorf("the second minute: %+v", second)
	}
	w.at(60 + 60 + 61)
	if acts := w.poll(); len(acts) != 2 || !acts[0].Final || !acts[1].Final {
		t.Errorf("both minutes are to be reported as final, once: %+v", acts)
	}
	if acts := w.poll(); len(acts) != 0 {
		t.Errorf("reported again: %+v", acts)
	}
}

func total0(w *world) migration.Key {
	for k := range w.reported {
		return k.key
	}
	return migration.Key{}
}

func TestRetriesAreAttemptsOfOneRun(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.pods.set(podObject("a-1", "a", 1, 2, 10, 137, "OOMKilled"))
	w.pods.set(podObject("a-2", "a", 20, 22, 30, 137, "OOMKilled"))
	w.jobs.set(jobObject("a", 0, failedJob(31, reasonBackoff, 2)))
	w.at(60)
	w.poll()
	total, held := w.sum()
	if total.Runs != 1 || total.Failures != 1 || total.Attempts != migration.Some[int64](2) || total.OOMKilled != migration.Some[int64](2) {
		t.Errorf("runs %d, failures %d, attempts %v, killed %v", total.Runs, total.Failures, total.Attempts, total.OOMKilled)
	}
	if got := total.Duration.Max(); got != migration.Some(16*time.Second) {
		t.Errorf("duration %v, want the 8 s of each attempt without the wait between", got)
	}
	if held.PodSeconds != 19 || held.ShortOfMinute != 51+50 {
		t.Errorf("held %d s, short of minutes %d s", held.PodSeconds, held.ShortOfMinute)
	}
	runs := w.model.runs()
	if len(runs) != 1 || runs[0].Reason != "OOMKilled" || runs[0].State != migration.RunFailed || len(runs[0].Attempts) != 2 {
		t.Errorf("runs: %+v", runs)
	}
}

// A Job that TTL deletes between two polls is counted from its last state, once,
// however often it is seen.
func TestJobGoneByTTL(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	done := jobObject("a", 1, completed(5))
	w.jobs.set(jobObject("a", 1, nil))
	w.pods.set(podObject("a-1", "a", 1, 2, 5, 0, "Completed"))
	w.pods.drop(podObject("a-1", "a", 1, 2, 5, 0, "Completed"))
	w.jobs.drop(done)
	w.at(15)
	w.poll()
	w.at(30)
	w.poll()
	total, held := w.sum()
	if total.Runs != 1 || total.Failures != 0 || held.PodSeconds != 4 || total.Duration.Max() != migration.Some(3*time.Second) {
		t.Errorf("runs %d, failures %d, held %d s, duration %v", total.Runs, total.Failures, held.PodSeconds, total.Duration.Max())
	}
	if len(w.model.jobs) != 0 || len(w.model.pods) != 0 || len(w.model.left) != 0 {
		t.Errorf("still kept: %d jobs, %d pods, %d left", len(w.model.jobs), len(w.model.pods), len(w.model.left))
	}
	if runs := w.model.runs(); len(runs) != 1 || runs[0].State != migration.RunSucceeded {
		t.Errorf("runs: %+v", runs)
	}
}

// While nobody watched, a Job with a TTL went away: it has ended, and how is not
// known. Another one without a TTL was deleted by somebody.
func TestJobsGoneWhileNobodyWatched(t *testing.T) {
	ttl := int32(30)
	w := newWorld(t, t0)
	withTTL := jobObject("a", 0, func(j *batchv1.Job) { j.Spec.TTLSecondsAfterFinished = &ttl })
	relist := func(lost int, objects ...*batchv1.Job) {
		w.jobs.begin()
		for _, o := range objects {
			w.jobs.set(o)
		}
		w.jobs.end(t0.Add(time.Duration(lost) * time.Second))
	}
	kept := jobObject("c", 0, nil)
	relist(0, withTTL, jobObject("b", 0, nil), kept)
	w.poll()
	w.at(300)
	relist(20, kept)
	w.poll()
	total, _ := w.sum()
	if total.Runs != 1 || total.Failures != 0 {
		t.Errorf("runs %d, failures %d, want the one with the TTL", total.Runs, total.Failures)
	}
	if w.model.cover != t0.Unix()+300 {
		t.Errorf("cover %d s after the start, want 300: an end was missed", w.model.cover-t0.Unix())
	}
	reasons := map[string]string{}
	for _, r := range w.model.runs() {
		reasons[r.UID] = r.Reason
	}
	if diff := cmp.Diff(map[string]string{"b": "Deleted", "c": ""}, reasons); diff != "" {
		t.Error(diff)
	}
}

func TestCoverAtFirst(t *testing.T) {
	ttl := func(s int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) { j.Spec.TTLSecondsAfterFinished = &s }
	}
	yes := true
	cron := func(j *batchv1.Job) {
		j.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: "c", UID: "u", Controller: &yes}}
	}
	for _, tt := range []struct {
		name string
		jobs []*batchv1.Job
		want int
	}{
		{"no Job", nil, 0},
		{"all have a TTL", []*batchv1.Job{jobObject("a", -900, ttl(600)), jobObject("b", -50, ttl(300))}, -300},
		{"nothing deletes them", []*batchv1.Job{jobObject("a", -900, nil), jobObject("b", -50, nil)}, -900},
		{"some have a TTL", []*batchv1.Job{jobObject("a", -900, nil), jobObject("b", -50, ttl(300))}, 0},
		{"a CronJob keeps the last three", []*batchv1.Job{jobObject("a", -900, cron)}, 0},
	} {
		w := newWorld(t, t0)
		for _, j := range tt.jobs {
			w.jobs.set(j)
		}
		w.poll()
		if got := w.model.cover - t0.Unix(); got != int64(tt.want) {
			t.Errorf("%s: cover from %d s, want %d", tt.name, got, tt.want)
		}
	}
}

// A pod may be seen before its Job, and its Job never where Jobs may not be read.
func TestPodsWithoutTheirJob(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.pods.set(podObject("a-1", "a", 0, 1, open, 0, ""))
	w.at(5)
	if acts := w.poll(); len(acts) != 0 {
		t.Errorf("booked before its Job had a chance to come: %+v", acts)
	}
	w.jobs.set(jobObject("a", 0, func(j *batchv1.Job) { j.Spec.Template.Labels["tenant"] = "globex" }))
	w.at(8)
	w.poll()
	for k := range w.reported {
		if k.key.Tenant != "globex" {
			t.Errorf("booked on %s, the Job says globex", k.key.Tenant)
		}
	}

	w = newWorld(t, t0)
	w.pods.set(podObject("a-1", "a", 0, 1, open, 0, ""))
	w.at(5)
	w.pollBy(readings{pods: true, nodes: true})
	total, held := w.sum()
	if held.PodSeconds != 5 || total.Runs != 0 || total0(w).Tenant != "acme" {
		t.Errorf("without Jobs: %d s held by %v", held.PodSeconds, total0(w))
	}
	w.pods.drop(podObject("a-1", "a", 0, 1, 6, 0, "Completed"))
	w.at(10)
	w.pollBy(readings{pods: true, nodes: true})
	if _, held := w.sum(); held.PodSeconds != 6 || len(w.model.jobs) != 0 {
		t.Errorf("held %d s, want 6; %d jobs kept", held.PodSeconds, len(w.model.jobs))
	}
}

// Without pods the Job's own times and counts stand in, and say so.
func TestJobsWithoutPods(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, failedJob(44, reasonDeadline, 3)))
	w.at(60)
	acts := w.pollBy(readings{jobs: true})
	if len(acts) != 1 {
		t.Fatalf("got %+v", acts)
	}
	a := acts[0]
	if a.Runs != 1 || a.Failures != 1 || a.TimedOut != migration.Some[int64](1) || a.Attempts != migration.Some[int64](3) ||
		a.OOMKilled.Known() {
		t.Errorf("got %+v", a)
	}
	if a.Evidence.Method != migration.Derived || a.Duration.Max() != migration.Some(44*time.Second) {
		t.Errorf("evidence %+v, duration %v", a.Evidence, a.Duration.Max())
	}
}

// A Job that waited for a node until its deadline never ran: the hours that it waited
// are no run time.
func TestWaitingIsNotRunning(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 0, failedJob(3600, reasonDeadline, 1)))
	w.at(3700)
	w.poll()
	total, _ := w.sum()
	if total.Runs != 1 || total.TimedOut != migration.Some[int64](1) {
		t.Errorf("runs %d, timed out %v", total.Runs, total.TimedOut)
	}
	if d := total.Duration.Max(); d.Known() {
		t.Errorf("it ran %v, and no container of it was ever started", d)
	}
}

func TestResizeInPlace(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	p := podObject("a-1", "a", 0, 1, open, 0, "")
	w.pods.set(p)
	w.at(10)
	w.poll()
	p = p.DeepCopy()
	p.Status.ContainerStatuses[0].AllocatedResources = list("1", "512Mi")
	w.pods.set(p)
	w.at(30)
	w.poll()
	if _, held := w.sum(); held.CPU != 10*500+20*1000 || held.Memory != (10*256+20*512)*1024 {
		t.Errorf("held %d milli-CPU s and %d KiB s", held.CPU, held.Memory)
	}
}

// A node that is known only after its pod was booked takes all of it over.
func TestNodeComesLate(t *testing.T) {
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", 0, nil))
	p := podObject("a-1", "a", 0, 1, open, 0, "")
	p.Spec.NodeName = "n2"
	w.pods.set(p)
	w.at(10)
	w.poll()
	w.nodes.set(&corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: "n2", CreationTimestamp: at(-120), Labels: map[string]string{labelInstance: "c7g.large", labelArch: "arm64"},
	}})
	w.at(20)
	w.poll()
	a := w.reported[tellKey{total0(w), t0, time.Minute}]
	if len(a.Usage) != 1 || a.Usage[0].Host.InstanceType != "c7g.large" || a.Usage[0].PodSeconds != 20 {
		t.Errorf("held: %+v", a.Usage)
	}
	// It was made for this pod, two minutes before: that is the Job pool's.
	var seconds int64
	for _, n := range w.times {
		if n.Host.InstanceType == "c7g.large" {
			seconds += n.NodeSeconds
		}
	}
	if seconds != 140 {
		t.Errorf("%d node seconds, want 140", seconds)
	}
	// It goes, and the pod's end comes later.
	w.nodes.drop(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n2"}})
	p = podObject("a-1", "a", 0, 1, 25, 1, "Error")
	p.Spec.NodeName = "n2"
	w.pods.set(p)
	w.at(59)
	w.poll()
	if a := w.reported[tellKey{total0(w), t0, time.Minute}]; len(a.Usage) != 1 || a.Usage[0].PodSeconds != 25 {
		t.Errorf("held after the node went: %+v", a.Usage)
	}
}

func TestThePastIsReported(t *testing.T) {
	w := newWorld(t, t0) // 09:30
	long := podObject("a-1", "a", -7*3600, -7*3600+2, open, 0, "")
	w.jobs.set(jobObject("a", -7*3600, nil))
	w.pods.set(long)
	w.jobs.set(jobObject("b", -5*3600, completed(-5*3600+100)))
	w.pods.set(podObject("b-1", "b", -5*3600, -5*3600+1, -5*3600+99, 0, "Completed"))
	w.jobs.set(jobObject("c", -60*3600, completed(-59*3600)))
	w.pods.set(podObject("c-1", "c", -60*3600, -60*3600+1, -59*3600, 0, "Completed"))
	w.poll()
	total, held := w.sum()
	if total.Runs != 1 || held.PodSeconds != 7*3600+99 {
		t.Errorf("runs %d, held %d s; what ended before 48 h ago is not reported", total.Runs, held.PodSeconds)
	}
	for k := range w.reported {
		if border := t0.Add(-3*time.Hour - 30*time.Minute); k.start.Before(border) != (k.span == time.Hour) {
			t.Errorf("%v is reported by the %v; hours end at %v", k.start, k.span, border)
		}
	}
	for k := range w.times {
		if k.span == time.Hour && k.start.After(t0.Add(-4*time.Hour)) {
			t.Errorf("node time of %v by the hour", k.start)
		}
	}
	// Hours are reported once and for all.
	w.at(3600)
	w.poll()
	w.at(7200)
	for _, a := range w.poll() {
		if a.Span == time.Hour {
			t.Errorf("reported later: %+v", a)
		}
	}
}

// However lives of pods and polls fall, what is reported adds up to what was held,
// and no time is reported twice.
func TestHeldAddsUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, t0)
		type life struct{ scheduled, start, end, known int }
		lives := make([]life, rapid.IntRange(1, 6).Draw(rt, "pods"))
		for i := range lives {
			l := &lives[i]
			l.scheduled = rapid.IntRange(-6*3600, 900).Draw(rt, "scheduled")
			l.start = l.scheduled + rapid.IntRange(0, 5).Draw(rt, "start-up")
			l.end = l.start + rapid.IntRange(0, 4000).Draw(rt, "run")
			if l.end > 0 { // what ended before the first list is known by it
				l.known = l.end + rapid.IntRange(0, 20).Draw(rt, "lag")
			}
			w.jobs.set(jobObject(fmt.Sprint(i), l.scheduled, nil))
		}
		deleted := rapid.Bool().Draw(rt, "deleted")
		now, done := 0, map[int]bool{}
		for step := 0; now < 6000; step++ {
			for i, l := range lives {
				name, job := fmt.Sprintf("p%d", i), fmt.Sprint(i)
				switch {
				case done[i] || l.scheduled > now:
				case l.known > now:
					w.pods.set(podObject(name, job, l.scheduled, l.start, open, 0, ""))
				default:
					done[i] = true
					w.pods.set(podObject(name, job, l.scheduled, l.start, l.end, 0, "Completed"))
					w.jobs.set(jobObject(job, l.scheduled, completed(l.end)))
					if deleted {
						w.pods.drop(podObject(name, job, l.scheduled, l.start, l.end, 0, "Completed"))
						w.jobs.drop(jobObject(job, l.scheduled, completed(l.end)))
					}
				}
			}
			w.at(now)
			w.poll()
			now += rapid.IntRange(1, 120).Draw(rt, "until the next poll")
		}
		var want, runs int64
		for i, l := range lives {
			if done[i] {
				want += int64(l.end - l.scheduled)
				runs++
			} else {
				want += w.clock.Now().Unix() - t0.Unix() - int64(l.scheduled)
			}
		}
		total, held := w.sum()
		if held.PodSeconds != want || int64(held.CPU) != want*500 {
			rt.Fatalf("held %d s (%d milli-CPU s), want %d s", held.PodSeconds, held.CPU, want)
		}
		if total.Runs != runs || total.Attempts.Or(0) != runs || total.Duration.Count() != runs {
			rt.Fatalf("%d runs, %v attempts, %d durations, want %d", total.Runs, total.Attempts, total.Duration.Count(), runs)
		}
	})
}

func TestConcurrencyIsTheMostAtOneMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, t0)
		const horizon = 600
		n := rapid.IntRange(1, 12).Draw(rt, "runs")
		var at [horizon]int64
		for i := range n {
			from := rapid.IntRange(0, horizon-2).Draw(rt, "from")
			to := rapid.IntRange(from+1, horizon-1).Draw(rt, "to")
			id := fmt.Sprint(i)
			w.jobs.set(jobObject(id, from, completed(to)))
			w.pods.set(podObject("p"+id, id, from, from, to, 0, "Completed"))
			for s := from; s < to; s++ {
				at[s]++
			}
		}
		w.at(horizon)
		w.poll()
		for m := range horizon / 60 {
			var want int64
			for _, v := range at[m*60 : m*60+60] {
				want = max(want, v)
			}
			got := w.reported[tellKey{total0(w), t0.Add(time.Duration(m) * time.Minute), time.Minute}].MaxConcurrency.Or(0)
			if got != want {
				rt.Fatalf("minute %d: %d, want %d", m, got, want)
			}
		}
	})
}
