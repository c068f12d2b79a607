package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// sideOf is what a test reads of a side.
type sideOf struct {
	Runs     *int64  `json:"runs"`
	Cost     *string `json:"cost_usd"`
	Evidence struct {
		LowerBound bool `json:"lower_bound"`
	} `json:"cost_evidence"`
}

// legOf is what a test reads of a snapshot in which the sides have the names of platforms.
type legOf struct {
	Window struct {
		FinalTo time.Time `json:"final_to"`
	} `json:"window"`
	Tenants []map[string]json.RawMessage `json:"tenants"`
}

// The story of the second leg is read over the real protocols: what ECS shows of an hour is
// counted task by task, and both sides have their cost.
func TestECSStory(t *testing.T) {
	out, errs, code := looked(t, "--story", "ecs")
	if code != exitOK {
		t.Fatal(errs)
	}
	var snap legOf
	if err := json.Unmarshal([]byte(out), &snap); err != nil {
		t.Fatal(err)
	}
	w := world.New(world.Options{Seed: 1, Story: world.StoryECS})
	ended := map[string]int64{}
	w.EachTask(w.Epoch().Add(-14*time.Hour), w.Epoch(), func(one *world.Task) bool {
		at := one.Ended.Truncate(time.Second)
		if at.After(w.Epoch().Add(-time.Hour-time.Second)) && at.Before(snap.Window.FinalTo) {
			ended[one.Family.Tenant]++
		}
		return true
	})
	verdicts := map[string]string{}
	for _, one := range snap.Tenants {
		var name, verdict string
		var before, after sideOf
		for key, into := range map[string]any{"tenant": &name, "cost_verdict": &verdict, beforeKey(one): &before, "jobs": &after} {
			if err := json.Unmarshal(one[key], into); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
		}
		verdicts[name] = verdict
		if verdict == "move" && strings.Contains(string(one["answers"]), `"monthly_saving_usd": null`) {
			t.Errorf("%s: what moving saves is not known", name)
		}
		if name == "" || before.Runs == nil {
			continue
		}
		if *before.Runs != ended[name] {
			t.Errorf("%s: %d runs on ECS, and %d tasks ended there", name, *before.Runs, ended[name])
		}
		for side, s := range map[string]sideOf{"ECS": before, "Jobs": after} {
			if s.Runs != nil && *s.Runs > 0 && (s.Cost == nil || s.Evidence.LowerBound) {
				t.Errorf("%s: what its runs cost on %s is not known", name, side)
			}
		}
	}
	for name, want := range map[string]string{
		"acme": "moved", "umbrella": "moved", "garnet": "move", "dunmore": "move", "hooli": "stay",
		"quillon": "stay", // on nodes that are filled as the pool is: half
	} {
		if verdicts[name] != want {
			t.Errorf("%s: %s, want %s", name, verdicts[name], want)
		}
	}
}

// beforeKey is under which name a tenant has its side before the move.
func beforeKey(tenant map[string]json.RawMessage) string {
	if tenant["ecs"] != nil {
		return "ecs"
	}
	return "lambda"
}

// The first leg is a configuration: no cluster is read, and what a run would cost on ECS is
// estimated from the function.
func TestLambdaToECS(t *testing.T) {
	out, errs, code := looked(t, "--move", "lambda:ecs")
	if code != exitOK {
		t.Fatal(errs)
	}
	for _, want := range []string{"on Lambda and about", " on ECS (", "less), from the first run on"} {
		if !strings.Contains(out, want) {
			t.Errorf("the verdicts lack %q", want)
		}
	}
	if strings.Contains(out, `"source": "nodes"`) {
		t.Error("the cluster was read")
	}
}

// What is written about a move names its two platforms and no other: no notice, reason, note, key
// or heading. What runs on a third platform, functions and sources may name it: they are there.
func TestTextsNameTheMoveOnly(t *testing.T) {
	words := map[migration.Platform]*regexp.Regexp{
		migration.Lambda: regexp.MustCompile(`(?i)lambda|invocation`),
		migration.Jobs:   regexp.MustCompile(`(?i)(\b|_)jobs?(\b|_)|kubernetes|activeDeadline|\bK8s\b`),
		migration.ECS:    regexp.MustCompile(`(?i)(\b|_)ecs(\b|_)|\btasks?\b`),
	}
	// Below these keys are other platforms, or what migtop knows for either side.
	others := []string{"services", "functions", "sources", "profiles", "profile_classes", "spend", "window", "scope", "queues"}
	for _, c := range []struct {
		args []string
		move migration.Move
	}{
		{[]string{"--story", "ecs"}, migration.Move{Before: migration.ECS, After: migration.Jobs}},
		{[]string{"--move", "lambda:ecs"}, migration.Move{Before: migration.Lambda, After: migration.ECS}},
	} {
		t.Run(c.move.Before.String()+" to "+c.move.After.String(), func(t *testing.T) {
			check := func(where, text string) {
				for p, re := range words {
					if found := re.FindString(text); found != "" && !c.move.Has(p) {
						t.Errorf("%s says %q: %s", where, found, text)
					}
				}
			}
			out, errs, code := looked(t, c.args...)
			if code != exitOK {
				t.Fatal(errs)
			}
			var snap map[string]any
			if err := json.Unmarshal([]byte(out), &snap); err != nil {
				t.Fatal(err)
			}
			texts := 0
			var walk func(where string, v any)
			walk = func(where string, v any) {
				switch v := v.(type) {
				case map[string]any:
					for key, part := range v {
						if !slices.Contains(others, key) {
							check(where, key)
							walk(where+"."+key, part)
						}
					}
				case []any:
					for _, part := range v {
						walk(where, part)
					}
				case string:
					texts++
					check(where, v)
				}
			}
			walk("", snap)
			if texts < 1000 {
				t.Errorf("only %d texts were read", texts)
			}
		})
	}
}

func TestStoryIsRefused(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--demo --story knative", `--story "knative": want lambda, ecs, cutover`}, {"--story ecs", "--story applies to the demo only"},
	} {
		if _, errs, code := execute(t, append([]string{"snapshot"}, strings.Fields(c.args)...)...); code != exitUsage ||
			!strings.Contains(errs, c.says) {
			t.Errorf("%s: %d %s", c.args, code, errs)
		}
	}
}
