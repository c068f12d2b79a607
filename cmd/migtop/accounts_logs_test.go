package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
)

// reporting returns a busy account whose function writes a report per run: its billed duration is twice its duration,
// which no metric shows, and it used memoryMB.
func reporting(number, function string, took time.Duration, memoryMB int, now time.Time) *awsapi.Fixed {
	a := busyAccount(number, function, took, now)
	group := "/aws/lambda/" + function
	a.Lines = map[string][]awsapi.LogEvent{}
	for i, run := range a.Log[function] {
		ms := took.Milliseconds()
		a.Lines[group] = append(a.Lines[group], awsapi.LogEvent{At: run.Start.Add(took), Stream: "2026/11/25/[$LATEST]aa", Message: fmt.Sprintf(
			"REPORT RequestId: 8c360c87-d4b7-4423-b5f3-%012x\tDuration: %d.00 ms\tBilled Duration: %d ms\tMemory Size: 1024 MB\tMax Memory "+
				"Used: %d MB\t\n",
			i, ms, 2*ms, memoryMB)})
	}
	return a
}

// places are the accounts and regions of the test's organization, in the order of its configuration.
var places = [][2]string{{opsAccount, "eu-west-1"}, {opsAccount, "us-east-1"}, {prodAccount, "eu-west-1"}, {prodAccount, "us-east-1"}}

// reporters returns two accounts with two regions each. Each region has a function of the same name with its own
// duration and memory.
func reporters(t *testing.T) (*awsapi.Organization, string) {
	t.Helper()
	now := time.Now()
	var members []awsapi.Member
	for i, p := range places {
		m := awsapi.Member{Account: reporting(p[0], "acme-report", time.Duration(i+1)*time.Second, 100*(i+1), now), Regions: []string{p[1]}}
		if p[0] == opsAccount {
			m.AccessKeyID = "AKIDOPS"
		} else {
			m.Roles = []awsapi.Trust{{Name: "migtop", Trusts: opsAccount}}
		}
		members = append(members, m)
	}
	return served(t, members...)
}

const twoByTwo = `
aws: {ecs: {read: off}}
tenants: [{name: acme}]
accounts:
  - {name: ops, profile: ops, regions: [eu-west-1, us-east-1]}
  - {name: prod, profile: ops, role_arn: "arn:aws:iam::222222222222:role/migtop", regions: [eu-west-1, us-east-1]}
`

// runEngine runs an app's engine until the test ends. next is the next Snapshot that a
// condition holds for.
func runEngine(t *testing.T, a *app) (next func(func(*migration.Snapshot) bool) *migration.Snapshot) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := a.monitor.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		a.close()
	})
	return func(holds func(*migration.Snapshot) bool) *migration.Snapshot {
		t.Helper()
		for snap := range a.monitor.Snapshots() {
			if holds(snap) {
				return snap
			}
		}
		t.Fatal("there was no such Snapshot")
		return nil
	}
}

// rowsOf are the health rows of a reading, by scope.
func rowsOf(snap *migration.Snapshot, source string) map[string]*migration.Health {
	out := map[string]*migration.Health{}
	for i := range snap.Sources {
		if snap.Sources[i].Source == source {
			out[snap.Sources[i].Scope] = &snap.Sources[i]
		}
	}
	return out
}

// read holds once all accounts were read.
func readAll(snap *migration.Snapshot) bool {
	rows := rowsOf(snap, "cloudwatch")
	for _, h := range rows {
		if h.State != migration.HealthOK {
			return false
		}
	}
	return len(rows) == len(places)
}

