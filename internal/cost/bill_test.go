package cost

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

// value returns what a figure says, or "-".
func value(f migration.Figure[migration.USD]) string {
	u, ok := f.Value.Get()
	if !ok {
		return "-"
	}
	return u.String()
}

// podHours is what pods of a size held on a host for some hours.
func podHours(h migration.Host, milli, mib int64, hours int64) *migration.ResourceUsage {
	return &migration.ResourceUsage{
		Host: h, PodSeconds: hours * 3600,
		CPU: migration.MilliCPUSeconds(milli * hours * 3600), Memory: migration.KiBSeconds(mib * 1024 * hours * 3600),
	}
}

func TestBill(t *testing.T) {
	p := pricer(t)
	node := ec2("m5.xlarge", "us-east-1")
	l := p.Ledger()
	acme, globex, empty := l.Usage(), l.Usage(), l.Usage()

	// acme: 1 GB-s and 10 requests on Lambda: 0.0000166667 + 0.000002;
	// a quarter of a node (1 vCPU and 4 GiB of 4 and 16) for an hour: 0.048.
	acme.AddLambda(&migration.LambdaUsage{Place: virginia, Requests: 10, Billed: 1_024_000})
	acme.AddUsage(podHours(node, 1000, 4096, 1))
	// globex: half a node for an hour, 0.096.
	globex.AddUsage(podHours(node, 2000, 8192, 1))
	// One node for an hour: 0.192. Idle: 0.192 - 0.144 = 0.048. Platform: 0.10.
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 1800, Nodes: 1})
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 1800, Nodes: 2})
	l.Cluster("us-east-1", StandardSupport, 3600)

	b := l.Close(time.Hour)
	for _, tc := range []struct {
		what string
		got  migration.Figure[migration.USD]
		want string
	}{
		{"acme on Lambda", b.Lambda(acme), "0.0000186667"},
		{"acme on Jobs", b.Jobs(acme), "0.048"},
		{"globex on Lambda", b.Lambda(globex), "-"},
		{"globex on Jobs", b.Jobs(globex), "0.096"},
		{"empty on Jobs", b.Jobs(empty), "-"},
		{"Lambda", b.LambdaTotal(), "0.0000186667"},
		{"Jobs", b.JobsTotal(), "0.144"},
		{"idle", b.Idle(), "0.048"},
		{"platform", b.Platform(), "0.1"},
		// 0.0000186667 + 0.192 + 0.1
		{"total", b.Total(), "0.2920186667"},
	} {
		if value(tc.got) != tc.want {
			t.Errorf("%s: %s, want %s", tc.what, value(tc.got), tc.want)
		}
	}
	nodes := b.Nodes()
	if len(nodes) != 1 || nodes[0].Nodes != 2 || nodes[0].NodeSeconds != 3600 || value(nodes[0].Hourly) != "0.192" ||
		value(nodes[0].Cost) != "0.192" || value(nodes[0].Idle) != "0.048" {
		t.Errorf("nodes: %+v", nodes)
	}
	if r, ok := nodes[0].Requested.Get(); !ok || r != 0.75 {
		t.Errorf("requested: %v", nodes[0].Requested)
	}
	if e := b.Jobs(acme).Evidence; e.Method != migration.Derived || !strings.Contains(e.Note, "CPU:GiB 9:1") || e.Coverage != 1 {
		t.Errorf("a split price is %+v", e)
	}
	if e := b.Lambda(acme).Evidence; e.Method != migration.Measured || e.Source != "price book 2026-07" {
		t.Errorf("Lambda's price is %+v", e)
	}
	// The node's $0.192 are of July 20, 114 days, the cluster's $0.10 of September 28, 44 days,
	// and Lambda's cents of July 1: (0.192*114 + 0.1*44)/0.292 are 90.03.
	want := migration.Prices{AsOf: "2026-07", AgeDays: 90, Certainty: "primary"}
	got := b.Prices(time.Date(2026, 11, 11, 12, 0, 0, 0, time.UTC))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prices: %s", diff)
	}
}

