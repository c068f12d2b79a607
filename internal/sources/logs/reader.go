package logs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsmetrics"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

// Late is how long after it was written a line may arrive: what is younger when it
// is read is read again.
const Late = 5 * time.Minute

// Actions are the IAM actions that reading logs needs, in addition to cloudwatch:GetMetricData for the estimate. All
// other features work without them.
var Actions = []string{"logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"}

// Settings say how a Reader reads.
type Settings struct {
	// Join says how a function's own lines name the tenant of a run; nil, or the
	// zero Join, where they do not.
	Join func(function string) report.Join
	// Clock is the time that lines are written at, Wall the time that answers take;
	// nil is the machine's.
	Clock, Wall clock.Clock
	// InFlight is how many queries run at once; 0 is 5, a small part of the 100 that
	// an account may have.
	InFlight int
	// Patience bounds one query; 0 is 10 minutes.
	Patience time.Duration
	// Pause is the time between two looks at a query, the first; it doubles up to
	// eight times. 0 is 250 ms.
	Pause time.Duration
}

func (s Settings) withDefaults() Settings {
	if s.Join == nil {
		s.Join = func(string) report.Join { return report.Join{} }
	}
	if s.Clock == nil {
		s.Clock = clock.System()
	}
	if s.Wall == nil {
		s.Wall = clock.System()
	}
	if s.InFlight <= 0 {
		s.InFlight = 5
	}
	if s.Patience <= 0 {
		s.Patience = 10 * time.Minute
	}
	if s.Pause <= 0 {
		s.Pause = 250 * time.Millisecond
	}
	return s
}

// Reader reads the logs of one account and region. It may be used again and again,
// by one caller at a time.
type Reader struct {
	Settings
	access *awsaccess.Config
	client *cloudwatchlogs.Client

	mu    sync.Mutex // queries run side by side
	vital awsaccess.HealthTracker
}

// New makes a reader. It asks nothing yet.
func New(access *awsaccess.Config, settings Settings) (*Reader, error) {
	if access == nil {
		return nil, errors.New("logs: a Config is required")
	}
	r := &Reader{Settings: settings.withDefaults(), access: access}
	r.client = cloudwatchlogs.NewFromConfig(access.SDK(), func(o *cloudwatchlogs.Options) { access.WithEndpoint(&o.BaseEndpoint) })
	r.vital.Source = "logs"
	return r, nil
}

// Health is how reading goes.
func (r *Reader) Health(now time.Time) migration.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.vital.Health(now)
}

func (r *Reader) called(latency time.Duration, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.vital.Called(latency, failed)
}

func (r *Reader) degrade(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.vital.Degrade(err)
}

func (r *Reader) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.vital.Note = text
}

// FinalTo is up to when all lines have arrived now.
func (r *Reader) FinalTo() time.Time {
	return r.Clock.Now().Add(-Late).Truncate(migration.LogSpan)
}

// logsNamespace is where CloudWatch Logs counts what arrives.
const logsNamespace = "AWS/Logs"

// Estimate returns the volume of time ranges of log groups, from CloudWatch. It is billed as two metrics per log group.
// The error is a [migration.Problem].
func (r *Reader) Estimate(ctx context.Context, ranges []migration.LogRange) (migration.LogEstimate, error) {
	var out migration.LogEstimate
	metrics := awsmetrics.Reader{Access: r.access, Health: &r.vital, Wall: r.Wall}
	r.vital.Begin()
	// What has the same ends is asked together.
	type ends struct{ from, to int64 }
	together := make(map[ends][]int)
	var order []ends
	for i := range ranges {
		key := ends{ranges[i].From.Unix(), ranges[i].To.Unix()}
		if _, ok := together[key]; !ok {
			order = append(order, key)
		}
		together[key] = append(together[key], i)
	}
	out.Groups = make([]migration.LogVolume, len(ranges))
	for _, key := range order {
		at := together[key]
		span := awsmetrics.Span{Start: ranges[at[0]].From, End: ranges[at[0]].To, Period: migration.LogSpan}
		asked := make([]awsmetrics.Metric, 0, 2*len(at))
		for _, i := range at {
			group := []awsmetrics.Dimension{{Name: "LogGroupName", Value: ranges[i].Group}}
			asked = append(asked,
				awsmetrics.Metric{
					Account: ranges[i].Account, Namespace: logsNamespace, Name: "IncomingBytes", Dimensions: group,
					Stats: []string{"Sum"},
				},
				awsmetrics.Metric{
					Account: ranges[i].Account, Namespace: logsNamespace, Name: "IncomingLogEvents", Dimensions: group,
					Stats: []string{"Sum"},
				})
		}
		answer, err := metrics.Read(ctx, asked, span)
		out.AskedLow += answer.AskedLow
		out.AskedHigh += answer.AskedHigh
		if err != nil {
			r.vital.Degrade(err)
			return out, err
		}
		for n, i := range at {
			out.Groups[i] = volume(&ranges[i], &answer.Series[2*n], &answer.Series[2*n+1], span.Periods())
		}
	}
	return out, nil
}

func volume(rng *migration.LogRange, size, lines *awsmetrics.Series, periods int) migration.LogVolume {
	v := migration.LogVolume{Group: rng.Group, From: rng.From, To: rng.To, Spans: make([]int64, periods)}
	for p := range periods {
		v.Bytes += int64(size.At(0, p).Or(0))
		v.Spans[p] = int64(lines.At(0, p).Or(0))
		v.Lines += v.Spans[p]
	}
	return v
}

func notLogs(action, how string) *migration.Problem { return awsaccess.NotThatAPI(action, how) }
