package migration

import (
	"math"
	"strings"

	"github.com/shopspring/decimal"
)

// WirePlaces is the number of decimals of a quotient in a Snapshot's JSON and YAML. It
// is calculated to 30 places, of which a later multiplication spoils the last ones.
const WirePlaces = 24

// exactPlaces is the largest number of decimals of an exact amount: of usage at AWS's
// prices and discounts. An amount with more is a quotient.
const exactPlaces = 27

// RoundQuotient returns an exact number as it is, and a quotient with [WirePlaces] decimals.
func RoundQuotient(d decimal.Decimal) decimal.Decimal {
	if _, decimals, _ := strings.Cut(d.String(), "."); len(decimals) <= exactPlaces {
		return d
	}
	return d.Round(WirePlaces)
}

// SignificantPlaces is how many decimals show so many significant digits of a number: of 0.00123, 5 show 3. It is negative
// where fewer digits than those before the point do, as -1 for 2 digits of 123.
func SignificantPlaces(d decimal.Decimal, digits int32) int32 {
	places := int64(digits) - int64(d.NumDigits()) - int64(d.Exponent())
	return int32(min(max(places, math.MinInt32), math.MaxInt32))
}
