package jobs

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// takeStarts keeps minutes as a follower of the cutover does: the last copy of each, and what was covered once.
func (w *world) takeStarts(p migration.RunMinutes) {
	w.last = p
	for at := p.From.Unix(); !p.From.IsZero() && at < p.To.Unix(); at += minute {
		w.covered[at] = true
	}
	for _, v := range p.Minutes {
		w.starts[startKey{v.Key, v.Start.Unix()}] = v
		switch {
		case v.Final && (v.Open > 0 || !w.covered[v.Start.Unix()]):
			w.t.Fatalf("final, and not complete: %+v", v)
		case v.Start.Unix()%minute != 0, v.Failures+v.Open > v.Runs, v.TimedOut.Or(0) > v.Runs, v.ImagePull.Or(0) > v.Runs,
			v.Duration.Count() > v.Runs-v.Open, v.StartUp.Count() > v.Runs:
			w.t.Fatalf("a minute that cannot be: %+v", v)
		}
	}
}

// started is the minute of t0 of acme's etl, or of a later one.
func (w *world) started(minutes int) migration.RunMinute {
	key := migration.Key{Platform: migration.Jobs, Workload: "etl", Tenant: "acme"}
	return w.starts[startKey{key, t0.Unix() + int64(minutes)*minute}]
}

// suspend is a Job that is suspended, or was and has been resumed at a second.
func suspend(resumed int) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		yes, now := true, at(resumed)
		state := corev1.ConditionTrue
		if resumed > 0 {
			yes, j.Status.StartTime, state = false, &now, corev1.ConditionFalse
		} else {
			j.Status.StartTime = nil
		}
		j.Spec.Suspend = &yes
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: batchv1.JobSuspended, Status: state})
	}
}

func deadline(seconds int64) func(*batchv1.Job) {
	return func(j *batchv1.Job) { j.Spec.ActiveDeadlineSeconds = &seconds }
}

func both(a, b func(*batchv1.Job)) func(*batchv1.Job) {
	return func(j *batchv1.Job) { a(j); b(j) }
}

// pulling is a pod whose image cannot be pulled.
func pulling(name, job string) *corev1.Pod {
	p := podObject(name, job, 2, 0, open, 0, "")
	p.Status.Phase = corev1.PodPending
	p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	return p
}

func restarted(p *corev1.Pod, times int32) *corev1.Pod {
	s := &p.Status.ContainerStatuses[0]
	s.RestartCount = times
	s.LastTerminationState = ended(137, reasonOOM, 4, 9)
	return p
}

