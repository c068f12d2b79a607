package migration

import "time"

// RunMinute is what became of the runs of a key that started in one minute. An [Activity] of Jobs or tasks counts runs in
// the minute in which they ended; a cutover compares those of the same minute of their start. A later one with the same key,
// scope and start replaces the earlier one.
type RunMinute struct {
	Key   Key
	Scope string    // the account and region, "" where there is one; the engine sets it
	Start time.Time // a full minute
	// Final is set where all runs of the minute have ended and no other can be found of it.
	Final bool

	Runs     int64 // that started; retries are no runs of their own
	Failures int64 // that failed, for any reason
	Open     int64 // that have not ended
	Attempts int64 // pods or tasks of these runs so far

	TimedOut  Opt[int64] // runs that their deadline ended
	OOMKilled Opt[int64] // attempts killed for memory
	ImagePull Opt[int64] // runs that wait, or waited to their end, for an image that cannot be pulled
	Evicted   Opt[int64] // attempts that were evicted
	Empty     Opt[int64] // runs that found no message, where the platform states it
	// Dropped counts Jobs that their TTL deleted before they were counted.
	Dropped Opt[int64]

	Duration Distribution[time.Duration] // of runs that ended, without start-up
	StartUp  Distribution[time.Duration] // from creation to the start of the first container
	// Deadline is the longest run over what would end it, Memory the highest peak over the memory limit.
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
	// Zero where the source has not read everything once.
	From, To time.Time
}

// Feature is "cutover".
func (RunMinutes) Feature() string { return "cutover" }
