// Package gate answers whether a pipeline may go on: promote, hold, roll back or no data, for a tenant, for a wave or for all
// tenants, from the verdicts of a Snapshot. It adds no judgement of its own; what it adds is care: the answer of several
// tenants is that of the most careful one, a good word on another step than the caller's holds, and whatever contradicts
// itself holds.
package gate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Answer is what a gate says.
type Answer uint8

// The answers. The zero value is the one without data.
const (
	NoData   Answer = iota
	Promote         // the next step may be taken: PROMOTE, ready for the first step, or moved
	Hold            // wait
	RollBack        // go back
)

var answers = [...]struct {
	name string
	code int
	care int // the answer of several tenants is the one with the most care
}{
	NoData: {"no_data", 3, 2}, Promote: {"promote", 0, 0}, Hold: {"hold", 10, 1}, RollBack: {"roll_back", 20, 3},
}

func (a Answer) String() string { return answers[min(int(a), len(answers)-1)].name }

// MarshalText encodes the answer by name.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// ExitCode is the answer as the exit code of a command: 0 promote, 10 hold, 20 roll back, 3 no data.
func (a Answer) ExitCode() int { return answers[min(int(a), len(answers)-1)].code }

// Careful returns the more careful of two answers: roll back, then no data, then hold, then promote.
func Careful(a, b Answer) Answer {
	if answers[b].care > answers[a].care {
		return b
	}
	return a
}

// Of is the answer of one verdict. It takes a good or a bad word only where the word and the exit code agree.
func Of(c *migration.Cutover) Answer {
	if c.Word == migration.VerdictNone {
		return NoData
	}
	ready, known := c.Detail.Ready.Get()
	switch word := c.Word; c.Detail.ExitCode {
	case Promote.ExitCode():
		first := (word == migration.VerdictMove || word == migration.VerdictCannotStay) && known && ready
		if first || word == migration.VerdictPromote || word == migration.VerdictMoved || word == migration.VerdictMovedCostsMore {
			return Promote
		}
		return Hold
	case RollBack.ExitCode():
		if word == migration.VerdictRollBack {
			return RollBack
		}
		return Hold
	case Hold.ExitCode():
		return Hold
	}
	return NoData
}

// Question is what a caller wants to know.
type Question struct {
	Tenant migration.Tenant // "" for all, or those of the wave
	Wave   string           // "" for no wave
	// Share is the share that the caller has routed. A good word on another step does not count: migtop may not have seen the
	// new share yet. Unknown where the caller does not say.
	Share migration.Opt[migration.Ratio]
	// Complete says that every source answered: a tenant that is not there does not exist.
	Complete bool
}

// Result is the answer to a question, with every number behind it.
type Result struct {
	// The moment that the answer is of.
	At time.Time `wire:"at"`
	// promote, hold, roll_back or no_data: that of the most careful tenant.
	Gate Answer `wire:"gate"`
	// The same as a number: 0, 10, 20 or 3.
	ExitCode int `wire:"exit_code"`
	// Why, in one sentence.
	Reason string `wire:"gate_reason"`
	// The share that the caller is at, as a part of 1.
	Share migration.Opt[migration.Ratio] `wire:"asked_ratio"`
	// Every source answered in full.
	Complete bool `wire:"complete"`
	// The time that figures cover, and since when data is known.
	Window migration.Window `wire:"window"`
	// The two platforms.
	Move migration.Move `wire:"move,from=Move.OrDefault()"`
	// The tenants, in the order of the Snapshot.
	Tenants []Verdict `wire:"tenants"`
	// Their waves.
	Waves []migration.CutoverWave `wire:"cutover_waves"`
}

// Verdict is the answer of one tenant.
type Verdict struct {
	// The name.
	Tenant migration.Tenant `wire:"tenant"`
	// promote, hold, roll_back or no_data.
	Gate Answer `wire:"gate"`
	// Why: the reason of the verdict, or why the verdict does not count here.
	Reason string `wire:"gate_reason"`
	// What the Snapshot says.
	Cutover migration.Cutover `wire:",inline"`
	// What the costs say alone.
	Cost migration.Verdict `wire:",inline"`
}

