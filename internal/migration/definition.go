package migration

import (
	"fmt"
	"time"
)

// Definition is the full definition of a Lambda function, for conversion: its code, environment, triggers and role. A
// part that could not be read is unknown, and Gaps says why.
type Definition struct {
	Name        string
	ARN         string
	Qualifier   string // the version or alias that was asked for; "" is $LATEST
	Description string
	Tags        map[string]string

	PackageType      string      // "Zip" or "Image"
	Image            Opt[string] // URI, as it was deployed; unknown also for a Zip
	EntryPoint       []string    // what the function overrides in its image
	Command          []string
	WorkingDirectory string
	Runtime, Handler string // of a Zip
	Layers           []string

	Arch             Arch
	Memory           Bytes // MemorySize
	Timeout          time.Duration
	EphemeralStorage Bytes // size of /tmp
	Environment      Opt[map[string]Hidden]
	EnvironmentKey   string // ARN of the customer's KMS key, "" for AWS's own

	VPC                     string
	Subnets, SecurityGroups []string
	FileSystems             []FileSystem
	Logging                 FunctionLogging

	SnapStart        bool
	Tracing          bool // X-Ray traces are made, not only passed through
	Durable          bool // a durable function: it is suspended and replayed
	TenantIsolation  bool // execution environments are not shared between tenants
	CapacityProvider string
	DeadLetter       string // ARN of the queue or topic

	Role FunctionRole

	EventSources Opt[[]EventSource]
	URLs         Opt[[]FunctionURL]
	Aliases      Opt[[]FunctionAlias]
	Versions     Opt[int] // published ones
	Reserved     Opt[ReservedConcurrency]
	Provisioned  Opt[[]ProvisionedConcurrency]
	Async        Opt[[]AsyncInvocation]
	// Callers are who the function's own policy lets call it.
	Callers Opt[[]FunctionCaller]

	Gaps []Gap
}

// Gap is a part of a function that could not be read.
type Gap struct {
	Part    string // "event source mappings"
	Action  string // that is missing or failed, "lambda:ListEventSourceMappings"
	Problem *Problem
}

// Hidden is a text that is not shown by accident: however it is printed, logged or
// encoded, on its own or deep in something else, only [Hidden.Reveal] gives it.
// Values of environment variables may be secrets.
type Hidden struct {
	// A string would be printed by fmt where it cannot call methods: in fields
	// that are not exported.
	text func() string
}

// Hide makes a text hidden.
func Hide(text string) Hidden { return Hidden{func() string { return text }} }

// Reveal returns the text.
func (h Hidden) Reveal() string {
	if h.text == nil {
		return ""
	}
	return h.text()
}

// Equal reports whether two hidden texts are the same.
func (h Hidden) Equal(other Hidden) bool { return h.Reveal() == other.Reveal() }

const hidden = "[hidden]"

func (h Hidden) String() string { return hidden }

// Format prints the same for every verb.
func (h Hidden) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// MarshalText encodes no text.
func (h Hidden) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// FileSystem is a file system that a function mounts.
type FileSystem struct {
	ARN  string // of the EFS access point
	Path string // "/mnt/data"
}

// FunctionLogging is where a function's log goes and what it looks like.
type FunctionLogging struct {
	Group    string // "/aws/lambda/NAME"
	Format   string // "Text" or "JSON"
	AppLevel string // "INFO"; "" with Text
}

// FunctionRole is the execution role. Name and ARN come from the function; the
// rest from IAM, which may be forbidden.
type FunctionRole struct {
	ARN   string
	Name  string
	Trust Opt[string] // the trust policy as IAM gives it, URL-encoded
	// Boundary is the ARN of the permissions boundary, "" for none.
	Boundary string
	Attached Opt[[]string] // ARNs of managed policies
	Inline   Opt[[]string] // names of the role's own policies
}

// EventSource is an event source mapping: something that Lambda polls.
type EventSource struct {
	ID        string
	ARN       string // of the queue, stream or cluster; "" for a Kafka of one's own
	Qualifier string // the alias or version that gets the events
	Enabled   bool
	BatchSize int32
	Window    time.Duration // MaximumBatchingWindow
	// MaxConcurrency is ScalingConfig's, unknown where none is set.
	MaxConcurrency Opt[int32]
	PartialBatch   bool // ReportBatchItemFailures
	// Retries is MaximumRetryAttempts of a stream, -1 for as long as a record is kept; unknown where none is set, as for queues.
	Retries   Opt[int32]
	Filtered  bool // some events are dropped by FilterCriteria
	OnFailure string
}

// OneMessage reports whether each run that it starts takes one message: its batch size is 1. Runs and messages are the same
// number then, but for those that are delivered again.
func (e *EventSource) OneMessage() bool { return e.BatchSize == 1 }

// Origin is the AWS service that the events come from, and the name of the queue, stream
// or cluster there; empty texts for a Kafka that is not AWS's.
func (e *EventSource) Origin() (service, name string) {
	service, _, _, name = splitARN(e.ARN)
	return service, name
}

// FunctionURL is an HTTPS address of a function.
type FunctionURL struct {
	URL       string
	Qualifier string
	Auth      string // "AWS_IAM" or "NONE"
	Streaming bool
}

// FunctionAlias is a name of a version, or of two with shares.
type FunctionAlias struct {
	Name    string
	Version string
	Shares  map[string]float64 // of further versions, 0 to 1
}

// ReservedConcurrency is how many executions are kept for the function, and its
// limit. Zero with Set switches the function off.
type ReservedConcurrency struct {
	Set   bool
	Count int32
}

// ProvisionedConcurrency is how many environments of an alias or version are kept
// warm.
type ProvisionedConcurrency struct {
	Qualifier string
	Requested int32
}

// AsyncInvocation is how asynchronous events of a function, or of one of its
// aliases and versions, are retried and where their outcome goes.
type AsyncInvocation struct {
	Qualifier            string // "$LATEST" is the function itself
	Retries              Opt[int32]
	MaxAge               Opt[time.Duration]
	OnSuccess, OnFailure string // ARNs, "" for none
}

// FunctionCaller is the principal that one statement of the function's policy allows to call it.
type FunctionCaller struct {
	Principal string // "events.amazonaws.com", an account or "*"
	Source    string // ARN of the rule, bucket or topic, "" where it is not said
	Qualifier string
}
