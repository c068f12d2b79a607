package estimate

import (
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// A default that does not hold the Job is replaced, and says so; a type that was asked for is not.
func TestNodesHoldTheJob(t *testing.T) {
	for name, tc := range map[string]struct {
		more         []string
		typ, problem string
		note         string
	}{
		// 5,788 of 3,920 millicores.
		"default": {
			[]string{"job-cpu=5788m", "job-memory=10240MB"},
			"m6i.2xlarge", "",
			"nodes are m6i.2xlarge: the default m6i.xlarge does not hold a pod of 5788 millicores, 10240 MiB",
		},
		"default of arm64": {[]string{"job-cpu=5", "job-memory=8Gi", "job-arch=arm64"}, "m7g.2xlarge", "", "nodes are m7g.2xlarge: "},
		"it fits":          {[]string{"job-cpu=3", "job-memory=8Gi"}, "m6i.xlarge", "", ""},
		"memory alone":     {[]string{"job-cpu=1", "job-memory=20Gi"}, "m6i.2xlarge", "", "nodes are m6i.2xlarge: "},
		"asked for": {
			[]string{"job-cpu=5788m", "job-memory=10240MB", "node-type=c6i.xlarge"},
			"c6i.xlarge",
			"a pod of 5788 millicores and 10240 MiB does not fit on c6i.xlarge, which has 3920 and", "",
		},
		"nothing is so large": {
			[]string{"job-cpu=1000", "job-memory=10Gi", "node-type=m6i.xlarge"},
			"m6i.xlarge",
			"; no type with a price in us-east-1 does", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := estimated(t, append([]string{"region=us-east-1", "job-runs=10", "job-duration=1h"}, tc.more...)...)
			n := r.Platforms.Nodes
			if tc.problem != "" {
				if !strings.Contains(n.Problem, tc.problem) {
					t.Errorf("problem %q", n.Problem)
				}
				if name == "asked for" && !strings.HasSuffix(n.Problem, "; c6i.2xlarge does: node-type c6i.2xlarge") {
					t.Errorf("no size that fits: %q", n.Problem)
				}
				return
			}
			if len(n.Lines) != 1 || n.Lines[0].Item != tc.typ {
				t.Errorf("%+v", n.Lines)
			}
			noted := false
			for _, note := range n.Notes {
				noted = noted || strings.HasPrefix(note, "nodes are ") && strings.HasPrefix(note, tc.note)
			}
			if noted != (tc.note != "") {
				t.Errorf("notes %q", n.Notes)
			}
		})
	}
}