// ErrUnknown is wrapped by errors about tenants and waves that do not exist.
var ErrUnknown = errors.New("does not exist")

// Ask answers a question from a Snapshot. The error wraps [ErrUnknown]; a tenant that may exist, since a source did not
// answer or the plan has it, is an answer without data.
func Ask(s *migration.Snapshot, q *Question) (*Result, error) {
	r := &Result{At: s.At, Share: q.Share, Complete: q.Complete, Window: s.Window, Move: s.Move}
	wanted, err := q.tenants(s)
	if err != nil {
		return nil, err
	}
	seen := map[migration.Tenant]bool{}
	for i := range s.Tenants {
		v := &s.Tenants[i]
		seen[v.Tenant] = true
		if v.Tenant != migration.Unattributed && (wanted == nil || slices.Contains(wanted, v.Tenant)) {
			r.Tenants = append(r.Tenants, Verdict{
				Tenant: v.Tenant, Gate: Of(&v.Cutover), Reason: v.Cutover.Reason, Cutover: v.Cutover, Cost: v.Verdict,
			})
		}
	}
	for _, t := range wanted {
		if !seen[t] {
			v, err := q.absent(s, t)
			if err != nil {
				return nil, err
			}
			r.Tenants = append(r.Tenants, *v)
		}
	}
	r.waves(s, q)
	if share, asked := q.Share.Get(); asked {
		for i := range r.Tenants {
			r.Tenants[i].elsewhere(share)
		}
	}
	r.conclude()
	return r, nil
}

