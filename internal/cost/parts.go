package cost

import (
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Parts are the parts of an account's cost at on-demand rates. What has no price is left
// out.
func (b *Bill) Parts(a *UsageLedger) migration.CostParts {
	var provisioned, compute, uncovered, fargate, nodes decimal.Decimal
	var out migration.CostParts
	for i := range a.lambda.keys {
		pb, s := b.place(&a.lambda.keys[i]), &a.lambda.values[i]
		if pb.err != nil {
			continue
		}
		standing := pb.extra.provisioned(&s.extra)
		out.OnDemand += s.onDemand()
		provisioned, compute = provisioned.Add(standing), compute.Add(pb.compute(s)).Add(standing)
		uncovered = uncovered.Add(pb.uncovered(&s.extra))
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
	out.Provisioned, out.Compute, out.Uncovered = migration.Dollars(provisioned), migration.Dollars(compute), migration.Dollars(uncovered)
	out.Fargate, out.Nodes = migration.Dollars(fargate), migration.Dollars(nodes)
	return out
}

// Standing is what on-demand EC2 nodes cost beyond what pods of accounts hold of them:
// idle, DaemonSets and the cluster's own nodes. With the accounts' parts it is what a
// Savings Plan can cover.
func (b *Bill) Standing() migration.USD { return migration.Dollars(b.standing) }
