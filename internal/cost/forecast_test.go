package cost

import (
	"testing"
	"time"
	_ "time/tzdata" // a machine without zones tests them too

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// week is seven days at one price, but for Sunday.
func week(t testing.TB, day, sunday string) Week {
	t.Helper()
	var w Week
	for i := range w {
		w[i] = some(t, day)
	}
	if sunday != "" {
		w[time.Sunday] = some(t, sunday)
	} else {
		w[time.Sunday] = migration.None[migration.USD]()
	}
	return w
}

func TestMonthEnd(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	lambda, jobs := week(t, "24", "12"), week(t, "6", "3")
	for name, tc := range map[string]struct {
		f    Forecast
		want string
	}{
		// November 21, 2026 is a Saturday. From its noon: half a Saturday 12,
		// Sunday 12, Monday to Saturday 6*24 = 144, Sunday 12, Monday the 30th
		// 24: 204. And 100 so far.
		"all on Lambda": {Forecast{SoFar: usd(t, "100"), From: at(21, 12), Lambda: lambda, Jobs: jobs}, "304"},
		// Half a Saturday 12 and Sunday 12 on Lambda; 6*6 + 3 + 6 = 45 on Jobs.
		"cutover on Monday": {Forecast{
			SoFar: usd(t, "100"), From: at(21, 12), Lambda: lambda, Jobs: jobs,
			Cutover: migration.Some(at(23, 0)),
		}, "169"},
		// Monday until six: a quarter of 24, then three quarters of 6.
		"within a day": {Forecast{SoFar: usd(t, "100"), From: at(21, 12), Lambda: lambda, Jobs: jobs, Cutover: migration.Some(at(23,
			6))}, "173.5"},
		// 3 of today, 3 Sunday, 36, 3, 6 = 51.
		"moved already": {Forecast{
			SoFar: usd(t, "100"), From: at(21, 12), Lambda: lambda, Jobs: jobs,
			Cutover: migration.Some(at(2, 0)),
		}, "151"},
		"next month": {Forecast{
			SoFar: usd(t, "100"), From: at(21, 12), Lambda: lambda, Jobs: jobs,
			Cutover: migration.Some(at(40, 0)),
		}, "304"},
		"a Sunday unknown": {Forecast{From: at(21, 12), Lambda: week(t, "24", "")}, "-"},
		"no Sunday needed": {Forecast{From: at(30, 0), Lambda: week(t, "24", "")}, "24"},
		"the last second":  {Forecast{From: time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC), Lambda: week(t, "86400", "")}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := tc.f.MonthEnd().Get()
			if ok != (tc.want != "-") || (ok && got.String() != tc.want) {
				t.Errorf("got %s, %v; want %s", got, ok, tc.want)
			}
		})
	}
}

// A day of 23 hours is a day: in Berlin, March 29, 2026 has them.
func TestMonthEndOverAChangeOfClocks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := Forecast{From: time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), Lambda: week(t, "10", "10")}
	if got, _ := f.MonthEnd().Get(); got.String() != "30" { // 29th, 30th, 31st
		t.Errorf("got %s", got)
	}
}

func TestCommit(t *testing.T) {
	ec2, fargate, lambda := Usage{usd(t, "2"), dec("0.5")}, Usage{usd(t, "1"), dec("0.25")}, Usage{usd(t, "4"), dec("0.17")}
	for name, tc := range map[string]struct {
		hourly        string
		usage         []Usage
		total, unused string
	}{
		// EC2 first: 2 * 0.5 = 1 of the commitment; nothing is left.
		"EC2 alone": {"1", []Usage{lambda, ec2}, "5", "0"},
		// 1 for EC2, 0.75 for Fargate, 0.83 covers 1 of Lambda's 4.
		"all":      {"2.58", []Usage{lambda, fargate, ec2}, "5.58", "0"},
		"too much": {"6", []Usage{lambda, fargate, ec2}, "6", "0.93"}, // 1 + 0.75 + 3.32
		"nothing":  {"1", nil, "1", "1"},
		"none":     {"0", []Usage{lambda}, "4", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Commit(usd(t, tc.hourly), tc.usage)
			if got.Total.Cmp(usd(t, tc.total)) != 0 || got.Unused.Cmp(usd(t, tc.unused)) != 0 {
				t.Errorf("got %s and %s unused, want %s and %s", got.Total, got.Unused, tc.total, tc.unused)
			}
		})
	}
}

// A commitment that is used in full never makes the hour cost more than on demand;
// and what leaves under a commitment saves less than its on-demand price, or as much.
func TestCommitmentsNeverSaveMoreThanTheyTake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := func(name string) migration.USD {
			return migration.Dollars(decimal.New(rapid.Int64Range(0, 1e9).Draw(t, name), -6))
		}
		var usage []Usage
		var demand decimal.Decimal
		for range rapid.IntRange(1, 4).Draw(t, "services") {
			u := Usage{amount("on demand"), decimal.New(rapid.Int64Range(0, 99).Draw(t, "discount"), -2)}
			usage, demand = append(usage, u), demand.Add(u.OnDemand.Decimal())
		}
		hourly := amount("commitment")
		all := Commit(hourly, usage)
		if all.Unused.Sign() == 0 && all.Total.Decimal().GreaterThan(demand.Add(tolerance)) {
			t.Fatalf("%s for %s", all.Total, demand)
		}
		if all.Total.Cmp(hourly) < 0 || all.Unused.Sign() < 0 {
			t.Fatalf("%+v of %s", all, hourly)
		}
		without := Commit(hourly, usage[1:])
		saved := all.Total.Sub(without.Total).Decimal()
		if saved.GreaterThan(usage[0].OnDemand.Decimal().Add(tolerance)) || saved.IsNegative() && saved.Abs().GreaterThan(tolerance) {
			t.Fatalf("leaving %s saves %s", usage[0].OnDemand, saved)
		}
	})
}

func TestPayback(t *testing.T) {
	// (300 + 1200) / 500 = 3 months.
	if got, ok := Payback(usd(t, "300"), usd(t, "1200"), usd(t, "500")); !ok || got.String() != "3" {
		t.Errorf("%s, %v", got, ok)
	}
	if _, ok := Payback(usd(t, "300"), usd(t, "0"), usd(t, "0")); ok {
		t.Error("no saving pays back")
	}
	if got, ok := Payback(usd(t, "-300"), usd(t, "0"), usd(t, "500")); !ok || !got.IsZero() {
		t.Errorf("what cost nothing is paid back after %s months", got)
	}
}
