package config

import "github.com/migtop/migtop/internal/migration"

// conflicts reports settings that are valid separately and contradict each other, wherever they were set.
func (c *Config) conflicts() []Issue {
	const coverage, hourly, kind, term = "prices.savings_plan.coverage", "prices.savings_plan.hourly", "prices.savings_plan.kind",
		"prices.savings_plan.term"
	s := c.Prices.SavingsPlan
	covers, commits := s.Coverage.IsPositive(), s.Hourly.Or(migration.USD{}).Sign() > 0
	var issues []Issue
	refuse := func(path, found, want, hint string) {
		issues = append(issues, Issue{Origin: c.Origin(path), Path: path, Found: found, Want: want, Hint: hint})
	}
	if covers && commits {
		refuse(hourly, "a commitment together with the coverage of "+s.Coverage.String()+" at "+c.Origin(coverage).String(),
			"one of the two", "both would take the plan's discount off Lambda: coverage lowers its price, hourly is weighed against it")
	}
	if covers && s.Kind == PlanEC2 {
		refuse(coverage, "a coverage of Lambda by the kind "+PlanEC2+" at "+c.Origin(kind).String(),
			"a plan of the kind "+PlanCompute, "an EC2 Instance Savings Plan covers EC2 alone; hourly states what it commits to")
	}
	for path, said := range map[string]bool{coverage: covers && !commits, hourly: commits} {
		if said && s.Term == "" {
			refuse(path, "a Savings Plan without a term", "1y or 3y in "+term, "")
		}
	}
	if s.Term != "" && !covers && !commits && c.Origin(coverage).Kind == FromDefault && c.Origin(hourly).Kind == FromDefault {
		refuse(term, "a Savings Plan of "+s.Term+" that covers nothing",
			"coverage, the share of Lambda's compute that it covers, or hourly",
			"savings_plan: {term: "+s.Term+", coverage: 1} covers all of it; hourly states the commitment in USD an hour")
	}
	c.moveConflicts(refuse)
	return issues
}
