package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// assumption is one thing that a scenario supposes.
type assumption struct {
	group, label, help string
	// value writes the present value. percent is the value as a share for its bar,
	// below 0 for none.
	value   func([]byte, *migration.Scenario, *migration.WhatIf) []byte
	percent func(*migration.Scenario) int
	change  func(*migration.Scenario, *migration.WhatIf, int)
	inert   func(*migration.Scenario) bool // it has no effect with the other assumptions
}

// afterGroup is the group of what runs after the move: the platform's name stands for it.
const afterGroup = "AFTER"

// assumptions are walked from top to bottom. The first one chooses what is looked at, and
// is the screen's own.
var assumptions = [...]assumption{
	{label: "for", help: "the tenant: left and right change it, enter selects by name"},
	{
		group: afterGroup, label: "run on", help: "the platform that the one before the move is compared with",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return append(b, s.Target.String()...)
		},
		change: func(s *migration.Scenario, w *migration.WhatIf, by int) {
			s.Target = around(w.Shown[1:], s.Target, by) // before the move is the first
		},
	},
	{
		group: afterGroup, label: "node family", help: "EC2 instance family, of those with a price in this region",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			family, _, _ := strings.Cut(s.NodeType, ".")
			return append(b, family...)
		},
		change: changeFamily, inert: offNodes,
	},
	{
		group: afterGroup, label: "node size", help: "EC2 instance size, with its on-demand price an hour",
		value: func(b []byte, s *migration.Scenario, w *migration.WhatIf) []byte {
			_, size, _ := strings.Cut(s.NodeType, ".")
			b = append(b, size...)
			switch n := nodeOf(w, s.NodeType); {
			case n == nil:
			case !n.Hourly.Value.Known():
				b = append(b, "  no price"...)
			default:
				b = append(appendFixed(append(b, "  $"...), n.Hourly.Value.Or(migration.USD{}).Decimal(), 1, 3), "/h"...)
			}
			return b
		},
		change: changeSize, inert: offNodes,
	},
	{
		group: afterGroup, label: "architecture",
		help:  "of Jobs: nodes change to the pool's own or the nearest type; EKS Fargate has no arm64",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte { return append(b, s.Arch...) },
		change: func(s *migration.Scenario, w *migration.WhatIf, _ int) {
			to := migration.Arm64
			if s.Arch == migration.Arm64 {
				to = migration.X86
			}
			node := counterpart(w, s.NodeType, to)
			if node != "" {
				s.NodeType, s.Arch = node, to
			}
		},
	},
	{
		group: afterGroup, label: "Spot", help: "share of nodes and ECS tasks on Spot; EKS Fargate has no Spot",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return appendWholePercent(b, s.Spot)
		},
		percent: func(s *migration.Scenario) int { return s.Spot },
		change:  func(s *migration.Scenario, _ *migration.WhatIf, by int) { s.Spot = step(s.Spot, by, 0, 100) },
		inert:   func(s *migration.Scenario) bool { return s.Target == migration.OnEKSFargate },
	},
	{
		group: afterGroup, label: "utilization",
		help: "share of the nodes' price that pods use; the rest is idle, and is shared out to them",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return appendWholePercent(b, s.Packed)
		},
		percent: func(s *migration.Scenario) int { return s.Packed },
		change:  func(s *migration.Scenario, _ *migration.WhatIf, by int) { s.Packed = step(s.Packed, by, 5, 100) },
		inert:   offNodes,
	},
	{
		group: "LAMBDA", label: "functions on", help: "architecture of all functions: arm64 has a lower price a GB-second",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			if s.LambdaArch == "" {
				return append(b, "unchanged"...)
			}
			return append(b, s.LambdaArch...)
		},
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.LambdaArch = around([]migration.Arch{"", migration.Arm64, migration.X86}, s.LambdaArch, by)
		},
	},
	{
		group: "SAVINGS PLAN", label: "Savings Plan",
		help: "term of a Compute Savings Plan: the commitment is paid every hour, used or not",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			switch s.Plan {
			case "1y":
				return append(b, "1 year"...)
			case "3y":
				return append(b, "3 years"...)
			}
			return append(b, "none"...)
		},
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.Plan = around([]string{"", "1y", "3y"}, s.Plan, by)
		},
	},
	{
		group: "SAVINGS PLAN", label: "commitment", help: "dollars an hour that the fleet commits to, paid also where unused",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return append(appendLadder(b, s.Commitment), "/h"...)
		},
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.Commitment = climb(s.Commitment, by, -2, 3)
		},
		inert: noPlan,
	},
	{
		group: "SAVINGS PLAN", label: "off nodes", help: "discount of the plan on EC2: by instance type, at most 66 %; see your contract",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return appendWholePercent(b, s.NodeDiscount)
		},
		percent: func(s *migration.Scenario) int { return s.NodeDiscount },
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.NodeDiscount = step(s.NodeDiscount, by, 0, 66)
		},
		inert: noPlan,
	},
	{
		group: "SAVINGS PLAN", label: "off Fargate", help: "discount of the plan on Fargate: by region, at most 50 %",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			return appendWholePercent(b, s.FargateDiscount)
		},
		percent: func(s *migration.Scenario) int { return s.FargateDiscount },
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.FargateDiscount = step(s.FargateDiscount, by, 0, 50)
		},
		inert: noPlan,
	},
	{
		group: "PLATFORM", label: "a tenant pays",
		help: "share of the platform's cost that one tenant pays; 0 % where the cluster exists anyway",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte {
			if n, ok := s.Share.Get(); ok {
				return appendWholePercent(b, n)
			}
			return append(b, "equal share"...)
		},
		change: changeShare,
		inert:  func(s *migration.Scenario) bool { return s.Target.Platform() != migration.Jobs },
	},
	{
		group: "PLATFORM", label: "one-off cost", help: "one-off cost of the move in dollars, for the whole fleet; part of the payback",
		value: func(b []byte, s *migration.Scenario, _ *migration.WhatIf) []byte { return appendLadder(b, s.OneOff) },
		change: func(s *migration.Scenario, _ *migration.WhatIf, by int) {
			s.OneOff = climb(s.OneOff, by, 2, 6)
		},
	},
}

