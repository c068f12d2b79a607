package lambda

import (
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// aliased is an account of one function that runs, each minute, five times for 1 s under
// acme, three times for 4 s under globex of which one fails, and twice for 2 s under no
// alias that a rule names; and of one that no rule with an alias matches.
type aliased struct{ *fleetAccount }

func newAliased() *aliased {
	a := &aliased{newFleet(2)}
	a.list[0].Name, a.list[1].Name = "shared-thumbs", "work-thumbs"
	a.list[0].Detail = &awsapi.Detail{
		Versions: 2,
		Aliases:  []awsapi.Alias{{Name: "acme", Version: "1"}, {Name: "globex", Version: "2"}, {Name: "live", Version: "2"}},
	}
	a.list[1].Detail = &awsapi.Detail{Versions: 1, Aliases: []awsapi.Alias{{Name: "acme", Version: "1"}}}
	return a
}

func (a *aliased) Invocations(name string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for i := range a.fleetAccount.Invocations(name, from, to) {
			at := i.Start
			for _, one := range []awsapi.Invocation{
				{Start: at, Duration: time.Second, Alias: "acme", Weight: 5},
				{Start: at, Duration: 4 * time.Second, Alias: "globex", Weight: 2},
				{Start: at, Duration: 4 * time.Second, Alias: "globex", Failed: true},
				{Start: at, Duration: 2 * time.Second, Weight: 1},
				{Start: at, Duration: 2 * time.Second, Alias: "live"},
			} {
				if !yield(one) {
					return
				}
			}
		}
	}
}

// byAlias are settings by rules, one of which names aliases.
func byAlias(s *Settings) {
	rules := attribution.Rules{Discover: attribution.DiscoverNone, Rules: []attribution.Rule{
		{
			Function: attribution.MustParsePattern("shared-*"), Alias: attribution.MustParsePattern("/(?P<tenant>acme|globex)/"),
			Workload: "thumbs",
		},
		{Function: attribution.MustParsePattern("*-thumbs"), Tenant: "own", Workload: "thumbs"},
	}}
	s.Attribute, s.Aliases = attribution.New(rules).Attribute, rules.Aliased
}

// minutes are the activities of a minute by tenant.
func minutes(all store) map[time.Time]map[migration.Tenant]migration.Activity {
	out := map[time.Time]map[migration.Tenant]migration.Activity{}
	for _, a := range all {
		if a.Span == time.Minute {
			if out[a.Start] == nil {
				out[a.Start] = map[migration.Tenant]migration.Activity{}
			}
			out[a.Start][a.Tenant] = a
		}
	}
	return out
}

// What runs under aliases is their tenants', the rest is the function's own, and they
// add up to the function; what is asked on top is counted as it is billed.
func TestAliasesAddUp(t *testing.T) {
	account := newAliased()
	account.idle["work-thumbs"] = true
	r := newRig(t, account, byAlias)
	var low, high int64
	all := store{}
	for range 3 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		low, high = low+batch.AskedLow, high+batch.AskedHigh
		r.clock.Advance(15 * time.Minute)
	}
	if billed := r.server.Billed(); billed.Low != low || billed.High != high {
		t.Errorf("counted %d to %d, billed %+v", low, high, billed)
	}
	if n := r.server.Calls("lambda:ListAliases"); n != 1 {
		t.Errorf("%d calls of ListAliases", n)
	}
	reported := minutes(all)
	if len(reported) < 170 {
		t.Errorf("%d minutes", len(reported))
	}
	for start, minute := range reported {
		acme, globex, own := minute["acme"], minute["globex"], minute["own"]
		if acme.Runs != 5 || globex.Runs != 3 || own.Runs != 2 || acme.Failures != 0 || globex.Failures != 1 || own.Failures != 0 {
			t.Fatalf("%v: %d + %d + %d of ten runs, failures %d + %d + %d", start, acme.Runs, globex.Runs, own.Runs, acme.Failures, globex.Failures,
				own.Failures)
		}
		if acme.Invoked == nil || globex.Invoked == nil || own.Invoked == nil {
			t.Fatalf("%v: no bill", start)
		}
		for _, want := range []struct {
			got, millis migration.MBMillis
		}{{acme.Invoked.Billed, 5002.5 * 1024}, {globex.Invoked.Billed, 12001.5 * 1024}, {own.Invoked.Billed, 4001 * 1024}} {
			if want.got != want.millis {
				t.Errorf("%v: billed %d, want %d", start, want.got, want.millis)
			}
		}
		if acme.Duration.Count() != 5 || own.Duration.Count() != 0 || own.MaxConcurrency.Known() {
			t.Errorf("%v: run times of %d and %d", start, acme.Duration.Count(), own.Duration.Count())
		}
		how := atVersion
		if start.Before(epoch) { // when the alias was first seen
			how = atFirst
		}
		if acme.Evidence.Note != noteAlias || !strings.HasSuffix(acme.Invoked.Known.Note, pricedNotes[how]) ||
			own.Evidence.Method != migration.Derived || own.Evidence.Note != noteAliasRest {
			t.Errorf("%v: evidence %+v and %+v", start, acme.Evidence, own.Evidence)
		}
	}
}

