package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
)

func TestSaysWhichPlatformsAreCompared(t *testing.T) {
	for text, want := range map[string]migration.Move{
		"{}":                                  {Before: migration.Lambda, After: migration.Jobs},
		"move: {before: ecs}":                 {Before: migration.ECS, After: migration.Jobs},
		"move: {after: ecs}":                  {Before: migration.Lambda, After: migration.ECS},
		"move: {before: jobs, after: lambda}": {Before: migration.Jobs, After: migration.Lambda},
	} {
		c, err := loadText(t, text)
		if err != nil || c.Move != want {
			t.Errorf("%s: %v, %v; want %v", text, c, err, want)
			continue
		}
		var b strings.Builder
		if err := c.Write(&b, false); err != nil {
			t.Fatal(err)
		}
		if shown := b.String(); !strings.Contains(shown,
			"move:\n  before: \""+want.Before.String()+"\"\n  after: \""+want.After.String()+"\"\n") {
			t.Errorf("%s is shown as %s", text, shown)
		}
	}
}

// One flag sets both sides, over the file.
func TestAFlagSetsTheMove(t *testing.T) {
	all := config.Flags()
	flag := all[slices.IndexFunc(all, func(f config.Flag) bool { return f.Name == "move" })]
	for given, says := range map[string]string{
		"ecs:jobs": "", " lambda : ecs ": "", "lambda": `--move "lambda": want 2 values`, "a:b:c": `--move "a:b:c": want 2 values`,
		"lambda:esc": `--move: move.after: the value "esc"; expected lambda, ecs or jobs; did you mean ecs?`,
		"ecs:ecs":    "ecs on both sides",
	} {
		values, err := flag.Values(given)
		var c *config.Config
		if err == nil {
			c, err = config.Load(config.Options{NoFile: true, Env: func(string) (string, bool) { return "", false }, Flags: values})
		}
		if says == "" {
			if err != nil || c.Move.Before.String()+":"+c.Move.After.String() != strings.ReplaceAll(given, " ", "") ||
				c.Origin("move.after").String() != "--move" {
				t.Errorf("%q: %v, %v", given, c, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", given, err, says)
		}
	}
}

func TestRefusesAMoveThatIsNone(t *testing.T) {
	for text, says := range map[string]string{
		"move: {before: jobs}": `config.yaml:1:16: move.before: the platform jobs on both sides of the move; expected another one ` +
			`than move.after at default`,
		"move: {before: ecs, after: ecs}":                    `move.after: the platform ecs on both sides`,
		"move: {before: knative}":                            "lambda, ecs or jobs",
		"move: {before: esc}":                                "did you mean ecs?",
		"move: {from: lambda}":                               "from",
		"{move: {before: ecs}, aws: {ecs: {read: \"off\"}}}": "aws.ecs.read: off while ecs is a side of the move",
	} {
		if _, err := loadText(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
	if c := config.Default(); c.Move != migration.DefaultMove {
		t.Errorf("by default %v", c.Move)
	}
}
