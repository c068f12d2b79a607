package estimate

import (
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Months are what the month costs on each platform with all that it needs: EKS Fargate and nodes with the
// cluster. These are the amounts that verdicts compare.
type Months struct {
	Lambda     *Month `json:"lambda,omitempty"`
	EKSFargate *Month `json:"eks_fargate,omitempty"`
	ECSFargate *Month `json:"ecs_fargate,omitempty"`
	Nodes      *Month `json:"nodes,omitempty"`
	// Cheapest is the key of the lowest of them, "" where one has a price that is missing: a platform that
	// cannot run the work does not count.
	Cheapest string `json:"cheapest"`
}

// Month is the whole month on a platform.
type Month struct {
	Total migration.Opt[migration.USD] `json:"total_usd"`
	// Cluster is the part of Total that is the cluster's, 0 where none is needed.
	Cluster migration.Opt[migration.USD] `json:"cluster_usd"`
	Problem string                       `json:"problem,omitempty"`
	// Cannot says that the platform cannot run the work.
	Cannot bool `json:"cannot_run,omitempty"`
}

// Keys of platforms in JSON and CSV, in the order in which they are printed.
const (
	KeyLambda     = "lambda"
	KeyManaged    = "lambda_managed_instances"
	KeyMicroVMs   = "lambda_microvms"
	KeyEKSFargate = "eks_fargate"
	KeyECSFargate = "ecs_fargate"
	KeyNodes      = "nodes"
	KeyCluster    = "cluster"
)

// NamedMonth is one of the months with its key.
type NamedMonth struct {
	Key string
	*Month
}

// List returns the months that there are, in the order of the keys.
func (m *Months) List() []NamedMonth {
	all := [...]NamedMonth{{KeyLambda, m.Lambda}, {KeyEKSFargate, m.EKSFargate}, {KeyECSFargate, m.ECSFargate}, {KeyNodes, m.Nodes}}
	var out []NamedMonth
	for _, n := range all {
		if n.Month != nil {
			out = append(out, n)
		}
	}
	return out
}

func (w *work) months() {
	p, m := &w.out.Platforms, &w.out.Months
	none := migration.Some(migration.USD{})
	m.Lambda = monthOf(p.Lambda, none, "")
	m.ECSFargate = monthOf(p.ECSFargate, none, "")
	if c := w.out.Cluster; c != nil {
		m.EKSFargate, m.Nodes = monthOf(p.EKSFargate, c.Total, c.Problem), monthOf(p.Nodes, c.Total, c.Problem)
	}
	m.Cheapest = cheapest(m)
}

// monthOf is a platform with the cluster that it needs.
func monthOf(p *Platform, cluster migration.Opt[migration.USD], problem string) *Month {
	if p == nil {
		return nil
	}
	out := &Month{Total: migration.AddUSD(p.Total, cluster), Cluster: cluster, Problem: p.Problem, Cannot: p.Cannot}
	if out.Problem == "" {
		out.Problem = problem
	}
	return out
}

// cheapest is the key of the lowest of months, the first of equal ones. A platform that cannot run the work is left
// out; with any other that is unknown, or with one alone, there is none.
func cheapest(m *Months) string {
	key, known := "", 0
	var lowest migration.USD
	for _, n := range m.List() {
		total, ok := n.Total.Get()
		switch {
		case !ok && n.Cannot:
			continue
		case !ok:
			return ""
		}
		if known++; known == 1 || total.Cmp(lowest) < 0 {
			key, lowest = n.Key, total
		}
	}
	if known < 2 {
		return ""
	}
	return key
}

// fixedOf is what a month costs at no run, of lines that say so.
func fixedOf(m *cost.Month) migration.USD {
	var lines []cost.Line
	for i := range m.Lines {
		if m.Lines[i].Fixed {
			lines = append(lines, m.Lines[i])
		}
	}
	return migration.Dollars(cost.Sum(lines).Decimal())
}
