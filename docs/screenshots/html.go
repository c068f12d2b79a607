package main

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// A cell's size in pixels, the frame around the screen, and the terminal's own
// colours.
const (
	cellWidth  = 8
	cellHeight = 17
	margin     = 14
	background = "#0d1117"
	foreground = "#d7dde8"
)

var palette = [16]string{
	"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
	"#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
}

// looks is what escape sequences have set.
type looks struct {
	fg, bg                      string
	bold, dim, italic, under, r bool
}

func (l looks) css() string {
	fg, bg := l.fg, l.bg
	if l.r {
		if fg == "" {
			fg = foreground
		}
		if bg == "" {
			bg = background
		}
		fg, bg = bg, fg
	}
	var b strings.Builder
	for _, p := range [...]struct {
		on   bool
		text string
	}{
		{fg != "", "color:" + fg},
		{bg != "", "background:" + bg},
		{l.bold, "font-weight:700"},
		{l.dim, "opacity:.6"},
		{l.italic, "font-style:italic"},
		{l.under, "text-decoration:underline"},
	} {
		if p.on {
			b.WriteString(p.text + ";")
		}
	}
	return b.String()
}

var sequence = regexp.MustCompile(`\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([^\x1b\n]+)|(\n)`)

// toHTML draws a captured screen, every character in a box of its cell's size: a
// font's own widths would shift the columns.
func toHTML(screen string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<meta charset="utf-8"><style>body{margin:%dpx;background:%s;color:%s}`+
		`div{height:%dpx;white-space:pre;font:13.333px/%dpx "JetBrains Mono","DejaVu Sans Mono",monospace}`+
		`span{display:inline-block;height:%dpx;vertical-align:top}</style><div>`,
		margin, background, foreground, cellHeight, cellHeight, cellHeight)
	var l looks
	for _, m := range sequence.FindAllStringSubmatch(strings.TrimRight(screen, "\n"), -1) {
		switch {
		case m[3] != "":
			b.WriteString("</div><div>")
		case m[2] != "":
			for _, r := range m[2] {
				l.draw(&b, r)
			}
		default:
			l.set(m[1])
		}
	}
	b.WriteString("</div>")
	return b.String()
}

func (l looks) draw(b *strings.Builder, r rune) {
	if r >= '▁' && r <= '█' { // drawn, since fonts leave gaps between their blocks
		fg, bg := l.fg, l.bg
		if fg == "" {
			fg = foreground
		}
		if bg == "" {
			bg = "transparent"
		}
		full := float64(cellHeight) * float64(r-'▀') / 8
		fmt.Fprintf(b, `<span style="width:%dpx;background:linear-gradient(to top,%s %.2fpx,%s %.2fpx)"> </span>`, cellWidth, fg, full, bg, full)
		return
	}
	fmt.Fprintf(b, `<span style="%swidth:%dpx">%s</span>`, l.css(), cellWidth, html.EscapeString(string(r)))
}

func (l *looks) set(parameters string) {
	var ps []int
	for _, p := range strings.FieldsFunc(parameters+";", func(r rune) bool { return r == ';' || r == ':' }) {
		n, _ := strconv.Atoi(p) // the expression lets digits through only
		ps = append(ps, n)
	}
	if len(ps) == 0 {
		*l = looks{}
	}
	for i := 0; i < len(ps); i++ {
		switch p := ps[i]; {
		case p == 0:
			*l = looks{}
		case p == 1:
			l.bold = true
		case p == 2:
			l.dim = true
		case p == 3:
			l.italic = true
		case p == 4:
			l.under = true
		case p == 7:
			l.r = true
		case p == 22:
			l.bold, l.dim = false, false
		case p == 23:
			l.italic = false
		case p == 24:
			l.under = false
		case p == 27:
			l.r = false
		case p == 39:
			l.fg = ""
		case p == 49:
			l.bg = ""
		case p >= 30 && p < 38:
			l.fg = palette[p-30]
		case p >= 40 && p < 48:
			l.bg = palette[p-40]
		case p >= 90 && p < 98:
			l.fg = palette[p-82]
		case p >= 100 && p < 108:
			l.bg = palette[p-92]
		case (p == 38 || p == 48) && i+4 < len(ps) && ps[i+1] == 2:
			l.color(p, fmt.Sprintf("#%02x%02x%02x", ps[i+2], ps[i+3], ps[i+4]))
			i += 4
		case (p == 38 || p == 48) && i+2 < len(ps) && ps[i+1] == 5:
			l.color(p, indexed(ps[i+2]))
			i += 2
		}
	}
}

func (l *looks) color(which int, c string) {
	if which == 38 {
		l.fg = c
	} else {
		l.bg = c
	}
}

// indexed is a colour of the 256: the palette, a cube of 6, a ramp of greys.
func indexed(n int) string {
	if n < 16 {
		return palette[n]
	}
	if n < 232 {
		step := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", step(n/36), step(n/6%6), step(n%6))
	}
	v := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", v, v, v)
}
