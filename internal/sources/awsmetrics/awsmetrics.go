// Package awsmetrics asks CloudWatch for metrics of any namespace: what queues,
// services and extensions publish. CloudWatch bills every metric that is asked
// for, in every request, so the statistics of one metric stay in one request, and
// everything that is asked is counted as it is billed.
package awsmetrics

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// The limits of one GetMetricData request, and how many statistics of one metric
// in one request are billed as one.
// Source: CloudWatch API reference, GetMetricData; Amazon CloudWatch pricing.
const (
	MaxQueries    = 500
	MaxDatapoints = 100_800
	MaxStats      = 5
)

// maxPages bounds the pages of one answer.
const maxPages = 200

// Metric is one metric under one exact set of dimensions, with the statistics that
// are wanted of it, at most [MaxStats].
type Metric struct {
	// Account is the metric's account if it is linked to the account that is queried; "" for the account that is queried.
	Account         string
	Namespace, Name string
	Dimensions      []Dimension
	Stats           []string // "Sum", "Maximum", "p99"
}

// owner returns the linked account for the query, nil for the account that is queried.
func (m *Metric) owner() *string {
	if m.Account == "" {
		return nil
	}
	return &m.Account
}

// Dimension is a name with its value.
type Dimension struct{ Name, Value string }

// Span is the time range of a query. Start and End are multiples of Period.
type Span struct {
	Start, End time.Time
	Period     time.Duration
}

// Periods is how many there are.
func (s Span) Periods() int { return max(int(s.End.Sub(s.Start)/s.Period), 0) }

// Series is what CloudWatch knows of one Metric.
type Series struct {
	// Values has, for each statistic asked for, one value a period; NaN where
	// there is no datapoint: absent is not zero.
	Values [][]float64
	// Complete is set where CloudWatch said that this is all there is now.
	Complete bool
}

// At is a statistic in a period; unknown where there is no datapoint.
func (s *Series) At(stat, period int) migration.Opt[float64] {
	if stat >= len(s.Values) || period < 0 || period >= len(s.Values[stat]) || math.IsNaN(s.Values[stat][period]) {
		return migration.None[float64]()
	}
	return migration.Some(s.Values[stat][period])
}

// Answer is what came of asking.
type Answer struct {
	Series []Series // in the order of the metrics asked for
	// AskedLow and AskedHigh count the metrics by both rules of
	// [migration.Spend], every page again.
	AskedLow, AskedHigh int64
	// Messages are what CloudWatch said of its own answers.
	Messages []string
}

// Reader asks CloudWatch. Access and Health are required.
type Reader struct {
	Access *awsaccess.Config
	Health *awsaccess.HealthTracker // counts calls
	Wall   clock.Clock              // nil is the machine's
}

// Client is a client of CloudWatch.
func Client(c *awsaccess.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(c.SDK(), func(o *cloudwatch.Options) { c.WithEndpoint(&o.BaseEndpoint) })
}

// Read asks about all metrics over one span, in as few requests as there can be.
// What was answered before a failure is in the answer; the rest is incomplete. The
// error is a [migration.Problem].
func (r *Reader) Read(ctx context.Context, metrics []Metric, span Span) (Answer, error) {
	out := Answer{Series: make([]Series, len(metrics))}
	n := span.Periods()
	if n == 0 {
		return out, nil
	}
	for i := range metrics {
		out.Series[i].Values = make([][]float64, len(metrics[i].Stats))
		for j := range out.Series[i].Values {
			row := make([]float64, n)
			for k := range row {
				row[k] = math.NaN()
			}
			out.Series[i].Values[j] = row
		}
	}
	room := max(min(MaxQueries, MaxDatapoints/n), MaxStats)
	client := Client(r.Access)
	for from := 0; from < len(metrics); {
		to, queries := from, 0
		for to < len(metrics) && queries+len(metrics[to].Stats) <= room {
			queries += len(metrics[to].Stats)
			to++
		}
		if to == from {
			return out, fmt.Errorf("awsmetrics: %d statistics of one metric", len(metrics[from].Stats))
		}
		if err := r.ask(ctx, client, metrics, from, to, span, &out); err != nil {
			return out, err
		}
		from = to
	}
	return out, nil
}

