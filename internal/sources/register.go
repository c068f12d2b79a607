package sources

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// System is what a source reads through one way in.
type System uint8

// The systems.
const (
	AWS        System = iota // each account and region that is read
	Kubernetes               // the cluster
)

// Access is the way into a system: credentials and connections that were found, and a place to send requests to.
// [awspoll.Register] and sources of other systems know its type.
type Access interface{ Close() }

// Descriptor describes a source to the program. Every source registers one.
type Descriptor struct {
	Name   string // unique: of the source, and of its health row unless Rows names others
	Title  string // what it reads, for messages: "queues"
	System System
	// Order sorts the sources on the screen, in doctor and in policies, the lowest first; a
	// source without one comes last.
	Order int
	// Rows are its health rows, which are shown as starting before the first poll; empty for
	// one with the source's name.
	Rows []string
	// Section is the part of the configuration that the source reads, nil for none. Its value is [Env.Settings]. Register names it.
	Section *section.Section
	// Permissions are all that the source needs, except those that it shares with another source.
	Permissions Permissions
	// Wanted reports whether the configuration wants the source there; nil for always.
	Wanted func(env *Env) bool
	// Unread are sentences on entries of its settings that lie in none of the places that are read; nil for none.
	Unread func(ctx context.Context, env *Env) []string
	// Identities lists the names of a side of the move before the source is opened; nil for other sources.
	Identities func(ctx context.Context, access Access, env *Env) ([]migration.Identity, error)
	// Check makes every kind of call of the source once, for doctor; nil where the system's sources are checked together.
	Check func(ctx context.Context, access Access, env *Env) ([]migration.Health, error)
	// Open makes the source, which closes access; nil for what is read on demand only.
	Open func(ctx context.Context, access Access, env *Env) (Source, error)
}

// Permissions are what a source needs: IAM actions in AWS, or RBAC rules in a cluster.
type Permissions struct {
	// Statement names the statement of the IAM policy that has the Actions. Sources may share
	// one. Its name ends with Optional where migtop works without it.
	Statement string
	Actions   []string
	Rules     []Rule
}

// Rule is an RBAC rule.
type Rule struct {
	Group     string // the API group, "" for the core group
	Resources []string
	Verbs     []string
}

// Env is what the program gives a source.
type Env struct {
	Clock  clock.Clock
	Logger *slog.Logger
	// Cadence is the configured time between polls of the system, 0 for the source's own.
	Cadence time.Duration
	// Once says that the source is polled once only.
	Once bool
	// Settings are the value of the source's section, or what else the program set for it; nil for nothing. See [SettingsOf].
	Settings any
	Move     migration.Move
	// Names are the tenants and workloads that are known, for settings that name things and for what the source finds.
	Names *attribution.Attributor
	// Target is the account and region that is read, and Targets are all of them; zero for a cluster.
	Target  awsscope.Target
	Targets []awsscope.Target
	Linked  bool // the account is a monitoring account
	// Notes are sentences for the health row.
	Notes []string
}

// SettingsOf returns the settings as a source's own type, its zero value where there are none.
func SettingsOf[S any](e *Env) S {
	s, _ := e.Settings.(S)
	return s
}

var registry struct {
	sync.Mutex
	all []Descriptor
}

// Register adds a source. It is called from the init function of the source's package, and
// panics where a name is missing or taken.
func Register(d Descriptor) {
	registry.Lock()
	defer registry.Unlock()
	if d.Name == "" || slices.ContainsFunc(registry.all, func(other Descriptor) bool { return other.Name == d.Name }) {
		panic(fmt.Sprintf("sources: a source named %q is registered already, or has no name", d.Name))
	}
	if len(d.Rows) == 0 {
		d.Rows = []string{d.Name}
	}
	if d.Section != nil {
		d.Section.Name = d.Name
	}
	registry.all = append(registry.all, d)
	slices.SortStableFunc(registry.all, func(a, b Descriptor) int {
		return cmp.Or(cmp.Compare(uint(a.Order-1), uint(b.Order-1)), cmp.Compare(a.Name, b.Name)) // 0 is last
	})
}

// Registered returns all sources in their order.
func Registered() []Descriptor {
	registry.Lock()
	defer registry.Unlock()
	return slices.Clone(registry.all)
}

// Sections returns the parts of the configuration that the sources read.
func Sections() []*section.Section {
	var out []*section.Section
	for _, d := range Registered() {
		if d.Section != nil {
			out = append(out, d.Section)
		}
	}
	return out
}
