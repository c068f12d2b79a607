package canvas

import (
	"fmt"
	"image/color"
)

// Role is what a piece of the screen means. Themes give each role its looks.
type Role uint8

// The roles. Those above textRoles carry words and figures, and must be readable
// on every background of their theme; the ones after it are lines and areas.
const (
	None     Role = iota
	Text          // words and figures
	Dim           // second in importance: units, labels, ages
	Strong        // titles, names
	Accent        // keys, the cursor, what is chosen
	Lambda        // the Lambda side
	Jobs          // the Jobs side
	Good          // less is better, and it is less; healthy
	Warn          // look at it soon
	Bad           // look at it now
	Idle          // paid for, carried by no tenant
	ChipText      // on Chip
	DemoText      // on DemoChip
	textRoles

	LambdaArea // areas of charts
	JobsArea
	IdleArea
	PlatformArea
	Line     // borders, rules, grids
	Track    // the empty part of a bar
	Chip     // under the tab that is open
	DemoChip // under the demo tag
	Selected // under the row that the cursor is on
	Raised   // under dialogs
	numRoles
)

// Look is the looks of one role in one theme. A zero colour is the terminal's
// own. Attributes are SGR parameters ("1;7"), for themes that have few colours.
type Look struct {
	Color color.Color
	// Basic is an SGR colour parameter 30-37 or 90-97 of the terminal's own
	// palette, used instead of Color where it is not 0.
	Basic int
	Attrs string
}

// Theme gives every role its looks.
type Theme struct {
	Name string
	// Dark says which backgrounds the theme is made for.
	Dark bool
	// Base is painted under everything; none leaves the terminal's own.
	Base Look

	Text, Dim, Strong, Accent          Look
	Lambda, Jobs, Idle                 Look
	Good, Warn, Bad                    Look
	LambdaArea, JobsArea               Look
	IdleArea, PlatformArea             Look
	Line, Track                        Look
	Chip, ChipText, DemoChip, DemoText Look
	Selected, Raised                   Look
	// Patterned tells areas of a chart apart by their fill as well, where
	// colours do not.
	Patterned bool

	fg, bg [numRoles]string
	flat   bool // the chosen row is reversed: colours on it would be patches
}

// compile works out the escape sequences, once per theme.
func (s *Theme) compile() *Theme {
	for r, i := range map[Role]Look{
		None: s.Text, Text: s.Text, Dim: s.Dim, Strong: s.Strong, Accent: s.Accent, Lambda: s.Lambda, Jobs: s.Jobs,
		LambdaArea: s.LambdaArea, JobsArea: s.JobsArea,
		IdleArea: s.IdleArea, PlatformArea: s.PlatformArea,
		Good: s.Good, Warn: s.Warn, Bad: s.Bad, Idle: s.Idle, ChipText: s.ChipText, DemoText: s.DemoText,
		Line: s.Line, Track: s.Track, Chip: s.Chip, DemoChip: s.DemoChip, Selected: s.Selected, Raised: s.Raised,
	} {
		s.fg[r], s.bg[r] = i.sgr(false), i.sgr(true)
	}
	s.bg[None] = s.Base.sgr(true)
	s.flat = s.Selected.Color == nil
	return s
}

func (i Look) sgr(under bool) string {
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
func (s *Theme) appendSGR(b []byte, fg, bg Role, a Attr) []byte {
	if s.flat && bg == Selected {
		fg = None
	}
	b = append(b, "\x1b[0"...)
	b = append(b, s.fg[fg]...)
	b = append(b, s.bg[bg]...)
	if a&Bold != 0 {
		b = append(b, ";1"...)
	}
	return append(b, 'm')
}
