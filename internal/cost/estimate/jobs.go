package estimate

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Rules of Fargate and of EKS Auto Mode that are no prices. Source: AWS Fargate
// pricing page, EKS user guide, AmazonEKS price list.
const (
	leastFargate      = time.Minute
	mostEKSStorage    = 175 * migration.GiB
	mostECSStorage    = 200 * migration.GiB
	autoModePlaces    = 5 // its hourly fee is rounded to so many places
	fargateStorageCap = "a pod on %s has at most %d GB of storage, not %d"
)

// fargateSeconds is what one pod is billed for.
func (j *Job) fargateSeconds() decimal.Decimal {
	s := (max(j.Duration, leastFargate) + time.Second - 1) / time.Second
	return decimal.NewFromInt(int64(s))
}

func (b *sheet) eksFargate() {
	j := &b.shape.Job
	if j.Arch == migration.Arm64 {
		b.problem = "EKS Fargate has no arm64"
		return
	}
	size, err := b.p.EKSFargateSize(j.CPU, j.Memory)
	if err != nil {
		b.problem = err.Error()
		return
	}
	if j.Storage > mostEKSStorage {
		b.problem = fmt.Sprintf(fargateStorageCap, "EKS Fargate", mostEKSStorage/migration.GiB, j.Storage/migration.GiB)
		return
	}
	b.note(fmt.Sprintf("each pod gets %s: its requests and 256 MiB", size))
	// The same request without the 256 MiB on top, where that makes a smaller
	// machine, is a cliff that lowering the request by as much steps back from.
	if less, err := b.p.ECSFargateSize(j.CPU, j.Memory); err == nil && less != size && j.Memory > cost.FargateOverhead {
		b.note(fmt.Sprintf("256 MiB less memory would fit %s", less))
	}
	if b.shape.Job.Spot.IsPositive() {
		b.note("EKS Fargate has no Spot")
	}
	b.fargate(size, decimal.New(1, 0), "")
}

func (b *sheet) ecsFargate() {
	j := &b.shape.Job
	size, err := b.p.ECSFargateSize(j.CPU, j.Memory)
	if err != nil {
		b.problem = err.Error()
		return
	}
	if j.Storage > mostECSStorage {
		b.problem = fmt.Sprintf(fargateStorageCap, "ECS Fargate", mostECSStorage/migration.GiB, j.Storage/migration.GiB)
		return
	}
	b.note(fmt.Sprintf("each task gets %s", size))
	b.fargate(size, decimal.New(1, 0).Sub(j.Spot), "")
	b.fargate(size, j.Spot, "spot.")
}

// fargate adds a share of the month's pods at the on-demand or the Spot rates.
func (b *sheet) fargate(size cost.Size, share decimal.Decimal, market string) {
	j := &b.shape.Job
	label := ""
	if market != "" {
		label = " on Spot"
	}
	seconds := j.fargateSeconds().Mul(decimal.NewFromInt(j.Runs.Or(0))).Mul(share)
	hours := func(amount decimal.Decimal) decimal.Decimal {
		return amount.Mul(seconds).DivRound(decimal.New(3600, 0), quantityPlaces)
	}
	b.line("vCPU"+label, hours(size.VCPU), "fargate."+market+"vcpu."+string(j.Arch))
	b.line("memory"+label, hours(size.GB), "fargate."+market+"memory."+string(j.Arch))
	free, ok := b.rate("fargate.storage.free")
	if over := gb(j.Storage).Sub(free.Value); ok && over.IsPositive() {
		b.line("storage over 20 GB"+label, over.Mul(seconds), "fargate.storage")
	}
}

func (b *sheet) nodes() {
	j := &b.shape.Job
	host := migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{Region: b.shape.Region, Arch: j.Arch}, InstanceType: j.NodeType}
	if i, ok := b.p.Book().Instance(j.NodeType); ok && i.Arch != j.Arch {
		b.problem = fmt.Sprintf("%s is %s, and the Job wants %s", j.NodeType, i.Arch, j.Arch)
		return
	}
	share, err := b.p.Dominant(host, cost.Shape{CPU: j.CPU, Memory: j.Memory})
	if err != nil {
		b.problem = err.Error()
		return
	}
	// Node-hours: runs * duration * share of a node.
	hours := func(part decimal.Decimal) decimal.Decimal {
		return decimal.NewFromInt(int64(j.Duration)).Mul(decimal.NewFromInt(j.Runs.Or(0))).Mul(part).Mul(share.Of).
			DivRound(hour.Mul(share.Whole), quantityPlaces)
	}
	b.note(fmt.Sprintf("each pod takes %s of a node by its dominant resource; idle time of nodes is not in it", percent(share)))
	onDemand, spot := hours(decimal.New(1, 0).Sub(j.Spot)), hours(j.Spot)
	b.node(j.NodeType, onDemand, host)
	host.Spot = true
	b.node(j.NodeType+" on Spot", spot, host)
	if j.AutoMode {
		b.autoMode(onDemand.Add(spot))
	}
	if j.Storage > 0 {
		months := gb(j.Storage).Mul(decimal.NewFromInt(int64(j.Duration))).Mul(decimal.NewFromInt(j.Runs.Or(0))).
			DivRound(hour.Mul(decimal.New(cost.HoursPerMonth, 0)), quantityPlaces)
		b.line("gp3 storage", months, "ebs.gp3")
	}
}

func (b *sheet) node(label string, hours decimal.Decimal, host migration.Host) {
	if hours.IsZero() {
		return
	}
	price, err := b.p.Node(host)
	if err != nil {
		b.fail(err)
		return
	}
	b.add(label, hours, "node-hour", price.Rates[0], price.Amount.Decimal())
	if price.Evidence.Note != "" {
		b.note(price.Evidence.Note)
	}
}

// autoMode adds the fee of EKS Auto Mode, which is on the on-demand price also of
// Spot nodes.
func (b *sheet) autoMode(hours decimal.Decimal) {
	j := &b.shape.Job
	fee, ok := b.rate("eks.auto_mode.fee")
	price, err := b.p.Node(migration.Host{Kind: migration.HostEC2, OS: migration.Linux, Place: migration.RegionArch{Region: b.shape.Region, Arch: j.Arch}, InstanceType: j.NodeType})
	if err != nil {
		b.fail(err)
		return
	}
	if ok {
		b.at("EKS Auto Mode", hours, "node-hour", fee, price.Amount.Decimal().Mul(fee.Value).Round(autoModePlaces))
	}
}

func (b *sheet) cluster() {
	month := decimal.New(cost.HoursPerMonth, 0)
	b.line("EKS control plane", month, "eks.cluster")
	if b.shape.Job.Extended {
		b.line("extended support", month, "eks.extended_support")
	}
}

func percent(f cost.Fraction) string {
	return f.Of.Shift(2).DivRound(f.Whole, 2).String() + " %"
}
