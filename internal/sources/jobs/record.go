package jobs

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Records keep some hundred bytes of a pod's several thousand. Times are Unix seconds,
// the resolution of Kubernetes' times; 0 is unknown.

type podName struct{ namespace, name string }

// pod is one attempt of a Job.
type pod struct {
	podName
	uid        string
	generation uint32 // of the list that it was last seen in
	job        *job
	node       string
	provided   string // what Fargate says it provisioned
	version    string // digest of the main container's image
	mainWhy    string // by which rule it is the main one, where there are others
	containers []podContainer
	others     migration.OtherRequests
	phase      corev1.PodPhase

	created, scheduled int64
	fate
	request, limit amounts

	gone   bool  // deleted
	goneAt int64 // when, as far as seen

	on      *node        // the node that it is on, once that was seen
	kubelet kubeletTimes // by the node's own clock
	heard   int64        // the last time that its status has
	undated bool         // it ended, and nothing says when
	lostAt  int64        // when its node, which was never seen, was gone; 0 for not
	missing int64        // since when its node is not among the nodes, 0 for not

	// What is booked of it. [segment, booked) was held on host with holding.
	segment, booked int64
	host            *migration.Host
	holding         amounts
	past            []segment
	used            []usedMinute
	closed          closing
	closedAt        int64
	ended           bool // its end is booked
	oomBooked       bool

	usage usage
	stop  stop
}

// usage is what metrics.k8s.io said of a pod: the sum of its containers.
type usage struct {
	at     int64 // of the last sample, by this machine's clock where that is earlier; 0 for none
	stamp  int64 // time of the sample as stated, which identifies it
	cpu    migration.Opt[migration.CPU]
	memory migration.Opt[migration.Bytes]
}

// update takes over what an object says.
func (p *pod) update(o *corev1.Pod, intern func(string) string) {
	p.uid = string(o.UID)
	p.node = intern(o.Spec.NodeName)
	p.provided = intern(o.Annotations[annotationFargate])
	if digest := imageDigest(o); digest != "" {
		p.version = intern(digest)
	}
	p.phase = corev1.PodPhase(intern(string(o.Status.Phase)))
	p.created = unix(o.CreationTimestamp.Time)
	p.request, p.limit = effectiveRequest(&o.Spec, &o.Status), effectiveLimit(&o.Spec, &o.Status)
	p.observe(o, intern)

	was := p.fate
	p.fate = fateOf(o)
	p.reason = intern(p.reason)
	p.oom = max(p.oom, was.oom) // a later restart may have taken its place in the status
	p.oomReasonStays(was)
	p.started = earlier(p.started, was.started)
	p.scheduled = 0
	if p.node != "" {
		p.scheduled = p.created
		for i := range o.Status.Conditions {
			c := &o.Status.Conditions[i]
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue && !c.LastTransitionTime.IsZero() {
				p.scheduled = unix(c.LastTransitionTime.Time)
			}
		}
	}
	defer p.stop.see(o, p)
	p.undated = false
	if !p.terminal() {
		p.finished = 0 // one of its containers ended, not the pod
		return
	}
	if p.finished == 0 { // evicted, or lost with its node: no container says when
		for i := range o.Status.Conditions {
			if c := &o.Status.Conditions[i]; c.Type != corev1.PodScheduled && c.Type != corev1.PodInitialized {
				p.finished = max(p.finished, unix(c.LastTransitionTime.Time))
			}
		}
		p.undated = p.finished == 0
		p.finished = max(p.finished, p.scheduled, p.created)
	}
}

func (p *pod) oomReasonStays(was fate) {
	if was.reason == reasonOOM && p.oom > 0 && p.phase != corev1.PodSucceeded {
		p.why = p.or(was.why)
	}
}

func (p *pod) terminal() bool { return p.phase == corev1.PodSucceeded || p.phase == corev1.PodFailed }

// over reports whether the pod holds nothing any more.
func (p *pod) over() bool { return p.gone || p.terminal() }

// end is when it ended by its node's clock, to be subtracted from by times of its
// containers; 0 while it has not. See [pod.endAt] for the control plane's clock.
func (p *pod) end() int64 {
	switch {
	case p.terminal() && p.finished > 0:
		return p.finished
	case p.gone:
		return p.goneAt + p.offset()
	}
	return 0
}

// job is one run.
type job struct {
	uid, namespace, name string
	generation           uint32
	seen                 bool // the Job itself was read; otherwise only pods of it
	stream               *stream
	stubAt               int64 // when the first pod of an unseen Job came

	created, started, finished int64
	begun                      int64 // when it was started first: started is set anew when it is resumed
	resumed                    bool  // it was suspended once: created is not when it was wanted
	suspended                  bool
	cron                       bool // a CronJob or a ScaledJob made it, either of which deletes Jobs that have ended
	scaled                     bool // a KEDA ScaledJob made it
	service                    bool // represents a Knative service
	failed                     bool // it ended badly
	stopped                    bool // it was deleted before it ended
	met                        bool // it has succeeded, or is bound to
	timedOut                   bool
	why
	deadline    int64 // seconds, 0 for none
	ttl         int64 // seconds, -1 for none
	parallelism int32
	queue       string // the local queue of Kueue that its label names
	completions int32  // 0: any success completes it
	succeeded   int32  // counted or about to be
	failures    int32  // failed attempts, by the Job's status
	active      int32
	ready       int32
	request     amounts
	limit       amounts
	container   migration.Opt[migration.Container] // the main one of its template

	gone    bool
	goneAt  int64
	unheard bool // it vanished while no watch was open

	template  string // names its template
	templated int64  // the generation that it was named of
	touched   bool   // it is among the touched
	start     *start // what became of it, nil where it is no run or its minute is not kept

	booked   bool
	attempts int64 // pods whose end is recorded
	added    int64 // of these, counted by the Job's status only
	pods     []*pod
}

