// Package noise finds tenants that overload the others on a platform that they share. A tenant that is large and steady is not
// noisy: its load must be a multiple of its own past, more so than that of the others, and the others must suffer for it, or a
// limit that all share must be near. With each it brings the limit that would hold the tenant, as ready snippets.
//
// It is pure.
package noise

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The rules. They hold for loads of any size: all ratios stay where all tenants grow alike.
const (
	// Recent is how many minutes are the present, and leastPast how many before the load rose are needed to compare with.
	Recent    = 15
	leastPast = 45
	// leastRuns is below how many runs in the present a load is chance.
	leastRuns = 10
	// leastShare is the share of the load of all from which on a tenant can keep others from theirs.
	leastShare = 0.25
	// Twice is how many times its past a load must be where others suffer. The same applies to its growth over that of the
	// others.
	Twice = 2.0
	// Thrice is the same where nobody suffers and only the limit is near.
	Thrice = 3.0
	// usual is how much above the busiest quarter of an hour of its past a load must be: what a tenant does each hour is its past.
	usual = 1.2
	// Near is how much of a shared limit in use is near it.
	Near = 0.8
	// calm is the break that ends a high load.
	calm = 5
	// Waiting is from when on a Pending run waits for something that others hold: a node is ready within five minutes.
	Waiting = 5 * time.Minute
	// leastThrottled are so few that they may be the victim's own burst; its rate must also be more than usual by sharpRise.
	leastThrottled = 5
	sharpRise      = 3
)

// Minute is what a tenant did in one minute.
type Minute struct {
	Load            int64 // milliseconds of run time, or millicore-seconds that pods request
	Runs, Throttled int64
	AtOnce          int64 // the most runs at once; 0 where that is not known
}

// Tenant is what a tenant does on a pool.
type Tenant struct {
	Tenant migration.Tenant
	// Now adds up the last [Recent] minutes, Past those before.
	Now, Past Minute
	// Pending is when its runs were created that have been Pending for [Waiting] or longer.
	Pending []time.Time
}

// active reports whether the tenant is on the pool at all.
func (t *Tenant) active() bool {
	return t.Now.Load > 0 || t.Past.Load > 0 || len(t.Pending) > 0 || t.Now.Throttled > 0
}

// Pool is a platform that tenants share: the functions of an account and region, or the nodes of a cluster.
type Pool struct {
	Platform migration.Platform
	Scope    string
	Unit     string    // of loads: "runs at once"
	From     time.Time // of the first minute
	Minutes  int       // that are kept and final; the last Recent are the present
	Tenants  []Tenant
	// LimitUsed is how much of the limit that all share is in use; unknown where it is not known.
	LimitUsed migration.Opt[migration.Ratio]
	// Of writes the minutes of a tenant, by its index, into a cleared list of [Pool.Minutes]. It is asked for few tenants.
	Of func(tenant int, into []Minute)
	// DayBefore is the mean load of a minute of a tenant at the same time a day before; unknown where that is not kept. Nil: of
	// none.
	DayBefore func(tenant int) migration.Opt[float64]
	// Age is the age of a tenant's oldest message, and the greatest in the hour before the present. Nil: of none.
	Age func(tenant int) (now, past migration.Opt[time.Duration])
}

// Found is a tenant that is noisy, by its index.
type Found struct {
	Index int
	Noise migration.Noise
	// AtOnce and Load are the most of a minute of its past, which a limit has to leave room for.
	AtOnce, Load int64
}

