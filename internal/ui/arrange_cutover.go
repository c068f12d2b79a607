package ui

import (
	"cmp"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// noWave is the place of the tenants that are in no wave: after all waves.
const noWave = -1

// cutoverLine is a line of the Cutover screen: a wave, what is known of it as a whole, or one of its tenants.
type cutoverLine struct {
	wave   int // into snap.Cutovers, or noWave
	tenant int // into snap.Tenants, or one of the two below
}

// What a line is that is not of a tenant.
const (
	waveHead = -1 - iota
	waveNote
)

// cutoverRows are the lines of the Cutover screen, and which of them are tenants.
type cutoverRows struct {
	lines   []cutoverLine
	tenants []int           // into lines
	inWaves int             // tenants that are in a wave
	words   []verdictCounts // of each wave, the last one of those in none
	began   bool            // there is a plan, or a tenant has taken a step
}

// arrangeCutover puts the filtered tenants below their waves, in the order of the rows. By need the most urgent word comes
// first. It is called after the rows are ordered.
func (a *arranged) arrangeCutover(before *arranged) {
	c := &a.cutover
	waveOf := make(map[migration.Tenant]int)
	for i := range a.snap.Cutovers {
		for _, t := range a.snap.Cutovers[i].Tenants {
			waveOf[t] = i
		}
	}
	c.began = len(a.snap.Cutovers) > 0
	groups := make([][]int, len(a.snap.Cutovers)+1)
	none := len(a.snap.Cutovers)
	c.words = make([]verdictCounts, len(groups))
	for _, row := range a.rows {
		t := &a.snap.Tenants[row]
		if t.Tenant == migration.Unattributed {
			continue
		}
		c.began = c.began || t.Cutover.Detail.Share.Known() || t.Cutover.Detail.Judged()
		at, ok := waveOf[t.Tenant]
		if !ok {
			at = none
		} else {
			c.inWaves++
		}
		groups[at] = append(groups[at], row)
		c.words[at].count(t)
	}
	if !c.began { // of tenants that the filter hides
		c.began = slices.ContainsFunc(a.snap.Tenants, func(t migration.TenantView) bool { return t.Cutover.Detail.Share.Known() })
	}
	c.lines = make([]cutoverLine, 0, len(a.rows)+2*len(groups))
	c.tenants = make([]int, 0, len(a.rows))
	for i, rows := range groups {
		wave := i
		if i == none {
			wave = noWave
		}
		if len(rows) == 0 && (i == none || len(a.query.filter.terms) > 0) {
			continue
		}
		a.orderWave(rows)
		c.lines = append(c.lines, cutoverLine{wave, waveHead})
		if i != none {
			c.lines = append(c.lines, cutoverLine{wave, waveNote})
		}
		for _, row := range rows {
			c.tenants = append(c.tenants, len(c.lines))
			c.lines = append(c.lines, cutoverLine{wave, row})
		}
	}
	a.keepCutoverOrder(before)
}

// orderWave puts the most urgent words of a wave first, unless another order is chosen.
func (a *arranged) orderWave(rows []int) {
	if a.query.sort != byNeed {
		return
	}
	turn := 1
	if a.query.turned {
		turn = -1
	}
	ts := a.snap.Tenants
	slices.SortStableFunc(rows, func(x, y int) int {
		return turn * cmp.Compare(ts[y].Cutover.Word.Urgency(), ts[x].Cutover.Word.Urgency())
	})
}

// keepCutoverOrder keeps the lines of tenants where they were before, while a cursor rests on one of them.
func (a *arranged) keepCutoverOrder(before *arranged) {
	if !a.query.keepOrder || before == nil || len(before.cutover.tenants) == 0 {
		return
	}
	place := make(map[migration.Tenant]int, len(before.cutover.tenants))
	for _, line := range before.cutover.tenants {
		place[before.snap.Tenants[before.cutover.lines[line].tenant].Tenant] = len(place)
	}
	at := func(l cutoverLine) int { // new ones come after those that were there
		if p, ok := place[a.snap.Tenants[l.tenant].Tenant]; ok {
			return p
		}
		return len(place)
	}
	lines := a.cutover.lines
	for from := 0; from < len(lines); {
		if lines[from].tenant < 0 {
			from++
			continue
		}
		to := from
		for to < len(lines) && lines[to].tenant >= 0 {
			to++
		}
		part := slices.Clone(lines[from:to])
		slices.SortStableFunc(lines[from:to], func(x, y cutoverLine) int { return cmp.Compare(at(x), at(y)) })
		a.orderKept = a.orderKept || !slices.Equal(part, lines[from:to])
		from = to
	}
}
