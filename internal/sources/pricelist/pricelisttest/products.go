package pricelisttest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
)

// Product is one product of the list with its on-demand offer.
type Product struct {
	Service    string
	Family     string
	Attributes map[string]string
	Unit       string
	Tiers      []Tier
	// Currency is USD where it is empty.
	Currency string
	// Reserved says that there is no on-demand offer.
	Reserved bool
}

// Tier is a price from an amount on.
type Tier struct{ From, UpTo, Price string }

func (p *Product) matches(q *query) bool {
	if p.Service != q.ServiceCode {
		return false
	}
	for _, f := range q.Filters {
		have := p.Attributes[f.Field]
		if f.Field == "productFamily" {
			have = p.Family
		}
		if have != f.Value {
			return false
		}
	}
	return true
}

// document is the product as the API gives it: JSON in a string.
func (p *Product) document(service string) string {
	sum := fnv.New64a()
	_, _ = fmt.Fprint(sum, p.Service, p.Family, p.Attributes, p.Tiers) // a hash takes everything
	sku := strings.ToUpper(fmt.Sprintf("%016X", sum.Sum64()))
	currency := p.Currency
	if currency == "" {
		currency = "USD"
	}
	dimensions := map[string]any{}
	for i, t := range p.Tiers {
		code := fmt.Sprintf("%s.JRTCKXETXF.RATE%d", sku, i)
		dimensions[code] = map[string]any{
			"rateCode": code, "unit": p.Unit, "beginRange": t.From, "endRange": t.UpTo, "appliesTo": []string{},
			"description": t.Price + " per " + p.Unit, "pricePerUnit": map[string]string{currency: t.Price},
		}
	}
	attributes := map[string]string{"servicecode": p.Service, "locationType": "AWS Region"}
	for k, v := range p.Attributes {
		attributes[k] = v
	}
	offer := map[string]any{
		"sku": sku, "offerTermCode": "JRTCKXETXF", "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": map[string]string{},
		"priceDimensions": dimensions,
	}
	terms := map[string]any{"OnDemand": map[string]any{sku + ".JRTCKXETXF": offer}}
	if p.Reserved || p.Service == "AmazonEC2" {
		terms["Reserved"] = map[string]any{sku + ".4NA7Y494T4": map[string]any{
			"sku": sku, "offerTermCode": "4NA7Y494T4", "effectiveDate": "2026-11-01T00:00:00Z",
			"termAttributes": map[string]string{"LeaseContractLength": "1yr", "PurchaseOption": "No Upfront", "OfferingClass": "standard"},
			"priceDimensions": map[string]any{sku + ".4NA7Y494T4.6YS6EN2CT7": map[string]any{
				"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "pricePerUnit": map[string]string{currency: "0.0010000000"},
			}},
		}}
	}
	if p.Reserved {
		delete(terms, "OnDemand")
	}
	out, err := json.Marshal(map[string]any{
		"product":     map[string]any{"productFamily": p.Family, "sku": sku, "attributes": attributes},
		"serviceCode": service, "terms": terms, "version": "20261118000712", "publicationDate": "2026-11-18T00:07:12Z",
	})
	if err != nil {
		panic(err) // strings and maps of strings always encode
	}
	return string(out)
}

func flat(price string) []Tier { return []Tier{{"0", "Inf", price}} }

// Lambda is a product of AWS Lambda.
func Lambda(region, group, usage, unit string, tiers ...Tier) Product {
	return Product{
		Service: "AWSLambda", Family: "Serverless", Unit: unit, Tiers: tiers,
		Attributes: map[string]string{"regionCode": region, "group": group, "usagetype": usage},
	}
}

// Usage returns a product that its usage type identifies, with one price.
func Usage(service, region, usage, unit, price string) Product {
	return Product{
		Service: service, Family: "Compute", Unit: unit, Tiers: flat(price),
		Attributes: map[string]string{"regionCode": region, "usagetype": usage},
	}
}

// Instance is a plain Linux instance on demand; more are attributes that differ.
func Instance(region, typ, price string, more map[string]string) Product {
	p := Product{
		Service: "AmazonEC2", Family: "Compute Instance", Unit: "Hrs", Tiers: flat(price),
		Attributes: map[string]string{
			"regionCode": region, "instanceType": typ, "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used",
			"preInstalledSw": "NA", "operation": "RunInstances", "usagetype": "BoxUsage:" + typ, "vcpu": "4", "memory": "16 GiB",
		},
	}
	for k, v := range more {
		p.Attributes[k] = v
	}
	return p
}

