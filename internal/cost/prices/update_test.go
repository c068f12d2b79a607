package prices_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

func rate(item, region, value, asOf string) prices.Rate {
	unit, _ := prices.Default().UnitOf(item)
	return prices.Rate{
		Item: item, Region: region, Value: decimal.RequireFromString(value), Unit: unit,
		Origin: prices.Origin{Source: "a list", AsOf: asOf, Certainty: prices.Primary},
	}
}

func updated(t *testing.T, rates ...prices.Rate) *prices.PriceBook {
	t.Helper()
	book, err := prices.Default().Update("cache.yaml", prices.Encode("refreshed", "", rates))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestUpdateReplacesOlderPricesOnly(t *testing.T) {
	// The book's Fargate price of us-east-1 is of 2026-09-28, that of Spot discounts has no
	// date, the cluster's holds everywhere since 2026-09-28.
	book := updated(
		t,
		rate("fargate.vcpu.x86_64", "us-east-1", "0.05", "2026-11-20"),
		rate("fargate.memory.x86_64", "us-east-1", "0.006", "2026-09-27"),
		rate("spot.discount.guess", "us-east-2", "0.51", "2020"),
		rate("eks.cluster", "us-east-1", "0.11", "2026-11-20"),
		rate("eks.cluster", "eu-west-1", "0.12", "2026-09-01"),
		rate("fargate.vcpu.x86_64", "mx-central-1", "0.052", "2026-11-20"),
	)
	for _, tc := range []struct{ item, region, want string }{
		{"fargate.vcpu.x86_64", "us-east-1", "0.05"},
		{"fargate.memory.x86_64", "us-east-1", "0.004445"},
		{"spot.discount.guess", "us-east-2", "0.51"},
		{"eks.cluster", "us-east-1", "0.11"},
		{"eks.cluster", "eu-west-1", "0.1"},
		{"eks.cluster", "eu-central-1", "0.1"},
		{"fargate.vcpu.x86_64", "mx-central-1", "0.052"},
		{"eks.cluster", "mx-central-1", "0.1"}, // the region is known now
	} {
		r, err := book.Rate(tc.item, tc.region)
		if err != nil || r.Value.String() != tc.want {
			t.Errorf("%s in %s: %s, want %s (%v)", tc.item, tc.region, r.Value, tc.want, err)
		}
		if r.Origin.Overlay {
			t.Errorf("%s in %s is a list price, not an overlay's", tc.item, tc.region)
		}
	}
	if _, err := prices.Default().Rate("fargate.vcpu.x86_64", "mx-central-1"); err == nil {
		t.Error("the built-in book has changed")
	}
}

func TestUpdateIsAsStrictAsAnOverlay(t *testing.T) {
	r := rate("eks.cluster", "us-east-1", "0.1", "2026")
	for name, tc := range map[string]struct {
		change func(*prices.Rate)
		want   string
	}{
		"unit": {func(r *prices.Rate) { r.Unit = "USD/hour" }, "cache.yaml:10:16: eks.cluster is priced in USD/cluster-hour, not in USD/hour"},
		"item": {func(r *prices.Rate) { r.Item = "eks.clutter" }, "the price book does not know eks.clutter"},
		"date": {func(r *prices.Rate) { r.Origin.AsOf = "yesterday" }, "want as_of as a quoted date"},
	} {
		changed := r
		tc.change(&changed)
		_, err := prices.Default().Update("cache.yaml", prices.Encode("refreshed", "x", []prices.Rate{changed}))
		var at *yamldoc.Error
		if !errors.As(err, &at) || at.Line == 0 || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncode(t *testing.T) {
	noted := rate("fargate.storage", "eu-west-1", "0.00000003083333333333", "2026-11-21")
	noted.Origin.Certainty, noted.Origin.Note = prices.Derived, `"0.000111" over 3600`
	got := string(prices.Encode("refreshed", "what AWS lists", []prices.Rate{noted, rate("eks.cluster", "us-east-1", "0.10",
		"2026-11-21"), rate("eks.cluster", "eu-west-1", "0.1", "2026-11-21")}))
	want := `format: migtop-price-book/1
group: "refreshed"
about: "what AWS lists"
origins:
  o1:
    source: "a list"
    certainty: primary
    as_of: "2026-11-21"
  o2:
    source: "a list"
    certainty: derived
    as_of: "2026-11-21"
    note: "\"0.000111\" over 3600"
items:
  eks.cluster: "USD/cluster-hour"
  fargate.storage: "USD/GB-hour"
sheets:
- origin: o1
  region: "eu-west-1"
  prices:
    eks.cluster: "0.1"
- origin: o1
  region: "us-east-1"
  prices:
    eks.cluster: "0.1"
- origin: o2
  region: "eu-west-1"
  prices:
    fargate.storage: "0.00000003083333333333"
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is encoded is read back as it was: every price of the whole book too.
func TestEncodedIsReadBack(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, rates []prices.Rate) {
		back, err := prices.Parse("x.yaml", prices.Encode("g", "about", rates))
		if err != nil {
			t.Fatalf("%v\n%s", err, prices.Encode("g", "about", rates))
		}
		for _, want := range rates {
			r, ok := back.Find(want.Item, want.Region)
			want.Origin.File, want.Origin.Overlay = "x.yaml", false
			if !ok || r.Region != want.Region || !r.Value.Equal(want.Value) || r.Unit != want.Unit || r.Origin != want.Origin {
				t.Fatalf("wrote %+v, read %+v, %v", want, r, ok)
			}
		}
	}
	for _, prefix := range []string{
		"cloudwatch.", "savings", "spot", "ec2.on_demand.", "ec2.spot.low.", "ec2.spot.discount.c", "eks.", "fargate.", "lambda.",
	} {
		check(t, prices.Default().Rates(prefix))
	}
	rapid.Check(t, func(t *rapid.T) {
		var rates []prices.Rate
		for i := range rapid.IntRange(1, 6).Draw(t, "rates") {
			text := rapid.StringMatching(`[ -~äß€]{1,20}`)
			rates = append(rates, prices.Rate{
				Item: fmt.Sprintf("storage.t%d", i), Region: rapid.SampledFrom([]string{
					"us-east-1", "eu-west-1", "no", "1",
					"everywhere",
				}).Draw(t, "region"), Unit: "USD/GB-month",
				Value: decimal.New(rapid.Int64Range(0, 1e15).Draw(t, "value"), -rapid.Int32Range(1, 30).Draw(t, "places")),
				Origin: prices.Origin{
					Source: text.Draw(t, "source"), AsOf: rapid.SampledFrom([]string{"", "2026", "2026-02-28"}).Draw(t, "date"),
					Note: rapid.OneOf(rapid.Just(""), text).Draw(t, "note"), Certainty: prices.Certainty(rapid.IntRange(1, 4).Draw(t, "certainty")),
				},
			})
		}
		check(t, rates)
	})
}

func TestLaterIsMadeOnceAndWhenItIsAsked(t *testing.T) {
	made := 0
	book := prices.Lazy(func() *prices.PriceBook { made++; return prices.Default() })
	if made != 0 {
		t.Error("made before anybody asked")
	}
	for range 2 {
		if _, err := book.Rate("eks.cluster", "us-east-1"); err != nil {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

// Shapes are read back as they were, with what is left for pods derived anew, and they are
// those of types that the book lacks.
func TestShapesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shapes []prices.Instance
		var rates []prices.Rate
		for i := range rapid.IntRange(1, 5).Draw(t, "shapes") {
			shape := prices.Instance{
				Type: fmt.Sprintf("x9.%dxlarge", i), CPU: migration.CPU(rapid.Int64Range(1, 512).Draw(t, "vcpu")) * migration.Core,
				Memory: migration.Bytes(rapid.Int64Range(1, 1<<25).Draw(t, "mib")) * migration.MiB,
				Arch:   rapid.SampledFrom([]migration.Arch{migration.X86, migration.Arm64}).Draw(t, "arch"),
			}
			if rapid.Bool().Draw(t, "known") {
				shape.MaxPods, shape.ENIs, shape.BareMetal = 58, migration.Some(4), migration.Some(rapid.Bool().Draw(t, "metal"))
				shape.GPUs, shape.GPU, shape.GPUMemory = migration.Some(0), "NVIDIA L4", migration.Some(2861*migration.MiB)
			}
			shapes = append(shapes, shape)
			rates = append(rates, rate("ec2.on_demand."+shape.Type, "eu-north-9", "0.5", "2026-11-30"))
		}
		data := prices.Encode("g", "about", rates, shapes...)
		book, err := prices.Default().Update("x.yaml", data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		for _, want := range shapes {
			got, ok := book.Instance(want.Type)
			if !ok || got.Allocatable >= got.CPU || got.AllocatableMemory >= got.Memory || got.AllocatableMemory < 0 {
				t.Fatalf("%+v, %v\n%s", got, ok, data)
			}
			got.Allocatable, got.AllocatableMemory = 0, 0
			if got != want {
				t.Fatalf("wrote %+v, read %+v\n%s", want, got, data)
			}
		}
		if _, err := prices.Default().Update("x.yaml", prices.Encode("g", "", rates)); err == nil {
			t.Fatal("prices of types without a size were taken")
		}
	})
}

// A file of shapes alone gives a size to types that another file prices.
func TestShapesAlone(t *testing.T) {
	book, err := prices.Default().With("s.yaml", []byte("format: migtop-price-book/1\ngroup: sizes\nshapes: |\n"+
		"  arch    type     mib   vcpu\n  x86_64  x9.huge  4096  3\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := book.Instance("x9.huge")
	// 3 vCPUs less 60, 10 and 5 millicores; 4096 MiB less 308 of the system, 255 and
	// 110 times 11 of the kubelet, 100 for eviction.
	if want := (prices.Instance{
		Type: "x9.huge", CPU: 3 * migration.Core, Memory: 4 * migration.GiB, Arch: migration.X86,
		Allocatable: 2925 * migration.Millicore, AllocatableMemory: 2223 * migration.MiB,
	}); !ok || got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
