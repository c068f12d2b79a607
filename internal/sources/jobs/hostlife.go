package jobs

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// What a node is does not change while it lives: its type, region, operating system and
// how it is bought were so from the beginning, whenever a label comes that says it. A
// label that is taken away again unsays nothing.

// statedLabels are the labels whose first value is kept.
var statedLabels = [...]string{
	labelInstance, corev1.LabelInstanceType, labelRegion, corev1.LabelFailureDomainBetaRegion, labelZone,
	corev1.LabelFailureDomainBetaZone, labelArch, labelArchBeta, labelOS, labelOSBeta, labelWindowsBuild,
	labelComputeType, labelKarpenter, labelEKSCapacity, labelKarpenterFamily, labelKarpenterSize,
	labelKarpenterTenancy, labelReservationType,
}

// describe says what the node is, by what it states now and stated before.
func (n *node) describe(o *corev1.Node, spot []SpotLabel) migration.Host {
	if n.stated == nil {
		n.stated = map[string]string{}
	}
	keep := func(key string) {
		if v := o.Labels[key]; v != "" && n.stated[key] == "" {
			n.stated[key] = v
		}
	}
	for _, key := range statedLabels {
		keep(key)
	}
	for _, l := range spot {
		keep(l.Key)
	}
	merged := o
	for key, value := range n.stated {
		if o.Labels[key] != "" {
			continue
		}
		if merged == o {
			merged = o.DeepCopy()
			merged.Labels = maps.Clone(o.Labels)
			if merged.Labels == nil {
				merged.Labels = map[string]string{}
			}
		}
		merged.Labels[key] = value
	}
	return hostSince(merged, n.stated, spot)
}

// segment is a time range in which a pod's requests and host did not change.
type segment struct {
	from, to int64
	holding  amounts
}

// usedMinute is what was seen to be used by a pod in one bucket.
type usedMinute struct {
	at                  int64 // the bucket's
	milli, kib, seconds int64
}

// noteUsed remembers usage that was booked from one moment to another, so that it can be
// moved to another host.
func (p *pod) noteUsed(from, to, milli, kib int64) {
	for from < to {
		at := floorTo(from, minute)
		seconds := min(at+minute, to) - from
		from += seconds
		if n := len(p.used); n > 0 && p.used[n-1].at == at {
			u := &p.used[n-1]
			u.milli, u.kib, u.seconds = u.milli+milli*seconds, u.kib+kib*seconds, u.seconds+seconds
			continue
		}
		p.used = append(p.used, usedMinute{at, milli * seconds, kib * seconds, seconds})
	}
}

// forget drops what lies in buckets that are gone.
func (p *pod) forget(b *books) {
	p.used = slices.DeleteFunc(p.used, func(u usedMinute) bool { return u.at < b.pruned })
	if b.hoursUntil == 0 {
		p.past = slices.DeleteFunc(p.past, func(s segment) bool { return s.to <= b.pruned })
	}
}

// rehost moves everything that was booked of a pod to another host: it was there all the
// time, and only now is it known what that is.
func (m *model) rehost(p *pod, host *migration.Host) {
	old := p.host
	move := func(from, to int64, holding amounts) {
		m.bookOn(p, old, from, to, holding, -1)
		m.bookOn(p, host, from, to, holding, 1)
	}
	for _, s := range p.past {
		move(s.from, s.to, s.holding)
	}
	move(p.segment, p.booked, p.holding)
	for _, u := range p.used {
		if k := m.at(p.job.stream, u.at); k != nil {
			for _, of := range [...]struct {
				host *migration.Host
				sign int64
			}{{old, -1}, {host, 1}} {
				h := k.on(of.host)
				h.usedMilli += of.sign * u.milli
				h.usedKiB += of.sign * u.kib
				h.usedSince += of.sign * u.seconds
			}
		}
	}
	if p.closedAt > 0 {
		if k := m.at(p.job.stream, p.closedAt); k != nil {
			from, to := k.on(old), p.closed
			from.short -= to.short
			from.added -= to.added
			into := k.on(host)
			into.short += to.short
			into.added += to.added
		}
	}
	p.host = host
}

// closing is what was booked of a pod when it ended.
type closing struct{ short, added int64 }

// revisit is for how long a pod that is gone is looked at again: what its node is may
// become known after it.
const revisit = keepFinal

// settled reports whether nothing that is still to come can change what was booked of a
// pod that is gone.
func (p *pod) settled(now int64) bool {
	switch {
	case now-p.goneAt > revisit:
		return true
	case now-p.goneAt < podEndGrace:
		return false // the Job's end is in progress, which is used for clock differences
	case p.on == nil:
		return p.node == ""
	}
	return now-p.on.created > revisit
}
