package follow

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// How long runs by the minute of their start are kept, less for a large fleet.
const (
	keepRuns      = 4 * 60
	keepRunsLarge = 135 // what a Watch may repair, and the time in which blue becomes final
	largeFleet    = 1000
)

// runStore keeps the runs of platforms whose activities count a run when it ends, by the minute of their start.
type runStore struct {
	tenants map[migration.Tenant][]*runStream
	covers  map[migration.Origin]*runCover
	streams int
}

// runStream are the minutes of one key in one account and region, in order.
type runStream struct {
	key     migration.Key
	scope   string
	minutes []migration.RunMinute
}

// runCover is the time in which a source has seen every start.
type runCover struct {
	platform migration.Platform
	from, to int32
}

// absorb takes over what a source says, and hands each tenant and minute that changed to touch.
func (s *runStore) absorb(from migration.Origin, p *migration.RunMinutes, touch func(migration.Tenant, int32)) {
	if s.tenants == nil {
		s.tenants, s.covers = map[migration.Tenant][]*runStream{}, map[migration.Origin]*runCover{}
	}
	for i := range p.Minutes {
		m := p.Minutes[i]
		m.Scope = from.Scope
		if m.Key.Platform == 0 {
			m.Key.Platform = p.Platform
		}
		s.stream(m.Key, m.Scope).put(m)
		if m.Final {
			touch(m.Key.Tenant, minuteOf(m.Start))
		}
	}
	if p.To.IsZero() {
		return
	}
	c := s.covers[from]
	if c == nil {
		c = &runCover{}
		s.covers[from] = c
	}
	*c = runCover{platform: p.Platform, from: minuteOf(p.From), to: minuteOf(p.To)}
	if p.From.Unix()%60 != 0 {
		c.from++ // the first whole minute
	}
}

func (s *runStore) stream(key migration.Key, scope string) *runStream {
	list := s.tenants[key.Tenant]
	at, found := slices.BinarySearchFunc(list, key, func(r *runStream, k migration.Key) int {
		return cmp.Or(cmp.Compare(r.key.Platform, k.Platform), cmp.Compare(r.key.Workload, k.Workload), cmp.Compare(r.scope, scope))
	})
	if found {
		return list[at]
	}
	r := &runStream{key: key, scope: scope}
	s.tenants[key.Tenant] = slices.Insert(list, at, r)
	s.streams++
	return r
}

// put adds a minute or replaces it.
func (r *runStream) put(m migration.RunMinute) {
	n := len(r.minutes)
	if n == 0 || r.minutes[n-1].Start.Before(m.Start) {
		r.minutes = append(r.minutes, m)
		return
	}
	at, found := r.search(minuteOf(m.Start))
	if found {
		r.minutes[at] = m
		return
	}
	r.minutes = slices.Insert(r.minutes, at, m)
}

// search finds a minute.
func (r *runStream) search(m int32) (int, bool) {
	return slices.BinarySearchFunc(r.minutes, m, func(x migration.RunMinute, m int32) int { return cmp.Compare(minuteOf(x.Start), m) })
}

// at is a minute, nil where it had no run. Most that is asked for is new.
func (r *runStream) at(m int32) *migration.RunMinute {
	for i := len(r.minutes) - 1; i >= 0 && i >= len(r.minutes)-4; i-- {
		switch at := minuteOf(r.minutes[i].Start); {
		case at == m:
			return &r.minutes[i]
		case at < m:
			return nil
		}
	}
	i, found := r.search(m)
	if !found {
		return nil
	}
	return &r.minutes[i]
}

// age drops what is old.
func (s *runStore) age(now int32) {
	keep := int32(keepRuns)
	if s.streams > largeFleet {
		keep = keepRunsLarge
	}
	for tenant, list := range s.tenants {
		for _, r := range list {
			if len(r.minutes) == 0 || minuteOf(r.minutes[0].Start) >= now-keep {
				continue
			}
			n, _ := r.search(now - keep)
			r.minutes = slices.Delete(r.minutes, 0, n)
		}
		kept := slices.DeleteFunc(list, func(r *runStream) bool { return len(r.minutes) == 0 })
		s.streams -= len(list) - len(kept)
		if s.tenants[tenant] = kept; len(kept) == 0 {
			delete(s.tenants, tenant)
		}
	}
}

// cover is the time in which every start on a platform was seen, in all accounts and regions that a tenant has runs in, and in
// all of them where it has none. ok is false where nothing was read whole.
func (s *runStore) cover(platform migration.Platform, streams []*runStream) (from, to int32, ok bool) {
	narrow := func(mine bool) {
		for origin, c := range s.covers {
			if c.platform != platform {
				continue
			}
			if mine && !slices.ContainsFunc(streams, func(r *runStream) bool { return r.scope == origin.Scope }) {
				continue
			}
			if !ok {
				from, to, ok = c.from, c.to, true
				continue
			}
			from, to = max(from, c.from), min(to, c.to)
		}
	}
	if len(streams) > 0 {
		narrow(true)
	}
	if !ok {
		narrow(false)
	}
	return from, to, ok
}

// has reports whether a platform was read whole by any source.
func (s *runStore) has(platform migration.Platform) bool {
	for _, c := range s.covers {
		if c.platform == platform {
			return true
		}
	}
	return false
}
