package awsapi

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// Every statistic of a minute, computed by hand.
func TestStatistics(t *testing.T) {
	at := noon.Add(-30 * time.Minute)
	b := newBench(t, one(
		Invocation{Start: at, Duration: 100 * time.Millisecond, Concurrency: 4},
		Invocation{Start: at.Add(time.Second), Duration: 200 * time.Millisecond, Weight: 8},
		Invocation{Start: at.Add(59 * time.Second), Duration: 900 * time.Millisecond, Failed: true},
		Invocation{Start: at.Add(30 * time.Second), Throttled: true, Weight: 3},
	))
	for _, test := range []struct {
		metric, stat string
		want         string
	}{
		{"Invocations", "Sum", "10"},
		{"Invocations", "SampleCount", "10"},
		{"Invocations", "Average", "1"},
		{"Errors", "Sum", "1"},
		{"Errors", "Average", "0.1"},
		{"Throttles", "Sum", "3"},
		{"Throttles", "SampleCount", "13"},
		{"Duration", "Sum", "2600"},
		{"Duration", "Average", "260"},
		{"Duration", "Minimum", "100"},
		{"Duration", "Maximum", "900"},
		{"Duration", "p10", "100"},
		{"Duration", "p50", "200"},
		{"Duration", "p90", "200"},
		{"Duration", "p90.1", "900"},
		{"Duration", "p99", "900"},
		{"ConcurrentExecutions", "Maximum", "4"},
	} {
		out, err := b.cloudwatch().GetMetricData(t.Context(), input(at, noon, ask("q", test.metric, test.stat, 60)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"11:30:00=" + test.want}, points(out.MetricDataResults[0])); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.metric, test.stat, diff)
		}
	}
}

// Dimension sets match exactly or not at all, and so do units and namespaces.
func TestDimensionsMatchExactly(t *testing.T) {
	b := newBench(t, one(Invocation{Start: noon.Add(-30 * time.Minute), Duration: time.Second}))
	dims := func(pairs ...string) func(*cwtypes.MetricStat) {
		return func(m *cwtypes.MetricStat) {
			m.Metric.Dimensions = nil
			for i := 0; i < len(pairs); i += 2 {
				m.Metric.Dimensions = append(m.Metric.Dimensions, cwtypes.Dimension{Name: &pairs[i], Value: &pairs[i+1]})
			}
		}
	}
	for _, test := range []struct {
		name   string
		change func(*cwtypes.MetricStat)
		want   int
	}{
		{"function", dims("FunctionName", "f"), 1},
		{"function and resource", dims("Resource", "f", "FunctionName", "f"), 1},
		{"account", dims(), 1},
		{"another function", dims("FunctionName", "g"), 0},
		{"resource alone", dims("Resource", "f"), 0},
		{"an alias", dims("FunctionName", "f", "Resource", "f:live"), 0},
		{"one more", dims("FunctionName", "f", "ExecutedVersion", "1"), 0},
		{"the right unit", func(m *cwtypes.MetricStat) { m.Unit = cwtypes.StandardUnitCount }, 1},
		{"a wrong unit", func(m *cwtypes.MetricStat) { m.Unit = cwtypes.StandardUnitSeconds }, 0},
		{"another namespace", func(m *cwtypes.MetricStat) { m.Metric.Namespace = aws.String("AWS/SQS") }, 0},
		{"another metric", func(m *cwtypes.MetricStat) { m.Metric.MetricName = aws.String("Invocation") }, 0},
	} {
		q := ask("q", "Invocations", "Sum", 60)
		test.change(q.MetricStat)
		out, err := b.cloudwatch().GetMetricData(t.Context(), input(noon.Add(-time.Hour), noon, q))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		r := out.MetricDataResults[0]
		if len(r.Values) != test.want || r.StatusCode != cwtypes.StatusCodeComplete {
			t.Errorf("%s: %d datapoints, %s; want %d, Complete", test.name, len(r.Values), r.StatusCode, test.want)
		}
	}
}

