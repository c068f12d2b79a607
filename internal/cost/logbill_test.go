package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

const tb = 1024 * migration.GiB

// wrote is a bill of a month of accounts that wrote logs in a region, and did nothing else.
func wrote(p *Pricer, region string, each ...migration.Bytes) (*Bill, []*UsageLedger) {
	l := p.Ledger()
	var out []*UsageLedger
	for i, n := range each {
		a := l.Usage()
		place := migration.RegionArch{Region: region, Arch: []migration.Arch{migration.X86, migration.Arm64}[i%2]}
		a.AddLambda(&migration.LambdaUsage{Place: place, Logs: n})
		out = append(out, a)
	}
	return l.Close(0), out
}

// AWS's tiers of vended logs: 60 TB of a month are 10,240 GB at 0.50, 20,480 at 0.25, 20,480 at
// 0.10 and 10,240 at 0.05, 12,800 USD, whichever architectures wrote them.
func TestLogsAreTieredByTheVolumeOfTheRegion(t *testing.T) {
	b, accounts := wrote(pricer(t), "us-east-1", 45*tb, 15*tb)
	for i, want := range []struct{ average, marginal string }{
		// Three quarters of 12,800; without it the 15 TB that are left cost 5,120 + 1,280.
		{"9600", "6400"},
		// A quarter; the last 15 TB are 5,120 GB at 0.10 and 10,240 at 0.05.
		{"3200", "1024"},
	} {
		_, cost := b.Logs(accounts[i])
		whole := b.Lambda(accounts[i]).Value.Or(migration.USD{})
		if got := cost.Value.Or(migration.USD{}); got.Decimal().String() != want.average || whole.Cmp(got) != 0 {
			t.Errorf("account %d: logs %s, in all %s, want %s", i, got, whole, want.average)
		}
		if got := b.Leaving(accounts[i]).Value.Or(migration.USD{}); got.Decimal().String() != want.marginal {
			t.Errorf("account %d: leaving saves %s, want %s", i, got, want.marginal)
		}
		if got := b.Parts(accounts[i]).Uncovered; got.Decimal().String() != want.average {
			t.Errorf("account %d: %s is covered by no plan", i, got)
		}
	}
	if e := b.Lambda(accounts[0]).Evidence; e.LowerBound || e.Method != migration.Derived || !strings.Contains(e.Note, "tiers of logs") {
		t.Errorf("evidence %+v", e)
	}
	// Frankfurt has rates of its own, and another region's volume does not count.
	l := pricer(t).Ledger()
	a, other := l.Usage(), l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: migration.RegionArch{Region: "eu-central-1", Arch: migration.X86}, Logs: 20 * tb})
	other.AddLambda(&migration.LambdaUsage{Place: virginia, Logs: 60 * tb})
	// 10,240 * 0.63 + 10,240 * 0.315 = 9,676.80.
	if _, got := l.Close(0).Logs(a); got.Value.Or(migration.USD{}).Decimal().String() != "9676.8" {
		t.Errorf("Frankfurt: %s", got.Value.Or(migration.USD{}))
	}
}

// An hour's logs count at this pace of the month: 84 GB an hour are 61,362 GB in 730.5 hours.
func TestLogsOfAWindowAreAtItsPace(t *testing.T) {
	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: virginia, Logs: 84 * migration.GiB})
	b := l.Close(time.Hour)
	month := dec("10240").Mul(dec("0.5")).Add(dec("20480").Mul(dec("0.25"))).Add(dec("20480").Mul(dec("0.1"))).
		Add(dec("10162").Mul(dec("0.05")))
	if got := b.Lambda(a).Value.Or(migration.USD{}).Decimal(); !got.Sub(month.DivRound(dec("730.5"), 30)).Abs().LessThan(tolerance) {
		t.Errorf("an hour costs %s, the month %s", got, month)
	}
}