// What is said of one run in the minute in which it started. All start at second 0 of minute 0 and are looked at in the end
// and after five minutes.
func TestStartsOfOneRun(t *testing.T) {
	some := migration.Some[int64]
	for name, tt := range map[string]struct {
		events []runtime.Object
		drop   []runtime.Object
		want   string
	}{
		"it succeeded": {
			events: objects(jobObject("a", 0, completed(64)), podObject("p", "a", 2, 4, 63, 0, "Completed")),
			want:   "runs 1 attempts 1 ran 59s start 4s final",
		},
		"it runs": {
			events: objects(jobObject("a", 0, nil), podObject("p", "a", 2, 4, open, 0, "")),
			want:   "runs 1 attempts 1 open 1 start 4s",
		},
		"no pod of it came": {events: objects(jobObject("a", 0, nil)), want: "runs 1 open 1"},
		"retries are attempts": {
			events: objects(jobObject("a", 0, failedJob(90, reasonBackoff, 2)), podObject("p", "a", 2, 4, 20, 1, "Error"),
				podObject("q", "a", 30, 32, 80, 1, "Error")),
			want: "runs 1 attempts 2 failed 1 ran 1m4s start 4s final",
		},
		"restarts are attempts": {
			events: objects(jobObject("a", 0, completed(64)), restarted(limited(podObject("p", "a", 2, 12, 63, 0, "Completed")), 1)),
			want:   "runs 1 attempts 2 oom 1 memory 100% ran 56s start 4s final version sha256:aaaaaaaaaaaa/",
		},
		"an OOM kill": {
			events: objects(jobObject("a", 0, failedJob(70, reasonBackoff, 1)), limited(podObject("p", "a", 2, 4, 60, 137, reasonOOM))),
			want:   "runs 1 attempts 1 failed 1 oom 1 memory 100% ran 56s start 4s final version sha256:aaaaaaaaaaaa/",
		},
		"a deadline": {
			events: objects(jobObject("a", 0, both(deadline(60), failedJob(61, reasonDeadline, 1)))),
			drop:   objects(podObject("p", "a", 2, 4, open, 0, "")),
			want:   "runs 1 attempts 1 failed 1 timed out 1 deadline 102% ran 56s start 4s final",
		},
		"near its deadline": {
			events: objects(jobObject("a", 0, both(deadline(80), completed(60))), podObject("p", "a", 2, 4, 58, 0, "Completed")),
			want:   "runs 1 attempts 1 deadline 75% ran 54s start 4s final",
		},
		"an image that cannot be pulled": {events: objects(jobObject("a", 0, nil), pulling("p", "a")), want: "runs 1 open 1 pulls 1"},
		"an image that could not be pulled to the end": {
			events: objects(jobObject("a", 0, both(deadline(60), failedJob(61, reasonDeadline, 1)))), drop: objects(pulling("p", "a")),
			want: "runs 1 attempts 1 failed 1 timed out 1 pulls 1 deadline 102% final",
		},
		"an eviction": {
			events: objects(jobObject("a", 0, completed(90)), disrupted(podObject("p", "a", 2, 4, 20, 137, "Error")),
				podObject("q", "a", 30, 32, 80, 0, "Completed")),
			want: "runs 1 attempts 1 evicted 1 ran 48s start 4s final",
		},
		"an indexed Job is one run": {
			events: objects(jobObject("a", 0, func(j *batchv1.Job) {
				completed(64)(j)
				j.Spec.Parallelism, j.Spec.Completions, j.Status.Succeeded = new(int32(2)), new(int32(2)), 2
			}), podObject("p", "a", 2, 4, 63, 0, "Completed"), podObject("q", "a", 2, 6, 63, 0, "Completed")),
			want: "runs 1 attempts 2 ran 59s start 4s final",
		},
		"pods that were gone before":  {events: objects(jobObject("a", 0, completed(64))), want: "runs 1 attempts 1 ran 1m4s final"},
		"suspended before it started": {events: objects(jobObject("a", 0, suspend(0))), want: "none"},
		"deleted before it ended":     {drop: objects(jobObject("a", 0, nil)), want: "none"},
		"deleted after it ended":      {drop: objects(jobObject("a", 0, completed(64))), want: "runs 1 attempts 1 ran 1m4s final"},
		"suspended after it started":  {events: objects(jobObject("a", 0, nil), jobObject("a", 0, suspend(0))), want: "none"},
		"resumed: it is its first run": {
			events: objects(jobObject("a", 0, nil), jobObject("a", 0, suspend(0)), jobObject("a", 0, suspend(200))),
			want:   "runs 1 open 1",
		},
		"a service": {events: nil, want: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t0)
			w.poll()
			for _, o := range tt.events {
				w.set(o, false)
				w.poll()
			}
			for _, o := range tt.drop {
				w.set(o, false)
				w.at(60)
				w.poll()
				w.set(o, true)
			}
			w.at(130)
			w.poll()
			w.at(300)
			w.poll()
			if got := describeStart(w.started(0)); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			for k, v := range w.starts {
				if k.at != t0.Unix() && v.Runs > 0 {
					t.Errorf("it is in another minute as well: %+v", v)
				}
			}
			if v := w.started(0); v.Runs > 0 && (v.Dropped != some(0) || !v.OOMKilled.Known()) {
				t.Errorf("what was read is not known: %+v", v)
			}
		})
	}
}

func objects(o ...runtime.Object) []runtime.Object { return o }

