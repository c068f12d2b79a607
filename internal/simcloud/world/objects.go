package world

import (
	"math"
	"time"
)

// Spec is what all Jobs of one workload of one tenant have in common, or all pods of a
// Knative service.
type Spec struct {
	Namespace  string
	Base       string // what names begin with
	Tenant     string // label value; "" for the cluster's own chores
	Workload   string // label value
	Image      string
	ImageID    string // as nodes name what they pulled: repository and digest
	Reports    bool   // its containers write what they used into their termination message
	CPU        int64  // request, millicores
	MemoryMiB  int64  // request and limit
	Arch       string
	Deadline   time.Duration // activeDeadlineSeconds
	Retries    int32         // backoffLimit
	TTL        time.Duration // ttlSecondsAfterFinished
	CronJob    string        // owner, or ""; its history limits delete sooner than TTL
	NodeType   string        // node.kubernetes.io/instance-type selector, or ""
	Spot       bool          // tolerates spot nodes; evictions do not count as failures
	Fargate    bool
	SidecarCPU int64  // request of the sidecar, millicores
	Service    string // Knative service whose pods these are, or "" for Jobs
	Revision   int    // of the service

	pool   pool
	stream *stream
}

// Outcome is how a Job or a pod ended.
type Outcome uint8

// The outcomes.
const (
	Unfinished Outcome = iota
	Succeeded
	Failed
)

// Job is a Job as it stands. It is immutable.
type Job struct {
	*Spec
	Name            string
	ResourceVersion uint64
	Generation      int64
	Created         time.Time
	Started         time.Time // status.startTime; zero: not yet
	// Decided is when the outcome was settled (SuccessCriteriaMet or
	// FailureTarget), Finished when all pods were gone (Complete or Failed).
	Decided  time.Time
	Finished time.Time
	Outcome  Outcome // from Decided on
	Reason   string
	Message  string

	Active, Ready, Succeeded, Failed int32

	key key
}

// UID is the object's UID.
func (j *Job) UID() string { return j.key.uid() }

// CronJobUID is the UID of the CronJob that made the Job.
func (j *Job) CronJobUID() string { return j.stream.key.named("cronjob").uid() }

// Pod is a pod of a Job or of a Knative service as it stands. It is immutable.
type Pod struct {
	*Spec
	Name            string
	ResourceVersion uint64
	JobName         string
	JobUID          string
	Created         time.Time
	// Unschedulable is the scheduler's sentence while no node will do, since
	// UnschedulableAt.
	Unschedulable   string
	UnschedulableAt time.Time
	Node            string
	NodeIP, IP      string
	Zone            string    // of the node
	Scheduled       time.Time // zero: not yet
	Started         time.Time // of the container; zero: not yet
	Finished        time.Time // zero: not yet
	Deleting        time.Time // deletionTimestamp; zero: none
	Outcome         Outcome
	ExitCode        int32
	Reason          string // of the container's end: Completed, Error, OOMKilled
	Disrupted       bool   // evicted: condition DisruptionTarget
	// FargateCPU and FargateMemory are what EKS provisioned, millicores and
	// MiB; 0 off Fargate.
	FargateCPU, FargateMemory int64

	key     key
	natural time.Duration // run time if nothing stops it
	peak    int64         // working set it wants, bytes
}

// UID is the object's UID.
func (p *Pod) UID() string { return p.key.uid() }

// Running reports whether the container runs.
func (p *Pod) Running() bool { return !p.Started.IsZero() && p.Finished.IsZero() }

// The working set climbs from startMemory of its peak in a straight line and
// reaches the peak when rampEnd of the run is over.
const (
	startMemory = 0.25
	rampEnd     = 0.6
)

// crossing is how long after the start the working set reaches limit, for a
// pod that wants more than that.
func (p *Pod) crossing(limit int64) time.Duration {
	share := (float64(limit)/float64(p.peak) - startMemory) / (1 - startMemory)
	return time.Duration(max(share, 0.02) * rampEnd * float64(p.natural))
}

// Usage is what the pod uses at a moment while its container runs: processor
// in nanocores, working set in bytes.
func (p *Pod) Usage(at time.Time) (nanocores, bytes int64) {
	elapsed := at.Sub(p.Started)
	if p.Started.IsZero() || elapsed < 0 {
		return 0, 0
	}
	done := min(float64(elapsed)/float64(max(p.natural, time.Second)), 1)
	memory := float64(p.peak) * (startMemory + (1-startMemory)*min(done/rampEnd, 1))
	wobble := p.key.with(aspectCPU).with(uint64(at.Unix() / 15)).normal()
	memory *= 1 - 0.015*math.Abs(wobble)
	memory = min(memory, float64(p.MemoryMiB<<20))
	cpu := p.stream.cores * math.Exp(0.18*wobble-0.016)
	if !p.Fargate && p.CPU > 0 { // bursts above the request where the node has room
		cpu = min(cpu, 1.6*float64(p.CPU)/1000)
	}
	return int64(cpu * 1e9), int64(memory)
}

// Used is what the container has used by its end: the greatest memory that its
// cgroup held, in bytes, and processor time. false where it does not report, was
// killed before it could, or has not ended.
func (p *Pod) Used() (peak int64, cpu time.Duration, ok bool) {
	if !p.Reports || p.Started.IsZero() || p.Finished.IsZero() || p.Reason == oomKilled.reason {
		return 0, 0, false
	}
	ran := p.Finished.Sub(p.Started)
	done := min(float64(ran)/float64(max(p.natural, time.Second)), 1)
	memory := float64(p.peak) * (startMemory + (1-startMemory)*min(done/rampEnd, 1))
	cores := p.stream.cores
	if !p.Fargate && p.CPU > 0 {
		cores = min(cores, 1.6*float64(p.CPU)/1000)
	}
	return int64(min(memory, float64(p.MemoryMiB<<20))), time.Duration(cores * float64(ran)), true
}

// Event is something that Kubernetes' components said. It is immutable.
type Event struct {
	Namespace       string
	Name            string
	ResourceVersion uint64
	At              time.Time
	Kind            string // of the object: Job, Pod, Node
	Object          string
	ObjectUID       string
	Warning         bool
	Reason          string
	Message         string
	Component       string // "job-controller", "default-scheduler", "kubelet"
	Host            string // of a kubelet

	key key
}

// UID is the object's UID.
func (e *Event) UID() string { return e.key.uid() }

// Verb is what happened to an object.
type Verb uint8

// The verbs of a watch.
const (
	Added Verb = iota + 1
	Modified
	Deleted
)

// Change is one change of one object.
type Change struct {
	Verb Verb
	// Object is a *Job, *Pod, *Node or *Event, as it is after the change; of a
	// deleted one as it was, with the version of the deletion.
	Object any
}
