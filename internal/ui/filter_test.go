package ui

import (
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"

	"github.com/google/go-cmp/cmp"
)

func TestFilter(t *testing.T) {
	s := newFixture()
	for _, c := range []struct {
		filter string
		want   []string // nil: an error
		not    []string // must not be among them; only with want nil and no error
		err    string
	}{
		{filter: "ACME", want: []string{"acme"}},
		{filter: "verdict:moved", want: []string{"umbrella", "tyrell", "cyberdyne"}},
		{filter: "verdict:costs", want: []string{"cyberdyne"}},
		{filter: "cost_verdict:moved", want: []string{"umbrella", "tyrell"}},
		{filter: "cost_verdict:cannot", want: []string{"acme", "wayne"}},
		{filter: "hold", want: []string{"acme", "wayne", "oscorp", "aperture", "blackmesa", "bluthco"}},
		{filter: "verdict:hold wave:pilot", want: []string{"acme", "wayne"}},
		{filter: "rollback", want: []string{"globex"}},
		{filter: `"roll back"`, want: []string{"globex"}},
		{filter: "verdict:rollback", want: []string{"globex"}},
		{filter: "promote", want: []string{"hooli", "stark"}},
		{filter: "verdict:promote owner:anna step>50", want: []string{"stark"}},
		{filter: "step:100", want: []string{"acme", "umbrella", "cyberdyne"}},
		{filter: "holds:no_job_logs", want: []string{"oscorp"}},
		{filter: "verdict:unknown", want: []string{"soylent", "(unattributed)"}},
		{filter: "verdict:move", not: []string{"umbrella", "globex"}},
		{filter: "cost_verdict:stay !globex platform:both", want: []string{
			"pendant-publishing", "piedpiper", "vandelay",
			"weyland-yutani",
		}},
		{filter: "verdict:stay platform:both", want: []string{"pendant-publishing", "piedpiper", "weyland-yutani"}},
		{filter: "needs:critical", want: []string{"globex", "acme", "wayne"}},
		{filter: "needs:yes", want: []string{"globex", "acme", "wayne", "umbrella"}},
		{filter: "needs:no !(unattributed)", not: []string{"globex", "umbrella", "(unattributed)"}},
		{filter: "routed>96", want: []string{"umbrella", "tyrell", "cyberdyne", "monstersinc"}},
		{filter: "routed:0", want: []string{"initech", "soylent", "wonka"}},
		{filter: "timeout>90%", want: []string{"acme", "wayne"}},
		{filter: "cost>3", want: []string{"acme", "wayne", "hooli"}},
		{filter: "runs<40", want: []string{"umbrella", "soylent"}}, // unknown is no number
		{filter: "platform:jobs !platform:lambda", want: []string{"umbrella", "tyrell"}},
		{filter: "notice:near_timeout", want: []string{"acme", "wayne"}},
		{filter: `tenant:"massive-dynamic"`, want: []string{"massive-dynamic"}},
		{filter: "failing:yes globex", want: []string{"globex"}},
		{filter: "workload:thumb", not: []string{"acme"}},
		{filter: "colour:red", err: "unknown field"},
		{filter: "verdict:maybe", err: "want one of rollback, promote, hold, move, stay"},
		{filter: "routed:lots", err: "want a number"},
		{filter: "verdict>move", err: "has no order"},
		{filter: "tenant:", err: "want a value"},
		{filter: `tenant:"x`, err: "a quote is open"},
		{filter: "!", err: "empty"},
		{filter: "routed>NaN", err: "want a number"},
	} {
		t.Run(c.filter, func(t *testing.T) {
			f, err := parseFilter(c.filter, migration.DefaultMove)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want one about %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range s.Tenants {
				if f.matches(&s.Tenants[i]) {
					got = append(got, s.Tenants[i].Tenant.String())
				}
			}
			if c.not != nil {
				for _, n := range c.not {
					if slices.Contains(got, n) {
						t.Errorf("%s matches", n)
					}
				}
				if len(got) == 0 {
					t.Error("nothing matches")
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{
		"", "acme", "!acme", "verdict:stay routed>50", `"two words" !x`, "::", "a:b:c", "cost<1e9", "\x00\xff", "!!",
		"timeout>50%%",
	} {
		f.Add(s)
	}
	fixture := newFixture()
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseFilter(s, migration.DefaultMove)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		again, err := parseFilter(s, migration.DefaultMove)
		if err != nil {
			t.Fatalf("understood once, then %v", err)
		}
		for i := range fixture.Tenants {
			v := &fixture.Tenants[i]
			if parsed.matches(v) != again.matches(v) {
				t.Errorf("%q matches %s now and then", s, v.Tenant)
			}
		}
		if len(parsed.terms) == 0 {
			for i := range fixture.Tenants {
				if !parsed.matches(&fixture.Tenants[i]) {
					t.Errorf("%q has no terms and leaves a row out", s)
				}
			}
		}
	})
}