// set hands an object to its sink.
func (w *world) set(o runtime.Object, gone bool) {
	var into sink = w.jobs
	if _, pod := o.(*corev1.Pod); pod {
		into = w.pods
	}
	if gone {
		into.drop(o)
		return
	}
	into.set(o)
}

// describeStart is a minute in short.
func describeStart(v migration.RunMinute) string {
	var b strings.Builder
	say := func(what string, n int64) {
		if n > 0 {
			fmt.Fprintf(&b, "%s %d ", what, n)
		}
	}
	if v.Runs == 0 && v.Dropped.Or(0) == 0 {
		return "none"
	}
	say("runs", v.Runs)
	say("attempts", v.Attempts)
	say("failed", v.Failures)
	say("open", v.Open)
	say("timed out", v.TimedOut.Or(0))
	say("oom", v.OOMKilled.Or(0))
	say("pulls", v.ImagePull.Or(0))
	say("evicted", v.Evicted.Or(0))
	say("dropped", v.Dropped.Or(0))
	if r, ok := v.Deadline.Get(); ok {
		fmt.Fprintf(&b, "deadline %.0f%% ", float64(r)*100)
	}
	if r, ok := v.Memory.Get(); ok {
		fmt.Fprintf(&b, "memory %.0f%% ", float64(r)*100)
	}
	if d, ok := v.Duration.Max().Get(); ok {
		fmt.Fprintf(&b, "ran %v ", d)
	}
	if d, ok := v.StartUp.Max().Get(); ok {
		fmt.Fprintf(&b, "start %v ", d)
	}
	if v.Final {
		b.WriteString("final ")
	}
	if v.Version != "" {
		b.WriteString("version " + v.Version)
	}
	return strings.TrimSpace(b.String())
}

// A Job that went while no watch stood, by its TTL, was not counted: that is said in the minute in which it started. One that a
// person deleted is no run. What started in the gap is not covered afterwards.
func TestStartsThatNobodySawEnd(t *testing.T) {
	w := newWorld(t, t0)
	ttl := func(j *batchv1.Job) { j.Spec.TTLSecondsAfterFinished = new(int32(30)) }
	relist := func(lost int, all ...*batchv1.Job) {
		w.jobs.begin()
		for _, o := range all {
			w.jobs.set(o)
		}
		w.jobs.end(t0.Add(time.Duration(lost) * time.Second))
	}
	relist(0, jobObject("a", 0, ttl), jobObject("b", 0, nil), jobObject("c", 0, nil))
	for s := 0; s <= 200; s += 20 {
		w.at(s)
		w.pollBy(readings{jobs: true, pods: true, nodes: true, trusted: t0.Unix() + int64(s)})
	}
	for s := 220; s <= 580; s += 20 { // no watch stands
		w.at(s)
		w.pollBy(readings{jobs: true, pods: true, nodes: true, trusted: t0.Unix() + 200})
	}
	w.at(600)
	relist(200, jobObject("c", 0, completed(500)), jobObject("d", 420, completed(430)))
	w.poll()
	if got := describeStart(w.started(0)); got != "runs 1 attempts 1 dropped 1 ran 8m20s final" {
		t.Errorf("the minute before: %s", got)
	}
	if got := describeStart(w.started(7)); got != "runs 1 attempts 1 ran 10s" {
		t.Errorf("a minute of the gap, of which other Jobs may be gone: %s", got)
	}
	if want := t0.Add(10 * time.Minute); !w.last.From.IsZero() && w.last.From.Before(want) {
		t.Errorf("covered from %v, want none before %v", w.last.From, want)
	}
	w.at(900)
	w.poll()
	if w.last.From != t0.Add(10*time.Minute) || w.last.To != t0.Add(14*time.Minute) {
		t.Errorf("covered from %v to %v", w.last.From, w.last.To)
	}
}

