package jobs

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// startsBack is how far back minutes of starts are kept: for as long as an assessment may be repaired, and an hour.
	startsBack = minutesBack
	// startsOpen is how long a minute is kept of which a run has not ended.
	startsOpen = 24 * hour
)

// start is what became of a run that started, in the minute in which it did. It follows from the records alone, so that the
// order in which watches bring them does not matter. A Job that was suspended, or deleted before it ended, is no run: a
// person or a queue stopped it, and nothing is learned of the work. When it is resumed, it is a run of its first start again.
type start struct {
	minute *startMinute // nil where it is in none

	state              startState
	failed, timedOut   bool
	imagePull          bool
	scaled             bool
	ran, startUp       migration.Opt[time.Duration]
	deadline, memory   migration.Opt[migration.Ratio]
	attempts           int32
	oomKilled, evicted int32
	version            string
}

type startState uint8

const (
	startNone    startState = iota // it did not start, or was stopped from outside
	startOpen                      // it has not ended
	startEnded                     // it has
	startDropped                   // it was deleted before anyone saw how it ended
)

// startMinute are the runs of a key that started in one minute.
type startMinute struct {
	at      int64
	runs    []*start
	open    int  // as of the last publication
	dirty   bool // changed since it was published
	final   bool // published as final
	covered bool // every start of it was seen
}

// touch has what became of a Job looked at again.
func (m *model) touch(j *job) {
	if !j.touched {
		j.touched = true
		m.touched = append(m.touched, j)
	}
}

// touchOn does so for the Jobs that have a pod on a node, whose clock or whose end times depend on.
func (m *model) touchOn(n *node) {
	for _, p := range m.pods {
		if p.on == n {
			m.touch(p.job)
		}
	}
}

// accountStarts takes over what is new of the Jobs that changed. The lock is held.
func (m *model) accountStarts(now int64) {
	if floor := floorTo(now-startsBack, minute); floor > m.startsFloor {
		m.startsFloor = floor
	}
	for _, j := range m.touched {
		j.touched = false
		if !j.seen || j.service {
			continue
		}
		m.accountStart(j)
	}
	clear(m.touched)
	m.touched = m.touched[:0]
}

func (m *model) accountStart(j *job) {
	was := j.start
	if was != nil && was.minute == nil {
		return // its minute is no longer kept
	}
	at := floorTo(j.firstStart(), minute)
	is := j.outcome()
	if is.state == startNone || at <= 0 {
		if was != nil {
			was.leave()
			j.start = nil
		}
		return
	}
	is.version = m.intern(j.version(m.podsRead))
	if was == nil || was.minute.at != at {
		k := j.stream.starts[at]
		if k == nil && at < m.startsFloor {
			return // too old to be of use to anyone, and not all of its minute is known
		}
		if was != nil {
			was.leave()
		}
		if k == nil {
			if j.stream.starts == nil {
				j.stream.starts = map[int64]*startMinute{}
			}
			k = &startMinute{at: at}
			j.stream.starts[at] = k
		}
		is.minute = k
		j.start = &is
		k.runs = append(k.runs, j.start)
		k.dirty = true
		return
	}
	is.minute = was.minute
	if *was != is {
		*was = is
		was.minute.dirty = true
	}
}

// leave takes a run out of its minute.
func (s *start) leave() {
	k := s.minute
	k.runs = slices.DeleteFunc(k.runs, func(o *start) bool { return o == s })
	k.dirty = true
}

// firstStart is when the Job started first, Unix seconds; 0 for not yet.
func (j *job) firstStart() int64 {
	at := j.begun
	if j.resumed {
		for _, p := range j.pods {
			at = earlier(at, p.scheduled)
		}
	}
	if at == 0 && j.finished > 0 {
		at = j.created // it came to an end without a start
	}
	return at
}

// outcome is what became of the Job.
func (j *job) outcome() (s start) {
	switch {
	case j.stopped:
		return s
	case j.booked && j.unheard:
		s.state = startDropped
		return s
	case j.booked:
		s.state = startEnded
	case j.suspended || j.firstStart() == 0:
		return s
	default:
		s.state = startOpen
	}
	s.scaled = j.scaled
	live, own := int32(0), int32(0)
	for _, p := range j.pods {
		s.take(p)
		switch {
		case p.cut():
		case p.over():
			own++
		case p.started > 0:
			live++
		}
	}
	// Pods that were gone before the first poll are in the Job's own count.
	s.attempts += max(own, j.succeeded+j.failedAttempts()) + live
	if d, ok := j.startUp(); ok {
		s.startUp = migration.Some(d)
	}
	if s.state == startOpen {
		return s
	}
	s.failed = j.failed
	s.timedOut = j.timedOut || j.podReason() == reasonDeadline
	if d, ok := j.ran(j.finished); ok && d.Low == d.High {
		s.ran = migration.Some(d.Low)
	} else if !ok && len(j.pods) == 0 && !j.failed && j.started > 0 && j.finished >= j.started {
		s.ran = migration.Some(inSeconds(j.finished - j.started)) // no pod of it was seen
	}
	if j.deadline > 0 && j.started > 0 && j.finished >= j.started {
		s.deadline = migration.Some(migration.Ratio(float64(j.finished-j.started) / float64(j.deadline)))
	}
	return s
}

// take adds what one pod says.
func (s *start) take(p *pod) {
	if p.started == 0 && pullFails[p.reason] {
		s.imagePull = true
	}
	if p.disrupted {
		s.evicted++
	}
	k := p.main()
	if k == nil {
		return
	}
	if !p.cut() {
		s.attempts += k.restarts
	}
	if p.oom > 0 && p.killCounts() {
		s.oomKilled += max(k.kills, 1)
	}
	if peak, ok := p.peak().Get(); ok && p.over() && k.limit.hasMemory && k.limit.memory > 0 {
		s.memory = migration.Larger(s.memory, migration.Some(migration.Ratio(float64(peak)/float64(k.limit.memory))))
	}
}