// kueueQueueLabel is the label by which a Job names the local queue of Kueue that it waits in. Source: Kueue, Run A Kubernetes
// Job.
const kueueQueueLabel = "kueue.x-k8s.io/queue-name"

func (j *job) update(o *batchv1.Job, intern func(string) string) {
	j.seen = true
	j.created = unix(o.CreationTimestamp.Time)
	if o.Status.StartTime != nil {
		j.started = unix(o.Status.StartTime.Time)
		j.begun = earlier(j.begun, j.started)
	}
	j.queue = intern(o.Labels[kueueQueueLabel])
	j.suspended = o.Spec.Suspend != nil && *o.Spec.Suspend
	j.deadline, j.ttl, j.parallelism, j.completions = 0, -1, 1, 0
	if o.Spec.ActiveDeadlineSeconds != nil {
		j.deadline = *o.Spec.ActiveDeadlineSeconds
	}
	if o.Spec.TTLSecondsAfterFinished != nil {
		j.ttl = int64(*o.Spec.TTLSecondsAfterFinished)
	}
	if o.Spec.Parallelism != nil {
		j.parallelism = *o.Spec.Parallelism
	}
	if o.Spec.Completions != nil {
		j.completions = *o.Spec.Completions
	}
	j.succeeded, j.failures, j.active = o.Status.Succeeded, o.Status.Failed, o.Status.Active
	if u := o.Status.UncountedTerminatedPods; u != nil {
		// They ended, and the Job controller has not come to count them.
		j.succeeded += int32(len(u.Succeeded))
		j.failures += int32(len(u.Failed))
	}
	j.ready = 0
	if o.Status.Ready != nil {
		j.ready = *o.Status.Ready
	}
	j.request, j.limit = effectiveRequest(&o.Spec.Template.Spec, nil), effectiveLimit(&o.Spec.Template.Spec, nil)
	j.container = templateContainer(o.Spec.Template.Annotations, &o.Spec.Template.Spec)
	if j.template == "" || j.templated != o.Generation {
		j.template, j.templated = intern(templateVersion(&o.Spec.Template.Spec, j.request, j.limit)), o.Generation
	}
	for i := range o.Status.Conditions {
		c := &o.Status.Conditions[i]
		at := unix(c.LastTransitionTime.Time)
		switch {
		case c.Type == batchv1.JobSuspended:
			j.resumed = true
		case c.Status != corev1.ConditionTrue:
		case c.Type == batchv1.JobSuccessCriteriaMet:
			j.met = true
		case c.Type == batchv1.JobComplete:
			j.met = true
			j.finished = at
			if o.Status.CompletionTime != nil {
				j.finished = unix(o.Status.CompletionTime.Time)
			}
		case c.Type == batchv1.JobFailed, c.Type == batchv1.JobFailureTarget:
			// FailureTarget says why before the last pod is gone, and Failed
			// repeats it.
			j.why = why{intern(c.Reason), c.Message}
			j.timedOut = c.Reason == reasonDeadline
			if c.Type == batchv1.JobFailed {
				j.failed, j.finished = true, at
			}
		}
	}
}

// identity is what its attribution goes by.
func jobIdentity(o *batchv1.Job) migration.Identity {
	id := migration.Identity{
		Platform: migration.Jobs, Name: o.Name, Namespace: o.Namespace,
		Labels:      overlay(o.Labels, o.Spec.Template.Labels),
		Annotations: overlay(o.Annotations, o.Spec.Template.Annotations),
	}
	if owner := metav1.GetControllerOf(o); owner != nil {
		id.Owner = owner.Name
	}
	return id
}

// podIdentity is used where the Job cannot be read.
func podIdentity(o *corev1.Pod) migration.Identity {
	return migration.Identity{
		Platform: migration.Jobs, Name: o.Labels[jobNameLabel], Namespace: o.Namespace,
		Labels: o.Labels, Annotations: o.Annotations,
	}
}

func overlay(under, over map[string]string) map[string]string {
	if len(under) == 0 {
		return over
	}
	m := make(map[string]string, len(under)+len(over))
	for k, v := range under {
		m[k] = v
	}
	for k, v := range over {
		m[k] = v
	}
	return m
}

// jobUID is the UID of the Job that a pod belongs to.
func jobUID(p *corev1.Pod) string {
	if owner := metav1.GetControllerOf(p); owner != nil && owner.Kind == "Job" {
		return string(owner.UID)
	}
	return p.Labels[controllerLabel]
}

// node is one node.
type node struct {
	name       string
	generation uint32
	host       migration.Host
	created    int64
	gone       int64             // when it was deleted, 0 while it is there
	id         string            // its instance, by the provider ID; "" where unknown
	stated     map[string]string // the first value of what its labels state
	skew       clockSkew         // of its kubelet's clock
	stopped    int64             // when its instance was stopped, 0 for not
	silent     int64             // since when its kubelet does not answer, 0 for not
	// From the first Job pod that it is known to have carried to the last.
	first, last int64
	opener      *pod         // the pod that it was made for, until that ends
	system      bool         // kept for the cluster's own add-ons
	cordoned    bool         // it takes no new pods
	allocatable amounts      // to pods
	like        *corev1.Node // labels and taints
	daemons     amounts      // what DaemonSets request on it
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func earlier(a, b int64) int64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

func optTime(at int64) migration.Opt[time.Time] {
	if at == 0 {
		return migration.None[time.Time]()
	}
	return migration.Some(time.Unix(at, 0).UTC())
}
