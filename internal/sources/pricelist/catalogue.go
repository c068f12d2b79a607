package pricelist

import (
	"strings"

	"github.com/shopspring/decimal"
)

// wanted is an item of the price book and how a product of the list is recognized.
type wanted struct {
	item, unit string
	service    string
	is         func(*attributes) bool
	units      []string        // of the list, in lower case
	times      decimal.Decimal // from the list's unit to the book's, exact
	tiers      tierKind
	// lenient says that the list's unit of this item is not documented: another one is no price, instead of an error.
	lenient bool
}

// tierKind says how the book names the tiers of an item.
type tierKind uint8

const (
	noTiers tierKind = iota
	// ends are ITEM, ITEM.tier2, ITEM.tier3 with ITEM.tierN.up_to in GB-seconds a month.
	ends
	// sizes are ITEM.tier1 to ITEM.tier4 with ITEM.tierN.size in TB of 1024 GB.
	sizes
)

// The factors from the list's units to the book's.
var (
	unity    = decimal.New(1, 0)
	thousand = decimal.New(1, 3)
	million  = decimal.New(1, 6)
	per1024  = decimal.RequireFromString("0.0009765625")
)

// The units of the list.
var (
	gbSeconds = []string{"lambda-gb-second", "gb-second", "gb-seconds", "second", "seconds"}
	hours     = []string{"hours", "hour", "hrs", "vcpu-hours", "gb-hours"}
	requests  = []string{"request", "requests"}
	gigabytes = []string{"gb", "processed-gigabytes", "gigabytes"}
	months    = []string{"gb-mo", "gb-month"}
)

// ofGroup recognizes a product of Lambda by its group.
func ofGroup(names ...string) func(*attributes) bool {
	return func(a *attributes) bool {
		for _, name := range names {
			if a.Group == name {
				return true
			}
		}
		return false
	}
}

// ofTenancy recognizes what an environment of a tenant costs, on one architecture.
func ofTenancy(arm bool) func(*attributes) bool {
	return func(a *attributes) bool {
		return strings.Contains(a.Group, "-Tenant-") && strings.HasSuffix(a.Group, "-ARM") == arm
	}
}

// ofUsage recognizes a usage type, before which most regions have a code: EUC1-.
func ofUsage(names ...string) func(*attributes) bool {
	return func(a *attributes) bool {
		for _, name := range names {
			code, found := strings.CutSuffix(a.UsageType, name)
			code, dashed := strings.CutSuffix(code, "-")
			if found && (code == "" || (dashed && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "")) {
				return true
			}
		}
		return false
	}
}

// ofType recognizes a plain Linux instance on shared hardware.
func ofType(typ string) func(*attributes) bool {
	return func(a *attributes) bool { return a.InstanceType == typ && a.plainLinux() }
}

// plainLinux reports whether a product is a Linux instance on shared hardware, on demand, with nothing installed.
func (a *attributes) plainLinux() bool {
	return a.OperatingSystem == "Linux" && a.Tenancy == "Shared" && a.CapacityStatus == "Used" && a.PreInstalledSW == "NA" &&
		a.Operation == "RunInstances"
}

// catalogue returns the items to read, except those of instance types. Groups and usage types are those of the AWS price list.
func catalogue() []wanted {
	out := append(lambdaItems(), fargateItems()...)
	out = append(out, eksItems()...)
	out = append(out, cloudwatchItems()...)
	ec2 := func(item, unit, usage string, times decimal.Decimal, units ...string) wanted {
		return wanted{item: item, unit: unit, service: "AmazonEC2", is: ofUsage(usage), units: units, times: times}
	}
	return append(out,
		ec2("nat.hour", "USD/hour", "NatGateway-Hours", unity, hours...),
		ec2("nat.traffic", "USD/GB", "NatGateway-Bytes", unity, gigabytes...),
		ec2("ebs.gp3", "USD/GB-month", "EBS:VolumeUsage.gp3", unity, months...),
		ec2("ebs.gp3.iops", "USD/IOPS-month", "EBS:VolumeP-IOPS.gp3", unity, "iops-mo"),
		ec2("ebs.gp3.throughput", "USD/MiB/s-month", "EBS:VolumeP-Throughput.gp3", per1024, "gibps-mo"),
	)
}

