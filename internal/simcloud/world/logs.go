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
		l := logged{Invocation: &i, f: f, key: key(i.Run), id: key(i.Run).uid(), init: f.coldStart(&i), tenant: f.tenantOf(&i)}
		for _, e := range l.lines() {
			if !e.At.Before(from) && e.At.Before(to) && !yield(e) {
				return false
			}
		}
		return true
	})
}

// logged is one run with everything that its lines show.
type logged struct {
	*Invocation
	f          *Function
	key        key
	id, tenant string
	init       time.Duration
}

// lines are what one run wrote, as Lambda writes it in the function's format.
func (i *logged) lines() []LogEvent {
	f := i.f
	ended := i.Start.Add(i.Duration).Truncate(time.Millisecond)
	version := cmp.Or(i.Version, "$LATEST")
	stream := i.Start.UTC().Format("2006/01/02") + "/[" + version + "]" + i.key.with(aspectEnvironment).with(uint64(i.Start.Hour())).uid()[:8]
	// One in sixty comes minutes late, the others within seconds.
	delay := time.Duration(i.key.with(aspectArrival).between(0.5, 4) * float64(time.Second))
	if i.key.with(aspectArrival).with(1).chance(1.0 / 60) {
		delay = time.Duration(i.key.with(aspectArrival).with(2).between(1, 4) * float64(time.Minute))
	}
	var out []LogEvent
	say := func(at time.Time, format string, args ...any) {
		out = append(out, LogEvent{At: at, Arrived: at.Add(delay), Stream: stream, Message: fmt.Sprintf(format, args...)})
	}
	began := i.Start.Add(time.Millisecond)
	if f.JSON {
		say(i.Start, `{"time":%q,"type":"platform.start","record":{"requestId":%q,"version":%q%s}}`, stamp(i.Start), i.id, version,
			i.tenantField())
		say(began, `{"timestamp":%q,"level":"INFO","requestId":%q,"message":"working"}`, stamp(began), i.id)
		say(ended, "%s", i.reportJSON(ended))
		return out
	}
	say(i.Start, "START RequestId: %s Version: %s\n", i.id, version)
	if i.tenant != "" {
		say(began, "%s\t%s\tINFO\tworking for tenant=%s\n", stamp(began), i.id, i.tenant)
	} else {
		say(began, "%s\t%s\tINFO\tworking\n", stamp(began), i.id)
	}
	if i.TimedOut {
		say(ended, "%s %s Task timed out after %.2f seconds\n\n", stamp(ended), i.id, f.Timeout.Seconds())
	}
	say(ended, "END RequestId: %s\n", i.id)
	report := i.reportText()
	if i.key.with(aspectGarbled).chance(1.0 / 4000) {
		report = report[:len(report)/2] // the stream was torn
	}
	say(ended, "%s", report)
	return out
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

func (i *logged) reportText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		i.id, hundredths(i.ran()), i.billedMillis(), i.f.memory(i.Version), i.used())
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
		stamp(ended), i.id, i.tenantField(), hundredths(i.ran()), i.billedMillis(), i.f.memory(i.Version), i.used(), init, status, kind)
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
