package cutover

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signal is one thing that is watched during a cutover.
type Signal uint8

// The signals, in the order in which they are shown.
const (
	Share        Signal = iota // routed share, observed against intended
	Conservation               // messages in = messages out
	Failures                   // failure rate, green against blue
	Reasons                    // why Jobs failed: OOMKilled, DeadlineExceeded, images, evictions
	Wall                       // the longest run against what would end it
	Duration                   // run time, green against blue
	StartUp                    // from creation to start
	Dwell                      // age of the oldest message
	Capacity                   // throttles and Pending
	LossPath                   // dead letters and dropped events
	LogLines                   // whether log lines arrive
	Cost                       // cost of 1,000 messages
	MemoryFit                  // peak memory against its limit
	SignalCount
)

var signalNames = [SignalCount]string{
	"routed_share", "conservation", "failure_rate", "reasons", "wall", "duration", "start_up", "dwell", "capacity", "loss_path",
	"logs_arriving", "cost", "memory_fit",
}

func (s Signal) String() string {
	if s < SignalCount {
		return signalNames[s]
	}
	return "signal(" + strconv.Itoa(int(s)) + ")"
}

// MarshalText encodes the signal by name.
func (s Signal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Limit is one number that can be set for all tenants, a wave or a tenant.
type Limit uint8

// The limits.
const (
	ShareOff         Limit = iota // points of share between observed and intended that hold
	LossShare                     // share of messages that may be unaccounted for
	LossCount                     // number of messages that may be unaccounted for
	FailureRate                   // failure rate of green that holds
	ExcessRate                    // excess of green's failure rate that rolls back
	Tolerance                     // failure rate of green that is tolerated if none was seen
	Margin                        // how many times blue's failure rate would be too much to promote
	ReasonsAllowed                // attempts killed for memory, or runs ended by their deadline, that do not hold
	WallRatio                     // longest run over its limit that holds
	RunTime                       // seconds that green's p95 may take; 0 for no limit
	SlowerRatio                   // green's p95 over blue's that holds
	SlowerRollsBack               // 1 if SLOWER rolls back instead of holding
	StartBudget                   // seconds that 95 % of Jobs may wait for their start
	DwellLimit                    // seconds that the oldest message may wait
	CapacityRatio                 // blue's concurrency over its limit that holds
	ThrottlesAllowed              // throttled requests while green is idle that do not hold
	DeadAllowed                   // dead letters and dropped events that do not hold
	SilentShare                   // share of runs in minutes without a log line that holds
	SilentRuns                    // runs without any log line that hold
	MemoryRatioLimit              // peak memory over its limit that holds
	CostMessages                  // messages on each side from which cost is compared
	MinMinutes                    // time of a step before it promotes, in seconds
	MinRuns                       // Jobs of a step before it promotes
	PeakShare                     // share of the daily peak that must have been seen before 100 %
	limitCount
)

// limitInfo describes a limit.
type limitInfo struct {
	name     string
	signal   Signal
	value    float64 // default
	least    float64
	most     float64
	duration bool // the value is in seconds and written as a duration
}

var limitInfos = [limitCount]limitInfo{
	ShareOff:         {"routed_share", Share, 0.10, 0, 1, false},
	LossShare:        {"conservation", Conservation, 0.01, 0, 1, false},
	LossCount:        {"conservation.count", Conservation, 10, 0, 1e9, false},
	FailureRate:      {"failure_rate", Failures, 1, 0, 1, false},
	ExcessRate:       {"failure_rate.excess", Failures, 0.005, 0, 1, false},
	Tolerance:        {"failure_rate.tolerance", Failures, 0.0025, 1e-6, 1, false},
	Margin:           {"failure_rate.margin", Failures, 2, 1.01, 100, false},
	ReasonsAllowed:   {"reasons", Reasons, 0, 0, 1e9, false},
	WallRatio:        {"wall", Wall, 0.8, 0, 1, false},
	RunTime:          {"duration", Duration, 0, 0, 14 * 86400, true},
	SlowerRatio:      {"duration.ratio", Duration, 1.25, 1, 100, false},
	SlowerRollsBack:  {"duration.roll_back", Duration, 0, 0, 1, false},
	StartBudget:      {"start_up", StartUp, 300, 0, 14 * 86400, true},
	DwellLimit:       {"dwell", Dwell, 900, 0, 14 * 86400, true},
	CapacityRatio:    {"capacity", Capacity, 1, 0, 1, false},
	ThrottlesAllowed: {"capacity.throttles", Capacity, 0, 0, 1e9, false},
	DeadAllowed:      {"loss_path", LossPath, 0, 0, 1e9, false},
	SilentShare:      {"logs_arriving", LogLines, 1, 0, 1, false},
	SilentRuns:       {"logs_arriving.runs", LogLines, 20, 1, 1e9, false},
	MemoryRatioLimit: {"memory_fit", MemoryFit, 0.9, 0, 1, false},
	CostMessages:     {"cost.messages", Cost, 1000, 1, 1e9, false},
	MinMinutes:       {"promote.after", Failures, 1800, 60, 90 * 86400, true},
	MinRuns:          {"promote.runs", Failures, 200, 1, 1e9, false},
	PeakShare:        {"promote.peak", Share, 0.8, 0, 1, false},
}

// String is the name of the limit in a configuration: its signal alone for the service level objective, and the signal with one
// of its numbers for the others.
func (l Limit) String() string {
	if l < limitCount {
		return limitInfos[l].name
	}
	return "limit(" + strconv.Itoa(int(l)) + ")"
}

// LimitNames lists the names that [Limits.Set] knows, in order.
func LimitNames() []string {
	names := make([]string, limitCount)
	for l := range limitCount {
		names[l] = l.String()
	}
	return names
}

// Origin says for whom a limit was set, the weakest first.
type Origin uint8

// The origins. The one for fewer tenants wins.
const (
	FromDefault Origin = iota
	FromPlan
	FromWave
	FromTenant
)

var originNames = [...]string{"default", "plan", "wave", "tenant"}

func (o Origin) String() string { return originNames[min(int(o), len(originNames)-1)] }

// MarshalText encodes the origin by name.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Threshold is the value of a limit and where it was set.
type Threshold struct {
	Value float64
	From  Origin
	Place string // where it was written, such as migtop.yaml:12:5; "" for a default
}

// Limits are the thresholds of one tenant. The zero value has the defaults.
type Limits struct {
	set [limitCount]Threshold
}

// Setting is one limit as it is written: a number, a percentage such as 2 %, or a duration such as 15m.
type Setting struct {
	Name, Value string
	From        Origin
	Place       string
}

// Of is the threshold in force.
func (l *Limits) Of(limit Limit) Threshold {
	if t := l.set[limit]; t.From != FromDefault {
		return t
	}
	return Threshold{Value: limitInfos[limit].value}
}

// at is the value of a limit.
func (l *Limits) at(limit Limit) float64 {
	if t := &l.set[limit]; t.From != FromDefault {
		return t.Value
	}
	return limitInfos[limit].value
}

// Set takes a setting over, unless one for fewer tenants is there. It refuses an unknown name and a value that is out of
// range or unreadable, and names the place. The objective of the cost is money, and in [CostFacts].
func (l *Limits) Set(s Setting) error {
	at := slices.IndexFunc(limitInfos[:], func(i limitInfo) bool { return i.name == s.Name })
	if at < 0 {
		return fmt.Errorf("%sunknown signal %q: use one of %s", prefix(s.Place), s.Name, strings.Join(LimitNames(), ", "))
	}
	info := &limitInfos[at]
	v, err := parseLimit(info, s.Value)
	if err != nil {
		return fmt.Errorf("%s%s: %w", prefix(s.Place), s.Name, err)
	}
	from := max(s.From, FromPlan)
	if l.set[at].From <= from {
		l.set[at] = Threshold{Value: v, From: from, Place: s.Place}
	}
	return nil
}

// prefix is a place before a message.
func prefix(place string) string {
	if place == "" {
		return ""
	}
	return place + ": "
}

// parseLimit reads the value of a limit.
func parseLimit(info *limitInfo, written string) (float64, error) {
	s := strings.TrimSpace(written)
	var v float64
	if info.duration {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration: write one such as 15m", written)
		}
		v = d.Seconds()
	} else {
		number, percent := strings.CutSuffix(s, "%")
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no number", written)
		}
		if v = n; percent {
			v /= 100
		}
	}
	if !(v >= info.least && v <= info.most) { // NaN too
		return 0, fmt.Errorf("%s is out of range: %s to %s", s, info.write(info.least), info.write(info.most))
	}
	return v, nil
}

// write formats a value of the limit.
func (i *limitInfo) write(v float64) string {
	switch {
	case i.duration: // "5m", not "5m0s"
		d := time.Duration(v * float64(time.Second))
		s := d.String()
		if d%time.Minute == 0 && d > 0 {
			s = strings.TrimSuffix(s, "0s")
		}
		if d%time.Hour == 0 && d > 0 {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	case i.most == 1 && i.name != limitInfos[SlowerRollsBack].name: // a share
		return strconv.FormatFloat(math.Round(v*1e8)/1e6, 'g', -1, 64) + "%"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Write formats a value of the limit as it is written in a configuration.
func (l Limit) Write(v float64) string { return limitInfos[l].write(v) }
