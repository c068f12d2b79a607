package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// columnID is a column of the Tenants table.
type columnID uint8

const (
	colTenant columnID = iota
	colRouted
	colLambda
	colJobs
	colDelta
	colBreakEven
	colFailed
	colP95
	colWall
	colVerdict
	colLambdaSpark
	colJobsSpark
	colRuns
	colPerRun
	colLive
	colMemory
	colStartUp
	colKilled
	colMonthEnd
	colSaving
	numColumns
)

// byNeed orders by what needs a person, as snapshots come.
const byNeed = numColumns

// column is how a column is laid out and ordered. Widths are in cells.
type column struct {
	name     string // for the palette, the chooser and the sort
	help     string
	min, max int
	priority int // 1 is the last to go when the screen is narrow
	off      bool
	// key is what rows are ordered by; unknown comes last either way.
	key  func(*migration.TenantView) (float64, bool)
	desc bool // the greatest first, unless turned around
}

// columns is indexed by columnID.
var columns = [numColumns]column{
	colTenant:    {name: "tenant", help: "the tenant", min: 12, max: 30, priority: 1},
	colRouted:    {name: "routed", help: "share of runs that end on Jobs", min: 6, max: 17, priority: 6, desc: true, key: func(t *migration.TenantView) (float64, bool) { return ratioOf(t.Routed.Value) }},
	colLambda:    {name: "lambda", help: "what it costs on Lambda now", min: 9, max: 14, priority: 2, desc: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.Before.CostPerHour.Value) }},
	colJobs:      {name: "jobs", help: "what it costs on Jobs now", min: 9, max: 14, priority: 3, desc: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.After.CostPerHour.Value) }},
	colDelta:     {name: "delta", help: "one run on Jobs against one on Lambda", min: 7, max: 7, priority: 5, key: func(t *migration.TenantView) (float64, bool) { return ratioOf(t.Delta.Value) }},
	colBreakEven: {name: "break-even", help: "from how many runs a day Jobs are cheaper; a tick where it is reached", min: 8, max: 12, priority: 10, key: func(t *migration.TenantView) (float64, bool) { return t.BreakEven.Value.Get() }},
	colFailed: {name: "failed", help: "share of runs that failed, Lambda and Jobs", min: 9, max: 9, priority: 8, desc: true, key: func(t *migration.TenantView) (float64, bool) {
		return ratioOf(migration.Larger(t.Before.FailureRate, t.After.FailureRate))
	}},
	colP95: {name: "p95", help: "95 of 100 runs are no longer than this, Lambda and Jobs", min: 13, max: 15, priority: 9, desc: true, key: func(t *migration.TenantView) (float64, bool) {
		l, lk := durationKey(&t.Before)
		j, jk := durationKey(&t.After)
		return max(l, j), lk || jk
	}},
	colWall: {name: "wall", help: "longest run over what cuts it off", min: 5, max: 5, priority: 7, desc: true, key: func(t *migration.TenantView) (float64, bool) {
		return ratioOf(migration.Larger(t.Before.TimeoutRatio, t.After.TimeoutRatio))
	}},
	colVerdict:     {name: "verdict", help: "what the costs say", min: 13, max: 17, priority: 4, desc: true, key: func(t *migration.TenantView) (float64, bool) { return float64(t.Verdict.Decision), true }},
	colLambdaSpark: {name: "lambda-chart", help: "cost on Lambda over the window", min: 7, max: 16, priority: 12, desc: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.Before.Cost.Value) }},
	colJobsSpark:   {name: "jobs-chart", help: "cost on Jobs over the window", min: 7, max: 16, priority: 13, desc: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.After.Cost.Value) }},
	colRuns: {name: "runs", help: "runs that ended, Lambda and Jobs", min: 13, max: 15, priority: 11, desc: true, key: func(t *migration.TenantView) (float64, bool) {
		return countOf(migration.Plus(t.Before.Runs, t.After.Runs))
	}},
	colPerRun: {name: "per-run", help: "what one run costs, Lambda and Jobs", min: 19, max: 19, priority: 15, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.After.CostPerRun.Value) }},
	colLive: {name: "live", help: "Jobs running and pending now", min: 9, max: 9, priority: 14, desc: true, key: func(t *migration.TenantView) (float64, bool) {
		return countOf(migration.Plus(t.After.Running, t.After.Pending))
	}},
	colMemory: {name: "memory", help: "greatest memory seen over the limit, Lambda and Jobs", min: 9, max: 9, priority: 16, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) {
		l, lk := memoryShare(&t.Before)
		j, jk := memoryShare(&t.After)
		return max(l, j), lk || jk
	}},
	colStartUp: {name: "start-up", help: "95 of 100 starts take no longer, Lambda and Jobs", min: 13, max: 15, priority: 17, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) {
		b, ok := t.After.StartUp.Quantile(0.95).Get()
		return float64(b.High), ok
	}},
	colKilled: {name: "killed", help: "throttled, timed out, OOMKilled", min: 12, max: 14, priority: 18, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) {
		a := migration.Plus(t.Before.Throttled, migration.Plus(t.Before.TimedOut, t.After.TimedOut))
		return countOf(migration.Plus(a, t.After.OOMKilled))
	}},
	colMonthEnd: {name: "month-end", help: "what this calendar month will have cost, on the side where the plan puts it", min: 11, max: 12, priority: 19, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.Economics.MonthEnd.Value) }},
	colSaving:   {name: "saving", help: "what a month costs less on Jobs than on Lambda; negative where it costs more", min: 11, max: 12, priority: 20, desc: true, off: true, key: func(t *migration.TenantView) (float64, bool) { return usdOf(t.Economics.Saving.Value) }},
}

