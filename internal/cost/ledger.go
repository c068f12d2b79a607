package cost

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Ledger is the whole bill of one window in the making: accounts, nodes and
// clusters. It is not safe for concurrent use.
type Ledger struct {
	p        *Pricer
	accounts []*Account
	nodes    map[migration.Host]*nodeSum
	order    []migration.Host // of nodes, as they came
	clusters []clusterTime
}

type nodeSum struct {
	seconds int64
	nodes   int
}

type clusterTime struct {
	region  string
	support Support
	seconds int64
}

// Ledger opens an empty ledger.
func (p *Pricer) Ledger() *Ledger {
	return &Ledger{p: p, nodes: map[migration.Host]*nodeSum{}}
}

// Account opens an account of the ledger. Whoever holds it adds to it until the
// ledger is closed; accounts must not overlap, since their sum is the bill.
func (l *Ledger) Account() *Account {
	a := &Account{byUsage: l.p.basis == ByAllocation}
	l.accounts = append(l.accounts, a)
	return a
}

// Nodes adds time that nodes of the Job pool stood there. Machines of Fargate are
// paid by their one pod and are not nodes in this sense.
func (l *Ledger) Nodes(t *migration.NodeTime) {
	if t.Host.Kind == migration.HostFargate {
		return
	}
	s := l.nodes[t.Host]
	if s == nil {
		s = &nodeSum{}
		l.nodes[t.Host] = s
		l.order = append(l.order, t.Host)
	}
	s.seconds += t.NodeSeconds
	s.nodes = max(s.nodes, t.Nodes)
}

// Cluster adds time that an EKS control plane was paid for.
func (l *Ledger) Cluster(region string, s Support, seconds int64) {
	l.clusters = append(l.clusters, clusterTime{region, s, seconds})
}

// Close prices everything. window is the time that the ledger covers; Lambda's
// tiers count by month, so that its GB-seconds are taken to go on at this pace. A
// window of 0 is a month as it was.
func (l *Ledger) Close(window time.Duration) *Bill {
	b := &Bill{
		p: l.p, accounts: make(map[*Account]accountBill, len(l.accounts)),
		lambda: map[migration.Place]*placeBill{}, hosts: map[migration.Host]*hostBill{},
		used: usedPrices{seen: map[rateKey]bool{}, missing: map[string]bool{}},
	}
	for _, a := range l.accounts {
		for i := range a.lambda {
			b.place(a.lambda[i].place).add(&a.lambda[i])
		}
		for i := range a.held {
			b.host(a.held[i].host).add(&a.held[i])
		}
	}
	for _, h := range l.order {
		hb := b.host(h)
		hb.seconds, hb.nodes, hb.standing = l.nodes[h].seconds, l.nodes[h].nodes, true
	}
	for _, place := range b.places {
		b.lambda[place].price(b.p, &b.used, window)
	}
	for _, h := range b.hostOrder {
		b.hosts[h].price(b.p, &b.used)
	}
	b.total = accountBill{lambda: known(), jobs: known()}
	for _, a := range l.accounts {
		ab := b.priceAccount(a)
		b.accounts[a] = ab
		b.total.lambda.join(ab.lambda)
		b.total.jobs.join(ab.jobs)
	}
	b.closeNodes()
	b.closePlatform(l.clusters)
	return b
}

// monthly scales an amount of the window to a month.
func monthly(amount decimal.Decimal, window time.Duration) decimal.Decimal {
	if window <= 0 {
		return amount
	}
	month := decimal.NewFromInt(int64(HoursPerMonth * time.Hour))
	return amount.Mul(month).DivRound(decimal.NewFromInt(int64(window)), Places)
}
