package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// verdictOf is what a test reads of the verdict of a tenant.
type verdictOf struct {
	Tenant  string `json:"tenant"`
	Verdict string `json:"verdict"`
	Reason  string `json:"verdict_reason"`
	Cutover struct {
		Stage string    `json:"stage"`
		Share *float64  `json:"intended_ratio"`
		From  *string   `json:"intended_from"`
		Since time.Time `json:"since"`
		Holds []string  `json:"holds"`
		Jobs  struct {
			Messages int64 `json:"messages"`
			Failures int64 `json:"failures"`
		} `json:"jobs"`
	} `json:"cutover"`
}

// The verdicts of the demo, read over the real protocols: each tenant stands where the plan and its runs put it, one that fails is
// never promoted, and evidence counts from the first minute that the sources had.
func TestVerdictsOfTheDemo(t *testing.T) {
	out, errs, code := looked(t)
	if code != exitOK {
		t.Fatal(errs)
	}
	var snap struct {
		At       time.Time         `json:"at"`
		Tenants  []verdictOf       `json:"tenants"`
		Cutovers []json.RawMessage `json:"cutover_waves"`
	}
	if err := json.Unmarshal([]byte(out), &snap); err != nil {
		t.Fatal(err)
	}
	if len(snap.Cutovers) != 4 {
		t.Errorf("%d waves", len(snap.Cutovers))
	}
	all := map[string]verdictOf{}
	for _, one := range snap.Tenants {
		all[one.Tenant] = one
		c := &one.Cutover
		if one.Verdict == "PROMOTE" && c.Jobs.Failures*10 > c.Jobs.Messages {
			t.Errorf("%s is promoted, and %d of %d runs failed", one.Tenant, c.Jobs.Failures, c.Jobs.Messages)
		}
		if c.Stage == "between" && (c.Since.IsZero() || snap.At.Sub(c.Since) > 5*time.Hour) {
			t.Errorf("%s: evidence since %v, which is before the first minute that was read", one.Tenant, c.Since)
		}
	}
	for name, want := range map[string]struct {
		stage string
		share float64
		words string
	}{
		"acme": {"at_end", 1, "moved HOLD"}, "initech": {"between", 0.5, "HOLD ROLL BACK"}, "dunmore": {"between", 0.25, "HOLD PROMOTE"},
		"pinecrest": {"before", 0, "move"}, "rosefield": {"before", 0, "stay"}, "vantage": {"before", 0, "cannot stay"},
	} {
		got := all[name]
		share := 0.0
		if got.Cutover.Share != nil {
			share = *got.Cutover.Share
		}
		if got.Cutover.Stage != want.stage || share != want.share || !strings.Contains(want.words, got.Verdict) {
			t.Errorf("%s: %s, %s at %g: %s; want %s, %s at %g", name, got.Verdict, got.Cutover.Stage, share, got.Reason, want.words,
				want.stage, want.share)
		}
	}
	if g := all["globex"].Cutover; g.From == nil || *g.From != "seen" {
		t.Errorf("globex is in no wave and runs on both sides: its share is from %v", g.From)
	}
	if h := strings.Join(all["initech"].Cutover.Holds, " "); !strings.Contains(h, "oom_killed") {
		t.Errorf("initech holds for %s, and its Jobs are killed for memory", h)
	}
}
