package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/pricelist/pricelisttest"
)

// november is a day after all dates of the price book.
var november = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// stopped is a clock that does not advance.
type stopped struct {
	clock.Clock
	at time.Time
}

func (s stopped) Now() time.Time { return s.at }

// on runs a command on a day.
func on(t *testing.T, at time.Time, args ...string) ran {
	t.Helper()
	root := newRoot()
	for _, c := range root.Commands() {
		if name := c.Name(); name == "prices" || name == "estimate" {
			root.RemoveCommand(c)
		}
	}
	clk := stopped{clock.System(), at}
	root.AddCommand(newPrices(&globals{logLevel: "info"}, clk), newEstimate(&globals{}, clk))
	root.SilenceErrors, root.SilenceUsage = true, true
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return ran{out.String(), errs.String(), err, exitCode(err)}
}

// has checks that the output contains texts, with any number of spaces between columns.
func has(t *testing.T, r ran, want ...string) {
	t.Helper()
	if r.failure != nil {
		t.Errorf("failed: %v", r.failure)
	}
	blanks := regexp.MustCompile(` +`)
	for _, w := range want {
		if !strings.Contains(blanks.ReplaceAllString(r.out, " "), blanks.ReplaceAllString(w, " ")) {
			t.Errorf("no %q in\n%s", w, r.out)
		}
	}
}

func TestPricesList(t *testing.T) {
	isolate(t)
	r := on(t, november, "prices", "list", "fargate.vcpu", "--region", "us-east-1")
	has(t, r, "fargate.vcpu.x86_64  us-east-1  0.04048  USD/vCPU-hour  2026-09-28        54  primary    AmazonECS and AmazonEKS",
		"\n2 prices.\n")
	r = on(t, november, "prices", "list", "fargate.vcpu.x86_64")
	has(t, r, "sa-east-1  0.0696  USD/vCPU-hour  2025  689  secondary", "older than 90 days", "migtop prices refresh")
	has(t, on(t, november, "prices", "list", "lambda.requests"), "ca-west-1 0.2 USD/million-requests - - secondary", "without a date")
	// Types of instances are in a table of their own: one of them, a family, a region.
	has(t, on(t, november, "prices", "list", "ec2.on_demand.m7i-flex.large", "--region", "eu-north-1"),
		"ec2.on_demand.m7i-flex.large eu-north-1 0.10175 USD/hour 2025-04-04", "\n1 price,")
	has(t, on(t, november, "prices", "list", "ec2.on_demand.g5.", "--region", "sa-east-1"), "g5.48xlarge", "\n8 prices")
	// A price that holds everywhere is one of every region that is known.
	has(t, on(t, november, "prices", "list", "eks.cluster", "--region", "eu-north-1", "-o", "csv"),
		"\neks.cluster,eu-north-1,0.1,USD/cluster-hour,2026-09-28,54,assumed,")
	var doc struct {
		Prices []struct {
			Item, Region, Price, Unit, Certainty, Source, File string
			AsOf                                               *string `json:"as_of"`
			AgeDays                                            *int    `json:"age_days"`
		}
	}
	r = on(t, november, "prices", "list", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Prices) < 16_000 {
		t.Errorf("only %d prices", len(doc.Prices))
	}
	for _, p := range doc.Prices {
		if p.Item == "" || p.Region == "" || p.Price == "" || p.Unit == "" || p.Certainty == "" || p.Source == "" ||
			(p.AsOf == nil) != (p.AgeDays == nil) {
			t.Errorf("%+v", p)
		}
	}
	refused(t, `no item begins with "azure."; items begin with cloudwatch, cost_explorer`, "prices", "list", "azure.")
	refused(t, `region "us-east-9" is unknown; known: af-south-1`, "prices", "list", "--region", "us-east-9")
	refused(t, `no item that begins with "savings_plan.compute.fargate.1y" has a price in eu-west-1`, "prices", "list",
		"savings_plan.compute.fargate.1y", "--region", "eu-west-1")
	refused(t, `unknown output format "xml"`, "prices", "list", "-o", "xml")
	refused(t, "accepts at most 1 arg", "prices", "list", "a", "b")
}