func lambdaItems() []wanted {
	item := func(item, unit string, is func(*attributes) bool, times decimal.Decimal, units ...string) wanted {
		return wanted{item: item, unit: unit, service: "AWSLambda", is: is, units: units, times: times}
	}
	var out []wanted
	for arch, suffix := range map[string]string{"x86_64": "", "arm64": "-ARM"} {
		compute := item("lambda.compute."+arch, "USD/GB-second", ofGroup("AWS-Lambda-Duration"+suffix), unity, gbSeconds...)
		compute.tiers = ends
		tenancy := item("lambda.tenant_isolation."+arch, "USD/GB-created", ofTenancy(suffix != ""), unity, gigabytes...)
		tenancy.lenient = true
		out = append(out, compute, tenancy,
			item("lambda.provisioned.idle."+arch, "USD/GB-second", ofGroup("AWS-Lambda-Provisioned-Concurrency"+suffix), unity,
				gbSeconds...),
			item("lambda.provisioned.run."+arch, "USD/GB-second", ofGroup("AWS-Lambda-Duration-Provisioned"+suffix), unity, gbSeconds...),
		)
	}
	out = append(out,
		item("lambda.requests", "USD/million-requests", ofGroup("AWS-Lambda-Requests"), million, requests...),
		item("lambda.ephemeral", "USD/GB-second", ofGroup("AWS-Lambda-Storage-Duration"), unity, gbSeconds...),
		item("lambda.snapstart.cache", "USD/GB-second", ofUsage("Lambda-SnapStart-Cached-GB-S"), unity, gbSeconds...),
		item("lambda.snapstart.restore", "USD/GB", ofUsage("Lambda-SnapStart-Restored-GB"), unity, gigabytes...),
		item("lambda.stream", "USD/GB", ofGroup("AWS-Lambda-Processed-Bytes", "AWS-Lambda-Processed-Bytes-ARM"), unity, gigabytes...),
		item("lambda.managed.requests", "USD/million-requests",
			ofUsage("Lambda-Managed-Instances-Request", "Lambda-Managed-Instances-Request-ARM"), million, requests...),
		item("lambda.poller.kafka", "USD/unit-hour", ofGroup("AWS-Lambda-Event-Poller-Unit-Duration"), unity, "event-poller-unit-hours"),
	)
	for _, w := range []wanted{
		item("lambda.poller.sqs", "USD/unit-hour", ofGroup("AWS-Lambda-SQS-Event-Poller-Unit-Duration"), unity,
			"event-poller-unit-hours", "sqs-event-poller-unit-hours"),
		item("lambda.durable.operations", "USD/million-operations", ofGroup("AWS-Lambda-Durable-Execution-Operations"), million,
			"operation", "operations", "request", "requests"),
		item("lambda.durable.written", "USD/GB", ofGroup("AWS-Lambda-Durable-Execution-Written-Bytes"), unity, gigabytes...),
		item("lambda.durable.retained", "USD/GB-month", ofGroup("AWS-Lambda-Durable-Execution-TimedStorage-ByteHrs"), unity, months...),
	} {
		w.lenient = true
		out = append(out, w)
	}
	return out
}

func fargateItems() []wanted {
	var out []wanted
	add := func(service, market, usage, arch string) {
		out = append(out,
			wanted{
				item: "fargate." + market + "vcpu." + arch, unit: "USD/vCPU-hour", service: service,
				is: ofUsage(usage + "-vCPU-Hours:perCPU"), units: hours, times: unity,
			},
			wanted{
				item: "fargate." + market + "memory." + arch, unit: "USD/GB-hour", service: service,
				is: ofUsage(usage + "-GB-Hours"), units: hours, times: unity,
			},
		)
	}
	add("AmazonECS", "", "Fargate", "x86_64")
	add("AmazonEKS", "", "Fargate", "x86_64")
	add("AmazonECS", "", "Fargate-ARM", "arm64")
	add("AmazonECS", "spot.", "SpotUsage-Fargate", "x86_64")
	add("AmazonECS", "spot.", "SpotUsage-Fargate-ARM", "arm64")
	add("AmazonECS", "windows.", "Fargate-Windows", "x86_64")
	return append(out, wanted{
		item: "fargate.storage", unit: "USD/GB-hour", service: "AmazonECS", is: ofUsage("Fargate-EphemeralStorage-GB-Hours"),
		units: hours, times: unity,
	})
}

