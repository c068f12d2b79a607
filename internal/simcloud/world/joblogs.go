package world

import (
	"slices"
	"strconv"
	"time"
)

// jobLogGroups is what the names of the log groups begin with that the cluster's log
// agent writes the lines of Jobs into, one group a tenant, by the label that it has.
const jobLogGroups = "/eks/demo/"

// JobLogGroups are the log groups of Jobs that exist, sorted: an operator made them for all
// tenants that move.
func (w *World) JobLogGroups() []string {
	var out []string
	for _, s := range w.streams {
		if s.label != "" && len(s.plan) > 0 {
			out = append(out, jobLogGroups+s.label)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// progress is how often a Job's container says that it is still at work.
const progress = 5 * time.Minute

// EachJobLogEvent yields, in no order, the lines that came into a log group of Jobs at
// times in [from, to): of each run that found a node one when it begins, some while it
// works, and one when it ends. It stops when yield returns false.
func (w *World) EachJobLogEvent(group string, from, to time.Time, yield func(LogEvent) bool) {
	for _, s := range w.streams {
		if s.label == "" || group != jobLogGroups+s.label || s.lost || s.nodeType != "" {
			continue
		}
		more := true
		w.eachRun(s, from.Add(-longestMessage), to, func(r run) bool {
			if r.onJobs {
				more = r.eachLine(from, to, yield)
			}
			return more
		})
		if !more {
			return
		}
	}
}

// eachLine yields what a run on Jobs writes at times in [from, to), and reports whether
// yield wants more.
func (r *run) eachLine(from, to time.Time, yield func(LogEvent) bool) bool {
	s := r.stream
	stream := s.label + "-" + s.name + "-" + r.key.with(aspectName).token(8)
	began := r.at.Add(time.Duration(r.key.with(aspectStartUp).between(2, 24) * float64(time.Second)))
	length := min(r.jobWork(), longestMessage)
	killed := r.jobPeak() > int64(s.jobMemory)<<20
	if killed { // half-way, and says nothing any more
		length /= 2
	}
	say := func(after time.Duration, message string) bool {
		at := began.Add(after)
		if at.Before(from) || !at.Before(to) {
			return true
		}
		late := time.Duration(r.key.with(aspectArrival).between(1, 6) * float64(time.Second))
		return yield(LogEvent{At: at, Arrived: at.Add(late), Stream: stream, Message: message})
	}
	if !say(0, "starting "+s.name+"\n") {
		return false
	}
	for after := progress; after < length; after += progress {
		if !say(after, "working for "+strconv.Itoa(int(after/time.Minute))+" minutes\n") {
			return false
		}
	}
	return killed || say(length, "done\n")
}