func TestPricesShow(t *testing.T) {
	isolate(t)
	has(
		t, on(t, november, "prices", "show", "spot.discount.guess", "--region", "us-east-2"),
		"price      0.6 fraction\n", "as of      unknown\n", "certainty  assumed\n", "note       Spot discounts change by the hour\n",
		"from       the book that is built in\n",
	)
	has(t, on(t, november, "prices", "show", "nat.hour"), "us-east-1", "prices, ")
	has(t, on(t, november, "prices", "show", "eks.auto_mode.fee"), "region     everywhere\n", "as of      2026-09-28, 54 days old\n")
	has(t, on(t, november, "prices", "show", "lambda.requests"), "eu-south-1", "prices, ")
	has(t, on(t, november, "prices", "show", "lambda.stream", "--region", "us-east-1"), "143 days old: migtop prices refresh")
	refused(t, "the price book does not know fargate.vcpu.riscv; known: fargate.vcpu.arm64, fargate.vcpu.x86_64", "prices", "show",
		"fargate.vcpu.riscv")
	refused(t, "region us-east-9 has no price of eks.cluster; known: af-south-1", "prices", "show", "eks.cluster", "--region", "us-east-9")
}

const contract = `format: migtop-price-book/1
group: contract
origins:
  o: {source: contract, as_of: "2026-10", certainty: primary}
items:
  discount.eks: fraction
  eks.cluster: USD/cluster-hour
sheets:
- {origin: o, region: us-east-1, prices: {discount.eks: "0.5", eks.cluster: "0.08"}}
`

func contractFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "contract.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The item that the error names is one that the book has.
func TestPricesShowNamesAnItemThatThereIs(t *testing.T) {
	_, errOut, _ := execute(t, "prices", "show")
	_, rest, _ := strings.Cut(errOut, "such as ")
	item, _, _ := strings.Cut(rest, ";")
	if out, errOut, code := execute(t, "prices", "show", item); code != exitOK || !strings.Contains(out, item) {
		t.Errorf("%q: code %d, %s", item, code, errOut)
	}
}

func TestPricesDiff(t *testing.T) {
	isolate(t)
	file := contractFile(t, contract)
	r := on(t, november, "prices", "diff", file)
	has(
		t, r, "eks.cluster                  us-east-1  USD/cluster-hour      0.1      0.08  -20.00  contract",
		// A discount shows at the prices that it is off.
		"eks.auto_mode.fee.m6i.large  us-east-1  USD/hour          0.01152   0.00576  -50.00  contract",
	)
	// What is compared with is the book without an overlay.
	if again := on(t, november, "prices", "diff", file, "--prices", file); again.out != r.out {
		t.Errorf("with the overlay in force:\n%s", again.out)
	}
	has(t, on(t, november, "prices", "diff", file, "-o", "json"), `"change_percent": "-20"`)
	refused(t, "read the price file: open "+file+".none: no such file", "prices", "diff", file+".none")
	refused(t, ":9:77: want the price of eks.cluster as a quoted decimal", "prices", "diff",
		contractFile(t, strings.Replace(contract, `"0.08"`, "0.08", 1)))
	refused(t, "eks.cluster has no unit: name it under items", "prices", "diff",
		contractFile(t, strings.Replace(contract, "  eks.cluster: USD/cluster-hour\n", "", 1)))
	refused(t, "want a price file", "prices", "diff")
}

// frankfurt is a price list of a second region.
func frankfurt() []pricelisttest.Product {
	return []pricelisttest.Product{
		pricelisttest.Usage("AmazonECS", "eu-central-1", "EUC1-Fargate-vCPU-Hours:perCPU", "hours", "0.0470000000"),
		pricelisttest.Usage("AmazonEKS", "eu-central-1", "EUC1-Fargate-vCPU-Hours:perCPU", "hours", "0.0470000000"),
	}
}

// A region that is misspelt is valid YAML and changes no price that anyone asks for.
func TestPricesDiffNamesRegionsThatNobodyKnows(t *testing.T) {
	isolate(t)
	file := contractFile(t, strings.ReplaceAll(contract, "us-east-1", "us-eats-1"))
	_, errs, code := execute(t, "prices", "diff", file)
	if code != exitOK || !strings.Contains(errs, file+" prices the region us-eats-1, which nothing else has a price in") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if _, errs, _ = execute(t, "prices", "diff", contractFile(t, contract)); errs != "" {
		t.Errorf("of a region that is known: %q", errs)
	}
}

