package ui

import (
	"fmt"
	"image/color"
)

// role is what a piece of the screen means. Themes give each role its looks.
type role uint8

// The roles. Those above textRoles carry words and figures, and must be readable
// on every background of their theme; the ones after it are lines and areas.
const (
	none     role = iota
	text          // words and figures
	dim           // second in importance: units, labels, ages
	strong        // titles, names
	accent        // keys, the cursor, what is chosen
	lambda        // the Lambda side
	jobs          // the Jobs side
	good          // less is better, and it is less; healthy
	warn          // look at it soon
	bad           // look at it now
	idle          // paid for, carried by no tenant
	chipText      // on chip
	demoText      // on demoChip
	textRoles

	lambdaArea // areas of charts
	jobsArea
	idleArea
	platformArea
	line     // borders, rules, grids
	track    // the empty part of a bar
	chip     // under the tab that is open
	demoChip // under the demo tag
	selected // under the row that the cursor is on
	raised   // under dialogs
	numRoles
)

// Ink is the looks of one role in one theme. A zero colour is the terminal's
// own. Attributes are SGR parameters ("1;7"), for themes that have few colours.
type Ink struct {
	Color color.Color
	// Basic is an SGR colour parameter 30-37 or 90-97 of the terminal's own
	// palette, used instead of Color where it is not 0.
	Basic int
	Attrs string
}

// Styles are all the looks of one theme by what they mean.
type Styles struct {
	Name string
	// Dark says which backgrounds the theme is made for.
	Dark bool
	// Base is painted under everything; none leaves the terminal's own.
	Base Ink

	Text, Dim, Strong, Accent          Ink
	Lambda, Jobs, Idle                 Ink
	Good, Warn, Bad                    Ink
	LambdaArea, JobsArea               Ink
	IdleArea, PlatformArea             Ink
	Line, Track                        Ink
	Chip, ChipText, DemoChip, DemoText Ink
	Selected, Raised                   Ink
	// Patterned tells areas of a chart apart by their fill as well, where
	// colours do not.
	Patterned bool

	fg, bg [numRoles]string
	flat   bool // the chosen row is reversed: colours on it would be patches
}

// compile works out the escape sequences, once per theme.
func (s *Styles) compile() *Styles {
	for r, i := range map[role]Ink{
		none: s.Text, text: s.Text, dim: s.Dim, strong: s.Strong, accent: s.Accent, lambda: s.Lambda, jobs: s.Jobs, lambdaArea: s.LambdaArea, jobsArea: s.JobsArea,
		idleArea: s.IdleArea, platformArea: s.PlatformArea,
		good: s.Good, warn: s.Warn, bad: s.Bad, idle: s.Idle, chipText: s.ChipText, demoText: s.DemoText,
		line: s.Line, track: s.Track, chip: s.Chip, demoChip: s.DemoChip, selected: s.Selected, raised: s.Raised,
	} {
		s.fg[r], s.bg[r] = i.sgr(false), i.sgr(true)
	}
	s.bg[none] = s.Base.sgr(true)
	s.flat = s.Selected.Color == nil
	return s
}

func (i Ink) sgr(under bool) string {
	out := ""
	if i.Attrs != "" {
		out = ";" + i.Attrs
	}
	base := 30
	if under {
		base = 40
	}
	switch {
	case i.Basic != 0:
		out += fmt.Sprintf(";%d", i.Basic+base-30)
	case i.Color != nil:
		r, g, b, _ := i.Color.RGBA()
		out += fmt.Sprintf(";%d;2;%d;%d;%d", base+8, r>>8, g>>8, b>>8)
	}
	return out
}

// appendSGR writes the sequence that switches to a look, from whatever it was.
func (s *Styles) appendSGR(b []byte, fg, bg role, a attr) []byte {
	if s.flat && bg == selected {
		fg = none
	}
	b = append(b, "\x1b[0"...)
	b = append(b, s.fg[fg]...)
	b = append(b, s.bg[bg]...)
	if a&bold != 0 {
		b = append(b, ";1"...)
	}
	if a&italic != 0 {
		b = append(b, ";3"...)
	}
	if a&underline != 0 {
		b = append(b, ";4"...)
	}
	return append(b, 'm')
}
