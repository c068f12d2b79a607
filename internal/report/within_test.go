package report

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// A break-even at a function that Lambda does not have is no figure to act on.
func TestBreakEvenBeyondLambdasLimits(t *testing.T) {
	some := func(s string) migration.Opt[decimal.Decimal] { return migration.Some(decimal.RequireFromString(s)) }
	for _, test := range []struct {
		d    migration.Opt[decimal.Decimal]
		most int64
		want string
	}{
		{some("10240"), mostMB, "10240"},
		{some("10240.1"), mostMB, "over 10,240"},
		{some("4592102"), mostMB, "over 10,240"},
		{some("900"), wallSeconds, "900"},
		{some("901"), wallSeconds, "over 900"},
		{migration.None[decimal.Decimal](), wallSeconds, "never"},
	} {
		if got := within(test.d, test.most, 0, "never"); got != test.want {
			t.Errorf("%v of at most %d: %q, want %q", test.d, test.most, got, test.want)
		}
	}
}