func TestPricesRefresh(t *testing.T) {
	isolate(t)
	s := pricelisttest.Start(t, append(pricelisttest.Virginia(), frankfurt()...)...)
	s.Rates(pricelisttest.VirginiaRates()...)
	file := refreshedFile()

	// A dry run says what would be, and keeps nothing.
	dry := on(t, november, "prices", "refresh", "us-east-1", "--dry-run")
	has(t, dry, "ec2.on_demand.m6i.xlarge", "0.192", "0.193", "+0.52", "lambda.requests", "+5.00")
	if strings.Contains(dry.out, "x2idn") || strings.Contains(dry.out, "fargate.vcpu.x86_64") {
		t.Errorf("no change of these:\n%s", dry.out)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a dry run has written")
	}

	r := on(t, november, "prices", "refresh", "us-east-1")
	if r.out != dry.out {
		t.Errorf("the dry run said\n%s\nthe real one\n%s", dry.out, r.out)
	}
	if !strings.Contains(r.err, "migtop: us-east-1: reading Lambda, 1 of 8\n") ||
		!strings.Contains(r.err, "migtop: us-east-1: reading Savings Plans, 8 of 8\nmigtop: us-east-1: 64 prices read\n") ||
		!strings.Contains(r.err, "name those that the price book lacks with --node-type: ") ||
		!strings.Contains(r.err, "keep the price that they have, if any: ec2.on_demand.c5.2xlarge: not in the price list of AmazonEC2") {
		t.Errorf("said %q", r.err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}

	// The next starts go by it, with its date and source.
	has(
		t, on(t, november.AddDate(0, 0, 2), "prices", "show", "ec2.on_demand.m6i.xlarge", "--region", "us-east-1"),
		"price      0.193 USD/hour\n", "as of      2026-11-21, 2 days old\n", "certainty  primary\n",
		"source     AWS Price List API, AmazonEC2 20261118000712\n", "from       "+file+"\n",
	)
	has(t, on(t, november.AddDate(0, 4, 0), "prices", "show", "ec2.on_demand.m6i.xlarge", "--region", "us-east-1"),
		"120 days old: migtop prices refresh")
	has(t, on(t, november, "prices", "show", "fargate.storage", "--region", "us-east-1"),
		"price      0.000111 USD/GB-hour\n", "certainty  primary\n")
	has(t, on(t, november, "prices", "show", "savings_plan.compute.fargate.1y", "--region", "us-east-1"), "certainty  derived\n",
		"note       computed: 1 less 0.034408 over 0.04048, the rate and the price of USE1-Fargate-vCPU-Hours:perCPU\n")
	// 5 M requests at 0.21 a million.
	has(t, on(t, november, "estimate", "--region", "us-east-1", "--runs", "5000000", "--duration", "1ms", "--memory", "128MB",
		"--free-tier=false", "--job-runs", "0", "-o", "csv"),
		",requests,5,million-requests,0.21,1.05,2026-11-21,primary,")

	// Another region comes to it; what was read before stays.
	r = on(t, november, "prices", "refresh", "eu-central-1")
	has(t, r, "fargate.vcpu.x86_64  eu-central-1  USD/vCPU-hour  0.04656  0.047  +0.95", "\n1 price changes.\n")
	has(t, on(t, november, "prices", "show", "lambda.requests", "--region", "us-east-1"), "price      0.21 USD/million-requests\n")
	has(t, on(t, november, "prices", "show", "fargate.vcpu.x86_64", "--region", "eu-central-1"), "price      0.047 USD/vCPU-hour\n")

	// Refreshed prices are list prices: what was negotiated comes off them, and an
	// overlay's own price goes over them.
	overlay := contractFile(t, strings.ReplaceAll(strings.Replace(contract, "discount.eks: fraction", "discount.ec2: fraction", 1),
		"discount.eks", "discount.ec2"))
	has(t, on(t, november, "prices", "show", "ec2.on_demand.m6i.xlarge", "--region", "us-east-1", "--prices", overlay),
		"price      0.0965 USD/hour\n")
	has(t, on(t, november, "prices", "show", "eks.cluster", "--region", "us-east-1", "--prices", overlay),
		"price      0.08 USD/cluster-hour\n")

	// A demo is the same everywhere.
	if out := ok(t, "prices", "show", "lambda.requests", "--region", "us-east-1", "--demo"); !strings.Contains(out,
		"price      0.2 USD/million-requests\n") {
		t.Errorf("demo:\n%s", out)
	}
}

func TestRefreshTakesTheConfiguredRegion(t *testing.T) {
	isolate(t)
	pricelisttest.Start(t, append(pricelisttest.Virginia(), frankfurt()...)...)
	t.Setenv("AWS_REGION", "eu-central-1")
	if r := on(t, november, "prices", "refresh"); !strings.Contains(r.err, "\nmigtop: eu-central-1: 1 prices read\n") {
		t.Errorf("%q, %v", r.err, r.failure)
	}
	t.Setenv("AWS_REGION", "")
	refused(t, "name the regions to refresh", "prices", "refresh")
	refused(t, "--demo: the simulated account has no price list", "prices", "refresh", "us-east-1", "--demo")
}

func TestRefreshThatFailsLeavesWhatIsThere(t *testing.T) {
	isolate(t)
	s := pricelisttest.Start(t, append(pricelisttest.Virginia(), frankfurt()...)...)
	has(t, on(t, november, "prices", "refresh", "us-east-1"))
	before, err := os.ReadFile(refreshedFile())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"AccessDeniedException": "\n        \"pricing:GetProducts\"\n",
		// The test's credentials are variables.
		"ExpiredTokenException": "the AWS credentials have expired (renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
	} {
		s.Fail(pricelisttest.Faults{Code: code})
		r := on(t, november, "prices", "refresh", "us-east-1")
		if r.code != exitFailure || r.out != "" || !strings.Contains(r.failure.Error(), want) {
			t.Errorf("%s: code %d, %v, printed %q", code, r.code, r.failure, r.out)
		}
	}
	s.Fail(pricelisttest.Faults{})
	// One region that is unknown spoils the others too.
	if r := on(t, november, "prices", "refresh", "eu-central-1", "mars-north-1"); r.code != exitFailure ||
		!strings.Contains(r.failure.Error(), `has no prices of region "mars-north-1"`) {
		t.Errorf("%v", r.failure)
	}
	after, err := os.ReadFile(refreshedFile())
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the refreshed prices are others now: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(refreshedFile()), ".prices-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// A type that the price book has never heard of comes with its size, and the next estimate prices a node of it. It stays when
// another region is refreshed.
func TestRefreshLearnsTypes(t *testing.T) {
	isolate(t)
	pricelisttest.Start(t, append(pricelisttest.Virginia(), frankfurt()...)...)
	const typ = "g9.2xlarge"
	estimate := []string{
		"estimate", "--region", "us-east-1", "--runs", "1000", "--duration", "1m", "--memory", "1024MB", "--node-type", typ, "-o", "json",
	}
	if r := on(t, november, estimate...); r.failure == nil || !strings.Contains(r.failure.Error(), typ) {
		t.Fatalf("before: %v", r.failure)
	}
	has(t, on(t, november, "prices", "refresh", "us-east-1", "--node-type", typ), "ec2.on_demand."+typ)
	has(t, on(t, november, estimate...), typ)
	has(t, on(t, november, "prices", "refresh", "eu-central-1"))
	has(t, on(t, november, estimate...), typ)
	data, err := os.ReadFile(refreshedFile())
	if err != nil || !strings.Contains(string(data), "  g9.2xlarge  8  32256  x86_64  1  24576\n") {
		t.Errorf("%v\n%s", err, data)
	}
	if decimals := regexp.MustCompile(`[0-9]*\.[0-9]*(9{6}|0{9})[0-9]+`).FindString(string(data)); decimals != "" {
		t.Errorf("%s is no price that AWS printed", decimals)
	}
}

// A price that is ten times what it was is a fault of the answer, until the user states it. Nothing is written.
func TestRefreshRefusesAbsurdPrices(t *testing.T) {
	isolate(t)
	absurd := pricelisttest.Usage("AmazonEKS", "eu-west-1", "EU-AmazonEKS-Hours:perCluster", "Hours", "1.1000000000")
	pricelisttest.Start(t, absurd)
	r := on(t, november, "prices", "refresh", "eu-west-1")
	const want = "the AWS price list of eu-west-1 states 1.1 USD/cluster-hour as the price of eks.cluster, " +
		"which the price book has at 0.1 in eu-west-1"
	if r.code != exitFailure || !strings.Contains(r.failure.Error(), want) {
		t.Errorf("%d %v", r.code, r.failure)
	}
	if _, err := os.Stat(refreshedFile()); err == nil {
		t.Error("it was written")
	}
}

// What is refreshed are the regions and types of the cluster's nodes next to those of the configuration.
func TestRefreshKnowsTheCluster(t *testing.T) {
	isolate(t)
	cloud, err := simcloud.Start(t.Context(), simcloud.Options{Seed: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	a := &app{config: config.Default(), clock: cloud.Clock(), log: slog.New(slog.DiscardHandler)}
	a.systems = systems{aws: []awsTarget{{}}, cluster: func() (*jobs.Connection, error) {
		return &jobs.Connection{Config: cloud.RESTConfig(), Context: cloud.ContextName(), Cluster: cloud.ContextName()}, nil
	}}
	var said strings.Builder
	r := &refresh{app: a, warn: &said}
	regions, err := r.plan(t.Context(), nil, []string{"m99.large", "m99.large"})
	if err != nil || !slices.Equal(regions, []string{cloud.Region()}) || said.String() != "" {
		t.Errorf("%v, %v, said %q", regions, err, said.String())
	}
	if n := len(r.types); n < 100 || n > 400 || !slices.Contains(r.types, "m99.large") || !slices.Contains(r.types, "m6i.4xlarge") {
		t.Errorf("%d types", n)
	}
	// Regions that the user names are all.
	if regions, err = r.plan(t.Context(), []string{"eu-west-3"}, nil); err != nil || !slices.Equal(regions, []string{"eu-west-3"}) {
		t.Errorf("%v, %v", regions, err)
	}
	a.systems.cluster = func() (*jobs.Connection, error) { return nil, errors.New("no cluster here") }
	if _, err = r.plan(t.Context(), nil, nil); err == nil || !strings.Contains(said.String(), "--node-type: no cluster here") {
		t.Errorf("%v, said %q", err, said.String())
	}
}

func TestSpoiledRefreshedPricesAreNotUsed(t *testing.T) {
	isolate(t)
	pricelisttest.Start(t, pricelisttest.Virginia()...)
	if err := os.MkdirAll(filepath.Dir(refreshedFile()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(refreshedFile(), []byte("format: migtop-price-book/1\ngroup: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	r := on(t, november, "prices", "show", "eks.cluster", "--region", "us-east-1")
	has(t, r, "price      0.1 USD/cluster-hour\n")
	if !strings.HasPrefix(r.err, "migtop: the refreshed prices are not used: "+refreshedFile()+":") ||
		!strings.Contains(r.err, "run migtop prices refresh again") {
		t.Errorf("warned %q", r.err)
	}
	r = on(t, november, "prices", "refresh", "us-east-1")
	has(t, r, "lambda.requests")
	if !strings.Contains(r.err, "the prices that were refreshed before are replaced: ") {
		t.Errorf("warned %q", r.err)
	}
	if r = on(t, november, "prices", "show", "lambda.requests", "--region", "us-east-1"); r.err != "" || !strings.Contains(r.out, "0.21") {
		t.Errorf("%q\n%s", r.err, r.out)
	}
}

// What the documentation shows as a price file is one.
func TestTheDocumentedPriceFile(t *testing.T) {
	isolate(t)
	data, err := os.ReadFile("../../docs/prices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "\n    format: migtop-price-book/1\n")
	file, _, ended := strings.Cut(rest, "\n\n")
	if !found || !ended {
		t.Fatal("docs/prices.md has no price file")
	}
	text := "format: migtop-price-book/1\n"
	for line := range strings.Lines(file) {
		text += strings.TrimPrefix(line, "    ")
	}
	has(t, on(t, november, "prices", "diff", contractFile(t, text+"\n")),
		"fargate.vcpu.x86_64 us-east-1 USD/vCPU-hour 0.04048 0.034408 -15.00", "ec2.on_demand.m6i.xlarge eu-west-1 USD/hour 0.214 0.17 -20.56")
	refused(t, "contract.yaml:12:25: want the price of discount.fargate as a quoted decimal like \"0.0416\", got the bare number 0.15",
		"prices", "diff", contractFile(t, strings.Replace(text, `"0.15"`, "0.15", 1)))
}