// ask makes one request about metrics from..to and follows its pages.
func (r *Reader) ask(ctx context.Context, client *cloudwatch.Client, metrics []Metric, from, to int, span Span, out *Answer) error {
	in := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(span.Start), EndTime: aws.Time(span.End), ScanBy: cwtypes.ScanByTimestampAscending,
	}
	period := aws.Int32(int32(span.Period / time.Second))
	open := 0 // statistics that are not complete
	for i := from; i < to; i++ {
		m := &metrics[i]
		var dimensions []cwtypes.Dimension
		for _, d := range m.Dimensions {
			dimensions = append(dimensions, cwtypes.Dimension{Name: aws.String(d.Name), Value: aws.String(d.Value)})
		}
		for j, stat := range m.Stats {
			in.MetricDataQueries = append(in.MetricDataQueries, cwtypes.MetricDataQuery{
				Id: aws.String("m" + strconv.Itoa(i) + "_" + strconv.Itoa(j)), AccountId: m.owner(),
				MetricStat: &cwtypes.MetricStat{
					Period: period, Stat: aws.String(stat),
					Metric: &cwtypes.Metric{Namespace: aws.String(m.Namespace), MetricName: aws.String(m.Name), Dimensions: dimensions},
				},
			})
			open++
		}
	}
	complete := make(map[[2]int]bool, open)
	for page := range maxPages {
		began := r.wall().Now()
		answer, err := client.GetMetricData(ctx, in)
		if err == nil && page == 0 && answer.NextToken == nil && len(answer.MetricDataResults) == 0 {
			err = awsaccess.NotThatAPI("cloudwatch:GetMetricData", "HTTP 200 without results")
		}
		r.Health.Called(r.wall().Now().Sub(began), err != nil)
		if err != nil {
			problem := r.Access.Explain("cloudwatch:GetMetricData", err)
			if problem.Fault == migration.FaultUnreachable { // cut off: it may have been billed
				out.AskedHigh += int64(open)
			}
			return problem
		}
		out.AskedLow += int64(to - from)
		out.AskedHigh += int64(open)
		listen(out, answer.Messages)
		for i := range answer.MetricDataResults {
			result := &answer.MetricDataResults[i]
			listen(out, result.Messages)
			at, ok := place(aws.ToString(result.Id), from, to, metrics)
			if !ok {
				continue
			}
			complete[at] = result.StatusCode == cwtypes.StatusCodeComplete
			if n := fill(out.Series[at[0]].Values[at[1]], result, span); n > 0 {
				out.Messages = append(out.Messages, Impossible(n))
			}
		}
		if answer.NextToken == nil {
			left := open
			for i := from; i < to; i++ {
				all := true
				for j := range metrics[i].Stats {
					if complete[[2]int{i, j}] {
						left--
					} else {
						all = false
					}
				}
				out.Series[i].Complete = all
			}
			if left > 0 {
				r.Health.Degrade(awsaccess.Unanswered(left, open))
			}
			return nil
		}
		in.NextToken = answer.NextToken
	}
	return fmt.Errorf("CloudWatch went on after %d pages of one answer", maxPages)
}

func (r *Reader) wall() clock.Clock {
	if r.Wall != nil {
		return r.Wall
	}
	return clock.System()
}

// place reads an id back.
func place(id string, from, to int, metrics []Metric) (at [2]int, ok bool) {
	digits, ok := strings.CutPrefix(id, "m")
	a, b, found := strings.Cut(digits, "_")
	i, err1 := strconv.Atoi(a)
	j, err2 := strconv.Atoi(b)
	if !ok || !found || err1 != nil || err2 != nil || i < from || i >= to || j < 0 || j >= len(metrics[i].Stats) {
		return at, false
	}
	return [2]int{i, j}, true
}

// mostOf is the largest value accepted of a metric: above it a float64 does not represent every integer.
const mostOf = 1 << 53

// Possible reports whether a datapoint can be a count, a time or a size: a number, not
// negative, and not more than 2^53.
func Possible(v float64) bool { return v >= 0 && v <= mostOf }

// Impossible returns the note about invalid datapoints.
func Impossible(n int) string {
	if n == 1 {
		return "CloudWatch: 1 value cannot be (negative, or no number) and is left out"
	}
	return "CloudWatch: " + strconv.Itoa(n) + " values cannot be (negative, or no number) and are left out"
}

// fill writes the datapoints of one result into its row, and returns how many cannot be.
// Those, and what lies outside, are left out.
func fill(row []float64, result *cwtypes.MetricDataResult, span Span) (impossible int) {
	for i := range min(len(result.Timestamps), len(result.Values)) {
		off := result.Timestamps[i].Sub(span.Start)
		if off < 0 {
			continue
		}
		if !Possible(result.Values[i]) {
			impossible++
			continue
		}
		if at := int(off / span.Period); at < len(row) {
			row[at] = result.Values[i]
		}
	}
	return impossible
}

// listen collects CloudWatch's messages about its answers, without duplicates.
func listen(out *Answer, messages []cwtypes.MessageData) {
	for _, m := range messages {
		text := "CloudWatch: " + aws.ToString(m.Value)
		known := false
		for _, has := range out.Messages {
			known = known || has == text
		}
		if !known {
			out.Messages = append(out.Messages, text)
		}
	}
}
