package profile

import (
	"fmt"
	"math"
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// buildClasses makes the classes and their explanations.
func (b *Recommender) buildClasses(members []member, groups []group, ratio float64, story []string) Classes {
	out := Classes{Classes: []Class{}, Outliers: []string{}, Why: append([]string{}, story...)}
	groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.members) == 0 }) // all of its members stayed elsewhere
	for i := range groups {
		g := &groups[i]
		c := Class{Name: g.name, Members: len(g.members)}
		for _, at := range g.members {
			take(&c, members[at].p)
		}
		out.Classes = append(out.Classes, c)
	}
	var own, cost, ownMemory, memory float64
	for i := range groups {
		g, c := &groups[i], &out.Classes[i]
		var of, weight float64
		for _, at := range g.members {
			m := &members[at]
			alone := float64(m.p.Base.MemoryLimit) / gib
			of += m.weight * (alone + ratio*m.p.Base.CPURequest.Or(0).Cores())
			weight += m.weight
			ownMemory += m.weight * alone
		}
		with := weight * (float64(c.Base.MemoryLimit)/gib + ratio*c.Base.CPURequest.Or(0).Cores())
		memory += weight * float64(c.Base.MemoryLimit) / gib
		own, cost = own+of, cost+with
		c.Extra = migration.Ratio(max(with/of-1, 0))
		apart := apartOf(groups, out.Classes, i)
		alone := c.Members == 1 && len(members) > 2 && len(groups) > 1
		for _, at := range g.members {
			p := members[at].p
			p.ClassSaving = b.savingWith(p, c.Base)
			switch {
			case p.WhyClass != "": // it stays where it was
			case alone:
				p.WhyClass = fmt.Sprintf("It has %s for itself, which pays%s.", c.Name, lead(": ", apart))
			default:
				p.WhyClass = whyClass(&members[at], groups, out.Classes, i, ratio)
			}
			p.WhyClass += savingText(p, c.Name)
		}
		c.Why = fmt.Sprintf("%s of %s, attempts of %s at most; its members hold %s more than each alone would%s.",
			text.Plural(c.Members, "profile"), amountsOf(c.Base), migration.Brief(c.AttemptDeadline), text.Percent(c.Extra), lead("; ", apart))
		if alone {
			p := members[g.members[0]].p
			outlier := fmt.Sprintf("%s of %s", p.Workload, p.Tenant)
			out.Outliers = append(out.Outliers, outlier)
			if apart == "" {
				apart = "no other needs about as much"
			}
			c.Why = fmt.Sprintf("%s, %s, has a class of its own, which pays: %s.", outlier, amountsOf(c.Base), apart)
		}
	}
	out.Why = append(out.Why, togetherText(members)...)
	out.Extra = migration.Ratio(math.Max(cost/own-1, 0))
	out.ExtraMemory = migration.Ratio(math.Max(memory/ownMemory-1, 0))
	return out
}

// lead puts something before a text, where there is one.
func lead(by, text string) string {
	if text == "" {
		return ""
	}
	return by + text
}

// apartOf explains what separates a class from the first of its size; "" for the first.
func apartOf(groups []group, classes []Class, at int) string {
	g, c := &groups[at], &classes[at]
	first := slices.IndexFunc(groups, func(o group) bool { return o.size == g.size })
	f := &classes[first]
	switch {
	case first == at:
		return ""
	case g.long > groups[first].long || g.cpus == groups[first].cpus:
		return fmt.Sprintf("apart from %s, since its attempts may take %s, not %s, and deadlines within a class lie at most %d times apart",
			f.Name, migration.Brief(c.AttemptDeadline), migration.Brief(f.AttemptDeadline), deadlineRatio)
	}
	return fmt.Sprintf("apart from %s for its CPU, %s, not %s", f.Name, coresOrNone(c.Base.CPURequest), coresOrNone(f.Base.CPURequest))
}

// whyClass says why a member is in its class and in none that is cheaper.
func whyClass(m *member, groups []group, classes []Class, in int, ratio float64) string {
	price := func(p Pod) float64 { return float64(p.MemoryLimit)/gib + ratio*p.CPURequest.Or(0).Cores() }
	c := &classes[in]
	why := fmt.Sprintf("Alone it needs %s; %s gives %s", amountsOf(m.p.Base), c.Name, amountsOf(c.Base))
	why += lead(": ", apartOf(groups, classes, in))
	dear := price(c.Base) / price(m.p.Base)
	if dear < 1.05 {
		return why + "."
	}
	why += fmt.Sprintf(", at %.1f times its price", dear)
	// The next cheaper class, and why it is not for this one.
	next := -1
	for i := range classes {
		if p := price(classes[i].Base); p < price(c.Base) && (next < 0 || p > price(classes[next].Base)) {
			next = i
		}
	}
	if next < 0 {
		return why + "."
	}
	n := &classes[next]
	switch {
	case m.p.Base.CPURequest.Or(0) > n.Base.CPURequest.Or(0):
		return fmt.Sprintf("%s. %s, the next cheaper, has %s.", why, n.Name, coresOrNone(n.Base.CPURequest))
	case m.p.Base.MemoryLimit > n.Base.MemoryLimit:
		return fmt.Sprintf("%s. %s, the next cheaper, has %s.", why, n.Name, Size(n.Base.MemoryLimit))
	case !groups[next].holds(m):
		return fmt.Sprintf("%s. %s, the next cheaper, is for attempts of up to %s, too far from its %s.",
			why, n.Name, migration.Brief(n.AttemptDeadline), migration.Brief(m.p.AttemptDeadline))
	}
	return why + "."
}

// amountsOf writes memory and CPU.
func amountsOf(p Pod) string { return Size(p.MemoryLimit) + cores(p.CPURequest, " and ") }

func coresOrNone(c migration.Opt[migration.CPU]) string {
	if v, ok := c.Get(); ok {
		return coreText(v)
	}
	return "none"
}

// savingText says what a month costs in the class, where that differs from what the profile
// saves by itself.
func savingText(p *Profile, class string) string {
	with, ok := p.ClassSaving.Get()
	alone, known := p.Saving.Get()
	if !ok || !known || with.Fixed(2) == alone.Fixed(2) {
		return ""
	}
	return fmt.Sprintf(" With %s a month %s; with a profile of its own it %s.", class, savedText(with), savedText(alone))
}

// togetherText says what classes cost in dollars, where profiles are priced.
func togetherText(members []member) []string {
	var alone, with migration.USD
	n := 0
	for i := range members {
		a, known := members[i].p.Saving.Get()
		w, ok := members[i].p.ClassSaving.Get()
		if known && ok {
			n, alone, with = n+1, alone.Add(a), with.Add(w)
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Of the %s priced, a month %s with classes, and %s with a profile each.", text.Plural(n, "profile"),
		savedText(with), savedText(alone))}
}

func savedText(u migration.USD) string {
	switch {
	case u.Fixed(2) == (migration.USD{}).Fixed(2), u.Fixed(2) == "-0.00":
		return "costs the same as now"
	case u.Sign() < 0:
		return "costs $" + (migration.USD{}).Sub(u).Fixed(2) + " more than now"
	}
	return "saves $" + u.Fixed(2)
}