// The start is rounded down, the end exclusive, the order descending, and what
// did not happen is absent.
func TestWindow(t *testing.T) {
	at := func(m, s int) time.Time { return time.Date(2026, 3, 10, 11, m, s, 0, time.UTC) }
	b := newBench(t, one(
		Invocation{Start: at(10, 5)}, Invocation{Start: at(11, 0)}, Invocation{Start: at(14, 59)}, Invocation{Start: at(15, 0)},
	))
	for _, test := range []struct {
		name       string
		start, end time.Time
		period     int32
		scan       cwtypes.ScanBy
		want       []string
	}{
		{"start rounded down to the minute", at(10, 59), at(15, 0), 60, "", []string{"11:14:00=1", "11:11:00=1", "11:10:00=1"}},
		{
			"ascending", at(10, 0), at(16, 0), 60, cwtypes.ScanByTimestampAscending,
			[]string{"11:10:00=1", "11:11:00=1", "11:14:00=1", "11:15:00=1"},
		},
		{"five minutes", at(10, 0), at(20, 0), 300, "", []string{"11:15:00=1", "11:10:00=3"}},
		{"an unaligned start shifts the periods", at(11, 0), at(21, 0), 300, "", []string{"11:11:00=3"}},
		{"nothing finer than a minute", at(10, 0), at(20, 0), 30, "", []string{}},
	} {
		in := input(test.start, test.end, ask("q", "Invocations", "Sum", test.period))
		in.ScanBy = test.scan
		out, err := b.cloudwatch().GetMetricData(t.Context(), in)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, points(out.MetricDataResults[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Old data are there by coarser periods only.
func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	var log []Invocation
	for _, days := range []time.Duration{14, 16, 62, 64, 454, 456} {
		log = append(log, Invocation{Start: noon.Add(-days * day).Add(7 * time.Minute)})
	}
	b := newBench(t, one(log...))
	for period, want := range map[int32]int{60: 1, 300: 3, 3600: 5} {
		for _, start := range []time.Time{noon.Add(-500 * day), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)} {
			out, err := b.cloudwatch().GetMetricData(t.Context(), input(start, noon, ask("q", "Invocations", "Sum", period)))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(out.MetricDataResults[0].Values); got != want {
				t.Errorf("period %d from %v: %d datapoints, want %d", period, start, got, want)
			}
		}
	}
}

// A datum is booked at the start of its invocation and appears after its end.
func TestArrival(t *testing.T) {
	start := noon.Add(10 * time.Second)
	b := newBench(t, one(Invocation{Start: start, Duration: 5 * time.Minute}))
	visible := func(after time.Duration) bool {
		b.clock.set(start.Add(after))
		out, err := b.cloudwatch().GetMetricData(t.Context(), input(noon, noon.Add(time.Hour), ask("q", "Invocations", "Sum", 60)))
		if err != nil {
			t.Fatal(err)
		}
		got := points(out.MetricDataResults[0])
		if len(got) > 0 && got[0] != "12:00:00=1" {
			t.Errorf("booked at %s, want the start's minute", got)
		}
		return len(got) == 1
	}
	due := 5*time.Minute + Latency
	if visible(due-time.Second) || !visible(due) {
		t.Errorf("not visible exactly from %v after the start", due)
	}
	b.clock.set(start)
	b.SetFaults(Faults{Late: true})
	if visible(due+lateness-time.Second) || !visible(due+lateness) {
		t.Errorf("late: not visible exactly from %v after the start", due+lateness)
	}
	b.SetFaults(Faults{})
	if !visible(due) {
		t.Error("what was late is not there after the fault")
	}
	// What was there before the fault stays.
	b.SetFaults(Faults{Late: true})
	if !visible(due) {
		t.Error("what was visible vanished when the fault began")
	}
}

func refusal(t *testing.T, err error) (code, message string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("%v is no API error", err)
	}
	return api.ErrorCode(), api.ErrorMessage()
}

// What CloudWatch refuses is refused, and costs nothing.
func TestRefusedQuestions(t *testing.T) {
	b := newBench(t, one())
	start, end := noon.Add(-time.Hour), noon
	ok := ask("q", "Invocations", "Sum", 60)
	change := func(f func(*cwtypes.MetricDataQuery)) cwtypes.MetricDataQuery {
		q := ask("q", "Invocations", "Sum", 60)
		f(&q)
		return q
	}
	sel := func(id string) cwtypes.MetricDataQuery {
		return cwtypes.MetricDataQuery{Id: aws.String(id), Expression: aws.String(" select SUM(Invocations) FROM \"AWS/Lambda\"")}
	}
	var tooMany []cwtypes.MetricDataQuery
	for i := range 501 {
		tooMany = append(tooMany, ask("q"+strings.Repeat("a", i%200)+string(rune('a'+i/200)), "Invocations", "Sum", 60))
	}
	with := func(f func(*cloudwatch.GetMetricDataInput)) *cloudwatch.GetMetricDataInput {
		in := input(start, end, ok)
		f(in)
		return in
	}
	for _, test := range []struct {
		name, code, says string
		in               *cloudwatch.GetMetricDataInput
	}{
		{"501 queries", "ValidationError", "size greater than 500", input(start, end, tooMany...)},
		{"the same id twice", "ValidationError", "not unique", input(start, end, ok, ok)},
		{
			"a bad id", "ValidationError", "expected pattern",
			input(start, end, change(func(q *cwtypes.MetricDataQuery) { q.Id = aws.String("Q1") })),
		},
		{
			"an empty id", "ValidationError", "expected pattern",
			input(start, end, change(func(q *cwtypes.MetricDataQuery) { q.Id = aws.String("") })),
		},
		{"a bad statistic", "ValidationError", "not a valid statistic", input(start, end, ask("q", "Duration", "P99", 60))},
		{"a percentile over 100", "ValidationError", "not a valid statistic", input(start, end, ask("q", "Duration", "p100.1", 60))},
		{"a bad period", "ValidationError", "multiple of 60", input(start, end, ask("q", "Duration", "Sum", 90))},
		{"end before start", "ValidationError", "StartTime must be less", input(end, start, ok)},
		{"two SELECTs", "ValidationError", "Only one Metrics Insights query", input(start, end, sel("a"), sel("b"))},
		{"a SELECT", "ValidationError", "Metrics Insights queries are not simulated", input(start, end, sel("a"))},
		{
			"metric math", "ValidationError", "Metric math",
			input(start, end, cwtypes.MetricDataQuery{Id: aws.String("a"), Expression: aws.String("1+1")}),
		},
		{
			"neither metric nor expression", "ValidationError", "either Expression or MetricStat",
			input(start, end, cwtypes.MetricDataQuery{Id: aws.String("a")}),
		},
		{"an empty dimension", "ValidationError", "names and values", input(start, end, about("q", "", "Errors", "Sum", 60))},
		{
			"too many datapoints a page", "ValidationError", "between 1 and 100800",
			with(func(in *cloudwatch.GetMetricDataInput) { in.MaxDatapoints = aws.Int32(100801) }),
		},
		{"a bad order", "ValidationError", "ScanBy", with(func(in *cloudwatch.GetMetricDataInput) { in.ScanBy = "Sideways" })},
		{"a token of nobody", "InvalidNextToken", "invalid", with(func(in *cloudwatch.GetMetricDataInput) { in.NextToken = aws.String("abc") })},
	} {
		_, err := b.cloudwatch().GetMetricData(t.Context(), test.in)
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		if code, message := refusal(t, err); code != test.code || !strings.Contains(message, test.says) {
			t.Errorf("%s: %s: %s; want %s: ...%s...", test.name, code, message, test.code, test.says)
		}
	}
	if billed := b.Billed(); billed != (Billed{}) {
		t.Errorf("refused questions were billed: %+v", billed)
	}
}

// Pages hold what is asked for, the token leads to the rest and to nothing else,
// and every page is billed.
func TestPages(t *testing.T) {
	var log []Invocation
	for i := range 50 {
		log = append(log, Invocation{Start: noon.Add(time.Duration(-i-10) * time.Minute), Duration: time.Second})
	}
	b := newBench(t, one(log...))
	in := input(noon.Add(-2*time.Hour), noon, ask("a", "Invocations", "Sum", 60), ask("b", "Duration", "p50", 60),
		ask("c", "Duration", "p99", 60))
	in.MaxDatapoints = aws.Int32(40)
	got := map[string][]string{}
	pages := 0
	var token *string
	for {
		out, err := b.cloudwatch().GetMetricData(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		n := 0
		for _, r := range out.MetricDataResults {
			n += len(r.Values)
			got[*r.Id] = append(got[*r.Id], points(r)...)
			if complete := len(got[*r.Id]) == 50; complete != (r.StatusCode == cwtypes.StatusCodeComplete) {
				t.Errorf("page %d: %s has %d points and is %s", pages, *r.Id, len(got[*r.Id]), r.StatusCode)
			}
		}
		if n > 40 || pages > 10 {
			t.Fatalf("page %d has %d datapoints", pages, n)
		}
		// What happens between two pages shifts nothing.
		b.clock.set(b.clock.Now().Add(time.Minute))
		if out.NextToken == nil {
			break
		}
		token, in.NextToken = out.NextToken, out.NextToken
	}
	if pages != 4 {
		t.Errorf("%d pages, want 4 of 150 datapoints by 40", pages)
	}
	for _, id := range []string{"a", "b", "c"} {
		if len(got[id]) != 50 {
			t.Errorf("%s: %d datapoints, want 50", id, len(got[id]))
		}
	}
	if want := (Billed{Low: 8, High: 12, Requests: 4}); b.Billed() != want {
		t.Errorf("billed %+v, want %+v", b.Billed(), want)
	}
	other := input(noon.Add(-time.Hour), noon, ask("a", "Invocations", "Sum", 60))
	other.NextToken = token
	if _, err := b.cloudwatch().GetMetricData(t.Context(), other); err == nil {
		t.Error("a token of another question was accepted")
	}
}

// Up to five statistics of a metric and period are one metric on the bill.
func TestBilling(t *testing.T) {
	b := newBench(t, one())
	in := input(noon.Add(-time.Hour), noon,
		ask("a", "Duration", "p50", 60), ask("b", "Duration", "p95", 60), ask("c", "Duration", "p99", 60),
		ask("d", "Duration", "Maximum", 60), ask("e", "Duration", "Sum", 60), // one metric
		ask("f", "Duration", "Minimum", 60),  // the sixth begins another
		ask("g", "Duration", "Sum", 300),     // another period
		ask("h", "Errors", "Sum", 60),        // another metric
		about("i", "g", "Errors", "Sum", 60), // another function
	)
	if _, err := b.cloudwatch().GetMetricData(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if want := (Billed{Low: 5, High: 9, Requests: 1}); b.Billed() != want {
		t.Errorf("billed %+v, want %+v", b.Billed(), want)
	}
}
