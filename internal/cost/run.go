package cost

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Shape is what a run would request as a pod or a task, and for how long.
type Shape struct {
	CPU      migration.CPU
	Memory   migration.Bytes
	Duration time.Duration   // start-up included
	Storage  migration.Bytes // ephemeral
	GPUs     int64           // whole ones, on nodes only
}

// nanosPerHour is the unit of durations in an hour.
var nanosPerHour = decimal.NewFromInt(int64(time.Hour))

// RunRates are the prices of one kind of host, read once for any number of runs.
// It is immutable and safe for concurrent use.
type RunRates struct {
	p       *Pricer
	host    migration.Host
	markets []market // on demand, then Spot; only those with a share
	// monthHours is the length of the month over which storage is priced.
	monthHours decimal.Decimal
}

// market is a kind of host bought in one way, on demand or on Spot.
type market struct {
	spot    bool
	share   decimal.Decimal // of all runs, above 0 to 1
	fargate fargateMarket   // on Fargate
	node    Priced          // elsewhere
	err     error           // the price that is missing
}

// RunRates reads the prices of a kind of host. spot is the share of runs on Spot, 0 to 1;
// the host's own Spot does not count, and EKS Fargate has no Spot. A market without a share
// is not read.
//
// The error is the first price that is missing, and the result prices what has one; or it
// is why nothing can run on such a host.
func (p *Pricer) RunRates(h migration.Host, spot decimal.Decimal) (*RunRates, error) {
	r := &RunRates{p: p, host: h, monthHours: hoursPerMonth}
	if h.Kind == migration.HostFargate {
		if err := podSupported(h); err != nil {
			return r, err
		}
		spot, h.Place.Arch = decimal.Decimal{}, migration.X86
	}
	var missing error
	for _, m := range [...]market{{share: one.Sub(spot)}, {share: spot, spot: true}} {
		if m.share.IsZero() {
			continue
		}
		h.Spot = m.spot
		if h.Kind.Fargate() {
			m.fargate = p.fargateMarket(h.Place.Region, marketName(h), h.Place.Arch)
			m.err = m.fargate.missing()
		} else {
			m.node, m.err = p.Node(h)
		}
		missing = firstError(missing, m.err)
		r.markets = append(r.markets, m)
	}
	return r, missing
}

// InMonthOf returns the rates for a month of so many hours, over which a GB-month of storage is
// divided. They are read for one of [HoursPerMonth].
func (r *RunRates) InMonthOf(hours int64) *RunRates {
	out := *r
	out.monthHours = decimal.NewFromInt(hours)
	return &out
}

// PriceRun prices one run of a shape on a kind of host, on Spot where the host is. The
// error is as that of [RunRates.Price].
func (p *Pricer) PriceRun(h migration.Host, s Shape) ([]Line, error) {
	r, err := p.RunRates(h, spotShare(h))
	if len(r.markets) == 0 {
		return nil, err
	}
	return r.Price(nil, s)
}

func spotShare(h migration.Host) decimal.Decimal {
	if h.Spot {
		return one
	}
	return decimal.Decimal{}
}

// Price appends the lines of one run. The error says which price is missing, as a
// [*prices.UnknownError], and the lines that have a price are appended all the same; any
// other error says why the shape cannot run on this kind of host.
//
// On Fargate a run has a machine of its own. On nodes it costs its dominant share of one,
// the fair price of a shape that fills its nodes with its like:
//
//	hours * node_price * max(cpu/allocatable_cpu, mem/allocatable_mem, 1/max_pods)
func (r *RunRates) Price(into []Line, s Shape) ([]Line, error) {
	if s.Duration < 0 || s.CPU < 0 || s.Memory < 0 {
		return into, fmt.Errorf("cannot price a run of %s with %d nanocores and %d bytes", s.Duration, s.CPU, s.Memory)
	}
	if r.host.Kind.Fargate() {
		return r.onFargate(into, s)
	}
	return r.onNodes(into, s)
}