func offNodes(s *migration.Scenario) bool { return s.Target != migration.OnNodes }

func noPlan(s *migration.Scenario) bool { return s.Plan == "" }

func appendWholePercent(b []byte, n int) []byte {
	return append(strconv.AppendInt(b, int64(n), 10), " %"...)
}

// step is the next multiple of five, or the end of the range.
func step(v, by, low, top int) int {
	if by > 0 {
		return min(v/5*5+5, top)
	}
	return max((v+4)/5*5-5, low)
}

// around walks a list from one value to the next.
func around[T comparable](all []T, v T, by int) T {
	return all[(max(slices.Index(all, v), 0)+by+len(all))%len(all)]
}

// climb is the next step of 1, 2, 5, 10 and so on from ten to the power of low, with
// 0 below it, to ten to the power of top.
func climb(v migration.USD, by int, low, top int32) migration.USD {
	steps := []migration.USD{{}}
	for e := low; e <= top; e++ {
		for _, m := range [...]int64{1, 2, 5} {
			if e < top || m == 1 {
				steps = append(steps, migration.Dollars(decimal.New(m, e)))
			}
		}
	}
	if by > 0 {
		for _, s := range steps {
			if s.Cmp(v) > 0 {
				return s
			}
		}
		return v
	}
	for _, s := range slices.Backward(steps) {
		if s.Cmp(v) < 0 {
			return s
		}
	}
	return v
}

// appendLadder writes a step of climb, or what a configuration says instead.
func appendLadder(b []byte, v migration.USD) []byte {
	if d := v.Decimal(); d.IsInteger() {
		return appendFixed(append(b, '$'), d, 1, 0)
	}
	return appendFixed(append(b, '$'), v.Decimal(), 1, 2)
}

func changeShare(s *migration.Scenario, _ *migration.WhatIf, by int) {
	steps := []migration.Opt[int]{migration.None[int]()}
	for _, n := range [...]int{0, 1, 2, 5, 10, 25, 50, 100} {
		steps = append(steps, migration.Some(n))
	}
	s.Share = around(steps, s.Share, by)
}

func nodeOf(w *migration.WhatIf, typ string) *migration.NodeChoice {
	for i := range w.Nodes {
		if w.Nodes[i].Type == typ {
			return &w.Nodes[i]
		}
	}
	return nil
}

// changeFamily goes to the next family of the architecture, to the same size of it or
// the one nearest in CPU.
func changeFamily(s *migration.Scenario, w *migration.WhatIf, by int) {
	var families []string
	for i := range w.Nodes {
		family, _, _ := strings.Cut(w.Nodes[i].Type, ".")
		if w.Nodes[i].Arch == s.Arch && w.Nodes[i].Hourly.Value.Known() && !slices.Contains(families, family) {
			families = append(families, family)
		}
	}
	if len(families) == 0 {
		return
	}
	now, _, _ := strings.Cut(s.NodeType, ".")
	if node := inFamily(w, s.NodeType, around(families, now, by)); node != "" {
		s.NodeType = node
	}
}

// inFamily is the type of a family that is nearest to another one in CPU.
func inFamily(w *migration.WhatIf, like, family string) string {
	cpu := 4 * migration.Core
	if n := nodeOf(w, like); n != nil {
		cpu = n.CPU
	}
	best, off := "", migration.CPU(0)
	for i := range w.Nodes {
		n := &w.Nodes[i]
		if f, _, _ := strings.Cut(n.Type, "."); f != family || !n.Hourly.Value.Known() {
			continue
		}
		if d := max(n.CPU-cpu, cpu-n.CPU); best == "" || d < off {
			best, off = n.Type, d
		}
	}
	return best
}

// changeSize goes to the next larger or smaller type of the family.
func changeSize(s *migration.Scenario, w *migration.WhatIf, by int) {
	family, _, _ := strings.Cut(s.NodeType, ".")
	var sizes []*migration.NodeChoice
	for i := range w.Nodes {
		if f, _, _ := strings.Cut(w.Nodes[i].Type, "."); f == family && w.Nodes[i].Hourly.Value.Known() {
			sizes = append(sizes, &w.Nodes[i])
		}
	}
	slices.SortStableFunc(sizes, func(x, y *migration.NodeChoice) int { return int((x.CPU - y.CPU) / migration.Core) })
	at := slices.IndexFunc(sizes, func(n *migration.NodeChoice) bool { return n.Type == s.NodeType })
	if next := at + by; len(sizes) > 0 && next >= 0 && next < len(sizes) {
		s.NodeType = sizes[next].Type
	}
}
