package world

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Version is a published version of a function, as far as that is not how the function
// is now.
type Version struct {
	Arch     string
	MemoryMB int
}

// Alias is a name of a version, and of another one that is tried with a share of the
// invocations.
type Alias struct {
	Name, Version, Canary string
	Share                 float64 // of the canary
}

// pin is where a tenant's alias of a shared function points.
type pin struct {
	version, canary string
	share           float64
}

// sharedFunction is a function that several tenants call, each by an alias of its own, so that a
// new version reaches them one by one.
type sharedFunction struct {
	workload string // of the class that it carries
	versions map[string]Version
	pins     map[string]pin // by tenant
}

// live is what most functions with an alias are called by, and where it points in the
// story: a new version is tried with one call in twenty.
var live = Alias{Name: "live", Version: "12", Canary: "13", Share: 0.05}

// alias is what invocations of a stream are called by, its zero value for no alias.
func aliasOf(tenant, workload string) Alias {
	if workload == "webhook-fanout" {
		return live
	}
	if of, ok := sharedFunctions[workload]; ok {
		p := of.pins[tenant]
		return Alias{Name: tenant, Version: p.version, Canary: p.canary, Share: p.share}
	}
	return Alias{}
}

// version is what a run is an execution of.
func (a *Alias) version(r *run) string {
	if a.Canary != "" && r.key.with(aspectVersion).chance(a.Share) {
		return a.Canary
	}
	return a.Version
}

// share gives a stream to the function that it shares with others, and makes that one
// where it is the first.
func (w *World) share(s *stream, add func(Function)) {
	of := sharedFunctions[s.name]
	at := slices.IndexFunc(w.functions, func(f Function) bool { return f.Name == s.name+"-prod" })
	if at < 0 {
		at = len(w.functions)
		add(Function{
			Name: s.name + "-prod", Description: strings.ReplaceAll(s.name, "-", " ") + " for all who have an alias",
			Runtime: s.runtime, Arch: string(s.arch), MemoryMB: s.memoryMB, Timeout: s.timeout,
			Tags: map[string]string{"workload": s.name, "env": "prod"}, JSON: s.runtime == "python3.13", Versions: of.versions,
		})
	}
	f := &w.functions[at]
	f.pooled = append(f.pooled, s)
	f.Aliases = append(f.Aliases, s.alias)
	slices.SortFunc(f.Aliases, func(a, b Alias) int { return strings.Compare(a.Name, b.Name) })
}

// perDay is how many runs a function has on a mean day, on both sides.
func (f *Function) perDay() (n float64) {
	for _, s := range f.streams() {
		n += s.perDay
	}
	return n
}

// streams are what the function carries.
func (f *Function) streams() []*stream {
	if f.stream == nil {
		return f.pooled
	}
	return []*stream{f.stream}
}

// memory is what an execution of one of the function's versions has, in MB.
func (f *Function) memory(version string) int {
	return cmp.Or(f.Versions[version].MemoryMB, f.MemoryMB)
}

// eachPooled yields the runs of the streams that share a function in the order of their
// begin, an hour at a time.
func (w *World) eachPooled(f *Function, from, to time.Time, yield func(*run) bool) {
	for from.Before(to) {
		end := from.Truncate(time.Hour).Add(time.Hour)
		if to.Before(end) {
			end = to
		}
		var runs []run
		for _, s := range f.pooled {
			w.eachRun(s, from, end, func(r run) bool {
				if !r.onJobs {
					runs = append(runs, r)
				}
				return true
			})
		}
		slices.SortStableFunc(runs, func(a, b run) int { return a.at.Compare(b.at) })
		for i := range runs {
			if !yield(&runs[i]) {
				return
			}
		}
		from = end
	}
}
