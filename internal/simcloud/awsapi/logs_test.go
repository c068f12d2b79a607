package awsapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

const allLines = `fields @timestamp, @message, @logStream, @log | filter @message like /^REPORT / or @message like "tenant=" ` +
	`| sort @timestamp asc | limit 100`

// scribe is an account of two log groups.
func scribe() *Fixed {
	f := one()
	f.Lines = map[string][]LogEvent{
		"/aws/lambda/f": {
			{At: noon.Add(-10 * time.Minute), Stream: "s1", Message: "REPORT RequestId: a | b"},
			{At: noon.Add(-9 * time.Minute), Stream: "s1", Message: "noise"},
			{At: noon.Add(-8 * time.Minute), Stream: "s2", Message: "hello tenant=acme"},
			{At: noon.Add(-2 * time.Minute), Arrived: noon.Add(time.Minute), Stream: "s2", Message: "REPORT late"},
		},
		"/aws/lambda/g": {{At: noon.Add(-10 * time.Minute), Stream: "s3", Message: "REPORT of another"}},
	}
	return f
}

func (b *bench) logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(b.aws) }

func logQuestion(query string, groups ...string) *cloudwatchlogs.StartQueryInput {
	return &cloudwatchlogs.StartQueryInput{
		QueryString: aws.String(query), LogGroupNames: groups,
		StartTime: aws.Int64(noon.Add(-10 * time.Minute).Unix()), EndTime: aws.Int64(noon.Unix()),
	}
}

// results asks until a query is over, and returns all answers.
func (b *bench) results(t *testing.T, id *string) []*cloudwatchlogs.GetQueryResultsOutput {
	t.Helper()
	var all []*cloudwatchlogs.GetQueryResultsOutput
	for range 10 {
		out, err := b.logs().GetQueryResults(context.Background(), &cloudwatchlogs.GetQueryResultsInput{QueryId: id})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out)
		if out.Status != logtypes.QueryStatusScheduled && out.Status != logtypes.QueryStatusRunning {
			return all
		}
	}
	t.Fatal("the query never ends")
	return nil
}

func value(row []logtypes.ResultField, field string) string {
	for _, f := range row {
		if aws.ToString(f.Field) == field {
			return aws.ToString(f.Value)
		}
	}
	return ""
}

