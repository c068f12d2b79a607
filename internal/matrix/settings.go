package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// The factors. Those that nobody can measure come from the configuration.
const (
	Traffic    = "traffic"
	Duration   = "duration"
	Memory     = "memory"
	CPU        = "cpu"
	Tmp        = "tmp"
	GPU        = "gpu"
	StartUp    = "start_up"
	Scaling    = "scaling"
	Cost       = "cost"
	Team       = "team"
	Operations = "operations"
	Vendor     = "vendor"
)

// factors are all factors in the order of the rows, with their default weights: 20 in all. A limit that a run can hit weighs
// 3, what can be worked around with settings 1, and the money 4.
var factors = [...]struct {
	name     string
	weight   int64
	measured bool
}{
	{Traffic, 2, true},
	{Duration, 3, true},
	{Memory, 3, true},
	{CPU, 1, true},
	{Tmp, 1, true},
	{GPU, 1, true},
	{StartUp, 2, true},
	{Scaling, 3, true},
	{Cost, 4, true},
	{Team, 0, false},
	{Operations, 0, false},
	{Vendor, 0, false},
}

// mostWeight bounds a weight: sums of products stay small integers.
const mostWeight = 1000

// Settings are the weights of the factors and the scores of those that nobody can measure.
type Settings struct {
	// Weights are those that the configuration sets; a factor without one has its default. 0 to 1,000.
	Weights map[string]int64
	// Scores are 0 to 5, by factor and platform, of team, operations and vendor.
	Scores map[string]map[migration.Candidate]int64
	// Platforms are the candidates; empty for all that there is reason for: Knative only where a service of it was seen.
	Platforms []migration.Candidate

	origins map[string]section.Origin
}

// Weight is the weight of a factor.
func (s *Settings) Weight(factor string) int64 {
	if w, ok := s.Weights[factor]; ok {
		return w
	}
	for _, f := range factors {
		if f.name == factor {
			return f.weight
		}
	}
	return 0
}

// Section is the part "decision" of the configuration. Its value is a *[Settings].
func Section() *section.Section {
	return &section.Section{
		Name: "decision", Key: "decision",
		New:   func() any { return &Settings{origins: map[string]section.Origin{}} },
		Read:  func(r *section.Reader, n yamldoc.Node, into any) { into.(*Settings).read(r, n) },
		Write: func(value any, line func(text, origin string)) { value.(*Settings).write(line) },
	}
}

func (s *Settings) read(r *section.Reader, n yamldoc.Node) {
	r.Fields(n, "decision", map[string]func(section.Entry){
		"weights":   func(e section.Entry) { s.readWeights(r, e) },
		"scores":    func(e section.Entry) { s.readScores(r, e) },
		"platforms": func(e section.Entry) { s.readPlatforms(r, e) },
	})
}

func names(measured bool) []string {
	var out []string
	for _, f := range factors {
		if measured || !f.measured {
			out = append(out, f.name)
		}
	}
	return out
}

// known reports whether a key is one of some names, and adds an issue where it is not.
func known(r *section.Reader, e section.Entry, path, what string, names []string) bool {
	if slices.Contains(names, e.Key) {
		return true
	}
	hint, want := section.Suggest(e.Key, names), ""
	if hint == "" {
		want = "one of " + strings.Join(names, ", ")
	}
	r.Add(e.At, path, fmt.Sprintf("unknown %s %q", what, e.Key), want, hint)
	return false
}

// whole reads a whole number from 0 to most.
func whole(r *section.Reader, e section.Entry, path string, most int64) (int64, bool) {
	written, ok := e.Value.Written()
	n, err := strconv.ParseInt(written, 10, 64)
	if !ok || err != nil || n < 0 || n > most {
		r.Add(r.At(e.Value), path, e.Value.Describe(), fmt.Sprintf("a whole number from 0 to %d", most), "")
		return 0, false
	}
	return n, true
}

