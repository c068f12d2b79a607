package ecs

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The sentences that go with figures.
const (
	noteFromTasks = "resources of tasks, from the start to the end that ECS reports"
	noteEarlier   = "tasks that ended more than an hour before migtop started are no longer listed"
)

// fargateMinimum is the least that a task on Fargate is billed for, in seconds.
// Source: AWS Fargate pricing, "Pricing details".
const fargateMinimum = 60

// book makes the activities of everything that is new or may have changed since
// the last poll.
func (p *poll) book() []migration.Activity {
	byKey := make(map[migration.Key][]*task)
	for _, t := range p.tasks {
		if t.unit != nil && t.from > 0 {
			byKey[t.unit.key] = append(byKey[t.unit.key], t)
		}
	}
	// A change of usage reaches back to where it was read from.
	changed := make(map[migration.Key]time.Time)
	units, _ := p.counted()
	for _, u := range units {
		from := u.changed
		if from.IsZero() {
			continue
		}
		if at, ok := changed[u.key]; !ok || from.Before(at) {
			changed[u.key] = from
		}
		u.changed = time.Time{}
	}
	keys := make([]migration.Key, 0, len(byKey))
	for key := range byKey {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	var out []migration.Activity
	for _, key := range keys {
		from := p.booked.Add(-2 * finalityLag)
		if at, ok := changed[key]; ok && at.Before(from) {
			from = at
		}
		if p.booked.IsZero() {
			from = p.boundary
			if p.History > 0 {
				for start := p.boundary.Add(-p.History.Truncate(pastPeriod)); start.Before(p.boundary); start = start.Add(pastPeriod) {
					out = p.add(out, key, byKey[key], start, pastPeriod)
				}
			}
		}
		from = later(from, p.boundary)
		if !p.booked.IsZero() {
			from = later(from, p.whole)
		}
		for start := from; start.Before(p.End); start = start.Add(time.Minute) {
			out = p.add(out, key, byKey[key], start, time.Minute)
		}
	}
	p.booked = p.End
	oldest := p.End.Add(-2 * time.Hour).Unix()
	for _, u := range units {
		for b := range u.usage {
			if b.start < oldest {
				delete(u.usage, b)
			}
		}
	}
	return out
}

// stoppedFor is how long ECS lists a stopped task.
const stoppedFor = time.Hour

// add appends the activity of a key in one bucket, if anything was there.
func (p *poll) add(out []migration.Activity, key migration.Key, tasks []*task, start time.Time, span time.Duration) []migration.Activity {
	b := bucket{start.Unix(), span}
	end := b.start + int64(span/time.Second)
	held := make(map[migration.Host]*migration.ResourceUsage)
	a := migration.Activity{
		Key: key, Start: start, Span: span, Final: !start.Add(span + finalityLag).After(p.Now),
		Evidence: migration.Provenance{Source: "ecs", Method: migration.Measured, Coverage: 1, Note: noteFromTasks},
	}
	var durations, startUps []time.Duration
	var peak float64 // bytes
	var attempts, oom int64
	for _, t := range tasks {
		until := end
		if t.to > 0 {
			until = min(until, t.to)
		}
		from := max(t.from, b.start)
		ended := t.to > 0 && t.to >= b.start && t.to < end
		if ended {
			attempts++
			if t.oom {
				oom++
			}
			if !t.unit.service { // a service's task is replaced, and was no run
				a.Runs++
				if t.failed {
					a.Failures++
				}
				if t.started > 0 && t.to >= t.started {
					durations = append(durations, t.ran())
				}
			}
		}
		if t.started >= b.start && t.started < end && t.created > 0 {
			startUps = append(startUps, time.Duration(t.started-t.created)*time.Second)
		}
		if until <= from && !ended {
			continue
		}
		peak = max(peak, t.hold(held, b, until-from, ended))
	}
	if len(held) == 0 && attempts == 0 {
		return out
	}
	for _, h := range held {
		a.Usage = append(a.Usage, *h)
	}
	slices.SortFunc(a.Usage, func(x, y migration.ResourceUsage) int { return compareHosts(&x.Host, &y.Host) })
	a.Attempts, a.OOMKilled = migration.Some(attempts), migration.Some(oom)
	a.Duration, a.StartUp = migration.Sample(durations...), migration.Sample(startUps...)
	if peak > 0 {
		a.PeakMemory = migration.Sample(migration.Bytes(math.Round(peak)))
	}
	a.MaxConcurrency = migration.Some(most(tasks, b.start, end))
	a.Evidence.Provisional = !a.Final
	// A side's figures begin when everything was seen, within the minute.
	partly := p.Side && span == time.Minute && start.Add(span).After(p.completeFrom)
	if start.Before(p.completeFrom) && !partly {
		a.Evidence.LowerBound, a.Evidence.Note = true, noteEarlier
	}
	return append(out, a)
}

// ran is how long the containers of a task that has ended ran.
func (t *task) ran() time.Duration {
	to := t.to
	if t.run != nil && t.run.ended > 0 {
		to = t.run.ended
	}
	return time.Duration(to-t.started) * time.Second
}

// hold books what a task held for some seconds of a bucket, and gives the greatest
// memory that CloudWatch saw a task of its kind use.
func (t *task) hold(held map[migration.Host]*migration.ResourceUsage, b bucket, seconds int64, ended bool) (peak float64) {
	h := held[t.host]
	if h == nil {
		h = &migration.ResourceUsage{Host: t.host}
		held[t.host] = h
	}
	seconds = max(seconds, 0)
	cpu, memory := t.cpu.Milli()*seconds, t.memory.KiBCeil()*seconds
	h.PodSeconds += seconds
	h.CPU += migration.MilliCPUSeconds(cpu)
	h.Memory += migration.KiBSeconds(memory)
	if ended && t.host.Kind == migration.HostECSFargate {
		h.ShortOfMinute += max(fargateMinimum-(t.to-t.from), 0)
	}
	use := t.unit.usage[b]
	c, ok1 := use.cpu.Get()
	m, ok2 := use.memory.Get()
	if ok1 && ok2 {
		h.UsageSeconds += seconds
		h.UsedCPU = migration.Some(h.UsedCPU.Or(0) + migration.MilliCPUSeconds(math.Round(c*float64(cpu))))
		h.UsedMemory = migration.Some(h.UsedMemory.Or(0) + migration.KiBSeconds(math.Round(m*float64(memory))))
	}
	return use.peak.Or(0) * float64(t.memory)
}

// most is the greatest number of tasks at one moment in [from, to).
func most(tasks []*task, from, to int64) int64 {
	type change struct {
		at    int64
		delta int64
	}
	var changes []change
	for _, t := range tasks {
		if t.from >= to || (t.to > 0 && t.to <= from) {
			continue
		}
		changes = append(changes, change{max(t.from, from), 1})
		if t.to > 0 && t.to < to {
			changes = append(changes, change{t.to, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { // what ends makes room first
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return int(a.delta - b.delta)
	})
	var now, greatest int64
	for _, c := range changes {
		now += c.delta
		greatest = max(greatest, now)
	}
	return greatest
}

// compareHosts is an order of hosts, so that the same tasks make the same bytes.
func compareHosts(a, b *migration.Host) int {
	spot := func(h *migration.Host) int {
		if h.Spot {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.InstanceType, b.InstanceType), cmp.Compare(a.Place.Arch, b.Place.Arch),
		cmp.Compare(spot(a), spot(b)), cmp.Compare(a.FargateCPU, b.FargateCPU), cmp.Compare(a.FargateMemory, b.FargateMemory),
		cmp.Compare(a.NodeCPU, b.NodeCPU), cmp.Compare(a.NodeMemory, b.NodeMemory), cmp.Compare(a.Place.Region, b.Place.Region),
		cmp.Compare(a.OS, b.OS), cmp.Compare(a.Capacity, b.Capacity), cmp.Compare(a.Accelerators, b.Accelerators),
	)
}
