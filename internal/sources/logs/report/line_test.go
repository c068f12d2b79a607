package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

const (
	id    = "8c360c87-d4b7-4423-b5f3-af02be3c1763"
	other = "13222b1e-f16b-4550-89df-869ab0a9806d"
	warm  = "REPORT RequestId: " + id + "\tDuration: 2338.66 ms\tBilled Duration: 2339 ms\tMemory Size: 3009 MB\tMax Memory Used: 173 MB\t\n"
	event = `{"time":"2026-10-08T07:30:29.470Z","type":"platform.report","record":{"requestId":"` + id +
		`","metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,"maxMemoryUsedMB":123,` +
		`"initDurationMs":463.512},"status":"success"}}`
)

// managed is the report of a run on a managed instance.
const managed = `{"time":"2026-11-01T12:00:00.000Z","type":"platform.report","record":{"requestId":"` + id +
	`","status":"success","metrics":{"durationMs":101.512},"spans":[]}}`

var options = cmp.AllowUnexported(migration.Opt[time.Duration]{})

func ms(v float64) time.Duration { return time.Duration(v*1e6 + 0.5) }

func TestReadsEveryFormOfALine(t *testing.T) {
	base := Line{RequestID: id, Duration: ms(2338.66), Billed: ms(2339), MemorySize: 3009 * migration.MiB, MaxMemory: 173 * migration.MiB}
	with := func(change func(*Line)) Line {
		l := base
		change(&l)
		return l
	}
	head := strings.TrimRight(warm, "\t\n")
	for name, test := range map[string]struct {
		line string
		want Line
	}{
		"warm":            {warm, base},
		"without its end": {head, base},
		"traced":          {head + "\t\nXRAY TraceId: 1-6a67abf9-44f198d4\tSegmentId: 7c4eb6a6d56f2a27\tSampled: true\t\n", base},
		"cold":            {head + "\tInit Duration: 545.10 ms\t\n", with(func(l *Line) { l.Init = migration.Some(ms(545.10)) })},
		"restored": {
			head + "\tRestore Duration: 398.97 ms\tBilled Restore Duration: 182 ms\t\n",
			with(func(l *Line) { l.Restore = migration.Some(ms(398.97)) }),
		},
		"timed out": {head + "\tStatus: timeout\n", with(func(l *Line) { l.Status = StatusTimeout })},
		"killed": {head + "\tStatus: error\tError Type: Runtime.OutOfMemory\n", with(func(l *Line) {
			l.Status, l.ErrorType = StatusError, "Runtime.OutOfMemory"
		})},
		"a part of next year": {head + "\tColour: blue\n", base},
		"json": {event, Line{
			RequestID: id, Duration: ms(1233.96), Billed: ms(1698), MemorySize: 256 * migration.MiB, MaxMemory: 123 * migration.MiB,
			Init: migration.Some(ms(463.512)), Time: time.Date(2026, 10, 8, 7, 30, 29, 470e6, time.UTC),
		}},
		"json of a managed instance": {managed, Line{
			RequestID: id, Duration: ms(101.512), Unbilled: true,
			Time: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
		}},
		"json of one that failed there": {strings.Replace(managed, "success", "error", 1), Line{
			RequestID: id, Duration: ms(101.512), Unbilled: true, Status: StatusError, Time: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
		}},
		"json of a tenant": {
			`{"type":"platform.report","record":{"tenantId":"blue","status":"timeout","requestId":"` + id +
				`","metrics":{"durationMs":3000,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":64}}}`,
			Line{
				RequestID: id, Duration: ms(3000), Billed: ms(3000), MemorySize: 128 * migration.MiB, MaxMemory: 64 * migration.MiB,
				Status: StatusTimeout, Tenant: "blue",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := Parse(test.line)
			if reason != Read {
				t.Fatalf("not read: %s", reason)
			}
			if diff := cmp.Diff(test.want, got, options); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSaysWhyALineIsNoReport(t *testing.T) {
	fields := make([]string, 10_000)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"field%d":%d`, i, i)
	}
	for name, test := range map[string]struct {
		line string
		want Reason
	}{
		"nothing":                 {"", Other},
		"a line of the function":  {"2026-10-08T07:30:29.470Z\t" + id + "\tINFO\thello", Other},
		"start":                   {"START RequestId: " + id + " Version: $LATEST", Other},
		"init report":             {"INIT_REPORT Init Duration: 10010.21 ms\tPhase: init\tStatus: timeout", Other},
		"another event":           {`{"time":"2026-10-08T07:30:29.470Z","type":"platform.start","record":{"requestId":"` + id + `"}}`, Other},
		"other JSON":              {`{"level":"INFO","message":"REPORT RequestId: x"}`, Other},
		"10,000 fields":           {"{" + strings.Join(fields, ",") + "}", Other},
		"a word":                  {"REPORT", Other},
		"a report card":           {"REPORT card: 3 Bs", Other},
		"a report of its own":     {"REPORT RequestId: see below\tDuration: 5 weeks", Other},
		"a report as it prints":   {"INFO forwarding REPORT RequestId: " + id + "\tDuration: 1 ms\tMemory Size: 1 GB", Other},
		"a report in quotes":      {`"` + strings.TrimSpace(warm) + `"`, Other},
		"an indented one":         {"  " + warm, Other},
		"after a byte order mark": {"\ufeff" + event, Other},
		"a list of events":        {"[" + event + "]", Other},
		"a text with braces":      {`{"memorySizeMB": see {"billedDurationMs"}`, Other},
		"JSON in a message":       {`{"level":"INFO","message":` + strconv.Quote(event) + `}`, Other},
		"JSON below":              {`{"record":` + event + `}`, Other},
		"cut JSON of its own":     {`{"level":"INFO","message":"type platform.report, "bil`, Other},
		"two of its own":          {`{"a":1}{"b":"platform.report"}`, Other},
		"a type of another case":  {`{"TYPE":"platform.report","record":{}}`, Other},
		"half of the metrics": {`{"type":"platform.report","record":{"requestId":"` + id +
			`","metrics":{"durationMs":1,"memorySizeMB":128}}}`, Cut},
		"a cut managed instance": {managed[:len(managed)-20], Cut},
		"memory, says a program": {"disk\tMemory Size: 16 GB\tMax Memory Used: 3 GB", Other},
		"cut in its mark":        {"REPORT RequestId:", Cut},
		"cut in the id":          {"REPORT RequestId: 8c36", Cut},
		"cut in a number": {"REPORT RequestId: " + id +
			"\tDuration: 2338.66 ms\tBilled Duration: 2339 ms\tMemory Size: 3009 MB\tMax Memory Used: 1", Cut},
		"cut in a unit": {"REPORT RequestId: " + id +
			"\tDuration: 2338.66 ms\tBilled Duration: 2339 ms\tMemory Size: 3009 MB\tMax Memory Used: 173 M", Cut},
		"without a part":         {"REPORT RequestId: " + id + "\tDuration: 2338.66 ms\tMemory Size: 3009 MB\tMax Memory Used: 173 MB", Cut},
		"cut JSON":               {event[:len(event)-30], Cut},
		"JSON without record":    {`{"type":"platform.report"}`, Cut},
		"JSON without metrics":   {`{"type":"platform.report","record":{"requestId":"` + id + `"}}`, Cut},
		"without its beginning":  {warm[40:], Cut},
		"JSON without beginning": {event[60:], Cut},
		"billed, says a program": {"hello\tBilled Duration: 7 weeks", Other},
		"two lines in one":       {strings.TrimSpace(warm) + warm, Interleaved},
		"a line within another":  {"hello wor" + warm, Interleaved},
		"a part twice":           {strings.TrimRight(warm, "\t\n") + "\tDuration: 1.00 ms", Interleaved},
		"two events":             {event + event, Interleaved},
		"an event in an event":   {event[:80] + event, Interleaved},
		"negative":               {strings.Replace(warm, "2338.66", "-2338.66", 1), Malformed},
		"an exponent":            {strings.Replace(warm, "2338.66", "1e9", 1), Malformed},
		"years":                  {strings.Replace(warm, "2338.66", "99999999999", 1), Malformed},
		"another unit":           {strings.Replace(warm, "173 MB", "173 GB", 1), Malformed},
		"no memory":              {strings.Replace(warm, "3009 MB", "0 MB", 1), Malformed},
		"an unknown status":      {strings.TrimRight(warm, "\t\n") + "\tStatus: asleep", Malformed},
		"a record that is text":  {`{"type":"platform.report","record":"x"}`, Malformed},
		"infinite JSON":          {strings.Replace(event, "1233.96", "1e300", 1), Malformed},
		"a mebibyte and more":    {warm + strings.Repeat("x", 1<<20), Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			if got, reason := Parse(test.line); reason != test.want {
				t.Errorf("%s, want %s: %+v", reason, test.want, got)
			}
		})
	}
}

// Whatever was a report once and was cut behind its mark is found by one of the texts that
// lines are asked for by, and never read.
func TestFindsWhatIsLeftOfAReport(t *testing.T) {
	found := func(line string) bool {
		return slices.ContainsFunc(Texts[:], func(text string) bool { return strings.Contains(line, text) })
	}
	for line, mark := range map[string]string{warm: textStart, event: `"platform.report"`, managed: `"platform.report"`} {
		for at := strings.Index(line, mark) + len(mark); at < len(strings.TrimRight(line, "\t\n")); at++ {
			if _, reason := Parse(line[:at]); !found(line[:at]) || reason != Cut {
				t.Errorf("found %t, %s: %q", found(line[:at]), reason, line[:at])
			}
			if _, reason := Parse(line[at:]); reason == Read || reason == Malformed {
				t.Errorf("%s: %q", reason, line[at:])
			}
		}
	}
}

// Nothing that a function prints is a report that went wrong, whatever it begins with and
// whatever it quotes.
func TestWhatAFunctionPrintsIsItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := rapid.SampledFrom([]string{
			"{", "[", "{{", "\ufeff", "\ufeff{", " ", "\t", `"`, "'", "REPORT ", "REPORT: ", "REPORT RequestId = ", "Report RequestId: ", "END ",
			"INFO ", `{"message":"`, `{"a":{`, "<", "\x00", "\xff",
		}).Draw(t, "begin")
		quoted := rapid.SampledFrom([]string{
			warm, event, managed, "REPORT", "platform.report", "billedDurationMs", "Billed Duration: ", "",
			id,
		}).Draw(t, "quoted")
		cut := rapid.IntRange(0, len(quoted)).Draw(t, "cut")
		line := begin + quoted[:cut] + rapid.SampledFrom([]string{"", "}", "]", `"}`, " done"}).Draw(t, "end")
		if _, reason := Parse(line); reason != Other {
			t.Fatalf("%s: %q", reason, line)
		}
	})
}

func TestReadsAReportAmongTenThousandFields(t *testing.T) {
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, `"field%d":{"n":%d},`, i, i)
	}
	line := strings.Replace(event, `"metrics"`, many.String()+`"metrics"`, 1)
	if got, reason := Parse(line); reason != Read || got.Billed != ms(1698) {
		t.Errorf("%s: %+v", reason, got)
	}
}

