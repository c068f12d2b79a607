package migration

import (
	"strings"
	"time"
)

// PlatformInfo describes a platform: its names, the readings that its figures depend on,
// and what these figures can hold. It is a constant: see [Platform.Info].
type PlatformInfo struct {
	ID Platform
	// Label names it in headings and sentences: "Lambda", "Jobs". Short is the label of
	// narrow headings: "L", "K8s".
	Label, Short string
	// Run is the platform's name of one run: "invocation", "Job", "task".
	Run string
	// Key is what a key about one of its runs begins with in files: "lambda", "job".
	Key string
	// TimeLimit is the platform's name of the time limit that a run can have of its own:
	// "activeDeadlineSeconds"; "" if there is none.
	TimeLimit string
	// Source is the [Health.Source] of the source that provides runs and cost. DetailSource is the source that adds the
	// configuration of functions or the attempts of a run; "" if there is none. UsageSource is the source of memory and CPU
	// usage.
	Source, DetailSource, UsageSource string
	// System is the [Provenance.Source] of its activity: the system that counts the runs.
	System string
	Caps   Caps
}

// Caps are what a platform can do and what its source can see. They say which questions a
// rule may ask. The zero value is a platform of which only counts and costs are known.
type Caps struct {
	// HardTimeout is the run time at which the platform ends every run; 0 where there is none.
	HardTimeout time.Duration
	// PerInvocation is set where runs are billed by request and memory-time; elsewhere what
	// runs hold on their hosts is priced.
	PerInvocation bool
	// LateData is set where figures can change until [Health.FinalTo] of Source.
	LateData bool
	// LiveRuns is set where each run is listed from its creation on, with its state.
	LiveRuns bool
	// Events is set where the platform keeps events of a run, which are asked for one run at a time. Elsewhere the run
	// has all that is known of it.
	Events bool
	// IdlePool is set where nodes cost while no run uses them.
	IdlePool bool
	// Throttles is set where runs can be refused at a concurrency limit.
	Throttles bool
	// Outcomes is set where how each run ended is known: none counted as timed out means
	// that none did.
	Outcomes bool
	// Functions is set where functions carry the work, and their configuration is known.
	Functions bool
	// LogGroups is set where it is known to which log groups of CloudWatch the lines of a run go.
	LogGroups bool
	// Serves is set where pods serve requests and are no runs that end.
	Serves bool
}

var platformInfos = [...]PlatformInfo{
	Lambda: {
		ID: Lambda, Label: "Lambda", Short: "L", Run: "invocation", Key: "lambda",
		Source: "cloudwatch", DetailSource: "lambda", UsageSource: "cloudwatch", System: "cloudwatch", TimeLimit: "the function's timeout",
		Caps: Caps{HardTimeout: LambdaWall, PerInvocation: true, LateData: true, Throttles: true, Functions: true, LogGroups: true},
	},
	Jobs: {
		ID: Jobs, Label: "Jobs", Short: "K8s", Run: "Job", Key: "job",
		Source: "jobs", DetailSource: "pods", UsageSource: "metrics", System: "kubernetes",
		TimeLimit: "activeDeadlineSeconds",
		Caps:      Caps{LiveRuns: true, Events: true, IdlePool: true, Outcomes: true, LogGroups: true},
	},
	ECS: {
		ID: ECS, Label: "ECS", Short: "ECS", Run: "task", Key: "ecs", Source: "ecs", UsageSource: "ecs", System: "ecs",
		Caps: Caps{LateData: true, LiveRuns: true, Outcomes: true},
	},
	Knative: {
		ID: Knative, Label: "Knative", Short: "Kn", Run: "pod", Key: "knative",
		Source: "pods", UsageSource: "metrics", System: "kubernetes",
		Caps: Caps{IdlePool: true, Outcomes: true, Serves: true},
	},
	ECSServices: {
		ID: ECSServices, Label: "ECS services", Short: "ECS", Run: "task", Key: "ecs_service",
		Source: "ecs", UsageSource: "ecs", System: "ecs",
		Caps: Caps{LateData: true, Outcomes: true, Serves: true},
	},
}

// Info describes the platform; of an unknown one everything but ID is empty.
func (p Platform) Info() PlatformInfo {
	if p == 0 || int(p) >= len(platformInfos) {
		return PlatformInfo{ID: p, Label: p.String(), Short: p.String(), Run: "run", Key: p.String()}
	}
	return platformInfos[p]
}

// Caps are the platform's capabilities.
func (p Platform) Caps() Caps { return p.Info().Caps }

// Move is the pair of platforms that a migration goes between. Each is one of Lambda, ECS
// and Jobs, and they differ.
//
// The zero value is DefaultMove.
type Move struct {
	Before Platform `wire:"before"` // The platform that the work comes from.
	After  Platform `wire:"after"`  // The platform that it goes to.
}

// DefaultMove is the move where the configuration states none.
var DefaultMove = Move{Before: Lambda, After: Jobs}

// OrDefault is the move, DefaultMove for the zero value.
func (m Move) OrDefault() Move {
	if m == (Move{}) {
		return DefaultMove
	}
	return m
}

// Sides are both platforms, the one before the move first.
func (m Move) Sides() [2]Platform {
	m = m.OrDefault()
	return [2]Platform{m.Before, m.After}
}

// Infos describe both platforms, in the order of Sides.
func (m Move) Infos() [2]PlatformInfo {
	sides := m.Sides()
	return [2]PlatformInfo{sides[0].Info(), sides[1].Info()}
}

// Services are the platforms that are no side of the move, in order: what a tenant has there
// is a row of its own.
func (m Move) Services() []Platform {
	var out []Platform
	for p := Lambda; p <= LastPlatform; p++ {
		if !m.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// Has reports whether a platform is a side of the move.
func (m Move) Has(p Platform) bool {
	sides := m.Sides()
	return p == sides[0] || p == sides[1]
}

// Fill replaces the names of the sides in a text, so that it names the platforms of the move
// and no others: {before} and {after} are the labels, {BEFORE} and {AFTER} the labels in
// capitals. With a dot and a word they are other names of the platform: {after.id} "jobs",
// {after.short} "K8s", {after.run} "Job", {after.key} "job", {after.limit} "activeDeadlineSeconds".
func (m Move) Fill(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	if m = m.OrDefault(); m.Before <= LastPlatform && m.After <= LastPlatform {
		return fillers[m.Before][m.After].Replace(s)
	}
	return m.filler().Replace(s)
}

// filler replaces the names of the sides.
func (m Move) filler() *strings.Replacer {
	infos := m.Infos()
	var pairs []string
	for i, side := range [...]string{"before", "after"} {
		p := &infos[i]
		pairs = append(pairs, "{"+side+"}", p.Label, "{"+strings.ToUpper(side)+"}", strings.ToUpper(p.Label),
			"{"+side+".id}", p.ID.String(), "{"+side+".short}", p.Short, "{"+side+".run}", p.Run,
			"{"+side+".key}", p.Key, "{"+side+".limit}", p.TimeLimit)
	}
	return strings.NewReplacer(pairs...)
}

// fillers are those of all moves: headings are drawn many times a second.
var fillers = func() (out [LastPlatform + 1][LastPlatform + 1]*strings.Replacer) {
	for before := range out {
		for after := range out[before] {
			out[before][after] = Move{Platform(before), Platform(after)}.filler()
		}
	}
	return out
}()
