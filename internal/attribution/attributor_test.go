package attribution_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

type (
	kv = map[string]string
	id = migration.Identity
)

var pattern = attribution.MustParsePattern

func check(t *testing.T, a *attribution.Attributor, what id, tenant, workload, source string, method migration.Method) {
	t.Helper()
	got := a.Attribute(what)
	if string(got.Tenant) != tenant || string(got.Workload) != workload || got.Evidence.Source != source || got.Evidence.Method != method {
		t.Errorf("%+v:\n got %q %q by %q, %s\nwant %q %q by %q, %s", what,
			string(got.Tenant), got.Workload, got.Evidence.Source, got.Evidence.Method, tenant, workload, source, method)
	}
	if got.Tenant != "" && got.Evidence.Coverage != 1 {
		t.Errorf("%+v: coverage %g", what, got.Evidence.Coverage)
	}
}

func TestWithoutAConfiguration(t *testing.T) {
	a := attribution.New(attribution.Rules{})
	const m = migration.Measured
	check(t, a, id{Platform: migration.Jobs, Name: "acme-thumbs-x7k2p", Labels: kv{"tenant": "acme"}}, "acme", "thumbs", "label tenant", m)
	check(t, a, id{Platform: migration.Jobs, Name: "j1", Labels: kv{"app.kubernetes.io/tenant": "acme", "workload": "thumbs"}}, "acme",
		"thumbs", "label app.kubernetes.io/tenant", m)
	check(t, a, id{Platform: migration.Jobs, Name: "thumbs", Annotations: kv{"tenant": "acme"}}, "acme", "thumbs", "annotation tenant", m)
	check(t, a, id{Platform: migration.Jobs, Name: "x", Labels: kv{"tenant": "l"}, Annotations: kv{"tenant": "a"}}, "l", "x", "label tenant",
		m)
	check(t, a, id{Platform: migration.Lambda, Name: "acme-thumbs-prod", Tags: kv{"Tenant": "acme"}}, "acme", "thumbs", "tag Tenant", m)
	// The CronJob's name, not the Job's, which has the minute in it.
	check(t, a, id{Platform: migration.Jobs, Name: "acme-report-29384757", Owner: "acme-report", Labels: kv{"tenant": "acme"}}, "acme",
		"report", "label tenant", m)
	// A name alone is nobody's word.
	check(t, a, id{Platform: migration.Lambda, Name: "image-resize-prod"}, "", "image-resize", "", 0)
	check(t, a, id{Platform: migration.Jobs, Name: "batch-1", Namespace: "acme"}, "", "batch", "", 0)
	check(t, a, id{Platform: migration.Jobs, Name: "x", Labels: kv{"tenant": ""}}, "", "x", "", 0)
}

func TestAliasesJoinThePlatforms(t *testing.T) {
	a := attribution.New(attribution.Rules{
		Tenants:   []attribution.Names{{Name: "acme", Aliases: []string{"acme-prod", "ACME Inc"}}},
		Workloads: []attribution.Names{{Name: "thumbnails", Aliases: []string{"thumbs", "thumb-job"}}},
	})
	const m, d = migration.Measured, migration.Derived
	check(t, a, id{Platform: migration.Jobs, Name: "thumb-job-1", Labels: kv{"tenant": "acme-prod"}}, "acme", "thumbnails", "label tenant", m)
	check(t, a, id{Platform: migration.Lambda, Name: "f", Tags: kv{"tenant": "ACME Inc", "workload": "thumbs"}}, "acme", "thumbnails",
		"tag tenant", m)
	// Configured tenants are known, so names tell them.
	check(t, a, id{Platform: migration.Lambda, Name: "Acme-Thumbs-prod"}, "acme", "thumbnails", "function name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "resize-acme-prod"}, "acme", "resize", "function name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "eu_acme_resize"}, "acme", "eu-resize", "function name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "acmeresize"}, "", "acmeresize", "", 0)
	check(t, a, id{Platform: migration.Jobs, Name: "resize-8", Namespace: "team-acme"}, "acme", "resize", "namespace", d)
	check(t, a, id{Platform: migration.Jobs, Name: "r1-2", Owner: "acme-resize"}, "acme", "resize", "owner name", d)
	// Not for Lambda, which has neither.
	check(t, a, id{Platform: migration.Lambda, Name: "r", Namespace: "acme"}, "", "r", "", 0)
}

