package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// The names of the platform's parts that are read from the cluster.
const (
	PartControlPlane = "control plane"
	PartAutoMode     = "EKS Auto Mode"
	PartDaemonSets   = "DaemonSets"
	PartSystemNodes  = "system nodes"
)

// PlatformPart is a named part of what the platform costs.
type PlatformPart struct {
	Name string
	Cost migration.Figure[migration.USD]
}

// Stated is a part of the platform from the configuration: an amount a month, or a
// quantity of an item of the price book a month.
type Stated struct {
	Name string
	// Month is the amount of a month of [HoursPerMonth]; unknown where Item and Quantity say it.
	Month    migration.Opt[migration.USD]
	Item     string
	Region   string
	Quantity decimal.Decimal // of the item's unit a month: hours, GB
	// Seconds is the time that is charged, as of a cluster.
	Seconds int64
}

// autoModePlaces is how many places the hourly fee of EKS Auto Mode is rounded to.
// Source: AmazonEKS price list.
const autoModePlaces = 5

// closePlatform prices what is paid for whether any run uses it or not.
func (b *Bill) closePlatform(l *Ledger) {
	var control, auto, daemons, system sum
	for _, c := range l.clusters {
		fee, err := b.p.Cluster(c.region, c.support)
		if err != nil {
			b.used.miss(err)
			control.miss(err)
			continue
		}
		for i := range fee.Rates {
			b.used.pay(fee.Rates[i].Value.Mul(decimal.NewFromInt(c.seconds)).DivRound(secondsPerHour, Places), &fee.Rates[i])
		}
		control.add(fee.Amount.Decimal().Mul(decimal.NewFromInt(c.seconds)).DivRound(secondsPerHour, Places), fee.Evidence)
	}
	for i := range b.hosts.values {
		hb := &b.hosts.values[i]
		if !hb.standing {
			continue
		}
		b.autoMode(&auto, hb.host, hb.seconds)
		if hb.daemons != (podUsage{}) && hb.err == nil {
			daemons.add(hb.daemonCost, noted(hb.evidence, migration.Estimated, "DaemonSets' requests on the nodes of the pool"))
		}
	}
	for i := range l.system.keys {
		h, s := l.system.keys[i], &l.system.values[i]
		b.autoMode(&auto, h, s.seconds)
		rate, err := b.p.nodeRate(h)
		if err != nil {
			b.used.miss(err)
			system.miss(err)
			continue
		}
		b.used.node(rate.whole(s.seconds), &rate)
		system.add(rate.whole(s.seconds), rate.evidence)
		if h.Kind == migration.HostEC2 && !h.Spot {
			b.standing = b.standing.Add(rate.whole(s.seconds))
		}
	}
	b.part(PartControlPlane, control)
	b.part(PartAutoMode, auto)
	b.part(PartDaemonSets, daemons)
	b.part(PartSystemNodes, system)
	for _, s := range l.stated {
		b.part(s.Name, b.stated(s))
	}
}

// part books a part that is there.
func (b *Bill) part(name string, s sum) {
	if s.parts == 0 {
		return
	}
	b.parts = append(b.parts, PlatformPart{name, s.figure(migration.Billed)})
	b.platform.include(s)
}

// autoModeFee is the hourly fee of EKS Auto Mode on a node: the one that AWS lists for its type, or else 12 % of its on-demand
// price, rounded to five places, also on Spot nodes, and no Savings Plan lowers it. Source:
// AmazonEKS price list and EKS pricing page.
func (p *Pricer) autoModeFee(h migration.Host) (hourly decimal.Decimal, node Priced, fee prices.Rate, err error) {
	if fee, err = p.Rate("eks.auto_mode.fee."+h.InstanceType, h.Place.Region); err == nil {
		return fee.Value, node, fee, nil
	}
	node, err = p.Node(migration.Host{Kind: h.Kind, Place: h.Place, InstanceType: h.InstanceType, OS: migration.Linux, Note: h.Note})
	if err != nil {
		return hourly, node, fee, err
	}
	if fee, err = p.Rate("eks.auto_mode.fee", h.Place.Region); err != nil {
		return hourly, node, fee, err
	}
	return node.Amount.Decimal().Mul(fee.Value).Round(autoModePlaces), node, fee, nil
}

// autoMode adds the fee of EKS Auto Mode for a node's time.
func (b *Bill) autoMode(into *sum, h migration.Host, seconds int64) {
	if !h.AutoMode || seconds == 0 {
		return
	}
	hourly, node, fee, err := b.p.autoModeFee(h)
	if err != nil {
		into.miss(fmt.Errorf("cannot price EKS Auto Mode: %w", err))
		return
	}
	amount := hourly.Mul(decimal.NewFromInt(seconds)).DivRound(secondsPerHour, Places)
	if len(node.Rates) > 0 { // a fraction of the node's price
		b.used.use(fee)
		b.used.pay(amount, &node.Rates[0])
	} else {
		b.used.pay(amount, &fee)
	}
	into.add(amount, evidenceOf(append(node.Rates, fee)...))
}

// hoursPerMonth and monthSeconds are a month of [HoursPerMonth].
var hoursPerMonth = decimal.New(HoursPerMonth, 0)

var monthSeconds = decimal.NewFromInt(int64(HoursPerMonth * time.Hour / time.Second))

// stated is the charged time's part of what was stated for a month.
func (b *Bill) stated(s Stated) sum {
	var out sum
	evidence := migration.Provenance{Source: "configuration", Method: migration.Measured, Coverage: 1}
	amount, ok := s.Month.Get()
	if !ok {
		r, err := b.p.Rate(s.Item, s.Region)
		if err != nil {
			b.used.miss(err)
			out.miss(fmt.Errorf("cannot price %s: %w", s.Name, err))
			return out
		}
		b.used.pay(r.Value.Mul(s.Quantity).Mul(decimal.NewFromInt(s.Seconds)).DivRound(monthSeconds, Places), &r)
		amount, evidence = migration.Dollars(r.Value.Mul(s.Quantity)), noted(evidenceOf(r), migration.Derived, "quantity from the configuration")
	}
	out.add(amount.Decimal().Mul(decimal.NewFromInt(s.Seconds)).DivRound(monthSeconds, Places), evidence)
	return out
}

// Platform is what is paid for whether any run uses it or not: control planes, Auto Mode,
// DaemonSets, system nodes and what the configuration states.
func (b *Bill) Platform() migration.Figure[migration.USD] { return b.platform.figure(migration.Billed) }

// PlatformParts lists what Platform is the sum of.
func (b *Bill) PlatformParts() []PlatformPart { return b.parts }
