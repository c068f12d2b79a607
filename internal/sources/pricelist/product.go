package pricelist

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// product is what is read of a product document (format aws_v1).
type product struct {
	Product struct {
		SKU        string     `json:"sku"`
		Attributes attributes `json:"attributes"`
	} `json:"product"`
	ServiceCode string `json:"serviceCode"`
	Terms       struct {
		OnDemand map[string]term `json:"OnDemand"`
	} `json:"terms"`
	Version         string `json:"version"`
	PublicationDate string `json:"publicationDate"`
}

// attributes are the attributes that distinguish products.
type attributes struct {
	RegionCode      string `json:"regionCode"`
	UsageType       string `json:"usagetype"`
	Group           string `json:"group"`
	InstanceType    string `json:"instanceType"`
	OperatingSystem string `json:"operatingSystem"`
	Tenancy         string `json:"tenancy"`
	CapacityStatus  string `json:"capacitystatus"`
	PreInstalledSW  string `json:"preInstalledSw"`
	Operation       string `json:"operation"`
	VCPU            string `json:"vcpu"`
	Memory          string `json:"memory"`
	Processor       string `json:"physicalProcessor"`
	GPU             string `json:"gpu"`
	GPUMemory       string `json:"gpuMemory"`
}

// term is one offer of a product; the latest one holds.
type term struct {
	EffectiveDate   string               `json:"effectiveDate"`
	PriceDimensions map[string]dimension `json:"priceDimensions"`
}

// dimension is one tier of an offer.
type dimension struct {
	Unit         string            `json:"unit"`
	BeginRange   string            `json:"beginRange"`
	EndRange     string            `json:"endRange"`
	PricePerUnit map[string]string `json:"pricePerUnit"`
}

// tier is a dimension that was read: price from here on.
type tier struct {
	unit  string
	from  decimal.Decimal
	upTo  decimal.Decimal // of the last tier: zero
	price decimal.Decimal
}

func parseProduct(document string) (*product, error) {
	var p product
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return nil, fmt.Errorf("a product of the price list is no JSON document: %w", err)
	}
	if p.Product.SKU == "" {
		return nil, errors.New("a product of the price list has no SKU")
	}
	return &p, nil
}

// errNoOffer is the error of a product that can only be reserved.
var errNoOffer = errors.New("it has no on-demand price")

// tiers reads the on-demand offer of a product, the cheapest amount first. Where the
// list has several offers, the latest one holds.
func (p *product) tiers() ([]tier, error) {
	var offer term
	for _, key := range sorted(p.Terms.OnDemand) {
		if t := p.Terms.OnDemand[key]; t.EffectiveDate >= offer.EffectiveDate {
			offer = t
		}
	}
	if len(offer.PriceDimensions) == 0 {
		return nil, errNoOffer
	}
	out := make([]tier, 0, len(offer.PriceDimensions))
	for _, key := range sorted(offer.PriceDimensions) {
		t, err := offer.PriceDimensions[key].read()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(x, y tier) int { return x.from.Cmp(y.from) })
	// Tiers that leave a gap or overlap are not what migtop takes them for.
	for i, t := range out {
		last := i == len(out)-1
		if (i == 0 && !t.from.IsZero()) || last != t.upTo.IsZero() || (!last && !t.upTo.Equal(out[i+1].from)) {
			return nil, fmt.Errorf("its %d tiers do not follow on each other", len(out))
		}
	}
	return out, nil
}

func (d dimension) read() (tier, error) {
	usd, ok := d.PricePerUnit["USD"]
	if !ok {
		return tier{}, fmt.Errorf("it is priced in %s, not in USD", strings.Join(sorted(d.PricePerUnit), ", "))
	}
	t := tier{unit: d.Unit}
	var err error
	if t.price, err = exact(usd); err != nil {
		return tier{}, err
	}
	if t.from, err = exact(d.BeginRange); d.BeginRange != "" && err != nil {
		return tier{}, err
	}
	if d.EndRange != "" && d.EndRange != "Inf" {
		if t.upTo, err = exact(d.EndRange); err != nil {
			return tier{}, err
		}
	}
	return t, nil
}

// exact reads a number without sign or exponent, of at most 15 digits and 30 places.
func exact(s string) (decimal.Decimal, error) {
	whole, places, _ := strings.Cut(s, ".")
	if whole == "" || len(whole) > 15 || len(places) > 30 || strings.Trim(whole+places, "0123456789") != "" || strings.HasSuffix(s, ".") {
		return decimal.Decimal{}, fmt.Errorf("%q is no price", s)
	}
	return decimal.NewFromString(s)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
