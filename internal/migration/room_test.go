package migration

import "testing"

// Of several quotas and namespaces the least counts, what none limits is unknown, and so is everything where quotas were not
// read.
func TestQuotaOfATenant(t *testing.T) {
	core, gib := func(n int64) Opt[CPU] { return Some(CPU(n) * Core) }, func(n int64) Opt[Bytes] { return Some(Bytes(n) * GiB) }
	r := Room{
		Quotas: Some([]Quota{
			{Namespace: "a", Requests: Resources{CPU: core(4)}, Pods: Some[int64](9)},
			{Namespace: "b", Requests: Resources{CPU: core(2), Memory: gib(8)}, Pods: Some[int64](12)},
		}),
		Homes: []Home{
			{"a", []Tenant{"acme", "globex"}}, {"b", []Tenant{"globex", "hooli"}}, {"c", []Tenant{"hooli", "initech"}},
		},
	}
	a, b := r.Quotas.Or(nil)[0], r.Quotas.Or(nil)[1]
	for tenant, want := range map[Tenant]struct {
		left Quota
		has  Opt[bool]
	}{
		"acme":    {a, Some(true)},
		"globex":  {Quota{Namespace: "a", Requests: Resources{CPU: core(2), Memory: gib(8)}, Pods: Some[int64](9)}, Some(true)},
		"hooli":   {b, Some(true)},
		"initech": {Quota{}, Some(false)},
		"nobody":  {Quota{}, None[bool]()},
	} {
		if left, has := r.QuotaOf(tenant); left != want.left || has != want.has {
			t.Errorf("%s: %+v, %v, want %+v, %v", tenant, left, has, want.left, want.has)
		}
	}
	r.Quotas = None[[]Quota]()
	if _, has := r.QuotaOf("acme"); has.Known() {
		t.Error("quotas that were not read are known")
	}
}

// What is left on one node does not help on another.
func TestFit(t *testing.T) {
	of := func(milli, mib int64) Resources {
		return Resources{CPU: Some(CPU(milli) * Millicore), Memory: Some(Bytes(mib) * MiB)}
	}
	r := Room{Free: of(3000, 3000), FreeNodes: []Resources{of(900, 2000), of(900, 900), of(1200, 100)}}
	for _, test := range []struct {
		request Resources
		most    int64
		want    Opt[int64]
	}{
		{of(500, 500), 10, Some[int64](2)},
		{of(300, 100), 10, Some[int64](3 + 3 + 1)},
		{of(300, 100), 4, Some[int64](4)},
		{of(1000, 500), 10, Some[int64](0)}, // though all nodes together have three times as much
		{Resources{CPU: Some(600 * Millicore)}, 10, Some[int64](1 + 1 + 2)},
		{Resources{}, 10, None[int64]()},
	} {
		if got := r.Fit(test.request, test.most); got != test.want {
			t.Errorf("%+v: %v, want %v", test.request, got, test.want)
		}
	}
	r.Free = Resources{}
	if r.Fit(of(1, 1), 1).Known() {
		t.Error("what other pods hold was not read, and it fits")
	}
}

// Dead letters of a queue that both sides share have no side.
func TestSharedDeadLetters(t *testing.T) {
	queue := func(scope string, dead Opt[string]) *Queue { return &Queue{Scope: scope, DeadLetterQueue: dead} }
	for name, test := range map[string]struct {
		a, b *Queue
		want Opt[bool]
	}{
		"the same":          {queue("", Some("d")), queue("", Some("d")), Some(true)},
		"others":            {queue("", Some("d")), queue("", Some("e")), Some(false)},
		"none":              {queue("", Some("")), queue("", Some("")), Some(false)},
		"of another region": {queue("prod eu", Some("d")), queue("prod us", Some("d")), Some(false)},
		"not read":          {queue("", Some("d")), queue("", None[string]()), None[bool]()},
	} {
		if got := test.a.SharesDeadLetters(test.b); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
