package world

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// LogGroup is where a function's lines go.
func (f *Function) LogGroup() string { return "/aws/lambda/" + f.Name }

// LogEvent is one line of a function's log.
type LogEvent struct {
	At, Arrived     time.Time
	Stream, Message string
}

// ColdStart is the time of an execution's INIT, 0 where it found a warm environment.
func (w *World) ColdStart(function string, i *Invocation) time.Duration {
	if f := w.byName[function]; f != nil && len(f.streams()) > 0 {
		return f.coldStart(i)
	}
	return 0
}

// coldStart is the time of a run's cold start, 0 where it found a warm environment:
// functions that are seldom called mostly do not.
func (f *Function) coldStart(i *Invocation) time.Duration {
	chance := 0.02
	if perDay := f.perDay(); perDay > 0 {
		chance = max(chance, min(0.9, 60/perDay))
	}
	if !key(i.Run).with(aspectCold).chance(chance) {
		return 0
	}
	return time.Duration(key(i.Run).with(aspectInit).between(0.18, 1.4) * float64(time.Second)).Truncate(10 * time.Microsecond)
}

// tenantOf is whose run it is, "" where only the function's name says or nothing does.
func (f *Function) tenantOf(i *Invocation) string {
	at := key(i.Run).with(aspectTenant).uniform()
	for _, s := range f.shared {
		if at -= s.part; at < 0 {
			return s.tenant
		}
	}
	return ""
}

// EachLogEvent yields, in no order, the lines that a function wrote at times in
// [from, to). It stops when yield returns false.
func (w *World) EachLogEvent(function string, from, to time.Time, yield func(LogEvent) bool) {
	f := w.byName[function]
	if f == nil || !from.Before(to) {
		return
	}
	// What began before may still write.
	w.EachInvocation(function, from.Add(-f.Timeout-time.Minute), to, func(i Invocation) bool {
		if i.Throttled || !i.Start.Before(to) || i.Start.Add(i.Duration+time.Second).Before(from) {
			return true
		}
		l := f.logged(&i)
		stream, delay := l.stream(), l.delay()
		return l.lines(func(at time.Time, text string) bool {
			return at.Before(from) || !at.Before(to) || yield(LogEvent{At: at, Arrived: at.Add(delay), Stream: stream, Message: text})
		})
	})
}

// LogSize is when a line was written, when it arrived and how long it is.
type LogSize struct {
	At, Arrived time.Time
	Bytes       int
}

// EachLogSize yields what EachLogEvent does without its texts, in a fraction of the time: a
// month of every function is asked for at once.
func (w *World) EachLogSize(function string, from, to time.Time, yield func(LogSize) bool) {
	f := w.byName[function]
	if f == nil || !from.Before(to) {
		return
	}
	var l logged // one for all runs
	w.eachOf(f, from.Add(-f.Timeout-time.Minute), to, func(r *run) bool {
		i := f.invoke(r)
		if !i.Start.Before(to) || i.Start.Add(i.Duration+time.Second).Before(from) {
			return true
		}
		l = f.logged(&i)
		delay := l.delay()
		return l.sizes(func(at time.Time, size int) bool {
			return at.Before(from) || !at.Before(to) || yield(LogSize{at, at.Add(delay), size})
		})
	})
}

// EachLogged yields what EachInvocation does, and what EachLogSize does, in one pass over the runs: both are
// asked for of every function at once.
func (w *World) EachLogged(function string, from, to time.Time, run func(Invocation) bool, line func(LogSize) bool) {
	f := w.byName[function]
	if f == nil || !from.Before(to) {
		return
	}
	var l logged // one for all runs
	var delay time.Duration
	say := func(at time.Time, size int) bool {
		return at.Before(from) || !at.Before(to) || line(LogSize{at, at.Add(delay), size})
	}
	w.EachInvocation(function, from.Add(-f.Timeout-time.Minute), to, func(i Invocation) bool {
		if !i.Start.Before(from) && !run(i) {
			return false
		}
		if i.Throttled || i.Start.Add(i.Duration+time.Second).Before(from) {
			return true
		}
		l = f.logged(&i)
		delay = l.delay()
		return l.sizes(say)
	})
}

// logged is one run with everything that its lines show.
type logged struct {
	Invocation
	f      *Function
	key    key
	tenant string
	init   time.Duration
}

func (f *Function) logged(i *Invocation) logged {
	return logged{Invocation: *i, f: f, key: key(i.Run), init: f.coldStart(i), tenant: f.tenantOf(i)}
}

