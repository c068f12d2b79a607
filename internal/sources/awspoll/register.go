package awspoll

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Descriptor describes an AWS source to the program: how it is opened, what its health rows
// are, which permissions it needs, and what doctor asks for it. Every source registers one.
type Descriptor struct {
	Name  string // unique: of the source, and of its health row unless Rows names others
	Title string // what it reads, for messages: "queues"
	// Order sorts the sources on the screen, in doctor and in policies, the lowest first; a
	// source without one comes last.
	Order int
	// Rows are its health rows, which are shown as starting before the first poll; empty for
	// one with the source's name.
	Rows []string
	// Statement names the statement of the IAM policy that has the actions. Sources may share
	// one. Its name ends with Optional where migtop works without it.
	Statement string
	// Actions are all IAM actions that the source calls, except those in statements that it shares: cloudwatch:GetMetricData
	// is in the statement of lambda.
	Actions []string
	// Section is the top-level key of the source's settings in the configuration, and ReadSection reads it: its result is
	// [Env.Settings], and its errors get their line from the node's Errorf. A source without its section is not opened. Both
	// are empty if package config reads the source's settings.
	Section     string
	ReadSection func(yamldoc.Node) (any, error)
	// Identities lists the names of a side of the move before the source is opened; nil for
	// other sources. Of a monitoring account, linked is set.
	Identities func(ctx context.Context, access *awsaccess.Config, linked bool) ([]migration.Identity, error)
	// Open makes the source of one account and region; nil for what is read on demand only.
	Open func(ctx context.Context, access *awsaccess.Config, env Env) (sources.Source, error)
	// Questions are what doctor asks, once each; nil for nothing.
	Questions func(env Env) []awsaccess.Question
}

// Env is what the program gives a source.
type Env struct {
	Timing    Timing
	Attribute migration.Attribute // finds the owner of a resource by known names
	Linked    bool                // the account is a monitoring account
	// Notes are sentences for the health row.
	Notes []string
	// Settings are what the configuration says, nil for nothing. See [SettingsOf].
	Settings any
}

// SettingsOf returns the settings as a source's own type, its zero value where there are none.
func SettingsOf[S any](e Env) S {
	s, _ := e.Settings.(S)
	return s
}

var registered []Descriptor

// Register adds a source. It is called from the init function of the source's package, and
// panics where a name is missing or taken.
func Register(d Descriptor) {
	if d.Name == "" || slices.ContainsFunc(registered, func(other Descriptor) bool { return other.Name == d.Name }) {
		panic(fmt.Sprintf("awspoll: a source named %q is registered already, or has no name", d.Name))
	}
	if len(d.Rows) == 0 {
		d.Rows = []string{d.Name}
	}
	registered = append(registered, d)
	slices.SortStableFunc(registered, func(a, b Descriptor) int {
		return cmp.Or(cmp.Compare(uint(a.Order-1), uint(b.Order-1)), cmp.Compare(a.Name, b.Name)) // 0 is last
	})
}

// Registered returns all sources in their order.
func Registered() []Descriptor { return slices.Clone(registered) }

// Features returns the statements of the IAM policy that all sources together need.
func Features() []awsaccess.Feature {
	var out []awsaccess.Feature
	for i := range registered {
		d := &registered[i]
		at := slices.IndexFunc(out, func(f awsaccess.Feature) bool { return f.Sid == d.Statement })
		if at < 0 {
			out = append(out, awsaccess.Feature{Sid: d.Statement, Actions: slices.Clone(d.Actions)})
			continue
		}
		out[at].Actions = append(out[at].Actions, d.Actions...)
	}
	return out
}
