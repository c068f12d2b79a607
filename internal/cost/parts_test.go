package cost

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// What a Savings Plan finds to cover. By hand: half of an m5.xlarge at $0.192 for an hour is
// 0.096, the other half idle; on Spot it is no plan's; 1 vCPU and 2 GB of Fargate are
// 0.04048 + 2*0.004445; on Lambda 600 GB-s ran on demand and 400 on provisioned
// concurrency, of which 1,000 stood there.
func TestPartsAreWhatAPlanCanCover(t *testing.T) {
	gbs := func(n int64) migration.MBMillis { return migration.MBMillis(n * 1_024_000) }
	node := ec2("m5.xlarge", "us-east-1")
	spot, system := ec2("m6i.xlarge", "us-east-1"), ec2("m6i.large", "us-east-1")
	spot.Spot = true
	fargate := migration.Host{Kind: migration.HostECSFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: 2 * migration.GiB}
	onSpot := fargate
	onSpot.Spot, onSpot.Place.Region = true, "sa-east-1"

	l := pricer(t).Ledger()
	a := l.Usage()
	a.AddLambda(&migration.LambdaUsage{
		Place: virginia, Requests: 7, Billed: gbs(1000), OnProvisioned: gbs(400), Provisioned: gbs(1000), Ephemeral: gbs(570),
		Logs: 3 * migration.GiB,
	})
	a.AddUsage(podHours(node, 2000, 8192, 1))
	a.AddUsage(podHours(spot, 2000, 8192, 1))
	a.AddUsage(podHours(fargate, 1000, 2048, 1))
	a.AddUsage(podHours(onSpot, 1000, 2048, 1))
	l.Nodes(&migration.NodeTime{Host: node, NodeSeconds: 3600, Nodes: 1})
	l.Nodes(&migration.NodeTime{Host: spot, NodeSeconds: 7200, Nodes: 1})
	l.Nodes(&migration.NodeTime{Host: system, NodeSeconds: 3600, Nodes: 1, System: true})
	b := l.Close(time.Hour)
	got := b.Parts(a)
	if got.OnDemand != gbs(600) {
		t.Errorf("on demand: %d", got.OnDemand)
	}
	for what, tc := range map[string]struct {
		got  migration.USD
		want string
	}{
		"provisioned": {got.Provisioned, "0.00805558"}, // 1,000 * 0.0000041667 + 400 * 0.0000097222
		"compute":     {got.Compute, "0.0180556"},      // and 600 * 0.0000166667
		"uncovered":   {got.Uncovered, "1.500017613"},  // 570 * 0.0000000309 and 3 * 0.50
		"Fargate":     {got.Fargate, "0.04937"},
		"nodes":       {got.Nodes, "0.096"},
		"standing":    {b.Standing(), "0.192"}, // half a node idle and the system's m6i.large, 0.096 each
		"twice":       {got.Add(got).Compute, "0.0361112"},
	} {
		if !same(tc.got.Decimal(), dec(tc.want)) {
			t.Errorf("%s: %s, want %s", what, tc.got, tc.want)
		}
	}
}

// A fleet whose pods all run on EKS Fargate has no nodes that could be idle; one whose
// nodes that were not read may have.
func TestOnFargateNothingIsIdle(t *testing.T) {
	fargate := migration.Host{Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: migration.GiB}
	task := fargate
	task.Kind = migration.HostECSFargate
	for name, tc := range map[string]struct {
		hosts []migration.Host
		want  string
	}{
		"EKS Fargate alone":  {[]migration.Host{fargate}, "0"},
		"and tasks":          {[]migration.Host{task, fargate}, "0"},
		"tasks alone":        {[]migration.Host{task}, "-"},
		"and an unseen node": {[]migration.Host{fargate, ec2("m5.xlarge", "us-east-1")}, "-"},
		"nothing":            {nil, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			l := pricer(t).Ledger()
			for _, h := range tc.hosts {
				l.Usage().AddUsage(podHours(h, 1000, 1024, 1))
			}
			if got := value(l.Close(time.Hour).Idle()); got != tc.want {
				t.Errorf("idle is %s, want %s", got, tc.want)
			}
		})
	}
}
