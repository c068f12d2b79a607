package jobs

import (
	"cmp"
	"slices"
)

// edge is a run that begins (+1) or ends (-1).
type edge struct {
	stream *stream
	at     int64
	by     int64
}

// concurrency raises each bucket's figure of runs at one moment, for as far back
// as it may have changed: all of the past at the first account, then what is not
// final.
func (m *model) concurrency(now int64, r readings) {
	from := max(floorTo(r.trusted-finalAfter, minute)-minute, m.oldest)
	if m.swept == 0 {
		from = m.oldest
	}
	m.swept = now
	edges := m.edges[:0]
	for _, j := range m.jobs {
		start, end := j.span(now)
		if j.service || start == 0 || end <= from || start > now || j.unknownOwner(now, r) {
			continue
		}
		edges = append(edges, edge{j.stream, max(start, from), 1}, edge{j.stream, max(end, start+1), -1})
	}
	m.edges = edges
	slices.SortFunc(edges, func(a, b edge) int {
		if a.stream != b.stream {
			return cmp.Or(cmp.Compare(a.stream.key.Tenant, b.stream.key.Tenant), cmp.Compare(a.stream.key.Workload, b.stream.key.Workload))
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) // ends before beginnings
	})
	var running int64
	for i, e := range edges {
		if i == 0 || edges[i-1].stream != e.stream {
			running = 0
		}
		running += e.by
		until := e.at + 1
		if i+1 < len(edges) && edges[i+1].stream == e.stream {
			until = edges[i+1].at
		}
		if running == 0 {
			continue
		}
		m.each(e.stream, e.at, until, func(k *bucket, _ int64) {
			if running > k.concurrent {
				k.concurrent, k.dirty = running, true
			}
		})
	}
	clear(edges) // drop the references, so that no run stays in memory
}

// span is from a run's first container to its end, or to now.
func (j *job) span(now int64) (start, end int64) {
	for _, p := range j.pods {
		start = earlier(start, p.startAt())
	}
	if start == 0 && len(j.pods) == 0 && (j.ready > 0 || j.finished > 0) {
		start = j.started // its pods cannot be seen
	}
	end = j.finished
	if end == 0 {
		end = now
		if j.gone {
			end = j.goneAt
		}
	}
	return start, max(min(end, now), start) // a clock may be ahead of ours
}
