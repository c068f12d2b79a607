package logs

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
)

func TestCountsTheLinesThatArriveFromJobs(t *testing.T) {
	line := func(minute float64) awsapi.LogEvent { return awsapi.LogEvent{At: at(minute), Message: "hello"} }
	clock := awsaccesstest.NewHand(noon)
	server, url := awsaccesstest.Serve(t, &awsapi.Fixed{Number: "123456789012", Lines: map[string][]awsapi.LogEvent{
		"/jobs": {line(90), line(50), line(20), line(2)}, "/quiet": {line(90)},
	}}, clock)
	for group, want := range map[string]int64{"/jobs": 2, "/quiet": 0, "/gone": 0} {
		access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
		if err != nil {
			t.Fatal(err)
		}
		a, err := NewArrival(access, group, clock)
		if err != nil {
			t.Fatal(err)
		}
		before := server.Billed().Low
		b, err := a.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		got, known := b.JobLogs.Get()
		if !known || got.Lines != want || got.To.Sub(got.From) != time.Hour || !got.To.Equal(at(5)) {
			t.Errorf("%s: %+v, want %d lines", group, got, want)
		}
		if b.AskedLow != 1 || server.Billed().Low-before != 1 {
			t.Errorf("asked for %d metrics, billed for %d", b.AskedLow, server.Billed().Low-before)
		}
		if h := b.Health[0]; h.State != migration.HealthOK || !strings.Contains(h.Note, group) {
			t.Errorf("%+v", h)
		}
		if b, err = a.Poll(t.Context(), sources.Focus{Pace: sources.Pace{Hold: true}}); err != nil || b.AskedLow != 0 || b.JobLogs.Known() {
			t.Errorf("asked while nothing may be asked: %+v, %v", b, err)
		}
		server.SetFaults(awsapi.Faults{Denied: []string{"cloudwatch:GetMetricData"}})
		if b, err = a.Poll(t.Context(), sources.Focus{}); awsaccesstest.ProblemOf(t, err).Fault != migration.FaultDenied || b.JobLogs.Known() {
			t.Errorf("%+v, %v", b, err)
		}
		server.SetFaults(awsapi.Faults{})
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
