package prices_test

import (
	"fmt"

	"github.com/migtop/migtop/internal/cost/prices"
)

func ExamplePriceBook_With() {
	book, err := prices.Default().With("contract.yaml", []byte(`format: migtop-price-book/1
group: contract
origins:
  contract: {source: enterprise agreement, as_of: "2026-10", certainty: primary}
items:
  discount.fargate: fraction
  ec2.on_demand.*: USD/hour
sheets:
- origin: contract
  region: everywhere
  prices:
    discount.fargate: "0.15"
- origin: contract
  table: |
    item                      us-east-1  eu-west-1
    ec2.on_demand.m6i.xlarge  0.15       0.17
    ec2.on_demand.m7g.xlarge  0.13       -
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range prices.Diff(prices.Default(), book) {
		after, _ := c.After.Get()
		fmt.Println(c.Item, c.Region, after.Value, c.Unit)
	}
	_, err = book.Rate("ec2.on_demand.m9g.xlarge", "eu-west-1")
	fmt.Println(err)
	// Output:
	// discount.fargate everywhere 0.15 fraction
	// ec2.on_demand.m6i.xlarge eu-west-1 0.17 USD/hour
	// ec2.on_demand.m6i.xlarge us-east-1 0.15 USD/hour
	// ec2.on_demand.m7g.xlarge us-east-1 0.13 USD/hour
	// region eu-west-1 has no price of ec2.on_demand.m9g.xlarge; known: us-east-1; migtop prices refresh eu-west-1 looks for it
}
