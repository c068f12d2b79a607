package cost

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Ledger collects the bill of one window: accounts, nodes and clusters. It is not safe for concurrent use.
type Ledger struct {
	p        *Pricer
	accounts []*UsageLedger
	nodes    smallMap[migration.Host, nodeSum]
	system   smallMap[migration.Host, nodeSum]
	clusters []clusterTime
	stated   []Stated
}

type nodeSum struct {
	seconds int64
	nodes   int
	daemons podUsage
}

func (s *nodeSum) add(t *migration.NodeTime) {
	s.seconds += t.NodeSeconds
	s.nodes = max(s.nodes, t.Nodes)
	s.daemons.add(podUsage{t.DaemonCPU, t.DaemonMemory})
}

type clusterTime struct {
	region  string
	support Support
	seconds int64
}

// Ledger opens an empty ledger.
func (p *Pricer) Ledger() *Ledger {
	return &Ledger{p: p}
}

// Usage opens an account of the ledger, to be added to until the ledger is closed.
// Accounts must not overlap, since their sum is the bill.
func (l *Ledger) Usage() *UsageLedger {
	a := &UsageLedger{byUsage: l.p.basis == ByAllocation}
	l.accounts = append(l.accounts, a)
	return a
}

// ServiceAccount opens an account of work that is on no side of the migration: ECS
// tasks, Knative services. It is part of the bill and of no side's total.
func (l *Ledger) ServiceAccount() *UsageLedger {
	a := l.Usage()
	a.service = true
	return a
}

// Nodes adds time of nodes of the Job pool, or of the cluster's own nodes. A machine of
// Fargate is paid by its one pod and is not counted here.
func (l *Ledger) Nodes(t *migration.NodeTime) {
	if t.Host.Kind.Fargate() {
		return
	}
	pool := &l.nodes
	if t.System {
		pool = &l.system
	}
	s, _ := pool.at(&t.Host)
	s.add(t)
}

// Stated adds a cost of the platform that no source reads: a NAT gateway, logs.
func (l *Ledger) Stated(s Stated) { l.stated = append(l.stated, s) }

// Cluster adds time that an EKS control plane was paid for.
func (l *Ledger) Cluster(region string, s Support, seconds int64) {
	l.clusters = append(l.clusters, clusterTime{region, s, seconds})
}

// Close prices everything. window is the time that the ledger covers; Lambda's
// tiers count by month, so that its GB-seconds are taken to go on at this pace. A
// window of 0 is a month as it was.
func (l *Ledger) Close(window time.Duration) *Bill {
	b := &Bill{
		p: l.p, accounts: make(map[*UsageLedger]accountBill, len(l.accounts)),
		used: newUsedPrices(),
	}
	for _, a := range l.accounts {
		for i := range a.lambda.keys {
			b.place(&a.lambda.keys[i]).sum.add(&a.lambda.values[i])
		}
		for i := range a.held.keys {
			b.host(&a.held.keys[i]).add(&a.held.values[i])
		}
	}
	for i := range l.nodes.keys {
		hb, s := b.host(&l.nodes.keys[i]), &l.nodes.values[i]
		hb.seconds, hb.nodes, hb.daemons, hb.standing = s.seconds, s.nodes, s.daemons, true
	}
	for i := range b.lambda.values {
		b.lambda.values[i].price(b.p, &b.used, window)
	}
	b.closeLogs(window)
	if l.p.freeTier {
		b.closeFreeTier()
		b.creditLogs()
	}
	for i := range b.hosts.values {
		b.hosts.values[i].price(b.p, &b.used)
	}
	for _, a := range l.accounts {
		ab := b.priceAccount(a)
		b.accounts[a] = ab
		b.total.lambda.join(ab.lambda)
		if a.service {
			b.services.join(ab.jobs)
		} else {
			b.total.jobs.join(ab.jobs)
		}
	}
	b.closeNodes()
	b.closePlatform(l)
	return b
}
