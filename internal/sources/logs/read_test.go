package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

func at(minutes float64) time.Time {
	return noon.Add(-time.Duration(minutes * float64(time.Minute)))
}

func TestCountsRunsWhereTheyBeganAndFilesLinesWhereTheyStand(t *testing.T) {
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {
		ran(at(50), 1, time.Second, ""),
		ran(at(49), 2, 2*time.Second, "Init Duration: 100.00 ms\t"),
		ran(at(30), 3, 12*time.Minute, "Status: timeout"),
		ran(at(29), 4, time.Second, "Status: error\tError Type: Runtime.OutOfMemory"),
		ran(at(2), 5, time.Second, ""),
	}}, nil)
	answers, scanned, err := b.read(t, hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	want := "11:10 f 11:05=1/1000 11:10=1/2000\n11:30 f 11:15=1/720000 11:25=1/1000\n11:55 f~ 11:55=1/1000\n"
	// 11:10:00 minus a second is 11:09:59, and 11:31 began at 11:30:59.
	want = strings.Replace(want, "11:25=1/1000", "11:30=1/1000", 1)
	if got := short(answers[group("f")]); got != want {
		t.Errorf("segments\n%swant\n%s", got, want)
	}
	a := answers[group("f")]
	if !a.FinalTo.Equal(at(5)) {
		t.Errorf("final to %v", a.FinalTo)
	}
	if billed := b.server.Billed().Scanned; scanned != billed || billed == 0 {
		t.Errorf("scanned %d bytes, billed for %d", scanned, billed)
	}
	runs, _ := all(a, "")
	if runs.Runs != 5 || runs.Failures != 2 || runs.TimedOut != 1 || runs.OOMKilled != 1 || runs.Init.Total() != 1 || runs.Peak.Total() != 5 {
		t.Errorf("%+v", runs)
	}
	bounds := map[string]migration.Bound{}
	for _, r := range a.Runs {
		bounds[r.Record.ID[:36]] = r.Record.PeakBound
		if r.Function != "f" || r.Record.Version != "$LATEST" || r.Record.Given.Deadline != migration.Some(15*time.Minute) ||
			!r.Record.Peak.Known() {
			t.Errorf("record %+v", r)
		}
	}
	for n, want := range map[int]migration.Bound{1: migration.AtMost, 2: migration.Exact, 3: migration.AtLeast, 5: migration.AtMost} {
		if got := bounds[id(n)]; got != want {
			t.Errorf("run %d's memory is known %s, want %s", n, got, want)
		}
	}
}

// What an estimate says is what a reading scans, where nothing is late.
func TestTheEstimateIsWhatIsScanned(t *testing.T) {
	lines := map[string][]awsapi.LogEvent{}
	var names []string
	for i := range 120 {
		name := fmt.Sprintf("f%03d", i)
		names = append(names, name)
		for j := range i % 4 {
			lines[group(name)] = append(lines[group(name)], ran(at(float64(50-j)), i*10+j, time.Second, ""),
				awsapi.LogEvent{At: at(20), Message: "noise"})
		}
		if lines[group(name)] == nil {
			lines[group(name)] = []awsapi.LogEvent{}
		}
	}
	b := newBench(t, lines, nil)
	e, err := b.Estimate(t.Context(), hour(names...))
	if err != nil {
		t.Fatal(err)
	}
	if e.AskedLow != 240 || e.AskedHigh != 240 || b.server.Billed().Low != 240 {
		t.Errorf("asked for %d to %d metrics, billed for %d", e.AskedLow, e.AskedHigh, b.server.Billed().Low)
	}
	answers, scanned, err := b.read(t, hour(names...))
	if err != nil {
		t.Fatal(err)
	}
	if scanned != e.Bytes() || scanned != b.server.Billed().Scanned {
		t.Errorf("estimated %d bytes, scanned %d, billed for %d", e.Bytes(), scanned, b.server.Billed().Scanned)
	}
	// 90 log groups have lines: two queries of up to 50; and the silent ones are
	// known to be so without any.
	if n := b.server.Calls("logs:StartQuery"); n != 2 {
		t.Errorf("%d queries", n)
	}
	if len(answers) != 120 {
		t.Errorf("%d answers", len(answers))
	}
	for i, name := range names {
		if runs, unread := all(answers[group(name)], ""); runs.Runs != int64(i%4) || unread.Lost() != 0 {
			t.Errorf("%s: %d runs, %+v", name, runs.Runs, unread)
		}
	}
}