func eksItems() []wanted {
	item := func(item, unit, usage string) wanted {
		return wanted{item: item, unit: unit, service: "AmazonEKS", is: ofUsage(usage), units: hours, times: unity}
	}
	out := []wanted{
		item("eks.cluster", "USD/cluster-hour", "AmazonEKS-Hours:perCluster"),
		item("eks.extended_support", "USD/cluster-hour", "AmazonEKS-Hours:extendedSupport"),
	}
	for _, tier := range []string{"XL", "2XL", "4XL", "8XL"} {
		out = append(out, item("eks.control_plane."+strings.ToLower(tier), "USD/cluster-hour", "AmazonEKS-Hours:"+tier+"-ProvisionedTier"))
	}
	for name, parts := range map[string][2]string{
		"argocd": {"ArgoCD", "application"}, "ack": {"ACK", "resource"}, "kro": {"KRO", "instance"},
	} {
		out = append(out,
			item("eks.capability."+name, "USD/hour", "AmazonEKSCapabilities-"+parts[0]+"-Hours:perCapability"),
			item("eks.capability."+name+"."+parts[1], "USD/hour", "AmazonEKSCapabilities-"+parts[0]+"-CR-Hours:perCustomResource"),
		)
	}
	return out
}

func cloudwatchItems() []wanted {
	item := func(item, unit, usage string, times decimal.Decimal, units ...string) wanted {
		return wanted{item: item, unit: unit, service: "AmazonCloudWatch", is: ofUsage(usage), units: units, times: times}
	}
	vended := item("cloudwatch.logs.vended", "USD/GB", "VendedLog-Bytes", unity, gigabytes...)
	vended.tiers = sizes
	return []wanted{
		item("cloudwatch.get_metric_data", "USD/1000-metrics", "CW:GMD-Metrics", thousand, "metrics", "metric"),
		item("cloudwatch.logs.ingest", "USD/GB", "DataProcessing-Bytes", unity, gigabytes...),
		item("cloudwatch.logs.archive", "USD/GB-month", "TimedStorage-ByteHrs", unity, months...),
		item("cloudwatch.logs.insights", "USD/GB-scanned", "DataScanned-Bytes", unity, gigabytes...),
		vended,
	}
}

// instanceItems are the price of an instance type, and what EKS Auto Mode adds to it.
func instanceItems(typ string) []wanted {
	return []wanted{
		{
			item: "ec2.on_demand." + typ, unit: "USD/hour", service: "AmazonEC2", is: ofType(typ), units: []string{"hrs", "hours"},
			times: unity,
		},
		{
			item: "eks.auto_mode.fee." + typ, unit: "USD/hour", service: "AmazonEKS", is: ofUsage("EKS-Auto:" + typ + "-management-hours"),
			units: hours, times: unity,
		},
	}
}

// request is one question to the list: the products of a service in a region that match.
type request struct {
	service string
	of      string // for people: "EC2 instances"
	filters map[string]string
}

// questions are all that is asked of one region. EC2's part of the list is a hundred times as long as the others: of it, only what
// is wanted.
var questions = []request{
	{service: "AWSLambda", of: "Lambda"},
	{service: "AmazonECS", of: "Fargate"},
	{service: "AmazonEKS", of: "EKS"},
	{service: "AmazonEC2", of: "EC2 instances", filters: map[string]string{
		"operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA", "operation": "RunInstances",
	}},
	{service: "AmazonEC2", of: "NAT gateways", filters: map[string]string{"productFamily": "NAT Gateway"}},
	{service: "AmazonEC2", of: "gp3 volumes", filters: map[string]string{"volumeApiName": "gp3"}},
	{service: "AmazonCloudWatch", of: "CloudWatch"},
}
