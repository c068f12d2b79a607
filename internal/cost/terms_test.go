package cost

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// What EC2 charges for other than type and region is a part of the price's name: where the
// book has no such price it is unknown and named, and never that of Linux on demand.
func TestNodeOfOtherTerms(t *testing.T) {
	of := func(change func(*migration.Host)) migration.Host {
		h := ec2("m6i.xlarge", "us-east-1")
		h.NodeCPU, h.NodeMemory, h.OS = 4*migration.Core, 16*migration.GiB, migration.Linux
		change(&h)
		return h
	}
	hosts := map[string]migration.Host{
		"ec2.windows.spot.rate.m6i.xlarge": of(func(h *migration.Host) { h.OS, h.Spot = migration.Windows, true }),
		"ec2.rhel.on_demand.m6i.xlarge":    of(func(h *migration.Host) { h.OS = migration.RHEL }),
		"ec2.suse.on_demand.m6i.xlarge":    of(func(h *migration.Host) { h.OS = migration.SUSE }),
		"ec2.dedicated.m6i.xlarge":         of(func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated }),
		"ec2.dedicated.spot.m6i.xlarge":    of(func(h *migration.Host) { h.Tenancy, h.Spot = migration.TenancyDedicated, true }),
		"ec2.dedicated_host.m6i.xlarge":    of(func(h *migration.Host) { h.Tenancy = migration.TenancyHost }),
		"ec2.capacity_block.m6i.xlarge":    of(func(h *migration.Host) { h.Capacity = migration.CapacityBlock }),
		"ec2.outpost.m6i.xlarge":           of(func(h *migration.Host) { h.Capacity = migration.CapacityOutpost }),
		"ec2.windows.dedicated.m6i.xlarge": of(func(h *migration.Host) { h.OS, h.Tenancy = migration.Windows, migration.TenancyDedicated }),
		"us-west-2-lax-1":                  of(func(h *migration.Host) { h.Place.Region = "us-west-2-lax-1" }),
		"ec2.windows.on_demand.t3.2xlarge": of(func(h *migration.Host) { h.OS, h.InstanceType = migration.Windows, "t3.2xlarge" }),
		"ec2.suse.capacity_block.p5.48xlarge": of(func(h *migration.Host) {
			h.OS, h.Capacity, h.InstanceType = migration.SUSE, migration.CapacityBlock, "p5.48xlarge"
		}),
	}
	for item, h := range hosts {
		t.Run(item, func(t *testing.T) {
			if got, err := pricer(t).Node(h); err == nil || !strings.Contains(err.Error(), item) {
				t.Errorf("got %s, %v", got.Amount, err)
			}
			held := migration.ResourceUsage{Host: h, PodSeconds: 60, CPU: 60_000, Memory: 60 << 20}
			if got, err := pricer(t).Pods(held); err == nil {
				t.Errorf("its pods cost %s", got.Amount)
			}
			if got, err := pricer(t).JobRun(h, Shape{CPU: migration.Core, Memory: migration.GiB, Duration: 60}); err == nil {
				t.Errorf("a run on it costs %s", got.Amount)
			}
			if !strings.HasPrefix(item, "ec2.") {
				return
			}
			book, err := prices.Default().With("mine.yaml", []byte("format: migtop-price-book/1\ngroup: mine\n"+
				"origins:\n  mine: {source: contract, certainty: primary}\nitems: {"+item+": USD/hour}\n"+
				"sheets:\n- {origin: mine, region: us-east-1, prices: {"+item+": \"0.376\"}}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := New(book, Options{}).Node(h); err != nil || got.Amount.Cmp(usd(t, "0.376")) != 0 {
				t.Errorf("with an overlay: %s, %v", got.Amount, err)
			}
		})
	}
}