func TestQueriesFindLinesStepByStep(t *testing.T) {
	b := newBench(t, scribe())
	out, err := b.logs().StartQuery(context.Background(), logQuestion(allLines, "/aws/lambda/f", "/aws/lambda/g"))
	if err != nil {
		t.Fatal(err)
	}
	all := b.results(t, out.QueryId)
	var states []string
	for _, r := range all {
		states = append(states, string(r.Status))
	}
	if got := strings.Join(states, " "); got != "Scheduled Running Complete" {
		t.Errorf("the query was %s", got)
	}
	last := all[len(all)-1]
	var got []string
	for _, row := range last.Results {
		got = append(got, value(row, "@timestamp")+" "+value(row, "@log")+" "+value(row, "@logStream")+" "+value(row, "@message"))
	}
	want := []string{
		"2026-03-10 11:50:00.000 123456789012:/aws/lambda/f s1 REPORT RequestId: a | b",
		"2026-03-10 11:50:00.000 123456789012:/aws/lambda/g s3 REPORT of another",
		"2026-03-10 11:52:00.000 123456789012:/aws/lambda/f s2 hello tenant=acme",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	scanned := float64(len("REPORT RequestId: a | bnoisehello tenant=acmeREPORT of another"))
	if last.Statistics.BytesScanned != scanned || last.Statistics.RecordsScanned != 4 || last.Statistics.RecordsMatched != 3 {
		t.Errorf("statistics %+v, want %v bytes of 4 events, 3 of them matched", *last.Statistics, scanned)
	}
	if billed := b.Billed().Scanned; billed != int64(scanned) {
		t.Errorf("billed for %d bytes, want %v", billed, scanned)
	}
	b.clock.set(noon.Add(time.Minute))
	again, err := b.logs().StartQuery(context.Background(), logQuestion(allLines, "/aws/lambda/f"))
	if err != nil {
		t.Fatal(err)
	}
	if all := b.results(t, again.QueryId); len(all[len(all)-1].Results) != 3 {
		t.Error("the late line never came")
	}
}

func TestResultsComeInPages(t *testing.T) {
	account := one()
	account.Lines = map[string][]LogEvent{"/aws/lambda/f": nil}
	for i := range 10_500 {
		account.Lines["/aws/lambda/f"] = append(account.Lines["/aws/lambda/f"],
			LogEvent{At: noon.Add(-time.Minute), Message: fmt.Sprintf("REPORT %d", i)})
	}
	b := newBench(t, account)
	for limit, want := range map[string]int{"limit 100": 100, "limit 100000": 10_500} {
		out, err := b.logs().StartQuery(context.Background(), logQuestion(strings.Replace(allLines, "limit 100", limit, 1), "/aws/lambda/f"))
		if err != nil {
			t.Fatal(err)
		}
		all := b.results(t, out.QueryId)
		last := all[len(all)-1]
		got := len(last.Results)
		for token := last.NextToken; token != nil; {
			page, err := b.logs().GetQueryResults(context.Background(), &cloudwatchlogs.GetQueryResultsInput{QueryId: out.QueryId, NextToken: token})
			if err != nil {
				t.Fatal(err)
			}
			got += len(page.Results)
			token = page.NextToken
		}
		if got != want {
			t.Errorf("%s: %d rows, want %d", limit, got, want)
		}
	}
}

func TestRefusesQueriesAsLogsInsightsDoes(t *testing.T) {
	in := func(change func(*cloudwatchlogs.StartQueryInput)) *cloudwatchlogs.StartQueryInput {
		q := logQuestion(allLines, "/aws/lambda/f")
		change(q)
		return q
	}
	for name, test := range map[string]struct {
		in     *cloudwatchlogs.StartQueryInput
		faults Faults
		want   string
	}{
		"no such group":       {logQuestion(allLines, "/aws/lambda/h"), Faults{}, "ResourceNotFoundException"},
		"nonsense":            {logQuestion("select * from logs", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"an unknown field":    {logQuestion("fields @timestamp, colour", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"a bad expression":    {logQuestion("fields @message | filter @message like /(/", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"another condition":   {logQuestion("fields @message | filter @message = 1", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"commands disordered": {logQuestion("limit 5 | fields @message", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"stats":               {logQuestion("stats count(*)", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"too many rows":       {logQuestion("fields @message | limit 100001", "/aws/lambda/f"), Faults{}, "MalformedQueryException"},
		"no group":            {logQuestion(allLines), Faults{}, "InvalidParameterException"},
		"two ways to a group": {
			in(func(q *cloudwatchlogs.StartQueryInput) { q.LogGroupName = aws.String("/aws/lambda/f") }),
			Faults{},
			"InvalidParameterException",
		},
		"51 groups": {logQuestion(allLines, make([]string, 51)...), Faults{}, "InvalidParameterException"},
		"backwards": {in(func(q *cloudwatchlogs.StartQueryInput) { q.EndTime = aws.Int64(1) }), Faults{}, "InvalidParameterException"},
		"another language": {
			in(func(q *cloudwatchlogs.StartQueryInput) { q.QueryLanguage = logtypes.QueryLanguageSql }),
			Faults{},
			"InvalidParameterException",
		},
		"too many queries": {logQuestion(allLines, "/aws/lambda/f"), Faults{Query: QueryLimit}, "LimitExceededException"},
		"throttled":        {logQuestion(allLines, "/aws/lambda/f"), Faults{Throttle: true}, "ThrottlingException"},
		"denied":           {logQuestion(allLines, "/aws/lambda/f"), Faults{Denied: []string{"logs:StartQuery"}}, "AccessDeniedException"},
		"expired":          {logQuestion(allLines, "/aws/lambda/f"), Faults{Expired: true}, "ExpiredTokenException"},
		"a key unknown":    {logQuestion(allLines, "/aws/lambda/f"), Faults{Rejected: true}, "UnrecognizedClientException"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, scribe())
			b.SetFaults(test.faults)
			_, err := b.logs().StartQuery(context.Background(), test.in)
			api, ok := errors.AsType[smithy.APIError](err)
			if !ok || api.ErrorCode() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			if b.Billed().Scanned != 0 {
				t.Error("a refused query was billed")
			}
		})
	}
}

func TestQueriesEndBadlyOnDemand(t *testing.T) {
	for fault, want := range map[QueryFault]logtypes.QueryStatus{
		QueryFails:    logtypes.QueryStatusFailed,
		QueryTimesOut: logtypes.QueryStatusTimeout,
	} {
		b := newBench(t, scribe())
		b.SetFaults(Faults{Query: fault})
		out, err := b.logs().StartQuery(context.Background(), logQuestion(allLines, "/aws/lambda/f"))
		if err != nil {
			t.Fatal(err)
		}
		all := b.results(t, out.QueryId)
		if last := all[len(all)-1]; last.Status != want || len(last.Results) > 0 {
			t.Errorf("%s: ended as %s with %d rows", fault, last.Status, len(last.Results))
		}
	}
}

func TestQueriesStop(t *testing.T) {
	b := newBench(t, scribe())
	out, err := b.logs().StartQuery(context.Background(), logQuestion(allLines, "/aws/lambda/f"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.logs().StopQuery(context.Background(), &cloudwatchlogs.StopQueryInput{QueryId: out.QueryId}); err != nil {
		t.Fatal(err)
	}
	if all := b.results(t, out.QueryId); all[0].Status != logtypes.QueryStatusCancelled {
		t.Errorf("stopped, and %s", all[0].Status)
	}
	if _, err := b.logs().StopQuery(context.Background(), &cloudwatchlogs.StopQueryInput{QueryId: out.QueryId}); err == nil {
		t.Error("stopped twice")
	}
	if _, err := b.logs().GetQueryResults(context.Background(), &cloudwatchlogs.GetQueryResultsInput{QueryId: aws.String("x")}); err == nil {
		t.Error("results of a query that never was")
	}
}

func TestNoMoreThanAHundredQueriesAtOnce(t *testing.T) {
	b := newBench(t, scribe())
	for i := range 101 {
		_, err := b.logs().StartQuery(context.Background(), logQuestion(allLines, "/aws/lambda/f"))
		if (err != nil) != (i == 100) {
			t.Fatalf("query %d: %v", i+1, err)
		}
	}
}

func TestListsLogGroupsByPrefix(t *testing.T) {
	b := newBench(t, scribe())
	out, err := b.logs().DescribeLogGroups(context.Background(),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/lambda/g")})
	if err != nil || len(out.LogGroups) != 1 || aws.ToString(out.LogGroups[0].LogGroupName) != "/aws/lambda/g" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestCountsWhatArrivesInLogGroups(t *testing.T) {
	b := newBench(t, scribe())
	about := func(id, metric string) cwtypes.MetricDataQuery {
		return cwtypes.MetricDataQuery{Id: aws.String(id), MetricStat: &cwtypes.MetricStat{
			Period: aws.Int32(300), Stat: aws.String("Sum"),
			Metric: &cwtypes.Metric{
				Namespace: aws.String("AWS/Logs"), MetricName: aws.String(metric),
				Dimensions: []cwtypes.Dimension{{Name: aws.String("LogGroupName"), Value: aws.String("/aws/lambda/f")}},
			},
		}}
	}
	in := input(noon.Add(-10*time.Minute), noon, about("bytes", "IncomingBytes"), about("lines", "IncomingLogEvents"))
	in.ScanBy = cwtypes.ScanByTimestampAscending
	out, err := cloudwatch.NewFromConfig(b.aws).GetMetricData(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	// The late line has not come yet.
	for i, want := range []string{"[11:50:00=45]", "[11:50:00=3]"} {
		if got := fmt.Sprint(points(out.MetricDataResults[i])); got != want {
			t.Errorf("%s: %s, want %s", aws.ToString(out.MetricDataResults[i].Id), got, want)
		}
	}
}

func FuzzCompileQuery(f *testing.F) {
	f.Add(allLines)
	f.Add("fields @message | filter @message like /a|b/ or @message like \" or \"")
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := compileQuery(text); err == nil {
			q.matches(text)
			if len(q.fields) == 0 || q.limit < 1 || q.limit > rowsPerQuery {
				t.Fatalf("%+v", q)
			}
		}
	})
}
