package prices

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// rowsOf reads a table in the plainest way.
func rowsOf(t *testing.T, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("book", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), ","))
	}
	return rows
}

// Every cell of every table is found where it stands, as the price of the item and region
// of its row and column, and nothing is found elsewhere. The files are the source and the
// embedded form in one.
func TestEveryCellOfTheTablesIsFound(t *testing.T) {
	c := embeddedBook.contents()
	if len(c.tables) != len(embeddedTables)-1 {
		t.Errorf("%d tables of prices are in use, of %d files", len(c.tables), len(embeddedTables))
	}
	onDemand := 0
	for _, table := range c.tables {
		rows := rowsOf(t, strings.TrimPrefix(table.origin.File, "book/"))
		if !slices.IsSorted(rows[0][1:]) || rows[0][0] != "type" {
			t.Errorf("%s: the head is %v", table.origin.File, rows[0])
		}
		for i, row := range rows[1:] {
			if i > 0 && row[0] <= rows[i][0] {
				t.Errorf("%s: %s comes after %s", table.origin.File, row[0], rows[i][0])
			}
			if len(row) != len(rows[0]) || strings.Join(row[1:], "") == "" {
				t.Errorf("%s: the line %v", table.origin.File, row)
			}
			for column, text := range row[1:] {
				item, region := table.prefix+row[0], rows[0][column+1]
				r, ok := table.rate(item, region)
				if ok != (text != "") {
					t.Errorf("%s in %s: %v", item, region, ok)
				}
				if !ok {
					continue
				}
				want, err := decimal.NewFromString(text)
				if err != nil || !r.Value.Equal(want) || r.Item != item || r.Region != region || r.Unit != table.unit {
					t.Errorf("%s in %s: %+v, %v", item, region, r, err)
				}
				if strings.HasPrefix(table.unit, "USD/") && (!want.IsPositive() || want.GreaterThan(maxHourly)) {
					t.Errorf("%s in %s costs %s", item, region, want)
				}
				if table.unit == "fraction" && want.GreaterThanOrEqual(decimal.New(1, 0)) {
					t.Errorf("%s in %s is %s", item, region, want)
				}
				// Where another file has the price too, it is the same, or newer.
				if first, ok := c.rate(item, region); !ok || (!first.Value.Equal(want) && !newer(first, r)) {
					t.Errorf("%s in %s is %s here and %s in %s", item, region, want, first.Value, first.Origin.File)
				}
				if table.prefix == "ec2.on_demand." {
					onDemand++
				}
			}
		}
		for _, typ := range []string{"", "a", "zzz", "m5", "m5.", "m5.larg", "m5.largest", rows[1][0] + "x"} {
			if line := table.line(typ); line != "" {
				t.Errorf("%s: %q is %s", table.origin.File, typ, line)
			}
		}
	}
	if onDemand < 16_093 {
		t.Errorf("%d prices on demand", onDemand)
	}
}

// Every shape is read, whole, and every type that has a price has one.
func TestShapesOfTheBook(t *testing.T) {
	b := Default()
	rows := rowsOf(t, "ec2-shapes.csv")
	all := b.Instances()
	if len(all) != len(rows)-1 || len(all) != 1340 {
		t.Fatalf("%d shapes of %d lines", len(all), len(rows)-1)
	}
	for n, i := range all {
		row := rows[n+1]
		if i.Type != row[0] || i.CPU < migration.Core || i.Memory < 512*migration.MiB {
			t.Errorf("%v is %+v", row, i)
		}
		for at, column := range embeddedBook.contents().shapes.columns {
			if want := strings.ReplaceAll(row[at+1], " ", "_"); column.get(&i) != want {
				t.Errorf("%s: %s is %q, want %q", i.Type, column.name, column.get(&i), want)
			}
		}
		if len(b.Regions("ec2.on_demand."+i.Type)) == 0 {
			t.Errorf("%s has a shape and no price", i.Type)
		}
		if i.Allocatable >= i.CPU || i.AllocatableMemory >= i.Memory || i.AllocatableMemory <= 0 || (i.MaxPods != 0 && i.MaxPods < 4) {
			t.Errorf("%s cannot give so much: %+v", i.Type, i)
		}
		// Graviton is a g after the generation, and the first of them, a1.
		family, _, _ := strings.Cut(i.Type, ".")
		attributes := strings.TrimLeft(strings.TrimLeft(family, "abcdefghijklmnopqrstuvwxyz"), "0123456789")
		if graviton := family == "a1" || strings.HasPrefix(attributes, "g"); graviton != (i.Arch == migration.Arm64) {
			t.Errorf("%s is %s", i.Type, i.Arch)
		}
	}
	for _, item := range b.Items("ec2.on_demand.") {
		if _, ok := b.Instance(strings.TrimPrefix(item, "ec2.on_demand.")); !ok {
			t.Errorf("%s has no shape", item)
		}
	}
	g5, ok := b.Instance("g5.12xlarge")
	if !ok || g5.GPUs.Or(0) != 4 || g5.GPU != "NVIDIA A10G" || g5.GPUMemory.Or(0) != 91552*migration.MiB || g5.MaxPods != 737 ||
		g5.LocalDisk.Or(0) != 3800 || g5.Burstable.Or(true) || g5.BareMetal.Or(true) {
		t.Errorf("%+v", g5)
	}
}