func (r *RunRates) onFargate(into []Line, s Shape) ([]Line, error) {
	if s.GPUs > 0 {
		return into, fmt.Errorf("%s has no GPUs", fargateName[r.host.Kind])
	}
	size, err := r.Size(s)
	if err != nil {
		return into, err
	}
	if most := mostStorage[r.host.Kind]; s.Storage > most {
		return into, fmt.Errorf("a pod on %s has at most %d GB of storage, not %d", fargateName[r.host.Kind], most/migration.GiB,
			s.Storage/migration.GiB)
	}
	seconds := FargateSeconds(s.Duration)
	var missing error
	for i := range r.markets {
		m := &r.markets[i]
		on := seconds
		if len(r.markets) > 1 {
			on = seconds.Mul(m.share)
		}
		into = m.fargate.lines(into, size, Fraction{on, secondsPerHour}, m.spot)
		if missing = firstError(missing, m.err); s.Storage > 0 {
			into, err = r.fargateStorage(into, s.Storage, on, m.spot)
			missing = firstError(missing, err)
		}
	}
	return into, missing
}

// fargateStorage appends the ephemeral storage that is not included in the price.
func (r *RunRates) fargateStorage(into []Line, b migration.Bytes, seconds decimal.Decimal, spot bool) ([]Line, error) {
	free, err := r.p.Rate("fargate.storage.free", r.host.Place.Region)
	if err != nil {
		return into, err
	}
	over := exactGiB(b).Sub(free.Value)
	if !over.IsPositive() {
		return into, nil
	}
	label := "storage over 20 GB"
	if spot {
		label += " on Spot"
	}
	l, err := r.p.line(label, Fraction{over.Mul(seconds), secondsPerHour}, "fargate.storage", r.host.Place.Region)
	if err != nil {
		return into, err
	}
	l.Spot = spot
	return append(into, l), nil
}

func (r *RunRates) onNodes(into []Line, s Shape) ([]Line, error) {
	if r.host.Accelerators > 0 {
		return into, fmt.Errorf("cannot price a run on %s: %w", r.host.InstanceType, errAccelerators)
	}
	share, err := r.p.Dominant(r.host, s)
	if err != nil {
		return into, err
	}
	var missing error
	whole := nanosPerHour.Mul(share.Whole)
	held := decimal.NewFromInt(int64(s.Duration)).Mul(share.Of)
	for i := range r.markets {
		m := &r.markets[i]
		if m.err != nil {
			missing = firstError(missing, m.err)
			continue
		}
		label := r.host.InstanceType
		if m.spot {
			label += " on Spot"
		}
		into = append(into, Line{
			Item: label, Amount: Fraction{held.Mul(m.share), whole}, Unit: "node-hour", Rate: m.node.Amount.Decimal(),
			Price: &m.node.Rates[0], Note: m.node.Evidence.Note, Spot: m.spot,
		})
	}
	if r.host.AutoMode {
		into, err = r.autoMode(into, held, whole)
		missing = firstError(missing, err)
	}
	if s.Storage > 0 {
		month := Fraction{exactGiB(s.Storage).Mul(decimal.NewFromInt(int64(s.Duration))), nanosPerHour.Mul(r.monthHours)}
		l, err := r.p.line("gp3 storage", month, "ebs.gp3", r.host.Place.Region)
		if missing = firstError(missing, err); err == nil {
			into = append(into, l)
		}
	}
	return into, missing
}

// autoMode appends the fee of EKS Auto Mode in each market.
func (r *RunRates) autoMode(into []Line, held, whole decimal.Decimal) ([]Line, error) {
	hourly, _, fee, err := r.p.autoModeFee(r.host)
	if err != nil {
		return into, err
	}
	for i := range r.markets {
		into = append(into, Line{
			Item: "EKS Auto Mode", Amount: Fraction{held.Mul(r.markets[i].share), whole}, Unit: "node-hour", Rate: hourly,
			Price: &fee, Note: fee.Note(),
		})
	}
	return into, nil
}

// Least is the time that a run is billed at least, 0 for none.
func (r *RunRates) Least() time.Duration {
	if r.host.Kind.Fargate() {
		return FargateMinimum
	}
	return 0
}

