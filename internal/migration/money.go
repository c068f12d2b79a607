package migration

import "github.com/shopspring/decimal"

// USD is an amount of US dollars, exact. It is rounded only where it is
// printed. It encodes to JSON as a string of all its digits, since a JSON number
// would be read back as a binary float.
type USD struct{ d decimal.Decimal }

// Dollars makes an amount from an exact decimal.
func Dollars(d decimal.Decimal) USD { return USD{d} }

// Decimal returns the exact amount.
func (u USD) Decimal() decimal.Decimal { return u.d }

// Add returns u + v.
func (u USD) Add(v USD) USD { return USD{u.d.Add(v.d)} }

// Sub returns u - v.
func (u USD) Sub(v USD) USD { return USD{u.d.Sub(v.d)} }

// Mul returns u times a number.
func (u USD) Mul(by decimal.Decimal) USD { return USD{u.d.Mul(by)} }

// Round returns the amount to n places: for what was multiplied up and would otherwise
// carry digits that mean nothing.
func (u USD) Round(n int32) USD { return USD{u.d.Round(n)} }

// Sign is -1, 0 or 1.
func (u USD) Sign() int { return u.d.Sign() }

// Cmp compares two amounts: -1, 0 or 1.
func (u USD) Cmp(v USD) int { return u.d.Cmp(v.d) }

// Float returns the nearest binary float. It is for plotting and sorting only, never for arithmetic on money.
func (u USD) Float() float64 { return u.d.InexactFloat64() }

// String returns all digits, without a currency sign.
func (u USD) String() string { return u.d.String() }

// Fixed returns the amount with exactly n places after the point, rounded half
// away from zero as AWS's invoices are.
func (u USD) Fixed(n int32) string { return u.d.StringFixed(n) }

// Wire returns the amount as a Snapshot's JSON and YAML have it: an exact amount with all
// digits, a quotient with [WirePlaces] decimals.
func (u USD) Wire() string { return RoundQuotient(u.d).String() }

// MarshalJSON encodes the amount as a string of all its digits.
func (u USD) MarshalJSON() ([]byte, error) { return []byte(`"` + u.d.String() + `"`), nil }

// UnmarshalJSON decodes a string or a number.
func (u *USD) UnmarshalJSON(b []byte) error { return u.d.UnmarshalJSON(b) }

// AddUSD adds two amounts; unknown if either is.
func AddUSD(a, b Opt[USD]) Opt[USD] { return Join(a, b, USD.Add) }
