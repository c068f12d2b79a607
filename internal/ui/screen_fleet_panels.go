package ui

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
	"github.com/migtop/migtop/internal/ui/plot"
)

// topCosts shows the tenants that cost the most on both sides together.
func topCosts(f *frame, p canvas.Pane) {
	in := f.panel(p, "Top costs", "both sides", false)
	if len(f.data.topCosts) == 0 {
		return
	}
	most, _ := bothCost(&f.snap.Tenants[f.data.topCosts[0]])
	const name, money = 14, 12
	w := in.W - name - money - 2
	gap := 1
	if in.H >= 2*len(f.data.topCosts) {
		gap = 2
	}
	for i, k := range f.data.topCosts {
		y := i * gap
		if y >= in.H || w < 4 {
			break
		}
		t := &f.snap.Tenants[k]
		in.Fit(0, y, name, ink(strong), t.Tenant.String(), f.g)
		both, _ := bothCost(t)
		l, _ := usdOf(t.Before.CostPerHour.Value)
		if most > 0 {
			n := max(int(both/most*float64(w)+0.5), 1)
			split := min(int(l/both*float64(n)+0.5), n)
			for x := range n {
				r, glyph := lambdaArea, f.g.Bar
				if x >= split {
					r = jobsArea
				} else if f.theme.Patterned {
					glyph = f.g.Thin
				}
				in.Rune(name+1+x, y, ink(r), glyph)
			}
		}
		sum := t.Before.CostPerHour
		switch { // a side that is not there is no hole in the sum
		case !sum.Value.Known():
			sum = t.After.CostPerHour
		case t.After.CostPerHour.Value.Known():
			sum = sumKnown(sum, t.After.CostPerHour)
		}
		f.buf = append(f.amount(f.buf[:0], sum.Value.Or(migration.USD{}), sum.Evidence, f.unit.hours(), appendRound), f.unit.short()...)
		in.BytesRight(in.W-1, y, ink(text), f.buf)
		in.Rune(in.W-1, y, ink(dim), f.mark(sum.Evidence))
	}
}

// pool shows what the Jobs run on.
func pool(f *frame, p canvas.Pane) {
	t := &f.snap.Totals
	note := f.ages("nodes")
	in := f.panel(p, "Job pool", note, false)
	if len(t.Nodes) == 0 {
		s, st := unknown(f.data.denied.nodes)
		in.Text(0, 0, st, s)
		in.Text(2, 0, ink(dim), "no nodes known")
	}
	rows := min(len(t.Nodes), in.H)
	if rows < len(t.Nodes) {
		rows--
	}
	for i := range rows {
		n := &t.Nodes[i]
		row := in.Row(i)
		f.buf = appendGlyph(appendCount(f.buf[:0], int64(n.Nodes)), f.g.Times)
		row.BytesRight(5, 0, ink(text), f.buf)
		name := n.Host.InstanceType
		if name == "" {
			name = n.Host.Kind.String()
		}
		row.Fit(6, 0, 14, ink(strong), name, f.g)
		row.Fit(21, 0, 7, ink(dim), nodeTerms(&n.Host), f.g)
		price, st := opt(f, n.NodePrice.Value, ink(text), f.data.denied.nodes, func(b []byte, v migration.USD) []byte {
			return append(f.amount(b, v, n.NodePrice.Evidence, 1, fourPlaces), "/h"...)
		})
		row.TextRight(36, 0, st, price)
		if n.NodePrice.Value.Known() {
			row.Rune(36, 0, ink(dim), f.mark(n.NodePrice.Evidence))
		}
		share, known := n.Requested.Get()
		if !known {
			s, st := unknown(f.data.denied.nodes)
			row.Text(38, 0, st, s)
			continue
		}
		w := min(max(row.W-38-16, 0), 24)
		plot.Bar(row, 38, 0, w, float64(share), jobs, track, f.theme, f.g)
		f.buf = append(appendPercent(f.buf[:0], share), " % requested"...)
		row.Bytes(38+w+1, 0, ink(dim), f.buf)
	}
	if rows < len(t.Nodes) {
		in.Text(2, rows, ink(dim), "and "+formatCount(int64(len(t.Nodes)-rows))+" more kinds")
	}
}

// nodeTerms is a word for what sets a node's price apart from that of Linux on demand.
func nodeTerms(h *migration.Host) string {
	switch {
	case h.Capacity == migration.CapacityBlock:
		return "block"
	case h.Capacity == migration.CapacityOutpost:
		return "outpost"
	case h.OS == migration.Windows || h.OS == migration.RHEL || h.OS == migration.SUSE:
		return string(h.OS)
	case h.Tenancy != migration.TenancyShared:
		return "dedic."
	case h.Spot:
		return "spot"
	case h.Accelerators > 0:
		return "gpu"
	}
	return ""
}

func fourPlaces(b []byte, v migration.USD, times int64) []byte {
	return appendFixed(b, v.Decimal(), times, 4)
}

// sourcesLine is the health of all readings in one row.
func sourcesLine(f *frame, p canvas.Pane) {
	x := 0
	for _, troubled := range [...]bool{true, false} { // failures first
		for i := range f.snap.Sources {
			h := &f.snap.Sources[i]
			glyph, r, word := healthSign(f.g, h.State)
			if (h.State != migration.HealthOK) != troubled {
				continue
			}
			if x+canvas.Cells(h.Title())+12 > p.W {
				p.Rune(x, 0, ink(dim), f.g.Ellipsis)
				return
			}
			x = p.Rune(x, 0, ink(r), glyph)
			x = p.Text(x+1, 0, ink(text), h.Title())
			if troubled {
				x = p.Text(x+1, 0, ink(r), word)
			}
			x += 2
		}
	}
}

// sourcesPanel is the health of all readings, each with its age.
func (f *frame) sourcesPanel(p canvas.Pane) {
	in := f.panel(p, "Sources", "", false)
	half := in.W / 2
	cols := 2
	if in.W < 44 || len(f.snap.Sources) <= in.H {
		half, cols = in.W, 1
	}
	for i := range f.snap.Sources {
		if i >= in.H*cols {
			break
		}
		h := &f.snap.Sources[i]
		cell := in.Sub(i/in.H*half, i%in.H, half-1, 1)
		glyph, r, word := healthSign(f.g, h.State)
		cell.Rune(0, 0, ink(r), glyph)
		name := f.titles(11, max(half-14, 11))
		cell.Fit(2, 0, name, ink(text), h.Title(), f.g)
		x := name + 3
		if !h.LastSuccess.IsZero() {
			f.buf = appendAge(f.buf[:0], f.now.Sub(h.LastSuccess))
			cell.Bytes(x, 0, ink(dim), f.buf)
			x += 7
		}
		if h.State != migration.HealthOK && x+len(word) <= cell.W {
			x = cell.Text(x, 0, ink(r), word) + 1
		}
		if h.Problem != nil && cell.W-x > 12 {
			cell.Fit(x, 0, cell.W-x, ink(dim), h.Problem.What, f.g)
		}
	}
}
