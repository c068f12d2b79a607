package estimate

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// However an organization's work is cut into shapes, it costs the same: tiers and the free tier are its own.
func TestShapesCostTogetherWhatOneDoes(t *testing.T) {
	p := cost.New(prices.Default(), cost.Options{})
	rapid.Check(t, func(t *rapid.T) {
		whole := New()
		whole.Region = rapid.SampledFrom([]string{"us-east-1", "eu-central-1"}).Draw(t, "region")
		l := &whole.Lambda
		l.Arch = rapid.SampledFrom([]migration.Arch{migration.X86, migration.Arm64}).Draw(t, "arch")
		l.FreeTier = rapid.Bool().Draw(t, "free tier")
		l.Memory = migration.Bytes(rapid.Int64Range(128, 10240).Draw(t, "memory")) * migration.MiB
		if err := fieldNamed("duration").Set(&whole, fmt.Sprintf("%dms", rapid.Int64Range(1, 900_000).Draw(t, "duration"))); err != nil {
			t.Fatal(err)
		}
		whole.Job.Runs = migration.Some[int64](0)
		var parts []Shape
		for range rapid.IntRange(2, 6).Draw(t, "parts") {
			part := whole
			part.Lambda.Runs = rapid.Int64Range(1, 1e10).Draw(t, "runs")
			if whole.Region == "us-east-1" { // the price of logs is not known everywhere
				part.Lambda.Logs = migration.Bytes(rapid.Int64Range(0, 60_000).Draw(t, "logs")) * migration.GiB
			}
			whole.Lambda.Runs += part.Lambda.Runs
			whole.Lambda.Logs += part.Lambda.Logs
			parts = append(parts, part)
		}
		one := Estimate(p, whole, november).Platforms.Lambda.Total.Or(migration.USD{})
		sum := Defaults().Estimate(p, parts, november).Sum.Lambda.Total.Or(migration.USD{})
		if off := one.Sub(sum).Decimal().Abs(); off.GreaterThan(decimal.New(1, -18)) || one.Sign() < 0 {
			t.Fatalf("one shape costs %s, its parts %s", one, sum)
		}
	})
}

func fieldNamed(name string) Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return Field{}
}

// A shape without the free tier has no part of it, and leaves it to the others.
func TestTheFreeTierIsOfTheShapesThatHaveIt(t *testing.T) {
	with := shape(t, "region=us-east-1", "runs=3000000", "duration=120ms", "memory=1536MB", "job-runs=0")
	without := with
	without.Lambda.FreeTier = false
	doc := Defaults().Estimate(cost.New(prices.Default(), cost.Options{}), []Shape{with, without}, november)
	// 2.733338 as alone, and 9.000018 + 0.60.
	if a, b := total(doc.Shapes[0].Platforms.Lambda), total(doc.Shapes[1].Platforms.Lambda); a != "2.733338" || b != "9.600018" {
		t.Errorf("%s with it, %s without", a, b)
	}
}

// Shapes of a region share its cluster; another region, or another kind of support, is another cluster.
func TestShapesShareTheirCluster(t *testing.T) {
	job := []string{"job-runs=10", "job-cpu=1", "job-memory=2Gi", "job-duration=1h"}
	at := func(more ...string) Shape { return shape(t, append(more, job...)...) }
	doc := Defaults().Estimate(cost.New(prices.Default(), cost.Options{}), []Shape{
		at("region=us-east-1"), at("region=us-east-1"), at("region=us-east-1"), at("region=eu-central-1"),
		at("region=us-east-1", "extended-support=true"), shape(t, "region=us-east-1", "runs=1", "duration=1s", "memory=1GB", "job-runs=0"),
	}, november)
	want := []string{"24.333333333333333333333334", "24.333333333333333333333333", "24.333333333333333333333333", "73", "438", "absent"}
	for i := range doc.Shapes {
		if got := total(doc.Shapes[i].Cluster); got != want[i] {
			t.Errorf("shape %d: %s, want %s", i, got, want[i])
		}
	}
	if got := doc.Sum.Cluster.Total.Or(migration.USD{}).String(); got != "584" {
		t.Errorf("all clusters: %s", got)
	}
}
