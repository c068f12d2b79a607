package profile

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// words says why the profile is what it is, the most important first.
func (t *explanation) words() {
	p := t.p
	say := func(format string, args ...any) { p.Why = append(p.Why, fmt.Sprintf(format, args...)) }
	if p.Base.MemoryRequest == 0 {
		say("Not enough data: no run of it was seen whose memory is known, and nothing says what it has now.")
		return
	}
	if p.BeyondNode {
		n, pod := &t.book.settings.Node, WholePod(p, p.Base)
		say("No node is large enough: it needs %s%s, and the largest has %s%s to give. Its pod would wait forever.",
			Size(pod.MemoryRequest), cores(pod.CPURequest, " and "), size(n.Memory), cores(n.CPU, " and "))
	}
	if node, ok := t.book.settings.Node.Memory.Get(); ok && !p.BeyondNode && WholePod(p, p.Retry).MemoryRequest > node {
		say("No node is large enough for the retry of a killed run: it would have %s, and the largest has %s to give.",
			Size(WholePod(p, p.Retry).MemoryRequest), Size(node))
	}
	t.wordsOfMemory(say)
	t.wordsOfContainer(say)
	t.wordsOfCPU(say)
	t.wordsOfTime(say)
	for _, n := range p.PriceNotes {
		say("%s", n)
	}
}

func (t *explanation) wordsOfMemory(say func(string, ...any)) {
	p := t.p
	if t.most == 0 {
		say("Memory is what runs have now, %s: no run of it was seen whose memory is known.", Size(p.Base.MemoryRequest))
		return
	}
	if runs := t.w.runs(t.l); p.Learning && t.by == firstRuns {
		say("Learning, from %s: %g x the largest peak + 128 MiB, at most what runs request now. From the %s run on a rule decides.",
			text.Plural(runs, "run"), firstFactor[runs], ordinal(learningRuns))
	} else if p.Learning {
		say("Learning, %d of %d runs: nothing is lowered yet, and the figures are provisional.", runs, learningRuns)
	}
	if t.w.bursts(t.l, question{underWay: t.ask.UnderWay}) {
		say("%s under way and %s ended: the first runs to end are the shortest, so that nothing is lowered under the largest peak + 128 MiB.",
			isAre(t.ask.UnderWay.Or(0)), hasHave(t.w.runs(t.l)))
	}
	if !t.wordsOfUnmeasured(say) {
		t.wordsOfPeaks(say)
	}
	if c := t.class(); c != nil {
		say("Pooled with class %s: %s of %d tenants that need about as much of %s. They count as %d runs until it has %d of its own.",
			c.class, text.Plural(c.runs(), "run"), c.tenants, p.Workload, poolRuns, thinRuns)
	}
	t.wordsOfAdvisers(say)
	l := t.l
	if l == nil {
		t.sayCeiling(say)
		return
	}
	if l.careful() {
		say("Two or more of its last %d runs were killed for memory, or would have been: at most %s may be from now on.", recentRuns,
			text.Percent(migration.Ratio(Careful.share())))
	}
	if killed := max(l.jobs.killed, l.lambda.killed); killed > 0 {
		say("A run was killed for memory at %s: it needs that or more.", Size(migration.Bytes(killed)))
	}
	if n := l.fitting(); l.fresh && n < l.needs && l.floor > 0 {
		code := &l.versions
		if l.only {
			code = &l.functions
		}
		say("The code changed (now %s): %d of %d runs of it were seen, and until then nothing is lowered under %s.", brief(code.current), n,
			l.needs, Size(migration.Bytes(l.floor)))
	}
	if t.sayCeiling(say) {
		return
	}
	if l.censored && l.jobs.runs < lambdaFade {
		say("On Lambda it came to its memory size of %s: what it would take is not known from there.", Size(migration.Bytes(l.ceilingOrKilled())))
	}
}

// sayCeiling says what bounds the limit, where it is the limit, and reports whether it does.
func (t *explanation) sayCeiling(say func(string, ...any)) bool {
	c, ok := t.p.Ceiling.Get()
	if !ok || t.p.Base.MemoryLimit != c || t.p.Learning && t.by != firstRuns {
		return false
	}
	e := t.ceilingOf
	if _, lambda := e.provenCeiling(); lambda {
		say("Never above %s, its memory size on Lambda: every run there fitted into its %s.", Size(c), Size(c))
	} else {
		say("Never above the limit %s into which %s fitted.", Size(c), all(e.enforced.completed))
	}
	return true
}

