package lambda

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

func TestFunctionsSayWhereTheyLog(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	server, url := awsaccesstest.Serve(t, &awsapi.Fixed{Number: "123456789012", List: []awsapi.Function{
		{Name: "json", MemoryMB: 128, Timeout: time.Minute, LogFormat: "JSON", LogGroup: "/shared"},
		{Name: "left-out", MemoryMB: 128, Timeout: time.Minute},
		{Name: "pooled", MemoryMB: 128, Timeout: time.Minute, LogFormat: "JSON", Isolated: true},
		{Name: "text", MemoryMB: 128, Timeout: time.Minute},
	}}, awsaccesstest.NewHand(now))
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	attribute := func(id migration.Identity) migration.Attribution {
		return migration.Attribution{Tenant: "acme", Workload: migration.Workload(id.Name)}
	}
	got, problem, err := Functions(t.Context(), access,
		Settings{Attribute: attribute, Include: func(name string) bool { return name != "left-out" }})
	if err != nil || problem != nil {
		t.Fatal(err, problem)
	}
	want := map[string]migration.Logs{
		"json":   {Group: "/shared", JSON: true},
		"pooled": {Group: "/aws/lambda/pooled", JSON: true, Isolated: true},
		"text":   {Group: "/aws/lambda/text"},
	}
	if len(got) != len(want) {
		t.Errorf("%d functions, want %d", len(got), len(want))
	}
	for i := range got {
		f := &got[i]
		if f.Logs != want[f.Name] || f.Timeout != time.Minute ||
			f.Key != (migration.Key{Platform: migration.Lambda, Tenant: "acme", Workload: migration.Workload(f.Name)}) {
			t.Errorf("%+v", f)
		}
	}
	if n := server.Calls("cloudwatch:GetMetricData"); n != 0 {
		t.Errorf("%d questions that cost", n)
	}
	server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListFunctions"}})
	if _, _, err := Functions(t.Context(), access, Settings{Attribute: attribute}); awsaccesstest.ProblemOf(t,
		err).Fault != migration.FaultDenied {
		t.Errorf("%v", err)
	}
}

// The API's reference leaves it open how the zone of a time is written.
func TestModifiedInEveryWay(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-03-10T12:00:01.250+0000":   time.Date(2026, 3, 10, 12, 0, 1, 250e6, time.UTC),
		"2026-03-10T12:00:01.250Z":       time.Date(2026, 3, 10, 12, 0, 1, 250e6, time.UTC),
		"2026-03-10T14:00:01.25+02:00":   time.Date(2026, 3, 10, 12, 0, 1, 250e6, time.UTC),
		"2026-03-10T12:00:01.583570000Z": time.Date(2026, 3, 10, 12, 0, 1, 583570000, time.UTC),
		"yesterday":                      {},
		"":                               {},
	} {
		if got := modified(text); !got.Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
