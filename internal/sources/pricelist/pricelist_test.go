package pricelist_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/pricelist"
	"github.com/migtop/migtop/internal/sources/pricelist/pricelisttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *pricelist.Client {
	t.Helper()
	c, err := pricelist.Open(t.Context(), pricelist.Options{CallTimeout: 5 * time.Second, Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func read(t *testing.T, region string, types ...string) (*pricelist.List, error) {
	t.Helper()
	return open(t).Read(t.Context(), region, types, nil)
}

// lines are the prices as text, an item each.
func lines(l *pricelist.List) []string {
	var out []string
	for _, p := range l.Prices {
		out = append(out, fmt.Sprintf("%s %s %s %s %s", p.Item, p.Region, p.Value, p.Unit, p.Derived))
	}
	return out
}

func TestReadsWhatItWantsAndNothingNextToIt(t *testing.T) {
	s := pricelisttest.Start(t, pricelisttest.Virginia()...)
	s.PageSize(3) // the API may give fewer than it is asked for
	s.Rates(pricelisttest.VirginiaRates()...)
	got, err := read(t, "us-east-1", "m6i.xlarge", "m7g.xlarge", "m5.large", "g9.2xlarge")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		// A metric costs 0.00001: a thousand are a cent.
		"cloudwatch.get_metric_data us-east-1 0.01 USD/1000-metrics ",
		"cloudwatch.logs.archive us-east-1 0.03 USD/GB-month ",
		"cloudwatch.logs.ingest us-east-1 0.5 USD/GB ",
		"cloudwatch.logs.insights us-east-1 0.005 USD/GB-scanned ",
		// From 10240 GB on, and from 30720 and 51200: 10, 20 and 20 TB.
		"cloudwatch.logs.vended.tier1 us-east-1 0.5 USD/GB ",
		"cloudwatch.logs.vended.tier1.size us-east-1 10 TB ",
		"cloudwatch.logs.vended.tier2 us-east-1 0.25 USD/GB ",
		"cloudwatch.logs.vended.tier2.size us-east-1 20 TB ",
		"cloudwatch.logs.vended.tier3 us-east-1 0.1 USD/GB ",
		"cloudwatch.logs.vended.tier3.size us-east-1 20 TB ",
		"cloudwatch.logs.vended.tier4 us-east-1 0.05 USD/GB ",
		"ebs.gp3 us-east-1 0.08 USD/GB-month ",
		"ebs.gp3.iops us-east-1 0.005 USD/IOPS-month ",
		// 40.96 a GiB/s.
		"ebs.gp3.throughput us-east-1 0.04 USD/MiB/s-month ",
		"ec2.on_demand.g9.2xlarge us-east-1 1.212 USD/hour ",
		"ec2.on_demand.m6i.xlarge us-east-1 0.193 USD/hour ",
		"ec2.on_demand.m7g.xlarge us-east-1 0.1632 USD/hour ",
		"eks.auto_mode.fee.m6i.xlarge us-east-1 0.02304 USD/hour ",
		"eks.capability.argocd us-east-1 0.03 USD/hour ",
		"eks.capability.argocd.application us-east-1 0.0015 USD/hour ",
		"eks.cluster us-east-1 0.1 USD/cluster-hour ",
		"eks.control_plane.xl us-east-1 1.65 USD/cluster-hour ",
		"eks.extended_support us-east-1 0.5 USD/cluster-hour ",
		"fargate.memory.arm64 us-east-1 0.00356 USD/GB-hour ",
		"fargate.memory.x86_64 us-east-1 0.004445 USD/GB-hour ",
		"fargate.spot.memory.arm64 us-east-1 0.00113349 USD/GB-hour ",
		"fargate.spot.memory.x86_64 us-east-1 0.00141527 USD/GB-hour ",
		"fargate.spot.vcpu.arm64 us-east-1 0.01030969 USD/vCPU-hour ",
		"fargate.spot.vcpu.x86_64 us-east-1 0.01288871 USD/vCPU-hour ",
		"fargate.storage us-east-1 0.000111 USD/GB-hour ",
		"fargate.vcpu.arm64 us-east-1 0.03238 USD/vCPU-hour ",
		"fargate.vcpu.x86_64 us-east-1 0.04048 USD/vCPU-hour ",
		"fargate.windows.memory.x86_64 us-east-1 0.0102 USD/GB-hour ",
		"fargate.windows.vcpu.x86_64 us-east-1 0.09148 USD/vCPU-hour ",
		"lambda.compute.arm64 us-east-1 0.0000133334 USD/GB-second ",
		"lambda.compute.arm64.tier1.up_to us-east-1 7500000000 GB-seconds/month ",
		"lambda.compute.arm64.tier2 us-east-1 0.0000120001 USD/GB-second ",
		"lambda.compute.arm64.tier2.up_to us-east-1 18750000000 GB-seconds/month ",
		"lambda.compute.arm64.tier3 us-east-1 0.0000106667 USD/GB-second ",
		"lambda.compute.x86_64 us-east-1 0.0000166667 USD/GB-second ",
		"lambda.compute.x86_64.tier1.up_to us-east-1 6000000000 GB-seconds/month ",
		"lambda.compute.x86_64.tier2 us-east-1 0.000015 USD/GB-second ",
		"lambda.compute.x86_64.tier2.up_to us-east-1 15000000000 GB-seconds/month ",
		"lambda.compute.x86_64.tier3 us-east-1 0.0000133334 USD/GB-second ",
		"lambda.durable.operations us-east-1 8 USD/million-operations ",
		"lambda.durable.retained us-east-1 0.15 USD/GB-month ",
		"lambda.durable.written us-east-1 0.25 USD/GB ",
		"lambda.ephemeral us-east-1 0.0000000309 USD/GB-second ",
		"lambda.managed.requests us-east-1 0.2 USD/million-requests ",
		"lambda.poller.kafka us-east-1 0.185 USD/unit-hour ",
		"lambda.poller.sqs us-east-1 0.00925 USD/unit-hour ",
		"lambda.provisioned.idle.arm64 us-east-1 0.0000033334 USD/GB-second ",
		"lambda.provisioned.idle.x86_64 us-east-1 0.0000041667 USD/GB-second ",
		"lambda.provisioned.run.arm64 us-east-1 0.0000077778 USD/GB-second ",
		"lambda.provisioned.run.x86_64 us-east-1 0.0000097222 USD/GB-second ",
		// 0.00000021 each.
		"lambda.requests us-east-1 0.21 USD/million-requests ",
		"lambda.snapstart.cache us-east-1 0.0000015046 USD/GB-second ",
		"lambda.snapstart.restore us-east-1 0.0001397998 USD/GB ",
		"lambda.stream us-east-1 0.008 USD/GB ",
		"nat.hour us-east-1 0.045 USD/hour ",
		"nat.traffic us-east-1 0.045 USD/GB ",
		"savings_plan.compute.fargate.1y us-east-1 0.15 fraction " +
			"1 less 0.034408 over 0.04048, the rate and the price of USE1-Fargate-vCPU-Hours:perCPU",
		"savings_plan.compute.fargate.3y us-east-1 0.4 fraction " +
			"1 less 0.024288 over 0.04048, the rate and the price of USE1-Fargate-vCPU-Hours:perCPU",
		// A discount of 0.1199997 that AWS rounded the rate of.
		"savings_plan.compute.lambda.1y us-east-1 0.12 fraction " +
			"1 less 0.0000146667 over 0.0000166667, the rate and the price of Lambda-GB-Second",
		"savings_plan.compute.lambda.3y us-east-1 0.17 fraction " +
			"1 less 0.0000138334 over 0.0000166667, the rate and the price of Lambda-GB-Second",
	}
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Error(diff)
	}
	missing := []string{
		"ec2.on_demand.m5.large: not in the price list of AmazonEC2",
		"eks.capability.ack: not in the price list of AmazonEKS",
		"eks.capability.ack.resource: not in the price list of AmazonEKS",
		"eks.capability.kro: not in the price list of AmazonEKS",
		"eks.capability.kro.instance: not in the price list of AmazonEKS",
		"eks.control_plane.2xl: not in the price list of AmazonEKS",
		"eks.control_plane.4xl: not in the price list of AmazonEKS",
		"eks.control_plane.8xl: not in the price list of AmazonEKS",
		"lambda.tenant_isolation.arm64: not in the price list of AWSLambda",
		"lambda.tenant_isolation.x86_64: not in the price list of AWSLambda",
	}
	if diff := cmp.Diff(missing, got.Missing); diff != "" {
		t.Error(diff)
	}
	// A type that nobody has seen before comes with its size.
	shapes := []pricelist.Shape{
		{Type: "m6i.xlarge", CPU: 4 * migration.Core, Memory: 16 * migration.GiB, Arch: migration.X86, GPUs: migration.Some(0)},
		{Type: "m7g.xlarge", CPU: 4 * migration.Core, Memory: 16 * migration.GiB, Arch: migration.Arm64, GPUs: migration.Some(0)},
		{
			Type: "g9.2xlarge", CPU: 8 * migration.Core, Memory: 63 * migration.GiB / 2, Arch: migration.X86, GPUs: migration.Some(1),
			GPUMemory: migration.Some(24 * migration.GiB),
		},
	}
	if diff := cmp.Diff(shapes, got.Shapes, cmp.Comparer(func(a, b pricelist.Shape) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	// 23 products of Lambda in the region, three a page.
	if n := s.Calls("AWSLambda"); n != 8 {
		t.Errorf("Lambda was asked %d times", n)
	}
	if n := s.Calls("Savings Plans"); n != 2 {
		t.Errorf("the rates of Savings Plans were asked %d times", n)
	}
	if v := got.Prices[0].Version; v != "20261118000712" {
		t.Errorf("version %q", v)
	}
}

// What is read must fit into the price book: same items, same units.
func TestItemsAndUnitsAreTheBooks(t *testing.T) {
	pricelisttest.Start(t, pricelisttest.Virginia()...)
	got, err := read(t, "us-east-1", "m6i.xlarge")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range got.Prices {
		if unit, ok := prices.Default().UnitOf(p.Item); !ok || unit != p.Unit {
			t.Errorf("%s is in %s, the book has %q", p.Item, p.Unit, unit)
		}
	}
}

// One price that cannot be right is an error with its place, and no price of the region is used.
func TestDoubtIsAnError(t *testing.T) {
	const r = "eu-west-1"
	tier := func(from, upTo, price string) pricelisttest.Tier {
		return pricelisttest.Tier{From: from, UpTo: upTo, Price: price}
	}
	cluster := pricelisttest.Usage("AmazonEKS", r, "EU-AmazonEKS-Hours:perCluster", "Hours", "0.10")
	yuan := cluster
	yuan.Currency = "CNY"
	for name, tc := range map[string]struct {
		products []pricelisttest.Product
		says     string
	}{
		"two prices": {[]pricelisttest.Product{
			pricelisttest.Usage("AmazonECS", r, "EU-Fargate-GB-Hours", "hours", "0.004"),
			pricelisttest.Usage("AmazonEKS", r, "EU-Fargate-GB-Hours", "hours", "0.005"),
		}, "fargate.memory.x86_64 costs 0.005 here and 0.004 at AmazonECS"},
		"another unit": {
			[]pricelisttest.Product{pricelisttest.Usage("AmazonECS", r, "EU-Fargate-GB-Hours", "minutes", "0.004")},
			`it is priced per "minutes"`,
		},
		"another currency": {[]pricelisttest.Product{yuan}, "it is priced in CNY, not in USD"},
		"negative": {
			[]pricelisttest.Product{pricelisttest.Usage("AmazonECS", r, "EU-Fargate-GB-Hours", "hours", "-0.004")},
			`"-0.004" is no price`,
		},
		"an exponent": {
			[]pricelisttest.Product{pricelisttest.Usage("AmazonECS", r, "EU-Fargate-GB-Hours", "hours", "4e99999999")},
			`"4e99999999" is no price`,
		},
		"tiers with a gap": {
			[]pricelisttest.Product{pricelisttest.Lambda(r, "AWS-Lambda-Duration", "EU-Lambda-GB-Second", "Second", tier("0", "10", "2"),
				tier("11", "Inf", "1"))},
			"its 2 tiers do not follow on each other",
		},
		"tiers where there are none": {
			[]pricelisttest.Product{pricelisttest.Lambda(r, "AWS-Lambda-Requests", "EU-Request", "Requests", tier("0", "10", "2"),
				tier("10", "Inf", "1"))},
			"it has 2 tiers",
		},
		"free": {
			[]pricelisttest.Product{pricelisttest.Usage("AmazonECS", r, "EU-Fargate-GB-Hours", "hours", "0.0000000000")},
			"0 USD/GB-hour is no price",
		},
		"absurd": {[]pricelisttest.Product{pricelisttest.Instance(r, "m5.large", "1200.0000000000", nil)}, "1200 USD/hour is no price"},
	} {
		t.Run(name, func(t *testing.T) {
			pricelisttest.Start(t, append(tc.products, cluster)...)
			got, err := read(t, r, "m5.large")
			var p *migration.Problem
			if got != nil || !errors.As(err, &p) || !strings.Contains(p.What, tc.says) ||
				!strings.Contains(p.What, "the AWS price list of eu-west-1 states no usable price of ") || !strings.Contains(p.What,
				": product ") {
				t.Errorf("%v, want %q", err, tc.says)
			}
		})
	}
}

// What is not offered on demand is no price, and no error.
func TestNotEverythingIsOffered(t *testing.T) {
	const r = "eu-west-1"
	reserved := pricelisttest.Instance(r, "m5.large", "1", nil)
	reserved.Reserved = true
	odd := pricelisttest.Instance(r, "m9.large", "0.1", map[string]string{"physicalProcessor": "RISC-V", "memory": "lots"})
	durable := pricelisttest.Lambda(r, "AWS-Lambda-Durable-Execution-Operations", "EU-Lambda-Durable-Operations", "Steps",
		pricelisttest.Tier{From: "0", UpTo: "Inf", Price: "0.000008"})
	s := pricelisttest.Start(t, reserved, odd, durable, pricelisttest.Usage("AmazonEKS", r, "EU-AmazonEKS-Hours:perCluster",
		"Hours", "0.10"))
	s.DenyRates(true)
	got, err := read(t, r, "m5.large", "m9.large")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Prices) != 2 || len(got.Shapes) != 0 {
		t.Errorf("%v, shapes %v", lines(got), got.Shapes)
	}
	all := strings.Join(got.Missing, "\n")
	for _, want := range []string{
		"ec2.on_demand.m5.large: not in the price list of AmazonEC2",
		"the shape of m9.large: product ", `"lots" is no amount of memory`,
		// AWS does not document the unit of this one.
		"lambda.durable.operations: product ", `it is priced per "Steps"`,
		"savings_plan.compute.lambda.1y: not permitted: savingsplans:DescribeSavingsPlansOfferingRates",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q among\n%s", want, all)
		}
	}
}