func TestRulesGoByTheirEvidence(t *testing.T) {
	rules := attribution.Rules{Rules: []attribution.Rule{
		{Namespace: pattern("ns-{tenant}"), Origin: "c:1"},
		{Job: pattern("{tenant}-{workload}-*"), Origin: "c:2"},
		{Annotations: []attribution.Condition{{Key: "bill", Value: pattern("{tenant}")}}, Origin: "c:3"},
		{Labels: []attribution.Condition{{Key: "cust", Value: pattern("{tenant}")}}, Origin: "c:4"},
		{Function: pattern("{tenant}-{workload}-prod"), Origin: "c:5"},
		{Tags: []attribution.Condition{{Key: "cust", Value: pattern("{tenant}")}}, Origin: "c:6"},
		{Function: pattern("legacy"), Tenant: "old", Workload: "w", Origin: "c:7"},
		{
			Labels: []attribution.Condition{{Key: "kind", Value: pattern("nightly")}}, Namespace: pattern("shared-{tenant}"), Workload: "night",
			Origin: "c:8",
		},
	}}
	a := attribution.New(rules)
	const m, d = migration.Measured, migration.Derived
	job := id{Platform: migration.Jobs, Name: "n-w-1", Namespace: "ns-s", Labels: kv{"cust": "l", "tenant": "t"}, Annotations: kv{"bill": "a"}}
	check(t, a, job, "l", "w", "label cust", m)
	job.Labels = kv{"tenant": "t"}
	check(t, a, job, "a", "w", "annotation bill", m)
	job.Annotations = nil
	check(t, a, job, "n", "w", "job name", d) // a rule goes before discovery
	job.Name = "plain"
	check(t, a, job, "s", "plain", "namespace", d)
	job.Namespace = "other"
	check(t, a, job, "t", "plain", "label tenant", m)
	check(t, a, id{Platform: migration.Jobs, Name: "x", Owner: "acme-report-daily"}, "acme", "report", "job name", d)
	check(t, a, id{Platform: migration.Jobs, Name: "x", Namespace: "shared-s", Labels: kv{"kind": "nightly"}}, "s", "night", "namespace", d)
	check(t, a, id{Platform: migration.Jobs, Name: "x", Namespace: "shared-s"}, "", "x", "", 0)

	check(t, a, id{Platform: migration.Lambda, Name: "a-b-prod", Tags: kv{"cust": "c"}}, "c", "b", "tag cust", m)
	check(t, a, id{Platform: migration.Lambda, Name: "a-b-prod"}, "a", "b", "function name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "legacy"}, "old", "w", "function name", d)
	if note := a.Attribute(id{Platform: migration.Lambda, Name: "legacy"}).Evidence.Note; note != "by the rule at c:7" {
		t.Errorf("note %q", note)
	}
}

func TestDiscoveryCanBeLimited(t *testing.T) {
	tenants := []attribution.Names{{Name: "acme"}}
	labels := attribution.New(attribution.Rules{Tenants: tenants, Discover: attribution.DiscoverLabels})
	check(t, labels, id{Platform: migration.Lambda, Name: "acme-x"}, "", "acme-x", "", 0)
	check(t, labels, id{Platform: migration.Lambda, Name: "f", Tags: kv{"tenant": "acme"}}, "acme", "f", "tag tenant", migration.Measured)
	none := attribution.New(attribution.Rules{Tenants: tenants, Discover: attribution.DiscoverNone})
	check(t, none, id{Platform: migration.Lambda, Name: "f", Tags: kv{"tenant": "acme"}}, "", "f", "", 0)
	learnt := none.Learn([]id{{Platform: migration.Jobs, Labels: kv{"tenant": "globex"}}})
	check(t, learnt, id{Platform: migration.Lambda, Name: "globex-x"}, "", "globex-x", "", 0)
}

func TestJobLabelsTeachFunctionNames(t *testing.T) {
	seen := []id{
		{Platform: migration.Jobs, Name: "j-1", Labels: kv{"tenant": "acme", "workload": "thumbnails"}},
		{Platform: migration.Jobs, Name: "j-2", Labels: kv{"tenant": "big-corp", "workload": "thumbnails"}},
		{Platform: migration.Lambda, Name: "globex-thumbnails-prod", Tags: kv{"tenant": "globex"}},
		{Platform: migration.Lambda, Name: "acme-thumbnails-v2"},
	}
	before := attribution.New(attribution.Rules{})
	a := before.Learn(seen)
	const d = migration.Derived
	check(t, a, id{Platform: migration.Lambda, Name: "acme-thumbnails-v2"}, "acme", "thumbnails", "function name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "big-corp-report"}, "big-corp", "report", "function name", d)
	check(t, a, id{Platform: migration.Jobs, Name: "globex-thumbnails-5"}, "globex", "thumbnails", "job name", d)
	check(t, a, id{Platform: migration.Lambda, Name: "image-resize"}, "", "image-resize", "", 0)
	check(t, before, id{Platform: migration.Lambda, Name: "acme-thumbnails-v2"}, "", "acme-thumbnails-v2", "", 0)
	if diff := cmp.Diff([]migration.Tenant{"acme", "big-corp", "globex"}, a.Tenants()); diff != "" {
		t.Error(diff)
	}
}

func functions(names ...string) []id {
	out := make([]id, len(names))
	for i, n := range names {
		out[i] = id{Platform: migration.Lambda, Name: n}
	}
	return out
}

func TestRepeatedNamesTellTenants(t *testing.T) {
	const d = migration.Derived
	seen := functions("acme-thumbs-prod", "globex-thumbs-prod", "initech-thumbs-prod", "acme-report-prod", "globex-report-prod",
		"initech-report-prod", "big-corp-report-prod", "hooli-report", "auth", "image-resize")
	a := attribution.New(attribution.Rules{}).Learn(seen)
	for _, tt := range []struct{ name, tenant, workload string }{
		{"acme-thumbs-prod", "acme", "thumbs"},
		{"big-corp-report-prod", "big-corp", "report"},
		{"hooli-report", "hooli", "report"},
	} {
		check(t, a, id{Platform: migration.Lambda, Name: tt.name}, tt.tenant, tt.workload, "function name", d)
	}
	if note := a.Attribute(seen[0]).Evidence.Note; note != "function names repeat as {tenant}-{workload} for 5 tenants" {
		t.Errorf("note %q", note)
	}
	check(t, a, id{Platform: migration.Lambda, Name: "auth"}, "", "auth", "", 0)
	check(t, a, id{Platform: migration.Lambda, Name: "image-resize"}, "", "image-resize", "", 0)
	check(t, a, id{Platform: migration.Jobs, Name: "acme-thumbs-4242"}, "acme", "thumbs", "job name", d)

	turned := attribution.New(attribution.Rules{}).Learn(functions("thumbs-acme", "thumbs-globex", "thumbs-initech", "report-acme",
		"report-globex", "report-initech"))
	check(t, turned, id{Platform: migration.Lambda, Name: "report-globex"}, "globex", "report", "function name", d)
}

func TestTooLittleStructureTellsNothing(t *testing.T) {
	for _, names := range [][]string{
		{"image-resize", "video-resize", "audio-resize"},                // one shared word is no structure
		{"a-x", "b-x", "a-y", "b-y"},                                    // two tenants are too few
		{"a-x", "b-x", "c-x", "a-y", "b-y", "c-y", "a-z", "b-z", "c-z"}, // as many of one as of the other
		{"a-x", "b-x", "c-x", "d-y", "e-y"},                             // y is not shared enough
		{"resize", "auth", "-", "x-", "-y"},                             // no two parts
	} {
		a := attribution.New(attribution.Rules{}).Learn(functions(names...))
		if got := a.Tenants(); len(got) != 0 {
			t.Errorf("%q taught %q", names, got)
		}
	}
}

// Whatever order functions and Jobs are listed in, migtop reads the same from
// them.
func TestLearningDoesNotDependOnOrder(t *testing.T) {
	platforms := []migration.Platform{migration.Lambda, migration.Jobs}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"acme", "globex", "big-corp", "initech", "thumbs", "report", "prod", "Acme"})
		ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) id {
			i := id{Platform: rapid.SampledFrom(platforms).Draw(t, "platform")}
			i.Name = word.Draw(t, "a") + "-" + word.Draw(t, "b")
			if i.Platform == migration.Jobs && rapid.Bool().Draw(t, "labelled") {
				i.Labels = kv{"tenant": word.Draw(t, "tenant")}
			}
			return i
		}), 1, 20).Draw(t, "ids")
		one := attribution.New(attribution.Rules{}).Learn(ids)
		shuffled := slices.Clone(ids)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Shuffle(len(shuffled),
			func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		two := attribution.New(attribution.Rules{}).Learn(shuffled)
		for _, i := range ids {
			a, b := one.Attribute(i), two.Attribute(i)
			if a != b {
				t.Fatalf("%+v: %+v and %+v", i, a, b)
			}
			if a.Workload == "" {
				t.Fatalf("%+v has no workload", i)
			}
			if l := i.Labels["tenant"]; l != "" && string(a.Tenant) != l {
				t.Fatalf("%+v went to %q", i, a.Tenant)
			}
		}
	})
}