// What the first list has is given as far as it is complete.
func TestStartsBeforeTheFirstPoll(t *testing.T) {
	ttl := func(j *batchv1.Job) { j.Spec.TTLSecondsAfterFinished = new(int32(600)) }
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", -900, both(ttl, completed(-500))))
	w.jobs.set(jobObject("b", -310, both(ttl, completed(-250))))
	w.jobs.set(jobObject("c", -120, ttl))
	w.jobs.set(jobObject("d", -4*3600, ttl)) // too long ago to be of use
	w.poll()
	got := map[int]string{}
	for k, v := range w.starts {
		got[int(k.at-t0.Unix())/60] = describeStart(v)
	}
	want := map[int]string{-15: "runs 1 attempts 1 ran 6m40s", -6: "runs 1 attempts 1 ran 1m0s final", -2: "runs 1 open 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if w.last.From != t0.Add(-10*time.Minute) || w.last.To != t0.Add(-time.Minute) {
		t.Errorf("covered from %v to %v", w.last.From, w.last.To)
	}
	// Where Jobs cannot be read, nothing is covered.
	w = newWorld(t, t0)
	w.pods.set(podObject("p", "a", 0, 1, 50, 0, "Completed"))
	w.at(300)
	w.pollBy(readings{pods: true, nodes: true})
	if !w.last.From.IsZero() || len(w.last.Minutes) != 0 {
		t.Errorf("without Jobs: %+v", w.last)
	}
}

// A minute that was final stays so, though what it was read by cannot be read any more; a run of it that is resumed opens it.
func TestStartsStayFinal(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 0, completed(64)))
	w.jobs.set(jobObject("b", 0, nil))
	w.jobs.set(jobObject("b", 0, suspend(0)))
	w.pods.set(podObject("a-1", "a", 2, 4, 63, 0, "Completed"))
	w.at(300)
	w.poll()
	if got := describeStart(w.started(0)); got != "runs 1 attempts 1 ran 59s start 4s final" {
		t.Fatal(got)
	}
	// Another attempt is seen late, while no watch of Jobs stands.
	w.pods.set(podObject("a-0", "a", 1, 2, 3, 1, "Error"))
	w.at(320)
	w.pollBy(readings{pods: true, nodes: true, trusted: t0.Unix() + 30})
	if got := describeStart(w.started(0)); got != "runs 1 attempts 2 ran 1m0s start 2s final" {
		t.Error(got)
	}
	w.jobs.set(jobObject("b", 0, suspend(330)))
	w.at(340)
	w.poll()
	if got := describeStart(w.started(0)); got != "runs 2 attempts 2 open 1 ran 1m0s start 2s" {
		t.Error(got)
	}
	w.jobs.set(jobObject("b", 0, both(suspend(330), completed(350))))
	w.at(360)
	w.poll()
	if got := describeStart(w.started(0)); !strings.HasPrefix(got, "runs 2 attempts 3 ") || !strings.HasSuffix(got, " final") {
		t.Error(got)
	}
}

// Minutes are kept for three hours, and for a day those of which a run has not ended. A run that ends then makes its minute
// final; nothing that comes later changes one that is gone.
func TestStartsOfLongRuns(t *testing.T) {
	w := newWorld(t, t0)
	w.poll()
	w.jobs.set(jobObject("a", 0, nil))
	w.jobs.set(jobObject("b", 5, completed(90)))
	w.jobs.set(jobObject("c", 70, completed(90)))
	w.jobs.set(jobObject("d", 130, nil))
	kept := func() (n int) {
		for _, s := range w.model.streams {
			n += len(s.starts)
		}
		return n
	}
	for s := 100; s <= 5*3600; s += 600 {
		w.at(s)
		w.poll()
	}
	if kept() != 2 {
		t.Errorf("%d minutes kept, want the two that are open", kept())
	}
	w.jobs.set(jobObject("a", 0, completed(5*3600)))
	w.poll()
	if got := describeStart(w.started(0)); got != "runs 2 attempts 2 ran 5h0m0s final" {
		t.Errorf("a run of five hours: %s", got)
	}
	w.at(25 * 3600)
	w.poll()
	w.jobs.set(jobObject("d", 130, completed(25*3600)))
	w.jobs.set(jobObject("c", 70, completed(91)))
	w.poll()
	if got := describeStart(w.started(2)); kept() != 0 || got != "runs 1 open 1" {
		t.Errorf("%d minutes kept after a day; %s", kept(), got)
	}
}

