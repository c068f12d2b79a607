package estimate

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Crossovers are from where on nodes are cheaper than Fargate. Their totals take nodes to be full; in
// practice they are not.
type Crossovers struct {
	// NodeType is the type of the nodes, and Fit how many pods of the shape one holds at once.
	NodeType   string    `json:"node_type"`
	Fit        int64     `json:"pods_that_fit"`
	EKSFargate Crossover `json:"eks_fargate"`
	ECSFargate Crossover `json:"ecs_fargate"`
}

// Crossover is from where on nodes are cheaper than one kind of Fargate, at the shape's number of runs and
// with the fixed costs of both.
type Crossover struct {
	// Utilization is the share of nodes, 0 to 1, that pods must hold on average; unknown where
	// nodes are more expensive however full, or a price is missing.
	Utilization migration.Opt[decimal.Decimal] `json:"utilization"`
	// Pods is the least number of pods that must run on a node at once on average, from the utilization. It may be more
	// than fit, where the shape leaves too much of a node unused.
	Pods migration.Opt[int64] `json:"pods_per_node"`
	// Reason is the answer in a sentence.
	Reason string `json:"reason"`
	// Unknown says that Reason is a price that is missing, or what cannot run.
	Unknown bool `json:"-"`
}

// crossovers solves, for the utilization u,
//
//	node cost of full nodes / u + storage + fixed costs of nodes = month on Fargate
//
// with the cluster among the fixed costs of nodes and of EKS Fargate.
func (w *work) crossovers() {
	if w.nodes.Problem != "" {
		return
	}
	c := &Crossovers{NodeType: w.Job.NodeType}
	c.Fit, _ = w.p.PodsPerNode(w.host(migration.HostEC2), w.Job.shape())
	cluster := w.cluster.Total()
	c.EKSFargate = w.crossover(c, "EKS Fargate", migration.AddUSD(w.eks.Total(), cluster), problemOf(w.eks))
	c.ECSFargate = w.crossover(c, "ECS Fargate", w.ecs.Total(), problemOf(w.ecs))
	w.out.Crossover = c
}

func (w *work) crossover(c *Crossovers, name string, fargate migration.Opt[migration.USD], problem string) Crossover {
	month, ok1 := fargate.Get()
	cluster, ok2 := w.cluster.Total().Get()
	switch {
	case problem != "":
		return Crossover{Reason: problem, Unknown: true}
	case !w.nodes.Known():
		return Crossover{Reason: problemOf(w.nodes), Unknown: true}
	case !ok1 || !ok2:
		return Crossover{Reason: problemOf(w.cluster), Unknown: true}
	}
	var nodes, rest []cost.Line
	for _, l := range w.nodes.Lines {
		if l.Unit == "node-hour" {
			nodes = append(nodes, l)
		} else {
			rest = append(rest, l)
		}
	}
	left := month.Sub(cluster).Decimal().Sub(cost.Sum(rest).Decimal()) // for the nodes themselves
	full := cost.Sum(nodes).Decimal()
	if left.LessThanOrEqual(full) {
		return Crossover{Reason: fmt.Sprintf("%s costs less than full nodes and their fixed costs", name)}
	}
	u := full.DivRound(left, cost.Places)
	pods := u.Mul(w.nodeShare.Whole).DivRound(w.nodeShare.Of, runsPlaces).Ceil().IntPart()
	out := Crossover{Utilization: migration.Some(u.Round(runsPlaces)), Pods: migration.Some(pods)}
	out.Reason = fmt.Sprintf("nodes cost less than %s from %s of a node in use: %s at once of the %d that fit on %s", name,
		percent(cost.Fraction{Of: u, Whole: decimal.New(1, 0)}), text.Plural(pods, "pod"), c.Fit, w.Job.NodeType)
	if pods > c.Fit {
		out.Reason = fmt.Sprintf("nodes cost less than %s from %s of a node in use, more than the %d that fit on %s hold of it", name,
			percent(cost.Fraction{Of: u, Whole: decimal.New(1, 0)}), c.Fit, w.Job.NodeType)
	}
	return out
}