func TestBillWithUnknownPrices(t *testing.T) {
	l := pricer(t).Ledger()
	known, partly := l.Usage(), l.Usage()
	strange := spotOf(ec2("z9.large", "us-east-1"))
	known.AddUsage(podHours(ec2("m5.xlarge", "us-east-1"), 1000, 4096, 1))
	partly.AddUsage(podHours(ec2("m5.xlarge", "us-east-1"), 1000, 4096, 1))
	partly.AddUsage(podHours(strange, 1000, 4096, 1))
	partly.AddLambda(&migration.LambdaUsage{Place: migration.RegionArch{Region: "eu-north-9", Arch: migration.X86}, Requests: 1, Billed: 1})
	l.Nodes(&migration.NodeTime{Host: strange, NodeSeconds: 3600, Nodes: 1})
	l.Cluster("eu-north-9", StandardSupport, 3600)
	b := l.Close(time.Hour)

	if got := value(b.Jobs(known)); got != "0.048" {
		t.Errorf("the known account: %s", got)
	}
	for what, f := range map[string]migration.Figure[migration.USD]{
		"partly on Jobs": b.Jobs(partly), "partly on Lambda": b.Lambda(partly), "Jobs": b.JobsTotal(),
		"Lambda": b.LambdaTotal(), "idle": b.Idle(), "platform": b.Platform(), "total": b.Total(), "node": b.Nodes()[0].Hourly,
	} {
		if f.Value.Known() {
			t.Errorf("%s is known: %s", what, value(f))
		}
	}
	if note := b.Jobs(partly).Evidence.Note; !strings.Contains(note, "z9.large") {
		t.Errorf("the note does not say what is missing: %q", note)
	}
	// What stands behind "no price for" is the thing, not a sentence of its own.
	want := []string{"ec2.spot.rate.z9.large in us-east-1", "eks.cluster in eu-north-9", "lambda.compute.x86_64 in eu-north-9"}
	if got := b.Prices(time.Time{}).Unknown; !slices.Equal(got, want) {
		t.Errorf("no price for %q, want %q", got, want)
	}
}

// What has no price makes a sum unknown, and leaves the rest as certain as it is: a lower
// bound still shows in its method.
func TestWhatHasNoPriceTakesNoMethodAway(t *testing.T) {
	for name, hosts := range map[string][]migration.Host{
		"first": {ec2("x9.huge", "us-east-1"), ec2("m5.xlarge", "us-east-1")},
		"last":  {ec2("m5.xlarge", "us-east-1"), ec2("x9.huge", "us-east-1")},
	} {
		l := pricer(t).Ledger()
		a := l.Usage()
		for _, h := range hosts {
			a.AddUsage(podHours(h, 1000, 4096, 1))
		}
		b := l.Close(time.Hour)
		if f := b.Jobs(a); f.Value.Known() || f.Evidence.Method != migration.Derived || !strings.Contains(f.Evidence.Note, "x9.huge") {
			t.Errorf("%s: %+v", name, f)
		}
		if least, ok := b.AtLeast(a).Get(); !ok || least.String() != "0.048" {
			t.Errorf("%s: at least %s (known %t)", name, least, ok)
		}
	}
	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddUsage(podHours(ec2("x9.huge", "us-east-1"), 1000, 4096, 1))
	if f := l.Close(time.Hour).Jobs(a); f.Evidence.Method != 0 {
		t.Errorf("nothing has a price: %+v", f.Evidence)
	}
}

func TestIdleIsNegativeOnlyWithAWord(t *testing.T) {
	l := pricer(t).Ledger()
	node := ec2("m5.xlarge", "us-east-1")
	a := l.Usage()
	a.AddUsage(podHours(node, 4000, 16384, 2)) // two node-hours
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1})
	b := l.Close(time.Hour)
	if value(b.Jobs(a)) != "0.384" || value(b.Idle()) != "-0.192" {
		t.Errorf("jobs %s, idle %s", value(b.Jobs(a)), value(b.Idle()))
	}
	if e := b.Idle().Evidence; e.Method != migration.Estimated || !strings.Contains(e.Note, "node time is missing") {
		t.Errorf("idle says %+v", e)
	}
}

