package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Signal is what is watched of a tenant during a cutover, by the name that the configuration uses.
type Signal string

// The signals.
const (
	RoutedShare  Signal = "routed_share"  // observed against intended share
	Conservation Signal = "conservation"  // messages in against messages out
	FailureRate  Signal = "failure_rate"  // failed runs
	Reasons      Signal = "reasons"       // runs ended for memory, time or a pull that failed
	Wall         Signal = "wall"          // run time against the time at which a run is ended
	Duration     Signal = "duration"      // run time without start-up
	StartUp      Signal = "start_up"      // INIT, or from the creation of a Job to its start
	Dwell        Signal = "dwell"         // age of the oldest message
	Capacity     Signal = "capacity"      // concurrency or quota in use
	LossPath     Signal = "loss_path"     // dead letters
	LogsArriving Signal = "logs_arriving" // log lines that arrive
	Cost         Signal = "cost"          // cost of 1,000 messages
	MemoryFit    Signal = "memory_fit"    // memory used against the limit
)

// Unit is what an objective is written in.
type Unit uint8

// The units.
const (
	Percent Unit = iota + 1 // "1%", up to 100
	Time                    // "30s", "2h"
	Count                   // a whole number
	Dollars                 // USD
	Factor                  // a number, such as 1.25
	Switch                  // true or false
)

// objectives are the signals with the unit of their objective and what it limits, in the order of the documentation.
var objectives = []struct {
	Signal
	unit Unit
	help string
}{
	{RoutedShare, Percent, "most points between the intended and the observed share"},
	{Conservation, Percent, "largest share of messages that are lost or processed twice"},
	{FailureRate, Percent, "largest share of runs that fail"},
	{Reasons, Count, "most runs ended for memory, by a deadline, or because an image cannot be pulled"},
	{Wall, Percent, "longest run over the time at which it is ended"},
	{Duration, Time, "longest p95 of the run time"},
	{StartUp, Time, "longest p95 of the start-up"},
	{Dwell, Time, "oldest message"},
	{Capacity, Percent, "largest share of a concurrency limit or quota in use"},
	{LossPath, Count, "most messages in the dead-letter queue"},
	{LogsArriving, Percent, "largest share of runs without log lines"},
	{Cost, Dollars, "highest cost of 1,000 messages"},
	{MemoryFit, Percent, "largest share of the memory limit in use"},
	// The numbers of a signal that are no objective: cutover.md says what each does.
	{"conservation.count", Count, "messages that may be lost or processed twice, whatever their share"},
	{"failure_rate.excess", Percent, "points that the new side fails more than the old one from which it rolls back"},
	{"failure_rate.tolerance", Percent, "failure rate that is tolerated where no run has failed"},
	{"failure_rate.margin", Factor, "how many times the old side's failure rate would be too much to promote"},
	{"duration.ratio", Factor, "largest p95 of the new side over that of the old one"},
	{"duration.roll_back", Switch, "whether a slower new side rolls back, and does not only hold"},
	{"capacity.throttles", Count, "most requests that are throttled while the new side is idle"},
	{"logs_arriving.runs", Count, "runs without any log line that hold"},
	{"cost.messages", Count, "messages on each side from which costs are compared"},
	{"promote.after", Time, "shortest time at a share"},
	{"promote.runs", Count, "fewest runs at a share"},
	{"promote.peak", Percent, "share of a day's peak that must have been seen before all work moves"},
}

// Signals lists the names of all signals.
func Signals() []string {
	out := make([]string, len(objectives))
	for i := range objectives {
		out[i] = string(objectives[i].Signal)
	}
	return out
}

// Unit returns the unit of the signal's objective, 0 if there is no such signal.
func (s Signal) Unit() Unit {
	for i := range objectives {
		if objectives[i].Signal == s {
			return objectives[i].unit
		}
	}
	return 0
}

// Help says what an objective of the signal limits.
func (s Signal) Help() string {
	for i := range objectives {
		if objectives[i].Signal == s {
			return objectives[i].help
		}
	}
	return ""
}

// example is how a value of the unit is written.
func (u Unit) example() string {
	return [...]string{
		"", "a percentage from 0% to 100%, such as 1%", "a time above 0, such as 30s or 2h", "a whole number from 0",
		"dollars, 0 or more, such as 0.40", "a number, such as 1.5", "true or false",
	}[u]
}

