package pricelist

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Price is one price as the price book names it.
type Price struct {
	Item   string
	Region string
	Unit   string
	Value  decimal.Decimal
	// Service is the AWS code of the service, and Version that of its price list, such as
	// "20260803161723".
	Service, Version string
	// Derived says how the value was computed where the list has another unit
	// that does not divide evenly, else it is empty.
	Derived string
}

// List is what was read of one region.
type List struct {
	Prices []Price // sorted by item
	// Shapes are the sizes of the instance types that have a price.
	Shapes []Shape
	// Missing says for each item without a price why it has none, sorted. Regions lack some services, and few have all
	// types.
	Missing []string
}

// Progress is called before each question: done of all are answered.
type Progress func(of string, done, all int)

// Read reads the prices of one region, including those of the EC2 types. A price that is not listed is no error. A price that
// cannot be right is one: two prices of one item, an unknown unit or currency, a negative or absurd amount. Errors are
// [migration.Problem].
func (c *Client) Read(ctx context.Context, region string, instanceTypes []string, progress Progress) (*List, error) {
	want := catalogue()
	for _, typ := range instanceTypes {
		want = append(want, instanceItems(typ)...)
	}
	if progress == nil {
		progress = func(string, int, int) {}
	}
	r := reading{region: region, found: map[string]*Price{}, missing: map[string]string{}, usage: map[string]decimal.Decimal{}}
	all := len(questions) + 1 // and the Savings Plans
	for i, q := range questions {
		progress(q.of, i, all)
		of := slices.DeleteFunc(slices.Clone(want), func(w wanted) bool { return w.service != q.service })
		filters := map[string]string{"regionCode": region}
		maps.Copy(filters, q.filters)
		err := c.products(ctx, q.service, filters, func(document string) error { return r.take(q.service, document, of) })
		if err != nil {
			return nil, err
		}
	}
	if len(r.found) == 0 {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("the AWS price list has no prices of region %q", region),
			Fix: "name a region code such as eu-west-1",
		}
	}
	progress("Savings Plans", len(questions), all)
	if err := c.savings(ctx, &r); err != nil {
		return nil, err
	}
	return r.list(want), nil
}

// reading is what has been found so far.
type reading struct {
	region  string
	found   map[string]*Price
	missing map[string]string // item -> why not
	shapes  []Shape
	// usage are prices by service and usage type, which Savings Plans are weighed against.
	usage map[string]decimal.Decimal
}

// take reads one product, if it is wanted.
func (r *reading) take(service, document string, want []wanted) error {
	p, err := parseProduct(document)
	if err != nil {
		return &migration.Problem{
			Fault: migration.FaultNotThatAPI, What: err.Error(), Fix: "check AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_PRICING",
			Err: err,
		}
	}
	a := &p.Product.Attributes
	if a.RegionCode != r.region || p.ServiceCode != service {
		return nil
	}
	for i := range want {
		w := &want[i]
		if !w.is(a) {
			continue
		}
		switch err := r.price(w, p); {
		case errors.Is(err, errNoOffer):
		case err != nil && w.lenient:
			r.missing[w.item] = fmt.Sprintf("product %s of %s: %v", p.Product.SKU, service, err)
		case err != nil:
			return r.doubt(w.item, p.Product.SKU, service, err)
		case a.InstanceType != "" && service == "AmazonEC2" && a.plainLinux():
			if s, err := a.shape(); err == nil {
				r.shapes = append(r.shapes, s)
			} else {
				r.missing["the shape of "+a.InstanceType] = fmt.Sprintf("product %s of %s: %v", p.Product.SKU, service, err)
			}
		}
	}
	return nil
}

// doubt is the problem of a price that cannot be right.
func (r *reading) doubt(item, sku, service string, err error) error {
	return &migration.Problem{
		Fault: migration.FaultOther,
		What: fmt.Sprintf("the AWS price list of %s states no usable price of %s: product %s of %s: %v", r.region, item, sku,
			service, err),
		Fix: "nothing was written: state the price in prices.overlay, and report this",
		Err: err,
	}
}

// mostDollars is the highest price that is believed, in any unit of the book: several times the largest instance's.
var mostDollars = decimal.NewFromInt(1000)

// price adds what a product costs. Two products that say different things of one item are an error.
func (r *reading) price(w *wanted, p *product) error {
	tiers, err := p.tiers()
	if err != nil {
		return err
	}
	if most := map[tierKind]int{noTiers: 1, ends: 3, sizes: 4}[w.tiers]; len(tiers) > most {
		return fmt.Errorf("it has %d tiers, want at most %d", len(tiers), most)
	}
	put := func(item, unit string, value decimal.Decimal) error {
		return r.put(Price{Item: item, Region: r.region, Unit: unit, Value: value, Service: w.service, Version: p.Version})
	}
	for i, t := range tiers {
		if !slices.Contains(w.units, strings.ToLower(t.unit)) {
			return fmt.Errorf("it is priced per %q, want %s", t.unit, strings.Join(w.units, ", "))
		}
		value := t.price.Mul(w.times)
		if !value.IsPositive() || value.GreaterThan(mostDollars) {
			return fmt.Errorf("%s %s is no price", value, w.unit)
		}
		item := w.item
		if w.tiers == sizes || i > 0 {
			item = fmt.Sprintf("%s.tier%d", w.item, i+1)
		}
		if err := put(item, w.unit, value); err != nil {
			return err
		}
		switch {
		case t.upTo.IsZero():
		case w.tiers == ends:
			err = put(fmt.Sprintf("%s.tier%d.up_to", w.item, i+1), "GB-seconds/month", t.upTo)
		default:
			err = put(fmt.Sprintf("%s.tier%d.size", w.item, i+1), "TB", t.upTo.Sub(t.from).Mul(per1024))
		}
		if err != nil {
			return err
		}
	}
	r.usage[p.Product.Attributes.UsageType] = tiers[0].price
	return nil
}

// put adds a price; the same one again is one.
func (r *reading) put(p Price) error {
	before, ok := r.found[p.Item]
	if ok && !before.Value.Equal(p.Value) {
		return fmt.Errorf("%s costs %s here and %s at %s", p.Item, p.Value, before.Value, before.Service)
	}
	if !ok {
		r.found[p.Item] = &p
	}
	return nil
}

// list returns what was found, and why the rest was not.
func (r *reading) list(want []wanted) *List {
	out := &List{Shapes: r.shapes}
	for _, item := range sorted(r.found) {
		out.Prices = append(out.Prices, *r.found[item])
	}
	for _, w := range want {
		item := w.item
		if w.tiers == sizes {
			item += ".tier1"
		}
		if _, ok := r.found[item]; !ok && r.missing[w.item] == "" && !strings.HasPrefix(w.item, "eks.auto_mode.") {
			r.missing[w.item] = "not in the price list of " + w.service
		}
	}
	for _, item := range sorted(r.missing) {
		out.Missing = append(out.Missing, item+": "+r.missing[item])
	}
	return out
}
