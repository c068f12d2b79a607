package main

import "fmt"

// group is a table of the report.
type group struct {
	title     string
	scenarios []scenario
	peers     bool // with the other tools' rules
	full      bool // with the full number of watches
}

// groups are all tables.
func groups() []group {
	return []group{
		{"False alarms: both sides fail alike", falseAlarms(), false, true},
		{"Regressions", regressions(), true, false},
		{"Outages and clusters", shapes(), false, false},
		{"Run times", slow(), false, false},
	}
}

// falseAlarms are watches of healthy tenants.
func falseAlarms() []scenario {
	var out []scenario
	for _, errors := range []float64{0.01, 0.002} {
		for _, share := range []float64{0.5, 0.25, 0.1} {
			base := scenario{rate: 60, share: share, errors: errors, ratio: 1}
			for _, kind := range []struct {
				name string
				set  func(*scenario)
			}{
				{"failures alone", func(*scenario) {}},
				{"retries collapsed", func(s *scenario) { s.retries = collapsed }},
				{"clusters of 3", func(s *scenario) { s.cluster = 3 }},
				{"outages on both sides in 2 % of minutes", func(s *scenario) { s.outages.share = 0.02 }},
			} {
				s := base
				kind.set(&s)
				s.name = fmt.Sprintf("%g %% errors, %g %% share, %s", errors*100, share*100, kind.name)
				out = append(out, s)
			}
		}
	}
	attempt := scenario{rate: 60, share: 0.5, errors: 0.01, ratio: 1}
	for _, r := range []struct {
		name string
		retries
	}{{"three attempts, divided by attempts per message", divided}, {"three attempts, messages unknown", attempts}} {
		s := attempt
		s.name, s.retries = "1 % errors, 50 % share, "+r.name, r.retries
		out = append(out, s)
	}
	quiet := scenario{name: "1 % errors, 50 % share, 2 messages a minute", rate: 2, share: 0.5, errors: 0.01, ratio: 1}
	return append(out, quiet)
}

// regressions are watches of tenants whose green side fails more, or not.
func regressions() []scenario {
	var out []scenario
	add := func(ratio float64, set func(*scenario), what string) {
		s := scenario{rate: 60, share: 0.5, errors: 0.01, ratio: ratio}
		set(&s)
		s.name = fmt.Sprintf("%gx%s", ratio, what)
		out = append(out, s)
	}
	for _, ratio := range []float64{1, 2, 3, 10} {
		add(ratio, func(*scenario) {}, "")
	}
	for _, ratio := range []float64{1, 2, 3, 10} {
		add(ratio, func(s *scenario) { s.errors = 0.002 }, ", 0.2 % errors")
	}
	for _, ratio := range []float64{2, 3, 10} {
		add(ratio, func(s *scenario) { s.share = 0.1 }, ", 10 % share")
	}
	add(2, func(s *scenario) { s.share, s.errors = 0.1, 0.002 }, ", 10 % share, 0.2 % errors")
	for _, ratio := range []float64{1, 2, 3} {
		add(ratio, func(s *scenario) { s.cluster = 3 }, ", clusters of 3")
	}
	for _, ratio := range []float64{1, 2, 3} {
		add(ratio, func(s *scenario) { s.outages.share = 0.02 }, ", outages on both in 2 % of minutes")
	}
	add(2, func(s *scenario) { s.retries = divided }, ", three attempts, divided by attempts per message")
	add(2, func(s *scenario) { s.retries = attempts }, ", three attempts, messages unknown")
	add(1, func(s *scenario) { s.rate = 2 }, ", 2 messages a minute")
	return out
}

// slow are watches of tenants whose green side takes longer, or not.
func slow() []scenario {
	var out []scenario
	for _, spread := range []float64{0.5, 0.8} {
		for _, times := range []float64{1, 1.25, 1.5, 2} {
			out = append(out, scenario{
				name: fmt.Sprintf("%gx as long, sigma %g, 5 messages a minute", times, spread), rate: 5, share: 0.5, errors: 0.01, ratio: 1,
				slow: times, spread: spread,
			})
		}
	}
	return out
}

// shapes are watches with outages and clusters of other lengths, strengths and places, each of a healthy tenant and of one
// whose green side fails twice as often by itself.
func shapes() []scenario {
	few := []outages{
		{share: 0.05},
		{share: 0.05, minutes: 10},
		{share: 0.05, minutes: 10, on: blueAlone},
		{}, // clusters
	}
	all := append([]outages{
		{share: 0.02, minutes: 10},
		{share: 0.1, minutes: 30},
		{share: 0.05, rate: 0.05},
		{share: 0.05, rate: 0.1},
		{share: 0.05, rate: 1},
		{share: 0.02, on: blueAlone},
		{share: 0.05, on: blueAlone},
		{share: 0.02, on: greenAlone},
		{share: 0.04, on: eitherSide},
	}, few...)
	var out []scenario
	for _, base := range []struct {
		share, errors float64
		kinds         []outages
	}{{0.5, 0.01, all}, {0.1, 0.01, few}, {0.9, 0.01, few}, {0.5, 0.002, few}} {
		for _, o := range base.kinds {
			for _, ratio := range []float64{1, 2} {
				s := scenario{rate: 60, share: base.share, errors: base.errors, ratio: ratio, outages: o}
				what := o.String()
				if o.share == 0 {
					s.cluster, what = 3, "clusters of 3"
				}
				s.name = fmt.Sprintf("%gx, %g %% errors, %g %% share, %s", ratio, 100*s.errors, 100*s.share, what)
				out = append(out, s)
			}
		}
	}
	return out
}
