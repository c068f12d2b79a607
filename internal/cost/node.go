package cost

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// errNoCapacity says that a node's price cannot be split.
var errNoCapacity = errors.New("the node's CPU and memory are unknown")

// Node returns the hourly price of one node.
//
// An overlay's price of the type comes first, then what an overlay states a vCPU and
// a GiB of the cluster cost, for nodes of any cloud. What follows is for EC2.
//
// An on-demand price is the book's for that type, region, operating system and tenancy;
// see [NodeItem]. Windows is Linux and the licence of each vCPU; see [Pricer.windows]. A Spot
// price is what an overlay states; else the upper end of the span that was seen, marked
// estimated, so that moving is never made to look cheaper than it was; else, for a node that
// nobody has read, what Spot Advisor saw below on demand; else unknown. Nothing else is
// derived from the prices of Linux on shared tenancy.
//
// What the host's Note says is part of the evidence, or of the error.
func (p *Pricer) Node(h migration.Host) (Priced, error) {
	priced, err := p.node(h)
	if err != nil {
		if h.Note != "" {
			err = fmt.Errorf("%w (%s)", err, h.Note)
		}
		return Priced{}, err
	}
	priced.Evidence = p.doubts(priced.Evidence, h)
	return priced, nil
}

// doubts adds what is not certain of a host to the evidence of its price.
func (p *Pricer) doubts(e migration.Provenance, h migration.Host) migration.Provenance {
	if h.Note != "" {
		e = noted(e, migration.Estimated, h.Note)
	}
	if h.Kind != migration.HostEC2 {
		return e
	}
	if h.OS == "" && h.NodeCPU > 0 { // the node was read, and does not state it
		e = noted(e, e.Method, "nothing states the node's operating system: the price is that of Linux, the lowest")
	}
	shape, known := p.book.Instance(h.InstanceType)
	if !known {
		return e
	}
	if h.NodeCPU > 0 && h.Place.Arch != "" && h.Place.Arch != shape.Arch {
		e = noted(e, migration.Estimated, fmt.Sprintf("the node runs on %s, which %s does not have: its instance type may be another",
			h.Place.Arch, h.InstanceType))
	}
	if h.NodeCPU > shape.CPU || h.NodeMemory > shape.Memory {
		e = noted(e, migration.Estimated, fmt.Sprintf(
			"the node has more CPU or memory than %s: its instance type may be a larger one", h.InstanceType))
		e.LowerBound = true
	}
	return e
}

// NodeItem is the price book's item of a node's hourly price on EC2:
//
//	ec2.[OS.]on_demand.TYPE, ec2.[OS.]spot.rate.TYPE, ec2.[OS.]dedicated.TYPE,
//	ec2.[OS.]dedicated.spot.TYPE, ec2.[OS.]dedicated_host.TYPE, ec2.[OS.]capacity_block.TYPE,
//	ec2.[OS.]outpost.TYPE
//
// with OS left out for Linux and where the operating system is unknown.
func NodeItem(h migration.Host) string {
	item := "ec2."
	if h.OS != "" && h.OS != migration.Linux {
		item += string(h.OS) + "."
	}
	switch {
	case h.Capacity != migration.CapacityUsual:
		item += string(h.Capacity)
	case h.Tenancy != migration.TenancyShared && h.Spot:
		item += string(h.Tenancy) + ".spot"
	case h.Tenancy != migration.TenancyShared:
		item += string(h.Tenancy)
	case h.Spot:
		item += "spot.rate"
	default:
		item += "on_demand"
	}
	return item + "." + h.InstanceType
}

// usual reports whether a node is Linux on shared tenancy, bought on demand or on Spot,
// for which most of the book's prices are.
func usual(h migration.Host) bool {
	return (h.OS == "" || h.OS == migration.Linux) && h.Tenancy == migration.TenancyShared && h.Capacity == migration.CapacityUsual
}