// What an overlay says of a type comes before the tables, in its region or in all.
func TestOverlayOfATable(t *testing.T) {
	for region, want := range map[string]map[string]string{
		"eu-north-1":    {"eu-north-1": "0.0123", "eu-west-1": "0.11235"},
		Everywhere:      {"eu-north-1": "0.0123", "eu-west-1": "0.0123", "mars-1": "0.0123"},
		"mars-1":        {"eu-north-1": "0.1071", "mars-1": "0.0123"},
		"us-gov-west-1": {"us-gov-west-1": "0.0123"},
	} {
		b, err := Default().With("o.yaml", []byte("format: migtop-price-book/1\ngroup: o\norigins: {o: {source: s, certainty: primary}}\n"+
			"items: {\"ec2.on_demand.*\": USD/hour}\nsheets:\n- {origin: o, region: "+region+
			", prices: {ec2.on_demand.m7i.large: \"0.0123\"}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		for in, value := range want {
			if r, err := b.Rate("ec2.on_demand.m7i.large", in); err != nil || r.Value.String() != value {
				t.Errorf("overlay of %s, in %s: %s, %v; want %s", region, in, r.Value, err, value)
			}
		}
		listed := 0
		for _, r := range b.Rates("ec2.on_demand.m7i.large") {
			if got, err := b.Rate(r.Item, r.Region); err != nil || !got.Value.Equal(r.Value) {
				t.Errorf("listed %s in %s, found %s: %v", r.Value, r.Region, got.Value, err)
			}
			listed++
		}
		if region == Everywhere && listed != 1 {
			t.Errorf("%d prices of one for everywhere", listed)
		}
		if !slices.Contains(b.Items("ec2.on_demand.m7i."), "ec2.on_demand.m7i.large") || len(b.Items("ec2.on_demand.m7i.")) < 9 {
			t.Errorf("items: %v", b.Items("ec2.on_demand.m7i."))
		}
	}
}

// A region that AWS opened yesterday has no price, and a message names it. In China, prices
// in dollars that hold everywhere do not.
func TestRegionsWithoutPrices(t *testing.T) {
	b := Default()
	for region, items := range map[string][]string{
		"ap-southeast-9": {"ec2.on_demand.m7i.large", "eks.cluster", "lambda.requests", "cloudwatch.get_metric_data"},
		"ap-southeast-6": {"ec2.on_demand.m7i.large", "lambda.requests"},
		"cn-north-1":     {"ec2.on_demand.m5.large", "eks.cluster", "lambda.requests", "cloudwatch.get_metric_data", "fargate.vcpu.x86_64"},
	} {
		for _, item := range items {
			r, err := b.Rate(item, region)
			if err == nil || !strings.Contains(err.Error(), region) {
				t.Errorf("%s in %s is %s, %v", item, region, r.Value, err)
			}
		}
	}
	if r, err := b.Rate("ec2.cny.on_demand.m5.large", "cn-north-1"); err != nil || r.Unit != "CNY/hour" || r.Value.String() != "1.013" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSecondSource compares prices with a source that the tables were not made from. Of the
// catalog of SkyPilot (catalogs/v8/aws/vms.csv, commit 00148f2a, of 2025 or 2026), rows at byte offsets that a seed chose,
// for every region that it has; of eks-node-viewer (commit a410d6fa, generated in April 2025), three types that a seed
// chose for each region of its tables. No second source was found for the regions of noSecondSource.
func TestSecondSource(t *testing.T) {
	noSecondSource := strings.Fields("ap-south-2 ap-southeast-5 ap-southeast-7 ca-west-1 eu-central-2 il-central-1 me-south-1 " +
		"mx-central-1 sa-east-1")
	const catalog = `
		ap-northeast-1  m7i.large 0.1302   c7i.16xlarge 3.5952   m7i.8xlarge 2.0832   m5n.large 0.153
		ap-northeast-2  m7i.large 0.1239   c7i.16xlarge 3.2256   m7i.8xlarge 1.9824   m5zn.12xlarge 4.872
		ap-northeast-3  m7i.large 0.1302   m7i.8xlarge 2.0832    m7i.4xlarge 1.0416
		ap-east-1       m7i.large 0.1386   m7i.8xlarge 2.2176    m7i.4xlarge 1.1088
		ap-south-1      m7i.large 0.10605  c7i.16xlarge 2.856    m7i.8xlarge 1.6968
		ap-southeast-1  m7i.large 0.126    c7i.16xlarge 3.2928   m7i.8xlarge 2.016    m5n.24xlarge 7.008
		ap-southeast-2  m7i.large 0.126    c7i.16xlarge 3.7296   m7i.8xlarge 2.016    m5zn.12xlarge 4.956
		ap-southeast-3  m7i.large 0.126    m7i.4xlarge 1.008     m7i.8xlarge 2.016
		ap-southeast-4  m7i.large 0.126    m7i.8xlarge 2.016     m7i.4xlarge 1.008
		ca-central-1    m7i.large 0.11235  c7i.16xlarge 3.1248   m7i.8xlarge 1.7976
		eu-central-1    m7i.large 0.12075  c7i.16xlarge 3.2592   m7i.8xlarge 1.932    m5zn.12xlarge 4.7486
		eu-north-1      m7i.large 0.1071   c7i.16xlarge 3.0576   m7i.8xlarge 1.7136
		eu-south-1      m7i.large 0.1176   m7i.8xlarge 1.8816    m7i.4xlarge 0.9408
		eu-south-2      m7i.large 0.11235  c7i.16xlarge 3.064    m7i.8xlarge 1.7976
		eu-west-1       m7i.large 0.11235  c7i.16xlarge 3.06432  m7i.8xlarge 1.7976   m5zn.12xlarge 4.4184
		eu-west-2       m7i.large 0.11655  c7i.16xlarge 3.3936   m7i.8xlarge 1.8648
		eu-west-3       m7i.large 0.1176   c7i.16xlarge 3.3936   m7i.8xlarge 1.8816
		me-central-1    m7i.large 0.12359  m7i.8xlarge 1.97744   m7i.4xlarge 0.98872
		us-east-1       m7i.large 0.1008   c7i.16xlarge 2.856    m7i.8xlarge 1.6128   m5zn.12xlarge 3.9641  m5n.metal 5.712
		us-east-2       m7i.large 0.1008   c7i.16xlarge 2.856    m7i.8xlarge 1.6128   m5n.12xlarge 2.856
		us-west-1       m7i.large 0.1176   c7i.16xlarge 3.5616   m7i.8xlarge 1.8816   m5zn.12xlarge 4.6248
		us-west-2       m7i.large 0.1008   c7i.16xlarge 2.856    m7i.8xlarge 1.6128   m5n.4xlarge 0.952`
	// Of the catalog v7 and a price list of September 2026: two prices alone.
	const lists = `
		af-south-1      m6i.xlarge 0.254   t3.small 0.0271`
	const viewer = `
		us-east-1      d3en.6xlarge 3.154  r3.large 0.166      m7i-flex.4xlarge 0.76608
		us-gov-east-1  r5a.16xlarge 4.352  r6i.xlarge 0.302    r5d.12xlarge 4.152
		us-gov-west-1  r7i.2xlarge 0.6342  x1e.8xlarge 8       m2.2xlarge 0.586`
	b := Default()
	compared := map[string]int{}
	for line := range strings.Lines(catalog + lists + viewer) {
		words := strings.Fields(line)
		for i := 1; i+1 < len(words); i += 2 {
			r, err := b.Rate("ec2.on_demand."+words[i], words[0])
			if want := decimal.RequireFromString(words[i+1]); err != nil || !r.Value.Equal(want) {
				t.Errorf("%s in %s is %s, %v; the other source has %s", words[i], words[0], r.Value, err, want)
			}
			compared[words[0]]++
		}
	}
	for _, table := range b.contents().tables {
		if table.prefix != "ec2.on_demand." {
			continue
		}
		for _, region := range table.columns {
			least := 3
			if region == "af-south-1" {
				least = 2
			}
			if compared[region] < least && !slices.Contains(noSecondSource, region) {
				t.Errorf("%s: %d prices were compared", region, compared[region])
			}
		}
	}
}

// BenchmarkTableRate is one price of a type, out of 16,000 that nothing has read.
func BenchmarkTableRate(b *testing.B) {
	book := Default()
	items, regions := book.Items("ec2.on_demand."), book.Regions("ec2.on_demand.m5.large")
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a benchmark
	b.ReportAllocs()
	for b.Loop() {
		_, _ = book.Find(items[r.IntN(len(items))], regions[r.IntN(len(regions))])
	}
}

// BenchmarkInstance is the shape of one type.
func BenchmarkInstance(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Default().Instance("m7i-flex.4xlarge"); !ok {
			b.Fatal("it is unknown")
		}
	}
}
