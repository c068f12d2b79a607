package ui

import (
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// header draws the first line: whose this is, what is looked at, and how old it
// is.
func (f *frame) header(p canvas.Pane) {
	x := p.Text(2, 0, ink(lambda).With(bold), "mig")
	x = p.Text(x, 0, ink(jobs).With(bold), "top")
	if f.snap != nil && f.snap.Scope.Demo {
		x = p.Text(x+2, 0, ink(demoText).On(demoChip), " demo ")
	}
	if f.snap == nil {
		return
	}
	// Ages first: they may not be missing. The scope takes what is left.
	start := f.headerAges(p, x+2)
	scope := f.snap.Scope
	x += 2
	room := p.Left(start - 2)
	first := true
	region := scope.Region
	if n := len(scope.Accounts); n > 1 {
		region = formatCount(int64(n)) + " accounts and regions"
	}
	for i, part := range [...]string{scope.Name, region, shortContext(scope.Context)} {
		if part == "" || (i == 2 && (part == scope.Name || x+canvas.Cells(part)+3 > room.W && !first)) {
			continue
		}
		st := ink(dim)
		if first {
			st = ink(strong)
		} else {
			x = room.Text(x, 0, ink(line), " "+string(f.g.Separator)+" ")
		}
		if x >= room.W {
			return
		}
		w := min(canvas.Cells(part), room.W-x)
		x = room.Fit(x, 0, w, st, part, f.g)
		first = false
	}
}

// shortContext is a kubeconfig context without what stands before the cluster's
// name in the ones that the AWS CLI writes.
func shortContext(s string) string {
	if strings.HasPrefix(s, "arn:") {
		return s[strings.LastIndexByte(s, '/')+1:]
	}
	return s
}

// headerAges draws the readings' ages from the right, those of least use left
// out first, and returns the column where they begin.
func (f *frame) headerAges(p canvas.Pane, left int) int {
	type part struct {
		text string
		st   canvas.Style
	}
	var parts [4]part
	n := 0
	var worst *migration.Health
	sides := f.snap.Move.Infos()
	polled := [...]string{sides[0].UsageSource, sides[1].UsageSource}
	for i := range f.snap.Sources {
		h := &f.snap.Sources[i]
		if h.State == migration.HealthFailed && worst == nil && !slices.Contains(polled[:], h.Source) {
			worst = h
		}
	}
	for _, name := range polled {
		h := f.source(name)
		if h == nil || h.State == migration.HealthOff {
			continue
		}
		st := ink(dim)
		b := f.buf[:0]
		if h.State == migration.HealthFailed || h.State == migration.HealthDegraded {
			glyph, r, _ := healthSign(f.g, h.State)
			st = ink(r)
			b = append(append(b, string(glyph)...), ' ')
		}
		f.buf = f.freshness(b, h, f.lateData(name) && p.W >= 100)
		parts[n] = part{string(f.buf), st}
		n++
	}
	if worst != nil {
		parts[n] = part{string(f.g.Failed) + " " + worst.Title(), ink(bad)}
		n++
	}
	if text, st := f.spendRate(); text != "" {
		parts[n] = part{text, st}
		n++
	}
	width := func() int {
		w := 1
		for i := range n {
			w += canvas.Cells(parts[i].text)
			if i > 0 {
				w += 3
			}
		}
		return w
	}
	for n > 1 && p.W-width() < left+min(24, p.W/5) {
		n--
	}
	start := p.W - width()
	x := start
	for i := range n {
		if i > 0 {
			x = p.Text(x, 0, ink(line), " "+string(f.g.Separator)+" ")
		}
		x = p.Text(x, 0, parts[i].st, parts[i].text)
	}
	return start
}

// spendRate is what migtop's own calls cost an hour, "" where that is unknown.
func (f *frame) spendRate() (string, canvas.Style) {
	s := &f.snap.Spend
	low, ok := s.PerHourLow.Get()
	if !ok {
		return "", ink(dim)
	}
	b := append(f.buf[:0], "spend "...)
	high, ok := s.PerHourHigh.Get()
	switch {
	case s.LowerBound: // a part of it has no price
		b = append(b, f.g.AtLeast...)
	case ok && high.Cmp(low) > 0: // how AWS bills some calls is uncertain
		b = append(b, f.g.AtMost...)
		low = high
	}
	b = append(dollars(b, low, 1, appendRound), "/h"...)
	st := ink(dim)
	switch { // a budget never works in silence
	case !s.HeldUntil.IsZero():
		b, st = append(b, " paused"...), ink(warn)
	case s.Slower > 1:
		b, st = append(b, " slowed"...), ink(warn)
	}
	f.buf = b
	return string(b), st
}

// tabsWidth is how many columns the screens' names take.
func (f *frame) tabsWidth() int {
	n := 1
	for _, t := range screens {
		n += canvas.Cells(t.title) + 3
		if k := f.keys.key(t.action); k != "" {
			n += canvas.Cells(k) + 1
		}
	}
	return n
}

// tabBar draws the screens, the one that is open as a chip, and what the figures
// stand for on the right. It returns where each tab begins and ends. Where there is no room for all, the gaps go first, then the
// names of those that are not open and have a key.
func (f *frame) tabBar(p canvas.Pane, open *screenInfo, state string) [][2]int {
	at := make([][2]int, len(screens))
	gap, brief := 1, false
	if all := f.tabsWidth(); all > p.W {
		gap = 0
		brief = all-len(screens)+1 > p.W
	}
	x := 1
	for i, t := range screens {
		from := x
		key, label := ink(accent), ink(text)
		if t == open {
			key, label = ink(chipText).On(chip), ink(chipText).On(chip)
		}
		x = p.Rune(x, 0, label, ' ')
		k := f.keys.key(t.action)
		if k != "" {
			x = p.Text(x, 0, key, k)
			x = p.Rune(x, 0, label, ' ')
		}
		if !brief || t == open || k == "" {
			x = p.Text(x, 0, label, t.title)
			x = p.Rune(x, 0, label, ' ')
		}
		at[i] = [2]int{from, x}
		x += gap
	}
	if n := canvas.Cells(state); x+n+1 < p.W {
		p.TextRight(p.W-1, 0, ink(dim), state)
	}
	return at
}

// hints draws what the keys of this screen do, as many as there is room for, and
// a legend at the right.
func (f *frame) hints(p canvas.Pane, actions []Action, legends []string) {
	right := p.W
	for _, legend := range legends { // the first one that leaves room for keys
		if n := canvas.Cells(legend); n+36 <= p.W {
			right = p.W - n - 3
			p.Text(p.W-n-1, 0, ink(dim), legend)
			break
		}
	}
	// Help is the key to all the others: the one that would take its room is left out,
	// with those after it.
	keep := 0
	if slices.Contains(actions, ActHelp) && f.keys.key(ActHelp) != "" {
		keep = canvas.Cells(f.keys.key(ActHelp)) + 1 + canvas.Cells(f.keys.hint(ActHelp)) + 2
	}
	x, full := 1, false
	for _, a := range actions {
		key := f.keys.key(a)
		if key == "" || full && a != ActHelp {
			continue
		}
		if a == ActHelp {
			keep = 0
		}
		hint := f.keys.hint(a)
		if x+canvas.Cells(key)+1+canvas.Cells(hint)+1+keep > right {
			full = true
			continue
		}
		x = p.Text(x, 0, ink(accent), key)
		x = p.Text(x+1, 0, ink(dim), hint) + 2
	}
}

// pairHint draws what two keys do together, and returns the columns that it took.
func (f *frame) pairHint(p canvas.Pane, a, b Action, does string) int {
	ka, kb := f.keys.key(a), f.keys.key(b)
	if ka == "" || kb == "" {
		return 0
	}
	x := p.Text(1, 0, ink(accent), ka+" "+kb)
	return p.Text(x+1, 0, ink(dim), does) + 1
}

func (k *Keymap) hint(a Action) string {
	for i := range k.bindings {
		if k.bindings[i].action == a {
			return k.bindings[i].hint
		}
	}
	return ""
}

// legendsOf explains the marks, for the foot of the screen, the fullest first: "at
// least" only where it occurs, but then also where there is room for nothing else.
func legendsOf(g *canvas.Glyphs, bounded bool) []string {
	known, rest := string(g.NotFinal)+" not final  "+string(g.Estimated)+" estimated  ", "- none  ? not permitted"
	if !bounded {
		return []string{known + rest}
	}
	least := g.AtLeast + " at least"
	return []string{known + least + "  " + rest, known + least, least}
}