// SLO is a service level objective: the most that a signal may show. It is for all tenants, a wave or one tenant.
type SLO struct {
	Signal Signal
	// Most is the limit: percent, nanoseconds, a count, USD, a factor, or 1 for true, by the unit of the signal.
	Most  decimal.Decimal
	Place section.Origin
}

// Ratio is the limit of a signal in percent; 1 is 100 %.
func (s SLO) Ratio() migration.Ratio { return migration.Ratio(s.Most.Shift(-2).InexactFloat64()) }

// Time is the limit of a signal that is a time.
func (s SLO) Time() time.Duration { return time.Duration(s.Most.IntPart()) }

// Count is the limit of a signal that is a count.
func (s SLO) Count() int64 { return s.Most.IntPart() }

// USD is the limit of a signal that is a cost.
func (s SLO) USD() migration.USD { return migration.Dollars(s.Most) }

// Text is the limit as it is written in a file.
func (s SLO) Text() string {
	switch s.Signal.Unit() {
	case Percent:
		return s.Most.String() + "%"
	case Time:
		return spanText(s.Time())
	case Switch:
		return strconv.FormatBool(!s.Most.IsZero())
	}
	return s.Most.String()
}

// Limit is the limit as package cutover reads it: a percentage, a duration, or a number.
func (s SLO) Limit() string {
	switch s.Signal.Unit() {
	case Time:
		return s.Time().String()
	case Switch:
		return s.Most.String()
	}
	return s.Text()
}

// most bounds every count and amount: a larger one is a typing error.
var most = decimal.NewFromInt(1_000_000_000)

// parseSLO reads the limit of a signal.
func parseSLO(s Signal, written string) (SLO, bool) {
	out := SLO{Signal: s}
	unit := s.Unit()
	switch unit {
	case Time:
		d, ok := parseSpan(written)
		out.Most = decimal.NewFromInt(int64(d))
		return out, ok && d > 0
	case Switch:
		on, err := strconv.ParseBool(written)
		if on {
			out.Most = decimal.NewFromInt(1)
		}
		return out, err == nil && (written == "true" || written == "false")
	case Percent:
		number, ok := strings.CutSuffix(written, "%")
		if !ok {
			return out, false
		}
		written = strings.TrimSpace(number)
	}
	d, ok := parseNumber(written)
	out.Most = d
	whole := d.Equal(d.Truncate(0))
	return out, ok && (unit != Percent || d.LessThanOrEqual(decimal.NewFromInt(100))) && (unit != Count || whole)
}

// parseNumber reads a decimal number from 0 to the most that is sensible.
func parseNumber(s string) (decimal.Decimal, bool) {
	if s == "" || len(s) > 24 || strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) {
		return decimal.Decimal{}, false // an exponent of a billion would fill the memory
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil && d.LessThanOrEqual(most)
}

// longestSpan bounds times: a longer one is a typing error.
const longestSpan = 366 * 24 * time.Hour

// parseSpan reads a time such as 90s, 6h or 7d.
func parseSpan(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, ok := parseNumber(days)
		n = n.Mul(decimal.NewFromInt(int64(24 * time.Hour)))
		if !ok || !n.Equal(n.Truncate(0)) || n.GreaterThan(decimal.NewFromInt(int64(longestSpan))) {
			return 0, false
		}
		return time.Duration(n.IntPart()), true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0 && d <= longestSpan
}

// spanText writes a time as [parseSpan] reads it.
func spanText(d time.Duration) string {
	if d > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// SLO returns the objective of a signal for a tenant: the tenant's own, its wave's, or the plan's. Its Place says where it
// was set. ok is false if there is none.
func (p *Plan) SLO(tenant migration.Tenant, signal Signal) (slo SLO, ok bool) {
	lists := [][]SLO{p.SLOs}
	if w, m := p.Find(tenant); w != nil {
		lists = [][]SLO{m.SLOs, w.SLOs, p.SLOs}
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(s SLO) bool { return s.Signal == signal }); i >= 0 {
			return list[i], true
		}
	}
	return SLO{}, false
}
