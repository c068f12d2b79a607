package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// judged is a Snapshot of one tenant with a word.
func judged(word migration.VerdictWord, code int) *migration.Snapshot {
	c := migration.Cutover{Word: word, Text: word.String(), Reason: "for " + word.String(), Detail: migration.CutoverDetail{
		Stage: migration.StageBetween, Share: migration.Some(migration.Ratio(0.2)), Divisor: 1, ExitCode: code,
	}}
	return &migration.Snapshot{
		Tenants: []migration.TenantView{{Tenant: "acme", Cutover: c}},
		Sources: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}, {Source: "jobs", State: migration.HealthOK}},
	}
}

// Every word, as table and as document, with and without --exit-code.
func TestVerdictEndsByTheWord(t *testing.T) {
	ready := judged(migration.VerdictMove, 0)
	ready.Tenants[0].Cutover.Detail.Ready = migration.Some(true)
	ready.Tenants[0].Cutover.Detail.Stage = migration.StageBefore
	for _, c := range []struct {
		name  string
		snap  *migration.Snapshot
		share string
		code  int
	}{
		{"PROMOTE", judged(migration.VerdictPromote, 0), "", 0},
		{"moved", judged(migration.VerdictMoved, 0), "", 0},
		{"moved, costs more", judged(migration.VerdictMovedCostsMore, 0), "", 0},
		{"ready", ready, "", 0},
		{"not ready", judged(migration.VerdictMove, 10), "", 10},
		{"stay", judged(migration.VerdictStay, 10), "", 10},
		{"cannot stay", judged(migration.VerdictCannotStay, 10), "", 10},
		{"HOLD", judged(migration.VerdictHold, 10), "", 10},
		{"ROLL BACK", judged(migration.VerdictRollBack, 20), "", 20},
		{"no verdict", judged(migration.VerdictNone, 3), "", 3},
		{"PROMOTE of this step", judged(migration.VerdictPromote, 0), "20%", 0},
		{"PROMOTE of the step before", judged(migration.VerdictPromote, 0), "50", 10},
		{"ROLL BACK of the step before", judged(migration.VerdictRollBack, 20), "50 %", 20},
	} {
		for _, format := range []report.Format{report.Table, report.JSON} {
			for _, asked := range []bool{true, false} {
				f := verdictFlags{tenant: "acme", exitCode: asked}
				if c.share != "" {
					share, err := parseShare(c.share)
					if err != nil {
						t.Fatal(err)
					}
					f.at = migration.Some(share)
				}
				r, err := f.ask(c.snap)
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				cmd := &cobra.Command{}
				cmd.SetOut(&out)
				want := c.code
				if !asked {
					want = exitOK
				}
				if code := exitCode(f.finish(cmd, r, format)); code != want || out.Len() == 0 {
					t.Errorf("%s, asked %t: code %d, want %d: %s", c.name, asked, code, want, out.String())
				}
				if doc := (struct {
					Code int `json:"exit_code"`
				}{}); format == report.JSON && (json.Unmarshal(out.Bytes(), &doc) != nil || doc.Code != c.code) {
					t.Errorf("%s: the document has %d", c.name, doc.Code)
				}
			}
		}
	}
}

func TestVerdictRefusesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"acme globex", "accepts at most 1 arg"},
		{"acme --wave pilot", "name a tenant or --wave, not both"},
		{"--wait 1h", "--wait needs to know for whom: name a tenant, or a wave with --wave"},
		{"acme --wait 0s", "want a time above 0"},
		{"acme --wait -5m", "want a time above 0"},
		{"acme --wait soon", `--wait "soon": want a time such as 90s`},
		{"acme --until promote", "add --wait DURATION"},
		{"acme --wait 1h --until friday", `--until "friday": want promote or decided`},
		{"--share 20%", "--share is that of a tenant or a wave"},
		{"acme --share 120%", "want a share in percent from 0 to 100"},
		{"acme --share NaN", "want a share in percent from 0 to 100"},
		{"acme --share half", "want a share in percent from 0 to 100"},
		{"acme -o csv", "use one of table, json, yaml"},
		{"acme -o markdown", "use one of table, json, yaml"},
		{"--demo --wave friday", "is not in the plan, which has pilot, wave 2, wave 3, wave 4"},
	} {
		out, errOut, code := execute(t, append([]string{"verdict"}, strings.Fields(c.args)...)...)
		if code != exitUsage || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("verdict %s: code %d, stdout %.40q, stderr %q; want %q", c.args, code, out, errOut, c.want)
		}
	}
	if _, errOut, code := execute(t, "verdict", ""); code != exitUsage || !strings.Contains(errOut, "the name of the tenant is empty") {
		t.Errorf("code %d, %q", code, errOut)
	}
}