// Without the permission functions stay whole, which every poll says; it is tried again
// after an hour.
func TestAliasesForbidden(t *testing.T) {
	account := newAliased()
	account.idle["work-thumbs"] = true
	r := newRig(t, account, byAlias)
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListAliases"}})
	for range 2 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		h := awsaccesstest.Health(t, batch, "lambda")
		if h.State != migration.HealthDegraded || h.Problem == nil || !strings.Contains(h.Problem.Snippet, "lambda:ListAliases") {
			t.Errorf("health %+v, problem %v", h, h.Problem)
		}
		for _, a := range batch.Activities {
			if a.Tenant != "own" || (a.Span == time.Minute && a.Runs != 10) {
				t.Fatalf("%s has %d runs", a.Tenant, a.Runs)
			}
		}
		r.clock.Advance(15 * time.Minute)
	}
	if n := r.server.Calls("lambda:ListAliases"); n != 1 {
		t.Errorf("%d calls of ListAliases", n)
	}
	r.server.SetFaults(awsapi.Faults{})
	r.clock.Advance(time.Hour)
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	if h := awsaccesstest.Health(t, batch, "lambda"); h.State != migration.HealthOK {
		t.Errorf("health %+v", h)
	}
}

// An alias that appears is found within the hour; from then on it is counted apart.
func TestAliasAppears(t *testing.T) {
	account := newAliased()
	account.idle["work-thumbs"] = true
	both := account.list[0].Detail.Aliases
	account.list[0].Detail.Aliases = both[:1]
	r := newRig(t, account, byAlias)
	all := store{}
	poll := func() {
		t.Helper()
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
	}
	poll()
	account.list[0].Detail.Aliases = both
	r.clock.Advance(time.Hour)
	poll()
	split, whole := 0, 0
	for start, minute := range minutes(all) {
		acme, globex, own := minute["acme"], minute["globex"], minute["own"]
		if acme.Runs+globex.Runs+own.Runs != 10 || acme.Runs != 5 {
			t.Fatalf("%v: %d + %d + %d of ten runs", start, acme.Runs, globex.Runs, own.Runs)
		}
		if globex.Runs == 3 {
			split++
		} else {
			whole++
		}
	}
	if split < 50 || whole < 100 {
		t.Errorf("%d minutes with the new alias, %d without", split, whole)
	}
}

// An alias that was deleted is asked about as long as something of it may be missing and
// no longer; what ran under it stays its tenant's.
func TestAliasDeleted(t *testing.T) {
	account := newAliased()
	account.idle["work-thumbs"] = true
	r := newRig(t, account, byAlias)
	all := store{}
	poll := func() migration.Batch {
		t.Helper()
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		all.absorb(batch)
		return batch
	}
	if first := poll(); first.Functions[0].Aliases.Or(nil)[0].Name != "acme" {
		t.Errorf("aliases %+v", first.Functions[0].Aliases)
	}
	account.list[0].Detail.Aliases = account.list[0].Detail.Aliases[1:] // it goes by globex' and by live's from now on
	account.until = r.clock.Now()
	r.clock.Advance(time.Hour)
	// The window of this one reaches back to when the alias was there.
	if batch := poll(); batch.AskedHigh != 3*9 || len(batch.Functions) != 2 || len(batch.Functions[0].Aliases.Or(nil)) != 2 {
		t.Errorf("%d queries, functions %+v", batch.AskedHigh, batch.Functions)
	}
	r.clock.Advance(15 * time.Minute)
	poll()
	r.clock.Advance(15 * time.Minute)
	if batch := poll(); batch.AskedHigh != 2*9 {
		t.Errorf("%d queries, want those of the function and one alias", batch.AskedHigh)
	}
	for start, minute := range minutes(all) {
		acme, globex, own := minute["acme"], minute["globex"], minute["own"]
		if acme.Runs != 5 || globex.Runs != 3 || own.Runs != 2 {
			t.Fatalf("%v: %d + %d + %d of ten runs", start, acme.Runs, globex.Runs, own.Runs)
		}
	}
}

