package migration

import (
	"fmt"
	"time"
)

// Placement is where a tenant's work would run in a what-if.
type Placement uint8

// The homes, in the order in which they are shown.
const (
	OnLambda Placement = iota
	OnNodes
	OnEKSFargate
	OnECSFargate
	NumPlacements
)

func (h Placement) String() string {
	switch h {
	case OnLambda:
		return "Lambda"
	case OnNodes:
		return "nodes"
	case OnEKSFargate:
		return "EKS Fargate"
	case OnECSFargate:
		return "ECS Fargate"
	}
	return fmt.Sprintf("home(%d)", uint8(h))
}

// Scenario holds the assumptions of a what-if calculation. Shares are whole percents, so that the values shown are the
// values used.
type Scenario struct {
	Target   Placement // what Lambda is compared with: not OnLambda
	NodeType string    // EC2 type of the nodes
	Arch     Arch      // of Jobs; NodeType's
	Spot     int       // percent of nodes and of ECS tasks that are Spot
	// Packed is the percentage of the nodes' price that pods request; the rest is idle, and the pods pay for it
	// too. 1 to 100.
	Packed     int
	LambdaArch Arch // "" keeps that of each function
	// Plan is the term of a Compute Savings Plan, "1y", "3y" or "" for none, and Commitment its commitment per hour.
	// The price book has its discount on Lambda; those on nodes and Fargate, in percent, are assumptions.
	Plan                          string
	Commitment                    USD
	NodeDiscount, FargateDiscount int
	// Share is the percentage of the platform that a tenant pays; unknown for equal parts. The whole fleet pays all of
	// it, or nothing with 0.
	Share  Opt[int]
	OneOff USD // one-time cost of moving the fleet, without the extra for running both
}

// NodeChoice is a type of node for a scenario.
type NodeChoice struct {
	Type   string
	Arch   Arch
	CPU    CPU
	Memory Bytes
	Hourly Figure[USD] // on demand
}

// WhatIf is a fleet under a scenario. It is immutable.
type WhatIf struct {
	Version  uint64   // of the Snapshot used
	Scenario Scenario // as used in the calculation
	AsNow    Scenario // the assumptions that match the current state
	// Nodes are the types with a price in the region, by name.
	Nodes []NodeChoice
	Fleet TenantScenario
	// Tenants are the tenants of the Snapshot, in its order.
	Tenants []TenantScenario
	// Order has the indexes of Tenants by Saving, the largest first, unknown last.
	Order []int
	// Words counts the tenants' verdicts, by Word.
	Words [Moved + 1]int
	Notes []string // assumptions for all tenants
}

// TenantScenario is the calculated cost of a tenant or of the fleet. Months have 730 h at the rate of the window.
type TenantScenario struct {
	Tenant     Tenant
	RunsPerDay Opt[float64] // on both sides together
	// Today is the cost per month without changes: both sides, the share of idle nodes, and the share of the platform if
	// anything runs on Jobs.
	Today Figure[USD]
	On    [NumPlacements]PlatformCost // with all runs there
	// Saving is the saving per month on the scenario's target compared with Lambda, at Lambda's marginal price;
	// negative if the target costs more.
	Saving  Figure[USD]
	Payback Figure[float64] // months until the move is earned back
	Verdict Verdict         // of Lambda against the target
}

// PlatformCost is the cost of all of a tenant's work on one platform.
type PlatformCost struct {
	Month Figure[USD] // with the fixed share
	Run   Figure[USD] // without it
	// Fixed is the monthly share of the platform.
	Fixed Opt[USD]
	// BreakEven is the number of runs per day from which it is cheaper than Lambda; unknown if it never is, or if Problem
	// says why it cannot be calculated.
	BreakEven Opt[float64]
	// Duration is the run time from which a run is cheaper than on Lambda. Busy is the share of an hour that its
	// resources must be busy to be cheaper. Neither includes Fixed.
	Duration Opt[time.Duration]
	Busy     Opt[Ratio]
	// Problem says why Month is unknown, or warns about a known Month; it may be empty.
	Problem string
}
