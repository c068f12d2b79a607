package history

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// day has every digit of its money, and what is unknown stays so.
func day(at time.Time, spent string) migration.Day {
	usd := migration.Some(migration.Dollars(decimal.RequireFromString(spent)))
	return migration.Day{
		Day: at, Overhead: usd, BeforeSeen: migration.DayLength, AfterSeen: 3 * time.Hour,
		Tenants: []migration.TenantDay{
			{Day: at, Tenant: migration.Unattributed, BeforeRuns: migration.Some[int64](0), Before: migration.Some(migration.USD{})},
			{Day: at, Tenant: "acme", BeforeRuns: migration.Some[int64](7), Before: usd, AfterRuns: migration.Some[int64](2)},
		},
	}
}

var sameMoney = cmp.Options{
	cmp.Comparer(func(a, b migration.Opt[migration.USD]) bool {
		x, ok1 := a.Get()
		y, ok2 := b.Get()
		return ok1 == ok2 && x.Cmp(y) == 0
	}),
	cmp.Comparer(func(a, b migration.Opt[int64]) bool { return a == b }),
}

func TestDaysOutliveTheFile(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "history.db")
	first := New(path, Options{})
	monday := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	days := []migration.Day{day(monday, "0.000000000000000000000000000001"), day(monday.AddDate(0, 0, 1), "12.5")}
	if err := first.PutDays(ctx, scope, days); err != nil {
		t.Fatal(err)
	}
	days[1] = day(monday.AddDate(0, 0, 1), "13")
	if err := first.PutDays(ctx, scope, days[1:]); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := newStore(t, path, Options{})
	got, err := second.Days(ctx, scope, monday)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(days, got, sameMoney); diff != "" {
		t.Error(diff)
	}
	if got, err = second.Days(ctx, "another", monday); err != nil || len(got) != 0 {
		t.Errorf("another scope has %d days, error %v", len(got), err)
	}
	// What is older than a year and a quarter goes with the next one.
	if err := second.PutDays(ctx, scope, []migration.Day{day(monday.AddDate(0, 0, 455), "1")}); err != nil {
		t.Fatal(err)
	}
	if got, err = second.Days(ctx, scope, monday.AddDate(-1, 0, 0)); err != nil || len(got) != 3 {
		t.Errorf("%d days, error %v; want 3", len(got), err)
	}
	if err := second.PutDays(ctx, scope, []migration.Day{day(monday.AddDate(0, 0, 456), "1")}); err != nil {
		t.Fatal(err)
	}
	if got, err = second.Days(ctx, scope, monday.AddDate(-1, 0, 0)); err != nil || len(got) != 3 ||
		!got[0].Day.Equal(monday.AddDate(0, 0, 1)) {
		t.Errorf("%d days, error %v; want 3 from the 10th on", len(got), err)
	}
}