func TestTellsWhoRanOutOfMemory(t *testing.T) {
	line := func(change func(*Line)) *Line {
		l := Line{MemorySize: 128 * migration.MiB, MaxMemory: 64 * migration.MiB}
		change(&l)
		return &l
	}
	for name, test := range map[string]struct {
		line *Line
		want bool
	}{
		"well":           {line(func(*Line) {}), false},
		"named":          {line(func(l *Line) { l.Status, l.ErrorType = StatusError, "Runtime.OutOfMemory" }), true},
		"exited":         {line(func(l *Line) { l.Status, l.ErrorType = StatusError, "Runtime.ExitError" }), false},
		"at size":        {line(func(l *Line) { l.Status, l.MaxMemory = StatusError, 128*migration.MiB }), true},
		"no memory said": {line(func(l *Line) { l.Status, l.MemorySize, l.MaxMemory, l.Unbilled = StatusError, 0, 0, true }), false},
		"full but well":  {line(func(l *Line) { l.MaxMemory = 128 * migration.MiB }), false},
	} {
		if got := test.line.OutOfMemory(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// What is written in Lambda's form is read back, in both formats and to the digit.
func TestReadsBackWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hundredths := rapid.Int64Range(0, 90_000_000).Draw(t, "duration")
		billed := rapid.Int64Range(0, 1_000_000).Draw(t, "billed")
		size := rapid.Int64Range(128, 10_240).Draw(t, "size")
		used := rapid.Int64Range(0, 10_240).Draw(t, "used")
		init := rapid.Int64Range(-1, 1_000_000).Draw(t, "init")
		want := Line{
			RequestID: id, Duration: time.Duration(hundredths) * 10 * time.Microsecond, Billed: time.Duration(billed) * time.Millisecond,
			MemorySize: migration.Bytes(size) * migration.MiB, MaxMemory: migration.Bytes(used) * migration.MiB,
		}
		text := fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.%02d ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
			id, hundredths/100, hundredths%100, billed, size, used)
		object := fmt.Sprintf(`{"type":"platform.report","record":{"requestId":%q,"metrics":{"durationMs":%d.%02d,"billedDurationMs":%d,`+
			`"memorySizeMB":%d,"maxMemoryUsedMB":%d`,
			id, hundredths/100, hundredths%100, billed, size, used)
		if init >= 0 {
			want.Init = migration.Some(time.Duration(init) * 10 * time.Microsecond)
			text += fmt.Sprintf("Init Duration: %d.%02d ms\t", init/100, init%100)
			object += fmt.Sprintf(`,"initDurationMs":%d.%02d`, init/100, init%100)
		}
		for _, line := range []string{text + "\n", object + "}}}"} {
			got, reason := Parse(line)
			if reason != Read {
				t.Fatalf("%s: %q", reason, line)
			}
			if diff := cmp.Diff(want, got, options); diff != "" {
				t.Fatalf("%q: %s", line, diff)
			}
		}
		// Cut anywhere before its last part ends, a line says so and never lies.
		at := rapid.IntRange(len(`{"type":"platform.report"`), len(object)-1).Draw(t, "cut")
		if _, reason := Parse(object[:at]); reason != Cut {
			t.Fatalf("%s: %q", reason, object[:at])
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		warm, event, event[:90], warm + warm, managed, "\ufeff" + event, "[" + event + "]", "REPORT", "{",
		`{"type":"platform.report","record":{"metrics":{}}}`, "\x00\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		l, reason := Parse(line)
		marked := strings.HasPrefix(line, strings.TrimSpace(textStart)) || strings.HasPrefix(line, "{")
		switch {
		case !marked && (reason == Read || reason == Malformed):
			t.Fatalf("%s without a mark: %q", reason, line)
		case reason >= reasonCount:
			t.Fatalf("reason %d", reason)
		case reason != Read && l != (Line{}):
			t.Fatalf("%s, and yet %+v", reason, l)
		case reason == Read && (l.Duration < 0 || l.Billed < 0 || (l.MemorySize <= 0) != l.Unbilled || l.MaxMemory < 0 || !isID(l.RequestID)):
			t.Fatalf("%+v", l)
		}
	})
}
