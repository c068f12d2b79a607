package cost

import (
	"errors"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// FargateOverhead is what EKS adds to a pod's memory request for the Kubernetes
// components that share its machine. Source: EKS user guide, Fargate pod
// configuration.
const FargateOverhead = 256 * migration.MiB

// FargateMinimum is the time that Fargate bills at least. Source: AWS Fargate pricing page.
const FargateMinimum = time.Minute

// mostStorage is the most ephemeral storage of a pod or task. Source: EKS user guide, Fargate
// pod configuration; ECS developer guide, Fargate task ephemeral storage.
var mostStorage = map[migration.HostKind]migration.Bytes{
	migration.HostFargate: 175 * migration.GiB, migration.HostECSFargate: 200 * migration.GiB,
}

var fargateName = map[migration.HostKind]string{migration.HostFargate: "EKS Fargate", migration.HostECSFargate: "ECS Fargate"}

// FargateSeconds is how many seconds Fargate bills for a run: whole ones, and
// [FargateMinimum] at least.
func FargateSeconds(d time.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64((max(d, FargateMinimum) + time.Second - 1) / time.Second))
}

// Size is an amount of CPU and memory that Fargate sells.
type Size struct {
	VCPU decimal.Decimal
	GB   decimal.Decimal // of 1024^3 bytes
}

func (s Size) String() string { return fmt.Sprintf("%s vCPU / %s GB", s.VCPU, s.GB) }

// EKSFargateSize is the size that EKS provisions for a pod with these requests:
// the smallest with the request and 256 MiB more. A pod without requests gets the
// smallest size.
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

// What EKS Fargate cannot run.
var (
	errFargateArm    = errors.New("EKS Fargate has no arm64")
	errFargateSystem = errors.New("EKS Fargate runs Linux only")
)

// fargateRate prices the machine of one pod or task. The host's Note is part of the
// evidence, or of the error.
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

// podSupported says why EKS Fargate cannot run a pod, nil where it can.
func podSupported(h migration.Host) error {
	switch {
	case h.OS != "" && h.OS != migration.Linux:
		return errFargateSystem
	case h.Place.Arch == migration.Arm64:
		return errFargateArm
	}
	return nil
}

// podRate prices the machine of one pod under EKS: the size that EKS wrote into
// its annotation, else the one that follows from the requests.
func (p *Pricer) podRate(h migration.Host) (fargateRate, error) {
	if err := podSupported(h); err != nil {
		return fargateRate{}, fmt.Errorf("cannot price a pod on Fargate: %w", err)
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
// holds its requests. There is no 256 MiB on top, and arm64 and Spot exist. A Spot price
// that is not in the book is unknown: the highest documented discount would make it look
// too cheap.
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
	r, err := p.fargateSizeRate(h.Place.Region, marketName(h), h.Place.Arch, size)
	if err == nil {
		r.evidence = noted(r.evidence, migration.Derived, note)
	}
	return r, err
}

// marketName is the part of a price's name between "fargate." and the resource, for a task
// of ECS.
func marketName(h migration.Host) string {
	market := ""
	if h.Spot {
		market = "spot."
	}
	if h.OS != "" && h.OS != migration.Linux {
		market = string(h.OS) + "." + market // with a licence in the price
	}
	return market
}

// fargateSizeRate prices a size; market is "" on demand and "spot." on Spot, after
// "windows." on Windows.
func (p *Pricer) fargateSizeRate(region, market string, arch migration.Arch, size Size) (fargateRate, error) {
	m := p.fargateMarket(region, market, arch)
	if err := m.missing(); err != nil {
		return fargateRate{}, fmt.Errorf("cannot price Fargate: %w", err)
	}
	hour := Sum(m.lines(make([]Line, 0, 2), size, Fraction{one, one}, false))
	return fargateRate{
		size: size, hourly: hour.Of, evidence: evidenceOf(m.vcpu.rate, m.memory.rate), rates: []prices.Rate{m.vcpu.rate, m.memory.rate},
	}, nil
}

// fargateMarket is Fargate in one region, on one architecture and in one market.
type fargateMarket struct{ vcpu, memory fargatePrice }

// fargatePrice is the price of one resource, or why there is none.
type fargatePrice struct {
	rate prices.Rate
	note string
	err  error
}

func (p *Pricer) fargateMarket(region, market string, arch migration.Arch) fargateMarket {
	read := func(resource string) (out fargatePrice) {
		if out.rate, out.err = p.Rate("fargate."+market+resource+"."+string(arch), region); out.err == nil {
			out.note = out.rate.Note()
		}
		return out
	}
	return fargateMarket{read("vcpu"), read("memory")}
}

// missing is the first price that is missing.
func (m *fargateMarket) missing() error {
	if m.vcpu.err != nil {
		return m.vcpu.err
	}
	return m.memory.err
}

// lines appends what a machine of a size costs for some hours, as far as prices are known.
func (m *fargateMarket) lines(into []Line, size Size, hours Fraction, spot bool) []Line {
	for _, part := range [...]struct {
		item, onSpot string
		amount       decimal.Decimal
		price        *fargatePrice
	}{{"vCPU", "vCPU on Spot", size.VCPU, &m.vcpu}, {"memory", "memory on Spot", size.GB, &m.memory}} {
		if part.price.err != nil {
			continue
		}
		item, amount := part.item, part.amount
		if spot {
			item = part.onSpot
		}
		if !hours.Of.Equal(one) {
			amount = amount.Mul(hours.Of)
		}
		into = append(into, Line{
			Item: item, Amount: Fraction{amount, hours.Whole}, Unit: unitOf(part.price.rate),
			Rate: part.price.rate.Value, Price: &part.price.rate, Note: part.price.note, Spot: spot,
		})
	}
	return into
}

// pay notes what is paid for each resource of machines of this size for some seconds.
func (r *fargateRate) pay(used *usedPrices, seconds int64) {
	for i, amount := range [...]decimal.Decimal{r.size.VCPU, r.size.GB} {
		used.pay(amount.Mul(r.rates[i].Value).Mul(decimal.NewFromInt(seconds)).DivRound(secondsPerHour, Places), &r.rates[i])
	}
}

// cost is what pods of this size cost: their seconds, and for each that ended within a
// minute the rest of that minute.
func (r *fargateRate) cost(podSeconds, shortOfMinute int64) decimal.Decimal {
	return r.hourly.Mul(decimal.NewFromInt(podSeconds).Add(decimal.NewFromInt(shortOfMinute))).DivRound(secondsPerHour, Places)
}