// Judge finds the noisy tenants, in the order of the pool.
func (p *Pool) Judge() []Found {
	if p.Minutes < Recent+leastPast {
		return nil
	}
	var now, runs int64
	active := 0
	for i := range p.Tenants {
		now, runs = now+p.Tenants[i].Now.Load, runs+p.Tenants[i].Now.Runs
		if p.Tenants[i].active() {
			active++
		}
	}
	if active < 2 || now <= 0 {
		return nil
	}
	var total []Minute
	var out []Found
	for i := range p.Tenants {
		t := &p.Tenants[i]
		past := float64(t.Past.Load) / float64(p.Minutes-Recent)
		if t.Tenant == migration.Unattributed || t.Now.Runs < leastRuns || float64(t.Now.Load) < leastShare*float64(now) ||
			float64(t.Now.Load)/Recent < usual*past {
			continue
		}
		if total == nil {
			total = p.total()
		}
		if found, ok := p.judge(i, total); ok {
			found.Noise.LoadShare = migration.Ratio(float64(t.Now.Load) / float64(now))
			if runs > 0 {
				found.Noise.RunsShare = migration.Some(migration.Ratio(float64(t.Now.Runs) / float64(runs)))
			}
			out = append(out, found)
		}
	}
	return out
}

// total adds the minutes of all tenants up.
func (p *Pool) total() []Minute {
	out, one := make([]Minute, p.Minutes), make([]Minute, p.Minutes)
	for i := range p.Tenants {
		if p.Tenants[i].Now.Load == 0 && p.Tenants[i].Past.Load == 0 {
			continue
		}
		clear(one)
		p.Of(i, one)
		for m := range one {
			out[m].Load += one[m].Load
		}
	}
	return out
}

// mean is the mean load of some minutes.
func mean(of []Minute) float64 {
	sum := int64(0)
	for i := range of {
		sum += of[i].Load
	}
	return float64(sum) / float64(max(len(of), 1))
}

// quarters are the mean loads of each quarter of an hour that is whole, from the last back.
func quarters(of []Minute) []float64 {
	var out []float64
	for end := len(of); end >= Recent; end -= Recent {
		out = append(out, mean(of[end-Recent:end]))
	}
	return out
}

// rose is the first minute of the high load that lasts until now: each of at least twice the usual, without a break of calm.
func rose(of []Minute) int {
	past := quarters(of[:len(of)-Recent])
	slices.Sort(past)
	level := past[len(past)/2] // the median: the high load may have lasted for a while
	if len(past)%2 == 0 {
		level = (past[len(past)/2-1] + level) / 2
	}
	if level == 0 {
		level = mean(of[:len(of)-Recent])
	}
	first, quiet := len(of), 0
	for m := len(of) - 1; m >= 0 && quiet < calm; m-- {
		if float64(of[m].Load) >= Twice*level && of[m].Load > 0 {
			first, quiet = m, 0
		} else {
			quiet++
		}
	}
	return first
}

// judge compares one tenant with its past and with the others.
func (p *Pool) judge(i int, total []Minute) (Found, bool) {
	own := make([]Minute, p.Minutes)
	p.Of(i, own)
	since := rose(own)
	if since >= p.Minutes || since < leastPast {
		return Found{}, false
	}
	recent := p.Minutes - Recent
	now, past := mean(own[recent:]), mean(own[:min(since, recent)])
	if p.DayBefore != nil {
		past = max(past, p.DayBefore(i).Or(0))
	}
	for _, quarter := range quarters(own[:min(since, recent)]) {
		if now < usual*quarter {
			return Found{}, false
		}
	}
	othersNow := mean(total[recent:]) - now
	othersPast := mean(total[:min(since, recent)]) - mean(own[:min(since, recent)])
	n := migration.Noise{
		Platform: p.Platform, Scope: p.Scope, Unit: p.Unit, LimitUsed: p.LimitUsed,
		From: p.minute(recent), To: p.minute(p.Minutes), Since: p.minute(since),
		Load: now / 60_000, PastLoad: past / 60_000,
	}
	if othersPast > 0 {
		n.OthersGrowth = migration.Some(othersNow / othersPast)
		n.PastLoadShare = migration.Some(migration.Ratio(mean(own[:min(since, recent)]) / mean(total[:min(since, recent)])))
	}
	if past > 0 {
		n.Growth = migration.Some(now / past)
	}
	at := func(times float64) bool { // of its past, and of what the others became of theirs
		return now >= times*past && (othersPast <= 0 || now*othersPast >= times*past*othersNow)
	}
	if !at(Twice) {
		return Found{}, false
	}
	p.suffering(i, own, since, &n)
	switch {
	case len(n.Others) > 0:
		n.Severity = migration.Warning
	case at(Thrice) && past > 0 && n.LimitUsed.Or(0) >= Near:
		n.Severity = migration.Info
	default:
		return Found{}, false
	}
	found := Found{Index: i, Noise: n}
	for m := range own[:min(since, recent)] {
		found.AtOnce, found.Load = max(found.AtOnce, own[m].AtOnce), max(found.Load, own[m].Load)
	}
	return found, true
}

