package pricelist

import (
	"context"
	"errors"
	"fmt"
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
	// Missing says for each item without a price why it has none, sorted. Regions lack some services, and few have all
	// types.
	Missing []string
}

// wanted is an item of the price book and how a product of the list is recognized.
type wanted struct {
	item, unit string
	service    string
	is         func(*attributes) bool
	units      []string        // of the list, in lower case
	times      decimal.Decimal // from the list's unit to the book's
	tiers      bool            // the list may have up to three
}

var unity = decimal.New(1, 0)

// ofGroup recognizes a product of Lambda by its group.
func ofGroup(name string) func(*attributes) bool {
	return func(a *attributes) bool { return a.Group == name }
}

// ofUsage recognizes a usage type, before which most regions have a code: EUC1-.
func ofUsage(name string) func(*attributes) bool {
	return func(a *attributes) bool {
		code, found := strings.CutSuffix(a.UsageType, name)
		if !found {
			return false
		}
		code, dashed := strings.CutSuffix(code, "-")
		return code == "" || (dashed && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "")
	}
}

// ofType recognizes a plain Linux instance on shared hardware.
func ofType(typ string) func(*attributes) bool {
	return func(a *attributes) bool {
		return a.InstanceType == typ && a.OperatingSystem == "Linux" && a.Tenancy == "Shared" &&
			a.CapacityStatus == "Used" && a.PreInstalledSW == "NA" && a.Operation == "RunInstances"
	}
}

// catalogue returns the items to read, except instance types.
func catalogue() []wanted {
	gbs := []string{"lambda-gb-second", "gb-second", "gb-seconds", "second", "seconds"}
	hours := []string{"hours", "hour", "hrs", "vcpu-hours", "gb-hours"}
	million := decimal.New(1, 6)
	var out []wanted
	for arch, suffix := range map[string]string{"x86_64": "", "arm64": "-ARM"} {
		out = append(out,
			wanted{
				item: "lambda.compute." + arch, unit: "USD/GB-second", service: "AWSLambda", is: ofGroup("AWS-Lambda-Duration" + suffix),
				units: gbs, times: unity, tiers: true,
			},
			wanted{
				item: "lambda.provisioned.idle." + arch, unit: "USD/GB-second", service: "AWSLambda",
				is: ofGroup("AWS-Lambda-Provisioned-Concurrency" + suffix), units: gbs, times: unity,
			},
			wanted{
				item: "lambda.provisioned.run." + arch, unit: "USD/GB-second", service: "AWSLambda",
				is: ofGroup("AWS-Lambda-Duration-Provisioned" + suffix), units: gbs, times: unity,
			},
		)
		usage := "Fargate" + suffix
		out = append(out,
			wanted{
				item: "fargate.vcpu." + arch, unit: "USD/vCPU-hour", service: "AmazonECS", is: ofUsage(usage + "-vCPU-Hours:perCPU"),
				units: hours, times: unity,
			},
			wanted{
				item: "fargate.memory." + arch, unit: "USD/GB-hour", service: "AmazonECS", is: ofUsage(usage + "-GB-Hours"), units: hours,
				times: unity,
			},
		)
	}
	return append(out,
		wanted{
			item: "lambda.requests", unit: "USD/million-requests", service: "AWSLambda", is: ofGroup("AWS-Lambda-Requests"),
			units: []string{"request", "requests"}, times: million,
		},
		wanted{
			item: "lambda.ephemeral", unit: "USD/GB-second", service: "AWSLambda", is: ofGroup("AWS-Lambda-Storage-Duration"), units: gbs,
			times: unity,
		},
		wanted{
			item: "fargate.storage", unit: "USD/GB-hour", service: "AmazonECS", is: ofUsage("Fargate-EphemeralStorage-GB-Hours"),
			units: hours, times: unity,
		},
		wanted{
			item: "fargate.vcpu.x86_64", unit: "USD/vCPU-hour", service: "AmazonEKS", is: ofUsage("Fargate-vCPU-Hours:perCPU"), units: hours,
			times: unity,
		},
		wanted{
			item: "fargate.memory.x86_64", unit: "USD/GB-hour", service: "AmazonEKS", is: ofUsage("Fargate-GB-Hours"), units: hours,
			times: unity,
		},
		wanted{
			item: "eks.cluster", unit: "USD/cluster-hour", service: "AmazonEKS", is: ofUsage("AmazonEKS-Hours:perCluster"), units: hours,
			times: unity,
		},
		wanted{
			item: "cloudwatch.get_metric_data", unit: "USD/1000-metrics", service: "AmazonCloudWatch", is: ofUsage("CW:GMD-Metrics"),
			units: []string{"metrics", "metric"}, times: decimal.New(1, 3),
		},
	)
}