func TestOversubscription(t *testing.T) {
	l := pricer(t).Ledger()
	node := ec2("m5.xlarge", "us-east-1")
	greedy, modest := l.Usage(), l.Usage()
	// greedy requests 1 vCPU and uses 3, modest requests and uses 2: charged
	// 5 of 4. Memory is 4 GiB each of 16.
	h := podHours(node, 1000, 4096, 1)
	h.UsedCPU, h.UsageSeconds = migration.Some[migration.MilliCPUSeconds](3000*3600), 3600
	greedy.AddUsage(h)
	modest.AddUsage(podHours(node, 2000, 4096, 1))
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1})
	b := l.Close(time.Hour)
	// CPU of the node is 36/52 of 0.192 and all of it is held: 3/5 and 2/5 of
	// it; memory is 4/52 each.
	// greedy: 0.192*(36*3/5 + 4)/52 = 0.192*25.6/52 = 0.0945230769...
	// modest: 0.192*(36*2/5 + 4)/52 = 0.192*18.4/52 = 0.0679384615...
	// idle: 8 GiB: 0.192*8/52 = 0.0295384615...
	for what, tc := range map[string]struct{ got, want string }{
		"greedy": {value(b.Jobs(greedy)), "0.0945230769230769230769"},
		"modest": {value(b.Jobs(modest)), "0.0679384615384615384615"},
		"idle":   {value(b.Idle()), "0.029538461538461538461"},
	} {
		if !strings.HasPrefix(tc.got, tc.want) {
			t.Errorf("%s: %s, want %s...", what, tc.got, tc.want)
		}
	}
	if got := value(b.Total()); got != "0.192" {
		t.Errorf("the node costs %s", got)
	}
	if !strings.Contains(b.Jobs(greedy).Evidence.Note, "scaled down") {
		t.Errorf("no note of it: %+v", b.Jobs(greedy).Evidence)
	}
}

func TestIdleShare(t *testing.T) {
	l := pricer(t).Ledger()
	node := ec2("m5.xlarge", "us-east-1")
	a, b, c := l.Usage(), l.Usage(), l.Usage()
	a.AddUsage(podHours(node, 3000, 0, 1))
	b.AddUsage(podHours(node, 0, 4096, 1))
	c.AddUsage(podHours(node, 0, 4096, 1))
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1})
	bill := l.Close(time.Hour)
	// Idle are 1 vCPU and 8 GiB, 17/52 of 0.192. a held all CPU that was held,
	// and gets the idle 9/52; b and c get 4/52 each.
	for what, tc := range map[string]struct {
		f    migration.Figure[migration.USD]
		want string
	}{
		"a": {bill.IdleShare(a), "0.03323076923076923076923"}, "b": {bill.IdleShare(b), "0.01476923076923076923076"},
		"c": {bill.IdleShare(c), "0.01476923076923076923076"}, "empty": {bill.IdleShare(l.Usage()), "-"},
		"idle": {bill.Idle(), "0.0627692307692307692307"},
	} {
		if got := value(tc.f); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %s, want %s", what, got, tc.want)
		}
	}
}

// What DaemonSets hold is not idle: of 4 vCPUs and 16 GiB, 3 vCPUs are a's, 8 GiB b's and
// 1 vCPU the DaemonSets', so that the idle 8 GiB are b's alone.
func TestIdleShareWithoutDaemonSets(t *testing.T) {
	l := pricer(t).Ledger()
	node := ec2("m5.xlarge", "us-east-1")
	a, b := l.Usage(), l.Usage()
	a.AddUsage(podHours(node, 3000, 0, 1))
	b.AddUsage(podHours(node, 0, 8192, 1))
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1, DaemonCPU: 1000 * 3600})
	bill := l.Close(time.Hour)
	if got := bill.IdleShare(a).Value.Or(migration.USD{}); got.Sign() != 0 {
		t.Errorf("a is idle for %s", got)
	}
	if got := bill.IdleShare(b); value(got) != value(bill.Idle()) {
		t.Errorf("b is idle for %s of %s", value(got), value(bill.Idle()))
	}
}

