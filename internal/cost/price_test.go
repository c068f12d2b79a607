package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func ec2(typ, region string) migration.Host {
	return migration.Host{Kind: migration.HostEC2, Place: migration.RegionArch{Region: region, Arch: migration.X86}, InstanceType: typ}
}

func spotOf(h migration.Host) migration.Host {
	h.Spot = true
	return h
}

func TestLambda(t *testing.T) {
	for name, tc := range map[string]struct {
		in   migration.LambdaUsage
		want string
	}{
		// 512 MB is 0.5 GB, not 0.512: 1,000,000 s * 0.5 = 500,000 GB-s;
		// * 0.0000166667 = 8.33335; 1 M requests = 0.20.
		"512 MB": {migration.LambdaUsage{Place: virginia, Requests: 1e6, Billed: mbms(1e6, time.Second, 512)}, "8.53335"},
		// AWS Lambda pricing page, first example of 2020: 3 M runs of 1 s at
		// 512 MB are 1,500,000 GB-s; before the free tier * 0.0000166667 =
		// 25.00005, and 3 * 0.20 = 0.60.
		"1.5 M GB-s": {migration.LambdaUsage{Place: virginia, Requests: 3e6, Billed: mbms(3e6, time.Second, 512)}, "25.60005"},
		// 128 MB for 1 ms is 1/8,000 GB-s: 0.0000166667/8000 = 0.0000000020833375.
		"one millisecond": {migration.LambdaUsage{Place: virginia, Requests: 0, Billed: 128}, "0.0000000020833375"},
		// arm64: 2 GB for 900 s = 1800 GB-s * 0.0000133334 = 0.02400012; request 0.0000002.
		"arm64 at the wall": {
			migration.LambdaUsage{Place: migration.RegionArch{Region: "us-east-1", Arch: migration.Arm64}, Requests: 1, Billed: mbms(1,
				900*time.Second, 2048)},
			"0.02400032",
		},
		// Hong Kong: 1 GB-s 0.00002292, 1,000 requests at 0.28 a million = 0.00028.
		"a dear region": {
			migration.LambdaUsage{Place: migration.RegionArch{Region: "ap-east-1", Arch: migration.X86}, Requests: 1000, Billed: 1_024_000},
			"0.00030292",
		},
		"nothing": {migration.LambdaUsage{Place: virginia}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pricer(t).Lambda(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Amount.Cmp(usd(t, tc.want)) != 0 {
				t.Errorf("got %s, want %s", got.Amount, tc.want)
			}
		})
	}
}

func TestTiers(t *testing.T) {
	p := pricer(t)
	tiers, err := p.LambdaTiers(virginia)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ gbs, want string }{
		{"0", "0"},
		{"6000000000", "100000.2"},      // 6e9 * 0.0000166667
		{"6000000001", "100000.200015"}, // one more at 0.0000150000
		{"15000000000", "235000.2"},     // + 9e9 * 0.000015 = 135,000
		{"20000000000", "301667.2"},     // + 5e9 * 0.0000133334 = 66,667
	} {
		if got := Tiered(tiers, dec(tc.gbs)); !got.Equal(dec(tc.want)) {
			t.Errorf("%s GB-s cost %s, want %s", tc.gbs, got, tc.want)
		}
	}
	// Elsewhere the higher tiers are derived, and say so: Ireland's second is
	// 0.9 * 0.0000166667 = 0.00001500003.
	ireland, err := p.LambdaTiers(migration.RegionArch{Region: "eu-west-1", Arch: migration.X86})
	if err != nil {
		t.Fatal(err)
	}
	if r := ireland[1].Rate; !r.Value.Equal(dec("0.00001500003")) || r.Origin.Certainty != prices.Derived {
		t.Errorf("Ireland's second tier: %+v", r)
	}
	if upTo, ok := ireland[2].UpTo.Get(); ok {
		t.Errorf("the last tier ends at %s", upTo)
	}
}

// read is a host whose node has been read.
func read(h migration.Host) migration.Host {
	h.NodeCPU, h.NodeMemory = 4*migration.Core, 16*migration.GiB
	return h
}

func windows(h migration.Host) migration.Host {
	h.OS = migration.Windows
	return h
}