// wordsOfPeaks says what the limit is in terms of the peaks that were seen.
func (t *explanation) wordsOfPeaks(say func(string, ...any)) {
	p, own := t.p, t.own()
	lead := fmt.Sprintf("The largest peak of %s is %s", t.basis(), Size(migration.Bytes(t.most)))
	if p.Confidence <= LowConfidence && own != nil && len(own.jobs.exact)+len(own.lambda.exact) == 0 &&
		len(own.jobs.over)+len(own.lambda.over) > 0 {
		if t.pool == nil { // what was seen; the rule allows for more
			lead = fmt.Sprintf("The largest peak of %s is %s", t.basis(), Size(migration.Bytes(own.atLeast())))
		}
		lead += " or more (sampled or ended by a kill, so a lower bound)"
	}
	say("%s; %s expected to need more than %s, which is retried with %s.", lead, text.Percent(p.FailureRate.Or(0)), Size(p.Base.MemoryLimit),
		Size(p.Retry.MemoryLimit))
}

// atLeast is the greatest lower bound of the peaks, in bytes: a sample, or a limit that a
// run was killed at.
func (e *runStats) atLeast() float64 {
	return max(e.jobs.largestOver, e.jobs.killed, e.lambda.largestOver, e.lambda.killed)
}

// ceilingOrKilled is the memory size that it ran into.
func (e *runStats) ceilingOrKilled() float64 { return max(e.sizes.killed, e.lambda.killed) }

// basis says in words which runs the memory rests on.
func (t *explanation) basis() string {
	p := t.p
	var said string
	if t.l != nil && t.l.runStats.runs() > 0 {
		jobs, lambda := t.l.jobs.runs, t.l.lambda.runs
		switch {
		case lambda == 0 || t.l.lambdaShare() == 0:
			said = text.Plural(jobs, t.l.containers())
		case jobs == 0:
			said = text.Plural(lambda, "Lambda run") + fmt.Sprintf(" (each counts half, %d at most)", lambdaRuns)
		default:
			said = text.Plural(jobs, t.l.containers()) + " and " + text.Plural(lambda, "Lambda run")
		}
	}
	if t.pool == nil {
		return said
	}
	if said != "" {
		said += " of its own and "
	}
	if c := t.class(); c != nil {
		return said + fmt.Sprintf("%s of class %s", text.Plural(c.runs(), "run"), c.class)
	}
	return said + fmt.Sprintf("%s of %s over all tenants", text.Plural(t.pool.runs(), "run"), p.Workload)
}

func (t *explanation) own() *runStats {
	if t.l == nil {
		return nil
	}
	return &t.l.runStats
}

// wordsOfAdvisers compares the advice that is followed with the best other.
func (t *explanation) wordsOfAdvisers(say func(string, ...any)) {
	c := t.own()
	whose := "its"
	if (c == nil || c.charged.runs == 0) && t.pool != nil {
		c, whose = t.pool, "the workload's"
		if t.class() != nil {
			whose = "the class'"
		}
	}
	if c == nil || c.charged.runs == 0 || t.by >= advisers {
		return
	}
	other := advisers
	for i := ruleNormal; i < ruleSimilar; i++ {
		if i != t.by && !(t.by <= ruleCareful && i <= ruleCareful) && (other == advisers || c.charged.of[i].cost() < c.charged.of[other].cost()) {
			other = i
		}
	}
	of := func(a adviser) string {
		said := gibHours(c.charged.of[a].waste)
		if k := c.charged.of[a].kills; k > 0 {
			said += " with " + text.Plural(k, "run") + " killed"
		}
		return said
	}
	say("Over %s last %s, %s would have wasted %s, %s %s.", whose, text.Plural(c.charged.runs, "run"), t.by, of(t.by), other, of(other))
}