// A licence or a tenancy does not raise the fee of EKS Auto Mode, which is a share of
// what Linux costs on demand.
func TestAutoModeFeeIsOfLinuxOnDemand(t *testing.T) {
	fee := func(change func(*migration.Host)) string {
		h := ec2("m6i.xlarge", "us-east-1")
		h.AutoMode, h.OS = true, migration.Linux
		change(&h)
		l := pricer(t).Ledger()
		l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 3600, Nodes: 1, System: true})
		for _, part := range l.Close(0).PlatformParts() {
			if part.Name == PartAutoMode {
				return part.Cost.Value.Or(migration.USD{}).String()
			}
		}
		return ""
	}
	want := fee(func(*migration.Host) {})
	for name, change := range map[string]func(*migration.Host){
		"dedicated":      func(h *migration.Host) { h.Tenancy = migration.TenancyDedicated },
		"Spot":           func(h *migration.Host) { h.Spot = true },
		"capacity block": func(h *migration.Host) { h.Capacity = migration.CapacityBlock },
	} {
		if got := fee(change); got != want || got != "0.02304" {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// What is doubtful of a node is said with its price, or with why it has none.
func TestDoubtsOfANode(t *testing.T) {
	seen := func(change func(*migration.Host)) migration.Host {
		h := ec2("m6i.xlarge", "us-east-1")
		h.NodeCPU, h.NodeMemory, h.OS = 4*migration.Core, 16*migration.GiB, migration.Linux
		change(&h)
		return h
	}
	for name, tc := range map[string]struct {
		host  migration.Host
		note  string
		bound bool
	}{
		"none":             {seen(func(*migration.Host) {}), "", false},
		"a contradiction":  {seen(func(h *migration.Host) { h.Note = "two labels differ" }), "two labels differ", false},
		"no system":        {seen(func(h *migration.Host) { h.OS = "" }), "nothing states the node's operating system", false},
		"more processors":  {seen(func(h *migration.Host) { h.NodeCPU = 64 * migration.Core }), "more CPU or memory than m6i.xlarge", true},
		"more memory":      {seen(func(h *migration.Host) { h.NodeMemory = 512 * migration.GiB }), "more CPU or memory than m6i.xlarge", true},
		"fewer processors": {seen(func(h *migration.Host) { h.NodeCPU = 2 * migration.Core }), "", false},
		"another arch":     {seen(func(h *migration.Host) { h.Place.Arch = migration.Arm64 }), "which m6i.xlarge does not have", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pricer(t).Node(tc.host)
			if err != nil || !strings.Contains(got.Evidence.Note,
				tc.note) || (tc.note == "") != (got.Evidence.Note == "") || got.Evidence.LowerBound != tc.bound {
				t.Errorf("%+v, %v", got.Evidence, err)
			}
		})
	}
	_, err := pricer(t).Node(seen(func(h *migration.Host) { h.InstanceType, h.Note = "", "labels name a and b" }))
	if err == nil || !strings.Contains(err.Error(), "labels name a and b") {
		t.Errorf("without a type: %v", err)
	}
}

// A node with GPUs has its price, and pods have no part of it by CPU and memory: the
// pod that holds the GPU would pay next to nothing.
func TestNodeWithAccelerators(t *testing.T) {
	h := ec2("m6i.xlarge", "us-east-1")
	h.NodeCPU, h.NodeMemory, h.OS, h.Accelerators = 4*migration.Core, 16*migration.GiB, migration.Linux, 1
	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddUsage(&migration.ResourceUsage{Host: h, PodSeconds: 3600, CPU: 3600_000, Memory: 3600 << 20})
	l.Nodes(&migration.NodeTime{Host: h, NodeSeconds: 3600, Nodes: 1})
	b := l.Close(0)
	if jobs := b.Jobs(a); jobs.Value.Known() || !strings.Contains(jobs.Evidence.Note, "accelerators") {
		t.Errorf("the pod costs %v: %s", jobs.Value, jobs.Evidence.Note)
	}
	nodes := b.Nodes()
	if len(nodes) != 1 || nodes[0].Hourly.Value.Or(migration.USD{}).String() != "0.192" ||
		nodes[0].Cost.Value.Or(migration.USD{}).String() != "0.192" || nodes[0].Idle.Value.Known() {
		t.Errorf("nodes: %+v", nodes)
	}
}

func TestFargateOfOtherSystems(t *testing.T) {
	pod := migration.Host{
		Kind: migration.HostFargate, Place: virginia, OS: migration.Windows, RequestCPU: migration.Core,
		RequestMemory: migration.GiB,
	}
	if _, err := pricer(t).Pods(migration.ResourceUsage{Host: pod, PodSeconds: 60}); err == nil || !strings.Contains(err.Error(),
		"Linux only") {
		t.Errorf("EKS: %v", err)
	}
	task := migration.Host{
		Kind: migration.HostECSFargate, Place: virginia, OS: migration.Windows, RequestCPU: migration.Core,
		RequestMemory: 2 * migration.GiB,
	}
	if _, err := pricer(t).Pods(migration.ResourceUsage{Host: task, PodSeconds: 60}); err == nil || !strings.Contains(err.Error(),
		"fargate.windows.vcpu.x86_64") {
		t.Errorf("ECS: %v", err)
	}
	noted := migration.Host{
		Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: migration.GiB,
		Note: "two labels differ",
	}
	if got, err := pricer(t).Pods(migration.ResourceUsage{
		Host:       noted,
		PodSeconds: 60,
	}); err != nil || !strings.Contains(got.Evidence.Note, "two labels differ") {
		t.Errorf("%+v, %v", got.Evidence, err)
	}
}
