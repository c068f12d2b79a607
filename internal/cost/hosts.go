package cost

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// hostBill is one kind of host: its nodes, and all that pods held there.
type hostBill struct {
	host               migration.Host
	standing           bool // node time was seen
	seconds            int64
	nodes              int
	requested, charged decimal.Decimal // USD: by request; as accounts were charged
	daemons            podUsage
	daemonCost         decimal.Decimal // never more than what pods left of the nodes
	heldRequest        podUsage
	heldCharged        podUsage
	podSeconds         int64 // with what a minute at the least adds
	node               nodeRate
	fargate            fargateRate
	// over is set where pods were charged for more than the nodes have:
	// available over held, by which every pod's share is scaled.
	overCPU, overMemory bool
	available           podUsage
	evidence            migration.Provenance
	err                 error
}

func (b *hostBill) add(s *heldSum) {
	b.heldRequest.add(s.requested)
	b.heldCharged.add(s.charged())
	b.podSeconds += s.podSeconds + s.shortOfMinute
}

func (b *hostBill) price(p *Pricer, used *usedPrices) {
	if b.host.Kind.Fargate() {
		b.fargate, b.err = p.fargateRate(b.host)
		b.evidence = b.fargate.evidence
	} else {
		b.node, b.err = p.splitRate(b.host)
		b.evidence = b.node.evidence
	}
	if b.err != nil {
		used.miss(b.err)
		return
	}
	if b.host.Kind.Fargate() {
		b.fargate.pay(used, b.podSeconds)
		return
	}
	if b.standing { // the whole node is paid for
		used.node(b.node.whole(b.seconds), &b.node)
	} else {
		used.node(b.node.share(b.heldCharged.cpu, b.heldCharged.memory), &b.node)
	}
	b.requested = b.node.share(b.heldRequest.cpu, b.heldRequest.memory)
	b.oversubscribe()
}

// oversubscribe finds out whether pods are charged for more than there was:
//
//	ratio_r = allocated_r / max(available_r, sum allocated_r)
//
// Source: AWS split cost allocation data. Requests alone cannot exceed a node, so
// where they do, node time is missing, and scaling would hide it.
func (b *hostBill) oversubscribe() {
	if !b.standing {
		return
	}
	seconds := decimal.NewFromInt(b.seconds)
	b.available = podUsage{
		cpu:    migration.MilliCPUSeconds(b.node.vcpu.Mul(seconds).Shift(3).IntPart()),
		memory: migration.KiBSeconds(b.node.gib.Mul(seconds).Mul(decimal.NewFromInt(1 << 20)).IntPart()),
	}
	b.overCPU = b.heldCharged.cpu > b.available.cpu && b.heldRequest.cpu <= b.available.cpu
	b.overMemory = b.heldCharged.memory > b.available.memory && b.heldRequest.memory <= b.available.memory
	if b.overCPU || b.overMemory {
		b.evidence = noted(b.evidence, migration.Derived, "pods used more than their nodes' capacity: shares are scaled down to the nodes")
	}
}

func (b *hostBill) cost(s *heldSum) decimal.Decimal {
	if b.host.Kind.Fargate() {
		return b.fargate.cost(s.podSeconds, s.shortOfMinute)
	}
	pays := s.charged()
	if !b.overCPU && !b.overMemory {
		return b.node.share(pays.cpu, pays.memory)
	}
	cpu, memory := b.node.share(pays.cpu, 0), b.node.share(0, pays.memory)
	if b.overCPU {
		cpu = cpu.Mul(decimal.NewFromInt(int64(b.available.cpu))).DivRound(decimal.NewFromInt(int64(b.heldCharged.cpu)), Places)
	}
	if b.overMemory {
		memory = memory.Mul(decimal.NewFromInt(int64(b.available.memory))).DivRound(decimal.NewFromInt(int64(b.heldCharged.memory)), Places)
	}
	return cpu.Add(memory)
}