// While aliases cannot be listed for the rate of calls, a function that has some by a
// rule waits, and the others do not: what was reported whole could not be reported in parts any
// more. When it passes nothing is missing.
func TestAliasesThrottled(t *testing.T) {
	r := newRig(t, newAliased(), byAlias)
	all := store{}
	for _, faults := range []awsapi.Faults{
		{Throttled: []string{"lambda:ListAliases"}},
		{Throttled: []string{"lambda:GetFunctionConfiguration"}},
		{},
	} {
		r.server.SetFaults(faults)
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		throttled := len(faults.Throttled) > 0
		h := awsaccesstest.Health(t, batch, "lambda")
		if (h.State == migration.HealthDegraded && h.Problem.Fault == migration.FaultThrottled) != throttled {
			t.Errorf("with %v: health %+v", faults.Throttled, h)
		}
		for _, a := range batch.Activities {
			if throttled && a.Span == time.Minute && a.Runs != 10 { // of the function that no rule with an alias matches
				t.Fatalf("with %v: %s has %d runs", faults.Throttled, a.Tenant, a.Runs)
			}
		}
		all.absorb(batch)
		r.clock.Advance(15 * time.Minute)
	}
	reported := minutes(all)
	if len(reported) < 170 {
		t.Errorf("%d minutes", len(reported))
	}
	for start, minute := range reported {
		if acme := minute["acme"]; acme.Runs != 5 {
			t.Fatalf("%v: acme has %d runs", start, acme.Runs)
		}
	}
	for _, a := range all {
		if a.Span > time.Minute && a.Tenant == "acme" && a.Runs != int64(5*a.Span/time.Minute) {
			t.Errorf("%v: %d runs in %v of the past", a.Start, a.Runs, a.Span)
		}
	}
}

