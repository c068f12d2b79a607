package assess

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// What ran under an alias stands with its tenant, with the configuration of the version
// that it mostly ran as; what is billed in two places is priced in both.
func TestTenantBehindAnAlias(t *testing.T) {
	s := newTestState(noon, time.Hour)
	absorbBoth(s, noon)
	own, acme := migration.Key{Platform: migration.Lambda, Workload: "render"},
		migration.Key{Platform: migration.Lambda, Workload: "render", Tenant: "oakline"}
	place := func(arch migration.Arch) migration.RegionArch {
		return migration.RegionArch{Region: "eu-west-1", Arch: arch}
	}
	version := func(name string, weight migration.Ratio, memory migration.Bytes, arch migration.Arch) migration.Route {
		return migration.Route{
			Version: name, Weight: weight,
			Config: migration.Some(migration.VersionConfig{MemorySize: memory, Timeout: time.Minute, Place: place(arch)}),
		}
	}
	alias := migration.Alias{
		Name: "oakline", Key: acme, AttributedBy: migration.Provenance{Source: "alias", Method: migration.Derived, Coverage: 1},
		Routes: []migration.Route{version("42", 0.9, 512*migration.MiB, migration.X86), version("43", 0.1, migration.GiB, migration.Arm64)},
	}
	var runs []migration.Activity
	for at := noon.Add(-75 * time.Minute); at.Before(noon); at = at.Add(time.Minute) {
		a := minute(at, 10)
		a.Key = acme
		a.Invoked = &migration.LambdaUsage{Place: place(migration.X86), Requests: 9, Billed: 9_000_000}
		a.Elsewhere = []migration.LambdaUsage{{Place: place(migration.Arm64), Requests: 1, Billed: 1_000_000}}
		runs = append(runs, a)
	}
	s.absorb(pollResult{source: "lambda", batch: migration.Batch{Activities: runs, Functions: []migration.Function{
		{
			Key: own, Name: "render", MemorySize: 3 * migration.GiB, Timeout: 10 * time.Minute,
			Aliases: migration.Some([]migration.Alias{alias, {Name: "live", Key: own}}),
		},
	}}})
	v := tenant(t, s.snapshot(noon), "oakline")
	if n := len(v.Workloads); n != 1 {
		t.Fatalf("%d workloads", n)
	}
	f := v.Workloads[0].Functions
	if len(f) != 1 || f[0].Alias != "oakline" || f[0].MemorySize != 512*migration.MiB || f[0].Timeout != time.Minute ||
		len(f[0].Aliases.Or(nil)) != 1 {
		t.Errorf("functions %+v", f)
	}
	if v.AttributedBy.Source != "alias" || v.Before.MemoryLimit != migration.Some(512*migration.MiB) {
		t.Errorf("attributed by %+v, limit %v", v.AttributedBy, v.Before.MemoryLimit)
	}
	// An hour of 9,000 GB-s/1024 on x86 and a ninth of it on arm64, and 600 requests.
	gbs := func(mbms int64) decimal.Decimal {
		return decimal.NewFromInt(60 * mbms).Div(decimal.NewFromInt(1024 * 1000))
	}
	want := gbs(9_000_000).Mul(decimal.RequireFromString("0.0000166667")).Add(gbs(1_000_000).Mul(decimal.RequireFromString("0.0000133334"))).
		Add(decimal.RequireFromString("600").Mul(decimal.RequireFromString("0.0000002")))
	got, ok := v.Before.CostPerHour.Value.Get()
	if !ok || got.Decimal().Sub(want).Abs().GreaterThan(decimal.New(1, -12)) {
		t.Errorf("costs %v an hour, want %s", v.Before.CostPerHour.Value, want)
	}
}
