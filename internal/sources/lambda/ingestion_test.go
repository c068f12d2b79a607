package lambda

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

func ingesting(s *Settings) { s.Ingestion, s.Rand, s.History = true, nil, -1 }

// written are the bytes of logs by tenant over all minutes that have any, and the runs.
func written(all []migration.Activity) (bytes map[migration.Tenant]migration.Bytes,
	runs map[migration.Tenant]int64, apart map[string]bool,
) {
	bytes, runs, apart = map[migration.Tenant]migration.Bytes{}, map[migration.Tenant]int64{}, map[string]bool{}
	for i := range all {
		a := &all[i]
		runs[a.Tenant] += a.Runs
		if a.Invoked != nil {
			bytes[a.Tenant] += a.Invoked.Logs
			if a.Invoked.Known.LowerBound && strings.Contains(a.Invoked.Known.Note, noteApart) {
				apart[string(a.Tenant)] = true
			}
		}
	}
	return bytes, runs, apart
}

// Three lines of five bytes a minute are read with each function, a metric each, from the
// group that LoggingConfig names; a group of several tenants is left apart, and what its
// functions cost is a lower bound; one of several functions of a tenant is read once.
func TestLogsAreReadWithTheirFunctions(t *testing.T) {
	account := newLogging(6)
	account.list[1].LogGroup, account.list[2].LogGroup = "/shared", "/shared"
	account.list[3].Name = "work-twin"
	account.list[4].Name = "work-twin2"
	account.list[3].LogGroup, account.list[4].LogGroup = "/twins", "/twins"
	account.list[5].LogGroup = "/custom"
	attribute := func(id migration.Identity) migration.Attribution {
		out := byName(id)
		if strings.HasPrefix(id.Name, "work-twin") {
			out.Tenant = "twins"
		}
		return out
	}
	plain := newRig(t, account, func(s *Settings) { s.Attribute, s.Rand, s.History = attribute, nil, -1 })
	r := newRig(t, account, ingesting, func(s *Settings) { s.Attribute = attribute })
	before := r.server.Billed()
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	bytes, runs, apart := written(batch.Activities)
	for tenant, perMinute := range map[migration.Tenant]migration.Bytes{
		"t00000": 15, "t00001": 0, "t00002": 0, "twins": 30, "t00005": 15,
	} {
		minutes := runs[tenant]
		if tenant == "twins" {
			minutes /= 2
		}
		// The invocations of the last minute are not there yet, and its lines are.
		if minutes < 60 || bytes[tenant] != perMinute*migration.Bytes(minutes+1) {
			t.Errorf("%s: %d bytes over %d minutes, want %d each", tenant, bytes[tenant], minutes, perMinute)
		}
		if want := tenant == "t00001" || tenant == "t00002"; apart[string(tenant)] != want {
			t.Errorf("%s: left apart: %v", tenant, apart[string(tenant)])
		}
	}
	billed := r.server.Billed()
	// Six functions of five metrics, and three groups that are read.
	if low := billed.Low - before.Low; low != 6*5+3 || batch.AskedLow != low || batch.AskedHigh != 6*9+3 {
		t.Errorf("asked %d to %d, billed %d", batch.AskedLow, batch.AskedHigh, low)
	}
	if rate, _ := batch.PollRate.Get(); rate.Low != 12*(6*5+3) {
		t.Errorf("plan %+v", rate)
	}
	off, err := plain.Poll(t.Context(), sources.Focus{})
	if err != nil || off.AskedLow != 6*5 {
		t.Errorf("without it %d are asked: %v", off.AskedLow, err)
	}
	if bytes, _, apart := written(off.Activities); len(apart) > 0 || bytes["t00000"] != 0 {
		t.Errorf("without it there are bytes: %v, %v", bytes, apart)
	}
}

// A function that tenants share gives each its part of the bytes by invocations: nothing
// is lost.
func TestLogsOfASharedFunctionAreSplit(t *testing.T) {
	account := newLogging(1)
	account.list[0].Name = "work-shared"
	r := newRig(t, account, ingesting, func(s *Settings) {
		s.Attribute = func(migration.Identity) migration.Attribution { return migration.Attribution{Workload: "mail"} }
		s.Embedded = []Embedded{{
			Match: func(function string) bool { return function == "work-shared" }, Weights: []Weight{{"acme", 3}, {"globex", 1}},
		}}
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	bytes, runs, _ := written(batch.Activities)
	var all, n int64
	for tenant, b := range bytes {
		if tenant != migration.Unattributed && int64(b) != 15*runs[tenant] {
			t.Errorf("%q: %d bytes of %d runs", tenant, b, runs[tenant])
		}
		all, n = all+int64(b), n+runs[tenant]
	}
	// The lines of the last minute, whose invocations are not there yet, are nobody's.
	if n < 100 || all != 15*(n+1) || bytes[migration.Unattributed] != 15 || bytes["acme"] <= bytes["globex"] || bytes["globex"] == 0 {
		t.Errorf("%d bytes of %d runs: %v", all, n, bytes)
	}
}

// Lines that arrive when nothing ran count as well, in their own minute.
func TestLogsWithoutInvocations(t *testing.T) {
	account := newLogging(1)
	account.until = epoch.Add(-30 * time.Minute)
	r := newRig(t, account, ingesting)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	quiet := migration.Bytes(0)
	for _, a := range batch.Activities {
		if !a.Start.Before(account.until) && a.Invoked != nil {
			quiet += a.Invoked.Logs
			if a.Runs != 0 || a.Duration.Count() != 0 {
				t.Errorf("%v: %d runs, %d run times", a.Start, a.Runs, a.Duration.Count())
			}
		}
	}
	if quiet < 15*20 {
		t.Errorf("%d bytes after the last invocation", quiet)
	}
}