// A rule may ask for an alias and for a tag of its function: tags are read before.
func TestAliasesByTag(t *testing.T) {
	account := newAliased()
	account.list[0].Tags, account.list[1].Tags = map[string]string{"shared": "yes"}, map[string]string{"shared": "no"}
	rules := attribution.Rules{Discover: attribution.DiscoverNone, Rules: []attribution.Rule{
		{
			Function: attribution.MustParsePattern("*-thumbs"), Alias: attribution.MustParsePattern("/(?P<tenant>acme|globex)/"), Workload: "thumbs",
			Tags: []attribution.Condition{{Key: "shared", Value: attribution.MustParsePattern("yes")}},
		},
		{Function: attribution.MustParsePattern("{tenant}-thumbs"), Workload: "thumbs"},
	}}
	r := newRig(t, account, func(s *Settings) {
		s.Attribute, s.Aliases, s.Tags, s.History = attribution.New(rules).Attribute, rules.Aliased, rules.NeedTags(), -1
	})
	batch, err := r.Poll(t.Context(), sources.Focus{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[migration.Tenant]int64{"acme": 5, "globex": 3, "shared": 2, "work": 10}
	for _, a := range batch.Activities {
		if a.Runs != want[a.Tenant] {
			t.Fatalf("%s has %d runs, want %d", a.Tenant, a.Runs, want[a.Tenant])
		}
	}
	if tags, aliases := r.server.Calls("lambda:ListTags")+r.server.Calls("tag:GetResources"),
		r.server.Calls("lambda:ListAliases"); tags == 0 || aliases != 2 {
		t.Errorf("%d calls for tags, %d of ListAliases", tags, aliases)
	}
	if f := batch.Functions; !f[0].Split() || f[1].Split() || f[0].Aliases.Or(nil)[2].Key.Tenant != "shared" {
		t.Errorf("functions %+v", f)
	}
}

// Whoever looks at a tenant that is behind an alias gets its minutes as often as of any
// other; and the page of a tenant shows the aliases of its functions, rule or none.
func TestAliasesInFocus(t *testing.T) {
	r := newRig(t, newAliased(), byAlias, func(s *Settings) { s.History = -1 })
	poll := func(tenant migration.Tenant) migration.Batch {
		t.Helper()
		batch, err := r.Poll(t.Context(), sources.Focus{Tenant: tenant, Open: true, Visible: []migration.Tenant{"nobody"}})
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(time.Minute)
		return batch
	}
	poll("nobody")
	if batch := poll("nobody"); batch.AskedHigh != 0 {
		t.Errorf("nobody looks, and %d is asked", batch.AskedHigh)
	}
	if batch := poll("acme"); batch.AskedHigh != 4*9 { // of a group of two functions, one with two aliases
		t.Errorf("acme's page is open, and %d is asked", batch.AskedHigh)
	}
	if n := r.server.Calls("lambda:ListAliases"); n != 1 {
		t.Errorf("%d calls of ListAliases", n)
	}
	account := newAliased()
	r = newRig(t, account, func(s *Settings) { s.History = -1 })
	poll("nobody")
	batch := poll("thumbs")
	if n := r.server.Calls("lambda:ListAliases"); n != 2 {
		t.Errorf("%d calls of ListAliases for a page of two functions", n)
	}
	if n := r.server.Calls("lambda:GetFunctionConfiguration"); n != 0 {
		t.Errorf("%d versions were looked up", n)
	}
	aliases := batch.Functions[0].Aliases.Or(nil)
	if len(aliases) != 3 || batch.Functions[0].Split() || aliases[2].Name != "live" ||
		!slices.Equal(aliases[2].Routes, []migration.Route{{Version: "2", Weight: 1}}) {
		t.Errorf("aliases %+v", aliases)
	}
	if poll("thumbs"); r.server.Calls("lambda:ListAliases") != 2 {
		t.Error("aliases are listed again a minute later")
	}
}

// More versions than a poll looks up are looked up by the next ones; until all are known
// the function waits.
func TestManyVersions(t *testing.T) {
	const n = 2*maxVersions + 50
	account := newMany(n, 0)
	d := account.list[0].Detail
	d.Versions, d.Published = n, make(map[string]awsapi.Published, n)
	for i := range d.Aliases {
		d.Aliases[i].Version = strconv.Itoa(i + 1)
		d.Published[d.Aliases[i].Version] = awsapi.Published{MemoryMB: int32(128 + i)}
	}
	r := newRig(t, account, anyAlias, func(s *Settings) { s.History = -1 })
	for i := range 4 {
		batch, err := r.Poll(t.Context(), sources.Focus{})
		if err != nil {
			t.Fatal(err)
		}
		if calls, want := r.server.Calls("lambda:GetFunctionConfiguration"), min((i+1)*maxVersions, n); calls != int64(want) {
			t.Errorf("poll %d: %d versions were looked up, want %d", i, calls, want)
		}
		if reported := len(batch.Activities) > 0; reported != (i >= 2) {
			t.Errorf("poll %d: %d activities", i, len(batch.Activities))
		}
		for _, a := range batch.Activities {
			number, err := strconv.Atoi(strings.TrimPrefix(string(a.Tenant), "a"))
			if err != nil || a.Invoked.Billed != migration.MBMillis(math.Round(1000.5*float64(128+number))) {
				t.Fatalf("%s: billed %d", a.Tenant, a.Invoked.Billed)
			}
		}
		r.clock.Advance(15 * time.Minute)
	}
}

// Who may not list aliases and has no rule that names one is informed when a page would
// show them, and not any more when none is open.
func TestAliasesForbiddenToAPage(t *testing.T) {
	r := newRig(t, newAliased(), func(s *Settings) { s.History = -1 })
	r.server.SetFaults(awsapi.Faults{Denied: []string{"lambda:ListAliases"}})
	for _, open := range []bool{true, false} {
		batch, err := r.Poll(t.Context(), sources.Focus{Tenant: "thumbs", Open: open})
		if err != nil {
			t.Fatal(err)
		}
		if h := awsaccesstest.Health(t, batch, "lambda"); (h.State == migration.HealthDegraded) != open {
			t.Errorf("with the page open, %v: health %+v", open, h)
		}
		r.clock.Advance(time.Hour)
	}
	if n := r.server.Calls("lambda:ListAliases"); n != 1 {
		t.Errorf("%d calls of ListAliases", n)
	}
}
