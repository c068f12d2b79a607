package prices

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/yamldoc"
)

const small = `format: migtop-price-book/1
group: mine
origins:
  contract: {source: our contract, as_of: "2026-10", certainty: primary}
items:
  fargate.vcpu.x86_64: USD/vCPU-hour
  ec2.on_demand.*: USD/hour
sheets:
- origin: contract
  region: us-east-1
  prices:
    fargate.vcpu.x86_64: "0.036"
- origin: contract
  table: |
    item                      us-east-1  eu-north-9
    ec2.on_demand.m6i.xlarge  0.15       0.16
    ec2.on_demand.x9.huge     -          12
shapes: |
  type     vcpu  mib    arch   pods  gpus  gpu
  x9.huge  8     32768  arm64  58    1     NVIDIA_X9
`

func TestOverlay(t *testing.T) {
	base := Default()
	b, err := base.With("mine.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ item, region, value, source string }{
		{"fargate.vcpu.x86_64", "us-east-1", "0.036", "our contract"},
		{"fargate.memory.x86_64", "us-east-1", "0.004445", ""},
		{"fargate.vcpu.x86_64", "eu-central-1", "0.04656", "AWS Price List"},
		{"ec2.on_demand.m6i.xlarge", "eu-north-9", "0.16", "our contract"},
		{"ec2.on_demand.x9.huge", "eu-north-9", "12", "our contract"},
		{"eks.cluster", "eu-north-9", "0.10", ""}, // a region that is now known
	} {
		r, err := b.Rate(tc.item, tc.region)
		if err != nil || !r.Value.Equal(decimal.RequireFromString(tc.value)) || (tc.source != "" && r.Origin.Source != tc.source) {
			t.Errorf("%s in %s: %+v, %v", tc.item, tc.region, r, err)
		}
	}
	if r, err := base.Rate("fargate.vcpu.x86_64", "us-east-1"); err != nil || r.Value.String() != "0.04048" {
		t.Errorf("the overlay changed the book under it: %v, %v", r, err)
	}
	if _, err := b.Rate("ec2.on_demand.x9.huge", "us-east-1"); err == nil {
		t.Error("- is a price")
	}
	if len(b.FargateSizes()) != len(base.FargateSizes()) || len(b.Instances()) != len(base.Instances())+1 {
		t.Error("shapes were lost")
	}
}

