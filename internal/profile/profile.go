package profile

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Profile is the recommended resource profile of one workload and tenant, with what
// it rests on and what is expected of it.
type Profile struct {
	Workload migration.Workload `json:"workload"`
	Tenant   migration.Tenant   `json:"tenant"`
	// Class is the class of profiles that the tenant falls into, "S", "M", "L";
	// empty where the profile stands for itself. WhyClass is one sentence.
	Class    string `json:"class"`
	WhyClass string `json:"why_class,omitempty"`

	// Base is for the first attempt, Retry for whoever resubmits a run that was
	// killed for memory: a Job's pod template is immutable, and a retry inside
	// the Job would run into the same limit.
	Base  Pod `json:"base"`
	Retry Pod `json:"retry"`

	// AttemptDeadline bounds one attempt, Deadline all of them, start-up and backoff
	// included: activeDeadlineSeconds.
	AttemptDeadline time.Duration `json:"attempt_deadline_ns"`
	Deadline        time.Duration `json:"deadline_ns"`
	BackoffLimit    int32         `json:"backoff_limit"`
	// TTL is ttlSecondsAfterFinished.
	TTL time.Duration `json:"ttl_ns"`
	// Parallelism is unknown where nothing measured what it could be.
	Parallelism      migration.Opt[int32]           `json:"parallelism"`
	EphemeralStorage migration.Opt[migration.Bytes] `json:"ephemeral_storage_bytes"`

	Confidence Confidence         `json:"confidence"`
	Evidence   migration.Evidence `json:"evidence"`
	// JobRuns and LambdaRuns count the runs behind it. Learning is set while they are
	// too few for anything to be lowered; the figures are provisional then.
	JobRuns    int  `json:"job_runs"`
	LambdaRuns int  `json:"lambda_runs"`
	Learning   bool `json:"learning"`
	// RunTime is what all of them took together.
	RunTime time.Duration `json:"run_time_ns"`

	// Ceiling is a size that all runs are known to fit into.
	Ceiling migration.Opt[migration.Bytes] `json:"proven_ceiling_bytes"`
	// BeyondNode is set where no node is large enough: the pod would wait forever.
	// MissesTarget is set where no number of cores meets the target time, EndUnknown
	// where every run seen was cut off, so that the deadline is a guess.
	BeyondNode   bool `json:"beyond_node,omitempty"`
	MissesTarget bool `json:"misses_target,omitempty"`
	EndUnknown   bool `json:"end_unknown,omitempty"`

	// FailureRate is the expected share of runs that exceed Base's memory limit.
	FailureRate migration.Ratio `json:"expected_failure_rate"`
	// Waste is the expected memory held and not used per run, killed attempts
	// included, in KiB-seconds.
	Waste migration.Opt[migration.KiBSeconds] `json:"expected_waste_kib_seconds"`
	// Now is what runs of it have at present, and Saving what a month costs less
	// with Base; unknown where either is.
	Now    migration.Given              `json:"now"`
	Saving migration.Opt[migration.USD] `json:"monthly_saving_usd"`
	// RunCost is what one run with Base costs, PriceNotes what is to be known of that.
	RunCost    migration.Opt[migration.USD] `json:"run_usd"`
	PriceNotes []string                     `json:"price_notes,omitempty"`
	// Why are sentences with their numbers, the most important first.
	Why []string `json:"why"`
}

// Pod is what one pod of the Job requests and is limited to.
type Pod struct {
	// CPURequest is unknown where nobody measured processor time and nothing
	// says what runs have now.
	CPURequest migration.Opt[migration.CPU] `json:"cpu_request"`
	CPULimit   migration.Opt[migration.CPU] `json:"cpu_limit"` // none by default
	// MemoryRequest and MemoryLimit are 0 where there is not enough data: then the
	// profile's confidence is [NoConfidence], and it is not to be written anywhere.
	MemoryRequest migration.Bytes `json:"memory_request_bytes"`
	MemoryLimit   migration.Bytes `json:"memory_limit_bytes"`
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
