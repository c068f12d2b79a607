package migration

import (
	"fmt"
	"time"
)

// Placement is where a tenant's work would run in a what-if.
type Placement uint8

// The placements. OnECS is ECS as its tasks run now, on Fargate or on EC2, on demand or on
// Spot; it is there where ECS is a side of the move.
const (
	OnLambda Placement = iota
	OnNodes
	OnEKSFargate
	OnECSFargate
	OnECS
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
	case OnECS:
		return ECS.Info().Label
	}
	return fmt.Sprintf("placement(%d)", uint8(h))
}

// Platform is the platform that a placement belongs to.
func (h Placement) Platform() Platform {
	switch h {
	case OnLambda:
		return Lambda
	case OnECSFargate, OnECS:
		return ECS
	}
	return Jobs
}

// Scenario holds the assumptions of a what-if calculation. Shares are whole percents, so that the values shown are the
// values used.
type Scenario struct {
	Target   Placement // what the platform before the move is compared with: any other that is shown
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
	// Share is the percentage of the platform that a tenant pays; unknown for equal parts. Several tenants together pay
	// all of it at the most.
	Share  Opt[int]
	OneOff USD // one-time cost of moving the fleet, without the extra for running both
}

// NodeChoice is a type of node for a scenario.
type NodeChoice struct {
	Type   string
	Arch   Arch
	CPU    CPU
	Memory Bytes
	Hourly Figure[USD] // on demand; unknown where the region has no price of it
}

// WhatIf is a fleet under a scenario. It is immutable.
type WhatIf struct {
	Version  uint64   // of the Snapshot used
	Scenario Scenario // as used in the calculation
	AsNow    Scenario // the assumptions that match the current state
	// Before is the platform before the move, which all others are compared with. Shown are
	// Before and what can be compared with it, in the order in which they are shown.
	Before Placement
	Shown  []Placement
	// Nodes are the types with a known shape, by name. Pool are the types of the job pool that
	// have one, the most frequent first.
	Nodes []NodeChoice
	Pool  []string
	// Fleet adds up the tenants that are compared: every row of it covers the same ones.
	Fleet TenantScenario
	// LeftOut are the tenants that run and are not part of Fleet, by reason. LeftOutToday is what they cost a month now,
	// and Rest what belongs to no tenant that runs: with Fleet's Today they are the bill.
	LeftOut            []LeftOut
	LeftOutToday, Rest Figure[USD]
	// Movers is how many tenants Fleet's Saving and Saved are of: those that save or must move.
	Movers int
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
	// Saving is what a month on the scenario's target still costs less than before the move, at the marginal price and
	// after commitments, with idle nodes and platform: the part of the runs that has not moved. Saved is the part that
	// has. Negative if the target costs more.
	Saving, Saved Figure[USD]
	Payback       Figure[float64] // months until the move is earned back
	Verdict       Verdict         // of the platform before the move against the target
}

// PlatformCost is the cost of all of a tenant's work on one platform.
type PlatformCost struct {
	Month Figure[USD] // with the fixed share
	Run   Figure[USD] // without it
	// Fixed is what the month costs at no run: the share of the platform, or provisioned concurrency on Lambda.
	Fixed Opt[USD]
	// BreakEven is the number of runs per day from which it is cheaper than before the move, or, with Below, up to which it
	// is; 0 if it is from the first run on; unknown if it never is (Never), or if Problem says why it cannot be calculated.
	BreakEven    Opt[float64]
	Below, Never bool
	// Duration is the run time from which a run is cheaper than on Lambda. Busy is the share of an hour that its
	// resources must be busy to be cheaper. Neither includes Fixed; both are unknown where Lambda is not before the move.
	Duration Opt[time.Duration]
	Busy     Opt[Ratio]
	// Problem says why Month is unknown, why it is a lower bound, or warns about it; it may be empty. Remedy is what to
	// do about a price that is missing: the command to run and the line to paste into an overlay.
	Problem, Remedy string
}
