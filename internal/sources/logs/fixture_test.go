package logs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests happen.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// bench is a reader, the account that it reads and the clock.
type bench struct {
	*Reader
	server *awsapi.Server
	clock  *awsaccesstest.Hand
	url    string
}

func newBench(t testing.TB, lines map[string][]awsapi.LogEvent, join func(string) report.Join) *bench {
	t.Helper()
	b := &bench{clock: awsaccesstest.NewHand(noon)}
	b.server, b.url = awsaccesstest.Serve(t, &awsapi.Fixed{Number: "123456789012", Lines: lines}, b.clock)
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(b.url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(access.Close)
	b.Reader, err = New(access, Settings{Clock: b.clock, Join: join, Pause: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// id is a request id.
func id(n int) string { return fmt.Sprintf("8c360c87-d4b7-4423-b5f3-%012x", n) }

// ran is the report of a run in 128 MB that ended at a time.
func ran(end time.Time, n int, took time.Duration, more string) awsapi.LogEvent {
	ms := float64(took) / float64(time.Millisecond)
	return awsapi.LogEvent{At: end, Stream: "2026/03/10/[$LATEST]aa", Message: fmt.Sprintf(
		"REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t%s\n", id(n), ms, ms,
		more)}
}

// function returns a function that writes into its own log group.
func function(name string) migration.Function {
	return migration.Function{
		Name: name, Timeout: 15 * time.Minute, MemorySize: 128 * migration.MiB,
		Logs: migration.Logs{Group: "/aws/lambda/" + name},
	}
}

func group(name string) string { return "/aws/lambda/" + name }

// hour is the last hour of a function's log.
func hour(names ...string) (out []migration.LogRange) {
	for _, name := range names {
		out = append(out, migration.LogRange{
			Group: group(name), Functions: []migration.Function{function(name)}, From: noon.Add(-time.Hour),
			To: noon,
		})
	}
	return out
}

// read estimates and reads.
func (b *bench) read(t testing.TB, ranges []migration.LogRange) (map[string]migration.LogAnswer, int64, error) {
	t.Helper()
	e, err := b.Estimate(t.Context(), ranges)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]migration.LogAnswer{}
	scanned, err := b.Read(t.Context(), ranges, e.Groups, func(a migration.LogAnswer) { answers[a.Group] = a })
	return answers, scanned, err
}

// all adds up what an answer has of a function and a tenant.
func all(a migration.LogAnswer, tenant string) (runs migration.LoggedRuns, unread migration.Unread) {
	for i := range a.Segments {
		unread.Add(a.Segments[i].Unread)
		for j := range a.Segments[i].Runs {
			if r := &a.Segments[i].Runs[j]; r.Tenant == tenant {
				runs.Add(r)
			}
		}
	}
	return runs, unread
}

// short writes segments in a line each: start, begins and runs.
func short(a migration.LogAnswer) string {
	var b strings.Builder
	for _, s := range a.Segments {
		fmt.Fprintf(&b, "%s %s", s.Start.Format("15:04"), s.Function)
		if !s.Final {
			b.WriteString("~")
		}
		for _, r := range s.Runs {
			fmt.Fprintf(&b, " %s%s=%d/%d", r.Began.Format("15:04"), r.Tenant, r.Runs, r.Billed/128)
		}
		if s.Unread != (migration.Unread{}) {
			fmt.Fprintf(&b, " unread %+v", s.Unread)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func ctx() context.Context { return context.Background() }
