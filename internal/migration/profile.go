package migration

import "time"

// Profile is the recommended resource profile of one workload and tenant, with what
// it rests on and what is expected of it.
type Profile struct {
	Workload Workload `json:"workload"`
	Tenant   Tenant   `json:"tenant"`
	// Class is the class of profiles that the tenant falls into: "S", "M", "L" by memory,
	// "M-cpu" and "M-long" where CPU or deadlines tell classes of that size apart;
	// empty where the profile stands for itself. WhyClass says in sentences why.
	Class    string `json:"class"`
	WhyClass string `json:"why_class,omitempty"`

	// Container is the name of the container that Base and Retry are for: the main one of the
	// pods that were seen, empty where no pod was. ContainerWhy says by which rule it is the
	// main one, where there are others; Others is what those request: see [OtherRequests.Pod].
	Container    string        `json:"container"`
	ContainerWhy string        `json:"container_why,omitempty"`
	Others       OtherRequests `json:"others"`

	// Base is for the first attempt, Retry for whoever resubmits a run that was
	// killed for memory: a Job's pod template is immutable, and a retry inside
	// the Job would run into the same limit.
	Base  PodSize `json:"base"`
	Retry PodSize `json:"retry"`

	// AttemptDeadline bounds one attempt, Deadline all of them, start-up and backoff
	// included: activeDeadlineSeconds.
	AttemptDeadline time.Duration `json:"attempt_deadline_ns"`
	Deadline        time.Duration `json:"deadline_ns"`
	BackoffLimit    int32         `json:"backoff_limit"`
	// TTL is ttlSecondsAfterFinished.
	TTL time.Duration `json:"ttl_ns"`
	// Parallelism is unknown where nothing measured what it could be.
	Parallelism      Opt[int32] `json:"parallelism"`
	EphemeralStorage Opt[Bytes] `json:"ephemeral_storage_bytes"`

	Confidence Confidence `json:"confidence"`
	Evidence   Provenance `json:"evidence"`
	// JobRuns and LambdaRuns count the runs behind it. Learning is set while they are
	// too few for anything to be lowered; the figures are provisional then.
	JobRuns    int  `json:"job_runs"`
	LambdaRuns int  `json:"lambda_runs"`
	Learning   bool `json:"learning"`
	// RunTime is what all of them took together.
	RunTime time.Duration `json:"run_time_ns"`

	// Ceiling is a size that all runs are known to fit into.
	Ceiling Opt[Bytes] `json:"proven_ceiling_bytes"`
	// BeyondNode is set where no node is large enough: the pod would wait forever.
	// MissesTarget is set where no number of cores meets the target time, EndUnknown
	// where every run seen was cut off, so that the deadline is a guess.
	BeyondNode   bool `json:"beyond_node,omitempty"`
	MissesTarget bool `json:"misses_target,omitempty"`
	EndUnknown   bool `json:"end_unknown,omitempty"`

	// FailureRate is the expected share of runs that exceed Base's memory limit; unknown where too few
	// runs got to their end for anybody to say.
	FailureRate Opt[Ratio] `json:"expected_failure_rate"`
	// Waste is the expected memory held and not used per run, killed attempts
	// included, in KiB-seconds.
	Waste Opt[KiBSeconds] `json:"expected_waste_kib_seconds"`
	// Now is what that container has at present, and Saving what a month costs less
	// with Base; unknown where either is.
	Now    Given    `json:"now"`
	Saving Opt[USD] `json:"monthly_saving_usd"`
	// ClassSaving is what a month costs less than now with the profile of its class, which
	// holds its dearest member; unknown without a class.
	ClassSaving Opt[USD] `json:"class_monthly_saving_usd"`
	// RunCost is what one run with Base costs, PriceNotes what is to be known of that.
	RunCost    Opt[USD] `json:"run_usd"`
	PriceNotes []string `json:"price_notes,omitempty"`
	// Why are sentences with their numbers, the most important first.
	Why []string `json:"why"`
}

// Sure says in a word how far to trust the profile, the same wherever people read it: "no data"
// where it is not to be written anywhere, "learning" while it is provisional, and else its
// confidence.
func (p *Profile) Sure() string {
	switch {
	case p.Confidence == NoConfidence:
		return "no data"
	case p.Learning:
		return "learning"
	}
	return p.Confidence.String()
}

// PodSize is what the main container of a pod of the Job requests and is limited to.
type PodSize struct {
	// CPURequest is unknown where nobody measured processor time and nothing
	// says what runs have now.
	CPURequest Opt[CPU] `json:"cpu_request"`
	CPULimit   Opt[CPU] `json:"cpu_limit"` // none by default
	// MemoryRequest and MemoryLimit are 0 where there is not enough data: then the
	// profile's confidence is [NoConfidence], and it is not to be written anywhere.
	MemoryRequest Bytes `json:"memory_request_bytes"`
	MemoryLimit   Bytes `json:"memory_limit_bytes"`
}

// Confidence says how much stands behind a profile.
type Confidence uint8

// The degrees of confidence. The zero value is none: not enough data.
const (
	NoConfidence Confidence = iota
	LowConfidence
	MediumConfidence
	HighConfidence
)

var confidenceNames = [...]string{"none", "low", "medium", "high"}

func (c Confidence) String() string { return confidenceNames[min(int(c), len(confidenceNames)-1)] }

// MarshalText encodes the confidence by name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ProfileClass is one profile for many tenants.
type ProfileClass struct {
	Name string  `json:"name"`
	Base PodSize `json:"base"`
	// Retry is the memory for a run that was killed.
	Retry           Bytes         `json:"retry_memory_bytes"`
	AttemptDeadline time.Duration `json:"attempt_deadline_ns"`
	Deadline        time.Duration `json:"deadline_ns"`
	Members         int           `json:"members"`
	// Extra is what its members hold beyond what each alone would, as a share of
	// that, by price.
	Extra Ratio  `json:"extra"`
	Why   string `json:"why"`
}

// ProfileClasses are the classes that tenants were put into.
type ProfileClasses struct {
	Classes []ProfileClass `json:"classes"`
	// Extra is what all members hold beyond what each alone would, as a share of
	// that: by price, and of memory alone.
	Extra       Ratio `json:"extra"`
	ExtraMemory Ratio `json:"extra_memory"`
	// Outliers are profiles that need a class of their own.
	Outliers []string `json:"outliers"`
	Why      []string `json:"why"`
}