// Billed is how many seconds of a run are billed.
func (r *RunRates) Billed(d time.Duration) decimal.Decimal {
	if r.host.Kind.Fargate() {
		return FargateSeconds(d)
	}
	return decimal.New(int64(d), -9)
}

// Size is the machine that Fargate gives to a shape.
func (r *RunRates) Size(s Shape) (Size, error) {
	if r.host.Kind == migration.HostECSFargate {
		return r.p.ECSFargateSize(s.CPU, s.Memory)
	}
	return r.p.EKSFargateSize(s.CPU, s.Memory)
}

// Notes are what is not certain about the prices, "" where nothing is.
func (r *RunRates) Notes() []string {
	var out []string
	for i := range r.markets {
		if m := &r.markets[i]; r.host.Kind.Fargate() {
			out = append(out, m.fargate.vcpu.note, m.fargate.memory.note)
		} else {
			out = append(out, m.node.Evidence.Note)
		}
	}
	return out
}

// JobRun is about what one run of a shape costs on a kind of host: the sum of its lines,
// without EKS Auto Mode's fee, which a [Ledger] books under the platform.
func (p *Pricer) JobRun(h migration.Host, s Shape) (Priced, error) {
	h.AutoMode, h.RequestCPU, h.RequestMemory, h.FargateCPU, h.FargateMemory = false, s.CPU, s.Memory, 0, 0
	var out Priced
	if h.Kind.Fargate() {
		of, err := p.fargateRate(h)
		if err != nil {
			return Priced{}, err
		}
		out = Priced{Evidence: of.evidence, Rates: of.rates}
	} else {
		node, err := p.Node(h)
		if err != nil {
			return Priced{}, err
		}
		out = node
		out.Evidence = noted(node.Evidence, migration.Estimated, fmt.Sprintf("a run's share of %s by its dominant resource", h.InstanceType))
	}
	lines, err := p.PriceRun(h, s)
	if err != nil {
		return Priced{}, err
	}
	sum := Sum(lines)
	out.Amount = migration.Dollars(sum.Of.DivRound(sum.Whole, Places))
	return out, nil
}

// Dominant is the greatest share that a pod of a shape takes of a node, by CPU, by
// memory, by GPUs or by the number of pods. Allocatable is the type's, or the node's capacity where
// the type is unknown.
func (p *Pricer) Dominant(h migration.Host, s Shape) (Fraction, error) {
	cpu, memory, pods, gpus := h.NodeCPU, h.NodeMemory, int64(0), h.Accelerators
	if i, ok := p.book.Instance(h.InstanceType); ok {
		cpu, memory, pods, gpus = i.Allocatable, i.AllocatableMemory, int64(i.MaxPods), gpusOf(&i)
	}
	if cpu <= 0 || memory <= 0 {
		return Fraction{}, fmt.Errorf("cannot price a run on %s: %w", h.InstanceType, errNoCapacity)
	}
	if s.CPU > cpu || s.Memory > memory {
		return Fraction{}, fmt.Errorf("a pod of %d millicores and %d MiB does not fit on %s, which has %d and %d allocatable",
			s.CPU.Milli(), s.Memory/migration.MiB, h.InstanceType, cpu.Milli(), memory/migration.MiB)
	}
	if s.GPUs > gpus {
		return Fraction{}, fmt.Errorf("a pod of %s does not fit on %s, which has %d", text.Plural(s.GPUs, "GPU"), h.InstanceType, gpus)
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
	if s.GPUs > 0 {
		if n := (Fraction{decimal.NewFromInt(s.GPUs), decimal.NewFromInt(gpus)}); n.greater(share) {
			share = n
		}
	}
	return share, nil
}

// line is an amount at the book's price of an item.
func (p *Pricer) line(label string, amount Fraction, item, region string) (Line, error) {
	r, err := p.Rate(item, region)
	if err != nil {
		return Line{}, err
	}
	return Line{Item: label, Amount: amount, Unit: unitOf(r), Rate: r.Value, Price: &r, Note: r.Note()}, nil
}

// unitOf is what a rate is per.
func unitOf(r prices.Rate) string {
	_, per, _ := strings.Cut(r.Unit, "/")
	return per
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