func TestGPUs(t *testing.T) {
	book, err := prices.Default().With("gpu.yaml", []byte(`format: migtop-price-book/1
group: gpus
origins: {o: {source: contract, as_of: "2026-10", certainty: primary}}
items: {"ec2.on_demand.*": USD/hour}
sheets:
- {origin: o, region: us-east-1, prices: {ec2.on_demand.gx1.xlarge: "0.0001", ec2.on_demand.gx1.8xlarge: "0.0009"}}
shapes: |2
  type         vcpu  mib     arch    gpus  gpu
  gx1.xlarge   4     16384   x86_64  1     X1
  gx1.8xlarge  32    131072  x86_64  4     X1
`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(more ...string) Result {
		s := shape(t, append([]string{"region=us-east-1", "job-runs=10", "job-duration=1h", "job-cpu=1", "job-memory=2Gi"}, more...)...)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		return Estimate(cost.New(book, cost.Options{}), s, november)
	}
	r := at("job-gpus=1")
	// A pod has the only GPU, and so the node.
	if got, want := quantities(r.Platforms.Nodes), "gx1.xlarge 10 node-hour x 0.0001 = 0.001"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r.Platforms.EKSFargate.Problem != "EKS Fargate has no GPUs" || r.Platforms.ECSFargate.Problem != "ECS Fargate has no GPUs" {
		t.Errorf("Fargate: %q, %q", r.Platforms.EKSFargate.Problem, r.Platforms.ECSFargate.Problem)
	}
	if notes := strings.Join(r.Platforms.Nodes.Notes, "\n"); !strings.Contains(notes,
		"nodes are gx1.xlarge (X1): the default m6i.xlarge does not hold a pod of 1000 millicores, 2048 MiB and 1 GPU\n") {
		t.Errorf("notes: %s", notes)
	}
	// The book's own: the cheapest with an NVIDIA GPU, not g4ad's AMD.
	own := estimated(t, "region=us-east-1", "job-runs=10", "job-duration=1h", "job-cpu=1", "job-memory=2Gi", "job-gpus=1")
	if got, want := quantities(own.Platforms.Nodes), "g4dn.xlarge 10 node-hour x 0.526 = 5.26"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// 3 of 4: the larger share of the larger type.
	if got, want := quantities(at("job-gpus=3").Platforms.Nodes), "gx1.8xlarge 7.5 node-hour x 0.0009 = 0.00675"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := at("job-gpus=1", "node-type=m6i.xlarge").Platforms.Nodes.Problem; got !=
		"a pod of 1 GPU does not fit on m6i.xlarge, which has 0; gx1.xlarge does: node-type gx1.xlarge" {
		t.Errorf("asked for: %q", got)
	}
	if c := r.Crossover; c.NodeType != "gx1.xlarge" || c.Fit != 1 || c.EKSFargate.Reason != "EKS Fargate has no GPUs" {
		t.Errorf("crossover: %+v", c)
	}
}

// From which utilization on nodes are cheaper.
func TestNodesAgainstFargate(t *testing.T) {
	// 1,000 h of 900 of 3,920 millicores at 0.192 are 44.0816...; on EKS 1 vCPU and 3 GB 53.815, on ECS 1 and 2 GB
	// 49.37. Four pods of 900 hold 91.84 % of a node.
	base := []string{"region=us-east-1", "job-runs=1000", "job-cpu=900m", "job-memory=2Gi", "job-duration=1h"}
	c := estimated(t, base...).Crossover
	// 44.081632.../53.815 = 0.819132...: the cluster is on both sides.
	if u, ok := c.EKSFargate.Utilization.Get(); !ok || u.StringFixed(6) != "0.819133" || c.EKSFargate.Pods.Or(0) != 4 || c.Fit != 4 {
		t.Errorf("EKS: %s, %+v, %d fit", u, c.EKSFargate, c.Fit)
	}
	// 49.37 do not pay for the cluster.
	if c.ECSFargate.Utilization.Known() || c.ECSFargate.Reason != "ECS Fargate costs less than full nodes and their fixed costs" {
		t.Errorf("ECS: %+v", c.ECSFargate)
	}
	// Of ten times the runs it is 440.816.../(493.70 - 73) = 1.0478...: not even full nodes are cheaper.
	if c := estimated(t, append(base, "job-runs=10000")...).Crossover; c.ECSFargate.Utilization.Known() {
		t.Errorf("ECS, ten times: %+v", c.ECSFargate)
	}
	// Of a hundred times 4,408.16.../(4937 - 73) = 0.906284.
	c = estimated(t, append(base, "job-runs=100000")...).Crossover
	if u, ok := c.ECSFargate.Utilization.Get(); !ok || u.StringFixed(6) != "0.906284" {
		t.Errorf("ECS, a hundred times: %+v", c.ECSFargate)
	}
	// 1,000 millicores: 3 fit, which are 76.53 %, and 91.01 % are needed.
	c = estimated(t, append(base, "job-cpu=1")...).Crossover
	if c.Fit != 3 || c.EKSFargate.Pods.Or(0) != 4 ||
		!strings.Contains(c.EKSFargate.Reason, "more than the 3 that fit on m6i.xlarge hold of it") {
		t.Errorf("1 vCPU: %+v", c)
	}
}

// Discounts are on the instances of Lambda Managed Instances, and the fee is of their on-demand price.
func TestManagedInstancesSpareTheFee(t *testing.T) {
	overlay := func(rates string) *cost.Pricer {
		book, err := prices.Default().With("o.yaml", []byte(`format: migtop-price-book/1
group: contract
origins: {o: {source: contract, as_of: "2026-10", certainty: primary}}
items: {discount.ec2: fraction, savings_plan.compute.ec2.3y: fraction}
sheets: [{origin: o, region: everywhere, prices: {`+rates+`}}]
`))
		if err != nil {
			t.Fatal(err)
		}
		return cost.New(book, cost.Options{})
	}
	base := []string{
		"region=us-east-1", "runs=1000000", "duration=100ms", "memory=2GB", "arch=arm64", "job-runs=0", "managed-type=m7g.xlarge",
		"managed-hours=1000",
	}
	// 1,000 h at 0.1632; the fee is 24.48 in all of them.
	for name, tc := range map[string]struct {
		p    *cost.Pricer
		more []string
		want string
	}{
		"negotiated": {overlay(`discount.ec2: "0.5"`), nil, "m7g.xlarge 1000 instance-hour x 0.0816 = 81.6\n" +
			"management fee of 15 % 1000 instance-hour x 0.02448 = 24.48\nrequests 1 million-requests x 0.2 = 0.2"},
		"Savings Plan": {
			overlay(`savings_plan.compute.ec2.3y: "0.4"`),
			[]string{"savings-plan=3y", "coverage=0.5"},
			"m7g.xlarge 1000 instance-hour x 0.1632 = 163.2\n" +
				"Compute Savings Plan, 3y -81.6 USD of compute x 0.4 = -32.64\n" +
				"management fee of 15 % 1000 instance-hour x 0.02448 = 24.48\nrequests 1 million-requests x 0.2 = 0.2",
		},
	} {
		r := Estimate(tc.p, shape(t, append(append([]string{}, base...), tc.more...)...), november)
		if got := quantities(r.Platforms.Managed); got != tc.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, tc.want)
		}
	}
}