// The free tier of 5 GB is one credit, by region in proportion.
func TestFreeTierOfLogs(t *testing.T) {
	p := New(prices.Default(), Options{FreeTier: true})
	b, accounts := wrote(p, "us-east-1", 6*migration.GiB, 2*migration.GiB)
	if got := b.Credit().Value.Or(migration.USD{}); got.Decimal().String() != "-2.5" {
		t.Errorf("credit %s, want 5 GB at 0.50", got)
	}
	// 3 GB are paid, of which 2 leave.
	if got := b.Leaving(accounts[1]).Value.Or(migration.USD{}); got.Decimal().String() != "1" {
		t.Errorf("leaving saves %s, want 1", got)
	}
	if got := b.Total().Value.Or(migration.USD{}); got.Decimal().String() != "1.5" {
		t.Errorf("total %s", got)
	}
}

// Where logs have no price, they are unknown, and the rest of Lambda's cost is a lower bound.
func TestLogsWithoutAPriceLeaveTheRest(t *testing.T) {
	book, err := prices.Default().With("o.yaml", []byte("format: migtop-price-book/1\ngroup: o\n"+
		"origins: {o: {source: s, certainty: primary}}\nitems: {lambda.requests: USD/million-requests}\n"+
		"sheets:\n- {origin: o, region: us-gov-west-1, prices: {lambda.requests: \"0.2\"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	gov := migration.RegionArch{Region: "us-gov-west-1", Arch: migration.X86}
	in := migration.LambdaUsage{Place: gov, Requests: 5_000_000, Logs: 3 * migration.GiB}
	l := New(book, Options{}).Ledger()
	a := l.Usage()
	a.AddLambda(&in)
	b := l.Close(0)
	bytes, logs := b.Logs(a)
	if bytes != migration.Some(3*migration.GiB) || logs.Value.Known() || !strings.Contains(logs.Evidence.Note, "cloudwatch.logs.ingest") {
		t.Errorf("logs: %v, %+v", bytes, logs)
	}
	for what, f := range map[string]migration.Figure[migration.USD]{
		"the account": b.Lambda(a), "the side": b.LambdaTotal(), "the bill": b.Total(), "leaving": b.Leaving(a),
	} {
		if v := f.Value.Or(migration.USD{}); v.Decimal().String() != "1" || !f.Evidence.LowerBound {
			t.Errorf("%s costs %s, %+v; want at least 1", what, v, f.Evidence)
		}
	}
	used := b.Prices(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	if len(used.Unknown) != 1 || used.Unknown[0] != "cloudwatch.logs.ingest in us-gov-west-1" {
		t.Errorf("unknown: %v", used.Unknown)
	}
	if one, err := New(book, Options{}).Lambda(in); err != nil || one.Amount.Decimal().String() != "1" || !one.Evidence.LowerBound {
		t.Errorf("alone: %+v, %v", one, err)
	}
}

// The accounts' parts are the pool, no account saves more by leaving than it costs, and all
// together save everything.
func TestLogsAddUp(t *testing.T) {
	p := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		each := rapid.SliceOfN(rapid.Int64Range(1, int64(40*tb)), 1, 6).Draw(t, "bytes")
		var sizes []migration.Bytes
		var all migration.Bytes
		for _, n := range each {
			sizes, all = append(sizes, migration.Bytes(n)), all+migration.Bytes(n)
		}
		b, accounts := wrote(p, "eu-west-1", sizes...)
		tiers, err := p.LogTiers("eu-west-1")
		if err != nil {
			t.Fatal(err)
		}
		var sum decimal.Decimal
		for _, a := range accounts {
			_, logs := b.Logs(a)
			average := logs.Value.Or(migration.USD{}).Decimal()
			sum = sum.Add(average)
			if marginal := b.Leaving(a).Value.Or(migration.USD{}).Decimal(); marginal.GreaterThan(average.Add(tolerance)) {
				t.Fatalf("leaving saves %s of %s", marginal, average)
			}
		}
		if want := Tiered(tiers, exactGiB(all)); !sum.Sub(want).Abs().LessThan(tolerance) {
			t.Fatalf("the parts are %s, the pool %s", sum, want)
		}
	})
}
