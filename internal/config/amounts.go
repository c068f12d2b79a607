package config

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

func splitWeight() Setting {
	const path = "prices.split_weight"
	return Setting{
		Path: path, Env: envName(path), Kind: KindNumber,
		Help: "how many GiB one vCPU is worth when a node's price is split: aws (9), opencost (7.4607) or a number",
		apply: func(c *Config, v section.Value) error {
			switch v.Text {
			case "aws":
				c.Prices.SplitWeight = cost.AWSSplitWeight
			case "opencost":
				c.Prices.SplitWeight = cost.OpenCostSplitWeight
			default:
				d, err := number(v.Text)
				if err != nil || d.Sign() <= 0 || d.GreaterThan(decimal.NewFromInt(1000)) {
					return section.Expected("aws, opencost or a number above 0, at most 1000")
				}
				c.Prices.SplitWeight = d
			}
			return nil
		},
		show: func(c *Config) string { return c.Prices.SplitWeight.String() },
	}
}

// mostDollars bounds every amount: a larger one is a typing error.
var mostDollars = decimal.NewFromInt(1_000_000_000)

// dollars is an amount of money that may be left open.
func dollars(path, flag, help string, at func(*Config) *migration.Opt[migration.USD]) Setting {
	return Setting{
		Path: path, Env: envName(path), Flag: flag, Kind: KindNumber, Help: help,
		apply: func(c *Config, v section.Value) error {
			u, ok := amount(v.Text)
			if !ok {
				want := "dollars, 0 or more, such as 25 or 0.50"
				if strings.HasSuffix(path, "_hour") || strings.HasSuffix(path, ".hourly") {
					want = "dollars an hour, 0 or more, such as 0.10"
				}
				return section.Expected(want)
			}
			*at(c) = migration.Some(u)
			return nil
		},
		show: func(c *Config) string {
			u, ok := at(c).Get()
			if !ok {
				return ""
			}
			return u.String()
		},
	}
}

// amount reads dollars from 0 on.
func amount(s string) (migration.USD, bool) {
	d, err := number(s)
	if err != nil || d.Sign() < 0 || d.GreaterThan(mostDollars) {
		return migration.USD{}, false
	}
	return migration.Dollars(d), true
}

func savingsTerm() Setting {
	s := textSetting("prices.savings_plan.term", "", "term of the Savings Plan: 1y or 3y; none without it",
		func(c *Config) *string { return &c.Prices.SavingsPlan.Term }, func(s string) error {
			if s != "1y" && s != "3y" {
				return section.Expected("1y or 3y")
			}
			return nil
		})
	return s
}

func savingsKind() Setting {
	return textSetting("prices.savings_plan.kind", "",
		"what the Savings Plan applies to: compute (EC2, Fargate and Lambda) or ec2 (an EC2 Instance Savings Plan)",
		func(c *Config) *string { return &c.Prices.SavingsPlan.Kind }, func(s string) error {
			if s != PlanCompute && s != PlanEC2 {
				return section.Expected(PlanCompute + " or " + PlanEC2)
			}
			return nil
		})
}

func coverage() Setting {
	const path = "prices.savings_plan.coverage"
	return Setting{
		Path: path, Env: envName(path), Kind: KindNumber,
		Help: "share of Lambda's compute that the Savings Plan covers, 0 to 1; not together with hourly",
		apply: func(c *Config, v section.Value) error {
			d, err := number(v.Text)
			if err != nil || d.Sign() < 0 || d.GreaterThan(decimal.NewFromInt(1)) {
				return section.Expected("a share from 0 to 1, such as 0.6")
			}
			c.Prices.SavingsPlan.Coverage = d
			return nil
		},
		show: func(c *Config) string { return c.Prices.SavingsPlan.Coverage.String() },
	}
}

// number reads a decimal without an exponent: 1e999999 would be gigabytes of
// digits when it is printed.
func number(s string) (decimal.Decimal, error) {
	if len(s) > 40 || strings.ContainsAny(s, "eE") {
		return decimal.Decimal{}, errors.New("not a plain number")
	}
	return decimal.NewFromString(s)
}
