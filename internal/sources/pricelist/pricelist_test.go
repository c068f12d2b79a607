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
	return open(t).Read(t.Context(), region, types)
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
	got, err := read(t, "us-east-1", "m6i.xlarge", "m7g.xlarge", "m5.large")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		// A metric costs 0.00001: a thousand are a cent.
		"cloudwatch.get_metric_data us-east-1 0.01 USD/1000-metrics ",
		"ec2.on_demand.m6i.xlarge us-east-1 0.193 USD/hour ",
		"ec2.on_demand.m7g.xlarge us-east-1 0.1632 USD/hour ",
		"eks.cluster us-east-1 0.1 USD/cluster-hour ",
		"fargate.memory.arm64 us-east-1 0.00356 USD/GB-hour ",
		"fargate.memory.x86_64 us-east-1 0.004445 USD/GB-hour ",
		"fargate.storage us-east-1 0.000111 USD/GB-hour ",
		"fargate.vcpu.arm64 us-east-1 0.03238 USD/vCPU-hour ",
		"fargate.vcpu.x86_64 us-east-1 0.04048 USD/vCPU-hour ",
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
		"lambda.ephemeral us-east-1 0.0000000309 USD/GB-second ",
		"lambda.provisioned.idle.arm64 us-east-1 0.0000033334 USD/GB-second ",
		"lambda.provisioned.idle.x86_64 us-east-1 0.0000041667 USD/GB-second ",
		"lambda.provisioned.run.arm64 us-east-1 0.0000077778 USD/GB-second ",
		"lambda.provisioned.run.x86_64 us-east-1 0.0000097222 USD/GB-second ",
		// 0.00000021 each.
		"lambda.requests us-east-1 0.21 USD/million-requests ",
	}
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ec2.on_demand.m5.large: not in the price list of AmazonEC2"}, got.Missing); diff != "" {
		t.Error(diff)
	}
	// 11 products of Lambda in the region, three a page.
	if n := s.Calls("AWSLambda"); n != 4 {
		t.Errorf("Lambda was asked %d times", n)
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

func TestDoubtIsNoPrice(t *testing.T) {
	const r = "eu-west-1"
	tier := func(from, upTo, price string) pricelisttest.Tier {
		return pricelisttest.Tier{From: from, UpTo: upTo, Price: price}
	}
	cluster := pricelisttest.Usage("AmazonEKS", r, "EU-AmazonEKS-Hours:perCluster", "Hours", "0.10")
	yuan := cluster
	yuan.Currency = "CNY"
	reserved := pricelisttest.Instance(r, "m5.large", "1", nil)
	reserved.Reserved = true
	for name, tc := range map[string]struct {
		products []pricelisttest.Product
		missing  string
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
			"lambda.compute.x86_64: product",
		},
		"tiers where there are none": {
			[]pricelisttest.Product{pricelisttest.Lambda(r, "AWS-Lambda-Requests", "EU-Request", "Requests", tier("0", "10", "2"),
				tier("10", "Inf", "1"))},
			"it has 2 tiers",
		},
		"only reserved": {[]pricelisttest.Product{reserved}, "ec2.on_demand.m5.large: not in the price list of AmazonEC2"},
	} {
		t.Run(name, func(t *testing.T) {
			// One price that is right keeps the region from being unknown.
			more := pricelisttest.Usage("AmazonCloudWatch", r, "EU-CW:GMD-Metrics", "Metrics", "0.00001")
			pricelisttest.Start(t, append(tc.products, more)...)
			got, err := read(t, r, "m5.large")
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Prices) != 1 {
				t.Errorf("prices %v", lines(got))
			}
			if all := strings.Join(got.Missing, "\n"); !strings.Contains(all, tc.missing) {
				t.Errorf("no %q among\n%s", tc.missing, all)
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
