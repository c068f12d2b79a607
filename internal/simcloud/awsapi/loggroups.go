package awsapi

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// logEvents are the lines of a group that have arrived.
func (s *Server) logEvents(group string, from, to time.Time, seen view) iter.Seq[LogEvent] {
	return func(yield func(LogEvent) bool) {
		account, ok := s.cfg.Account.(LogAccount)
		if !ok {
			return
		}
		for e := range account.LogEvents(group, from, to) {
			if seen.arrived(e.At, e.Arrived) && !yield(e) {
				return
			}
		}
	}
}

// arrived reports whether a line is there.
func (v view) arrived(at, due time.Time) bool {
	if due.Before(at) {
		due = at
	}
	if !v.late.IsZero() && !at.Before(v.late) {
		due = due.Add(lateness)
	}
	return !due.After(v.now)
}

// logsNamespace is where CloudWatch Logs counts what arrives.
const logsNamespace = "AWS/Logs"

// logMetrics are what it counts of each log group, with their units.
var logMetrics = map[string]string{"IncomingBytes": "Bytes", "IncomingLogEvents": "None"}

// groupMetrics are the metrics of the log groups.
func (s *Server) groupMetrics(now time.Time) []Metric {
	account, ok := s.cfg.Account.(LogAccount)
	if !ok {
		return nil
	}
	var out []Metric
	for _, group := range account.LogGroups(now) {
		for _, name := range slices.Sorted(maps.Keys(logMetrics)) {
			out = append(out, Metric{
				Namespace: logsNamespace, Name: name, Unit: logMetrics[name],
				Dimensions: []Dimension{{"LogGroupName", group}},
			})
		}
	}
	return out
}

// groupSamples are one sample a line that has arrived, at the time that it carries.
func (s *Server) groupSamples(m *Metric, from, to time.Time, seen view) iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		if sizer, ok := s.cfg.Account.(LogSizer); ok {
			for e := range sizer.LogSizes(m.Dimensions[0].Value, from, to) {
				if seen.arrived(e.At, e.Arrived) && !yield(m.lineSample(&e)) {
					return
				}
			}
			return
		}
		for e := range s.logEvents(m.Dimensions[0].Value, from, to, seen) {
			if !yield(m.lineSample(&LogSize{At: e.At, Bytes: len(e.Message)})) {
				return
			}
		}
	}
}

// lineSample is what one line adds to the metric of a log group.
func (m *Metric) lineSample(e *LogSize) Sample {
	if m.Name == "IncomingBytes" {
		return Sample{At: e.At, Value: float64(e.Bytes)}
	}
	return Sample{At: e.At, Value: 1}
}

// loggedFunction is the function whose own log group a metric is about, "" for any other metric.
func (m *Metric) loggedFunction() string {
	if m.Namespace != logsNamespace {
		return ""
	}
	name, _ := strings.CutPrefix(m.Dimensions[0].Value, "/aws/lambda/")
	if name == m.Dimensions[0].Value {
		return ""
	}
	return name
}