func ratioOf(o migration.Opt[migration.Ratio]) (float64, bool) {
	r, ok := o.Get()
	return float64(r), ok
}

func usdOf(o migration.Opt[migration.USD]) (float64, bool) { u, ok := o.Get(); return u.Float(), ok }

func countOf(o migration.Opt[int64]) (float64, bool) { n, ok := o.Get(); return float64(n), ok }

func durationKey(s *migration.Side) (float64, bool) {
	b, ok := s.Duration.Quantile(0.95).Get()
	return float64(b.High), ok
}

// memoryShare is the greatest memory seen over what a run may use.
func memoryShare(s *migration.Side) (float64, bool) {
	peak, ok := s.PeakMemory.Max().Get()
	limit, limited := s.MemoryLimit.Get()
	if !ok || !limited || limit <= 0 {
		return 0, false
	}
	return float64(peak) / float64(limit), true
}

// roomyBreakEven is the width from which the unit stands beside the figure
// instead of in the head.
const roomyBreakEven = 12

// roomyTable is the width from which names are shown whole rather than a further
// column, up to an eighth of it.
const roomyTable = 130

// title is the head of a column that is w wide; 0 is as wide as it likes.
func (id columnID) title(w int, g *glyphs) string {
	pair := " λ/k"
	if g == asciiGlyphs {
		pair = " L/k"
	}
	switch id {
	case colTenant:
		return "TENANT"
	case colRouted:
		return "ROUTED"
	case colLambda:
		return "LAMBDA $"
	case colJobs:
		return "JOBS $"
	case colDelta:
		return "DELTA"
	case colBreakEven:
		if w > 0 && w < roomyBreakEven {
			return "EVEN/DAY"
		}
		return "BREAK-EVEN"
	case colFailed:
		return "FAIL%" + pair
	case colP95:
		return "P95" + pair
	case colWall:
		return "WALL"
	case colVerdict:
		return "VERDICT"
	case colLambdaSpark:
		return "LAMBDA"
	case colJobsSpark:
		return "JOBS"
	case colRuns:
		return "RUNS" + pair
	case colPerRun:
		return "$/RUN" + pair
	case colLive:
		return "RUN/PEND"
	case colMemory:
		return "MEM%" + pair
	case colStartUp:
		return "START" + pair
	case colKilled:
		return "THR/TMO/OOM"
	case colMonthEnd:
		return "MONTH END"
	case colSaving:
		return "SAVES/MO"
	}
	return ""
}