func TestNode(t *testing.T) {
	for name, tc := range map[string]struct {
		host   migration.Host
		want   string // or the error
		method migration.Method
		note   string
	}{
		"on demand":      {ec2("m6i.xlarge", "us-east-1"), "0.192", migration.Measured, ""},
		"t3 is not m6i":  {ec2("t3.xlarge", "us-east-1"), "0.1664", migration.Measured, ""},
		"in the catalog": {ec2("m6i.xlarge", "eu-west-1"), "0.214", migration.Estimated, "secondary"},
		"metal":          {ec2("m6i.metal", "eu-west-1"), "6.848", migration.Estimated, "secondary"},
		// c8i-flex.large is 0.10578 there, and every family of that list is linear.
		"scaled":         {ec2("c8i-flex.xlarge", "eu-west-3"), "0.21156", migration.Derived, "scaled by vCPUs from one size"},
		"GPU":            {ec2("g5.xlarge", "ap-south-1"), "1.208", migration.Estimated, "secondary"},
		"read in a list": {ec2("m7i.xlarge", "ap-northeast-1"), "0.2604", migration.Measured, ""},
		"not elsewhere": {
			ec2("c9g.xlarge", "eu-west-1"),
			"cannot price a node: region eu-west-1 has no price of ec2.on_demand.c9g.xlarge; known: us-east-1", 0, "",
		},
		"m6iq is not m6i": {
			ec2("m6iq.xlarge", "eu-west-1"),
			"cannot price a node: the price book does not know ec2.on_demand.m6iq.xlarge", 0, "",
		},
		"China": {
			ec2("m5.large", "cn-north-1"),
			"cannot price a node: m5.large in cn-north-1 costs 1.013 CNY an hour (2024-11-06), and sums are in USD: " +
				"state its price in prices.overlay",
			0, "",
		},
		"China, unknown": {ec2("m9g.large", "cn-north-1"), "region cn-north-1 has no price of ec2.on_demand.m9g.large", 0, ""},
		"no type":        {ec2("", "us-east-1"), "cannot price a node: its instance type is unknown", 0, ""},
		"no region": {
			ec2("m6i.xlarge", ""),
			"cannot price a node: no price of ec2.on_demand.m6i.xlarge: the region is unknown", 0, "",
		},
		"unknown region": {
			ec2("m6i.xlarge", "eu-north-9"),
			"region eu-north-9 has no price of ec2.on_demand.m6i.xlarge; known: af-south-1", 0, "",
		},
		// The upper end of 0.0717 to 0.0886, and its double.
		"Spot": {
			spotOf(ec2("m6i.xlarge", "us-east-1")), "0.0886", migration.Estimated,
			"between $0.0717 and $0.0886 an hour; the upper end is used",
		},
		"Spot, larger": {spotOf(ec2("m6i.2xlarge", "us-east-1")), "0.1772", migration.Estimated, "between $0.1434 and $0.1772"},
		"Spot, seen itself": {
			spotOf(ec2("t4g.medium", "ap-south-1")), "0.0101", migration.Estimated,
			"between $0.0097 and $0.0101 an hour",
		},
		// 0.1632 less 62 %.
		"Spot, estimated": {
			spotOf(ec2("m7g.xlarge", "us-east-1")), "0.062016", migration.Estimated,
			"Spot at 62 % below on demand, as seen on 2025-06-28; Spot prices change by the hour",
		},
		"Spot, of a node": {
			read(spotOf(ec2("m7g.xlarge", "us-east-1"))),
			"cannot price a Spot node: region us-east-1 has no price of ec2.spot.rate.m7g.xlarge", 0, "",
		},
		// 0.192 and 4 * 0.046.
		"Windows":            {windows(ec2("m6i.xlarge", "us-east-1")), "0.376", migration.Derived, "$0.046 for the licence of each vCPU"},
		"Windows, GPU":       {windows(ec2("g4dn.xlarge", "us-east-1")), "0.71", migration.Estimated, "$0.046 for the licence"},
		"Windows, burstable": {windows(ec2("t3.xlarge", "us-east-1")), "no price of ec2.windows.on_demand.t3.xlarge in us-east-1", 0, ""},
		"Windows, old":       {windows(ec2("m3.large", "us-east-1")), "no price of ec2.windows.on_demand.m3.large in us-east-1", 0, ""},
		"Windows, Graviton":  {windows(ec2("m7g.large", "us-east-1")), "no price of ec2.windows.on_demand.m7g.large in us-east-1", 0, ""},
		"Windows, Spot": {
			spotOf(windows(ec2("m6i.large", "us-east-1"))),
			"no price of ec2.windows.spot.rate.m6i.large in us-east-1", 0, "",
		},
		"Fargate": {
			migration.Host{Kind: migration.HostFargate, Place: virginia},
			"cannot price a node of Fargate: its pod is priced instead", 0, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pricer(t).Node(tc.host)
			if err != nil {
				if !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
				return
			}
			if got.Amount.Cmp(usd(t, tc.want)) != 0 || got.Evidence.Method != tc.method || !strings.Contains(got.Evidence.Note, tc.note) {
				t.Errorf("got %s, %+v", got.Amount, got.Evidence)
			}
		})
	}
}