// Virginia is an excerpt of the list for us-east-1, with what lies next to what
// migtop wants and must not be taken for it. Prices are made up where they differ
// from AWS's, so that a test sees which of the two it got.
func Virginia() []Product {
	const r = "us-east-1"
	return []Product{
		Lambda(r, "AWS-Lambda-Duration", "Lambda-GB-Second", "Lambda-GB-Second",
			Tier{"0", "6000000000", "0.0000166667"}, Tier{"6000000000", "15000000000", "0.0000150000"}, Tier{"15000000000", "Inf", "0.0000133334"}),
		Lambda(r, "AWS-Lambda-Duration-ARM", "Lambda-GB-Second-ARM", "Lambda-GB-Second",
			Tier{"0", "7500000000", "0.0000133334"}, Tier{"7500000000", "18750000000", "0.0000120001"}, Tier{"18750000000", "Inf", "0.0000106667"}),
		Lambda(r, "AWS-Lambda-Requests", "Request", "Requests", flat("0.0000002100")...),
		Lambda(r, "AWS-Lambda-Requests-ARM", "Request-ARM", "Requests", flat("0.0000002000")...),
		Lambda(r, "AWS-Lambda-Edge-Duration", "Lambda-Edge-GB-Second", "Lambda-GB-Second", flat("0.0000500100")...),
		Lambda(r, "AWS-Lambda-Edge-Requests", "Lambda-Edge-Request", "Requests", flat("0.0000006000")...),
		Lambda(r, "AWS-Lambda-Storage-Duration", "Lambda-Storage-GB-Second", "GB-Seconds", flat("0.0000000309")...),
		Lambda(r, "AWS-Lambda-Provisioned-Concurrency", "Lambda-Provisioned-Concurrency", "Lambda-GB-Second", flat("0.0000041667")...),
		Lambda(r, "AWS-Lambda-Provisioned-Concurrency-ARM", "Lambda-Provisioned-Concurrency-ARM", "Lambda-GB-Second", flat("0.0000033334")...),
		Lambda(r, "AWS-Lambda-Duration-Provisioned", "Lambda-Provisioned-GB-Second", "Lambda-GB-Second", flat("0.0000097222")...),
		Lambda(r, "AWS-Lambda-Duration-Provisioned-ARM", "Lambda-Provisioned-GB-Second-ARM", "Lambda-GB-Second", flat("0.0000077778")...),
		Lambda("", "AWS-Lambda-Duration", "Global-Lambda-GB-Second", "Lambda-GB-Second", Tier{"0", "400000", "0.0000000000"}),
		Usage("AmazonECS", r, "USE1-Fargate-vCPU-Hours:perCPU", "hours", "0.0404800000"),
		Usage("AmazonECS", r, "USE1-Fargate-GB-Hours", "hours", "0.0044450000"),
		Usage("AmazonECS", r, "USE1-Fargate-ARM-vCPU-Hours:perCPU", "hours", "0.0323800000"),
		Usage("AmazonECS", r, "USE1-Fargate-ARM-GB-Hours", "hours", "0.0035600000"),
		Usage("AmazonECS", r, "USE1-Fargate-Windows-vCPU-Hours:perCPU", "hours", "0.0914800000"),
		Usage("AmazonECS", r, "USE1-Fargate-Windows-GB-Hours", "hours", "0.0102000000"),
		Usage("AmazonECS", r, "USE1-Fargate-EphemeralStorage-GB-Hours", "GB-Hours", "0.0001110000"),
		Usage("AmazonEKS", r, "USE1-Fargate-vCPU-Hours:perCPU", "hours", "0.0404800000"),
		Usage("AmazonEKS", r, "USE1-Fargate-GB-Hours", "hours", "0.0044450000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Hours:perCluster", "Hours", "0.1000000000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Hours:extendedSupport", "Hours", "0.5000000000"),
		Instance(r, "m6i.xlarge", "0.1930000000", nil),
		Instance(r, "m6i.xlarge", "0.2530000000", map[string]string{"operatingSystem": "RHEL"}),
		Instance(r, "m6i.xlarge", "0.2112000000", map[string]string{"tenancy": "Dedicated"}),
		Instance(r, "m6i.xlarge", "0.1920000001", map[string]string{"capacitystatus": "UnusedCapacityReservation"}),
		Instance(r, "m6i.xlarge", "0.6720000000", map[string]string{"preInstalledSw": "SQL Std", "operation": "RunInstances:0004"}),
		Instance(r, "m7g.xlarge", "0.1632000000", nil),
		Instance(r, "x2idn.16xlarge", "6.6690000000", nil),
		Usage("AmazonCloudWatch", r, "CW:GMD-Metrics", "Metrics", "0.0000100000"),
		Usage("AmazonCloudWatch", r, "CW:Requests", "Requests", "0.0000100000"),
	}
}
