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