func (p *Pricer) node(h migration.Host) (Priced, error) {
	if h.Kind.Fargate() {
		return Priced{}, errors.New("cannot price a node of Fargate: its pod is priced instead")
	}
	r, err := p.Rate(NodeItem(h), h.Place.Region)
	stated := err == nil && r.Origin.Overlay
	if custom, ok := p.custom(h.Place.Region); ok && !stated {
		return p.customNode(h, custom)
	}
	published, ok := p.published[spotKey{h.InstanceType, h.Place.Region}]
	if ok && !stated && h.Kind == migration.HostEC2 && h.Spot && usual(h) {
		return published, nil
	}
	switch {
	case stated:
	case h.Kind != migration.HostEC2 && h.InstanceType == "" && h.NodeCPU == 0:
		return Priced{}, errors.New("cannot price a node that was not read: it went before migtop saw it, or nodes may not be listed")
	case h.Kind != migration.HostEC2:
		return Priced{}, errors.New("cannot price a node: nothing says that EC2 runs it")
	case h.InstanceType == "":
		return Priced{}, errors.New("cannot price a node: its instance type is unknown")
	case h.Spot && err != nil && usual(h):
		return p.spot(h)
	}
	if err == nil {
		return Priced{migration.Dollars(r.Value), evidenceOf(r), []prices.Rate{r}}, nil
	}
	if windows, ok := p.windows(h); ok {
		return windows, nil
	}
	if _, known := p.book.Instance(h.InstanceType); known && !usual(h) {
		return Priced{}, fmt.Errorf("cannot price a node: no price of %s in %s, and what the book has of %s is for Linux on shared tenancy: "+
			"state it in prices.overlay",
			NodeItem(h), h.Place.Region, h.InstanceType)
	}
	if yuan, ok := p.book.Find("ec2.cny.on_demand."+h.InstanceType, h.Place.Region); ok && usual(h) && !h.Spot {
		err = &prices.UnknownError{
			Item: "ec2.on_demand." + h.InstanceType, Region: h.Place.Region, ByRegion: true,
			Foreign: fmt.Sprintf("%s CNY an hour (%s)", yuan.Value, yuan.Origin.AsOf),
		}
	}
	return Priced{}, fmt.Errorf("cannot price a node: %w", err)
}

func (p *Pricer) spot(h migration.Host) (Priced, error) {
	low, ok1 := p.scaled("ec2.spot.low.", h)
	high, ok2 := p.scaled("ec2.spot.high.", h)
	if !ok1 || !ok2 {
		if advised, ok := p.advised(h); ok {
			return advised, nil
		}
		return Priced{}, fmt.Errorf("cannot price a Spot node: %w", &prices.UnknownError{
			Item: "ec2.spot.rate." + h.InstanceType, Region: h.Place.Region, ByRegion: true,
			Known: p.book.Regions("ec2.spot.rate." + h.InstanceType),
		})
	}
	high.Evidence = noted(high.Evidence, migration.Estimated, fmt.Sprintf(
		"Spot price of %s seen between $%s and $%s an hour; the upper end is used", h.InstanceType, low.Amount, high.Amount))
	return high, nil
}

// advised is the on-demand price of a Spot node less what Spot Advisor saw. It is an old
// snapshot of a value that moves, so that it is for estimates: of a node that runs, the Spot
// price stays unknown.
func (p *Pricer) advised(h migration.Host) (Priced, bool) {
	off, ok1 := p.find("ec2.spot.discount."+h.InstanceType, h.Place.Region)
	r, ok2 := p.find("ec2.on_demand."+h.InstanceType, h.Place.Region)
	if !ok1 || !ok2 || h.NodeCPU > 0 {
		return Priced{}, false
	}
	out := Priced{migration.Dollars(r.Value.Mul(one.Sub(off.Value))), evidenceOf(r, off), []prices.Rate{r, off}}
	out.Evidence = noted(out.Evidence, migration.Estimated, fmt.Sprintf(
		"Spot at %s %% below on demand, as seen on %s; Spot prices change by the hour", off.Value.Shift(2), off.Origin.AsOf))
	return out, true
}

