package migration

import "time"

// Profile is the recommended resource profile of one workload and tenant, with what
// it rests on and what is expected of it.
type Profile struct {
	// The workload.
	Workload Workload `wire:"workload"`
	// The tenant. Null for work that no rule gives to a tenant.
	Tenant Tenant `wire:"tenant,null"`
	// The class of profiles that the profile is in: S, M, L by memory, M-cpu and M-long where CPU or
	// deadlines separate classes of one size. Null where it is in none.
	Class string `wire:"class,null"`
	// Why it is in that class, in sentences.
	WhyClass string `wire:"why_class,null"`

	// The name of the container that the sizes are for: the main one of the pods that were seen. Null where
	// no pod was seen.
	Container string `wire:"container,null"`
	// The rule by which it is the main one. Null where the pod has no other.
	ContainerWhy string `wire:"container_why,null"`
	// What the other containers of the pod request.
	//
	// See [OtherRequests.Pod].
	Others OtherRequests `wire:"other_containers"`

	// Base is for the first attempt.
	Base PodSize `wire:",inline"`
	// For a new Job after a run was ended for memory.
	//
	// A Job's pod template is immutable, and a retry inside the Job would run into the same limit.
	Retry PodSize `wire:"retry"`

	// The ephemeral storage.
	EphemeralStorage Opt[Bytes] `wire:"ephemeral_storage_bytes"`
	// activeDeadlineSeconds, which covers all attempts, start-up and backoff.
	Deadline time.Duration `wire:"deadline_seconds,whole,null"`
	// The time that one attempt may take.
	AttemptDeadline time.Duration `wire:"attempt_deadline_seconds,whole,null"`
	// backoffLimit.
	BackoffLimit int32 `wire:"backoff_limit"`
	// ttlSecondsAfterFinished.
	TTL time.Duration `wire:"ttl_seconds_after_finished,whole,null"`
	// parallelism. Null where nothing measured it.
	Parallelism Opt[int32] `wire:"parallelism"`

	// How much data is behind the profile. none is not enough: then the sizes are what runs have now, if
	// anything, and no recommendation.
	Confidence Confidence `wire:"confidence"`
	// How the figures are known.
	Evidence Provenance `wire:"evidence"`
	// The runs of Jobs behind the profile.
	JobRuns int `wire:"job_runs"`
	// The runs on Lambda behind the profile.
	LambdaRuns int `wire:"lambda_runs"`
	// There are too few runs to lower anything, and the figures are provisional.
	Learning bool `wire:"learning"`
	// RunTime is the total run time of all of them.
	RunTime time.Duration

	// FailureRate is the expected share of runs that exceed Base's memory limit; unknown where too few
	// runs reached their end.
	FailureRate Opt[Ratio]
	// The share of runs that are expected to exceed the memory limit.
	_ derived `wire:"expected_failure_rate,from=ExpectedFailures()"`
	// The memory that is requested and not used per run, killed attempts included, in KiB-seconds. Null
	// where unknown.
	Waste Opt[KiBSeconds] `wire:"expected_waste_kib_seconds"`
	// What the container has at present.
	Now Given `wire:"now"`
	// What one run costs with the profile.
	RunCost Opt[USD] `wire:"run_usd"`
	// What a month costs less than now with the profile.
	Saving Opt[USD] `wire:"monthly_saving_usd"`
	// What a month costs less than now with the profile of its class, which fits the largest member.
	ClassSaving Opt[USD] `wire:"class_monthly_saving_usd"`
	// PriceNotes are conditions of RunCost.
	PriceNotes []string

	// A size that all runs are known to fit into.
	Ceiling Opt[Bytes] `wire:"proven_ceiling_bytes"`
	// No node is large enough: the pod would stay Pending.
	BeyondNode bool `wire:"beyond_node"`
	// No number of cores meets the target time.
	MissesTarget bool `wire:"misses_target"`
	// Every long run was ended by its deadline, so that the deadline is a guess.
	EndUnknown bool `wire:"end_unknown"`
	// The reasons with their numbers, the most important first.
	Why []string `wire:"why"`
}

// Sure returns the confidence in one word, the same on every screen and export: "no data" if the profile must not be
// used, "learning" while it is provisional, otherwise its confidence.
func (p *Profile) Sure() string {
	switch {
	case p.Confidence == NoConfidence:
		return "no data"
	case p.Learning:
		return "learning"
	}
	return p.Confidence.String()
}

// ExpectedFailures is FailureRate, unknown where there is not enough data for a recommendation.
func (p *Profile) ExpectedFailures() Opt[Ratio] {
	if p.Confidence == NoConfidence {
		return None[Ratio]()
	}
	return p.FailureRate
}

// PodSize is what the main container of a pod of the Job requests and is limited to.
type PodSize struct {
	// The memory request. Null where there is not enough data.
	//
	// Then the profile's confidence is [NoConfidence].
	MemoryRequest Bytes `wire:"memory_request_bytes,null"`
	// The memory limit. Null where there is not enough data.
	MemoryLimit Bytes `wire:"memory_limit_bytes,null"`
	// The CPU request. Null where no processor time was measured and the present request is unknown.
	CPURequest Opt[CPU] `wire:"cpu_request"`
	// The CPU limit. Null for none.
	CPULimit Opt[CPU] `wire:"cpu_limit"`
}

// Confidence is how well a profile is supported by data.
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
	// The name of the class.
	Name string  `wire:"name"`
	Base PodSize `wire:",inline"`
	// The memory for a run that was ended for memory.
	Retry Bytes `wire:"retry_memory_bytes,null"`
	// The longest deadline of its members.
	Deadline time.Duration `wire:"deadline_seconds,whole,null"`
	// The longest time that one attempt of a member may take.
	AttemptDeadline time.Duration `wire:"attempt_deadline_seconds,whole,null"`
	// The number of profiles in it.
	Members int `wire:"members"`
	// What its members request in the class above what they would request alone, as a share of the latter, by price.
	Extra Ratio `wire:"extra"`
	// Why it is a class, in one sentence.
	Why string `wire:"why"`
}

// ProfileClasses are the classes that tenants were put into.
type ProfileClasses struct {
	Classes []ProfileClass
	// Extra is what all members hold above what each would hold alone, as a share of the latter: by price, and of memory
	// only.
	Extra       Ratio
	ExtraMemory Ratio
	// Outliers are profiles that need a class of their own.
	Outliers []string
	Why      []string
}