// A plan that costs more than no plan, or is priced in another way, is an error.
func TestDoubtfulPlans(t *testing.T) {
	for name, tc := range map[string]struct {
		rate pricelisttest.Rate
		says string
	}{
		"more":     {pricelisttest.Rate{Rate: "0.2", Unit: "Hrs"}, "0.2 a Hrs of EU-Fargate-GB-Hours under a plan, and 0.004 on demand"},
		"nothing":  {pricelisttest.Rate{Rate: "0", Unit: "Hrs"}, "0 a Hrs"},
		"negative": {pricelisttest.Rate{Rate: "-0.001", Unit: "Hrs"}, `"-0.001" is no price`},
		"unit":     {pricelisttest.Rate{Rate: "0.003", Unit: "Request"}, `it is priced per "Request", want Hrs`},
		"currency": {pricelisttest.Rate{Rate: "0.003", Unit: "Hrs", Currency: "EUR"}, "it is priced in EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			s := pricelisttest.Start(t, pricelisttest.Usage("AmazonECS", "eu-west-1", "EU-Fargate-GB-Hours", "hours", "0.004"))
			tc.rate.Region, tc.rate.Service, tc.rate.Product = "eu-west-1", "AmazonECS", "Fargate"
			tc.rate.Usage, tc.rate.Years = "EU-Fargate-GB-Hours", 1
			s.Rates(tc.rate)
			_, err := read(t, "eu-west-1")
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "savings_plan.compute.fargate.1y") {
				t.Errorf("%v, want %q", err, tc.says)
			}
		})
	}
}

