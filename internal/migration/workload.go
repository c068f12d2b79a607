package migration

import (
	"slices"
	"strings"
	"time"
)

// Function is the configuration of one Lambda function, as far as it matters.
type Function struct {
	Key Key
	// Scope is the account and region that it is read in. The engine sets it.
	Scope string
	// The name.
	Name string `wire:"name"`
	// The ARN.
	ARN string `wire:"arn,null"`
	// The runtime. Null for images.
	Runtime string `wire:"runtime,null"`
	// Zip or Image.
	PackageType string     `wire:"package_type,null"`
	Place       RegionArch `wire:",inline"`
	// MemorySize.
	MemorySize Bytes `wire:"memory_bytes,null"`
	// The function is in an account that is linked to the monitoring account, and its
	// configuration cannot be read.
	//
	// MemorySize, Timeout and Place.Arch are zero then.
	Linked bool `wire:"linked"`
	// Timeout.
	Timeout time.Duration `wire:"timeout_seconds,null"`
	// The size of /tmp.
	Ephemeral Bytes `wire:"ephemeral_storage_bytes,null"`
	// When it was last changed.
	Modified time.Time `wire:"modified"`
	// CapacityProvider is the ARN of the capacity provider whose EC2 instances run it, "" for Lambda's own capacity. Lambda
	// Managed Instances are billed by instance and request, not by GB-second.
	CapacityProvider string
	// Logs says where its lines go.
	Logs Logs
	// EventSources are what feeds it, known some minutes after the start; unknown without permission.
	EventSources Opt[[]EventSource]
	// The alias that this tenant's runs use, if a rule assigns it to another tenant than the rest of the function; null for
	// the function itself. Memory, timeout, storage and architecture are those of its version with the largest weight.
	Alias string `wire:"alias,null"`
	// Its aliases by name; with alias, that one alone. Null where they were not listed: they are
	// where a rule names some, and once the page of the tenant was open.
	Aliases Opt[[]Alias] `wire:"aliases"`
	// AttributedBy says how its tenant is known.
	AttributedBy Provenance
}

// Alias is a name of one version of a Lambda function, or of two that share the invocations.
type Alias struct {
	// The name.
	Name string `wire:"name"`
	// Key is the owner of what runs under it: the function's, unless a rule says otherwise.
	// AttributedBy says how that is known.
	Key Key
	// The tenant of what runs under it. Null where no tenant is known.
	_            derived `wire:"tenant,null,from=Key.Tenant"`
	AttributedBy Provenance
	// The versions that it points to, the largest weight first.
	Routes []Route `wire:"versions"`
	// EventSources are what calls it, known once the page of its tenant was open where that
	// is not the function's.
	EventSources Opt[[]EventSource]
}

// Route is a version behind an alias, with the part of its configuration that is billed.
type Route struct {
	// The number of the published version, or $LATEST.
	Version string `wire:"version"`
	// The share of the alias's invocations.
	Weight Ratio `wire:"weight_ratio"`
	// Config is how the version is set up, known where a rule names the alias.
	Config Opt[VersionConfig]
	// x86_64 or arm64. Null, like the following fields, if no rule names the alias.
	_ derived `wire:"architecture,null,from=Config.Place.Arch"`
	// MemorySize.
	_ derived `wire:"memory_bytes,null,from=Config.MemorySize"`
	// Timeout.
	_ derived `wire:"timeout_seconds,null,from=Config.Timeout"`
	// The size of /tmp.
	_ derived `wire:"ephemeral_storage_bytes,null,from=Config.Ephemeral"`
}

// VersionConfig is the part of a version's configuration that is billed, and how long it
// may run. A published version keeps it for good, whatever becomes of the function.
type VersionConfig struct {
	MemorySize Bytes
	Timeout    time.Duration
	Ephemeral  Bytes
	Place      RegionArch
}

// Under returns the part of the function that ran under an alias of another tenant.
func (f *Function) Under(a *Alias) Function {
	out := *f
	out.Key, out.Alias, out.AttributedBy = a.Key, a.Name, a.AttributedBy
	out.Aliases, out.EventSources = Some([]Alias{*a}), a.EventSources
	if len(a.Routes) > 0 {
		if c, ok := a.Routes[0].Config.Get(); ok {
			out.MemorySize, out.Timeout, out.Ephemeral, out.Place = c.MemorySize, c.Timeout, c.Ephemeral, c.Place
		}
	}
	return out
}