func (s *Settings) readWeights(r *section.Reader, e section.Entry) {
	const path = "decision.weights"
	s.Weights = map[string]int64{}
	for _, w := range r.Entries(e.Value, path, "a mapping of factors to weights, such as duration: 3") {
		if !known(r, w, path, "factor", names(true)) {
			continue
		}
		if n, ok := whole(r, w, path+"."+w.Key, mostWeight); ok {
			s.Weights[w.Key] = n
			s.origins[path+"."+w.Key] = r.At(w.Value)
		}
	}
}

func (s *Settings) readScores(r *section.Reader, e section.Entry) {
	const path = "decision.scores"
	s.Scores = map[string]map[migration.Candidate]int64{}
	for _, f := range r.Entries(e.Value, path, "a mapping of factors to scores, such as team: {lambda: 4, nodes: 2}") {
		if slices.Contains(names(true), f.Key) && !slices.Contains(names(false), f.Key) {
			r.Add(f.At, path, fmt.Sprintf("scores of %q, which is measured", f.Key), "one of "+strings.Join(names(false), ", "),
				"set its weight to 0 and score another factor")
			continue
		}
		if !known(r, f, path, "factor", names(false)) {
			continue
		}
		scores := map[migration.Candidate]int64{}
		want := "a mapping of platforms to scores from 0 to 5, such as {lambda: 4, nodes: 2}"
		for _, p := range r.Entries(f.Value, path+"."+f.Key, want) {
			if !known(r, p, path+"."+f.Key, "platform", migration.CandidateNames()) {
				continue
			}
			if n, ok := whole(r, p, path+"."+f.Key+"."+p.Key, migration.MostScore); ok {
				scores[candidate(p.Key)] = n
				s.origins[path+"."+f.Key+"."+p.Key] = r.At(p.Value)
			}
		}
		s.Scores[f.Key] = scores
	}
}

func (s *Settings) readPlatforms(r *section.Reader, e section.Entry) {
	const path = "decision.platforms"
	s.Platforms = nil
	for _, n := range r.Items(e.Value, path, "a list of platforms, such as [lambda, nodes]") {
		name, ok := r.Text(n, path)
		if !ok || !known(r, section.Entry{Key: name, At: r.At(n)}, path, "platform", migration.CandidateNames()) {
			continue
		}
		if slices.Contains(s.Platforms, candidate(name)) {
			r.Add(r.At(n), path, fmt.Sprintf("%q again", name), "each platform once", "")
			continue
		}
		s.Platforms = append(s.Platforms, candidate(name))
		s.origins[path] = r.At(e.Value)
	}
}

// candidate is the platform of a name.
func candidate(name string) migration.Candidate {
	return migration.Candidate(slices.Index(migration.CandidateNames(), name))
}

// write prints what was set.
func (s *Settings) write(line func(text, origin string)) {
	if len(s.Weights) == 0 && len(s.Scores) == 0 && len(s.Platforms) == 0 {
		return
	}
	origin := func(path string) string {
		if at, ok := s.origins[path]; ok {
			return at.String()
		}
		return ""
	}
	line("decision:", "")
	if len(s.Weights) > 0 {
		line("  weights:", "")
	}
	for _, f := range factors {
		if w, ok := s.Weights[f.name]; ok {
			line(fmt.Sprintf("    %s: %d", f.name, w), origin("decision.weights."+f.name))
		}
	}
	if len(s.Scores) > 0 {
		line("  scores:", "")
	}
	for _, f := range factors {
		scores, ok := s.Scores[f.name]
		if !ok {
			continue
		}
		if len(scores) == 0 {
			line("    "+f.name+": {}", "")
			continue
		}
		line("    "+f.name+":", "")
		for _, c := range slices.Sorted(maps.Keys(scores)) {
			line(fmt.Sprintf("      %s: %d", c, scores[c]), origin("decision.scores."+f.name+"."+c.String()))
		}
	}
	if len(s.Platforms) > 0 {
		var list []string
		for _, c := range s.Platforms {
			list = append(list, c.String())
		}
		line("  platforms: ["+strings.Join(list, ", ")+"]", origin("decision.platforms"))
	}
}