func TestCutsWhatOneQueryCannotBring(t *testing.T) {
	lines := map[string][]awsapi.LogEvent{}
	// More lines than a query is planned for, and in one minute more than it can
	// bring at all.
	for i := range 110_000 {
		lines[group("f")] = append(lines[group("f")], ran(at(10).Add(time.Duration(i)*500*time.Microsecond), i, time.Second, ""))
	}
	for i := range 5_000 {
		lines[group("f")] = append(lines[group("f")], ran(at(40).Add(time.Duration(i)*20*time.Millisecond), 200_000+i, time.Second, ""))
	}
	b := newBench(t, lines, nil)
	answers, scanned, err := b.read(t, hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	if runs, _ := all(answers[group("f")], ""); runs.Runs != 115_000 || runs.Billed != 115_000*128*1000 {
		t.Errorf("%d runs of 115,000, %d MB-ms", runs.Runs, runs.Billed)
	}
	if billed := b.server.Billed().Scanned; scanned != billed {
		t.Errorf("scanned %d bytes, billed for %d", scanned, billed)
	}
	if kept := len(answers[group("f")].Runs); kept > 3*recordsKept {
		t.Errorf("%d records were kept", kept)
	}
}

func TestCountsWhatItCannotRead(t *testing.T) {
	line := func(minute float64, message string) awsapi.LogEvent {
		return awsapi.LogEvent{At: at(minute), Stream: "2026/03/10/[$LATEST]aa", Message: message}
	}
	good := ran(at(20), 1, time.Second, "")
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {
		good,
		line(20, good.Message[:60]),
		line(20, good.Message[60:]), // its beginning stood in another line
		line(20, `{"level":"INFO","message":"`+strings.TrimSpace(strings.ReplaceAll(good.Message, "\t", " "))+`"}`),
		line(20, "hello "+good.Message), // the function quotes it
		line(20, "hello"+good.Message),
		line(20, "REPORT card"),
		line(20, "{billedDurationMs}"),
		line(20, strings.Replace(good.Message, "128 MB", "0 MB", 1)),
		line(20, `{"note":"platform.report is what we wait for"}`),
		line(20, "nothing to see"),
		line(20, `{"time":"2026-03-10T08:00:00.000Z","type":"platform.report","record":{"requestId":"`+id(2)+
			`","metrics":{"durationMs":10,"billedDurationMs":10,"memorySizeMB":128,"maxMemoryUsedMB":64},"status":"success"}}`),
	}}, nil)
	answers, _, err := b.read(t, hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	runs, unread := all(answers[group("f")], "")
	if want := (migration.Unread{Cut: 2, Interleaved: 1, Malformed: 1, Skewed: 1}); unread != want || runs.Runs != 2 {
		t.Errorf("%d runs, %+v, want %+v", runs.Runs, unread, want)
	}
}

func TestJoinsTenantsByRequest(t *testing.T) {
	join, err := report.NewJoin("", "tenant={tenant}")
	if err != nil {
		t.Fatal(err)
	}
	says := func(minute float64, n int, what string) awsapi.LogEvent {
		return awsapi.LogEvent{
			At: at(minute), Stream: "2026/03/10/[$LATEST]aa",
			Message: "2026-03-10T11:00:00.000Z\t" + id(n) + "\tINFO\t" + what + "\n",
		}
	}
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {
		says(31, 1, "tenant=acme"), ran(at(30), 1, time.Minute, ""),
		ran(at(30), 2, time.Second, ""), says(30, 2, "tenant=blue"), // within the same millisecond
		ran(at(29), 3, time.Second, ""),
		says(28, 4, "tenant="),
		says(7, 5, "tenant=acme"), ran(at(4), 5, 3*time.Minute, ""), // its report is not final
		says(6, 6, "tenant=acme"), // still running
	}}, func(string) report.Join { return join })
	answers, _, err := b.read(t, hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	a := answers[group("f")]
	for tenant, want := range map[string]int64{"acme": 2, "blue": 1, "": 1} {
		if runs, _ := all(a, tenant); runs.Runs != want {
			t.Errorf("%q has %d runs, want %d", tenant, runs.Runs, want)
		}
	}
	if _, unread := all(a, ""); unread.Unjoined != 1 {
		t.Errorf("%+v", unread)
	}
	// The next reading begins where this one is final, and knows who is running.
	b.clock.Advance(10 * time.Minute)
	next := hour("f")
	next[0].From, next[0].To, next[0].Open = a.FinalTo, noon.Add(10*time.Minute), a.Open
	answers, _, err = b.read(t, next)
	if err != nil {
		t.Fatal(err)
	}
	if runs, _ := all(answers[group("f")], "acme"); runs.Runs != 1 {
		t.Errorf("read again, acme has %d runs, want the one that was provisional", runs.Runs)
	}
	if len(a.Open) != 2 || len(answers[group("f")].Open) != 1 {
		t.Errorf("open were %+v, then %+v", a.Open, answers[group("f")].Open)
	}
}