func TestManyMayAskAtOnce(t *testing.T) {
	a := attribution.New(attribution.Rules{Rules: []attribution.Rule{{Job: pattern("{tenant}-{workload}-*")}}}).
		Learn([]id{{Platform: migration.Jobs, Labels: kv{"tenant": "acme"}}})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				got := a.Attribute(id{Platform: migration.Jobs, Name: fmt.Sprintf("t%d-w-%d", g, i)})
				if want := migration.Tenant(fmt.Sprintf("t%d", g)); got.Tenant != want {
					t.Errorf("%s, want %s", got.Tenant, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestWorkloadsFromJobNames(t *testing.T) {
	a := attribution.New(attribution.Rules{})
	for name, want := range map[string]string{
		"thumbs":                  "thumbs",
		"thumbs-x7k2p":            "thumbs",
		"thumbs-29384757":         "thumbs",
		"thumbs-29384757-x7k2p":   "thumbs",
		"thumbs-9f86d081884c7d65": "thumbs",
		"thumbs-deadbeef":         "thumbs-deadbeef", // a word as likely as a hash
		"thumbs-550e8400-e29b-41d4-a716-446655440000": "thumbs",
		"phase-2":   "phase",
		"12345":     "12345",
		"night-job": "night",
		"prod":      "prod",
	} {
		if got := a.Attribute(id{Platform: migration.Jobs, Name: name}).Workload; string(got) != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func BenchmarkAttribute(b *testing.B) {
	var names []attribution.Names
	for i := range 1000 {
		names = append(names, attribution.Names{Name: fmt.Sprintf("tenant-%d", i)})
	}
	a := attribution.New(attribution.Rules{
		Tenants: names,
		Rules: []attribution.Rule{
			{Labels: []attribution.Condition{{Key: "cust", Value: pattern("{tenant}")}}},
			{Job: pattern("{workload}-for-{tenant}-*")},
		},
	})
	for name, what := range map[string]id{
		"label": {Platform: migration.Jobs, Name: "thumbs-29384757-x7k2p", Labels: kv{"tenant": "tenant-7", "workload": "thumbs"}},
		"name":  {Platform: migration.Jobs, Name: "thumbs-tenant-712-29384757-x7k2p", Namespace: "batch"},
		"rule":  {Platform: migration.Jobs, Name: "thumbs-for-tenant-712-29384757"},
		"none":  {Platform: migration.Jobs, Name: "some-batch-job-29384757-x7k2p", Namespace: "batch"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Attribute(what)
			}
		})
	}
}

func TestNamesInLogsGoByTheAliases(t *testing.T) {
	a := attribution.New(attribution.Rules{Tenants: []attribution.Names{{Name: "umbrella", Aliases: []string{"umbrella-corp"}}}})
	for name, want := range map[string]migration.Tenant{"umbrella-corp": "umbrella", "umbrella": "umbrella", "acme": "acme"} {
		if got := a.Named(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
