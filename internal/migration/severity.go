package migration

// Severities says which figures of a side need attention, and how much. Those that need none are left out.
//
// A figure that needs none, or is unknown, has 0. A tenant's and the fleet's sides have them, the fleet's as the
// worst of its tenants; a workload's and a service's are not judged.
type Severities struct {
	FailureRate  Severity `wire:"failure_ratio,omit"`     // The failure ratio.
	Throttled    Severity `wire:"throttled,omit"`         // The throttled invocations.
	TimedOut     Severity `wire:"timed_out,omit"`         // The runs that timed out.
	OOMKilled    Severity `wire:"oom_killed,omit"`        // The attempts ended for memory.
	Pending      Severity `wire:"pending,omit"`           // The runs that wait.
	PeakMemory   Severity `wire:"peak_memory_bytes,omit"` // The peak memory.
	TimeoutRatio Severity `wire:"wall_ratio,omit"`        // The timeout ratio.
}

// Worse returns for each figure the worse severity of two.
func (s Severities) Worse(o Severities) Severities {
	return Severities{
		FailureRate: max(s.FailureRate, o.FailureRate), Throttled: max(s.Throttled, o.Throttled),
		TimedOut: max(s.TimedOut, o.TimedOut), OOMKilled: max(s.OOMKilled, o.OOMKilled), Pending: max(s.Pending, o.Pending),
		PeakMemory: max(s.PeakMemory, o.PeakMemory), TimeoutRatio: max(s.TimeoutRatio, o.TimeoutRatio),
	}
}

// FlowSeverities says which figures of a flow need attention, and how much. Those that need none are left out.
type FlowSeverities struct {
	DeadLetters Severity `wire:"dead_letters,omit"` // The dead letters.
	Residual    Severity `wire:"residual,omit"`     // The residual.
}

// SinceBasis says how it is known when the condition of a [Notice] became true.
type SinceBasis uint8

// The ways to know it. The zero value is for a time that is unknown.
const (
	// SinceData is a time from the data: the notice would have been made then for the first
	// time, over the same window, and at every moment since.
	SinceData SinceBasis = iota + 1
	// SinceDataStart is where the data begin: the condition was true already, and became so
	// then or earlier.
	SinceDataStart
	// SinceFirstSeen is when this migtop first saw the condition: the data do not say when
	// it became true.
	SinceFirstSeen
)

var sinceNames = [...]string{"", "data", "data_start", "first_seen"}

func (b SinceBasis) String() string { return sinceNames[min(int(b), len(sinceNames)-1)] }

// MarshalText encodes the basis by name.
func (b SinceBasis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (b *SinceBasis) UnmarshalText(text []byte) error {
	at, err := named("since basis", sinceNames[:], text)
	*b = SinceBasis(at)
	return err
}