// windows is the price of Linux on demand and the licence of Windows Server for each vCPU.
// AWS's prices differ from that sum for burstable types and for the generations before the
// fourth, and Windows does not run on arm64: those are unknown.
// Source: Amazon EC2 user guide, Optimize CPUs for license-included instances.
func (p *Pricer) windows(h migration.Host) (Priced, bool) {
	const firstGeneration = '4'
	shape, known := p.book.Instance(h.InstanceType)
	generation := strings.TrimLeft(h.InstanceType, "abcdefghijklmnopqrstuvwxyz-")
	if !known || h.OS != migration.Windows || h.Spot || h.Tenancy != migration.TenancyShared || h.Capacity != migration.CapacityUsual ||
		shape.Arch != migration.X86 || shape.Burstable.Or(true) || generation < string(firstGeneration) {
		return Priced{}, false
	}
	linux, ok1 := p.find("ec2.on_demand."+h.InstanceType, h.Place.Region)
	licence, ok2 := p.find("ec2.windows.licence", h.Place.Region)
	if !ok1 || !ok2 {
		return Priced{}, false
	}
	vcpu := decimal.NewFromInt(int64(shape.CPU)).Mul(nano)
	out := Priced{migration.Dollars(linux.Value.Add(licence.Value.Mul(vcpu))), evidenceOf(linux, licence), []prices.Rate{linux, licence}}
	out.Evidence = noted(out.Evidence, migration.Derived, fmt.Sprintf("%s on Windows is Linux and $%s for the licence of each vCPU",
		h.InstanceType, licence.Value))
	return out, true
}

// scaled returns the price of a type, for one of m6i also scaled from m6i.xlarge.
func (p *Pricer) scaled(prefix string, h migration.Host) (Priced, bool) {
	if r, ok := p.find(prefix+h.InstanceType, h.Place.Region); ok {
		return Priced{migration.Dollars(r.Value), evidenceOf(r), []prices.Rate{r}}, true
	}
	const base, family = "m6i.xlarge", "m6i."
	if !strings.HasPrefix(h.InstanceType, family) || strings.Contains(h.InstanceType, "metal") {
		return Priced{}, false
	}
	size, ok1 := p.book.Instance(h.InstanceType)
	ref, ok2 := p.book.Instance(base)
	r, err := p.Rate(prefix+base, h.Place.Region)
	if !ok1 || !ok2 || err != nil {
		return Priced{}, false
	}
	amount := r.Value.Mul(decimal.NewFromInt(int64(size.CPU))).DivRound(decimal.NewFromInt(int64(ref.CPU)), Places)
	out := Priced{migration.Dollars(amount), evidenceOf(r), []prices.Rate{r}}
	out.Evidence = noted(out.Evidence, migration.Derived, fmt.Sprintf("%s scaled from %s", h.InstanceType, base))
	return out, true
}

// customRates are what an overlay says that a cluster's resources cost.
type customRates struct{ vcpu, memory prices.Rate }

func (p *Pricer) custom(region string) (customRates, bool) {
	vcpu, ok1 := p.find("cluster.vcpu", region)
	memory, ok2 := p.find("cluster.memory", region)
	return customRates{vcpu, memory}, ok1 && ok2
}

// customNode is the price of a node by its resources.
func (p *Pricer) customNode(h migration.Host, c customRates) (Priced, error) {
	vcpu, gib, err := p.capacity(h)
	if err != nil {
		return Priced{}, err
	}
	amount := vcpu.Mul(c.vcpu.Value).Add(gib.Mul(c.memory.Value))
	e := evidenceOf(c.vcpu, c.memory)
	if h.Accelerators > 0 {
		e = noted(e, migration.Estimated, "cluster.vcpu and cluster.memory leave out what the node's accelerators cost")
		e.LowerBound = true
	}
	return Priced{migration.Dollars(amount), e, []prices.Rate{c.vcpu, c.memory}}, nil
}

// capacity is what a node's price is split over: its own capacity, or the type's
// where the node was not read.
func (p *Pricer) capacity(h migration.Host) (vcpu, gib decimal.Decimal, err error) {
	cpu, memory := h.NodeCPU, h.NodeMemory
	if cpu <= 0 || memory <= 0 {
		i, ok := p.book.Instance(h.InstanceType)
		if !ok {
			return vcpu, gib, fmt.Errorf("cannot split the price of a node %s: %w", h.InstanceType, errNoCapacity)
		}
		cpu, memory = i.CPU, i.Memory
	}
	return decimal.NewFromInt(int64(cpu)).Mul(nano), exactGiB(memory), nil
}