// Retries with another image are another version; what only names the message of a Job is none.
func TestStartsNameWhatRan(t *testing.T) {
	image := func(digit string) *corev1.Pod {
		p := podObject("p"+digit, digit, 2, 4, 50, 0, "Completed")
		p.Status.ContainerStatuses[0].ImageID = "registry.example/etl@sha256:" + strings.Repeat(digit, 64)
		return p
	}
	template := func(message, memory string) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			completed(60)(j)
			c := container("main", "500m", memory)
			c.Env, c.Args = []corev1.EnvVar{{Name: "MESSAGE", Value: message}}, []string{message}
			j.Spec.Template.Spec.Containers = []corev1.Container{c}
		}
	}
	version := func(set ...runtime.Object) string {
		w := newWorld(t, t0)
		w.poll()
		for _, o := range set {
			w.set(o, false)
		}
		w.at(300)
		w.poll()
		return w.started(0).Version
	}
	a := version(jobObject("1", 0, template("x", "256Mi")), image("1"))
	if !strings.HasPrefix(a, "sha256:111111111111/") || len(a) != len("sha256:111111111111/12345678") {
		t.Errorf("version %q", a)
	}
	if b := version(jobObject("1", 0, template("y", "256Mi")), image("1")); b != a {
		t.Errorf("another message is another version: %q, %q", a, b)
	}
	if b := version(jobObject("1", 0, template("x", "512Mi")), image("1")); b == a {
		t.Errorf("another limit is the same version: %q", b)
	}
	if b := version(jobObject("2", 0, template("x", "256Mi")), image("2")); b == a || b[len(b)-8:] != a[len(a)-8:] {
		t.Errorf("another image: %q, %q", b, a)
	}
	two := version(jobObject("1", 0, template("x", "256Mi")), image("1"), jobObject("2", 0, template("x", "256Mi")), image("2"))
	if first, second, _ := strings.Cut(two, ","); first != a || !strings.HasPrefix(second, "sha256:222222222222/") {
		t.Errorf("two images: %q", two)
	}
	if v := version(jobObject("1", 0, template("x", "256Mi"))); v != "" {
		t.Errorf("no node has said what ran: %q", v)
	}
}

