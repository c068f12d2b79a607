package awsapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests happen.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// hand is a clock that is moved by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

func (h *hand) set(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

// bench is a server and the SDK's configuration for it.
type bench struct {
	*Server
	clock *hand
	aws   aws.Config
	url   string
}

const region = "eu-west-1"

func newBench(t testing.TB, account Account) *bench {
	t.Helper()
	b := &bench{clock: &hand{now: noon}}
	var err error
	b.Server, err = New(Config{Account: account, Clock: b.clock, Region: region, AccessKeyID: "AKIDTEST"})
	if err != nil {
		t.Fatal(err)
	}
	if b.url, err = b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	b.aws = aws.Config{
		Region: region, BaseEndpoint: aws.String(b.url), HTTPClient: &http.Client{Transport: readBodies{transport}},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return b
}

func (b *bench) cloudwatch() *cloudwatch.Client { return cloudwatch.NewFromConfig(b.aws) }

// readBodies sends bodies that can only be read, as migtop's own client does: the
// SDK closes a body as soon as the answer begins, and one that can write itself then
// tells net/http of a failure, which cuts an answer that was quick.
type readBodies struct{ *http.Transport }

func (t readBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return t.Transport.RoundTrip(r)
}

// one is an account of one function that did this.
func one(log ...Invocation) *Fixed {
	return &Fixed{
		Number: "123456789012",
		List: []Function{{
			Name: "f", Runtime: "python3.13", MemoryMB: 256, Timeout: time.Minute, Modified: noon.AddDate(-1, 0, 0),
			Tags: map[string]string{"tenant": "acme"},
		}},
		Log: map[string][]Invocation{"f": log},
	}
}

func many(n int) *Fixed {
	f := &Fixed{Number: "123456789012", Log: make(map[string][]Invocation)}
	for i := range n {
		name := fmt.Sprintf("f%04d", i)
		f.List = append(f.List, Function{Name: name, MemoryMB: 128, Timeout: time.Second})
		f.Log[name] = []Invocation{{Start: noon.Add(-time.Hour), Duration: time.Second}}
	}
	return f
}

// ask is a query about function f.
func ask(id, metric, stat string, period int32) cwtypes.MetricDataQuery {
	return about(id, "f", metric, stat, period)
}

func about(id, function, metric, stat string, period int32) cwtypes.MetricDataQuery {
	return cwtypes.MetricDataQuery{Id: aws.String(id), MetricStat: &cwtypes.MetricStat{
		Period: aws.Int32(period), Stat: aws.String(stat),
		Metric: &cwtypes.Metric{
			Namespace: aws.String("AWS/Lambda"), MetricName: aws.String(metric),
			Dimensions: []cwtypes.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(function)}},
		},
	}}
}

func input(start, end time.Time, queries ...cwtypes.MetricDataQuery) *cloudwatch.GetMetricDataInput {
	return &cloudwatch.GetMetricDataInput{StartTime: aws.Time(start), EndTime: aws.Time(end), MetricDataQueries: queries}
}

// points are the datapoints of one result, as "15:04:05=value".
func points(r cwtypes.MetricDataResult) []string {
	out := []string{}
	for i := range r.Timestamps {
		out = append(out, fmt.Sprintf("%s=%g", r.Timestamps[i].UTC().Format("15:04:05"), r.Values[i]))
	}
	return out
}