// pullFails are the kubelet's reasons for an image that cannot be pulled.
//
// Source: Kubernetes, pkg/kubelet/images/types.go.
var pullFails = map[string]bool{
	"ImagePullBackOff": true, "ErrImagePull": true, "ErrImageNeverPull": true, "InvalidImageName": true,
	"ImageInspectError": true, "RegistryUnavailable": true, "SignatureValidationFailed": true,
}

// version names what the Job ran: the digest of its image and its template. It is "" until a node has reported the digest,
// since another name of the same would look like a change. Where pods cannot be read, the template alone is its name.
func (j *job) version(pods bool) string {
	if !pods {
		return j.template
	}
	var newest *pod
	for _, p := range j.pods {
		if p.version != "" && (newest == nil || cmp.Or(cmp.Compare(p.created, newest.created), cmp.Compare(p.name, newest.name)) > 0) {
			newest = p
		}
	}
	if newest == nil {
		return ""
	}
	algorithm, digits, _ := strings.Cut(newest.version, ":")
	return algorithm + ":" + digits[:min(len(digits), digestShown)] + "/" + j.template
}

// templateVersion tells templates apart that run another work: by the images, the names of what they get, and the resources.
// Arguments and values of the environment are left out, since they may name the message that a Job is for.
func templateVersion(spec *corev1.PodSpec, request, limit amounts) string {
	h := fnv.New32a()
	write := func(s string) {
		_, _ = io.WriteString(h, s) // a hash takes everything
		_, _ = h.Write([]byte{0})
	}
	for _, list := range [...][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			c := &list[i]
			write(c.Name)
			write(c.Image)
			for k := range c.Env {
				write(c.Env[k].Name)
			}
			write("")
		}
		write("")
	}
	write(spec.ServiceAccountName)
	for _, n := range [...]int64{request.cpu, request.memory, limit.cpu, limit.memory} {
		write(strconv.FormatInt(n, 10))
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// digestShown is how much of a digest tells images apart, as in the short IDs of container tools.
const digestShown = 12

// publishStarts returns the minutes of starts that changed or became final, and drops old ones. Everything before trusted is
// known.
func (m *model) publishStarts(now int64, r readings) migration.RunMinutes {
	out := migration.RunMinutes{Platform: migration.Jobs}
	from, to := int64(0), int64(0)
	if r.jobs && m.cover > 0 {
		from = floorTo(max(m.cover, m.startsFloor)+minute-1, minute)
		to = floorTo(r.trusted-finalAfter, minute)
		if to > from {
			out.From, out.To = time.Unix(from, 0).UTC(), time.Unix(to, 0).UTC()
		}
	}
	for _, s := range m.streams {
		for at, k := range s.starts {
			k.covered = k.covered || at >= from && at+minute <= to // whatever is read later
			if k.dirty || k.covered && !k.final && k.open == 0 {
				v := k.publish(s.key, r)
				v.Final = k.covered && k.open == 0
				k.final = v.Final
				out.Minutes = append(out.Minutes, v)
			}
			if at < m.startsFloor && (k.open == 0 || at < now-startsOpen) {
				k.drop()
				delete(s.starts, at)
			}
		}
	}
	slices.SortFunc(out.Minutes, func(x, y migration.RunMinute) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Key.Tenant, y.Key.Tenant), cmp.Compare(x.Key.Workload, y.Key.Workload))
	})
	return out
}

// publish copies a minute, and counts the runs that have not ended.
func (k *startMinute) publish(key migration.Key, r readings) migration.RunMinute {
	k.dirty, k.open = false, 0
	v := migration.RunMinute{Key: key, Start: time.Unix(k.at, 0).UTC()}
	var ran, startUps []time.Duration
	var timedOut, oom, pulls, evicted, dropped int64
	var versions []string
	for _, s := range k.runs {
		if s.state == startDropped {
			dropped++
			continue
		}
		v.Runs++
		v.Attempts += int64(s.attempts)
		oom += int64(s.oomKilled)
		evicted += int64(s.evicted)
		pulls += one(s.imagePull)
		v.Scaled += one(s.scaled)
		if d, ok := s.startUp.Get(); ok {
			startUps = append(startUps, d)
		}
		v.Memory = migration.Larger(v.Memory, s.memory)
		if s.version != "" && !slices.Contains(versions, s.version) {
			versions = append(versions, s.version)
		}
		if s.state == startOpen {
			k.open++
			continue
		}
		v.Failures += one(s.failed)
		timedOut += one(s.timedOut)
		if d, ok := s.ran.Get(); ok {
			ran = append(ran, d)
		}
		v.Deadline = migration.Larger(v.Deadline, s.deadline)
	}
	v.Open = int64(k.open)
	v.TimedOut, v.Dropped = migration.Some(timedOut), migration.Some(dropped)
	if r.pods {
		v.OOMKilled, v.ImagePull, v.Evicted = migration.Some(oom), migration.Some(pulls), migration.Some(evicted)
	}
	v.Duration, v.StartUp = migration.Sample(ran...), migration.Sample(startUps...)
	slices.Sort(versions)
	v.Version = strings.Join(versions, ",")
	return v
}

// drop makes the runs of a minute that is no longer kept forget it.
func (k *startMinute) drop() {
	for _, s := range k.runs {
		s.minute = nil
	}
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
