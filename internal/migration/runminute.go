package migration

import "time"

// RunMinute is what became of the runs of a key that started in one minute. An [Activity] of Jobs or tasks counts runs in
// the minute in which they ended; a cutover compares those of the same minute of their start. A later one with the same key,
// scope and start replaces the earlier one.
//
// A Job starts when its controller takes it up, a task when ECS creates it: both wait for a node after that. A Job counts
// once, however many pods it has. Runs that were stopped from outside are none: a Job that was deleted before it ended or
// that is suspended, a task that a person stopped. A Job that is resumed is a run of its first start again.
type RunMinute struct {
	Key   Key
	Scope string    // the account and region, "" where there is one; the engine sets it
	Start time.Time // a full minute
	// Final is set where all runs of the minute have ended and no other can be found of it.
	Final bool

	Runs     int64 // that started; retries are no runs of their own
	Failures int64 // that failed, for any reason
	Open     int64 // that have not ended
	Attempts int64 // pods or tasks of these runs that began, and restarts; not those that were ended from outside

	TimedOut  Opt[int64] // runs that their deadline ended
	OOMKilled Opt[int64] // attempts killed for memory
	ImagePull Opt[int64] // runs that wait, or waited to their end, for an image that cannot be pulled
	Evicted   Opt[int64] // attempts that were evicted
	Empty     Opt[int64] // runs that found no message, where the platform states it
	// Scaled counts runs of Jobs that a KEDA ScaledJob made, one for each message that waited. By KEDA's rule such a Job takes
	// one message and ends; it finds none where another one took it.
	Scaled int64
	// Dropped counts Jobs that their TTL deleted before they were counted, and tasks of which nobody saw how they ended. They
	// are not among Runs.
	Dropped Opt[int64]

	Duration Distribution[time.Duration] // of runs that ended, without start-up
	StartUp  Distribution[time.Duration] // from creation to the start of the first container
	// Deadline is the longest run that ended over what would end it, Memory the highest peak over the memory limit; unknown
	// where there is no deadline or no limit.
	Deadline, Memory Opt[Ratio]

	// Version names what ran: image digest and pod template. "" where it was not read, several joined by a comma.
	Version string
}

// RunMinutes is the [Payload] of a cutover: the runs by the minute of their start, of a platform whose activities have them
// by the minute of their end.
type RunMinutes struct {
	Platform Platform
	Minutes  []RunMinute // changed since the last poll
	// From and To are the time in which every start was seen: a minute within it without a RunMinute had no run.
	// Zero where the source has not read everything once. From moves on where something was missed; what was within an
	// earlier From and To stays so.
	From, To time.Time
}

// Feature is "cutover".
func (RunMinutes) Feature() string { return "cutover" }
