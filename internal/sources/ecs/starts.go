package ecs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// startsLag is how long after its end a minute may still get a task: ECS lists a new one within seconds.
	startsLag = time.Minute
	// startsBack is how long minutes are kept, and startsOpen how long those are of which a task has not ended.
	startsBack = 3 * time.Hour
	startsOpen = 24 * time.Hour
)

// startKey is a minute of a key, by its first second.
type startKey struct {
	key migration.Key
	at  int64
}

// start is what became of a task, in the minute in which ECS created it: one that never ran has no other time. A task that a
// person stopped is no run, since nothing is learned of the work.
type start struct {
	ended, failed, lost                   bool // lost: nobody saw how it ended
	oomKilled, pullFailed, evicted, began bool
	ran, startUp                          migration.Opt[time.Duration]
	version                               string
}

// startMinute are the tasks of a key that were created in one minute.
type startMinute struct {
	tasks   map[string]start // by ARN
	open    int              // as of the last publication
	dirty   bool             // changed since it was published
	final   bool             // published as final
	covered bool             // every task of it was seen
}

// startOf is what became of a task; false where it is no run.
func (t *task) startOf() (start, bool) {
	r := t.run
	s := start{began: t.started > 0}
	if s.began && t.started >= t.created {
		s.startUp = migration.Some(time.Duration(t.started-t.created) * time.Second)
	}
	if s.began {
		s.version = r.definition
		if algorithm, digits, ok := strings.Cut(r.version, ":"); ok && strings.HasPrefix(algorithm, "sha") {
			s.version = algorithm + ":" + digits[:min(len(digits), digestShown)] + "/" + r.definition
		}
	}
	if t.to == 0 {
		return s, true
	}
	s.ended = true
	switch r.outcome {
	case migration.OutcomeStopped:
		return start{}, false
	case 0:
		s.lost = true
		return s, true
	case migration.OutcomeOOMKilled:
		s.oomKilled = true
	case migration.OutcomeEvicted:
		s.evicted = true
	}
	s.failed = t.failed
	s.pullFailed = strings.HasPrefix(r.reason, "CannotPull")
	if s.began && r.ended >= t.started {
		s.ran = migration.Some(time.Duration(r.ended-t.started) * time.Second)
	}
	return s, true
}

// digestShown is how much of a digest tells images apart, as in the short IDs of container tools.
const digestShown = 12

// bookStarts takes over what is known of all tasks and returns the minutes that changed or became final.
func (p *poll) bookStarts() migration.RunMinutes {
	floor := p.Now.Add(-startsBack).Truncate(time.Minute).Unix()
	for arn, t := range p.tasks {
		if t.run == nil || t.unit == nil || t.created == 0 {
			continue
		}
		k := startKey{t.unit.key, t.created - t.created%60}
		m := p.starts[k]
		now, isRun := t.startOf()
		if m == nil {
			if k.at < floor || !isRun {
				continue
			}
			m = &startMinute{tasks: map[string]start{}}
			p.starts[k] = m
		}
		was, known := m.tasks[arn]
		switch {
		case !isRun && known:
			delete(m.tasks, arn)
			m.dirty = true
		case isRun && (!known || was != now):
			m.tasks[arn] = now
			m.dirty = true
		}
	}
	out := migration.RunMinutes{Platform: migration.ECS}
	from := later(p.completeFrom, p.Now.Add(-startsBack)).Add(time.Minute - 1).Truncate(time.Minute)
	to := p.Now.Add(-startsLag).Truncate(time.Minute)
	if from.Before(to) {
		out.From, out.To = from, to
	}
	for k, m := range p.starts {
		m.covered = m.covered || k.at >= from.Unix() && k.at+60 <= to.Unix() // whatever is read later
		if m.dirty || m.covered && !m.final && m.open == 0 {
			v := m.publish(k)
			v.Final = m.covered && m.open == 0
			m.final = v.Final
			out.Minutes = append(out.Minutes, v)
		}
		if k.at < floor && (m.open == 0 || k.at < p.Now.Add(-startsOpen).Unix()) {
			delete(p.starts, k)
		}
	}
	slices.SortFunc(out.Minutes, func(x, y migration.RunMinute) int {
		return cmp.Or(x.Start.Compare(y.Start), compareKeys(x.Key, y.Key))
	})
	return out
}

// publish copies a minute, and counts the tasks that have not ended. ECS restarts no task and has no deadline: each is one
// attempt, and none times out. Of its memory only a kill for it is known.
func (m *startMinute) publish(k startKey) migration.RunMinute {
	m.dirty, m.open = false, 0
	v := migration.RunMinute{Key: k.key, Start: time.Unix(k.at, 0).UTC(), TimedOut: migration.Some[int64](0)}
	var ran, startUps []time.Duration
	var oom, pulls, evicted, dropped int64
	var versions []string
	for _, s := range m.tasks {
		if s.lost {
			dropped++
			continue
		}
		v.Runs++
		if s.began {
			v.Attempts++
		}
		if d, ok := s.startUp.Get(); ok {
			startUps = append(startUps, d)
		}
		if s.version != "" && !slices.Contains(versions, s.version) {
			versions = append(versions, s.version)
		}
		switch {
		case !s.ended:
			m.open++
			continue
		case s.failed:
			v.Failures++
		}
		if d, ok := s.ran.Get(); ok {
			ran = append(ran, d)
		}
		if s.oomKilled {
			oom++
			v.Memory = migration.Some(migration.Ratio(1))
		}
		if s.pullFailed {
			pulls++
		}
		if s.evicted {
			evicted++
		}
	}
	v.Open = int64(m.open)
	v.OOMKilled, v.ImagePull, v.Evicted = migration.Some(oom), migration.Some(pulls), migration.Some(evicted)
	v.Dropped = migration.Some(dropped)
	v.Duration, v.StartUp = migration.Sample(ran...), migration.Sample(startUps...)
	slices.Sort(versions)
	v.Version = strings.Join(versions, ",")
	return v
}
