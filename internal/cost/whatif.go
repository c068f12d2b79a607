package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// MBPerVCPU is the memory at which a Lambda function has one vCPU; CPU grows in
// proportion. Source: AWS Lambda developer guide, "Configure Lambda function memory".
const MBPerVCPU = 1769

// LambdaCPU is the CPU that a function of this memory has, to the millicore.
func LambdaCPU(memory migration.Bytes) migration.CPU {
	return migration.CPU(int64(memory/migration.MiB)*1000/MBPerVCPU) * migration.Millicore
}

// Shape is a pod to be: what it would request, and for how long.
type Shape struct {
	CPU      migration.CPU
	Memory   migration.Bytes
	Duration time.Duration // start-up included
}

// JobRun is about what one run of a shape costs on a kind of host: its dominant
// share of an EC2 node,
//
//	hours * node_price * max(cpu/allocatable_cpu, mem/allocatable_mem, 1/max_pods)
//
// which is the fair price of a shape that fills its nodes with its like, or its own
// machine on EKS Fargate. Allocatable is the type's, or the node's capacity where
// the type is unknown.
func (p *Pricer) JobRun(h migration.Host, s Shape) (Priced, error) {
	if s.Duration < 0 || s.CPU < 0 || s.Memory < 0 {
		return Priced{}, fmt.Errorf("cannot price a run of %s with %d nanocores and %d bytes", s.Duration, s.CPU, s.Memory)
	}
	if h.Kind.Fargate() {
		h.RequestCPU, h.RequestMemory, h.FargateCPU, h.FargateMemory = s.CPU, s.Memory, 0, 0
		r, err := p.fargateRate(h)
		if err != nil {
			return Priced{}, err
		}
		seconds := max(int64((s.Duration+time.Second-1)/time.Second), 60)
		return Priced{migration.Dollars(r.cost(seconds, 0)), r.evidence, r.rates}, nil
	}
	node, err := p.Node(h)
	if err != nil {
		return Priced{}, err
	}
	if h.Accelerators > 0 {
		return Priced{}, fmt.Errorf("cannot price a run on %s: %w", h.InstanceType, errAccelerators)
	}
	share, err := p.Dominant(h, s)
	if err != nil {
		return Priced{}, err
	}
	hours := decimal.NewFromInt(int64(s.Duration)).Mul(nano)
	amount := node.Amount.Decimal().Mul(hours).Mul(share.Of).DivRound(share.Whole.Mul(secondsPerHour), Places)
	e := noted(node.Evidence, migration.Estimated, fmt.Sprintf("a run's share of %s by its dominant resource", h.InstanceType))
	return Priced{migration.Dollars(amount), e, node.Rates}, nil
}

// Fraction is Of over Whole, divided only by whoever uses it.
type Fraction struct{ Of, Whole decimal.Decimal }

func (f Fraction) greater(g Fraction) bool { return f.Of.Mul(g.Whole).GreaterThan(g.Of.Mul(f.Whole)) }

// Dominant is the greatest share that a pod of a shape takes of a node, by CPU, by
// memory or by the number of pods.
func (p *Pricer) Dominant(h migration.Host, s Shape) (Fraction, error) {
	cpu, memory, pods := h.NodeCPU, h.NodeMemory, int64(0)
	if i, ok := p.book.Instance(h.InstanceType); ok {
		cpu, memory, pods = i.Allocatable, i.AllocatableMemory, int64(i.MaxPods)
	}
	if cpu <= 0 || memory <= 0 {
		return Fraction{}, fmt.Errorf("cannot price a run on %s: %w", h.InstanceType, errNoCapacity)
	}
	if s.CPU > cpu || s.Memory > memory {
		return Fraction{}, fmt.Errorf("a pod of %d millicores and %d MiB does not fit on %s, which has %d and %d to give",
			s.CPU.Milli(), s.Memory/migration.MiB, h.InstanceType, cpu.Milli(), memory/migration.MiB)
	}
	share := Fraction{decimal.NewFromInt(int64(s.CPU)), decimal.NewFromInt(int64(cpu))}
	if m := (Fraction{decimal.NewFromInt(int64(s.Memory)), decimal.NewFromInt(int64(memory))}); m.greater(share) {
		share = m
	}
	if pods > 0 {
		if n := (Fraction{one, decimal.NewFromInt(pods)}); n.greater(share) {
			share = n
		}
	}
	return share, nil
}
