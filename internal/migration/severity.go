package migration

// Severities says which figures of a [Side] need attention, and how much: 0 where a figure
// does not, or is unknown. A tenant's and the fleet's sides have them, the fleet's as the
// worst of its tenants; a workload's and a service's are not judged.
type Severities struct {
	FailureRate  Severity `json:"failure_ratio"`
	Throttled    Severity `json:"throttled"`
	TimedOut     Severity `json:"timed_out"`
	OOMKilled    Severity `json:"oom_killed"`
	Pending      Severity `json:"pending"`
	PeakMemory   Severity `json:"peak_memory_bytes"`
	TimeoutRatio Severity `json:"wall_ratio"`
}

// Worse returns for each figure the worse severity of two.
func (s Severities) Worse(o Severities) Severities {
	return Severities{
		FailureRate: max(s.FailureRate, o.FailureRate), Throttled: max(s.Throttled, o.Throttled),
		TimedOut: max(s.TimedOut, o.TimedOut), OOMKilled: max(s.OOMKilled, o.OOMKilled), Pending: max(s.Pending, o.Pending),
		PeakMemory: max(s.PeakMemory, o.PeakMemory), TimeoutRatio: max(s.TimeoutRatio, o.TimeoutRatio),
	}
}

// FlowSeverities says which figures of a [QueueFlow] need attention, and how much.
type FlowSeverities struct {
	DeadLetters Severity `json:"dead_letters"`
	Residual    Severity `json:"residual"`
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
