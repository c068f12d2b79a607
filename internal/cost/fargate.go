package cost

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// FargateOverhead is what EKS adds to a pod's memory request for the Kubernetes
// components that share its machine. Source: EKS user guide, Fargate pod
// configuration.
const FargateOverhead = 256 * migration.MiB

// Size is an amount of CPU and memory that Fargate sells.
type Size struct {
	VCPU decimal.Decimal
	GB   decimal.Decimal // of 1024^3 bytes
}

func (s Size) String() string { return fmt.Sprintf("%s vCPU / %s GB", s.VCPU, s.GB) }

// EKSFargateSize is the size that EKS provisions for a pod with these requests:
// the smallest with the request and 256 MiB more. A pod without requests gets the
// smallest of all.
func (p *Pricer) EKSFargateSize(cpu migration.CPU, memory migration.Bytes) (Size, error) {
	return p.fargateSize(cpu, memory+FargateOverhead, false)
}

// ECSFargateSize is the smallest size of ECS with that CPU and memory.
func (p *Pricer) ECSFargateSize(cpu migration.CPU, memory migration.Bytes) (Size, error) {
	return p.fargateSize(cpu, memory, true)
}

func (p *Pricer) fargateSize(cpu migration.CPU, memory migration.Bytes, ecs bool) (Size, error) {
	if cpu < 0 || memory < 0 {
		return Size{}, fmt.Errorf("cannot size a Fargate pod for %d nanocores and %d bytes", cpu, memory)
	}
	vcpu, gb := decimal.NewFromInt(int64(cpu)).Mul(nano), exactGiB(memory)
	var most Size
	for _, s := range p.book.FargateSizes() {
		if s.ECSOnly && !ecs {
			continue
		}
		most = Size{s.VCPU, s.GB[len(s.GB)-1]}
		if s.VCPU.LessThan(vcpu) || most.GB.LessThan(gb) {
			continue
		}
		for _, g := range s.GB {
			if !g.LessThan(gb) {
				return Size{s.VCPU, g}, nil
			}
		}
	}
	return Size{}, fmt.Errorf("no Fargate size has %s vCPU and %s GB; the largest is %s", vcpu, gb.Round(3), most)
}

// fargateRate is the price of one size, per second.
type fargateRate struct {
	size     Size
	hourly   decimal.Decimal // USD per hour of the whole size
	evidence migration.Provenance
	rates    []prices.Rate
}

// errFargateArm says what EKS cannot do.
var errFargateArm = errors.New("EKS Fargate has no arm64")

// errFargateSystem says it of operating systems.
var errFargateSystem = errors.New("EKS Fargate runs Linux alone")

// fargateRate prices the machine of one pod or task. What the host's Note says is part of
// the evidence, or of the error.
func (p *Pricer) fargateRate(h migration.Host) (fargateRate, error) {
	of := p.podRate
	if h.Kind == migration.HostECSFargate {
		of = p.taskRate
	}
	r, err := of(h)
	switch {
	case h.Note == "":
	case err != nil:
		err = fmt.Errorf("%w (%s)", err, h.Note)
	default:
		r.evidence = noted(r.evidence, migration.Estimated, h.Note)
	}
	return r, err
}

// podRate prices the machine of one pod under EKS: the size that EKS wrote into
// its annotation, else the one that follows from the requests.
func (p *Pricer) podRate(h migration.Host) (fargateRate, error) {
	if h.OS != "" && h.OS != migration.Linux {
		return fargateRate{}, fmt.Errorf("cannot price a pod on Fargate: %w", errFargateSystem)
	}
	if h.Place.Arch == migration.Arm64 {
		return fargateRate{}, fmt.Errorf("cannot price a pod on Fargate: %w", errFargateArm)
	}
	size := Size{decimal.NewFromInt(int64(h.FargateCPU)).Mul(nano), exactGiB(h.FargateMemory)}
	note := "pod time counts from PodScheduled; AWS bills from image pull until the pod is gone"
	if h.FargateCPU <= 0 || h.FargateMemory <= 0 {
		var err error
		if size, err = p.EKSFargateSize(h.RequestCPU, h.RequestMemory); err != nil {
			return fargateRate{}, err
		}
		note = fmt.Sprintf("Fargate size %s follows from the requests and 256 MiB; %s", size, note)
	}
	r, err := p.fargateSizeRate(h.Place.Region, "", migration.X86, size)
	if err == nil {
		r.evidence = noted(r.evidence, migration.Derived, note)
	}
	return r, err
}

// taskRate prices the machine of one ECS task: its own size, or the smallest that
// holds its requests. There is no 256 MiB on top, and arm64 and Spot exist. Where no
// Spot price is in the book the highest documented discount would make it look too
// cheap, so that it is unknown.
func (p *Pricer) taskRate(h migration.Host) (fargateRate, error) {
	size := Size{decimal.NewFromInt(int64(h.FargateCPU)).Mul(nano), exactGiB(h.FargateMemory)}
	note := "task time counts from its start; AWS bills from image pull"
	if h.FargateCPU <= 0 || h.FargateMemory <= 0 {
		var err error
		if size, err = p.ECSFargateSize(h.RequestCPU, h.RequestMemory); err != nil {
			return fargateRate{}, err
		}
		note = fmt.Sprintf("Fargate size %s follows from the requests; %s", size, note)
	}
	market := ""
	if h.Spot {
		market = "spot."
	}
	if h.OS != "" && h.OS != migration.Linux {
		market = string(h.OS) + "." + market // with a licence in the price
	}
	r, err := p.fargateSizeRate(h.Place.Region, market, h.Place.Arch, size)
	if err == nil {
		r.evidence = noted(r.evidence, migration.Derived, note)
	}
	return r, err
}

// fargateSizeRate prices a size; market is "" on demand and "spot." on Spot, after
// "windows." on Windows.
func (p *Pricer) fargateSizeRate(region, market string, arch migration.Arch, size Size) (fargateRate, error) {
	cpu, err := p.Rate("fargate."+market+"vcpu."+string(arch), region)
	if err != nil {
		return fargateRate{}, fmt.Errorf("cannot price Fargate: %w", err)
	}
	memory, err := p.Rate("fargate."+market+"memory."+string(arch), region)
	if err != nil {
		return fargateRate{}, fmt.Errorf("cannot price Fargate: %w", err)
	}
	return fargateRate{
		size: size, hourly: size.VCPU.Mul(cpu.Value).Add(size.GB.Mul(memory.Value)),
		evidence: evidenceOf(cpu, memory), rates: []prices.Rate{cpu, memory},
	}, nil
}

// cost is what pods of this size cost: their seconds, and what each that ended
// within a minute lacked to one.
func (r *fargateRate) cost(podSeconds, shortOfMinute int64) decimal.Decimal {
	return r.hourly.Mul(decimal.NewFromInt(podSeconds).Add(decimal.NewFromInt(shortOfMinute))).DivRound(secondsPerHour, Places)
}
