package estimate

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Settings are what the configuration says of prices. An estimate goes by the same ones as the live
// view. What a shape states itself comes first.
type Settings struct {
	FreeTier bool
	// Plan is the Compute Savings Plan over Lambda, none where Term is empty.
	Plan cost.SavingsPlanCoverage
	// Commitment is the hourly commitment of a plan whose coverage is not stated; unknown without one.
	Commitment migration.Opt[migration.USD]
	// ClusterHour is the hourly fee of the cluster; unknown leaves it to the price book.
	ClusterHour migration.Opt[migration.USD]
	// Platform are other costs of the cluster.
	Platform []cost.Stated
	// Extended says that the cluster's version is in extended support.
	Extended bool
}

// Defaults are the settings without a configuration.
func Defaults() Settings { return Settings{FreeTier: true} }

// Shape is a shape of which nothing is stated: x86_64, 512 MB of ephemeral storage, and what the
// settings say of the free tier, the Savings Plan and the cluster.
func (st Settings) Shape() Shape {
	s := Shape{
		Lambda: cost.LambdaShape{Arch: migration.X86, Ephemeral: cost.FreeEphemeral, FreeTier: st.FreeTier},
		Job:    Job{Extended: st.Extended},
	}
	if st.Plan.Term != "" && st.Plan.Coverage.IsPositive() {
		s.Lambda.SavingsPlan, s.Lambda.Coverage = st.Plan.Term, migration.Some(st.Plan.Coverage)
	}
	return s
}

// notes say what of the settings does not act on a shape's figures, and what does.
func (st Settings) notes(s *Shape, shapes int) []string {
	var out []string
	l := &s.Lambda
	if l.Runs > 0 {
		free := "Lambda is after the monthly free tier"
		if shapes > 1 {
			free += ", which the shapes of an organization share"
		}
		if !l.FreeTier {
			free = "Lambda is without the monthly free tier"
		}
		out = append(out, free)
		if wall := migration.LambdaWall; l.Duration > wall/10*9 && l.Duration <= wall {
			out = append(out, fmt.Sprintf("runs of %s are near the %s at which Lambda ends every run",
				migration.Brief(l.Duration), migration.Brief(wall)))
		}
		out = append(out, beyondMonth("provisioned concurrency is on for", l.ProvisionedTime, s)...)
		out = append(out, beyondMonth("pollers are on for", l.PollerTime, s)...)
	}
	if jobs := s.Job.Runs.Or(0); l.Runs > 0 && jobs > 0 && jobs != l.Runs {
		out = append(out, fmt.Sprintf("break-evens count invocations: %s Jobs do the work of %s", text.Grouped(jobs), text.Grouped(l.Runs)))
	}
	if covered, ok := l.Coverage.Get(); ok && l.SavingsPlan != "" && l.Runs > 0 {
		out = append(out, fmt.Sprintf("a Compute Savings Plan of %s covers %s %% of Lambda's compute", l.SavingsPlan, covered.Shift(2)))
	}
	if hourly, ok := st.Commitment.Get(); ok && hourly.Sign() > 0 && l.SavingsPlan == "" {
		out = append(out, fmt.Sprintf(
			"the Savings Plan of %s an hour in the configuration is not taken off: an estimate needs its coverage", cost.Money(hourly)))
	}
	return out
}

// beyondMonth says that something is on for longer than the month, which is calculated as it is stated.
func beyondMonth(what string, on time.Duration, s *Shape) []string {
	if month := s.Completed().MonthHours; on > time.Duration(month)*time.Hour {
		return []string{fmt.Sprintf("%s %s h, more than the month's %d (month-hours)",
			what, decimal.NewFromFloat(on.Hours()).Round(2), month)}
	}
	return nil
}

// daysOf is how many days a month has: 30.4375 on average, of which [cost.HoursPerMonth] stands for
// the hours.
func daysOf(hours int64) decimal.Decimal {
	if hours == cost.HoursPerMonth {
		return cost.DaysPerMonth
	}
	return decimal.NewFromInt(hours).Div(decimal.NewFromInt(24))
}