// A price of a region in the same file is the exception to its price for everywhere, whichever stands first.
func TestOverlayRegionExceptsFromEverywhere(t *testing.T) {
	const everywhere = "- origin: contract\n  region: everywhere\n  prices:\n    fargate.vcpu.x86_64: \"0.030\"\n"
	for name, file := range map[string]string{
		"before": edit("sheets:\n", "sheets:\n"+everywhere), "after": edit("shapes:", everywhere+"shapes:"),
	} {
		b, err := Default().With("o.yaml", []byte(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for region, want := range map[string]string{"us-east-1": "0.036", "eu-central-1": "0.03"} {
			if r, err := b.Rate("fargate.vcpu.x86_64", region); err != nil || r.Value.String() != want {
				t.Errorf("everywhere %s the region: %s costs %v, %v, want %s", name, region, r.Value, err, want)
			}
		}
	}
}

func TestOverlayForEverywhereReplacesRegions(t *testing.T) {
	b, err := Default().With("o.yaml", []byte(strings.ReplaceAll(small, "region: us-east-1", "region: everywhere")))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Rate("fargate.vcpu.x86_64", "eu-central-1"); err != nil || r.Value.String() != "0.036" {
		t.Errorf("%v, %v", r, err)
	}
}

// edit replaces one piece of the small overlay.
func edit(old, replacement string) string {
	if !strings.Contains(small, old) {
		panic("nothing to edit: " + old)
	}
	return strings.Replace(small, old, replacement, 1)
}

func TestErrorsTellThePlace(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"not yaml":      {"a: [", "o.yaml:1:4: sequence end token ']' not found"},
		"empty":         {"", "o.yaml: want one YAML document"},
		"two documents": {small + "---\n" + small, "o.yaml: want one YAML document"},
		"list":          {"- a\n", "o.yaml:1:1: want the price book as a mapping, got a list"},
		"no format":     {"group: x\n", "o.yaml:1:1: format is missing"},
		"other format":  {edit("price-book/1", "price-book/2"), "o.yaml:1:9: want format: migtop-price-book/1"},
		"unknown key": {
			edit("group:", "grupo:"),
			`o.yaml:2:1: unknown key "grupo" in the price book; known: format, group, about, origins, items, sheets, shapes, fargate_sizes`,
		},
		"key twice": {edit("group: mine", "group: mine\ngroup: yours"), `o.yaml:3:1: mapping key "group" already defined at [2:1]`},
		"float price": {
			edit(`"0.036"`, "0.036"),
			`o.yaml:12:26: want the price of fargate.vcpu.x86_64 as a quoted decimal like "0.0416", got the bare number 0.036`,
		},
		"negative price": {
			edit(`"0.036"`, `"-0.036"`),
			`o.yaml:12:26: want the price of fargate.vcpu.x86_64 as a decimal like "0.0416" without sign or exponent, got "-0.036"`,
		},
		"exponent": {
			edit(`"0.036"`, `"1e9"`),
			`o.yaml:12:26: want the price of fargate.vcpu.x86_64 as a decimal like "0.0416" without sign or exponent, got "1e9"`,
		},
		"absurd price": {
			edit(`"0.036"`, `"1234567890123456"`),
			`o.yaml:12:26: want the price of fargate.vcpu.x86_64 below 1e15, got "1234567890123456"`,
		},
		"empty price": {
			edit(`"0.036"`, ``),
			`o.yaml:12:25: want the price of fargate.vcpu.x86_64 as a quoted decimal like "0.0416", got nothing`,
		},
		"nothing for what costs something": {
			edit(`"0.036"`, `"0.000"`),
			`o.yaml:12:26: fargate.vcpu.x86_64 costs 0 USD/vCPU-hour: want a price above 0; where it is free, state discount.fargate: "1"`,
		},
		"nothing for a type of instance that the book lacks": {
			edit("-          12", "-          0 "),
			`o.yaml:17:42: ec2.on_demand.x9.huge costs 0 USD/hour: want a price above 0; where it is free, state discount.ec2: "1"`,
		},
		"in a table": {
			edit("0.15 ", "0,15 "),
			`o.yaml:16:31: want the price of ec2.on_demand.m6i.xlarge as a decimal like "0.0416" without sign or exponent, got "0,15"`,
		},
		"no unit": {
			edit("  fargate.vcpu.x86_64: USD/vCPU-hour\n", ""),
			"o.yaml:11:5: fargate.vcpu.x86_64 has no unit: name it under items",
		},
		"other unit": {
			edit("USD/vCPU-hour", "USD/vCPU-month"),
			"o.yaml:6:24: fargate.vcpu.x86_64 is priced in USD/vCPU-hour, not in USD/vCPU-month",
		},
		"empty unit": {edit("USD/vCPU-hour", ""), "o.yaml:6:23: want the unit of fargate.vcpu.x86_64 as text, got nothing"},
		"unknown item": {
			edit("  ec2.on_demand.*:", "  eks.clustre: USD/cluster-hour\n  ec2.on_demand.*:"),
			"o.yaml:7:3: the price book does not know eks.clustre; known: eks.addon, eks.auto_mode.fee, eks.auto_mode.fee.m6i.large, " +
				"eks.auto_mode.fee.m7g.large, eks.auto_mode.fee.m7i.large, eks.auto_mode.fee.t4g.medium, eks.capability.ack, " +
				"eks.capability.ack.resource, eks.capability.argocd, eks.capability.argocd.application, eks.capability.kro, " +
				"eks.capability.kro.instance, and 12 more",
		},
		"row too long": {
			edit("0.15       0.16", "0.15       0.16 0.17"),
			"o.yaml:16:5: ec2.on_demand.m6i.xlarge has 3 prices under 2 headings; a missing price is -",
		},
		"price twice": {
			edit("ec2.on_demand.x9.huge     -", "ec2.on_demand.m6i.xlarge  1"),
			"o.yaml:17:31: ec2.on_demand.m6i.xlarge has two prices in us-east-1",
		},
		"no head": {
			edit("    item                      us-east-1  eu-north-9\n", ""),
			`o.yaml:15:5: want a table to begin with "region" or "item", got "ec2.on_demand.m6i.xlarge"`,
		},
		"folded": {
			edit("table: |", "table: >"),
			`o.yaml:14:10: want a table of prices as a block of lines after |, got something else`,
		},
		"no origin": {edit("- origin: contract\n  region", "- region"), "o.yaml:9:3: the sheet has no origin"},
		"unknown origin": {
			edit("- origin: contract", "- origin: contrakt"),
			`o.yaml:9:11: origin "contrakt" is not among the origins of this file`,
		},
		"sheet of both": {
			edit("  region: us-east-1\n", ""),
			"o.yaml:9:3: want a sheet with origin and table, or with origin, region and prices",
		},
		"no source": {edit("source: our contract, ", ""), "o.yaml:4:3: origin contract has no source"},
		"no certainty": {
			edit(", certainty: primary", ""),
			"o.yaml:4:3: origin contract has no certainty: primary, secondary, derived or assumed",
		},
		"other certainty": {
			edit("certainty: primary", "certainty: sure"),
			`o.yaml:4:65: want certainty as primary, secondary, derived or assumed, got "sure"`,
		},
		"certainty unknown": {
			edit("certainty: primary", "certainty: unknown"),
			`o.yaml:4:65: want certainty as primary, secondary, derived or assumed, got "unknown"`,
		},
		"date": {
			edit(`"2026-10"`, `"October"`),
			`o.yaml:4:43: want as_of as a quoted date like "2026-07-20", "2026-07" or "2026", got "October"`,
		},
		"sizes": {
			small + "fargate_sizes: |\n  vcpu under gb\n  1 all 2\n",
			"o.yaml:21:16: an overlay cannot change the sizes of Fargate",
		},
		"a shape without vCPUs":   {edit("x9.huge  8", "x9.huge  0"), `o.yaml:20:12: want vcpu as a whole number from 1 to 4096, got "0"`},
		"a shape of unknown size": {edit("x9.huge  8", "x9.huge  -"), `o.yaml:20:12: want vcpu as a whole number from 1 to 4096, got "-"`},
		"architecture":            {edit("32768  arm64", "32768  amd64"), `o.yaml:20:25: want arch as x86_64 or arm64, got "amd64"`},
		"a shape's column": {edit("  pods", "  podz"), `o.yaml:19:32: unknown column "podz" in shapes; known: type, vcpu, mib, ` +
			`arch, pods, eni, ipv4_per_eni, branch_eni, gpus, gpu, gpu_mib, disk_gb, burstable, metal`},
		"a shape's column twice": {edit("  pods", "  vcpu"), `o.yaml:19:32: column vcpu is here twice`},
		"no memory": {
			edit("mib    arch", "eni    arch"),
			`o.yaml:18:9: shapes have no column mib: want at least type, vcpu, mib, arch`,
		},
		"a short shape": {edit("58    1     NVIDIA_X9", "58"), `o.yaml:20:3: want 7 columns, got 5; what is unknown is -`},
		"a shape twice": {small + "  x9.huge  8     32768  arm64  58    1     -\n", `o.yaml:21:3: x9.huge is here twice`},
		"a type without a shape": {
			edit("x9.huge  8", "x9.big   8"),
			`o.yaml:17:5: nothing states the size of x9.huge: add a table of shapes with a line like "x9.huge 4 16384 x86_64" under ` +
				`"type vcpu mib arch"`,
		},
		"a price of a month": {
			edit("-          12", "-          8760"),
			`o.yaml:17:42: ec2.on_demand.x9.huge costs 8760 USD/hour: want at most 1000; is it a price of a month?`,
		},
		"another unit": {
			edit(`"0.036"`, `"26.28"`),
			`o.yaml:12:26: fargate.vcpu.x86_64 costs 26.28 USD/vCPU-hour, and at most 0.0696 in the price book: is it per vCPU-hour?`,
		},
		"anchor": {
			edit(`"0.036"`, `&a "0.036"`),
			`o.yaml:12:26: want the price of fargate.vcpu.x86_64 as a quoted decimal like "0.0416", got a YAML anchor, alias or tag, ` +
				`which have no meaning here`,
		},
		"a fraction over 1": {strings.NewReplacer("fargate.vcpu.x86_64", "spot.discount.guess", "USD/vCPU-hour", "fraction",
			`"0.036"`, `"1.5"`).Replace(small), `o.yaml:12:26: spot.discount.guess is a fraction: want 0 to 1, got 1.5`},
		"too long": {strings.Repeat("#", yamldoc.MaxFile+1), "o.yaml: the file has 1048577 bytes, more than the 1048576 that are read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Default().With("o.yaml", []byte(tc.in))
			var pe *yamldoc.Error
			if !errors.As(err, &pe) {
				t.Fatalf("got %v, want a yamldoc.Error %q", err, tc.want)
			}
			if err.Error() != tc.want {
				t.Errorf("got  %s\nwant %s", err, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	files, err := embedded.ReadDir("book")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := embedded.ReadFile("book/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse("fuzz.yaml", data)
		if err != nil {
			var pe *yamldoc.Error
			if !errors.As(err, &pe) || pe.File != "fuzz.yaml" || pe.Message == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line with its place: %q", err)
			}
			return
		}
		for _, r := range b.Rates("") {
			if r.Value.IsNegative() || r.Unit == "" || r.Origin.Source == "" || r.Origin.Certainty == 0 {
				t.Fatalf("a price that is none: %+v", r)
			}
			if again, err := b.Rate(r.Item, r.Region); err != nil || !again.Value.Equal(r.Value) {
				t.Fatalf("%s in %s cannot be found again: %v", r.Item, r.Region, err)
			}
		}
		if _, err := Default().With("fuzz.yaml", data); err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("not one line: %q", err)
		}
	})
}

func TestDiff(t *testing.T) {
	base := Default()
	b, err := base.With("mine.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range Diff(base, b) {
		line := c.Item + " in " + c.Region + " per " + c.Unit
		if r, ok := c.Before.Get(); ok {
			line += " was " + r.Value.String()
		}
		if r, ok := c.After.Get(); ok {
			line += " is " + r.Value.String()
		}
		got = append(got, line)
	}
	want := `ec2.on_demand.m6i.xlarge in eu-north-9 per USD/hour is 0.16
ec2.on_demand.m6i.xlarge in us-east-1 per USD/hour was 0.192 is 0.15
ec2.on_demand.x9.huge in eu-north-9 per USD/hour is 12
fargate.vcpu.x86_64 in us-east-1 per USD/vCPU-hour was 0.04048 is 0.036`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got:\n%s\nwant:\n%s", s, want)
	}
	if c := Diff(base, base); c != nil {
		t.Errorf("a book differs from itself: %v", c)
	}
	if c := Diff(b, base); len(c) != 4 || c[0].After.Known() {
		t.Errorf("the other way round: %v", c)
	}
}