// Split reports whether aliases divide some of the function's activity.
func (f *Function) Split() bool {
	return slices.ContainsFunc(f.Aliases.Or(nil), func(a Alias) bool { return a.Key != f.Key })
}

// splitARN returns the service, region, account and resource of an ARN, empty texts where
// it has none. Package awsscope checks what people write; ARNs here are AWS's own.
func splitARN(arn string) (service, region, account, resource string) {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[2], parts[3], parts[4], parts[5]
	}
	return "", "", "", ""
}

// Account is the number of the account that the function is in, "" where its ARN has none.
func (f *Function) Account() string {
	_, _, account, _ := splitARN(f.ARN)
	return account
}

// Described returns the first function with a known configuration, nil if there is none.
func Described(functions []Function) *Function {
	for i := range functions {
		if !functions[i].Linked {
			return &functions[i]
		}
	}
	return nil
}

// Stream returns the scope of its Activity. A linked account has another scope than the account through which it is read.
func (f *Function) Stream() string {
	if !f.Linked {
		return f.Scope
	}
	return strings.TrimSpace(f.Scope + " " + f.Account())
}

// AccountRegion is the account and the region that it is in, as "123456789012/eu-west-1", however
// it is read; "" where that is not known.
func (f *Function) AccountRegion() string {
	_, region, account, _ := splitARN(f.ARN)
	if account == "" {
		return ""
	}
	return account + "/" + region
}

// Resources is a pair of CPU and memory, as requested or as a limit. Each may
// be unset, which Kubernetes does not take for zero.
type Resources struct {
	// The CPU. Null where it is not set.
	CPU Opt[CPU] `json:"cpu" wire:"cpu_cores"`
	// The memory. Null where it is not set.
	Memory Opt[Bytes] `json:"memory" wire:"memory_bytes"`
}

// RunState is the state of a run.
type RunState uint8

// The states of a run, in the order of its life.
const (
	RunPending RunState = iota + 1
	RunRunning
	RunSuspended
	RunSucceeded
	RunFailed
	RunStopped // ended from outside before it had ended by itself
)

var runStateNames = [...]string{"unknown", "pending", "running", "suspended", "succeeded", "failed", "stopped"}

func (s RunState) String() string { return runStateNames[min(int(s), len(runStateNames)-1)] }

