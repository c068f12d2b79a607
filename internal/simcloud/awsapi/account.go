package awsapi

import (
	"iter"
	"time"
)

// Account is the simulated world behind the server: which functions there are
// and what they did. The server derives everything else from it: statistics,
// percentiles, which minutes exist, what is visible already and what a question
// costs. An implementation must be safe for concurrent use and must give the
// same answer to the same question.
type Account interface {
	// ID is the account number, twelve digits.
	ID() string
	// Functions are the functions configured at a moment, sorted by name,
	// which is unique. The slice and the maps in it are not changed by the
	// server, and may be shared between calls.
	Functions(now time.Time) []Function
	// Invocations yields what began in [from, to) for one function, in any
	// order, the future included: the server hides what CloudWatch could not
	// know yet. A busy function should yield a thinned sample with weights, a
	// dozen a minute or so; the server asks for hours of many functions at
	// once. It yields nothing for a name that it does not know.
	Invocations(function string, from, to time.Time) iter.Seq[Invocation]
}

// Function is the configuration of one function as the Lambda API shows it.
type Function struct {
	Name        string
	Description string
	Runtime     string // "python3.13"; "" for an image
	PackageType string // "Zip" or "Image"; "" is "Zip"
	MemoryMB    int32  // 128 to 10240
	Timeout     time.Duration
	EphemeralMB int32  // 0 is 512
	Arch        string // "x86_64" or "arm64"; "" is "x86_64"
	Modified    time.Time
	Tags        map[string]string
	// LogFormat is "Text" or "JSON", "" is "Text"; LogGroup is where its lines go,
	// "" is "/aws/lambda/" and its name.
	LogFormat, LogGroup string
	// Isolated is set in tenant isolation mode.
	Isolated bool
	// CapacityProvider is the ARN of the capacity provider of Lambda Managed Instances, ""
	// for none.
	CapacityProvider string
	// Deleted is set where only metrics are left, which CloudWatch keeps: the
	// Lambda API does not know the function.
	Deleted bool
	// Detail is the rest of what there is to say; nil is [Detail]'s zero value.
	Detail *Detail
}

// Invocation is what one execution, or Weight alike ones, left in CloudWatch.
type Invocation struct {
	// Start is the moment it began: all its data are booked at the minute of
	// Start, and become visible after Start + Duration + the latency of the
	// server.
	Start time.Time
	// Alias is what it was called by, "" for the function itself, and Version what ran,
	// "" for $LATEST.
	Alias, Version string
	// Duration is the handler's run time, INIT excluded.
	Duration time.Duration
	// Failed is set where the function raised an error, ran into its timeout
	// or was killed for memory.
	Failed bool
	// Throttled is set where it was refused for concurrency: it then counts
	// under Throttles alone, and has no duration.
	Throttled bool
	// Weight is how many invocations this one represents; 0 is 1. A weight
	// counts for everything but the maximum and the minimum.
	Weight int64
	// Concurrency is how many executions of the function there were at
	// Start, this one included; 0 is 1.
	Concurrency int32
}

// weight is the number of invocations that i represents.
func (i *Invocation) weight() int64 { return max(i.Weight, 1) }
