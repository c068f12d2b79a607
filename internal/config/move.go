package config

import (
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// The settings of the move.
const (
	moveBefore = "move.before"
	moveAfter  = "move.after"
)

// movePlatforms are the platforms that can be a side of the move: they have runs that end.
var movePlatforms = []migration.Platform{migration.Lambda, migration.ECS, migration.Jobs}

func side(path, help string, at func(*Config) *migration.Platform) Setting {
	names := make([]string, len(movePlatforms))
	for i, p := range movePlatforms {
		names[i] = p.String()
	}
	return Setting{
		Path: path, Env: envName(path), Kind: KindText, Help: help,
		apply: func(c *Config, v value) error {
			i := slices.Index(names, v.text)
			if i < 0 {
				return oneOf(v.text, names)
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
	if c.Move.Has(migration.ECS) && c.AWS.ECS.Read == ECSOff {
		refuse("aws.ecs.read", "off while ecs is a side of the move", string(ECSTenants)+" or "+string(ECSAll), "")
	}
}
