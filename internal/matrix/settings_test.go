package matrix

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// read reads the value of the key decision.
func read(t *testing.T, text string) (*Settings, []string) {
	t.Helper()
	docs, err := yamldoc.ParseAll("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	pairs, _ := docs[0].Pairs()
	r := &section.Reader{File: "c.yaml"}
	of := Section()
	into := of.New()
	of.Read(r, pairs[0].Value, into)
	var issues []string
	for _, i := range r.Issues {
		issues = append(issues, i.String())
	}
	return into.(*Settings), issues
}

func TestSettings(t *testing.T) {
	const text = "decision:\n  weights:\n    duration: 0\n    team: 3\n  scores:\n    team:\n      lambda: 4\n      nodes: 2\n" +
		"  platforms: [lambda, nodes]\n"
	s, issues := read(t, text)
	want := &Settings{
		Weights:   map[string]int64{Duration: 0, Team: 3},
		Scores:    map[string]map[migration.Candidate]int64{Team: {migration.CandidateLambda: 4, migration.CandidateNodes: 2}},
		Platforms: []migration.Candidate{migration.CandidateLambda, migration.CandidateNodes},
	}
	if diff := cmp.Diff(want, s, cmpopts.IgnoreUnexported(Settings{})); diff != "" || issues != nil {
		t.Errorf("%v %s", issues, diff)
	}
	if s.Weight(Duration) != 0 || s.Weight(Team) != 3 || s.Weight(Cost) != 4 || s.Weight("x") != 0 {
		t.Error("weights")
	}
	var out, origins []string
	Section().Write(s, func(line, origin string) { out, origins = append(out, line), append(origins, origin) })
	if got := strings.Join(out, "\n") + "\n"; got != text {
		t.Errorf("written:\n%s", got)
	}
	if origins[2] != "c.yaml:3:15" || origins[6] != "c.yaml:7:15" {
		t.Errorf("%q", origins)
	}
	empty, issues := read(t, "decision:\n")
	if issues != nil || len(empty.Weights) != 0 {
		t.Errorf("%v %v", issues, maps.Keys(empty.Weights))
	}
	Section().Write(empty, func(line, _ string) { t.Errorf("the default writes %q", line) })
}

// Each thing that is wrong is named with its place.
func TestSettingsThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"decision: {weights: {cost: -1}}":                    "c.yaml:1:28: decision.weights.cost: the number -1; expected a whole",
		"decision: {weights: {cost: 1.5}}":                   "a whole number from 0 to 1000",
		"decision: {weights: {cost: 1001}}":                  "a whole number from 0 to 1000",
		"decision: {weights: {cots: 1}}":                     `c.yaml:1:22: decision.weights: unknown factor "cots"; did you mean cost?`,
		"decision: {weights: {cost: 1, cost: 2}}":            `the key "cost" again; expected it once; it is already at line 1`,
		"decision: {weights: 3}":                             "c.yaml:1:21: decision.weights: the number 3; expected a mapping of factors",
		"decision: {wights: {}}":                             `unknown key "wights"; did you mean weights?`,
		"decision: {scores: {team: {lambda: 6}}}":            "1:36: decision.scores.team.lambda: the number 6; expected a whole number",
		"decision: {scores: {team: {lamda: 5}}}":             `decision.scores.team: unknown platform "lamda"; did you mean lambda?`,
		"decision: {scores: {team: {lambda: 5, lambda: 5}}}": `the key "lambda" again`,
		"decision: {scores: {cost: {lambda: 5}}}":            `scores of "cost", which is measured; expected one of team, operations`,
		"decision: {scores: {tem: {lambda: 5}}}":             `unknown factor "tem"; did you mean team?`,
		"decision: {scores: {team: 5}}":                      "expected a mapping of platforms",
		"decision: {platforms: [lambda, lambda]}":            `"lambda" again; expected each platform once`,
		"decision: {platforms: [lambda, batch]}":             `unknown platform "batch"; expected one of lambda, nodes, fargate`,
		"decision: {platforms: lambda}":                      "expected a list of platforms",
		"decision: [1]":                                      "expected a mapping with the keys platforms, scores, weights",
	} {
		if _, issues := read(t, text); len(issues) != 1 || !strings.Contains(issues[0], want) {
			t.Errorf("%s: %q, want %s", text, issues, want)
		}
	}
}
