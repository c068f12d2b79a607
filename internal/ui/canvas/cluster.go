package canvas

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cluster is a grapheme cluster that is more than one rune, or one rune whose width
// depends on the terminal: an emoji with its skin tone, a letter with its marks.
type cluster struct {
	text string
	// How many cells the terminal moves on by: one that adds up the runes
	// (wcwidth), and one that knows clusters (mode 2027).
	wc, grapheme uint8
}

// Limits of a cluster: more marks on a letter, or a wider emoji, would draw over its
// neighbours.
const (
	clusterRunes = 12
	clusterCells = 8
)

// Characters that join with what stands in the next cell.
const (
	regionalA       = '\U0001f1e6' // the first of the letters that flags are made of
	zeroWidthJoiner = "\u200d"
)

// cells is how many cells a cluster gets: as many as any terminal needs. Where the
// terminal needs fewer, canvas.String writes spaces behind it, so that a layout does
// not depend on the terminal.
func (c *cluster) cells() int { return int(max(c.wc, c.grapheme)) }

// pad is how many of the cells the terminal leaves out.
func (c *cluster) pad(graphemes bool) int {
	if graphemes {
		return c.cells() - int(c.grapheme)
	}
	return c.cells() - int(c.wc)
}

// nextCharacter takes the first user-perceived character off s, which must not be
// empty. It is a rune with its width, or a cluster where c is true; width 0 means that
// nothing is drawn. size is how many bytes it takes.
func nextCharacter(s string) (r rune, one cluster, width, size int, c bool) {
	if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return rune(s[0]), cluster{}, RuneWidth(rune(s[0])), 1, false
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 { // not UTF-8: the terminal might take the byte for a control character
		return r, cluster{}, 1, 1, false
	}
	if common(r) && standsAlone(s[n:]) {
		return r, cluster{}, RuneWidth(r), n, false
	}
	text, grapheme := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	if letter := r - regionalA; letter >= 0 && letter < 26 && len(text) == n {
		// Half a flag would join with the next cell's half.
		return 'A' + letter, cluster{}, 1, n, false
	}
	size = len(text)
	wc := ansi.StringWidthWc(text)
	if size == n && grapheme == wc {
		return r, cluster{}, min(RuneWidth(r), 2), n, false
	}
	if RuneWidth(r) == 0 { // control and direction characters are not drawn, whatever they carry
		return r, cluster{}, 0, size, false
	}
	if utf8.RuneCountInString(text) > clusterRunes || max(wc, grapheme) > clusterCells {
		return r, cluster{}, RuneWidth(r), size, false
	}
	// A joiner at the end would join with the next cell.
	one = cluster{strings.TrimRight(text, zeroWidthJoiner), uint8(wc), uint8(grapheme)}
	return r, one, one.cells(), size, true
}

// common reports whether a character is of one width on every terminal. It is the short
// way for what is drawn most: Latin, punctuation, arrows, boxes, blocks, braille.
func common(r rune) bool {
	return r < 0x300 || r >= 0x2010 && r < 0x20d0 || r >= 0x2100 && r < 0x2c00
}

// standsAlone reports whether what follows surely does not join with the character
// before it: combining marks, joiners and variation selectors are elsewhere.
func standsAlone(rest string) bool {
	if rest == "" || rest[0] < utf8.RuneSelf {
		return true
	}
	next, _ := utf8.DecodeRuneInString(rest)
	return common(next)
}

// Cells is how many cells a text takes.
func Cells(s string) int {
	n := 0
	for len(s) > 0 {
		_, _, width, size, _ := nextCharacter(s)
		n += width
		s = s[size:]
	}
	return n
}

// character draws the first character of s and returns the column after it and what is
// left of s. One that does not fit into the pane is not drawn.
func (p Pane) character(x, y int, st Style, s string) (after int, rest string) {
	r, one, width, size, isCluster := nextCharacter(s)
	switch r {
	case '\t', '\n', '\r':
		return p.Rune(x, y, st, ' '), s[1:]
	}
	if width > 0 && x >= 0 && y >= 0 && y < p.H && x+width <= p.W {
		if isCluster {
			p.c.clusters = append(p.c.clusters, one)
			r = ^rune(len(p.c.clusters) - 1)
		}
		p.c.put(p.x+x, p.y+y, st, r, width)
	}
	return x + width, s[size:]
}