// tenants are those that the question is about, nil for all.
func (q *Question) tenants(s *migration.Snapshot) ([]migration.Tenant, error) {
	if q.Tenant != "" {
		return []migration.Tenant{q.Tenant}, nil
	}
	if q.Wave == "" {
		return nil, nil
	}
	var names []string
	for i := range s.Cutovers {
		if s.Cutovers[i].Name == q.Wave {
			return append([]migration.Tenant{}, s.Cutovers[i].Tenants...), nil
		}
		names = append(names, strconv.Quote(s.Cutovers[i].Name))
	}
	for i := range s.Waves { // planned, and no tenant of it was judged
		if s.Waves[i].Name == q.Wave {
			return append([]migration.Tenant{}, s.Waves[i].Tenants...), nil
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("wave %q %w: there is no plan; see docs/plan.md", q.Wave, ErrUnknown)
	}
	return nil, fmt.Errorf("wave %q %w: the plan has %s", q.Wave, ErrUnknown, strings.Join(names, ", "))
}

// elsewhere makes a good word hold that is on another step than the caller's.
func (v *Verdict) elsewhere(want migration.Ratio) {
	if v.Gate != Promote {
		return
	}
	have, known := v.Cutover.Detail.Share.Get()
	if v.Cutover.Detail.Stage == migration.StageBefore {
		have, known = 0, true
	}
	if known && math.Abs(float64(have-want)) <= tolerance(float64(want)) {
		return
	}
	is := "an unknown share"
	if known {
		is = text.Percent(have)
	}
	v.Gate = Hold
	v.Reason = fmt.Sprintf("%q is a verdict on %s: migtop has not seen the share of %s yet", v.Cutover.Text, is, text.Percent(want))
}

// tolerance is how far the share that migtop judges may be from the caller's: what is seen scatters around what is routed, and
// the next step must not pass for it.
func tolerance(share float64) float64 { return min(share/2, 0.1) }

// absent is the answer of a tenant that the Snapshot does not have.
func (q *Question) absent(s *migration.Snapshot, t migration.Tenant) (*Verdict, error) {
	planned := slices.ContainsFunc(s.Cutovers, func(w migration.CutoverWave) bool { return slices.Contains(w.Tenants, t) }) ||
		slices.ContainsFunc(s.Waves, func(w migration.Wave) bool { return slices.Contains(w.Tenants, t) })
	why := "it is in the plan, and neither side has work of it"
	switch {
	case !q.Complete:
		why = "it was not seen, and not every source answered: migtop doctor says why"
	case !planned:
		known := ""
		if near := nearest(s, t); near != "" {
			known = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, fmt.Errorf("tenant %q %w: neither side has work of it%s", t, ErrUnknown, known)
	}
	c := migration.Cutover{Reason: why, Detail: migration.CutoverDetail{Divisor: 1, ExitCode: NoData.ExitCode()}}
	c.Text = c.Word.String()
	return &Verdict{Tenant: t, Reason: why, Cutover: c}, nil
}

// nearest is the known tenant whose name is nearest to one, "" where none is near.
func nearest(s *migration.Snapshot, t migration.Tenant) migration.Tenant {
	best, least := migration.Tenant(""), 3
	for i := range s.Tenants {
		name := s.Tenants[i].Tenant
		if d := distance(strings.ToLower(string(name)), strings.ToLower(string(t))); name != "" && d < min(least, len(t)) {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace between two texts (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0]++
		for j := range len(b) {
			replace := last
			if a[i] != b[j] {
				replace++
			}
			last = row[j+1]
			row[j+1] = min(replace, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}

// cohortGives are the reasons to hold that the evidence of the whole wave can take away.
var cohortGives = []string{"need_evidence", "need_runs"}

// waves adds the waves of the tenants, and in the answer of a wave lets its cohort speak for tenants with little traffic.
func (r *Result) waves(s *migration.Snapshot, q *Question) {
	for i := range s.Cutovers {
		w := &s.Cutovers[i]
		asked := q.Wave == w.Name
		member := func(v Verdict) bool { return slices.Contains(w.Tenants, v.Tenant) }
		if !asked && !(q.Wave == "" && slices.ContainsFunc(r.Tenants, member)) {
			continue
		}
		r.Waves = append(r.Waves, *w)
		if !asked || !w.Cohort.Promotes {
			continue
		}
		for j := range r.Tenants {
			v := &r.Tenants[j]
			lacks := v.Cutover.Detail.Holds
			few := v.Gate == Hold && v.Cutover.Word == migration.VerdictHold && len(lacks) > 0 &&
				!slices.ContainsFunc(lacks, func(h string) bool { return !slices.Contains(cohortGives, h) })
			if few && !slices.Contains(w.Harmed, v.Tenant) {
				v.Gate = Promote
				v.Reason = "with its cohort, which has the evidence that it lacks: " + v.Reason
			}
		}
	}
}

// conclude is the answer of all tenants together: that of the most careful.
func (r *Result) conclude() {
	if len(r.Tenants) == 0 {
		r.Gate, r.ExitCode, r.Reason = NoData, NoData.ExitCode(), "no tenant was seen"
		return
	}
	r.Gate = r.Tenants[0].Gate
	for i := range r.Tenants {
		r.Gate = Careful(r.Gate, r.Tenants[i].Gate)
	}
	r.ExitCode = r.Gate.ExitCode()
	same := func(v Verdict) bool { return v.Gate == r.Gate }
	first, n := slices.IndexFunc(r.Tenants, same), 0
	for i := range r.Tenants {
		if same(r.Tenants[i]) {
			n++
		}
	}
	r.Reason = r.Tenants[first].Reason
	if len(r.Tenants) > 1 {
		r.Reason = strings.TrimSuffix(fmt.Sprintf("%d of %s, such as %s: %s", n, text.Plural(len(r.Tenants), "tenant"),
			r.Tenants[first].Tenant, r.Reason), ": ")
	}
}

// Until says when a wait is over.
type Until uint8

// The ends of a wait.
const (
	// UntilPromote is over when all tenants promote, or when one of them should roll back.
	UntilPromote Until = iota
	// UntilDecided is over when each tenant promotes or should roll back.
	UntilDecided
)

// Over reports whether a wait for the answer is over.
func (r *Result) Over(u Until) bool {
	if u == UntilPromote {
		return r.Gate == Promote || r.Gate == RollBack
	}
	return len(r.Tenants) > 0 &&
		!slices.ContainsFunc(r.Tenants, func(v Verdict) bool { return v.Gate != Promote && v.Gate != RollBack })
}