func TestTellsFunctionsOfASharedLogGroupApart(t *testing.T) {
	of := func(stream string, e awsapi.LogEvent) awsapi.LogEvent {
		e.Stream = stream
		return e
	}
	b := newBench(t, map[string][]awsapi.LogEvent{"/shared": {
		of("2026/03/10/f[$LATEST]aa", ran(at(20), 1, time.Second, "")),
		of("2026/03/10/g[7]bb", ran(at(20), 2, time.Second, "")),
		of("2026/03/10/g[7]bb", ran(at(20), 3, time.Second, "")),
		of("a stream of its own", ran(at(20), 4, time.Second, "")),
	}}, nil)
	ranges := []migration.LogRange{{Group: "/shared", Functions: []migration.Function{function("f"), function("g")}, From: at(60), To: noon}}
	answers, _, err := b.read(t, ranges)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := short(answers["/shared"]), "11:40  11:35=1/1000\n11:40 f 11:35=1/1000\n11:40 g 11:35=2/2000\n"; got != want {
		t.Errorf("segments\n%swant\n%s", got, want)
	}
}

func TestSaysWhatWentWrong(t *testing.T) {
	for name, test := range map[string]struct {
		faults  awsapi.Faults
		fault   migration.Fault
		says    string
		scanned bool
	}{
		"denied":         {awsapi.Faults{Denied: []string{"logs:StartQuery"}}, migration.FaultDenied, "logs:StartQuery", false},
		"results denied": {awsapi.Faults{Denied: []string{"logs:GetQueryResults"}}, migration.FaultDenied, "logs:GetQueryResults", true},
		"expired":        {awsapi.Faults{Expired: true}, migration.FaultExpired, "expired", false},
		"rejected":       {awsapi.Faults{Rejected: true}, migration.FaultRejected, "UnrecognizedClientException", false},
		"throttled":      {awsapi.Faults{Throttle: true}, migration.FaultThrottled, "throttles", false},
		"too many":       {awsapi.Faults{Query: awsapi.QueryLimit}, migration.FaultThrottled, "CloudWatch Logs throttles StartQuery", false},
		"failed":         {awsapi.Faults{Query: awsapi.QueryFails}, migration.FaultOther, "ended as Failed", true},
		"timed out":      {awsapi.Faults{Query: awsapi.QueryTimesOut}, migration.FaultOther, "ended as Timeout", true},
		"HTML":           {awsapi.Faults{HTML: true}, migration.FaultNotThatAPI, "did not answer as CloudWatch Logs", false},
		"offline":        {awsapi.Faults{Offline: true}, migration.FaultUnreachable, "CloudWatch Logs", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {ran(at(20), 1, time.Second, "")}}, nil)
			e, err := b.Estimate(t.Context(), hour("f"))
			if err != nil {
				t.Fatal(err)
			}
			b.server.SetFaults(test.faults)
			scanned, err := b.Read(t.Context(), hour("f"), e.Groups, func(a migration.LogAnswer) { t.Errorf("an answer: %+v", a) })
			problem := awsaccesstest.ProblemOf(t, err)
			if problem.Fault != test.fault || !strings.Contains(problem.What, test.says) {
				t.Errorf("%s: %s", problem.Fault, problem.What)
			}
			if (scanned > 0) != test.scanned {
				t.Errorf("counted %d bytes", scanned)
			}
			if h := b.Health(noon); h.State == migration.HealthOK || h.Problem == nil {
				t.Errorf("health %+v", h)
			}
		})
	}
}