func TestVerdictOfTheDemo(t *testing.T) {
	out, errOut, code := execute(t, "verdict", "umbrella-corp", "--demo", "-o", "json")
	var doc struct {
		Schema  string
		Tenants []struct{ Tenant string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK || errOut != "" {
		t.Fatalf("code %d, %v, %q", code, err, errOut)
	}
	if len(doc.Tenants) != 1 || doc.Tenants[0].Tenant != "umbrella" || doc.Schema != report.VerdictSchema {
		t.Errorf("by another spelling: %+v", doc)
	}
	if testing.Short() {
		return
	}
	if out, errOut, code := execute(t, "verdict", "acmee", "--demo"); code != exitUsage || out != "" || !strings.Contains(errOut,
		`did you mean "acme"?`) {
		t.Errorf("a tenant that does not exist: code %d, %q", code, errOut)
	}
	out, errOut, code = execute(t, "verdict", "acmee", "--demo", "--fault", "expired", "--exit-code")
	if code != exitNoData || !strings.Contains(out, "not every source answered") || !strings.Contains(errOut, "aws sso login") {
		t.Errorf("a tenant that may exist: code %d, %q, %q", code, out, errOut)
	}
	if out, errOut, code := execute(t, "verdict", "--demo", "--fault", "expired,kube-offline"); code != exitNoData || out != "" ||
		!strings.Contains(errOut, "run migtop doctor") {
		t.Errorf("no source answers: code %d, %q, %q", code, out, errOut)
	}
}

// waited runs a wait of an hour in a bubble. Each Snapshot comes ten minutes after the one before.
func waited(t *testing.T, until gate.Until, snaps ...*migration.Snapshot) (r *gate.Result, took time.Duration, said []string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := verdictFlags{tenant: "acme"}
		feed := make(chan *migration.Snapshot)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, s := range snaps {
				time.Sleep(10 * time.Minute) // of the bubble's time
				select {
				case feed <- s:
				case <-ctx.Done():
					return
				}
			}
		})
		w := verdictWait{
			snapshots: feed, clock: clock.System(), limit: time.Hour, until: until, ask: f.ask,
			say: func(r *gate.Result) { said = append(said, answerLine(r)) },
		}
		began := time.Now()
		r, err = w.run(ctx)
		took = time.Since(began)
		cancel()
		wg.Wait()
	})
	return r, took, said, err
}

func TestWaitForAVerdict(t *testing.T) {
	hold, promote := judged(migration.VerdictHold, 10), judged(migration.VerdictPromote, 0)
	back, none := judged(migration.VerdictRollBack, 20), judged(migration.VerdictNone, 3)
	for _, c := range []struct {
		name  string
		snaps []*migration.Snapshot
		code  int
		took  time.Duration
		said  string
	}{
		{"PROMOTE ends it", []*migration.Snapshot{none, hold, hold, promote, hold}, 0, 40 * time.Minute, "no verdict HOLD PROMOTE"},
		{"ROLL BACK ends it at once", []*migration.Snapshot{back, promote}, 20, 10 * time.Minute, "ROLL BACK"},
		{"the time is over", []*migration.Snapshot{hold, none}, 3, time.Hour, "HOLD no verdict"},
		{"the last word is HOLD", []*migration.Snapshot{none, hold}, 10, time.Hour, "no verdict HOLD"},
	} {
		for _, until := range []gate.Until{gate.UntilPromote, gate.UntilDecided} {
			r, took, said, err := waited(t, until, c.snaps...)
			if err != nil || r.ExitCode != c.code || took != c.took || strings.Join(said, " ") != c.said {
				t.Errorf("%s: %+v, %v after %s, said %q", c.name, r, err, took, said)
			}
		}
	}
	nothing := judged(migration.VerdictPromote, 0)
	nothing.Sources = nil
	if r, took, said, err := waited(t, gate.UntilPromote, nothing, nothing); r != nil || err != nil || took != time.Hour || said != nil {
		t.Errorf("no source answers: %+v, %v after %s", r, err, took)
	}
	gone := judged(migration.VerdictPromote, 0)
	gone.Tenants[0].Tenant = "globex"
	if _, took, _, err := waited(t, gate.UntilPromote, gone); !errors.Is(err, gate.ErrUnknown) || took != 10*time.Minute {
		t.Errorf("a tenant that does not exist: %v after %s", err, took)
	}
}
