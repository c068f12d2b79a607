package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// ActMatrix compares the platforms for the tenant's workloads.
const ActMatrix Action = "matrix"

// Matrices compares the platforms for the workloads of a tenant. Its method is called from commands, outside the screen's loop.
type Matrices interface {
	// Tenant returns one matrix a workload, in the order of the tenant's workloads. The error is ctx's.
	Tenant(ctx context.Context, snap *migration.Snapshot, t migration.Tenant) ([]*migration.Matrix, error)
}

// matrixOverlay is the dialog with the decision matrix of one workload of a tenant at a time.
type matrixOverlay struct {
	tenant migration.Tenant
	of     []*migration.Matrix
	err    error
	asked  *migration.Snapshot
	asking bool // nothing was answered yet
	at     int  // the workload that is shown
	scroll int
}

// matrixMsg is an answer. It is dropped where its dialog was closed.
type matrixMsg struct {
	to  *matrixOverlay
	of  []*migration.Matrix
	err error
}

// openMatrix opens the dialog for a tenant and asks for its matrices.
func (m *model) openMatrix(of *migration.TenantView) tea.Cmd {
	if m.opts.Matrices == nil || of.Tenant == migration.Unattributed {
		m.say(dim, "the decision matrix is not available")
		return nil
	}
	m.dialog = &matrixOverlay{tenant: of.Tenant, asking: true}
	return m.askMatrix()
}

// askMatrix asks for the matrices of the dialog, where it is open, from the present Snapshot. What is shown stays until the
// answer comes.
func (m *model) askMatrix() tea.Cmd {
	d, ok := m.dialog.(*matrixOverlay)
	if !ok || m.data == nil || d.asked == m.data.snap {
		return nil
	}
	snap := m.data.snap
	d.asked = snap
	m.matrixSeq++
	return m.tasks.newest("matrix", m.matrixSeq, func(ctx context.Context) tea.Msg {
		of, err := m.opts.Matrices.Tenant(ctx, snap, d.tenant)
		return matrixMsg{d, of, err}
	})
}

func (m *model) matrixAnswered(msg matrixMsg) {
	if d, ok := m.dialog.(*matrixOverlay); ok && d == msg.to {
		d.of, d.err, d.asking = msg.of, msg.err, false
		d.at = min(d.at, max(len(d.of)-1, 0))
		m.touch()
	}
}

func (d *matrixOverlay) press(m *model, k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	switch m.keys.action(key) {
	case ActBack, ActMatrix, ActOpen:
		m.dialog = nil
	case ActLeft, ActPrevious:
		d.turn(-1)
	case ActRight, ActNext:
		d.turn(1)
	case ActUp:
		d.scroll--
	case ActDown:
		d.scroll++
	case ActPageUp:
		d.scroll -= 10
	case ActPageDown:
		d.scroll += 10
	case ActTop:
		d.scroll = 0
	default:
		if key == "esc" {
			m.dialog = nil
		}
	}
	return nil
}

// turn shows another workload.
func (d *matrixOverlay) turn(by int) {
	if n := len(d.of); n > 0 {
		d.at, d.scroll = (d.at+by+n)%n, 0
	}
}

// Widths of the table: the factor with its weight, and a platform with the range of its total or without it.
const (
	matrixFactorWidth = 18
	matrixWide        = 17
	matrixNarrow      = 9
)

// matrixShort are the headings where there is no room for the names.
var matrixShort = [migration.NumCandidates]string{"Lambda", "nodes", "Fargate", "ECS", "Knative"}

func (d *matrixOverlay) draw(m *model, p canvas.Pane) {
	f := &m.frame
	note := "esc closes"
	if len(d.of) > 1 {
		note = fmt.Sprintf("workload %d of %d: left, right; esc closes", d.at+1, len(d.of))
	}
	in := f.box(p, matrixFactorWidth+int(migration.NumCandidates)*matrixWide+6, p.H-4, "Decision matrix of "+d.tenant.String(), note)
	switch {
	case d.asking:
		in.Text(0, 0, ink(dim), "calculating ...")
		return
	case d.err != nil:
		in.Fit(0, 0, in.W, ink(bad), d.err.Error(), f.g)
		return
	case len(d.of) == 0:
		in.Text(0, 0, ink(dim), "no workload is seen")
		return
	}
	lines := d.lines(d.of[min(d.at, len(d.of)-1)], in.W)
	d.scroll = max(min(d.scroll, len(lines)-in.H), 0)
	for i, l := range lines[d.scroll:] {
		if i >= in.H {
			break
		}
		l(in.Row(i))
	}
	if d.scroll+in.H < len(lines) {
		in.Rune(in.W-1, in.H-1, ink(accent), f.g.Down)
	}
}