func TestTroubleOnTheWayPasses(t *testing.T) {
	s := pricelisttest.Start(t, pricelisttest.Virginia()...)
	for _, f := range []pricelisttest.Faults{{Throttle: 1}, {Broken: 1}} {
		s.Fail(f)
		got, err := read(t, "us-east-1")
		if err != nil || len(got.Prices) == 0 {
			t.Fatalf("%+v: %v", f, err)
		}
	}
}

func TestTroubleIsExplained(t *testing.T) {
	for name, tc := range map[string]struct {
		faults pricelisttest.Faults
		fault  migration.Fault
		what   string
	}{
		"throttled": {pricelisttest.Faults{Throttle: -1}, migration.FaultThrottled, "the AWS Price List API throttles GetProducts"},
		"denied":    {pricelisttest.Faults{Code: "AccessDeniedException"}, migration.FaultDenied, "not permitted: pricing:GetProducts"},
		"expired":   {pricelisttest.Faults{Code: "ExpiredTokenException"}, migration.FaultExpired, "the AWS credentials have expired"},
		"rejected": {
			pricelisttest.Faults{Code: "UnrecognizedClientException"},
			migration.FaultRejected,
			"AWS does not accept the credentials",
		},
		"anything else": {
			pricelisttest.Faults{Code: "InvalidParameterException"},
			migration.FaultOther,
			"refused GetProducts: InvalidParameterException: refused by the test",
		},
		"broken":       {pricelisttest.Faults{Broken: 99}, migration.FaultUnreachable, "reports an internal error (HTTP 500)"},
		"a login page": {pricelisttest.Faults{HTML: true}, migration.FaultNotThatAPI, "did not answer as the AWS Price List API"},
		"no end":       {pricelisttest.Faults{Endless: true}, migration.FaultNotThatAPI, "has no end"},
	} {
		t.Run(name, func(t *testing.T) {
			s := pricelisttest.Start(t, pricelisttest.Virginia()...)
			s.Fail(tc.faults)
			_, err := read(t, "us-east-1")
			var p *migration.Problem
			if !errors.As(err, &p) {
				t.Fatalf("no problem: %v", err)
			}
			if p.Fault != tc.fault || !strings.Contains(p.What, tc.what) {
				t.Errorf("%s: %s", p.Fault, p.What)
			}
			if (p.Fault == migration.FaultDenied) != strings.Contains(p.Snippet, "pricing:GetProducts") {
				t.Errorf("snippet %q", p.Snippet)
			}
		})
	}
}

func TestUnknownRegion(t *testing.T) {
	pricelisttest.Start(t, pricelisttest.Virginia()...)
	_, err := read(t, "eu-west-9")
	if err == nil || !strings.Contains(err.Error(), `no prices of region "eu-west-9"`) {
		t.Error(err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	pricelisttest.Start(t)
	t.Setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:1")
	_, err := read(t, "us-east-1")
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultUnreachable || !strings.Contains(p.What, "connection refused") {
		t.Error(err)
	}
}

func TestWithoutCredentials(t *testing.T) {
	pricelisttest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := pricelist.Open(t.Context(), pricelist.Options{})
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultNoCredentials {
		t.Error(err)
	}
	_, err = pricelist.Open(t.Context(), pricelist.Options{Profile: "nobody"})
	if !errors.As(err, &p) || p.Fault != migration.FaultConfig || !strings.Contains(p.What, `"nobody"`) {
		t.Error(err)
	}
}
