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
	// poolTail is how long after its last Job pod a node still counts to the
	// Job pool: as long as a window.
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

// nodeKey is what node time is told under.
type nodeKey struct {
	host        migration.Host
	start, span int64
	system      bool
}

// nodeStretch is a part of a node's life on one side: in the pool of Jobs or among the
// cluster's own nodes.
type nodeStretch struct {
	from, until int64
	system      bool
}

// stretches are the parts of a node's life that somebody pays for here. A node that is
// kept for add-ons and got a Job all the same is of the pool for as long as that counts,
// and of the cluster before and after; no second is of both.
func (n *node) stretches(now int64) []nodeStretch {
	var out []nodeStretch
	begin, end := max(n.created, 1), now
	if gone := n.end(); gone > 0 {
		end = min(end, gone)
	}
	from, until := n.from(), n.until(now)
	if from == 0 {
		from, until = end, end
	}
	if n.system && begin < from {
		out = append(out, nodeStretch{begin, min(from, end), true})
	}
	if from < until {
		out = append(out, nodeStretch{from, until, false})
	}
	if n.system && max(begin, until) < end {
		out = append(out, nodeStretch{max(begin, until), end, true})
	}
	return out
}

// nodeTimes tells how long the nodes of the pool stood there, from what may have
// changed on. Fargate's are not nodes that anyone pays for: the pod is billed.
func (m *model) nodeTimes(now, final int64) []migration.NodeTime {
	type sum struct {
		seconds    int64
		nodes      int
		milli, kib int64 // of DaemonSets, over time
	}
	sums := map[nodeKey]*sum{}
	minutesFrom := max(floorTo(m.nodesFrom, minute), m.floor)
	if m.nodesHours {
		// Gone nodes are kept as long, so a sum that is told again is whole.
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
		for _, s := range n.stretches(now) {
			if !m.nodesHours {
				add(max(s.from, m.oldest), min(s.until, m.floor), hour, s.system)
			}
			add(max(s.from, minutesFrom), s.until, minute, s.system)
		}
	}
	// What was told of these minutes and holds no longer, since a node changed sides or
	// is another kind of host now, is told as nothing: else it would count beside.
	for k := range m.nodesTold {
		switch {
		case k.start < floorTo(now-nodesKept, minute):
			delete(m.nodesTold, k)
		case k.start >= minutesFrom && sums[k] == nil:
			sums[k] = &sum{}
			delete(m.nodesTold, k)
		}
	}
	m.nodesHours = true
	m.nodesFrom = min(floorTo(final-finalAfter, minute), now)
	out := make([]migration.NodeTime, 0, len(sums))
	for k, s := range sums {
		if k.span == minute && s.seconds > 0 {
			m.nodesTold[k] = struct{}{}
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

// nodesKept is how long a node that is gone is remembered, and how far back a
// node that joins the pool late changes what was told.
const nodesKept = 2 * bootTime

// cluster is what is known of the cluster as a whole. The lock is held.
func (m *model) cluster() migration.Cluster {
	var c migration.Cluster
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
