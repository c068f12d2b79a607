package cost

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

var ageAt = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func usedAt(item, asOf, dollars string, c prices.Certainty) Use {
	return Use{prices.Rate{Item: item, Region: "r", Origin: prices.Origin{AsOf: asOf, Certainty: c}}, dec(dollars)}
}

// The age is that of the average dollar: $97 at prices of ten days and $3 at prices of 600 are
// (970 + 1,800)/100 = 27.7 days old, however old the oldest is.
func TestAgeIsThatOfTheAverageDollar(t *testing.T) {
	for name, tc := range map[string]struct {
		uses []Use
		want migration.Prices
	}{
		"weighted": {
			[]Use{usedAt("a", "2026-11-20", "97", prices.Primary), usedAt("b", "2025-04-09", "3", prices.Secondary)},
			migration.Prices{AsOf: "2025-04-09", AgeDays: 27, Certainty: "secondary"},
		},
		// What nothing is paid at has no age, but its certainty counts.
		"a free one": {
			[]Use{usedAt("a", "2026-11-20", "97", prices.Primary), usedAt("b", "2024-08", "0", prices.Assumed)},
			migration.Prices{AsOf: "2026-11-20", AgeDays: 10, Certainty: "assumed"},
		},
		"a quarter without a date": {
			[]Use{usedAt("a", "2026-11-20", "75", prices.Primary), usedAt("b", "", "25", prices.Assumed)},
			migration.Prices{AsOf: "2026-11-20", AgeDays: 10, Undated: 0.25, Certainty: "assumed"},
		},
		"no date at all": {
			[]Use{usedAt("b", "", "25", prices.Assumed)}, migration.Prices{Undated: 1, Certainty: "assumed"},
		},
		// 60 and 20 days, of which nothing is paid.
		"nothing paid": {
			[]Use{usedAt("a", "2026-10-01", "0", prices.Primary), usedAt("b", "2026-11-10", "0", prices.Primary)},
			migration.Prices{AsOf: "2026-10-01", AgeDays: 40, Certainty: "primary"},
		},
		// A credit comes off its own price: 60 of 10 days and 60 of 20.
		"a credit": {
			[]Use{
				usedAt("a", "2026-11-20", "100", prices.Primary), usedAt("b", "2026-11-10", "60", prices.Primary),
				usedAt("a", "2026-11-20", "-40", prices.Primary),
			},
			migration.Prices{AsOf: "2026-11-10", AgeDays: 15, Certainty: "primary"},
		},
		"a month counts from its first day": {
			[]Use{usedAt("a", "2026-11", "1", prices.Primary)}, migration.Prices{AsOf: "2026-11", AgeDays: 29, Certainty: "primary"},
		},
		"tomorrow": {[]Use{usedAt("a", "2026-12-24", "1", prices.Primary)}, migration.Prices{AsOf: "2026-12-24", Certainty: "primary"}},
		"nothing":  {nil, migration.Prices{}},
	} {
		if diff := cmp.Diff(tc.want, Age(tc.uses, ageAt), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// What a bill says that is paid at its prices is the bill, without the free tier: a price of
// which dollars were forgotten would have no age.
func TestWhatIsPaidAtPricesIsTheBill(t *testing.T) {
	book := pricer(t).Book()
	rapid.Check(t, func(t *rapid.T) {
		p := New(book, Options{})
		l := p.Ledger()
		a := l.Usage()
		for range rapid.IntRange(1, 4).Draw(t, "buckets") {
			a.AddLambda(drawInvoked(t))
			h := drawHost(t)
			a.AddUsage(&migration.ResourceUsage{
				Host: h, PodSeconds: 60, CPU: migration.MilliCPUSeconds(rapid.Int64Range(0, 1000).Draw(t, "cpu")),
				Memory: migration.KiBSeconds(rapid.Int64Range(0, 1<<20).Draw(t, "memory")),
			})
			if rapid.Bool().Draw(t, "its node was seen") {
				l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 3600, Nodes: 1})
			}
			a.AddUsage(&migration.ResourceUsage{
				Host: migration.Host{
					Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: migration.GiB,
				},
				PodSeconds: rapid.Int64Range(1, 1e6).Draw(t, "Fargate"), ShortOfMinute: 3,
			})
		}
		l.Cluster("us-east-1", ExtendedSupport, 3600)
		b := l.Close(time.Hour)
		total, ok := b.Total().Value.Get()
		if !ok {
			t.Fatal(b.Total().Evidence.Note)
		}
		var paid decimal.Decimal
		for i := range b.used.uses {
			paid = paid.Add(b.used.uses[i].Dollars)
		}
		if diff := paid.Sub(total.Decimal()).Abs(); diff.GreaterThan(total.Decimal().Mul(decimal.New(1, -18)).Add(tolerance)) {
			t.Fatalf("%s is paid at prices, and the bill is %s", paid, total)
		}
	})
}