// The lengths of what lines have in common: a moment, and a request's id.
const stampSize, idSize = len("2006-01-02T15:04:05.000Z"), len("00000000-0000-0000-0000-000000000000")

// id is the request's.
func (i *logged) id() string { return i.key.uid() }

func (i *logged) version() string { return cmp.Or(i.Version, "$LATEST") }

// stream is the log stream of the environment that the run found.
func (i *logged) stream() string {
	environment := i.key.with(aspectEnvironment).with(uint64(i.Start.Hour())).uid()[:8]
	return i.Start.UTC().Format("2006/01/02") + "/[" + i.version() + "]" + environment
}

// delay is how late the run's lines arrive: one in sixty comes minutes late, the others
// within seconds.
func (i *logged) delay() time.Duration {
	if i.key.with(aspectArrival).with(1).chance(1.0 / 60) {
		return time.Duration(i.key.with(aspectArrival).with(2).between(1, 4) * float64(time.Minute))
	}
	return time.Duration(i.key.with(aspectArrival).between(0.5, 4) * float64(time.Second))
}

// times are when the first line was written, the second, and those of the end.
func (i *logged) times() (start, began, ended time.Time) {
	return i.Start, i.Start.Add(time.Millisecond), i.Start.Add(i.Duration).Truncate(time.Millisecond)
}

// torn reports whether the stream was torn in the middle of the run's report.
func (i *logged) torn() bool { return i.key.with(aspectGarbled).chance(1.0 / 4000) }

// working is what the function itself writes.
func (i *logged) working() string {
	if i.tenant == "" {
		return "working"
	}
	return "working for tenant=" + i.tenant
}

// lines yields what one run wrote, as Lambda writes it in the function's format.
func (i *logged) lines(say func(at time.Time, text string) bool) bool {
	start, began, ended := i.times()
	id := i.id()
	if i.f.JSON {
		return say(start, fmt.Sprintf(`{"time":%q,"type":"platform.start","record":{"requestId":%q,"version":%q%s}}`, stamp(start), id,
			i.version(), i.tenantField())) &&
			say(began, fmt.Sprintf(`{"timestamp":%q,"level":"INFO","requestId":%q,"message":"working"}`, stamp(began), id)) &&
			say(ended, i.reportJSON(ended))
	}
	if !say(start, fmt.Sprintf("START RequestId: %s Version: %s\n", id, i.version())) ||
		!say(began, fmt.Sprintf("%s\t%s\tINFO\t%s\n", stamp(began), id, i.working())) {
		return false
	}
	if i.TimedOut && !say(ended, fmt.Sprintf("%s %s Task timed out after %.2f seconds\n\n", stamp(ended), id, i.f.Timeout.Seconds())) {
		return false
	}
	report := i.reportText()
	if i.torn() {
		report = report[:len(report)/2]
	}
	return say(ended, fmt.Sprintf("END RequestId: %s\n", id)) && say(ended, report)
}