// Logs are read in each account and region with its own access, and their results apply there only: functions with the
// same name are not mixed. The cost is the sum of what each account is billed.
func TestLogsOfSeveralAccounts(t *testing.T) {
	profiles(t)
	o, url := reporters(t)
	a := wired(t, twoByTwo, url)
	next := runEngine(t, a)
	next(readAll)
	q, err := a.monitor.QuoteEvidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := quoted(q)
	for _, say := range []string{
		"4 log groups to read, ", "to scan: about $0.0", "; ops eu-west-1: 1 log group to read, ", ", $0.0057 per GB scanned",
		"; prod us-east-1: 1 log group to read, ", ": about $0.0", ", $0.005 per GB scanned",
	} {
		if !strings.Contains(text, say) {
			t.Errorf("the quote does not say %q: %s", say, text)
		}
	}
	r, err := a.monitor.ReadEvidence(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	var scanned int64
	for i, p := range places {
		billed := o.Server(p[0], p[1]).Billed().Scanned
		if billed == 0 || q.Parts[i].Bytes != billed || r.Parts[i].Scanned != billed {
			t.Errorf("%v: quoted %d bytes, scanned %d, billed for %d", p, q.Parts[i].Bytes, r.Parts[i].Scanned, billed)
		}
		scanned += billed
	}
	if q.Bytes != scanned || r.Scanned != scanned || r.Runs < 4*450 || !q.Cost.Known() || q.LowerBound {
		t.Errorf("quoted %d bytes, scanned %d of %d, %d runs, cost %v", q.Bytes, r.Scanned, scanned, r.Runs, q.Cost)
	}
	snap := next(func(snap *migration.Snapshot) bool { return len(rowsOf(snap, "logs")) > 0 })
	for scope, h := range rowsOf(snap, "logs") {
		if h.State != migration.HealthOK || !strings.Contains(h.Note, " runs read, ") {
			t.Errorf("logs of %s: %v, %q", scope, h.State, h.Note)
		}
	}
	if n := len(rowsOf(snap, "logs")); n != len(places) || snap.Spend.ScannedBytes != scanned {
		t.Errorf("%d rows of logs, %d bytes in the spend", n, snap.Spend.ScannedBytes)
	}
	acme := &snap.Tenants[0].Before
	// The four took 2.5 s on average and were billed for 5 s, at 1 GB; the last minutes,
	// which may still change, are estimated.
	const most = 5*0.0000166667 + 0.0000002
	if v := acme.CostPerRun.Value.Or(migration.USD{}).Float(); v > most || v < 0.95*most {
		t.Errorf("a run costs %v, want a little less than %v", v, most)
	}
	if !strings.Contains(acme.Cost.Evidence.Note, "Lambda's reports") {
		t.Errorf("known by %+v", acme.Cost.Evidence)
	}
	least, _ := acme.PeakMemory.Quantile(0.01).Get()
	if acme.PeakMemory.Max() != migration.Some(400*migration.MiB) || least.Low > 101*migration.MiB {
		t.Errorf("peaks from %v to %v", least, acme.PeakMemory.Max())
	}
	// What was read for good is not read again, anywhere.
	if q, err = a.monitor.QuoteEvidence(t.Context()); err != nil || q.Bytes > scanned/10 {
		t.Errorf("again: %s, %v", quoted(q), err)
	}
}

// An account that fails is named in its own row, the others are read; once it is well it
// is read too, with new credentials.
func TestLogsOfAnAccountThatFails(t *testing.T) {
	profiles(t)
	for name, test := range map[string]struct {
		faults awsapi.Faults
		state  migration.HealthState
		fault  migration.Fault
		says   string
		quoted bool // the trouble is seen before anything is read
	}{
		"expired": {
			awsapi.Faults{Expired: true},
			migration.HealthFailed, migration.FaultExpired,
			"prod eu-west-1 cannot be read: the AWS credentials have expired", true,
		},
		"denied": {
			awsapi.Faults{Denied: []string{"logs:StartQuery"}},
			migration.HealthDegraded, migration.FaultDenied,
			"prod eu-west-1: not permitted: logs:StartQuery", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, url := reporters(t)
			a := wired(t, twoByTwo, url)
			next := runEngine(t, a)
			next(readAll)
			prod := o.Server(prodAccount, "eu-west-1")
			prod.SetFaults(test.faults)
			q, err := a.monitor.QuoteEvidence(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			said := quoted(q)
			_, err = a.monitor.ReadEvidence(t.Context(), q, nil)
			if (err == nil) != test.quoted {
				t.Errorf("reading: %v", err)
			}
			if err != nil {
				said += err.Error()
			}
			if !strings.Contains(said, test.says) {
				t.Errorf("%q is not said: %s", test.says, said)
			}
			snap := next(func(snap *migration.Snapshot) bool {
				return strings.Contains(fmt.Sprint(rowsOf(snap, "logs")["ops eu-west-1"]), "runs read")
			})
			for scope, h := range rowsOf(snap, "logs") {
				switch bad := scope == "prod eu-west-1"; {
				case !bad && (h.State != migration.HealthOK || !strings.Contains(h.Note, "runs read")):
					t.Errorf("%s is %v: %v, %q", scope, h.State, h.Problem, h.Note)
				case bad && (h.State != test.state || h.Problem == nil || h.Problem.Fault != test.fault):
					t.Errorf("%s is %v: %v", scope, h.State, h.Problem)
				}
			}
			for _, p := range places {
				if scanned := o.Server(p[0], p[1]).Billed().Scanned; (scanned == 0) != (p[0] == prodAccount && p[1] == "eu-west-1") {
					t.Errorf("%v was billed for %d bytes", p, scanned)
				}
			}
			prod.SetFaults(awsapi.Faults{})
			if q, err = a.monitor.QuoteEvidence(t.Context()); err != nil || q.Parts[2].Problem != nil || q.Parts[2].Nothing() {
				t.Errorf("once it is well: %s, %v", quoted(q), err)
			}
			if _, err := a.monitor.ReadEvidence(t.Context(), q, nil); err != nil || prod.Billed().Scanned == 0 {
				t.Errorf("once it is well: %d bytes, %v", prod.Billed().Scanned, err)
			}
		})
	}
}

// What one account's evidence was kept under, when it was the only one, it is found under
// when several are read, and no other account's function takes it.
func TestLogsThatWereKeptAreFound(t *testing.T) {
	profiles(t)
	_, url := reporters(t)
	a := wired(t, twoByTwo, url)
	defer a.close()
	now := a.clock.Now().UTC().Truncate(migration.LogSpan)
	answer := migration.LogAnswer{Group: "/aws/lambda/acme-report", From: now.Add(-8 * time.Hour), To: now, FinalTo: now}
	for at := answer.From; at.Before(now); at = at.Add(migration.LogSpan) {
		run := migration.LoggedRuns{Began: at, Runs: 5, Billed: 5 * 100_000 * 1024}
		for range 5 {
			run.Peak.Add(64 * migration.MiB)
		}
		answer.Segments = append(answer.Segments, migration.LogSegment{
			Function: "acme-report", Start: at, Final: true,
			Runs: []migration.LoggedRuns{run},
		})
	}
	if err := a.keep().PutLogs(t.Context(), prodAccount+"/us-east-1", &answer); err != nil {
		t.Fatal(err)
	}
	snap := once(t, a)
	lambda := &snap.Tenants[0].Before
	runs, peaks := lambda.Runs.Or(0), lambda.PeakMemory.Count()
	if peaks == 0 || peaks > runs/4 || lambda.PeakMemory.Max() != migration.Some(64*migration.MiB) {
		t.Errorf("%d runs, and peaks of %d of them, at most %v", runs, peaks, lambda.PeakMemory.Max())
	}
	// A quarter was billed for 100 s, the others took 1 s, 2 s and 3 s.
	if v := lambda.CostPerRun.Value.Or(migration.USD{}).Float(); v < 24*0.0000166667 || v > 26.6*0.0000166667 {
		t.Errorf("a run costs %v", v)
	}
}

// command runs migtop evidence against an app.
func evidenceCommand(t *testing.T, a *app) (rows map[string]int64, said string, _ error) {
	t.Helper()
	defer a.close()
	var out, says bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetOut(&out)
	cmd.SetErr(&says)
	r := &evidenceRun{app: a, cmd: cmd, since: 6 * time.Hour, yes: true, format: report.JSON}
	err := r.run(t.Context(), false)
	var got struct {
		Rows []struct {
			Function, Account, Region, Tenant, Workload string
			Runs                                        int64
			GBSeconds                                   string `json:"billed_gb_seconds"`
		}
	}
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
	}
	rows = map[string]int64{}
	for _, row := range got.Rows {
		var seconds float64
		if _, err := fmt.Sscan(row.GBSeconds, &seconds); err != nil || row.Runs == 0 {
			t.Fatalf("%+v: %v", row, err)
		}
		rows[strings.Join([]string{row.Account, row.Region, row.Function, row.Tenant, row.Workload}, " ")] = int64(seconds) / row.Runs
	}
	return rows, says.String(), err
}

