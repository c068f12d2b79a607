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
			"physicalProcessor": "Intel Xeon 8375C (Ice Lake)", "gpuMemory": "NA", "storage": "EBS only", "processorArchitecture": "64-bit",
		},
	}
	for k, v := range more {
		p.Attributes[k] = v
	}
	return p
}

// family puts a product into another family.
func family(name string, p Product) Product {
	p.Family = name
	return p
}

// tiered gives a product the prices of amounts.
func tiered(p Product, tiers ...Tier) Product {
	p.Tiers = tiers
	return p
}

// gp3 is a part of a gp3 volume.
func gp3(region, fam, usage, unit, price string) Product {
	p := family(fam, Usage("AmazonEC2", region, usage, unit, price))
	p.Attributes["volumeApiName"] = "gp3"
	return p
}

// VirginiaRates are rates of Savings Plans in us-east-1.
func VirginiaRates() []Rate {
	const r = "us-east-1"
	return []Rate{
		{
			Region: r, Service: "AWSLambda", Product: "Lambda", Usage: "Lambda-GB-Second", Unit: "Lambda-GB-Second",
			Rate: "0.0000146667", Years: 1,
		},
		{
			Region: r, Service: "AWSLambda", Product: "Lambda", Usage: "Lambda-GB-Second", Unit: "Lambda-GB-Second",
			Rate: "0.0000138334", Years: 3,
		},
		{Region: r, Service: "AWSLambda", Product: "Lambda", Usage: "Request", Unit: "Request", Rate: "0.0000002", Years: 1},
		{
			Region: r, Service: "AmazonECS", Product: "Fargate", Usage: "USE1-Fargate-vCPU-Hours:perCPU", Unit: "Hrs",
			Rate: "0.034408", Years: 1,
		},
		{Region: r, Service: "AmazonECS", Product: "Fargate", Usage: "USE1-Fargate-GB-Hours", Unit: "Hrs", Rate: "0.00377825", Years: 1},
		{
			Region: r, Service: "AmazonEKS", Product: "Fargate", Usage: "USE1-Fargate-vCPU-Hours:perCPU", Unit: "Hrs",
			Rate: "0.024288", Years: 3,
		},
		{
			Region: "eu-west-1", Service: "AWSLambda", Product: "Lambda", Usage: "EU-Lambda-GB-Second", Unit: "Lambda-GB-Second",
			Rate: "0.1", Years: 1,
		},
	}
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
		Lambda(r, "AWS-Lambda-Storage-Duration-ARM", "Lambda-Storage-GB-Second-ARM", "GB-Seconds", flat("0.0000000309")...),
		Lambda(r, "AWS-Lambda-SnapStart", "Lambda-SnapStart-Cached-GB-S", "GB-Seconds", flat("0.0000015046")...),
		Lambda(r, "AWS-Lambda-SnapStart", "Lambda-SnapStart-Restored-GB", "GB", flat("0.0001397998")...),
		Lambda(r, "AWS-Lambda-Processed-Bytes", "Lambda-Streaming-Response-Processed-Bytes", "Processed-Gigabytes",
			flat("0.0080000000")...),
		Lambda(r, "AWS-Lambda-Processed-Bytes-ARM", "Lambda-Streaming-Response-Processed-Bytes-ARM", "Processed-Gigabytes",
			flat("0.0080000000")...),
		Lambda(r, "AWS-Lambda-Event-Poller-Unit-Duration", "Lambda-Event-Poller-Unit-Hours", "Event-Poller-Unit-Hours",
			flat("0.1850000000")...),
		Lambda(r, "AWS-Lambda-SQS-Event-Poller-Unit-Duration", "Lambda-SQS-Event-Poller-Unit-Hours", "Event-Poller-Unit-Hours",
			flat("0.0092500000")...),
		Lambda(r, "AWS-Lambda-Durable-Execution-Operations", "Lambda-Durable-Operations", "Operations", flat("0.0000080000")...),
		Lambda(r, "AWS-Lambda-Durable-Execution-Written-Bytes", "Lambda-Durable-Written-Bytes", "GB", flat("0.2500000000")...),
		Lambda(r, "AWS-Lambda-Durable-Execution-TimedStorage-ByteHrs", "Lambda-Durable-TimedStorage-ByteHrs", "GB-Mo",
			flat("0.1500000000")...),
		Lambda(r, "AWS-Lambda-Managed-Instances", "Lambda-Managed-Instances-Request", "Requests", flat("0.0000002000")...),
		Lambda(r, "AWS-Lambda-Managed-Instances", "Lambda-Managed-Instances-m7g.xlarge-Management-Hours", "Hours", flat("0.0244800000")...),
		Lambda("", "AWS-Lambda-Duration", "Global-Lambda-GB-Second", "Lambda-GB-Second", Tier{"0", "400000", "0.0000000000"}),
		Usage("AmazonECS", r, "USE1-Fargate-vCPU-Hours:perCPU", "hours", "0.0404800000"),
		Usage("AmazonECS", r, "USE1-Fargate-GB-Hours", "hours", "0.0044450000"),
		Usage("AmazonECS", r, "USE1-Fargate-ARM-vCPU-Hours:perCPU", "hours", "0.0323800000"),
		Usage("AmazonECS", r, "USE1-Fargate-ARM-GB-Hours", "hours", "0.0035600000"),
		Usage("AmazonECS", r, "USE1-Fargate-Windows-vCPU-Hours:perCPU", "hours", "0.0914800000"),
		Usage("AmazonECS", r, "USE1-Fargate-Windows-GB-Hours", "hours", "0.0102000000"),
		Usage("AmazonECS", r, "USE1-Fargate-EphemeralStorage-GB-Hours", "GB-Hours", "0.0001110000"),
		Usage("AmazonECS", r, "USE1-SpotUsage-Fargate-vCPU-Hours:perCPU", "hours", "0.0128887100"),
		Usage("AmazonECS", r, "USE1-SpotUsage-Fargate-GB-Hours", "hours", "0.0014152700"),
		Usage("AmazonECS", r, "USE1-SpotUsage-Fargate-ARM-vCPU-Hours:perCPU", "hours", "0.0103096900"),
		Usage("AmazonECS", r, "USE1-SpotUsage-Fargate-ARM-GB-Hours", "hours", "0.0011334900"),
		Usage("AmazonEKS", r, "USE1-Fargate-vCPU-Hours:perCPU", "hours", "0.0404800000"),
		Usage("AmazonEKS", r, "USE1-Fargate-GB-Hours", "hours", "0.0044450000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Hours:perCluster", "Hours", "0.1000000000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Hours:extendedSupport", "Hours", "0.5000000000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Hours:XL-ProvisionedTier", "Hours", "1.6500000000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKS-Local-Outposts-Hours:perCluster", "hours", "0.1100000000"),
		Usage("AmazonEKS", r, "EKS-Auto:m6i.xlarge-management-hours", "hours", "0.0230400000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKSCapabilities-ArgoCD-Hours:perCapability", "Hours", "0.0300000000"),
		Usage("AmazonEKS", r, "USE1-AmazonEKSCapabilities-ArgoCD-CR-Hours:perCustomResource", "Hours", "0.0015000000"),
		family("NAT Gateway", Usage("AmazonEC2", r, "NatGateway-Hours", "Hrs", "0.0450000000")),
		family("NAT Gateway", Usage("AmazonEC2", r, "NatGateway-Bytes", "GB", "0.0450000000")),
		family("NAT Gateway", Usage("AmazonEC2", r, "NatGateway-Prvd-Bytes", "GB", "0.0000000000")),
		gp3(r, "Storage", "EBS:VolumeUsage.gp3", "GB-Mo", "0.0800000000"),
		gp3(r, "System Operation", "EBS:VolumeP-IOPS.gp3", "IOPS-Mo", "0.0050000000"),
		gp3(r, "Provisioned Throughput", "EBS:VolumeP-Throughput.gp3", "GiBps-mo", "40.9600000000"),
		Instance(r, "m6i.xlarge", "0.1930000000", nil),
		Instance(r, "m6i.xlarge", "0.2530000000", map[string]string{"operatingSystem": "RHEL"}),
		Instance(r, "m6i.xlarge", "0.2112000000", map[string]string{"tenancy": "Dedicated"}),
		Instance(r, "m6i.xlarge", "0.1920000001", map[string]string{"capacitystatus": "UnusedCapacityReservation"}),
		Instance(r, "m6i.xlarge", "0.6720000000", map[string]string{"preInstalledSw": "SQL Std", "operation": "RunInstances:0004"}),
		Instance(r, "m7g.xlarge", "0.1632000000", map[string]string{"physicalProcessor": "AWS Graviton3 Processor"}),
		Instance(r, "g9.2xlarge", "1.2120000000", map[string]string{
			"physicalProcessor": "AMD EPYC 9R24", "vcpu": "8", "memory": "31.5 GiB", "gpu": "1", "gpuMemory": "24 GB",
		}),
		Instance(r, "x2idn.16xlarge", "6.6690000000", nil),
		Usage("AmazonCloudWatch", r, "CW:GMD-Metrics", "Metrics", "0.0000100000"),
		Usage("AmazonCloudWatch", r, "CW:Requests", "Requests", "0.0000100000"),
		Usage("AmazonCloudWatch", r, "DataProcessing-Bytes", "GB", "0.5000000000"),
		Usage("AmazonCloudWatch", r, "USE1-DataProcessingIA-Bytes", "GB", "0.2500000000"),
		Usage("AmazonCloudWatch", r, "TimedStorage-ByteHrs", "GB-Mo", "0.0300000000"),
		Usage("AmazonCloudWatch", r, "DataScanned-Bytes", "GB", "0.0050000000"),
		tiered(Usage("AmazonCloudWatch", r, "USE1-VendedLog-Bytes", "GB", ""),
			Tier{"0", "10240", "0.5000000000"}, Tier{"10240", "30720", "0.2500000000"}, Tier{"30720", "51200", "0.1000000000"},
			Tier{"51200", "Inf", "0.0500000000"}),
		Usage("AmazonCloudWatch", r, "USE1-VendedLog-Bytes-WAFLogs", "GB", "0.6000000000"),
	}
}