// MarshalText encodes the state by name.
func (s RunState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Done reports whether the run has ended.
func (s RunState) Done() bool { return s == RunSucceeded || s == RunFailed || s == RunStopped }

// Run is one Kubernetes Job: one run of a workload for a tenant, whatever number
// of attempts it took. Absent times are unknown.
type Run struct {
	Key Key
	// The workload.
	_ derived `wire:"workload,null,from=Key.Workload"`
	// The UID of the Job.
	UID string `wire:"uid"`
	// The namespace.
	Namespace string `wire:"namespace"`
	// The name of the Job.
	Name string `wire:"name"`
	// The state.
	State RunState `wire:"state"`
	// The reason that Kubernetes gives for a failure or a wait, the most specific one of Job and pods:
	// OOMKilled, DeadlineExceeded, BackoffLimitExceeded, Unschedulable, ImagePullBackOff.
	Reason string `wire:"reason,null"`
	// The message to the reason.
	Message string `wire:"message,null"`
	// When the Job was created.
	Created time.Time `wire:"created"`
	// When it first started, as far as that was seen.
	Started Opt[time.Time] `wire:"started"`
	// When it ended. Null while it runs.
	Finished Opt[time.Time] `wire:"finished"`
	// When it was last resumed, where it was suspended after its start: activeDeadlineSeconds
	// counts from then. Null otherwise.
	Resumed Opt[time.Time] `wire:"resumed"`
	// The time from start to end, or until now, waits included. Null before it started.
	_ derived `wire:"duration_seconds,from=Duration()"`
	// How long at least one container of its attempts ran, without start-up, suspension and the waits
	// between attempts and restarts. Null where no pod was seen.
	RunTime Opt[Bounds[time.Duration]] `wire:"run_time_seconds"`
	// activeDeadlineSeconds. Null where none is set.
	Deadline Opt[time.Duration] `wire:"deadline_seconds"`
	// The number of pods that may run at once.
	Parallel int32 `wire:"parallelism"`
	// The local queue of Kueue that the Job waits in, by its label. Null without one.
	Queue string `wire:"kueue_queue,null"`
	// The attempts that failed by themselves, without those that were ended from outside.
	Failed int32 `wire:"failed_attempts"`
	// The effective request of one pod.
	Request Resources `wire:"request"`
	// The effective limit of one pod.
	Limit Resources `wire:"limit"`
	// Container is the main container of its pods, with its own request and limit alone;
	// unknown where no pod template was read.
	Container Opt[Container]
	// The name of the main container: kubectl.kubernetes.io/default-container, or the first. Null
	// where no pod template was read.
	_ derived `wire:"container,null,from=Container.Name"`
	// The request of that container alone.
	_ derived `wire:"container_request,from=Container.Request"`
	// The limit of that container alone.
	_ derived `wire:"container_limit,from=Container.Limit"`
	// Its pods.
	Attempts []Attempt `wire:"attempts"`
	// AttributedBy says how its tenant is known.
	AttributedBy Provenance
}

// Duration is the time from start to finish, or until now where it still runs, with all the
// waits in it; unknown before it started. RunTime is how long it worked.
func (r *Run) Duration(now time.Time) Opt[time.Duration] {
	started, ok := r.Started.Get()
	if !ok {
		return None[time.Duration]()
	}
	return Some(max(r.Finished.Or(now).Sub(started), 0))
}

// DeadlineUsed is how much of activeDeadlineSeconds the run has used up: from its start, or from
// when it was resumed last. Unknown before it started and while it is suspended.
func (r *Run) DeadlineUsed(now time.Time) Opt[time.Duration] {
	from, ok := r.Resumed.Get()
	if !ok {
		from, ok = r.Started.Get()
	}
	if !ok || r.State == RunSuspended {
		return None[time.Duration]()
	}
	return Some(max(r.Finished.Or(now).Sub(from), 0))
}

// MemoryLimit is the memory limit of the main container of its pods, which peaks are compared
// with; of the pod where no container is known.
func (r *Run) MemoryLimit() Opt[Bytes] {
	if c, ok := r.Container.Get(); ok {
		return c.Limit.Memory
	}
	return r.Limit.Memory
}

// Attempt is one pod of a Job.
type Attempt struct {
	// The name of the pod.
	Pod string `wire:"pod"`
	// The name of its node.
	Node string `wire:"node,null"`
	// The state.
	State RunState `wire:"state"`
	// The reason that Kubernetes gives for a failure or a wait.
	Reason string `wire:"reason,null"`
	// The message to the reason.
	Message string `wire:"message,null"`
	// The exit code of the main container, or of the container that failed. Null while it runs.
	ExitCode Opt[int32] `wire:"exit_code,signed"`
	// The restarts of containers within the pod.
	Restarts int32 `wire:"restarts"`
	// When the pod was assigned to a node.
	Scheduled Opt[time.Time] `wire:"scheduled"`
	// When its container started.
	Started Opt[time.Time] `wire:"started"`
	// When its last container ended.
	Finished Opt[time.Time] `wire:"finished"`
	// The last CPU usage that was seen.
	CPU Opt[CPU] `wire:"cpu_cores"`
	// The last working set that was seen.
	Memory Opt[Bytes] `wire:"memory_bytes"`
	// The most memory that its main container is known to have used. A lower bound of the true
	// peak where usage is sampled.
	PeakMemory Opt[Bytes] `wire:"peak_memory_bytes"`
	// How long its containers ran, without start-up and the waits between restarts. Null before
	// the first start.
	RunTime Opt[Bounds[time.Duration]] `wire:"run_time_seconds"`
	// Its containers, the main one first.
	Containers []Container `wire:"containers"`
}

// Event is something Kubernetes said about a Job or one of its pods.
type Event struct {
	At      time.Time
	Object  string
	Warning bool
	Reason  string
	Message string
	Count   int32
}

// Identity holds what a source knows of a function or a Job before attribution. Maps may be nil and are not changed.
type Identity struct {
	Platform    Platform
	Name        string // function name; Job name
	Alias       string // what of the function ran under it alone; "" for the function
	Namespace   string
	Owner       string            // the CronJob or workflow that made the Job, "" for none
	Tags        map[string]string // Lambda function tags
	Labels      map[string]string // pod template's labels over the Job's own
	Annotations map[string]string
}

// Attribution is the owner of a function or a Job, and how it was identified.
type Attribution struct {
	Tenant   Tenant
	Workload Workload
	Evidence Provenance
}

// Attribute gives an identity to a tenant and a workload. It is pure and safe
// for concurrent use.
type Attribute func(Identity) Attribution
