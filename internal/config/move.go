package config

import (
	"slices"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// The settings of the move.
const (
	moveBefore = "move.before"
	moveAfter  = "move.after"
	moveFlag   = "move" // of both
)

// movePlatforms are the platforms that can be a side of the move: they have runs that end.
var movePlatforms = []migration.Platform{migration.Lambda, migration.ECS, migration.Jobs}

// MovePlatforms lists the platforms that can be a side of the move.
func MovePlatforms() []migration.Platform { return slices.Clone(movePlatforms) }

func side(path, help string, at func(*Config) *migration.Platform) Setting {
	names := make([]string, len(movePlatforms))
	for i, p := range movePlatforms {
		names[i] = p.String()
	}
	return Setting{
		Path: path, Env: envName(path), Flag: moveFlag, Kind: KindText, Help: help,
		apply: func(c *Config, v section.Value) error {
			i := slices.Index(names, v.Text)
			if i < 0 {
				return section.OneOf(v.Text, names)
			}
			*at(c) = movePlatforms[i]
			return nil
		},
		show: func(c *Config) string { return at(c).String() },
	}
}

// moveConflicts are sides that cannot be compared.
func (c *Config) moveConflicts(refuse func(path, found, want, hint string)) {
	if c.Move.Before == c.Move.After {
		path, other := moveAfter, moveBefore
		if c.Origin(moveAfter).Kind < c.Origin(moveBefore).Kind {
			path, other = other, path
		}
		refuse(path, "the platform "+c.Move.After.String()+" on both sides of the move",
			"another one than "+other+" at "+c.Origin(other).String(), "")
	}
	for _, s := range c.sections {
		if s.Check != nil {
			s.Check(s.value, c.Move, refuse)
		}
	}
}
