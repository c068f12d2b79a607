package awsmetrics

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// gauges is an account of n metrics, each of which is its number in every minute but
// the thirteenth, in which there is nothing.
type gauges struct {
	awsapi.Fixed
	n int
}

func metricName(i int) string { return fmt.Sprintf("m%04d", i) }

func (g *gauges) Metrics(time.Time) []awsapi.Metric {
	var out []awsapi.Metric
	for i := range g.n {
		out = append(out, awsapi.Metric{Namespace: "N", Name: metricName(i), Dimensions: []awsapi.Dimension{{Name: "D", Value: "d"}}})
	}
	return out
}

func (g *gauges) Samples(m awsapi.Metric, from, to time.Time) iter.Seq[awsapi.Sample] {
	var number int
	if _, err := fmt.Sscanf(m.Name, "m%d", &number); err != nil {
		panic(err)
	}
	return func(yield func(awsapi.Sample) bool) {
		for at := from.Truncate(time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if at.Minute() != 13 && !at.Before(from) && !yield(awsapi.Sample{At: at, Value: float64(number)}) {
				return
			}
		}
	}
}

// Requests are as few as there can be, pages are followed, what is counted is what
// is billed, and a minute without a datapoint is absent.
func TestRead(t *testing.T) {
	span := Span{noon.Add(-time.Hour), noon.Add(-10 * time.Minute), time.Minute}
	for _, faults := range []awsapi.Faults{{}, {Partial: true}} {
		for n, requests := range map[int]int64{1: 1, 250: 1, 251: 2, 600: 3} {
			server, url := awsaccesstest.Serve(t, &gauges{awsapi.Fixed{Number: "123456789012"}, n}, awsaccesstest.NewHand(noon))
			server.SetFaults(faults)
			access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(access.Close)
			metrics := make([]Metric, n)
			for i := range metrics {
				metrics[i] = Metric{Namespace: "N", Name: metricName(i), Dimensions: []Dimension{{"D", "d"}}, Stats: []string{"Maximum", "Sum"}}
			}
			reader := Reader{Access: access, Health: &awsaccess.HealthTracker{Source: "test"}}
			answer, err := reader.Read(t.Context(), metrics, span)
			if err != nil {
				t.Fatal(err)
			}
			for i := range answer.Series {
				s := &answer.Series[i]
				if !s.Complete || s.At(0, 0) != migration.Some(float64(i)) || s.At(1, 49) != migration.Some(float64(i)) || s.At(0, 13).Known() ||
					s.At(0, 50).Known() || s.At(2, 0).Known() {
					t.Fatalf("%d metrics, partial %v: series %d is %v", n, faults.Partial, i, s)
				}
			}
			billed := server.Billed()
			if answer.AskedLow != billed.Low || answer.AskedHigh != billed.High {
				t.Errorf("%d metrics: counted %d to %d, billed %+v", n, answer.AskedLow, answer.AskedHigh, billed)
			}
			if !faults.Partial && billed.Requests != requests {
				t.Errorf("%d metrics: %d requests, want %d", n, billed.Requests, requests)
			}
			if faults.Partial && len(answer.Messages) == 0 {
				t.Error("CloudWatch's message is not shown")
			}
		}
	}
}

// A failure in the middle keeps what was answered, says so of the rest, and counts
// what was billed.
func TestReadFails(t *testing.T) {
	server, url := awsaccesstest.Serve(t, &gauges{awsapi.Fixed{Number: "123456789012"}, 1}, awsaccesstest.NewHand(noon))
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	server.SetFaults(awsapi.Faults{Denied: []string{"cloudwatch:GetMetricData"}})
	health := &awsaccess.HealthTracker{Source: "test"}
	reader := Reader{Access: access, Health: health}
	answer, err := reader.Read(t.Context(), []Metric{{Namespace: "N", Name: "m", Stats: []string{"Sum"}}},
		Span{noon.Add(-time.Hour), noon, time.Minute})
	if p := awsaccesstest.ProblemOf(t, err); p.Fault != migration.FaultDenied || answer.AskedHigh != 0 || answer.Series[0].Complete {
		t.Errorf("%v, %+v", p, answer)
	}
	if h := health.Health(noon); h.Calls != 1 || h.Errors != 1 {
		t.Errorf("health %+v", h)
	}
}

// A poll has room for what fits, from the beginning on.
func TestAllowed(t *testing.T) {
	metrics := func(n int) []Metric { return []Metric{{Stats: make([]string, n)}} }
	for room, want := range map[migration.Opt[int64]]int{
		migration.None[int64](): 10, migration.Some[int64](0): 0, migration.Some[int64](6): 6,
		migration.Some[int64](4): 4,
	} {
		sum := 0
		for _, n := range Allowed(room, []int{3, 4, 2, 1}, metrics) {
			sum += n
		}
		if sum != want {
			t.Errorf("room for %v: %d", room, sum)
		}
	}
	var plan PollRate
	plan.Add(metrics(3), 5*time.Minute)
	plan.Add(metrics(1), 15*time.Minute)
	if got := plan.PerHour(); got.Low != 12+4 || got.High != 36+4 {
		t.Errorf("plan %+v", got)
	}
}
