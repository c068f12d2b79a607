package world

import "time"

// mishap is what happens to one workload during its cutover. Its times count from the first step of the plan; zero fields
// are not.
type mishap struct {
	from, to time.Duration // to 0: for good

	jobErrors float64       // share of Job attempts that fail by themselves, in place of the workload's own
	memory    float64       // the working set of Jobs, times what it is
	growth    float64       // and by how much it grows in an hour
	hangs     float64       // share of runs, on both sides, that hang until their time limit ends them
	lost      float64       // share of green's messages that vanish from their queue unprocessed
	twice     float64       // share of green's messages that are delivered and deleted twice
	poison    time.Duration // so often a message comes that nobody can process
	silent    bool          // no message is sent
	burst     time.Duration // most of the messages of so long a time come in one minute of it
}

// mishapAt is the mishap that a moment lies in, nil for none.
func (s *stream) mishapAt(at time.Time) *mishap {
	if s.mishap == nil {
		return nil
	}
	since := at.Sub(s.begun)
	if since < s.mishap.from || s.mishap.to > 0 && since >= s.mishap.to {
		return nil
	}
	return s.mishap
}

// burstShare is the part of the messages of a burst's time that come in its one minute.
const burstShare = 0.8

// busy is the traffic of a minute, times what it would be.
func (s *stream) busy(minute int64) float64 {
	at := time.Unix(minute*60, 0)
	m := s.mishapAt(at)
	switch {
	case s.receives > 0 && at.Before(s.begun.Add(-cutoverPast)):
		return 0
	case m == nil:
		return 1
	case m.silent:
		return 0
	case m.burst > 0:
		of := int64(m.burst / time.Minute)
		if minute%of == 0 {
			return burstShare * float64(of)
		}
		return (1 - burstShare) * float64(of) / float64(of-1)
	}
	return 1
}

// jobErrorsAt is the share of Job attempts that fail by themselves at a moment.
func (s *stream) jobErrorsAt(at time.Time) float64 {
	if m := s.mishapAt(at); m != nil && m.jobErrors > 0 {
		return m.jobErrors
	}
	return s.jobErrors
}

// hangs reports whether the run hangs until its time limit ends it.
func (r *run) hangs() bool {
	m := r.stream.mishapAt(r.at)
	return m != nil && r.key.with(aspectHang).chance(m.hangs)
}

// jobWork is how long the run takes on Jobs if nothing cuts it off.
func (r *run) jobWork() time.Duration { return time.Duration(float64(r.work()) * r.stream.jobSpeed) }

// jobPeak is the greatest working set that the run wants on Jobs, in bytes.
func (r *run) jobPeak() int64 {
	peak := r.peak()
	if m := r.stream.mishapAt(r.at); m != nil && (m.memory > 0 || m.growth > 0) {
		more := max(m.memory, 1) + m.growth*r.at.Sub(r.stream.begun.Add(m.from)).Hours()
		peak = int64(float64(peak) * more)
	}
	return peak
}

// delivery is a run of a message that a queue delivers again when it fails.
type delivery struct {
	number int  // from 0
	poison bool // nobody can process the message
}

// fails reports whether the run fails, on a stream whose messages are delivered again.
func (r *run) fails() bool {
	if !r.onJobs {
		one := r.stream.function.invoke(r)
		return one.Failed
	}
	return r.poison || r.jobPeak() > int64(r.stream.jobMemory)<<20 || r.jobWork() >= r.stream.deadline || r.errs()
}

// errs reports whether the run fails by itself on Jobs.
func (r *run) errs() bool {
	return r.poison || r.key.with(aspectFate).with(aspectDelivery).chance(r.stream.jobErrorsAt(r.at))
}

// errsAfter is when it fails by itself, after its start.
func (r *run) errsAfter() time.Duration {
	return time.Duration(r.key.with(aspectFateAt).uniform() * float64(r.jobWork()))
}

// length is about how long the run is at work.
func (r *run) length() time.Duration {
	if !r.onJobs {
		one := r.stream.function.invoke(r)
		return one.Duration
	}
	work := min(r.jobWork(), r.stream.deadline)
	if r.errs() {
		work = min(work, r.errsAfter())
	}
	return work + jobStart
}

// jobStart is about how long a Job takes to start.
const jobStart = 8 * time.Second

// vanishes reports whether the message is lost before anybody processes it.
func (r *run) vanishes() bool {
	m := r.stream.mishapAt(r.at)
	return m != nil && r.onJobs && r.key.with(aspectLost).chance(m.lost)
}

// doubles reports whether the message is delivered and deleted twice.
func (r *run) doubles() bool {
	m := r.stream.mishapAt(r.at)
	return m != nil && r.onJobs && r.key.with(aspectTwice).chance(m.twice)
}

// deliveries are the runs of a message, in order: the first, and one after each that failed, as long as the queue delivers
// it.
func (r *run) deliveries() []run {
	if r.vanishes() {
		return nil
	}
	out := []run{*r}
	if r.doubles() {
		again := *r
		again.key, again.at = r.key.with(aspectTwice), r.at.Add(2*time.Second)
		return append(out, again)
	}
	for n := 1; n < r.stream.receives; n++ {
		last := &out[n-1]
		if !last.fails() {
			break
		}
		next := *last
		next.number, next.key = n, r.key.with(aspectDelivery).with(uint64(n))
		next.at = last.at.Add(max(r.stream.visibility, last.length())).Truncate(time.Millisecond)
		out = append(out, next)
	}
	return out
}

// lookBack is the longest time after its first delivery in which a message can still be delivered.
func (s *stream) lookBack() time.Duration {
	return time.Duration(s.receives) * (max(s.visibility, s.deadline) + time.Minute)
}
