package prices

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Everywhere is the region of a price that holds in every region the book knows, and
// where an overlay states it, in every region at all.
const Everywhere = "everywhere"

// Certainty is how a price came into the book, the most certain first.
type Certainty uint8

// The certainties. The zero value is never in a book.
const (
	Primary   Certainty = iota + 1 // read in an AWS price list or on an AWS page
	Secondary                      // read in a text or table of others
	Derived                        // computed from other prices
	Assumed                        // taken over from another price, unread
)

var certaintyNames = [...]string{"unknown", "primary", "secondary", "derived", "assumed"}

func (c Certainty) String() string { return certaintyNames[min(int(c), len(certaintyNames)-1)] }

// MarshalText encodes the certainty by name.
func (c Certainty) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Method is what a figure that rests on such a price is at best: read, computed,
// or resting on an assumption.
func (c Certainty) Method() migration.Method {
	switch c {
	case Primary:
		return migration.Measured
	case Derived:
		return migration.Derived
	case Secondary, Assumed:
		return migration.Estimated
	}
	return 0
}

// Origin is where prices come from.
type Origin struct {
	// Source names a public page, list or table, or the overlay's own words.
	Source string `json:"source"`
	// AsOf is when they held: a day, a month or a year ("2026-07-20",
	// "2026-07", "2026"), or "" where it is not stated.
	AsOf      string    `json:"as_of"`
	Certainty Certainty `json:"certainty"`
	// Note is one sentence about what is special, or empty.
	Note string `json:"note,omitempty"`
	// File is the file that the price was read from; Overlay says that it is an overlay of
	// the embedded book.
	File    string `json:"file"`
	Overlay bool   `json:"overlay"`
}

// Since is the first moment that AsOf may mean, so that an age is never too short;
// false without a date.
func (o Origin) Since() (time.Time, bool) {
	t, err := parseDate(o.AsOf)
	return t, err == nil
}

func parseDate(s string) (time.Time, error) {
	for _, layout := range [...]string{"2006-01-02", "2006-01", "2006"} {
		if len(s) == len(layout) {
			return time.Parse(layout, s)
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date", s)
}

// Rate is one price, or one number that prices depend on, exact.
type Rate struct {
	Item   string          `json:"item"`
	Region string          `json:"region"`
	Value  decimal.Decimal `json:"value"`
	// Unit is what Value is per: "USD/GB-second", or "fraction" and the like
	// for numbers that are no prices.
	Unit   string `json:"unit"`
	Origin Origin `json:"origin"`
}

// Evidence is what a figure computed from this rate rests on.
func (r *Rate) Evidence() migration.Provenance {
	e := migration.Provenance{Source: "price book", Method: r.Origin.Certainty.Method(), Coverage: 1, Note: r.Note()}
	if r.Origin.AsOf != "" {
		e.Source += " " + r.Origin.AsOf
	}
	return e
}

// Note says how certain a rate is that was not read at AWS; otherwise it is empty.
func (r *Rate) Note() string {
	if r.Origin.Certainty == Primary {
		return ""
	}
	return fmt.Sprintf("the price of %s in %s is %s: %s", r.Item, r.Region, r.Origin.Certainty, r.Origin.Source)
}

// UnknownError says that the book has no such price, and what it has instead.
type UnknownError struct {
	Item   string   // asked for
	Region string   // asked for
	Known  []string // regions that have the item, or items of that kind; sorted
	// Region known, item known, but not together: Known are regions.
	ByRegion bool
	// Foreign is what it costs in another currency, which no sum takes: "1.013 CNY an hour (2024-11-06)".
	Foreign string
}

// Error names what was asked for, what is known, and where a command may find it, that command.
func (e *UnknownError) Error() string {
	var b strings.Builder
	switch {
	case e.Foreign != "":
		return fmt.Sprintf("%s in %s costs %s, and sums are in USD: state its price in prices.overlay",
			strings.TrimPrefix(e.Item, "ec2.on_demand."), e.Region, e.Foreign)
	case e.ByRegion && e.Region == "":
		fmt.Fprintf(&b, "no price of %s: the region is unknown", e.Item)
	case e.ByRegion:
		fmt.Fprintf(&b, "region %s has no price of %s", e.Region, e.Item)
	default:
		fmt.Fprintf(&b, "the price book does not know %s", e.Item)
	}
	if len(e.Known) > 0 {
		fmt.Fprintf(&b, "; known: %s", strings.Join(abbreviate(e.Known), ", "))
	}
	switch {
	case !e.ByRegion && len(e.Known) == 0:
		b.WriteString("; migtop prices list names what it knows")
	case !e.ByRegion || e.Region == "":
	case strings.HasPrefix(e.Item, "ec2.spot."):
		b.WriteString("; allow ec2:DescribeSpotPriceHistory, or state it in prices.overlay")
	case refreshed(e.Item):
		fmt.Fprintf(&b, "; migtop prices refresh %s looks for it", e.Region)
	}
	return b.String()
}

// refreshed reports whether migtop prices refresh reads prices of that kind.
func refreshed(item string) bool {
	for _, kind := range []string{
		"lambda.", "fargate.", "eks.", "ec2.on_demand.", "nat.", "ebs.gp3", "cloudwatch.",
		"savings_plan.compute.",
	} {
		if strings.HasPrefix(item, kind) {
			return true
		}
	}
	return false
}

// abbreviate keeps a list readable on one line.
func abbreviate(names []string) []string {
	const most = 12
	if len(names) <= most {
		return names
	}
	return append(append([]string{}, names[:most]...), fmt.Sprintf("and %d more", len(names)-most))
}