// lines draw a matrix, one row each.
func (d *matrixOverlay) lines(x *migration.Matrix, w int) (out []func(canvas.Pane)) {
	say := func(st canvas.Style, indent int, s string) {
		for _, l := range canvas.Wrap(s, w-indent, 8) {
			out = append(out, func(p canvas.Pane) { p.Text(indent, 0, st, l) })
		}
	}
	width, wide := matrixWide, true
	if w < matrixFactorWidth+len(x.Platforms)*matrixWide {
		width, wide = matrixNarrow, false
	}
	right := func(p canvas.Pane, i int, st canvas.Style, s string) {
		p.TextRight(matrixFactorWidth+(i+1)*width, 0, st, s)
	}
	say(ink(strong), 0, string(x.Workload)+": "+x.Text)
	out = append(out, func(canvas.Pane) {}, func(p canvas.Pane) {
		p.Text(0, 0, ink(dim), "factor")
		p.TextRight(matrixFactorWidth, 0, ink(dim), "weight")
		for i := range x.Platforms {
			c := x.Platforms[i].Platform
			name := c.Label()
			if !wide {
				name = matrixShort[c]
			}
			right(p, i, ink(dim), name)
		}
	})
	for i := range x.Factors {
		row := &x.Factors[i]
		out = append(out, func(p canvas.Pane) {
			p.Text(0, 0, ink(text), row.Factor)
			p.TextRight(matrixFactorWidth, 0, ink(dim), strconv.FormatInt(row.Weight, 10))
			for k := range row.Scores {
				st, s := matrixCell(&row.Scores[k])
				right(p, k, st, s)
			}
		})
	}
	out = append(out, func(p canvas.Pane) {
		p.Text(0, 0, ink(strong), "total of 5")
		for i := range x.Platforms {
			st, s := matrixSum(&x.Platforms[i], wide)
			right(p, i, st, s)
		}
	}, func(p canvas.Pane) {
		p.Text(0, 0, ink(dim), "weight measured")
		for i := range x.Platforms {
			right(p, i, ink(dim), fmt.Sprintf("%d of %d", x.Platforms[i].Covered, x.Platforms[i].Weight))
		}
	}, func(canvas.Pane) {})
	for i := range x.Factors {
		row := &x.Factors[i]
		if row.Evidence == "" && row.Weight == 0 {
			continue
		}
		say(ink(strong), 0, row.Factor)
		if row.Evidence != "" {
			say(ink(text), 2, row.Evidence)
		}
		for k := range row.Scores {
			st, why := matrixWhy(&row.Scores[k])
			sames := func(s migration.MatrixScore) bool { _, other := matrixWhy(&s); return other == why }
			if why == "" || slices.ContainsFunc(row.Scores[:k], sames) {
				continue
			}
			var who []string
			for j := range row.Scores {
				if sames(row.Scores[j]) {
					who = append(who, row.Scores[j].Platform.Label())
				}
			}
			say(st, 2, strings.Join(who, ", ")+": "+why)
		}
	}
	return out
}

// matrixWhy is why a score is what it is.
func matrixWhy(s *migration.MatrixScore) (canvas.Style, string) {
	if s.Cannot != "" {
		return ink(bad), s.Cannot
	}
	return ink(dim), s.Why
}

// matrixCell is one score: "-" where it is not measured.
func matrixCell(s *migration.MatrixScore) (canvas.Style, string) {
	n, ok := s.Score.Get()
	switch {
	case s.Cannot != "":
		return ink(bad), "cannot"
	case !ok:
		return ink(dim), "-"
	case n >= 4:
		return ink(good), strconv.FormatInt(n, 10)
	case n <= 1:
		return ink(warn), strconv.FormatInt(n, 10)
	}
	return ink(text), strconv.FormatInt(n, 10)
}

// matrixSum is the total of a platform, with what it could be where scores are missing and there is room.
func matrixSum(t *migration.MatrixTotal, wide bool) (canvas.Style, string) {
	score, ok := t.Score.Get()
	switch {
	case t.Excluded():
		return ink(bad), "cannot"
	case !ok:
		return ink(dim), "-"
	}
	low, ok1 := t.Low.Get()
	high, ok2 := t.High.Get()
	if !wide || !ok1 || !ok2 || t.Covered == t.Weight {
		return ink(strong), score.StringFixed(2)
	}
	return ink(strong), fmt.Sprintf("%s (%s-%s)", score.StringFixed(2), low.StringFixed(2), high.StringFixed(2))
}
