package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// columnID is a column of the Tenants table: an index into columns.
type columnID uint8

// tableColumns are the columns of the table, from the one description of columns.
var tableColumns = columns.Screens()

// numColumns is how many there are; mostColumns is how many there can be.
var numColumns = columnID(len(tableColumns))

const mostColumns = 64

// byNeed orders by what needs attention, as snapshots come.
const byNeed columnID = mostColumns

// The columns that the table treats in a special way: it draws more than text, or gives them room first. All others
// are drawn as the text that the description has.
var (
	colTenant      = named("tenant")
	colRouted      = named("routed")
	colLambda      = named("{before.id}")
	colJobs        = named("{after.id}")
	colDelta       = named("delta")
	colBreakEven   = named("break-even")
	colFailed      = named("failed")
	colP95         = named("p95")
	colWall        = named("timeout")
	colVerdict     = named("verdict")
	colLambdaSpark = named("{before.id}-chart")
	colJobsSpark   = named("{after.id}-chart")
	colRuns        = named("runs")
	colPerRun      = named("per-run")
	colLive        = named("live")
	colMemory      = named("memory")
	colStartUp     = named("start-up")
	colKilled      = named("killed")
	colMonthEnd    = named("month-end")
	colSaving      = named("saving")
	colStep        = named("step")
	colObserved    = named("observed")
	colEvidence    = named("evidence")
)

// named finds a column that the table knows by its name; a test holds that all are there.
func named(name string) columnID {
	return columnID(slices.IndexFunc(tableColumns, func(c columns.Screen) bool { return c.Name == name }))
}

func usdOf(o migration.Opt[migration.USD]) (float64, bool) { u, ok := o.Get(); return u.Float(), ok }

// roomyTable is the width from which names are shown whole rather than a further
// column, up to an eighth of it.
const roomyTable = 130

// title is the head of a column that is w wide; 0 for the full one.
func (id columnID) title(w int, move migration.Move) string {
	c := &tableColumns[id]
	title := c.Title
	if c.Narrow != "" && w > 0 && w < c.Max {
		title = c.Narrow
	}
	if c.Pair {
		title += " {before.short}/{after.short}"
	}
	return move.Fill(title)
}

// name and help are the column's for the palette and the chooser.
func (id columnID) name(move migration.Move) string { return move.Fill(tableColumns[id].Name) }
func (id columnID) help(move migration.Move) string { return move.Fill(tableColumns[id].Help) }

// rightAligned columns hold figures.
func (id columnID) rightAligned() bool { return tableColumns[id].Right() }

// columnSet is which columns are wanted.
type columnSet [mostColumns]bool

func defaultColumns() columnSet {
	var set columnSet
	for id := range tableColumns {
		set[id] = !tableColumns[id].Off
	}
	return set
}

// parseColumns reads names separated by commas or spaces.
func parseColumns(s string, move migration.Move) (columnSet, error) {
	var set columnSet
	set[colTenant] = true
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		id, err := columnNamed(name, move)
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
func columnNamed(name string, move migration.Move) (columnID, error) {
	if name == "need" {
		return byNeed, nil
	}
	names := []string{"need"}
	for id := range numColumns {
		if id.name(move) == strings.ToLower(name) {
			return id, nil
		}
		names = append(names, id.name(move))
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
func layout(dst []columnSlot, want *columnSet, width, longest, verdict, beforeWidth, afterWidth int, g *canvas.Glyphs) (
	out []columnSlot, dropped int,
) {
	sign := canvas.Cells(g.AtMost) - 1 // by which the sign is wider than a cell; the gap holds a second one
	minOf := func(id columnID) int {
		switch id {
		case colP95:
			return tableColumns[id].Min + sign
		case colLambda:
			return max(tableColumns[id].Min, beforeWidth)
		case colJobs:
			return max(tableColumns[id].Min, afterWidth)
		case colTenant: // names are worth more than a further column, up to a point
			if width >= roomyTable {
				return max(tableColumns[id].Min, min(longest, tableColumns[id].Max, width/8))
			}
		}
		return tableColumns[id].Min
	}
	const gap, margin = 2, 3 // cursor, severity and a space before the first column
	by := make([]columnID, numColumns)
	for id := range by {
		by[id] = columnID(id)
	}
	slices.SortFunc(by, func(a, b columnID) int { return tableColumns[a].Priority - tableColumns[b].Priority })
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
	var extra [mostColumns]int
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
	grow(colVerdict, min(verdict, tableColumns[colVerdict].Max))
	grow(colTenant, min(max(longest, 12), tableColumns[colTenant].Max))
	for _, id := range []columnID{colBreakEven, colRouted, colP95, colLambdaSpark, colJobsSpark, colRuns} {
		most := tableColumns[id].Max
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