func (p *Pool) minute(m int) time.Time { return p.From.Add(time.Duration(m) * time.Minute) }

// suffering collects who suffers in the time of a tenant's high load.
func (p *Pool) suffering(i int, own []Minute, since int, n *migration.Noise) {
	caps := p.Platform.Caps()
	if caps.Throttles {
		n.Throttled, n.OthersThrottled = migration.Some(p.Tenants[i].Now.Throttled), migration.Some[int64](0)
	}
	if caps.LiveRuns {
		n.OthersPending = migration.Some[int64](0)
	}
	one := make([]Minute, p.Minutes)
	for k := range p.Tenants {
		t := &p.Tenants[k]
		if k == i {
			continue
		}
		v := migration.NoiseVictim{Tenant: t.Tenant}
		if caps.Throttles && t.Now.Throttled >= leastThrottled {
			clear(one)
			p.Of(k, one)
			v.Throttled = throttledIn(one, own, since)
			n.OthersThrottled = migration.Plus(n.OthersThrottled, migration.Some(v.Throttled))
		}
		if caps.LiveRuns {
			for _, created := range t.Pending {
				if !created.Before(p.minute(since).Add(-time.Minute)) {
					v.Pending++
				}
			}
			n.OthersPending = migration.Plus(n.OthersPending, migration.Some(v.Pending))
		}
		if p.Age != nil {
			v.Oldest = older(p.Age(k))
			n.OthersOldest = migration.Larger(n.OthersOldest, v.Oldest)
		}
		if v.Throttled > 0 || v.Pending > 0 || v.Oldest.Known() {
			n.Others = append(n.Others, v)
		}
	}
	slices.SortFunc(n.Others, func(a, b migration.NoiseVictim) int {
		return cmp.Or(cmp.Compare(b.Throttled, a.Throttled), cmp.Compare(b.Pending, a.Pending), cmp.Compare(b.Oldest.Or(0), a.Oldest.Or(0)),
			cmp.Compare(a.Tenant, b.Tenant))
	})
}

// older is the age of an oldest message that waits for long, and for twice as long as any did before; unknown otherwise.
func older(now, past migration.Opt[time.Duration]) migration.Opt[time.Duration] {
	age, ok := now.Get()
	before, known := past.Get()
	if !ok || !known || age < Waiting || age < Twice*before {
		return migration.None[time.Duration]()
	}
	return now
}

// throttledIn is how many runs of a victim were throttled in the minutes since a high load began, 0 where that is chance or no
// more than it usually has: of minutes in which the load was high against all others.
func throttledIn(victim, own []Minute, since int) int64 {
	level := mean(own[:since])
	var high, low, highMinutes, lowMinutes int64
	for m := range victim {
		if m >= since && float64(own[m].Load) >= Twice*level {
			high, highMinutes = high+victim[m].Throttled, highMinutes+1
		} else {
			low, lowMinutes = low+victim[m].Throttled, lowMinutes+1
		}
	}
	if high < leastThrottled || high*lowMinutes < sharpRise*low*highMinutes {
		return 0
	}
	return high
}