func TestALogGroupThatIsGoneStopsNoOther(t *testing.T) {
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {ran(at(20), 1, time.Second, "")}}, nil)
	ranges := hour("f", "gone")
	e, err := b.Estimate(t.Context(), ranges)
	if err != nil {
		t.Fatal(err)
	}
	e.Groups[1] = e.Groups[0] // it was there a moment ago
	e.Groups[1].Group = group("gone")
	answers := map[string]migration.LogAnswer{}
	_, err = b.Read(t.Context(), ranges, e.Groups, func(a migration.LogAnswer) { answers[a.Group] = a })
	if err != nil {
		t.Errorf("%v", err)
	}
	if runs, _ := all(answers[group("f")], ""); runs.Runs != 1 {
		t.Errorf("%d runs of the one that is there", runs.Runs)
	}
	if _, ok := answers[group("gone")]; ok {
		t.Error("an answer of what is gone")
	}
}

func TestStopsQueriesThatNobodyWaitsFor(t *testing.T) {
	b := newBench(t, map[string][]awsapi.LogEvent{group("f"): {ran(at(20), 1, time.Second, "")}}, nil)
	e, err := b.Estimate(t.Context(), hour("f"))
	if err != nil {
		t.Fatal(err)
	}
	b.Pause = time.Hour // no poll of the result
	waiting, cancel := context.WithCancel(ctx())
	go func() {
		for b.server.Calls("logs:StartQuery") == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	scanned, err := b.Read(waiting, hour("f"), e.Groups, func(migration.LogAnswer) {})
	if !errors.Is(err, context.Canceled) || scanned != e.Bytes() {
		t.Errorf("%v, %d bytes counted of %d", err, scanned, e.Bytes())
	}
	if b.server.Calls("logs:StopQuery") != 1 {
		t.Error("the query was left running")
	}
}

func TestAProxysPageIsNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	r, err := New(access, Settings{Clock: awsaccesstest.NewHand(noon), Pause: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	volumes := []migration.LogVolume{{Group: group("f"), From: at(60), To: noon, Bytes: 1, Lines: 1}}
	_, err = r.Read(t.Context(), hour("f"), volumes, func(migration.LogAnswer) {})
	if p := awsaccesstest.ProblemOf(t, err); p.Fault != migration.FaultNotThatAPI {
		t.Errorf("%s: %s", p.Fault, p.What)
	}
}

// An answer with fewer rows than its query matched is incomplete. The rest is read in shorter time ranges.
func TestReadsWhatAnAnswerLeftOut(t *testing.T) {
	var lines []awsapi.LogEvent
	for n := range 2500 {
		lines = append(lines, ran(noon.Add(-50*time.Minute+time.Duration(n)*time.Second/2), n, 100*time.Millisecond, ""))
	}
	b := newBench(t, map[string][]awsapi.LogEvent{group("many"): lines}, nil)
	// A proxy cuts every answer to its first thousand rows.
	to, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasSuffix(r.Request.Header.Get("X-Amz-Target"), "GetQueryResults") {
				return nil
			}
			var answer map[string]any
			if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
				return err
			}
			if rows, ok := answer["results"].([]any); ok && len(rows) > 1000 {
				answer["results"] = rows[:1000]
				delete(answer, "nextToken")
			}
			text, err := json.Marshal(answer)
			if err != nil {
				return err
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", strconv.Itoa(len(text)))
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(access.Close)
	if b.Reader, err = New(access, Settings{Clock: b.clock, Pause: time.Microsecond}); err != nil {
		t.Fatal(err)
	}
	answers, _, err := b.read(t, hour("many"))
	if err != nil {
		t.Fatal(err)
	}
	if runs, _ := all(answers[group("many")], ""); runs.Runs != 2500 {
		t.Errorf("%d runs of 2500", runs.Runs)
	}
}
