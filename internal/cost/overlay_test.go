package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

const contract = `format: migtop-price-book/1
group: contract
origins:
  contract: {source: our contract of 2026, as_of: "2026-10", certainty: primary}
items:
  discount.lambda: fraction
  discount.ec2: fraction
  ec2.on_demand.*: USD/hour
  cluster.vcpu: USD/vCPU-hour
  cluster.memory: USD/GiB-hour
  cluster.fee: USD/cluster-hour
sheets:
- origin: contract
  region: us-east-1
  prices:
    discount.lambda: "0.10"
    discount.ec2: "0.25"
    ec2.on_demand.m6i.large: "0.09"
- origin: contract
  region: europe-west1
  prices:
    cluster.vcpu: "0.03"
    cluster.memory: "0.004"
    cluster.fee: "0.12"
    ec2.on_demand.n2-highcpu-8: "0.2"
shapes: |
  type          vcpu  mib   arch
  n2-highcpu-8  8     8192  x86_64
`

func negotiated(t testing.TB, o Options) *Pricer {
	t.Helper()
	b, err := prices.Default().With("contract.yaml", []byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	return New(b, o)
}

func TestNegotiatedDiscounts(t *testing.T) {
	p := negotiated(t, Options{})
	// 6 GB-s and a request cost 0.0001002002 (see TestThreeSecondsAtTwoGB), less 10 %.
	got, err := p.Lambda(migration.LambdaUsage{Place: virginia, Requests: 1, Billed: mbms(1, 3*time.Second, 2048)})
	if err != nil || got.Amount.String() != "0.00009018018" || !strings.Contains(got.Rates[0].Origin.Note, "less 10 %") {
		t.Errorf("Lambda: %+v, %v", got, err)
	}
	// Tiers' bounds are no prices: 6e9 GB-s at 0.9 * 0.0000166667 = 0.00001500003.
	tiers, err := p.LambdaTiers(virginia)
	if err != nil || !Tiered(tiers, dec("6000000000")).Equal(dec("90000.18")) {
		t.Errorf("tiers: %v, %v", tiers, err)
	}
	for typ, want := range map[string]string{"m6i.xlarge": "0.144", "m6i.large": "0.09"} { // 0.192 * 0.75; stated as it is
		if got, err := p.Node(ec2(typ, "us-east-1")); err != nil || got.Amount.String() != want {
			t.Errorf("%s: %s, %v; want %s", typ, got.Amount, err, want)
		}
	}
	if got, err := p.Node(ec2("m6i.xlarge", "eu-west-1")); err != nil || got.Amount.String() != "0.214" {
		t.Errorf("a region without a contract: %s, %v", got.Amount, err)
	}
	if got, err := p.Cluster("us-east-1", StandardSupport); err != nil || got.Amount.String() != "0.1" {
		t.Errorf("a service without a contract: %s, %v", got.Amount, err)
	}
}

func TestClusterOfAnotherCloud(t *testing.T) {
	p := negotiated(t, Options{})
	belgium := migration.RegionArch{Region: "europe-west1", Arch: migration.X86}
	node := migration.Host{Place: belgium, InstanceType: "e2-standard-4", NodeCPU: 4 * migration.Core, NodeMemory: 16 * migration.GiB}
	// 4 * 0.03 + 16 * 0.004 = 0.184.
	if got, err := p.Node(node); err != nil || got.Amount.String() != "0.184" {
		t.Errorf("node: %s, %v", got.Amount, err)
	}
	// A pod of 1 vCPU and 2 GiB for an hour costs its resources: 0.03 + 0.008.
	pod := podHours(node, 1000, 2048, 1)
	got, err := p.Pods(*pod)
	if err != nil || got.Amount.String() != "0.038" || got.Evidence.Method != migration.Measured {
		t.Errorf("pod: %s, %+v, %v", got.Amount, got.Evidence, err)
	}
	l := p.Ledger()
	a := l.Usage()
	a.AddUsage(pod)
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1})
	l.Cluster("europe-west1", StandardSupport, 3600)
	// 0.184 + 0.12, of which 0.184 - 0.038 is idle.
	if b := l.Close(time.Hour); value(b.Total()) != "0.304" || value(b.Idle()) != "0.146" {
		t.Errorf("total %s, idle %s", value(b.Total()), value(b.Idle()))
	}
	// A type whose price is stated wins over its resources' prices.
	node.InstanceType = "n2-highcpu-8"
	if got, err := p.Node(node); err != nil || got.Amount.String() != "0.2" {
		t.Errorf("stated: %s, %v", got.Amount, err)
	}
	if _, err := p.Node(migration.Host{Place: belgium}); err == nil || !strings.Contains(err.Error(), "CPU and memory are unknown") {
		t.Errorf("a node that was not read: %v", err)
	}
}