// The command reads all accounts, distinguishes functions with the same name, and continues without an account that
// fails, which it names.
func TestEvidenceOfSeveralAccounts(t *testing.T) {
	profiles(t)
	o, url := reporters(t)
	rows, _, err := evidenceCommand(t, wired(t, twoByTwo, url))
	want := map[string]int64{}
	for i, p := range places {
		want[p[0]+" "+p[1]+" acme-report acme report"] = int64(2 * (i + 1)) // GB-s a run
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, faults := range []awsapi.Faults{
		{Expired: true},
		{Denied: []string{"lambda:ListFunctions"}},
		{Denied: []string{"logs:StartQuery"}},
	} {
		o.Server(prodAccount, "us-east-1").SetFaults(faults)
		rows, _, err := evidenceCommand(t, wired(t, twoByTwo, url))
		if err == nil || !strings.Contains(err.Error(), "prod us-east-1: ") || len(rows) != 3 {
			t.Errorf("%+v: %d rows, %v", faults, len(rows), err)
		}
	}
}

// The command attributes as the screen does: by tags where a rule asks for them.
func TestEvidenceIsAttributedByTags(t *testing.T) {
	profiles(t)
	now := time.Now()
	account := reporting(opsAccount, "plain", time.Second, 100, now)
	account.List[0].Tags = map[string]string{"customer": "globex"}
	o, err := awsapi.NewOrganization(clock.System(), awsapi.Member{Account: account, Regions: []string{"eu-west-1"}, AccessKeyID: "AKIDOPS"})
	if err != nil {
		t.Fatal(err)
	}
	url, err := o.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	const config = `
aws: {profile: ops, region: eu-west-1, ecs: {read: off}}
rules:
  - {platform: lambda, tag: {customer: "{tenant}"}, workload: work}
`
	snap := once(t, wired(t, config, url))
	if len(snap.Tenants) != 1 || snap.Tenants[0].Tenant != "globex" {
		t.Fatalf("the screen has %+v", snap.Tenants)
	}
	rows, _, err := evidenceCommand(t, wired(t, config, url))
	if want := opsAccount + " eu-west-1 plain globex work"; err != nil || rows[want] == 0 {
		t.Errorf("want %s: %v, %v", want, rows, err)
	}
	o.Server(opsAccount, "eu-west-1").SetFaults(awsapi.Faults{Denied: []string{"lambda:ListTags", "tag:GetResources"}})
	rows, said, err := evidenceCommand(t, wired(t, config, url))
	if err != nil || len(rows) != 1 || !strings.Contains(said, "not permitted: lambda:ListTags") {
		t.Errorf("without tags: %v, %v, said %q", rows, err, said)
	}
	if rows[opsAccount+" eu-west-1 plain globex work"] != 0 {
		t.Errorf("without tags: %v", rows)
	}
}
