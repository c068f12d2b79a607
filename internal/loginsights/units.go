package loginsights

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// unit holds the figures from the logs of all functions of a key in one time range.
type unit struct {
	from, to int64
	billed   map[*migration.RegionArch]migration.MBMillis
	runs     int64 // all of them
	// estimated is their estimate from CloudWatch's Duration.
	estimated migration.MBMillis
	// onInstances are runs on Lambda Managed Instances, whose reports have no cost.
	onInstances int64
	// atLeast says that on which architecture they ran is not known: what they cost on the
	// cheaper one is the least.
	atLeast bool
	own     migration.LoggedRuns
	split   map[migration.Tenant]*splitRuns

	// cells are what CloudWatch has of the same time, counted what these come to.
	cells   []timeseries.Bucket
	counted counted
	// replaces is set where the logs were read and have a say in the figures.
	replaces bool
	// missing counts invocations of CloudWatch without a report, and spare counts reports without an invocation, both except
	// those that a neighbouring unit explains. spareSplit is the part of spare that belongs to tenants who share the function.
	missing, spare, spareSplit int64
	// late counts missing reports that are in a neighbouring unit. lateSplit is the part of late that is charged there to a
	// tenant who shares the function. early is the part of spare that a neighbouring unit counts.
	late, lateSplit, early int64
}

// counted is what CloudWatch counts in some cells.
type counted struct {
	runs, requests, failures int64
	estimated                migration.MBMillis // billed, as far as Duration shows
	withInit                 bool               // estimated includes INIT, from Lambda Insights
	// unbilled is set if only the logs contain what was billed.
	unbilled bool
}

// splitRuns are the runs of a shared function that belong to one tenant.
type splitRuns struct {
	migration.LoggedRuns
	billed map[*migration.RegionArch]migration.MBMillis
}

// unit adds up what the logs have of what began in [from, to); false where a function's log
// was not read as far as that takes.
func (o *Overlay) unit(functions []*migration.Function, from, to int64) (u unit, ok bool) {
	l := o.results
	u = unit{from: from, to: to, billed: make(map[*migration.RegionArch]migration.MBMillis, 1)}
	for _, fn := range functions {
		f := l.functions[keyOf(fn)]
		timeout, at := fn.Timeout, fn.Place
		if fn.Linked {
			u.atLeast, timeout, at.Arch = true, migration.LambdaWall, migration.Arm64
		}
		if f == nil || !f.complete(from, to, int64(timeout/time.Second)) {
			return u, false
		}
		place, shared := o.packer.Place(at), f.shared
		for at := from; at < to; at += slotSeconds {
			for name, runs := range f.slots[at] {
				u.runs += runs.Runs
				u.estimated += runs.Estimated
				u.onInstances += runs.Unbilled
				tenant := fn.Key.Tenant
				if shared && name != "" {
					tenant = l.tenants[name]
				}
				if tenant == fn.Key.Tenant {
					u.own.Add(runs)
					u.billed[place] += runs.Billed
					continue
				}
				if u.split == nil {
					u.split = make(map[migration.Tenant]*splitRuns)
				}
				s := u.split[tenant]
				if s == nil {
					s = &splitRuns{billed: make(map[*migration.RegionArch]migration.MBMillis, 1)}
					u.split[tenant] = s
				}
				s.Add(runs)
				s.billed[place] += runs.Billed
			}
		}
	}
	return u, true
}

// units divides CloudWatch's buckets from a time on into ranges of LogSpan, or of the length of coarser buckets, and
// compares each with the logs. The rest begins after end.
func (o *Overlay) units(functions []*migration.Function, cells []timeseries.Bucket,
	from, end int64,
) (units []unit, rest []timeseries.Bucket) {
	i := 0
	for at := from; at < end; {
		to, j := at+slotSeconds, i
		for j < len(cells) && cells[j].Start < to { // a coarse cell makes the unit as long as itself
			to = max(to, cells[j].Start+int64(cells[j].Span))
			j++
		}
		u, ok := o.unit(functions, at, to)
		u.cells = cells[i:j:j]
		if u.replaces = ok && (j > i || u.runs > 0) && !onProvisioned(u.cells); u.replaces {
			u.count()
		}
		units = append(units, u)
		i, at = j, to
	}
	return units, cells[i:]
}

// count compares what CloudWatch counted with what was reported.
func (u *unit) count() {
	c := counted{unbilled: len(u.cells) > 0}
	for i := range u.cells {
		c.runs += u.cells[i].Runs
		c.failures += u.cells[i].Failures
		for _, in := range u.cells[i].Invoked {
			c.requests += in.Requests
			c.estimated += in.Billed
			c.withInit = c.withInit || in.Known.Method == migration.Derived
			c.unbilled = false
		}
	}
	if c.unbilled {
		c.requests = c.runs
	}
	var split int64
	for _, s := range u.split {
		split += s.Runs
	}
	u.counted = c
	u.missing, u.spare = max(c.requests-u.runs, 0), max(u.runs-c.requests, 0)
	u.spareSplit = min(max(split-c.requests, 0), u.spare)
}

// matchNeighbours finds the reports of invocations that CloudWatch counts in one unit and the
// logs in the one before or after: INIT comes before a run and its report after it. Each
// spare report explains one missing invocation; all others stay missing.
func matchNeighbours(units []unit) {
	for i := range units {
		u := &units[i]
		for _, j := range [...]int{i - 1, i + 1} {
			if !u.replaces || j < 0 || j >= len(units) || !units[j].replaces {
				continue
			}
			from := &units[j]
			n := min(u.missing, from.spare)
			split := min(n, from.spareSplit)
			u.missing, u.late, u.lateSplit = u.missing-n, u.late+n, u.lateSplit+split
			from.spare, from.spareSplit, from.early = from.spare-n, from.spareSplit-split, from.early+n-split
		}
	}
}

// OnProvisioned reports whether some of it ran on provisioned concurrency, which has
// another price: a report does not say on which a run was.
func onProvisioned(cells []timeseries.Bucket) bool {
	for i := range cells {
		for _, in := range cells[i].Invoked {
			if in.Extras != nil && in.Extras.OnProvisioned > 0 {
				return true
			}
		}
	}
	return false
}