// nodeRate is how the price of one kind of EC2 node falls on its pods.
type nodeRate struct {
	hourly decimal.Decimal // USD per node-hour
	// weight:memoryWeight is CPU:GiB, and parts the whole node weighed so.
	weight, memoryWeight, parts decimal.Decimal
	vcpu, gib                   decimal.Decimal
	// A millicore-second costs perCPU/per, a KiB-second perMemory/per.
	perCPU, perMemory, per decimal.Decimal
	evidence               migration.Provenance
	rates                  []prices.Rate
}

// errAccelerators says that the split of a node's price by CPU and memory would charge
// pods without a GPU for it, and the pod that has it for nearly nothing.
var errAccelerators = errors.New("what pods hold of its accelerators is not known")

// splitRate is nodeRate for what pods hold of the node.
func (p *Pricer) splitRate(h migration.Host) (nodeRate, error) {
	r, err := p.nodeRate(h)
	if err == nil && h.Accelerators > 0 {
		return nodeRate{}, fmt.Errorf("cannot split the price of a node %s with %d accelerators: %w", h.InstanceType, h.Accelerators,
			errAccelerators)
	}
	return r, err
}

// nodeRate returns the split of a node's price. Where an overlay prices the
// resources themselves, their prices are the weights.
func (p *Pricer) nodeRate(h migration.Host) (nodeRate, error) {
	priced, err := p.Node(h)
	if err != nil {
		return nodeRate{}, err
	}
	r := nodeRate{hourly: priced.Amount.Decimal(), weight: p.weight, memoryWeight: one, rates: priced.Rates}
	if r.vcpu, r.gib, err = p.capacity(h); err != nil {
		return nodeRate{}, err
	}
	if priced.Rates[0].Item == "cluster.vcpu" {
		r.weight, r.memoryWeight, r.evidence = priced.Rates[0].Value, priced.Rates[1].Value, priced.Evidence
	} else {
		r.evidence = noted(priced.Evidence, migration.Derived, fmt.Sprintf("node price split by CPU:GiB %s:1", r.weight))
	}
	r.split()
	if !r.parts.IsPositive() {
		return nodeRate{}, errors.New("cannot split the price of a node: cluster.vcpu and cluster.memory are both 0")
	}
	return r, nil
}

// split derives what does not depend on the pods.
func (r *nodeRate) split() {
	r.parts = r.vcpu.Mul(r.weight).Add(r.gib.Mul(r.memoryWeight))
	r.perCPU = r.hourly.Mul(r.weight).Mul(coreHoursInGiBHourUnits)
	r.perMemory = r.hourly.Mul(r.memoryWeight)
	r.per = r.parts.Mul(migration.GiBHourUnit)
}

// gibPerByte is 2^-30, exact in 30 places.
var gibPerByte = one.DivRound(decimal.NewFromInt(int64(migration.GiB)), 30)

func exactGiB(b migration.Bytes) decimal.Decimal {
	return decimal.NewFromInt(int64(b)).Mul(gibPerByte)
}

// coreHoursInGiBHourUnits is GiBHourUnit over CoreHourUnit, 1048.576: it brings
// millicore-seconds to the denominator of KiB-seconds, so that CPU and memory add
// up before the one division.
var coreHoursInGiBHourUnits = decimal.RequireFromString("1048.576")

// share is the cost of CPU and memory held on the node:
//
//	gib_hour = hourly / (vcpu*weight + gib);  cpu_hour = weight * gib_hour
//
// Source: AWS split cost allocation data; OpenCost with its own weight.
func (r *nodeRate) share(cpu migration.MilliCPUSeconds, memory migration.KiBSeconds) decimal.Decimal {
	return decimal.NewFromInt(int64(cpu)).Mul(r.perCPU).Add(decimal.NewFromInt(int64(memory)).Mul(r.perMemory)).DivRound(r.per, Places)
}

// whole is the cost of nodes for so many node-seconds.
func (r *nodeRate) whole(nodeSeconds int64) decimal.Decimal {
	return r.hourly.Mul(decimal.NewFromInt(nodeSeconds)).DivRound(secondsPerHour, Places)
}
