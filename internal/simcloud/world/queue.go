package world

import (
	"cmp"
	"slices"
	"time"
)

// The parts that a queue can have in a cutover.
const (
	Blue        = "blue"
	Green       = "green"
	DeadLetters = "dead-letter"
)

// Queue is one of the queues of a workload that is being cut over: the runs of
// each side are messages of a queue of its own, and those that fail for good end
// in a third.
type Queue struct {
	Name             string
	Part             string // Blue, Green or DeadLetters
	Tenant, Workload string
	// Visibility is six times the function's timeout, as AWS recommends.
	Visibility time.Duration
	// Receives is how often a message is delivered before it becomes a dead letter.
	Receives int

	stream *stream
}

// Queues are the queues of the story, sorted by name: initech's scores, half of
// which fail on the new side for want of memory, and meridian's reindexing, where
// all is well. In the story of the cutover every tenant has them.
func (w *World) Queues() []Queue {
	var out []Queue
	for _, s := range w.streams {
		if s.function == nil { // its runs are tasks, which no queue feeds
			continue
		}
		if s.receives == 0 && (s.tenant != "initech" || s.name != "ml-score") && (s.tenant != "meridian" || s.name != "geo-reindex") {
			continue
		}
		base := s.tenant + "-" + s.name
		for suffix, part := range map[string]string{"-events": Blue, "-jobs": Green, "-dlq": DeadLetters} {
			out = append(out, Queue{
				Name: base + suffix, Part: part, Tenant: s.tenant, Workload: s.name, Visibility: 6 * s.timeout,
				Receives: max(s.receives, 1), stream: s,
			})
		}
	}
	slices.SortFunc(out, func(a, b Queue) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// message is one run as its queue sees it, or all runs of a message that is delivered again.
type message struct {
	sent, received, done time.Time
	dead                 bool // it ends in the dead-letter queue instead of being deleted
	again                []time.Time
	lost                 bool // it is gone, and nobody deleted it
	twice                bool // it is deleted twice
}

// longestMessage is the longest time that a message is there: a run on Jobs that
// takes as long as any, tried to its end.
const longestMessage = 3 * time.Hour

// eachMessage yields the messages of one side that were sent in [from, to).
func (w *World) eachMessage(s *stream, green bool, from, to time.Time, yield func(message)) {
	if s.receives > 0 {
		w.eachRedelivered(s, green, from, to, yield)
		return
	}
	w.eachRun(s, from, to, func(r run) bool {
		if r.onJobs != green {
			return true
		}
		m := message{sent: r.at}
		if green {
			// A dispatcher looks every twenty seconds and makes a Job of each.
			m.received = r.at.Add(time.Duration(r.key.with(aspectStartUp).between(2, 24) * float64(time.Second)))
			length := time.Duration(float64(r.work()) * s.jobSpeed)
			if r.peak() > int64(s.jobMemory)<<20 { // killed, and again with each retry
				m.dead, length = true, length/2*time.Duration(s.retries+1)
			}
			m.done = m.received.Add(8*time.Second + length)
		} else {
			m.received = r.at.Add(time.Duration(r.key.with(aspectStartUp).between(0.05, 1.5) * float64(time.Second)))
			one := s.function.invoke(&r)
			m.dead = one.Failed
			m.done = m.received.Add(one.Duration)
		}
		if m.done.Sub(m.sent) > longestMessage {
			m.done = m.sent.Add(longestMessage)
		}
		yield(m)
		return true
	})
}

// vanishing is how long a message that is lost is in its queue.
const vanishing = 20 * time.Second

// eachRedelivered yields the messages of one side of a stream whose queue delivers them again.
func (w *World) eachRedelivered(s *stream, green bool, from, to time.Time, yield func(message)) {
	w.eachFirst(s, from, to, func(r run) bool {
		if r.onJobs != green {
			return true
		}
		m := message{sent: r.at, received: r.at.Add(100 * time.Millisecond), twice: r.doubles()}
		runs := r.deliveries()
		if len(runs) == 0 {
			m.lost, m.received = true, r.at.Add(vanishing)
			m.done = m.received
			yield(m)
			return true
		}
		last := &runs[len(runs)-1]
		m.done = last.at.Add(last.length())
		m.dead = !m.twice && last.fails()
		for _, one := range runs[1:] {
			m.again = append(m.again, one.at)
		}
		yield(m)
		return true
	})
}

// tidied is the last time before a moment at which an operator emptied the
// dead-letter queues: every morning at six.
func tidied(at time.Time) time.Time {
	six := at.Truncate(day).Add(6 * time.Hour)
	if six.After(at) {
		six = six.Add(-day)
	}
	return six
}

// QueueMinute is what happened to a queue in a minute, and how it stood at the
// beginning of it.
type QueueMinute struct {
	At                      time.Time
	Sent, Received, Deleted int64
	Visible, NotVisible     int64
	Oldest                  time.Duration // age of the oldest message; 0 where there is none
}

// QueueMinutes are the full minutes in [from, to).
func (w *World) QueueMinutes(q *Queue, from, to time.Time) []QueueMinute {
	from = from.Truncate(time.Minute)
	n := int(to.Sub(from) / time.Minute)
	if n <= 0 {
		return nil
	}
	out := make([]QueueMinute, n)
	for i := range out {
		out[i].At = from.Add(time.Duration(i) * time.Minute)
	}
	if q.Part == DeadLetters {
		w.deadMinutes(q, out)
		return out
	}
	at := func(t time.Time) *QueueMinute {
		if i := int(t.Sub(from) / time.Minute); !t.Before(from) && i < n {
			return &out[i]
		}
		return &QueueMinute{}
	}
	w.eachMessage(q.stream, q.Part == Green, from.Add(-longestMessage), to, func(m message) {
		at(m.sent).Sent++
		if !m.lost {
			at(m.received).Received++
		}
		for _, t := range m.again {
			at(t).Received++
		}
		if !m.dead && !m.lost {
			at(m.done).Deleted++
		}
		if m.twice {
			at(m.done).Deleted++
		}
		first := max(int((m.sent.Sub(from)+time.Minute-1)/time.Minute), 0)
		for i := first; i < n && m.done.After(out[i].At); i++ {
			minute := &out[i]
			if m.received.After(minute.At) {
				minute.Visible++
			} else {
				minute.NotVisible++
			}
			minute.Oldest = max(minute.Oldest, minute.At.Sub(m.sent))
		}
	})
	return out
}

// deadMinutes fills in the minutes of a dead-letter queue. What lands there was
// moved, not sent.
func (w *World) deadMinutes(q *Queue, out []QueueMinute) {
	type dead struct{ since, sent time.Time }
	var all []dead
	begin, end := tidied(out[0].At), out[len(out)-1].At.Add(time.Minute)
	for _, green := range []bool{false, true} {
		w.eachMessage(q.stream, green, begin.Add(-longestMessage), end, func(m message) {
			if m.dead && !m.done.Before(begin) && m.done.Before(end) {
				all = append(all, dead{m.done, m.sent})
			}
		})
	}
	for i := range out {
		minute := &out[i]
		since := tidied(minute.At)
		next := minute.At.Add(time.Minute)
		for _, d := range all {
			if !d.since.Before(since) && !d.since.After(minute.At) {
				minute.Visible++
				minute.Oldest = max(minute.Oldest, minute.At.Sub(d.sent))
			}
			// Who empties it takes all that is in it, and deletes it.
			if six := tidied(next); six.After(minute.At) && d.since.Before(six) && !d.since.Before(six.Add(-day)) {
				minute.Deleted++
			}
		}
		minute.Received = minute.Deleted
	}
}