func TestSpotFromAnOverlay(t *testing.T) {
	book, err := prices.Default().With("mine.yaml", []byte(`format: migtop-price-book/1
group: mine
origins:
  console: {source: EC2 console, as_of: "2026-11-20", certainty: primary}
items: {ec2.spot.rate.*: USD/hour}
sheets:
- origin: console
  region: us-east-1
  prices: {ec2.spot.rate.m7g.xlarge: "0.0588"}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(book, Options{}).Node(spotOf(ec2("m7g.xlarge", "us-east-1")))
	if err != nil || got.Amount.Cmp(usd(t, "0.0588")) != 0 || got.Evidence.Method != migration.Measured {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFargateSize(t *testing.T) {
	for _, tc := range []struct {
		milli, mib int64
		eks, ecs   string
	}{
		{0, 0, "0.25 vCPU / 0.5 GB", "0.25 vCPU / 0.5 GB"},
		{250, 256, "0.25 vCPU / 0.5 GB", "0.25 vCPU / 0.5 GB"},
		{250, 257, "0.25 vCPU / 1 GB", "0.25 vCPU / 0.5 GB"}, // 256 MiB tip it over
		{250, 512, "0.25 vCPU / 1 GB", "0.25 vCPU / 0.5 GB"},
		{100, 1792, "0.25 vCPU / 2 GB", "0.25 vCPU / 2 GB"},
		{100, 2048, "0.5 vCPU / 3 GB", "0.25 vCPU / 2 GB"},
		{251, 256, "0.5 vCPU / 1 GB", "0.5 vCPU / 1 GB"},
		{1000, 2048, "1 vCPU / 3 GB", "1 vCPU / 2 GB"},
		{1000, 8192, "2 vCPU / 9 GB", "1 vCPU / 8 GB"}, // the cliff
		{1000, 7936, "1 vCPU / 8 GB", "1 vCPU / 8 GB"},
		{1001, 1024, "2 vCPU / 4 GB", "2 vCPU / 4 GB"},
		{4000, 30720, "8 vCPU / 32 GB", "4 vCPU / 30 GB"},
		{8000, 33 * 1024, "8 vCPU / 36 GB", "8 vCPU / 36 GB"},
		{16000, 119 * 1024, "16 vCPU / 120 GB", "16 vCPU / 120 GB"},
		{16000, 120 * 1024, "", "16 vCPU / 120 GB"},
		{16001, 1024, "", "32 vCPU / 60 GB"},
		{32000, 245 * 1024, "", ""},
	} {
		cpu, memory := migration.CPU(tc.milli)*migration.Millicore, migration.Bytes(tc.mib)*migration.MiB
		eks, err := pricer(t).EKSFargateSize(cpu, memory)
		if (err != nil) != (tc.eks == "") || (err == nil && eks.String() != tc.eks) {
			t.Errorf("EKS, %dm and %d MiB: %s, %v; want %s", tc.milli, tc.mib, eks, err, tc.eks)
		}
		ecs, err := pricer(t).ECSFargateSize(cpu, memory)
		if (err != nil) != (tc.ecs == "") || (err == nil && ecs.String() != tc.ecs) {
			t.Errorf("ECS, %dm and %d MiB: %s, %v; want %s", tc.milli, tc.mib, ecs, err, tc.ecs)
		}
	}
	_, err := pricer(t).EKSFargateSize(20*migration.Core, migration.GiB)
	if err == nil || !strings.Contains(err.Error(), "the largest is 16 vCPU / 120 GB") {
		t.Errorf("a pod of 20 vCPU: %v", err)
	}
	if _, err := pricer(t).EKSFargateSize(-1, 0); err == nil {
		t.Error("a negative pod has a size")
	}
}

func TestPods(t *testing.T) {
	m5 := ec2("m5.xlarge", "us-east-1")
	hour := migration.ResourceUsage{Host: m5, PodSeconds: 3600, CPU: 1000 * 3600, Memory: 4 * 1 << 20 * 3600}
	busy := hour
	busy.UsedCPU, busy.UsedMemory, busy.UsageSeconds = migration.Some[migration.MilliCPUSeconds](2000*3600),
		migration.Some[migration.KiBSeconds](1<<20*3600), 3600
	halfSeen := busy
	halfSeen.UsedCPU, halfSeen.UsageSeconds = migration.Some[migration.MilliCPUSeconds](1000*3600), 1800
	fargate := migration.Host{Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: 8 * migration.GiB}
	annotated := fargate
	annotated.FargateCPU, annotated.FargateMemory = 4*migration.Core, 8*migration.GiB
	arm := fargate
	arm.Place.Arch = migration.Arm64
	real := m5
	real.NodeCPU, real.NodeMemory = 2*migration.Core, 2*migration.GiB

	for name, tc := range map[string]struct {
		held    migration.ResourceUsage
		options Options
		want    string
		err     string
	}{
		// 0.192/(4*9+16) = 0.192/52 a GiB-hour; 1 vCPU + 4 GiB weigh 13: 0.192*13/52 = 0.048.
		"by request": {held: hour, want: "0.048"},
		// used 2 of 1 requested cores, 1 of 4 GiB: max is 2 vCPU + 4 GiB = 22: 0.192*22/52.
		"by allocation":        {held: busy, want: "0.081230769230769230769230769231"},
		"usage does not lower": {held: busy, options: Options{Basis: ByRequest}, want: "0.048"},
		// Usage of 2 cores was seen for half of the hour, 1 core-hour more than
		// nothing: request of that half is 0.5 core-hours, so 0.5 more than
		// requested: 1.5*9 + 4 = 17.5: 0.192*17.5/52.
		"usage seen in part": {held: halfSeen, want: "0.064615384615384615384615384615"},
		// 7.4607*1 + 4 of 7.4607*4 + 16 is a quarter whatever the weight.
		"a quarter by OpenCost": {held: hour, options: Options{SplitWeight: OpenCostSplitWeight}, want: "0.048"},
		// The node's own capacity wins over the table: 13 of 2*9+2 = 20.
		"the node's own capacity": {held: migration.ResourceUsage{
			Host: real, PodSeconds: 3600, CPU: 1000 * 3600,
			Memory: 4 * 1 << 20 * 3600,
		}, want: "0.1248"},
		// 1 vCPU / 8 GB + 256 MiB falls to 2 vCPU / 9 GB:
		// 2*0.04048 + 9*0.004445 = 0.120965 an hour.
		"the cliff": {held: migration.ResourceUsage{Host: fargate, PodSeconds: 3600}, want: "0.120965"},
		// 4 vCPU / 8 GB as annotated: 0.16192 + 0.03556 = 0.19748.
		"the annotation wins": {held: migration.ResourceUsage{Host: annotated, PodSeconds: 3600}, want: "0.19748"},
		// 10 pods of 3 s: 600 s of 0.120965/3600.
		"the minimum minute": {
			held: migration.ResourceUsage{Host: fargate, PodSeconds: 30, ShortOfMinute: 570},
			want: "0.020160833333333333333333333333",
		},
		"arm64 on EKS": {held: migration.ResourceUsage{Host: arm, PodSeconds: 60}, err: "EKS Fargate has no arm64"},
		"unknown host": {held: migration.ResourceUsage{PodSeconds: 60}, err: "cannot price a node that was not read"},
		"another cloud's": {
			held: migration.ResourceUsage{Host: migration.Host{InstanceType: "n2-standard-4"}, PodSeconds: 60},
			err:  "cannot price a node: nothing says that EC2 runs it",
		},
		"unknown capacity": {
			held: migration.ResourceUsage{Host: ec2("x9.huge", "us-east-1"), PodSeconds: 60},
			err:  "the price book does not know ec2.on_demand.x9.huge",
		},
		"unknown region": {
			held: migration.ResourceUsage{Host: migration.Host{
				Kind:  migration.HostFargate,
				Place: migration.RegionArch{Region: "eu-north-9", Arch: migration.X86},
			}, PodSeconds: 60},
			err: "cannot price Fargate: region eu-north-9 has no price of fargate.vcpu.x86_64; known: af-south-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := New(prices.Default(), tc.options).Pods(tc.held)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want %s", err, tc.err)
				}
				return
			}
			if err != nil || got.Amount.String() != tc.want {
				t.Errorf("got %s, %v; want %s", got.Amount, err, tc.want)
			}
		})
	}
}

func TestAWSSplitExample(t *testing.T) {
	// AWS, "Example of split cost allocation data": an m5.xlarge of 4 vCPU and
	// 16 GB at $1 an hour costs $1/(16 + 9*4) = 1/52 a GB-hour, published as
	// $0.02, and 9/52 a vCPU-hour, published as $0.17.
	r := nodeRate{hourly: one, weight: AWSSplitWeight, memoryWeight: one, vcpu: dec("4"), gib: dec("16")}
	r.split()
	gb, vcpu := r.share(0, 1<<20*3600), r.share(1000*3600, 0)
	if gb.String() != "0.019230769230769230769230769231" || gb.StringFixed(2) != "0.02" {
		t.Errorf("a GB-hour costs %s", gb)
	}
	if vcpu.String() != "0.173076923076923076923076923077" || vcpu.StringFixed(2) != "0.17" {
		t.Errorf("a vCPU-hour costs %s", vcpu)
	}
}

func TestCluster(t *testing.T) {
	for support, want := range map[Support]string{StandardSupport: "0.1", ExtendedSupport: "0.6"} {
		got, err := pricer(t).Cluster("us-east-1", support)
		if err != nil || got.Amount.Cmp(usd(t, want)) != 0 {
			t.Errorf("support %d: %s, %v; want %s", support, got.Amount, err, want)
		}
	}
	if _, err := pricer(t).Cluster("eu-north-9", StandardSupport); err == nil || !strings.Contains(err.Error(), "eu-north-9") {
		t.Errorf("a cluster in an unknown region: %v", err)
	}
}

func TestJobRun(t *testing.T) {
	p := pricer(t)
	for name, tc := range map[string]struct {
		host  migration.Host
		shape Shape
		want  string
	}{
		// 1,960 of 3,920 millicores is half; 0.192 * 1 h / 2.
		"CPU dominates": {ec2("m6i.xlarge", "us-east-1"), Shape{1960 * migration.Millicore, migration.GiB, time.Hour, 0, 0}, "0.096"},
		// 7,081 of 14,162 MiB is half too.
		"memory dominates": {
			ec2("m6i.xlarge", "us-east-1"),
			Shape{100 * migration.Millicore, 7081 * migration.MiB, time.Hour, 0, 0},
			"0.096",
		},
		// A tiny pod takes one of 58 places: 0.192/58.
		"pods dominate": {
			ec2("m6i.xlarge", "us-east-1"),
			Shape{migration.Millicore, migration.MiB, time.Hour, 0, 0},
			"0.003310344827586206896551724138",
		},
		// 3 s on Fargate are a minute of 1 vCPU / 3 GB.
		"Fargate's minute": {migration.Host{Kind: migration.HostFargate, Place: virginia}, Shape{
			migration.Core, 2 * migration.GiB,
			3 * time.Second, 0, 0,
		}, "0.000896916666666666666666666667"},
		// 60.1 s are 61.
		"Fargate's second": {migration.Host{Kind: migration.HostFargate, Place: virginia}, Shape{
			migration.Core, 2 * migration.GiB,
			60100 * time.Millisecond, 0, 0,
		}, "0.000911865277777777777777777778"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.JobRun(tc.host, tc.shape)
			if err != nil || got.Amount.String() != tc.want {
				t.Errorf("got %s, %v; want %s", got.Amount, err, tc.want)
			}
		})
	}
	_, err := p.JobRun(ec2("m6i.large", "us-east-1"), Shape{4 * migration.Core, migration.GiB, time.Second, 0, 0})
	if err == nil || !strings.Contains(err.Error(), "does not fit on m6i.large, which has 1930 and 6903 allocatable") {
		t.Errorf("too large a pod: %v", err)
	}
}

func TestLambdaCPU(t *testing.T) {
	for mb, milli := range map[int64]int64{1769: 1000, 3538: 2000, 128: 72, 10240: 5788} {
		if got := LambdaCPU(migration.Bytes(mb) * migration.MiB); got.Milli() != milli {
			t.Errorf("%d MB have %d millicores, want %d", mb, got.Milli(), milli)
		}
	}
}