// A month has the hours that it says, and its days.
func TestMonthHours(t *testing.T) {
	for hours, want := range map[string]struct{ cluster, nat string }{
		"720": {"72", "32.4"}, "730": {"73", "32.85"}, "744": {"74.4", "33.48"}, "672": {"67.2", "30.24"},
	} {
		r := estimated(t, "region=us-east-1", "runs=100000", "duration=1s", "memory=1GB", "fixed=NAT gateway=nat.hour",
			"month-hours="+hours)
		nat := ""
		for _, l := range r.Platforms.ECSFargate.Lines {
			if l.Fixed {
				nat = l.Amount.String()
			}
		}
		if total(r.Cluster) != want.cluster || nat != want.nat {
			t.Errorf("%s hours: cluster %s, NAT %s", hours, total(r.Cluster), nat)
		}
		even := &r.BreakEven.Nodes
		perMonth, _ := even.RunsPerMonth.Get()
		perDay, _ := even.RunsPerDay.Get()
		days := daysOf(r.MonthHours)
		if off := perDay.Mul(days).Sub(perMonth); perMonth.IsZero() || off.Abs().GreaterThan(decimal.New(1, -20)) {
			t.Errorf("%s hours: %s a day and %s a month", hours, perDay, perMonth)
		}
	}
	for hours, days := range map[int64]string{672: "28", 696: "29", 720: "30", 730: "30.4375", 744: "31"} {
		if got := daysOf(hours).String(); got != days {
			t.Errorf("%d hours are %s days", hours, got)
		}
	}
}

// Fixed costs are on the platforms that they are said to be on.
func TestFixedCosts(t *testing.T) {
	for text, want := range map[string]string{
		"NAT=10":                    "0 10 10 10",
		"NAT=10@lambda":             "10 0 0 0",
		"NAT=10@cluster":            "0 10 0 10",
		"NAT=10@all":                "10 10 10 10",
		"NAT=10@ecs-fargate":        "0 0 10 0",
		"NAT=10@eks-fargate,B=2":    "0 12 2 2",
		"NAT = nat.hour*1000@nodes": "0 0 0 45",
		"NAT=nat.hour":              "0 32.85 32.85 32.85",
	} {
		r := estimated(t, "region=us-east-1", "runs=1000", "duration=1s", "memory=1GB", "fixed="+text)
		got := ""
		for _, p := range []*Platform{r.Platforms.Lambda, r.Platforms.EKSFargate, r.Platforms.ECSFargate, r.Platforms.Nodes} {
			var fixed migration.USD
			for _, l := range p.Lines {
				if l.Fixed {
					fixed = fixed.Add(l.Amount)
				}
			}
			got += " " + fixed.String()
		}
		if got != " "+want {
			t.Errorf("%s:%s, want %s", text, got, want)
		}
	}
}

// A price in another currency is one that is unknown in USD. Nodes could run the work, so that nothing is decided.
func TestNodesPricedInAnotherCurrencyAreUnknown(t *testing.T) {
	r := estimated(t, "region=cn-north-1", "runs=5", "duration=1s", "memory=1024MB", "node-type=m5.large")
	n := r.Platforms.Nodes
	if n.Cannot || !strings.HasPrefix(n.Problem, "m5.large in cn-north-1 costs 1.013 CNY an hour") {
		t.Errorf("cannot run: %t, problem %q", n.Cannot, n.Problem)
	}
	if v := r.BreakEven.Nodes.Verdict; v.Decision != migration.NotEnoughData {
		t.Errorf("the verdict is %s: %s", v.Decision, v.Reason)
	}
	if !slices.ContainsFunc(r.Missing, func(m MissingPrice) bool { return m.Item == "ec2.on_demand.m5.large" }) {
		t.Errorf("missing prices: %+v", r.Missing)
	}
}
