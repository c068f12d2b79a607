package migration

import (
	"slices"
	"strings"
	"time"
)

// Function is the configuration of one Lambda function, as far as it matters.
type Function struct {
	Key         Key           `json:"key"`
	Scope       string        `json:"scope,omitempty"` // the account and region that it is read in
	Name        string        `json:"name"`
	ARN         string        `json:"arn"`
	Runtime     string        `json:"runtime"`
	PackageType string        `json:"package_type"`
	MemorySize  Bytes         `json:"memory_bytes"`
	Timeout     time.Duration `json:"timeout_ns"`
	Ephemeral   Bytes         `json:"ephemeral_bytes"`
	Place       RegionArch    `json:"place"`
	Modified    time.Time     `json:"modified"`
	// CapacityProvider is the ARN of the capacity provider on whose EC2 instances it runs, ""
	// for Lambda's own capacity. Lambda Managed Instances are billed by the instance and
	// by request, and not by GB-second.
	CapacityProvider string `json:"capacity_provider,omitempty"`
	// Linked says that it is in an account that is linked to the one that is read: of its
	// configuration nothing is known, so that MemorySize, Timeout and Place.Arch are zero.
	Linked bool `json:"linked,omitempty"`
	// Logs says where its lines go.
	Logs Logs `json:"-"`
	// EventSources are what feeds it, known once its tenant's page was open.
	EventSources Opt[[]EventSource] `json:"-"`
	// Aliases are its aliases by name, known where a rule names some or its tenant's page
	// was open.
	Aliases Opt[[]Alias] `json:"aliases"`
	// Alias is set where this is what ran under one alias alone, for somebody else than
	// the rest of the function: it is configured as the alias's heaviest version is.
	Alias string `json:"alias,omitempty"`
	// AttributedBy says how its tenant is known.
	AttributedBy Provenance `json:"attributed_by"`
}

// Alias is a name of one version of a function, or of two, one of which is tried with a
// share of the invocations.
type Alias struct {
	Name string `json:"name"`
	// Key is whose it is what runs under it: the function's own, unless a rule says
	// otherwise. AttributedBy says how that is known.
	Key          Key        `json:"key"`
	AttributedBy Provenance `json:"attributed_by"`
	Routes       []Route    `json:"routes"` // the heaviest first
	// EventSources are what calls it, known once the page of its tenant was open where that
	// is not the function's.
	EventSources Opt[[]EventSource] `json:"-"`
}

// Route is the share of an alias's invocations that one version gets.
type Route struct {
	Version string `json:"version"` // "42", or "$LATEST"
	Weight  Ratio  `json:"weight"`
	// Config is how the version is set up, known where a rule names the alias.
	Config Opt[VersionConfig] `json:"config"`
}

// VersionConfig is the part of a version's configuration that is billed, and how long it
// may run. A published version keeps it for good, whatever becomes of the function.
type VersionConfig struct {
	MemorySize Bytes         `json:"memory_bytes"`
	Timeout    time.Duration `json:"timeout_ns"`
	Ephemeral  Bytes         `json:"ephemeral_bytes"`
	Place      RegionArch    `json:"place"`
}

// Under is what ran under an alias of the function that is somebody else's.
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

// Split reports whether some of what the function did is told apart by its aliases.
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

// Described is the first of some functions whose configuration is known, nil where none's
// is.
func Described(functions []Function) *Function {
	for i := range functions {
		if !functions[i].Linked {
			return &functions[i]
		}
	}
	return nil
}

// Stream is the scope of the Activity that it is counted in: a linked account's is told
// apart from that of the account that it is read through.
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
	CPU    Opt[CPU]   `json:"cpu"`
	Memory Opt[Bytes] `json:"memory"`
}

// RunState is where a run stands.
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
	Key       Key      `json:"key"`
	UID       string   `json:"uid"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	State     RunState `json:"state"`
	// Reason is Kubernetes' own word for a failure or a wait, the most telling
	// one of Job and pods: OOMKilled, DeadlineExceeded, BackoffLimitExceeded,
	// Unschedulable, ImagePullBackOff. Message is its sentence.
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
	Created time.Time `json:"created"`
	// Started is when it was started first, as far as that was seen.
	Started  Opt[time.Time] `json:"started"`
	Finished Opt[time.Time] `json:"finished"`
	// Resumed is when it was resumed last, known where it was suspended after its start:
	// activeDeadlineSeconds counts from then.
	Resumed Opt[time.Time] `json:"resumed"`
	// RunTime is how long at least one container of its attempts ran: without start-up, the
	// waits between attempts and restarts, and suspension. Low is what was seen; High is more
	// where a container was restarted unseen. Unknown where no pod of it was seen.
	RunTime Opt[Bounds[time.Duration]] `json:"run_time_ns"`
	// Deadline is activeDeadlineSeconds, unknown where none is set.
	Deadline Opt[time.Duration] `json:"deadline_ns"`
	Parallel int32              `json:"parallelism"`
	Attempts []Attempt          `json:"attempts,omitempty"`
	// Failed counts the attempts that failed by themselves: those that were ended from
	// outside are not among them, whatever the Job's own count says.
	Failed  int32     `json:"failed_attempts"`
	Request Resources `json:"request"` // of one pod, effective
	Limit   Resources `json:"limit"`
	// Container is the main container of its pods, with its own request and limit alone;
	// unknown where no pod template was read.
	Container Opt[Container] `json:"container"`
	// AttributedBy says how its tenant is known.
	AttributedBy Provenance `json:"attributed_by"`
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
	Pod       string         `json:"pod"`
	Node      string         `json:"node,omitempty"`
	State     RunState       `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Message   string         `json:"message,omitempty"`
	ExitCode  Opt[int32]     `json:"exit_code"`
	Restarts  int32          `json:"restarts"`
	Scheduled Opt[time.Time] `json:"scheduled"`
	Started   Opt[time.Time] `json:"started"`
	Finished  Opt[time.Time] `json:"finished"`
	// RunTime is how long its containers ran, without start-up and the waits between
	// restarts. Low is what was seen; High is more where a container was restarted and some
	// of its runs were not seen. Unknown before the first start.
	RunTime Opt[Bounds[time.Duration]] `json:"run_time_ns"`
	// Containers are those of the pod, the main one first.
	Containers []Container `json:"containers,omitempty"`
	// CPU and Memory are the last usage of the pod that was seen. PeakMemory is the most
	// that its main container is known to have used: a lower bound of the true peak where
	// usage is sampled.
	CPU        Opt[CPU]   `json:"cpu"`
	Memory     Opt[Bytes] `json:"memory"`
	PeakMemory Opt[Bytes] `json:"peak_memory"`
}

// Event is something Kubernetes said about a Job or one of its pods.
type Event struct {
	At      time.Time `json:"at"`
	Object  string    `json:"object"`
	Warning bool      `json:"warning"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	Count   int32     `json:"count"`
}

// Identity is what a source knows of a function or a Job before anyone has said
// whose it is. Maps may be nil and are not changed.
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

// Attribution is whose it is, and how that is known.
type Attribution struct {
	Tenant   Tenant
	Workload Workload
	Evidence Provenance
}

// Attribute gives an identity to a tenant and a workload. It is pure and safe
// for concurrent use.
type Attribute func(Identity) Attribution
