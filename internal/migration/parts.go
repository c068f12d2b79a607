package migration

// CostParts are the parts of a Side's Cost over its window that prices treat differently: by tiers, Savings Plans or
// architecture. Amounts are at on-demand rates, before any plan. Requests, Spot and usage without a price are in none of
// them.
type CostParts struct {
	OnDemand    MBMillis // Lambda: what tiers price
	Provisioned USD      // Lambda: provisioned concurrency, standing there and running
	Compute     USD      // Lambda: OnDemand's price and Provisioned
	Uncovered   USD      // Lambda: storage over 512 MB and logs, which no plan covers
	Fargate     USD      // pods and tasks on machines of their own
	Nodes       USD      // pods' and tasks' shares of EC2 nodes
}

// Add returns the sum of both.
func (p CostParts) Add(o CostParts) CostParts {
	return CostParts{
		p.OnDemand + o.OnDemand, p.Provisioned.Add(o.Provisioned), p.Compute.Add(o.Compute),
		p.Uncovered.Add(o.Uncovered), p.Fargate.Add(o.Fargate), p.Nodes.Add(o.Nodes),
	}
}
