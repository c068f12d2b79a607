package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Parts are what an account's cost is made of, at on-demand rates. What has no price is
// in none of them.
func (b *Bill) Parts(a *UsageLedger) migration.CostParts {
	var provisioned, compute, beside, fargate, nodes decimal.Decimal
	var out migration.CostParts
	for i := range a.lambda.keys {
		pb, s := b.place(&a.lambda.keys[i]), &a.lambda.values[i]
		if pb.err != nil {
			continue
		}
		standing := pb.extra.provisioned(&s.extra)
		out.OnDemand += s.onDemand()
		provisioned, compute = provisioned.Add(standing), compute.Add(pb.compute(s)).Add(standing)
		beside = beside.Add(pb.extra.beside(&s.extra))
	}
	for i := range a.held.keys {
		hb := b.host(&a.held.keys[i])
		switch {
		case hb.err != nil || hb.host.Spot:
		case hb.host.Kind.Fargate():
			fargate = fargate.Add(hb.cost(&a.held.values[i]))
		case hb.host.Kind == migration.HostEC2:
			nodes = nodes.Add(hb.cost(&a.held.values[i]))
		}
	}
	out.Provisioned, out.Compute, out.Beside = migration.Dollars(provisioned), migration.Dollars(compute), migration.Dollars(beside)
	out.Fargate, out.Nodes = migration.Dollars(fargate), migration.Dollars(nodes)
	return out
}

// Standing is what on-demand EC2 nodes cost beyond what pods of accounts hold of them:
// idle, DaemonSets and the cluster's own nodes. Together with accounts' parts it is what
// a Savings Plan finds to cover.
func (b *Bill) Standing() migration.USD { return migration.Dollars(b.standing) }
