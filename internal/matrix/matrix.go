package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/migration"
)

// Input is what the matrix of one workload follows from.
type Input struct {
	Snapshot *migration.Snapshot
	Tenant   *migration.TenantView
	Workload *migration.WorkloadView
	// Costs are the workload's of [whatif.Engine.Workloads]; nil where nothing was calculated. Before is what they are
	// compared with.
	Costs  *whatif.WorkloadScenario
	Before migration.Placement
	// Pricer knows the sizes of Fargate.
	Pricer   *cost.Pricer
	Settings *Settings
}

// Of is the matrix of one workload.
func Of(in *Input) *migration.Matrix {
	s := newSubject(in)
	m := &migration.Matrix{Tenant: in.Tenant.Tenant, Workload: in.Workload.Workload}
	candidates := s.candidates()
	for _, f := range factors {
		row := migration.MatrixFactor{Factor: f.name, Weight: in.Settings.Weight(f.name), Measured: f.measured}
		scores := map[migration.Candidate]migration.MatrixScore{}
		if f.measured {
			row.Evidence = s.measure(f.name, scores)
		} else {
			s.stated(f.name, scores)
		}
		for _, c := range candidates {
			one := scores[c]
			one.Platform = c
			row.Scores = append(row.Scores, one)
		}
		m.Factors = append(m.Factors, row)
	}
	for i, c := range candidates {
		m.Platforms = append(m.Platforms, total(c, m.Factors, i))
	}
	decide(m)
	return m
}

// stated takes the scores of a factor from the configuration.
func (s *subject) stated(factor string, into map[migration.Candidate]migration.MatrixScore) {
	for c := range migration.NumCandidates {
		if n, ok := s.in.Settings.Scores[factor][c]; ok {
			into[c] = migration.MatrixScore{Score: migration.Some(n), Why: "set in the configuration"}
			continue
		}
		into[c] = migration.MatrixScore{Why: fmt.Sprintf("decision.scores.%s.%s is not set", factor, c)}
	}
}

// total is the weighted sum of the platform in a column.
func total(c migration.Candidate, rows []migration.MatrixFactor, column int) migration.MatrixTotal {
	t := migration.MatrixTotal{Platform: c}
	for i := range rows {
		row, one := &rows[i], &rows[i].Scores[column]
		t.Weight += row.Weight
		if one.Cannot != "" && t.Cannot == "" {
			t.Cannot = one.Cannot
		}
		if one.MayExclude {
			t.MayExclude = append(t.MayExclude, row.Factor)
		}
		score, ok := one.Score.Get()
		switch {
		case ok:
			t.Points, t.Covered = t.Points+row.Weight*score, t.Covered+row.Weight
		case row.Weight > 0:
			t.Missing = append(t.Missing, row.Factor)
		}
	}
	mean := func(points, weight int64) migration.Opt[decimal.Decimal] {
		if weight == 0 {
			return migration.None[decimal.Decimal]()
		}
		return migration.Some(decimal.NewFromInt(points).DivRound(decimal.NewFromInt(weight), 6))
	}
	t.Score, t.Low, t.High = mean(t.Points, t.Covered), mean(t.Points, t.Weight), mean(most(&t), t.Weight)
	return t
}

// most are the points of a platform whose missing scores are all the best.
func most(t *migration.MatrixTotal) int64 { return t.Points + migration.MostScore*(t.Weight-t.Covered) }

// decide names the leader, and the winner where nothing that is missing can change it.
func decide(m *migration.Matrix) {
	open := slices.DeleteFunc(indexes(m.Platforms), func(i int) bool { return m.Platforms[i].Excluded() })
	if len(open) == 0 {
		m.Text = "no platform can run it: " + m.Platforms[0].Cannot
		return
	}
	// The one with the most points leads: what it has for sure, whatever is missing. All have the same weight in all, so that
	// points compare exactly.
	best, tie := open[0], false
	for _, i := range open[1:] {
		switch c := cmp.Compare(m.Platforms[i].Points, m.Platforms[best].Points); {
		case c > 0:
			best, tie = i, false
		case c == 0:
			tie = true
		}
	}
	leader := &m.Platforms[best]
	switch {
	case leader.Covered == 0:
		m.Text = "nothing with a weight is measured"
		return
	case tie:
		m.Text = fmt.Sprintf("no winner: several platforms have %s of 5 at the least, and none has more", scoreText(leader.Low))
		return
	}
	m.Leader = migration.Some(leader.Platform)
	var rivals []string
	for _, i := range open {
		if r := &m.Platforms[i]; i != best && most(r) >= leader.Points {
			rivals = append(rivals, fmt.Sprintf("%s could have %s (%s)", r.Platform.Label(), scoreText(r.High), missing(r)))
		}
	}
	lead := fmt.Sprintf("%s leads with %s of 5", leader.Platform.Label(), scoreText(leader.Low))
	if leader.Covered < leader.Weight {
		lead += fmt.Sprintf(" at the least (%s over the %d of %d weight that are measured)", scoreText(leader.Score), leader.Covered,
			leader.Weight)
	}
	switch {
	case len(leader.MayExclude) > 0:
		m.Text = fmt.Sprintf("no winner: %s, and %s not known to fit", lead, listed(leader.MayExclude, "is", "are"))
	case len(rivals) > 0:
		m.Text = fmt.Sprintf("no winner: %s, and %s", lead, strings.Join(rivals, ", "))
	default:
		m.Winner = m.Leader
		m.Text = strings.Replace(lead, " leads ", " wins ", 1)
	}
}

func indexes(ts []migration.MatrixTotal) []int {
	out := make([]int, len(ts))
	for i := range out {
		out[i] = i
	}
	return out
}

// missing says what a rival lacks.
func missing(t *migration.MatrixTotal) string {
	if len(t.Missing) == 0 {
		return "nothing is missing there"
	}
	return listed(t.Missing, "is", "are") + " not measured"
}

// listed is "a is", or "a and b are".
func listed(names []string, one, several string) string {
	if len(names) == 1 {
		return names[0] + " " + one
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " " + several
}

func scoreText(d migration.Opt[decimal.Decimal]) string {
	return d.Or(decimal.Decimal{}).StringFixed(2)
}
