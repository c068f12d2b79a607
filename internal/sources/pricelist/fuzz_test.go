package pricelist

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

// Whatever the API answers, it is an error or an amount of money that can be printed.
func FuzzProduct(f *testing.F) {
	const good = `{"product":{"sku":"A","attributes":{"regionCode":"us-east-1","group":"AWS-Lambda-Duration"}},"serviceCode":"AWSLambda",` +
		`"terms":{"OnDemand":{"A.J":{"effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{` +
		`"A.J.0":{"unit":"Second","beginRange":"0","endRange":"10","pricePerUnit":{"USD":"0.0000166667"}},` +
		`"A.J.1":{"unit":"Second","beginRange":"10","endRange":"Inf","pricePerUnit":{"USD":"0.000015"}}}}}},"version":"1"}`
	f.Add(good)
	for _, change := range [][2]string{
		{"0.000015", "1e2147483647"},
		{"0.000015", "-1"},
		{`"10"`, `"11"`},
		{"USD", "CNY"},
		{`"regionCode":"us-east-1"`, `"regionCode":7`},
		{"OnDemand", "Reserved"},
		{"}}}}}}", ""},
	} {
		f.Add(strings.Replace(good, change[0], change[1], 1))
	}
	f.Fuzz(func(t *testing.T, document string) {
		r := reading{region: "us-east-1", found: map[string]*Price{}, missing: map[string]string{}, usage: map[string]decimal.Decimal{}}
		if err := r.take("AWSLambda", document, catalogue()); err != nil {
			return
		}
		list := r.list(catalogue())
		for _, p := range list.Prices {
			if p.Value.IsNegative() || len(p.Value.String()) > 60 || p.Item == "" || p.Unit == "" || p.Region != "us-east-1" {
				t.Errorf("%+v of %s", p, document)
			}
		}
	})
}