func (t *explanation) wordsOfCPU(say func(string, ...any)) {
	p, m := t.p, &t.machine
	r, ok := p.Base.CPURequest.Get()
	switch {
	case !ok:
		say("CPU is left open: nobody measured processor time, and nothing says what runs have now.")
	case !t.machined:
		say("CPU is what runs have now, %s: nobody measured processor time.", coreText(r))
	case !m.sure:
		say("CPU %s is what it had on Lambda. One memory size does not tell waiting from computing: %s would do if it only waits, and %s "+
			"keep it as fast if it only computes.",
			coreText(r), coreText(cpuOf(leastCPU)), coreText(cpuOf(roundCPU(max(m.size, leastCPU)))))
	default:
		say("CPU %s: a run computes for %s and waits for %s (by %s, %s at most), and takes about %s then.",
			coreText(r), seconds(m.cpu), seconds(m.io), m.from, text.Plural(int(m.threads), "thread"), seconds(m.time(r.Cores())))
	}
	if p.MissesTarget {
		say("No CPU request makes it take at most %s: it waits for %s.", migration.Brief(t.book.settings.Target.Or(0)), seconds(m.io))
	}
}

func (t *explanation) wordsOfTime(say func(string, ...any)) {
	p := t.p
	switch {
	case p.Deadline == 0:
		say("No deadline: nobody has seen how long a run takes.")
	case p.EndUnknown:
		say("Every long run was cut off by a timeout, so that nobody has seen its end: %s an attempt is a guess.",
			migration.Brief(p.AttemptDeadline))
	default:
		from := "from the longest run seen"
		if t.between > 0 {
			from += fmt.Sprintf(", of which %s were seen: its container was restarted, and how long it ran before is not known",
				migration.Brief(t.between))
		}
		if t.leastTime {
			from = "the least while few runs were seen"
			if p.AttemptDeadline <= leastDeadline {
				from = "the least"
			}
		}
		if p.Learning && p.AttemptDeadline == p.Now.Deadline.Or(noEnd) {
			from = "while it is learning, since the first runs to end are the shortest"
		}
		say("An attempt has %s, %s; %s with %s covers all attempts.", migration.Brief(p.AttemptDeadline), from, migration.Brief(p.Deadline),
			text.Plural(p.BackoffLimit, "retry"))
	}
}

// Size writes a size as Kubernetes does, in the largest unit that keeps three digits.
func Size(b migration.Bytes) string {
	for _, u := range []struct {
		of   migration.Bytes
		name string
	}{{migration.GiB, "GiB"}, {migration.MiB, "MiB"}, {migration.KiB, "KiB"}} {
		if b >= u.of && (b%u.of == 0 || b >= 10*u.of || u.of < migration.GiB) {
			return strconv.FormatFloat(math.Round(float64(b)/float64(u.of)*10)/10, 'f', -1, 64) + " " + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + " B"
}

func size(b migration.Opt[migration.Bytes]) string {
	if v, ok := b.Get(); ok {
		return Size(v)
	}
	return "an unknown amount of memory"
}

func cores(c migration.Opt[migration.CPU], before string) string {
	if v, ok := c.Get(); ok {
		return before + coreText(v)
	}
	return ""
}

func coreText(c migration.CPU) string { return fmt.Sprintf("%dm", c.Milli()) }

// gibHours writes memory held for a time with three digits that count, and never with
// an exponent.
func gibHours(byteSeconds float64) string {
	v := byteSeconds / gib / 3600
	switch {
	case v > 0 && v < 0.001:
		return "under 0.001 GiB h"
	case v < 999.5:
		return strconv.FormatFloat(v, 'g', 3, 64) + " GiB h"
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " GiB h"
}

func seconds(s float64) string {
	if s < 10 {
		return strconv.FormatFloat(math.Round(s*100)/100, 'f', -1, 64) + " s"
	}
	return migration.Brief(time.Duration(s * float64(time.Second)))
}

func brief(version string) string {
	if len(version) > 19 {
		return version[:19] + "..."
	}
	return version
}

func ordinal(n int) string {
	return [...]string{"", "first", "second", "third"}[n]
}

func all(runs int) string {
	if runs == 1 {
		return "its 1 run"
	}
	return "all " + text.Plural(runs, "run")
}

func isAre(runs int) string {
	if runs == 1 {
		return "1 run is"
	}
	return text.Plural(runs, "run") + " are"
}

func hasHave(runs int) string {
	if runs == 1 {
		return "1 has"
	}
	return strconv.Itoa(runs) + " have"
}
