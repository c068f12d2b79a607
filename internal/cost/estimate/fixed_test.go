package estimate

import (
	"errors"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/yamldoc"
)

const shapeHead = "shapes:\n- region: us-east-1\n  runs: 1\n  duration: 1s\n  memory: 1GB\n"

func TestFixedCostsOfAFile(t *testing.T) {
	shapes, err := ParseKnown("s.yaml", []byte(shapeHead+`  fixed:
    - {name: NAT gateways, item: nat.hour, quantity: 2190, on: jobs}
    - {name: "RDS Proxy, two", month: 21.90, on: lambda}
    - "load balancer=16.43"
`), prices.Default())
	if err != nil {
		t.Fatal(err)
	}
	f := shapes[0].Fixed
	if len(f) != 3 || f[0].Item != "nat.hour" || !f[0].Quantity.Known() || f[1].On != onLambda || f[1].Name != "RDS Proxy, two" ||
		f[2].Name != "load balancer" || !f[2].Month.Known() {
		t.Errorf("%+v", f)
	}
	shapes, err = ParseKnown("s.yaml", []byte(shapeHead+"  fixed: NAT=nat.hour, B=1\n"), prices.Default())
	if err != nil || len(shapes[0].Fixed) != 2 {
		t.Errorf("%v, %+v", err, shapes)
	}
}

func TestErrorsOfTheNewFieldsTellThePlace(t *testing.T) {
	for name, tc := range map[string]struct{ more, want string }{
		"no amount": {
			"  fixed: NAT\n",
			`s.yaml:6:10: fixed: want NAME=USD or NAME=ITEM of the price book, such as "NAT gateway=32.85"`,
		},
		"no name":  {"  fixed: =5\n", `s.yaml:6:10: fixed: want NAME=USD`},
		"negative": {"  fixed: NAT=-5\n", `s.yaml:6:10: fixed: want NAME=USD`},
		"exponent": {"  fixed: NAT=1e9\n", `s.yaml:6:10: fixed: want NAME=USD`},
		"other side": {
			"  fixed: NAT=5@moon\n",
			`s.yaml:6:10: fixed: want @ and one of lambda, jobs, cluster, eks-fargate, ecs-fargate, nodes, all`,
		},
		"quantity": {"  fixed: NAT=nat.hour*x\n", `s.yaml:6:10: fixed: want ITEM*QUANTITY`},
		"unknown item": {
			"  fixed: NAT=nat.minute\n",
			`s.yaml:6:10: fixed: the price book has no item nat.minute: migtop prices list names them`,
		},
		"month": {
			"  fixed:\n  - {name: NAT, month: -1}\n",
			`s.yaml:7:24: fixed: month: want dollars a month, such as 32.85, got "-1"`,
		},
		"both": {
			"  fixed:\n  - {name: NAT, month: 1, item: nat.hour}\n",
			`s.yaml:7:5: fixed: "NAT": want either month, or item and its quantity`,
		},
		"neither": {"  fixed:\n  - {name: NAT}\n", `s.yaml:7:5: fixed: "NAT": want either month`},
		"unnamed": {"  fixed:\n  - {month: 1}\n", `s.yaml:7:5: fixed: a cost without a name`},
		"key": {
			"  fixed:\n  - {name: NAT, monthly: 1}\n",
			`s.yaml:7:17: unknown key "monthly" in a fixed cost; known: name, month, item, quantity, on`,
		},
		"on": {
			"  fixed:\n  - {name: NAT, month: 1, on: moon}\n",
			`s.yaml:7:31: fixed: on: want one of lambda, jobs`,
		},
		"item": {
			"  fixed:\n  - {name: NAT, item: NAT}\n",
			`s.yaml:7:23: fixed: item: want an item of the price book`,
		},
		"absurd": {
			"  fixed:\n  - {name: NAT, month: 9999999999999}\n",
			`s.yaml:7:5: fixed: "NAT": 9999999999999 is more than there is`,
		},
		"no list": {"  fixed: {name: NAT}\n", `s.yaml:6:`},
		"month length": {
			"  month-hours: 700\n",
			`s.yaml:6:16: month-hours: want 672, 696, 720, 730 or 744, the hours of a month, got "700"`,
		},
		"no month": {"  month-hours: 0\n", `s.yaml:6:16: month-hours: want 672`},
		"GPUs": {
			"  job-gpus: -1\n",
			`s.yaml:6:13: job-gpus: want a whole number from 0 to 16, got "-1"`,
		},
		"plan": {
			"  savings-plan: 3y\n",
			`s.yaml:6:17: savings-plan: 3y without coverage, the share of Lambda's compute that the plan covers`,
		},
		"other plan": {"  savings-plan: 2y\n", `s.yaml:6:17: savings-plan: want 1y or 3y, got "2y"`},
		"coverage": {
			"  savings-plan: 1y\n  coverage: 1.5\n",
			`s.yaml:7:13: coverage: want a share from 0 to 1, got "1.5"`,
		},
		"lone coverage": {"  coverage: 0.5\n", `s.yaml:2:3: coverage needs savings-plan: 1y or 3y`},
		"another month": {
			"- {region: us-east-1, runs: 1, duration: 1s, memory: 1GB, month-hours: 744}\n",
			`s.yaml:6:3: month-hours: 744 here and 730 in the first shape`,
		},
		"wrong type":     {"  fixed:\n  - [1]\n", `s.yaml:7:`},
		"names are text": {"  fixed:\n  - {name: {a: b}, month: 1}\n", `s.yaml:7:`},
	} {
		_, err := ParseKnown("s.yaml", []byte(shapeHead+tc.more), prices.Default())
		var at *yamldoc.Error
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
