package estimate

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

var update = flag.Bool("update", false, "write the table of regions in docs/prices.md anew")

const (
	pricesDoc     = "../../../docs/prices.md"
	beginCoverage = "<!-- regions: generated from the price book; go test ./internal/cost/estimate -update -->\n"
	endCoverage   = "<!-- end of regions -->\n"
)

// unpriced are regions of AWS of which the book has no price at all.
var unpriced = []string{"ap-southeast-6", "cn-northwest-1"}

// coverage is one column of the table: what a small month is estimated on.
type coverage struct {
	title      string
	properties []string
	of         func(*Result) *Platform
}

func lambdaOf(r *Result) *Platform { return r.Platforms.Lambda }
func eksOf(r *Result) *Platform    { return r.Platforms.EKSFargate }
func ecsOf(r *Result) *Platform    { return r.Platforms.ECSFargate }
func nodesOf(r *Result) *Platform  { return r.Platforms.Nodes }
func feeOf(r *Result) *Platform    { return r.Cluster }

var coverages = func() []coverage {
	run := func(arch string) []string {
		return []string{"runs=1000", "duration=1s", "memory=1GB", "arch=" + arch, "free-tier=false"}
	}
	job := func(arch string, more ...string) []string {
		return append([]string{"job-runs=1000", "job-cpu=1", "job-memory=2Gi", "job-duration=1m", "job-arch=" + arch}, more...)
	}
	return []coverage{
		{"Lambda x86", run("x86_64"), lambdaOf},
		{"Lambda arm64", run("arm64"), lambdaOf},
		{"provisioned x86", append(run("x86_64"), "provisioned=1", "provisioned-hours=10"), lambdaOf},
		{"provisioned arm64", append(run("arm64"), "provisioned=1", "provisioned-hours=10"), lambdaOf},
		{"logs", append(run("x86_64"), "logs=10GB"), lambdaOf},
		{"EKS Fargate", job("x86_64"), eksOf},
		{"ECS Fargate x86", job("x86_64"), ecsOf},
		{"ECS Fargate arm64", job("arm64"), ecsOf},
		{"Fargate Spot x86", job("x86_64", "spot=1"), ecsOf},
		{"Fargate Spot arm64", job("arm64", "spot=1"), ecsOf},
		{"Fargate disk", job("x86_64", "job-storage=30GiB"), ecsOf},
		{"nodes x86", job("x86_64"), nodesOf},
		{"nodes arm64", job("arm64"), nodesOf},
		{"EKS", job("x86_64"), feeOf},
	}
}()

// complete is how many columns a region prices, and its row: "yes" where an estimate has a
// total, "-" where a price is missing, and how many types of instances have a price.
func complete(t *testing.T, p *cost.Pricer, region string, byType map[string]int) (row string, have map[string]bool) {
	t.Helper()
	have = map[string]bool{}
	cells := []string{region}
	for _, c := range coverages {
		r := estimated(t, append([]string{"region=" + region}, c.properties...)...)
		cell := "-"
		if pl := c.of(&r); pl != nil {
			if u, ok := pl.Total.Get(); ok && u.Sign() > 0 {
				have[c.title], cell = true, "yes"
			} else if !strings.Contains(pl.Problem, region) {
				t.Errorf("%s in %s is unknown and does not say where: %s", c.title, region, pl.Problem)
			}
		}
		cells = append(cells, cell)
	}
	cells = append(cells, fmt.Sprint(byType[region]))
	return "| " + strings.Join(cells, " | ") + " |\n", have
}

// TestRegionsOfTheDocumentation keeps the table of what has a price in which region, and
// that no region has fewer than it had.
func TestRegionsOfTheDocumentation(t *testing.T) {
	book := prices.Default()
	p := cost.New(book, cost.Options{})
	byType := map[string]int{}
	for _, i := range book.Instances() {
		for _, region := range book.Regions("ec2.on_demand." + i.Type) {
			byType[region]++
		}
	}
	regions := append(book.KnownRegions(), unpriced...)
	slices.Sort(regions)
	regions = slices.Compact(regions)
	titles := []string{"region"}
	for _, c := range coverages {
		titles = append(titles, c.title)
	}
	titles = append(titles, "EC2 types")
	var b strings.Builder
	b.WriteString(beginCoverage + "| " + strings.Join(titles, " | ") + " |\n" + strings.Repeat("|---", len(titles)) + "|\n")
	x86, arm := 0, 0
	for _, region := range regions {
		row, have := complete(t, p, region, byType)
		b.WriteString(row)
		if have["Lambda x86"] && have["EKS Fargate"] && have["ECS Fargate x86"] && have["nodes x86"] && have["EKS"] {
			x86++
		}
		if have["Lambda arm64"] && have["ECS Fargate arm64"] && have["nodes arm64"] && have["EKS"] {
			arm++
		}
	}
	fmt.Fprintf(&b, "\nOf %d regions, %d price Lambda, EKS Fargate, ECS Fargate, nodes and the cluster on x86, and %d on arm64\n"+
		"(without EKS Fargate, which has no arm64).\n%s", len(regions), x86, arm, endCoverage)
	data, err := os.ReadFile(pricesDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(data), beginCoverage)
	now, after, ok2 := strings.Cut(rest, endCoverage)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no marks around the table of regions", pricesDoc)
	}
	if *update {
		if err := os.WriteFile(pricesDoc, []byte(before+b.String()+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(beginCoverage+now+endCoverage, b.String()); diff != "" {
		t.Errorf("docs/prices.md is not what the book says; run go test ./internal/cost/estimate -update\n%s", diff)
	}
	if x86 < 22 || arm < 15 {
		t.Errorf("only %d regions are complete on x86, %d on arm64", x86, arm)
	}
}

// TestNodesHaveATotalInEveryRegion prices nodes of common families where they are to be
// had: a user of any region with such nodes gets a total.
func TestNodesHaveATotalInEveryRegion(t *testing.T) {
	for _, region := range []string{"ap-south-1", "sa-east-1", "eu-north-1", "us-gov-west-1"} {
		for _, typ := range []string{"c7i.xlarge", "r6i.xlarge", "m7i-flex.xlarge", "t4g.xlarge", "g5.xlarge"} {
			if region == "us-gov-west-1" && typ == "g5.xlarge" {
				continue // AWS's list of July 2026 has no g5 there
			}
			host := migration.Host{
				Kind: migration.HostEC2, OS: migration.Linux, InstanceType: typ,
				NodeCPU: 4 * migration.Core, NodeMemory: 15 * migration.GiB, Place: migration.RegionArch{Region: region},
			}
			l := cost.New(prices.Default(), cost.Options{}).Ledger()
			a := l.Usage()
			a.AddUsage(&migration.ResourceUsage{Host: host, PodSeconds: 3600, CPU: 1000 * 3600, Memory: 3600 << 20})
			l.Nodes(&migration.NodeTime{Host: host, NodeSeconds: 3600, Nodes: 1})
			if u, ok := l.Close(0).Total().Value.Get(); !ok || u.Sign() <= 0 {
				t.Errorf("%s in %s has no total", typ, region)
			}
		}
	}
}
