package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// awsTarget is a way into one AWS account and region.
type awsTarget struct {
	options awsaccess.Options
	// account is what the configuration calls it; empty for the only one.
	account migration.AccountScope
	linked  bool // the accounts that are linked to it are read through it
}

// scope is its name in health rows, "" for the only one.
func (w awsTarget) scope() string {
	if w.account.Name == "" {
		return ""
	}
	return w.account.Scope()
}

// title is the scope behind a word, for people.
func (w awsTarget) title(word string) string {
	return strings.TrimSpace(word + " " + w.scope())
}

// ways returns the accounts and regions of the configuration, or the one from --profile, --region and the standard AWS
// configuration. Flags on the command line override the list.
func ways(c *config.Config) []awsTarget {
	one := awsTarget{options: awsaccess.Options{Profile: c.AWS.Profile, Region: c.AWS.Region}}
	byHand := func(path string) bool { return c.Origin(path).Kind == config.FromFlag }
	if len(c.Accounts) == 0 || byHand("aws.profile") || byHand("aws.region") {
		return []awsTarget{one}
	}
	var out []awsTarget
	for _, a := range c.Accounts {
		regions := a.Regions
		if len(regions) == 0 {
			regions = []string{c.AWS.Region}
		}
		for _, region := range regions {
			w := awsTarget{options: one.options, linked: a.Linked}
			w.options.Region, w.options.Role, w.options.ExternalID = region, a.Role, a.ExternalID
			if a.Profile != "" {
				w.options.Profile = a.Profile
			}
			w.account = migration.AccountScope{Name: a.Name, Profile: w.options.Profile, Role: a.Role, Region: region}
			out = append(out, w)
		}
	}
	return out
}

// target is the account and region for package awsscope.
func (w awsTarget) target() awsscope.Target {
	return awsscope.Target{
		Account: w.account.Name, Region: w.options.Region,
		Locate: func(ctx context.Context) (awsscope.Place, error) { return awsaccess.Locate(ctx, w.options) },
	}
}

func targets(ws []awsTarget) []awsscope.Target {
	out := make([]awsscope.Target, len(ws))
	for i, w := range ws {
		out[i] = w.target()
	}
	return out
}

// linked gives the source of a monitoring account the accounts that it must leave to
// other sources. It is nil for every other account.
func (a *app) linked(w awsTarget) func(context.Context) (own string, others []string, err error) {
	if !w.linked {
		return nil
	}
	return func(ctx context.Context) (string, []string, error) {
		return awsscope.Direct(ctx, w.target(), targets(a.systems.aws))
	}
}

// withSessions lets several ways share what one process has to ask for once.
func withSessions(sessions *awsaccess.Sessions, ws []awsTarget) []awsTarget {
	for i := range ws {
		ws[i].options.Sessions = sessions
	}
	return ws
}

// accounts are the scopes of several ways; nil for one without a name.
func accounts(ws []awsTarget) []migration.AccountScope {
	var out []migration.AccountScope
	for _, w := range ws {
		if w.account.Name != "" {
			out = append(out, w.account)
		}
	}
	return out
}

// only is what a field of all ways has in common, "" where they differ.
func only(ws []awsTarget, field func(awsTarget) string) string {
	first := field(ws[0])
	if slices.ContainsFunc(ws, func(w awsTarget) bool { return field(w) != first }) {
		return ""
	}
	return first
}

// knownProfile refuses a profile that this machine does not have. Where the AWS
// configuration has none at all, it may come later.
func knownProfile(name string) error {
	names := awsaccess.Profiles()
	if len(names) == 0 || slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("there is no such AWS profile; profiles that exist: %s", strings.Join(names, ", "))
}
