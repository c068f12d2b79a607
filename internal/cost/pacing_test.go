package cost

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

func usdOf(s string) migration.USD { return migration.Dollars(decimal.RequireFromString(s)) }

func limitOf(s string) migration.Opt[migration.USD] {
	if s == "" {
		return migration.None[migration.USD]()
	}
	return migration.Some(usdOf(s))
}

func TestPace(t *testing.T) {
	at := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, test := range []struct {
		name             string
		now              string
		hour, day, month string // limits
		spent            [3]string
		perHour          string
		slower           float64
		why              string
	}{
		{"no budget", "2026-11-20T12:00:00Z", "", "", "", [3]string{"9", "9", "9"}, "9", 1, ""},
		{"no pace yet", "2026-11-20T12:00:00Z", "", "", "25", [3]string{"0", "0", "0"}, "", 1, ""},
		// 720 h of November at 0.03 are 21.60.
		{"within", "2026-11-01T00:00:00Z", "", "", "25", [3]string{"0", "0", "0"}, "0.03", 1, ""},
		// 720 h at 0.10 are 72, of which 25 are allowed: 2.88 times.
		{"over", "2026-11-01T00:00:00Z", "", "", "25", [3]string{"0", "0", "0"}, "0.10", 3, "to stay within $25/month"},
		{"over by a hair", "2026-11-01T00:00:00Z", "", "", "21.59", [3]string{"0", "0", "0"}, "0.03", 1.25, "to stay within $21.59/month"},
		// 10 days left, 5 dollars left, 0.10 an hour are 24.
		{"late in the month", "2026-11-21T00:00:00Z", "", "", "25", [3]string{"0.1", "1", "20"}, "0.10", 5, "to stay within $25/month"},
		{
			"spent", "2026-11-21T00:00:00Z", "", "", "25",
			[3]string{"0", "0", "25"},
			"0.10", 1,
			"nothing is asked until 1 Dec 00:00 UTC: the budget of $25/month is spent",
		},
		{
			"more than spent, no pace", "2026-12-31T23:59:00Z", "", "", "25",
			[3]string{"0", "0", "31"},
			"", 1,
			"nothing is asked until 1 Jan 00:00 UTC: the budget of $25/month is spent",
		},
		{"the day binds", "2026-11-20T12:00:00Z", "", "0.60", "25", [3]string{"0", "0", "0"}, "0.10", 2, "to stay within $0.60/day"},
		{"the hour binds", "2026-11-20T12:30:00Z", "0.025", "", "", [3]string{"0.0125", "0", "0"}, "0.05", 2, "to stay within $0.025/hour"},
		{
			"the hour is spent, the month not", "2026-11-20T12:30:00Z", "0.02", "", "25",
			[3]string{"0.02", "0.3", "3"},
			"0.05", 1,
			"nothing is asked until 20 Nov 13:00 UTC: the budget of $0.02/hour is spent",
		},
		{"another time zone", "2026-12-01T00:30:00+02:00", "", "", "25", [3]string{"0", "0", "24.95"}, "0.05", 1.5, "to stay within $25/month"},
		{
			"nothing is allowed", "2026-11-20T12:30:00Z", "", "", "0",
			[3]string{"0", "0", "0"},
			"", 1,
			"nothing is asked until 1 Dec 00:00 UTC: the budget of $0/month is spent",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := Asked{Hour: usdOf(test.spent[0]), Day: usdOf(test.spent[1]), Month: usdOf(test.spent[2]), PerHour: limitOf(test.perHour)}
			got := Pace(at(test.now), asked, Budget{Hour: limitOf(test.hour), Day: limitOf(test.day), Month: limitOf(test.month)})
			if got.Slower != test.slower || got.Why() != test.why {
				t.Errorf("slower %v, %q; want %v, %q", got.Slower, got.Why(), test.slower, test.why)
			}
		})
	}
}

// Whoever polls by the rule, and lets no poll cost more than what is left, never
// crosses a budget, asks as usual where that fits, and does not stop long before the
// end where it does not.
func TestPaceHoldsTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 27).Draw(t, "day"),
			rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC)
		end := time.Date(begin.Year(), begin.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		limit := decimal.New(rapid.Int64Range(1, 5000).Draw(t, "cents"), -2)
		poll := decimal.New(rapid.Int64Range(1, 9000).Draw(t, "metrics"), -5)
		budget := Budget{Month: migration.Some(migration.Dollars(limit))}
		const usual = 30 * time.Minute
		perHour := migration.Some(migration.Dollars(poll.Mul(decimal.NewFromInt(2))))
		var spent decimal.Decimal
		var last time.Time
		polls := 0
		for now := begin; now.Before(end); {
			p := Pace(now, Asked{Month: migration.Dollars(spent), PerHour: perHour}, budget)
			left, ok := p.Left.Get()
			if !ok || p.Slower < 1 {
				t.Fatalf("%+v", p)
			}
			if !p.Hold.IsZero() {
				if !p.Hold.Equal(end) {
					t.Fatalf("held until %v, want %v", p.Hold, end)
				}
				break
			}
			if left.Decimal().GreaterThanOrEqual(poll) {
				spent = spent.Add(poll)
				last, polls = now, polls+1
			}
			now = now.Add(time.Duration(float64(usual) * p.Slower))
		}
		if spent.GreaterThan(limit) {
			t.Fatalf("spent %v of %v", spent, limit)
		}
		all := int(end.Sub(begin) / usual)
		if poll.Mul(decimal.NewFromInt(int64(all))).LessThanOrEqual(limit) && polls != all {
			t.Fatalf("%d polls where all of %d fit", polls, all)
		}
		if polls > 20 && end.Sub(last) > end.Sub(begin)/4 {
			t.Fatalf("the last of %d polls was at %v, long before the end at %v", polls, last, end)
		}
	})
}
