package cost_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

func changesOf(t *testing.T, overlay string) []string {
	t.Helper()
	book, err := prices.Default().With("o.yaml",
		[]byte("format: migtop-price-book/1\ngroup: g\norigins: {o: {source: s, certainty: primary}}\n"+overlay))
	if err != nil {
		t.Fatal(err)
	}
	value := func(r migration.Opt[prices.Rate]) string {
		if v, ok := r.Get(); ok {
			return v.Value.String()
		}
		return "-"
	}
	var out []string
	for _, c := range cost.Changes(cost.New(prices.Default(), cost.Options{}), cost.New(book, cost.Options{})) {
		out = append(out, fmt.Sprintf("%s %s %s -> %s", c.Item, c.Region, value(c.Before), value(c.After)))
	}
	return out
}

func TestChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		overlay string
		want    []string
	}{
		"the same price again is no change": {`items: {eks.cluster: USD/cluster-hour}
sheets: [{origin: o, region: everywhere, prices: {eks.cluster: "0.10"}}]
`, nil},
		"one price of one region": {`items: {eks.cluster: USD/cluster-hour}
sheets: [{origin: o, region: us-east-1, prices: {eks.cluster: "0.08"}}]
`, []string{"eks.cluster us-east-1 0.1 -> 0.08"}},
		// A price everywhere replaces those of single regions, which then cost it.
		"one price for all regions": {`items: {sqs.standard: USD/million-requests}
sheets: [{origin: o, region: everywhere, prices: {sqs.standard: "0.30"}}]
`, []string{"sqs.standard ap-northeast-1 0.4 -> 0.3", "sqs.standard everywhere - -> 0.3"}},
		"a discount changes what it is off": {`items: {discount.eks: fraction}
sheets: [{origin: o, region: us-east-1, prices: {discount.eks: "0.5"}}]
`, []string{
			"discount.eks us-east-1 - -> 0.5",
			// Half of each; a fraction is no price, and what holds everywhere is not of
			// one region.
			"eks.auto_mode.fee.m6i.large us-east-1 0.01152 -> 0.00576", "eks.auto_mode.fee.m7g.large us-east-1 0.00979 -> 0.004895",
			"eks.auto_mode.fee.m7i.large us-east-1 0.0121 -> 0.00605", "eks.auto_mode.fee.t4g.medium us-east-1 0.00403 -> 0.002015",
			"eks.capability.ack us-east-1 0.005 -> 0.0025", "eks.capability.ack.resource us-east-1 0.00005 -> 0.000025",
			"eks.capability.argocd us-east-1 0.03 -> 0.015", "eks.capability.argocd.application us-east-1 0.0015 -> 0.00075",
			"eks.capability.kro us-east-1 0.005 -> 0.0025", "eks.capability.kro.instance us-east-1 0.00005 -> 0.000025",
			"eks.cluster us-east-1 0.1 -> 0.05", "eks.control_plane.2xl us-east-1 3.4 -> 1.7",
			"eks.control_plane.4xl us-east-1 6.9 -> 3.45", "eks.control_plane.8xl us-east-1 13.9 -> 6.95",
			"eks.control_plane.xl us-east-1 1.65 -> 0.825", "eks.extended_support us-east-1 0.5 -> 0.25",
		}},
	} {
		if diff := cmp.Diff(tc.want, changesOf(t, tc.overlay)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