// rightAligned columns hold figures.
func (id columnID) rightAligned() bool {
	switch id {
	case colTenant, colRouted, colVerdict, colLambdaSpark, colJobsSpark:
		return false
	}
	return true
}

// columnSet is which columns are wanted.
type columnSet [numColumns]bool

func defaultColumns() columnSet {
	var set columnSet
	for id, c := range columns {
		set[id] = !c.off
	}
	return set
}

// parseColumns reads names separated by commas or spaces.
func parseColumns(s string) (columnSet, error) {
	var set columnSet
	set[colTenant] = true
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		id, err := columnNamed(name)
		if err != nil {
			return set, err
		}
		if id != byNeed {
			set[id] = true
		}
	}
	return set, nil
}

// columnNamed finds a column; "need" is the order of snapshots.
func columnNamed(name string) (columnID, error) {
	if name == "need" {
		return byNeed, nil
	}
	names := []string{"need"}
	for id, c := range columns {
		if c.name == strings.ToLower(name) {
			return columnID(id), nil
		}
		names = append(names, c.name)
	}
	return 0, fmt.Errorf("unknown column %q: want one of %s", name, strings.Join(names, ", "))
}

// columnSlot is a column with its position and width on screen.
type columnSlot struct {
	id   columnID
	x, w int
}

// layout places the wanted columns into a width: those of least priority go
// first, what is left over makes the others wider. dropped is how many went.
func layout(dst []columnSlot, want *columnSet, width, longest, lambdaWidth, jobsWidth int, g *glyphs) (out []columnSlot, dropped int) {
	sign := cells(g.atMost) - 1 // by which the sign is wider than a cell; the gap holds a second one
	minOf := func(id columnID) int {
		switch id {
		case colP95:
			return columns[id].min + sign
		case colLambda:
			return max(columns[id].min, lambdaWidth)
		case colJobs:
			return max(columns[id].min, jobsWidth)
		case colTenant: // names are worth more than a further column, up to a point
			if width >= roomyTable {
				return max(columns[id].min, min(longest, columns[id].max, width/8))
			}
		}
		return columns[id].min
	}
	const gap, margin = 2, 3 // cursor, severity and a space before the first column
	var by [numColumns]columnID
	for id := range numColumns {
		by[id] = id
	}
	slices.SortFunc(by[:], func(a, b columnID) int { return columns[a].priority - columns[b].priority })
	var have columnSet
	room := width - margin
	for _, id := range by {
		if !want[id] && id != colTenant {
			continue
		}
		if need := minOf(id) + gap; need <= room {
			room -= need
			have[id] = true
		} else {
			dropped++
		}
	}
	var extra [numColumns]int
	grow := func(id columnID, upTo int) {
		if !have[id] {
			return
		}
		n := min(max(upTo-minOf(id)-extra[id], 0), room)
		extra[id] += n
		room -= n
	}
	grow(colTenant, min(max(longest, 12), 14))
	grow(colRouted, 11)
	grow(colTenant, min(max(longest, 12), 18))
	grow(colTenant, min(max(longest, 12), columns[colTenant].max))
	for _, id := range []columnID{colBreakEven, colRouted, colP95, colLambdaSpark, colJobsSpark, colRuns, colVerdict} {
		most := columns[id].max
		if id == colP95 {
			most += sign
		}
		grow(id, most)
	}
	count := 0
	for id := range numColumns {
		if have[id] {
			count++
		}
	}
	spread := 0
	if count > 1 {
		spread = min(room/(count-1), 2)
	}
	x := margin
	for id := range numColumns {
		if !have[id] {
			continue
		}
		w := minOf(id) + extra[id]
		dst = append(dst, columnSlot{id, x, w})
		x += w + gap + spread
	}
	return dst, dropped
}

// runsPerDay is the pace of both sides together: as the engine has it, or of the
// window's runs.
func runsPerDay(t *migration.TenantView, span time.Duration) (float64, bool) {
	if pace, ok := t.Economics.RunsPerDay.Get(); ok {
		return pace, true
	}
	n, ok := migration.Plus(t.Before.Runs, t.After.Runs).Get()
	if !ok || span <= 0 {
		return 0, false
	}
	return float64(n) / span.Hours() * 24, true
}
