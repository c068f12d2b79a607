package prices

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

func TestRate(t *testing.T) {
	b := Default()
	for _, tc := range []struct {
		item, region, value string
		certainty           Certainty
		asOf                string
	}{
		{"lambda.compute.x86_64", "us-east-1", "0.0000166667", Primary, "2026-07"},
		{"lambda.compute.arm64", "af-south-1", "0.0000176800", Primary, "2024-08"},
		{"lambda.requests", "ap-east-1", "0.28", Primary, "2024-08"},
		{"lambda.compute.x86_64", "ap-northeast-1", "0.0000166667", Primary, "2026-09-23"},
		{"lambda.compute.x86_64.tier3", "us-east-1", "0.0000133334", Primary, "2026-07"},
		{"lambda.compute.arm64.tier2.up_to", "eu-west-1", "18750000000", Primary, "2026-07"},
		{"fargate.vcpu.x86_64", "us-east-1", "0.04048", Primary, "2026-09-28"},
		{"fargate.memory.x86_64", "us-east-2", "0.004445", Primary, "2026-09-11"},
		{"fargate.memory.x86_64", "eu-west-3", "0.0053", Secondary, "2026-09-11"},
		{"fargate.storage", "us-east-1", "0.000111", Primary, "2026-09-11"},
		{"fargate.spot.vcpu.x86_64", "us-east-1", "0.01288871", Primary, "2026-09-28"},
		{"fargate.memory.arm64", "eu-west-2", "0.00409", Primary, "2026"},
		{"fargate.vcpu.arm64", "ap-south-1", "0.02383", Primary, "2026-09-11"},
		{"fargate.memory.arm64", "ap-south-1", "0.00261", Primary, "2026-09-11"},
		{"fargate.spot.memory.arm64", "sa-east-1", "0.00205498", Secondary, "2025"},
		{"eks.cluster", "ap-southeast-5", "0.10", Primary, "2026-09-28"},
		{"eks.cluster", "eu-central-1", "0.10", Assumed, "2026-09-28"},
		{"eks.extended_support", "us-east-1", "0.50", Primary, "2026-09-28"},
		{"ec2.on_demand.m6i.xlarge", "us-east-1", "0.192", Primary, "2026-07-20"},
		{"ec2.on_demand.m6i.xlarge", "af-south-1", "0.254", Secondary, "2025-04-04"},
		{"ec2.on_demand.t4g.medium", "sa-east-1", "0.0536", Secondary, "2025-04-04"},
		{"ec2.on_demand.m7i-flex.large", "eu-north-1", "0.10175", Secondary, "2025-04-04"},
		{"ec2.on_demand.c7i.large", "us-gov-west-1", "0.10710", Secondary, "2026-07-20"},
		{"ec2.on_demand.m7i.large", "af-south-1", "0.13335", Derived, "2026"},
		{"ec2.on_demand.t3.xlarge", "us-east-1", "0.1664", Primary, "2026-07-20"},
		{"ec2.on_demand.m7i.xlarge", "ap-northeast-1", "0.2604", Primary, "2026-09"},
		{"ec2.spot.low.m6i.xlarge", "us-east-1", "0.0717", Secondary, "2025"},
		{"savings_plan.compute.lambda.3y", "us-east-1", "0.12", Primary, "2026-09-25"},
		{"spot.discount.guess", "us-east-1", "0.60", Assumed, ""},
		{"nat.hour", "ap-southeast-5", "0.05015", Primary, "2026-09"},
		{"cloudwatch.get_metric_data", "eu-west-1", "0.01", Primary, "2026-08"},
		{"cloudwatch.get_metric_data", "sa-east-1", "0.014", Primary, "2026-08"},
		{"cloudwatch.logs.insights", "us-east-1", "0.005", Secondary, "2026-08"},
		{"opencost.memory", "us-east-1", "0.004237", Primary, "2024-10-24"},
		{"sqs.standard", "ap-northeast-1", "0.40", Primary, "2026-09"},
	} {
		r, err := b.Rate(tc.item, tc.region)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if !r.Value.Equal(decimal.RequireFromString(tc.value)) || r.Origin.Certainty != tc.certainty || r.Origin.AsOf != tc.asOf ||
			r.Region != tc.region || r.Item != tc.item {
			t.Errorf("%s in %s: %s, %s of %q; want %s, %s of %q", tc.item, tc.region, r.Value, r.Origin.Certainty, r.Origin.AsOf,
				tc.value, tc.certainty, tc.asOf)
		}
	}
}