func TestBillThroughTiers(t *testing.T) {
	// 20e9 GB-s in a month as it was cost 301,667.2 through the tiers (see
	// TestTiers); three quarters of them are big's: 226,250.4.
	l := pricer(t).Ledger()
	big, small := l.Usage(), l.Usage()
	big.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 15e9 * 1_024_000})
	small.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 5e9 * 1_024_000})
	b := l.Close(0)
	if value(b.Lambda(big)) != "226250.4" || value(b.Lambda(small)) != "75416.8" || value(b.Total()) != "301667.2" {
		t.Errorf("%s + %s = %s", value(b.Lambda(big)), value(b.Lambda(small)), value(b.Total()))
	}
	if e := b.Lambda(big).Evidence; e.Method != migration.Derived || !strings.Contains(e.Note, "tiers") {
		t.Errorf("%+v", e)
	}
	// The same pace seen for 73.05 of 730.5 hours costs a tenth.
	l = pricer(t).Ledger()
	tenth := l.Usage()
	tenth.AddLambda(&migration.LambdaUsage{Place: virginia, Billed: 2e9 * 1_024_000})
	if got := value(l.Close(73*time.Hour + 3*time.Minute).Lambda(tenth)); got != "30166.72" {
		t.Errorf("a tenth of the month costs %s", got)
	}
}

func TestAccountAdd(t *testing.T) {
	l := pricer(t).Ledger()
	whole, part := l.Usage(), &UsageLedger{}
	for i := range 30 { // more kinds of hosts than are searched one by one
		h := migration.Host{
			Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core,
			RequestMemory: migration.Bytes(i) * migration.MiB,
		}
		part.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: 60})
		part.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: 30, ShortOfMinute: 30})
	}
	part.AddLambda(&migration.LambdaUsage{Place: virginia, Requests: 1e6})
	if part.Empty() || !whole.Empty() {
		t.Error("empty is full")
	}
	whole.Add(part)
	whole.Add(part)
	b := l.Close(0)
	// Each pod is 1 vCPU / 2 GB: 0.04937 an hour; 30 * 2 * 120 s = 2 h.
	jobs, _ := b.Jobs(whole).Value.Get()
	if jobs.Fixed(25) != "0.0987400000000000000000000" || value(b.Lambda(whole)) != "0.4" {
		t.Errorf("%s and %s", jobs, value(b.Lambda(whole)))
	}
}

// A field that Host gains must not be forgotten by sameHost.
func TestSameHost(t *testing.T) {
	a := newFleet().held[0].Host
	if b := a; !sameHost(&a, &b) {
		t.Error("a host differs from itself")
	}
	var vary func(v reflect.Value, path string, check func(path string))
	vary = func(v reflect.Value, path string, check func(path string)) {
		for i := range v.NumField() {
			f, name := v.Field(i), path+"."+v.Type().Field(i).Name
			old := reflect.ValueOf(f.Interface())
			switch f.Kind() {
			case reflect.Struct:
				vary(f, name, check)
				continue
			case reflect.String:
				f.SetString(f.String() + "x")
			case reflect.Bool:
				f.SetBool(!f.Bool())
			case reflect.Uint8:
				f.SetUint(f.Uint() + 1)
			case reflect.Int64:
				f.SetInt(f.Int() + 1)
			default:
				t.Fatalf("%s is a %s", name, f.Kind())
			}
			check(name)
			f.Set(old)
		}
	}
	b := a
	vary(reflect.ValueOf(&b).Elem(), "Host", func(path string) {
		if sameHost(&a, &b) || sameHost(&b, &a) {
			t.Errorf("%s does not matter", path)
		}
	})
	if a != b {
		t.Fatal("the host was not put back")
	}
}