// Jobs that KEDA made of a ScaledJob say so; it deletes those that have ended, so that not all of the past is covered.
func TestStartsOfScaledJobs(t *testing.T) {
	yes := true
	w := newWorld(t, t0)
	w.jobs.set(jobObject("a", -600, completed(-500)))
	w.jobs.set(jobObject("b", 0, func(j *batchv1.Job) { j.Labels = map[string]string{scaledJobLabel: "orders"} }))
	w.jobs.set(jobObject("c", 0, func(j *batchv1.Job) {
		j.OwnerReferences = []metav1.OwnerReference{
			{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledJob", Name: "o", UID: "u", Controller: &yes},
		}
	}))
	w.poll()
	if v := w.started(0); v.Runs != 2 || v.Scaled != 2 {
		t.Errorf("%+v", v)
	}
	if v := w.started(-10); v.Runs != 1 || v.Scaled != 0 || v.Final {
		t.Errorf("a minute of which other Jobs may be gone: %+v", v)
	}
	if w.model.cover != t0.Unix() {
		t.Errorf("covered from %d s", w.model.cover-t0.Unix())
	}
}

// However late each watch is, within what a poll waits for, and whenever polls come, the same minutes come of it in the end.
func TestStartsDoNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ends := []func(int) func(*batchv1.Job){
			completed,
			func(s int) func(*batchv1.Job) { return failedJob(s, reasonBackoff, 1) },
			func(s int) func(*batchv1.Job) { return both(deadline(60), failedJob(s, reasonDeadline, 1)) },
		}
		type event struct {
			second int
			o      runtime.Object
			gone   bool
		}
		var objects [][]event // of one object each
		for i := range rapid.IntRange(1, 6).Draw(rt, "jobs") {
			id := fmt.Sprint(i)
			from := rapid.IntRange(0, 120).Draw(rt, "from")
			to := from + rapid.IntRange(20, 90).Draw(rt, "ran")
			end := rapid.SampledFrom(ends).Draw(rt, "end")(to)
			job := []event{{from, jobObject(id, from, nil), false}}
			pod := []event{{from + 3, limited(podObject("p"+id, id, from+1, from+3, open, 0, "")), false}}
			code := rapid.SampledFrom([]int32{0, 1, 137}).Draw(rt, "code")
			last := limited(podObject("p"+id, id, from+1, from+3, to-1, code, map[int32]string{1: "Error", 137: reasonOOM}[code]))
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0: // suspended, and resumed
				job = append(job, event{from + 5, jobObject(id, from, suspend(0)), false},
					event{from + 7, jobObject(id, from, suspend(from+7)), false},
					event{to, jobObject(id, from, both(suspend(from+7), end)), false})
				pod = append(pod, event{to - 1, last, false}, event{to, last, true})
			case 1: // it runs on
			case 2: // its attempt was evicted
				pod = append(pod, event{to - 1, disrupted(last), false})
				job = append(job, event{to, jobObject(id, from, end), false})
			case 3: // all is gone at once
				job = append(job, event{to, jobObject(id, from, end), false}, event{to + 1, jobObject(id, from, end), true})
				pod = append(pod, event{to - 1, last, false}, event{to, last, true})
			case 4: // somebody deletes it
				job = append(job, event{to, jobObject(id, from, nil), true})
				pod = append(pod, event{to, limited(podObject("p"+id, id, from+1, from+3, open, 0, "")), true})
			case 5:
				job = append(job, event{to, jobObject(id, from, end), false})
				pod = append(pod, event{to - 1, last, false})
			}
			objects = append(objects, job, pod)
		}
		play := func(label string) map[startKey]string {
			due := map[int][]event{} // by the second in which a watch brings it
			for _, all := range objects {
				for at := 0; len(all) > 0; all = all[1:] {
					at = max(at, all[0].second+rapid.IntRange(0, podEndGrace-1).Draw(rt, label+" late"))
					due[at] = append(due[at], all[0])
				}
			}
			w := newWorld(rt, t0)
			w.poll()
			every := rapid.IntRange(5, 30).Draw(rt, label+" polls")
			for second := range 450 {
				w.at(second)
				for _, e := range due[second] {
					w.set(e.o, e.gone)
				}
				if second%every == 0 {
					w.poll()
				}
			}
			out := map[startKey]string{}
			for k, v := range w.starts {
				if v.Runs > 0 || v.Dropped.Or(0) > 0 {
					out[k] = describeStart(v)
				}
			}
			return out
		}
		if diff := cmp.Diff(play("first"), play("second"), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			rt.Fatalf("%s", diff)
		}
	})
}

// BenchmarkStarts is what a poll costs for the minutes of starts of 10,000 Jobs with a pod each, of which 50 change.
func BenchmarkStarts(b *testing.B) {
	w := newWorld(b, t0)
	for i := range 10_000 {
		id := fmt.Sprint(i)
		w.jobs.set(jobObject(id, i%600, nil))
		w.pods.set(podObject("p"+id, id, i%600, i%600+2, open, 0, ""))
	}
	w.at(900)
	w.poll()
	r := readings{jobs: true, pods: true, nodes: true, trusted: w.clock.Now().Unix()}
	now := r.trusted
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range 50 {
			j := w.model.jobs[fmt.Sprint((n*50+i)%10_000)]
			j.succeeded = int32(n + 2)
			w.model.touch(j)
		}
		w.model.accountStarts(now)
		w.model.publishStarts(now, r)
	}
}