func TestFreeTierIsOneCredit(t *testing.T) {
	// A month of 1,500,000 GB-s and 3 M requests, half of each a tenant's:
	// AWS Lambda pricing page, example of 2020. 1,500,000 * 0.0000166667 =
	// 25.00005 and 3 * 0.20 = 0.60; free are 400,000 GB-s = 6.66668 and 1 M
	// requests = 0.20; 18.33337 + 0.40 = 18.73337 remain. AWS prints $18.74,
	// since it rounds the rate to $0.00001667 first.
	p := New(prices.Default(), Options{FreeTier: true})
	l := p.Ledger()
	a, b := l.Usage(), l.Usage()
	half := migration.LambdaUsage{Place: virginia, Requests: 1_500_000, Billed: mbms(1_500_000, time.Second, 512)}
	a.AddLambda(&half)
	b.AddLambda(&half)
	bill := l.Close(0)
	if value(bill.Lambda(a)) != "12.800025" || value(bill.Lambda(b)) != "12.800025" || value(bill.Credit()) != "-6.86668" ||
		value(bill.Total()) != "18.73337" {
		t.Errorf("%s + %s %s = %s", value(bill.Lambda(a)), value(bill.Lambda(b)), value(bill.Credit()), value(bill.Total()))
	}
	// Without a, 750,000 GB-s less 400,000 and half a million requests remain:
	// 350,000 * 0.0000166667 = 5.833345, and 0.10; leaving saves the rest.
	if got := value(bill.Leaving(a)); got != "12.800025" {
		t.Errorf("leaving saves %s", got)
	}
	// A tenth of the month at the same pace costs a tenth.
	l = p.Ledger()
	c := l.Usage()
	c.AddLambda(&migration.LambdaUsage{Place: virginia, Requests: 300_000, Billed: mbms(300_000, time.Second, 512)})
	if got := value(l.Close(73*time.Hour + 3*time.Minute).Total()); got != "1.873337" {
		t.Errorf("a tenth of the month costs %s", got)
	}
	// What is used within the free tier costs nothing, and leaving saves nothing.
	l = p.Ledger()
	d := l.Usage()
	d.AddLambda(&migration.LambdaUsage{Place: virginia, Requests: 1000, Billed: mbms(1000, time.Second, 1024)})
	bill = l.Close(0)
	if value(bill.Total()) != "0" || value(bill.Leaving(d)) != "0" {
		t.Errorf("total %s, leaving saves %s", value(bill.Total()), value(bill.Leaving(d)))
	}
	if New(prices.Default(), Options{}).Ledger().Close(0).Credit().Value.Known() {
		t.Error("a credit without the free tier")
	}
}

func TestLeavingACheaperTier(t *testing.T) {
	// 8e9 GB-s cost 6e9 * 0.0000166667 + 2e9 * 0.000015 = 130,000.2. Without
	// the 1e9 of a, 115,000.2: leaving saves 15,000, though a's average share
	// is an eighth of the pool, 16,250.025.
	l := pricer(t).Ledger()
	a, rest := l.Usage(), l.Usage()
	a.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 1e9 * 1_024_000})
	rest.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 7e9 * 1_024_000})
	b := l.Close(0)
	if value(b.Lambda(a)) != "16250.025" || value(b.Leaving(a)) != "15000" || value(b.Total()) != "130000.2" {
		t.Errorf("average %s, marginal %s, total %s", value(b.Lambda(a)), value(b.Leaving(a)), value(b.Total()))
	}
	if b.Leaving(l.Usage()).Value.Known() {
		t.Error("an empty account saves")
	}
}