// services are asked in this order.
var services = []string{"AWSLambda", "AmazonECS", "AmazonEKS", "AmazonEC2", "AmazonCloudWatch"}

// Read reads the prices of one region, including those of the EC2 types. Errors are [migration.Problem]; a missing price
// is not an error.
func (c *Client) Read(ctx context.Context, region string, instanceTypes []string) (*List, error) {
	want := catalogue()
	for _, typ := range instanceTypes {
		want = append(want, wanted{
			item: "ec2.on_demand." + typ, unit: "USD/hour", service: "AmazonEC2", is: ofType(typ), units: []string{"hrs", "hours"}, times: unity,
		})
	}
	r := reading{region: region, found: map[string]*Price{}, refused: map[string]string{}}
	for _, service := range services {
		of := slices.DeleteFunc(slices.Clone(want), func(w wanted) bool { return w.service != service })
		if len(of) == 0 {
			continue
		}
		filters := map[string]string{"regionCode": region}
		if service == "AmazonEC2" {
			// The list has a hundred times as many products of this service.
			for name, value := range map[string]string{
				"operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA", "operation": "RunInstances",
			} {
				filters[name] = value
			}
		}
		err := c.products(ctx, service, filters, func(document string) error { return r.take(service, document, of) })
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
	return r.list(want), nil
}

// reading is what has been found so far.
type reading struct {
	region  string
	found   map[string]*Price
	refused map[string]string // item -> why not
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
		if w := &want[i]; w.is(a) {
			if err := r.price(w, p); err != nil && !errors.Is(err, errNoOffer) {
				r.refused[w.item] = fmt.Sprintf("product %s of %s: %v", p.Product.SKU, service, err)
			}
		}
	}
	return nil
}

// price adds what a product costs. Two products that say different things of one
// item say nothing.
func (r *reading) price(w *wanted, p *product) error {
	tiers, err := p.tiers()
	if err != nil {
		return err
	}
	if len(tiers) > 1 && !w.tiers || len(tiers) > 3 {
		return fmt.Errorf("it has %d tiers", len(tiers))
	}
	for _, t := range tiers {
		if !slices.Contains(w.units, strings.ToLower(t.unit)) {
			return fmt.Errorf("it is priced per %q", t.unit)
		}
	}
	for i, t := range tiers {
		item := w.item
		if i > 0 {
			item = fmt.Sprintf("%s.tier%d", w.item, i+1)
		}
		one := Price{Item: item, Region: r.region, Unit: w.unit, Value: t.price.Mul(w.times), Service: w.service, Version: p.Version}
		if err := r.put(one); err != nil {
			return err
		}
		if !t.upTo.IsZero() {
			end := Price{
				Item: fmt.Sprintf("%s.tier%d.up_to", w.item, i+1), Region: r.region, Unit: "GB-seconds/month", Value: t.upTo,
				Service: w.service, Version: p.Version,
			}
			if err := r.put(end); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reading) put(p Price) error {
	if before, ok := r.found[p.Item]; ok && !before.Value.Equal(p.Value) {
		return fmt.Errorf("%s costs %s here and %s at %s", p.Item, p.Value, before.Value, before.Service)
	}
	if _, ok := r.found[p.Item]; !ok {
		r.found[p.Item] = &p
	}
	return nil
}

func (r *reading) list(want []wanted) *List {
	out := &List{}
	for _, item := range sorted(r.found) {
		// What is doubtful of an item is so of all its tiers.
		base, _, _ := strings.Cut(item, ".tier")
		if _, doubtful := r.refused[base]; !doubtful {
			out.Prices = append(out.Prices, *r.found[item])
		}
	}
	said := map[string]bool{}
	for _, w := range want {
		if said[w.item] {
			continue
		}
		said[w.item] = true
		if why, ok := r.refused[w.item]; ok {
			out.Missing = append(out.Missing, w.item+": "+why)
		} else if _, ok := r.found[w.item]; !ok {
			out.Missing = append(out.Missing, w.item+": not in the price list of "+w.service)
		}
	}
	slices.Sort(out.Missing)
	return out
}