// sizes yields the lengths of what lines yields.
func (i *logged) sizes(say func(at time.Time, size int) bool) bool {
	start, began, ended := i.times()
	version := len(i.version())
	if i.f.JSON {
		const first = len(`{"time":"","type":"platform.start","record":{"requestId":"","version":""}}`) + stampSize + idSize
		const second = len(`{"timestamp":"","level":"INFO","requestId":"","message":"working"}`) + stampSize + idSize
		return say(start, first+version+i.tenantSize()) && say(began, second) && say(ended, i.reportSize())
	}
	const first, second = len("START RequestId:  Version: \n") + idSize, len("\t\tINFO\t\n") + stampSize + idSize
	const last = len("END RequestId: \n") + idSize
	working := len("working")
	if i.tenant != "" {
		working = len("working for tenant=") + len(i.tenant)
	}
	if !say(start, first+version) || !say(began, second+working) {
		return false
	}
	if i.TimedOut {
		after := digits(int64(i.f.Timeout/time.Second)) + len(".00")
		if !say(ended, stampSize+len("  Task timed out after  seconds\n\n")+idSize+after) {
			return false
		}
	}
	report := i.reportSize()
	if i.torn() {
		report /= 2
	}
	return say(ended, last) && say(ended, report)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// billedMillis is what Lambda bills a run: INIT and handler, rounded up once.
func (i *logged) billedMillis() int64 {
	return int64((i.init + i.ran() + time.Millisecond - 1) / time.Millisecond)
}

// ran is the run time as its line says it: to the hundredth of a millisecond.
func (i *logged) ran() time.Duration { return i.Duration.Truncate(10 * time.Microsecond) }

// used is what the run's line says of memory, in MB: in a warm environment maybe
// more than this run took.
func (i *logged) used() int64 {
	used := (i.Peak + 1<<20 - 1) >> 20
	if i.init == 0 {
		used += int64(float64(used) * i.key.with(aspectEnvironment).between(0, 0.12))
	}
	return min(used, int64(i.f.memory(i.Version)))
}

// failure is how a run's line says that it ended, in the words of both formats.
func (i *logged) failure() (status, kind string) {
	switch {
	case i.TimedOut:
		return "timeout", ""
	case i.OutOfMemory:
		return "error", "Runtime.OutOfMemory"
	case i.Failed:
		return "error", "Runtime.Unknown"
	}
	return "", ""
}

// reportSize is the length of the line that reports the run.
func (i *logged) reportSize() int {
	size := idSize + hundredthsSize(i.ran()) + digits(i.billedMillis()) + digits(int64(i.f.memory(i.Version))) + digits(i.used())
	status, kind := i.failure()
	if !i.f.JSON {
		size += len("REPORT RequestId: \tDuration:  ms\tBilled Duration:  ms\tMemory Size:  MB\tMax Memory Used:  MB\t\n")
		if i.init > 0 {
			size += len("Init Duration:  ms\t") + hundredthsSize(i.init)
		}
		if status != "" {
			size += len("Status: ") + len(status)
		}
		if kind != "" {
			size += len("\tError Type: ") + len(kind)
		}
		return size
	}
	size += len(`{"time":"","type":"platform.report","record":{"requestId":"","metrics":{"durationMs":,"billedDurationMs":,`) +
		len(`"memorySizeMB":,"maxMemoryUsedMB":},"status":""}}`) + stampSize + i.tenantSize() + len(cmp.Or(status, "success"))
	if i.init > 0 {
		size += len(`,"initDurationMs":`) + hundredthsSize(i.init)
	}
	if kind != "" {
		size += len(`,"errorType":""`) + len(kind)
	}
	return size
}

// digits is how many a number has.
func digits(n int64) int {
	out := 1
	for ; n >= 10; n /= 10 {
		out++
	}
	return out
}

// hundredthsSize is the length of what hundredths writes.
func hundredthsSize(d time.Duration) int { return digits(int64(d/time.Millisecond)) + len(".00") }

func (i *logged) reportText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		i.id(), hundredths(i.ran()), i.billedMillis(), i.f.memory(i.Version), i.used())
	if i.init > 0 {
		fmt.Fprintf(&b, "Init Duration: %s ms\t", hundredths(i.init))
	}
	if status, kind := i.failure(); status != "" {
		fmt.Fprintf(&b, "Status: %s", status)
		if kind != "" {
			fmt.Fprintf(&b, "\tError Type: %s", kind)
		}
	}
	return b.String() + "\n"
}

func (i *logged) reportJSON(ended time.Time) string {
	status, kind := i.failure()
	if status == "" {
		status = "success"
	}
	if kind != "" {
		kind = fmt.Sprintf(`,"errorType":%q`, kind)
	}
	init := ""
	if i.init > 0 {
		init = `,"initDurationMs":` + hundredths(i.init)
	}
	return fmt.Sprintf(`{"time":%q,"type":"platform.report","record":{"requestId":%q%s,"metrics":{"durationMs":%s,"billedDurationMs":%d,`+
		`"memorySizeMB":%d,"maxMemoryUsedMB":%d%s},"status":%q%s}}`,
		stamp(ended), i.id(), i.tenantField(), hundredths(i.ran()), i.billedMillis(), i.f.memory(i.Version), i.used(), init, status, kind)
}

// tenantSize is the length of tenantField.
func (i *logged) tenantSize() int {
	if !i.f.Isolated {
		return 0
	}
	return len(`,"tenantId":""`) + len(i.tenant)
}

func (i *logged) tenantField() string {
	if !i.f.Isolated {
		return ""
	}
	return fmt.Sprintf(`,"tenantId":%q`, i.tenant)
}

// hundredths writes milliseconds with two places, as Lambda does.
func hundredths(d time.Duration) string {
	n := int64(d / (10 * time.Microsecond))
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}