func TestUnknownIsNamed(t *testing.T) {
	b := Default()
	for _, tc := range []struct{ item, region, want string }{
		{
			"fargate.vcpu.arm64", "eu-north-9",
			"region eu-north-9 has no price of fargate.vcpu.arm64; known: ap-northeast-1, ap-northeast-2, ap-south-1, ap-south-2, " +
				"ap-southeast-1, ap-southeast-2, ap-southeast-3, ca-central-1, eu-central-1, eu-west-1, eu-west-2, sa-east-1, " +
				"and 4 more; " +
				"migtop prices refresh eu-north-9 looks for it",
		},
		{
			"ec2.on_demand.m9g.large", "eu-west-1",
			"region eu-west-1 has no price of ec2.on_demand.m9g.large; known: us-east-1; migtop prices refresh eu-west-1 looks for it",
		},
		{"sqs.standard", "", "no price of sqs.standard: the region is unknown; known: ap-northeast-1"},
		{"ec2.on_demand.t3.giant", "us-east-1", "the price book does not know ec2.on_demand.t3.giant; known: ec2.on_demand.t3.2xlarge, " +
			"ec2.on_demand.t3.large, ec2.on_demand.t3.medium, ec2.on_demand.t3.micro, ec2.on_demand.t3.nano, ec2.on_demand.t3.small, " +
			"ec2.on_demand.t3.xlarge"},
		{"moon.light", "us-east-1", "the price book does not know moon.light; migtop prices list names what it knows"},
	} {
		_, err := b.Rate(tc.item, tc.region)
		var unknown *UnknownError
		if !errors.As(err, &unknown) || err.Error() != tc.want {
			t.Errorf("%s in %q: %v\nwant %s", tc.item, tc.region, err, tc.want)
		}
	}
	// A price for everywhere is for regions that the book has heard of.
	if _, err := b.Rate("eks.cluster", "eu-north-9"); err == nil || !strings.Contains(err.Error(),
		"eu-north-9") || !strings.Contains(err.Error(), "and ") {
		t.Errorf("cluster in an unknown region: %v", err)
	}
	if r, err := b.Rate("eks.cluster", Everywhere); err != nil || r.Region != Everywhere {
		t.Errorf("a price for everywhere, asked for as such: %v, %v", r, err)
	}
}

func TestEmbeddedBook(t *testing.T) {
	b := Default()
	var names []string
	for _, g := range b.Groups() {
		names = append(names, g.Name)
	}
	if got := strings.Join(names, " "); got != "cloudwatch discounts ec2 eks fargate lambda network other" {
		t.Errorf("groups: %s", got)
	}
	units := map[string]bool{}
	for _, r := range b.Rates("") {
		units[r.Unit] = true
		if r.Origin.Source == "" || r.Origin.Certainty < Primary || r.Origin.Certainty > Assumed {
			t.Errorf("%s in %s has no origin: %+v", r.Item, r.Region, r.Origin)
		}
		if _, ok := r.Origin.Since(); !ok && r.Origin.Certainty == Primary {
			t.Errorf("%s in %s is primary and has no date", r.Item, r.Region)
		}
	}
	if !units["USD/GB-second"] || !units["USD/hour"] {
		t.Errorf("units: %v", units)
	}
	// What the files say of themselves names public places only.
	err := fs.WalkDir(os.DirFS("book"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("book", path))
		for _, word := range []string{"/home", "/root", "localhost", "internal"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s names %s", path, word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFargateSizes(t *testing.T) {
	sizes := Default().FargateSizes()
	// vCPU, least and most GB, number of choices. Source: AWS Fargate pricing page.
	want := []struct {
		vcpu, least, most string
		n                 int
		ecs               bool
	}{
		{"0.25", "0.5", "2", 3, false},
		{"0.5", "1", "4", 4, false},
		{"1", "2", "8", 7, false},
		{"2", "4", "16", 13, false},
		{"4", "8", "30", 23, false},
		{"8", "16", "60", 12, false},
		{"16", "32", "120", 12, false},
		{"32", "60", "244", 3, true},
	}
	if len(sizes) != len(want) {
		t.Fatalf("%d sizes", len(sizes))
	}
	for i, w := range want {
		s := sizes[i]
		if s.VCPU.String() != w.vcpu || s.GB[0].String() != w.least || s.GB[len(s.GB)-1].String() != w.most || len(s.GB) != w.n ||
			s.ECSOnly != w.ecs {
			t.Errorf("size %d: %+v", i, s)
		}
	}
}

func TestOriginSince(t *testing.T) {
	for asOf, want := range map[string]string{
		"2026-07-20": "2026-07-20", "2026-07": "2026-07-01", "2026": "2026-01-01", "": "", "July": "", "2026-13": "",
	} {
		since, ok := Origin{AsOf: asOf}.Since()
		if ok != (want != "") || (ok && since.Format(time.DateOnly) != want) {
			t.Errorf("%q: %v, %v", asOf, since, ok)
		}
	}
}

func TestEvidenceOfRate(t *testing.T) {
	b := Default()
	for _, tc := range []struct {
		item, region, source string
		method               migration.Method
		note                 bool
	}{
		{"fargate.vcpu.x86_64", "us-east-1", "price book 2026-09-28", migration.Measured, false},
		{"fargate.vcpu.x86_64", "ap-south-2", "price book 2026-09-28", migration.Derived, true},
		{"fargate.vcpu.x86_64", "ap-southeast-3", "price book 2026", migration.Estimated, true},
		{"spot.discount.guess", "us-east-1", "price book", migration.Estimated, true},
	} {
		r, err := b.Rate(tc.item, tc.region)
		if err != nil {
			t.Fatal(err)
		}
		e := r.Evidence()
		if e.Source != tc.source || e.Method != tc.method || (e.Note != "") != tc.note || e.Coverage != 1 {
			t.Errorf("%s: %+v", tc.region, e)
		}
		if tc.note && !strings.Contains(e.Note, r.Origin.Certainty.String()) {
			t.Errorf("%s: the note hides the certainty: %q", tc.region, e.Note)
		}
	}
	if Certainty(0).Method() != 0 || Certainty(0).String() != "unknown" {
		t.Error("the zero certainty is trusted")
	}
}

// BenchmarkLoad reads the embedded files, which the first question for a price waits for.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := load(); err != nil {
			b.Fatal(err)
		}
	}
}
