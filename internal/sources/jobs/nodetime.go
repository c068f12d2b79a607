package jobs

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// bootTime is how long before its first Job pod a node may have been made
	// to have been made for it: boot and joining are part of the Job pool's
	// bill then. A node that is older served others before.
	bootTime = 15 * minute
	// poolTail is how long a node belongs to the Job pool after its last Job pod:
	// the longest window.
	poolTail = minutesBack
)

// from is when a node joined the pool of Jobs, 0 for never.
func (n *node) from() int64 {
	if n.first > 0 && n.created > 0 && n.first-n.created <= bootTime {
		return n.created
	}
	return n.first
}

// until is when it left, at the latest now.
func (n *node) until(now int64) int64 {
	until := min(now, n.last+poolTail)
	if gone := n.end(); gone > 0 {
		until = min(until, gone)
	}
	return until
}

// nodeKey is the key of node time.
type nodeKey struct {
	host        migration.Host
	start, span int64
	system      bool
}

// nodeInterval is a part of a node's life on one side: in the pool of Jobs or among the
// cluster's own nodes.
type nodeInterval struct {
	from, until int64
	system      bool
}

// intervals are the parts of a node's life that have a price. A node reserved for
// add-ons that ran a Job belongs to the pool for that time, and to the platform before
// and after it. No second belongs to both.
func (n *node) intervals(now int64) []nodeInterval {
	var out []nodeInterval
	begin, end := max(n.created, 1), now
	if gone := n.end(); gone > 0 {
		end = min(end, gone)
	}
	from, until := n.from(), n.until(now)
	if from == 0 {
		from, until = end, end
	}
	if n.system && begin < from {
		out = append(out, nodeInterval{begin, min(from, end), true})
	}
	if from < until {
		out = append(out, nodeInterval{from, until, false})
	}
	if n.system && max(begin, until) < end {
		out = append(out, nodeInterval{max(begin, until), end, true})
	}
	return out
}

// nodeTimes is how long the nodes of the pool existed, from the first time that may have
// changed. Fargate nodes are left out, since Fargate charges for the pod.
func (m *model) nodeTimes(now, final int64) []migration.NodeTime {
	type sum struct {
		seconds    int64
		nodes      int
		milli, kib int64 // of DaemonSets, over time
	}
	sums := map[nodeKey]*sum{}
	minutesFrom := max(floorTo(m.nodesFrom, minute), m.floor)
	if m.nodesHours {
		// Gone nodes are kept for the same time, so that a repeated sum is complete.
		minutesFrom = max(minutesFrom, floorTo(now-nodesKept, minute))
	}
	for name, n := range m.nodes {
		if n.gone > 0 && now-n.gone > nodesKept+minute {
			delete(m.nodes, name)
			continue
		}
		if n.host.Kind == migration.HostFargate {
			continue
		}
		add := func(from, until, span int64, system bool) {
			for at := from; at < until; {
				start := floorTo(at, span)
				end := min(start+span, until)
				k := nodeKey{n.host, start, span, system}
				of := sums[k]
				if of == nil {
					of = &sum{}
					sums[k] = of
				}
				of.seconds += end - at
				of.nodes++
				if !system { // a system node belongs to the platform as a whole
					of.milli += (end - at) * n.daemons.milli()
					of.kib += (end - at) * n.daemons.kib()
				}
				at = end
			}
		}
		for _, s := range n.intervals(now) {
			if !m.nodesHours {
				add(max(s.from, m.oldest), min(s.until, m.floor), hour, s.system)
			}
			add(max(s.from, minutesFrom), s.until, minute, s.system)
		}
	}
	// A node that changed pool or host kind leaves minutes that were published under
	// the old key. Publish 0 for them, or they would count twice.
	for k := range m.nodesPublished {
		switch {
		case k.start < floorTo(now-nodesKept, minute):
			delete(m.nodesPublished, k)
		case k.start >= minutesFrom && sums[k] == nil:
			sums[k] = &sum{}
			delete(m.nodesPublished, k)
		}
	}
	m.nodesHours = true
	m.nodesFrom = min(floorTo(final-finalAfter, minute), now)
	out := make([]migration.NodeTime, 0, len(sums))
	for k, s := range sums {
		if k.span == minute && s.seconds > 0 {
			m.nodesPublished[k] = struct{}{}
		}
		out = append(out, migration.NodeTime{
			Host: k.host, Start: time.Unix(k.start, 0).UTC(), Span: time.Duration(k.span) * time.Second,
			NodeSeconds: s.seconds, Nodes: s.nodes, System: k.system,
			DaemonCPU: migration.MilliCPUSeconds(s.milli), DaemonMemory: migration.KiBSeconds(s.kib),
		})
	}
	slices.SortFunc(out, func(a, b migration.NodeTime) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Host.InstanceType, b.Host.InstanceType),
			cmp.Compare(a.Host.Place.Region, b.Host.Place.Region), cmp.Compare(a.NodeSeconds, b.NodeSeconds))
	})
	return out
}

// nodesKept is how long a node that is gone is kept, and how far back a node that
// joins the pool late changes published minutes.
const nodesKept = 2 * bootTime

// cluster returns the facts about the cluster as a whole. The caller holds the lock.
func (m *model) cluster(r readings) migration.Cluster {
	c := migration.Cluster{Room: m.roomLeft(r)}
	regions := map[string]int{}
	for _, n := range m.nodes {
		if n.gone > 0 {
			continue
		}
		c.Nodes++
		if r := migration.ParentRegion(n.host.Place.Region); r != "" {
			regions[r]++
		}
	}
	for r, n := range regions {
		if n > regions[c.Region] || (n == regions[c.Region] && r < c.Region) {
			c.Region = r
		}
	}
	for _, p := range m.pods {
		if p.over() || p.job.service {
			continue
		}
		c.Pods++
		if !p.running {
			c.Pending++
		}
	}
	return c
}