// idleShare is an account's part of what idle nodes of this kind cost, shared out by
// resource:
//
//	unused share_r = ratio_r / (1 - unused_r/available_r) = allocated_r / sum allocated_r
//
// Source: AWS split cost allocation data. A resource that no pod held stays unshared.
func (b *hostBill) idleShare(s *heldSum) decimal.Decimal {
	idle := b.node.whole(b.seconds).Sub(b.charged).Sub(b.daemonCost)
	if !idle.IsPositive() {
		return decimal.Decimal{}
	}
	pays := s.charged()
	ofCPU := decimal.Min(idle, b.node.share(max(b.available.cpu-b.heldCharged.cpu-b.daemons.cpu, 0), 0))
	var sum decimal.Decimal
	if b.heldCharged.cpu > 0 {
		sum = ofCPU.Mul(decimal.NewFromInt(int64(pays.cpu))).DivRound(decimal.NewFromInt(int64(b.heldCharged.cpu)), Places)
	}
	if b.heldCharged.memory > 0 {
		ofMemory := idle.Sub(ofCPU).Mul(decimal.NewFromInt(int64(pays.memory)))
		sum = sum.Add(ofMemory.DivRound(decimal.NewFromInt(int64(b.heldCharged.memory)), Places))
	}
	return sum
}

// NodeBill is one kind of EC2 node in a bill.
type NodeBill struct {
	Host        migration.Host
	Nodes       int // the most at one time in any bucket
	NodeSeconds int64
	Hourly      migration.Figure[migration.USD] // of one node
	Cost        migration.Figure[migration.USD] // of all, for their time
	Idle        migration.Figure[migration.USD] // Cost without what pods and DaemonSets were charged
	// Requested is the share of Cost that pods' requests carry, by weight.
	Requested migration.Opt[migration.Ratio]
}

func (b *Bill) closeNodes() {
	for i := range b.hosts.values {
		h, hb := b.hosts.keys[i], &b.hosts.values[i]
		if !hb.standing {
			continue
		}
		n := NodeBill{Host: h, Nodes: hb.nodes, NodeSeconds: hb.seconds}
		var cost, idle sum
		if hb.err != nil {
			idle.miss(hb.err)
			// A node may have a price that cannot be split.
			if price, err := b.p.Node(h); err == nil {
				n.Hourly = price.Figure(migration.Billed, price.Evidence)
				cost.add(price.Amount.Decimal().Mul(decimal.NewFromInt(hb.seconds)).DivRound(secondsPerHour, Places), price.Evidence)
			} else {
				cost.miss(hb.err)
				n.Hourly = cost.figure(migration.Billed)
			}
		} else {
			n.Hourly = migration.Figure[migration.USD]{
				Value: migration.Some(migration.Dollars(hb.node.hourly)), Kind: migration.Billed, Evidence: hb.node.evidence,
			}
			whole := hb.node.whole(hb.seconds)
			cost.add(whole, hb.evidence)
			rest := whole.Sub(hb.charged)
			hb.daemonCost = decimal.Max(decimal.Min(hb.node.share(hb.daemons.cpu, hb.daemons.memory), rest), decimal.Decimal{})
			rest = rest.Sub(hb.daemonCost)
			idle.add(rest, hb.evidence)
			if h.Kind == migration.HostEC2 && !h.Spot {
				b.standing = b.standing.Add(rest).Add(hb.daemonCost)
			}
			if whole.IsPositive() {
				n.Requested = migration.Some(migration.Ratio(hb.requested.Div(whole).InexactFloat64()))
			}
			if rest.IsNegative() {
				idle.evidence = noted(idle.evidence, migration.Estimated, fmt.Sprintf(
					"pods held more of %s than the nodes that were seen: node time is missing", h.InstanceType))
			}
		}
		n.Cost, n.Idle = cost.figure(migration.Billed), idle.figure(migration.Billed)
		b.idle.include(idle)
		b.nodes = append(b.nodes, n)
	}
	if b.idle.parts == 0 && b.onlyFargate() {
		b.idle.add(decimal.Decimal{}, migration.Provenance{
			Source: "kubernetes", Method: migration.Derived, Coverage: 1, Note: "every pod has a machine of its own on Fargate, which is never idle",
		})
	}
}

// onlyFargate reports whether pods were seen, and all of them on EKS Fargate: then there
// are no nodes that could be idle. Tasks of ECS say nothing of a cluster.
func (b *Bill) onlyFargate() bool {
	seen := false
	for i := range b.hosts.keys {
		switch b.hosts.keys[i].Kind {
		case migration.HostFargate:
			seen = true
		case migration.HostECSFargate:
		default:
			return false
		}
	}
	return seen
}
