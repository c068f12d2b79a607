package canvas

// Glyphs is a set of the characters that the screen is drawn with. Terminals and fonts
// without the pretty ones get [ASCII]. Every rune takes one cell.
type Glyphs struct {
	Cursor, Ellipsis, Separator   rune
	Up, Down, Check, Times, Arrow rune
	Dot, Same                     rune
	Warning, Info                 rune   // of a notice
	OK, Degraded, Failed, Off     rune   // of a source
	Hold                          rune   // of a verdict
	Less, More, Changed           rune   // of a setting: its two directions, and that it was changed
	Moment, Cross                 rune   // of a chart: a vertical line, and where two lines cross
	Estimated, NotFinal           rune   // after a figure
	AtMost, AtLeast               string // before an upper bound, and before a lower bound
	To                            string // between the value now and the value to come
	Spinner                       []rune

	// Of a panel.
	Horizontal, Vertical                       rune
	TopLeft, TopRight, BottomLeft, BottomRight rune
	// Of a bar: the part that is there, half a cell of it, and the rest with and without colours.
	Bar, HalfBar, Empty, Thin rune
	// Of a chart's areas: full, and the fills that tell areas apart without colours.
	Full, Shade, Light, Hatch rune
	Partial                   []rune // eighths of a full cell, from low to high
	Tick                      rune   // of the grid behind an area

	Braille   bool // lines are drawn as dots in a grid of 2 by 4 a cell
	BigDigits bool // see [Pane.Big]
}

// Unicode is the set for terminals that show box drawing, blocks and braille.
var Unicode = &Glyphs{
	Cursor: '▸', Ellipsis: '…', Up: '▲', Down: '▼', Same: '=', Check: '✓', Times: '×', Warning: '◆', Info: '●', Arrow: '→', Dot: '·',
	Separator: '·',
	OK:        '●', Degraded: '◐', Failed: '✖', Off: '○', Hold: '‖',
	Less: '◂', More: '▸', Moment: '┊', Cross: '◆', Changed: '•',
	Horizontal: '─', Vertical: '│', TopLeft: '╭', TopRight: '╮', BottomLeft: '╰', BottomRight: '╯', Tick: '┄',
	Full: '█', Empty: '━', Shade: '▒', Light: '░', Hatch: '╱', Bar: '━', HalfBar: '╸', Thin: '─',
	Partial: []rune(" ▁▂▃▄▅▆▇█"),
	Spinner: []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"),
	AtMost:  "≤", AtLeast: "≥", To: "→", Estimated: '≈', NotFinal: '~',
	Braille: true, BigDigits: true,
}

// ASCII is the set for all other terminals.
var ASCII = &Glyphs{
	Cursor: '>', Ellipsis: '.', Up: '^', Down: 'v', Same: '=', Check: 'y', Times: 'x', Warning: '!', Info: 'i', Arrow: '>', Dot: '.',
	Separator: '|',
	OK:        'o', Degraded: '%', Failed: 'X', Off: '-', Hold: 'H',
	Less: '<', More: '>', Moment: '|', Cross: 'X', Changed: '*',
	Horizontal: '-', Vertical: '|', TopLeft: '+', TopRight: '+', BottomLeft: '+', BottomRight: '+', Tick: '.',
	Full: '#', Empty: '.', Shade: ':', Light: '.', Hatch: '/', Bar: '#', HalfBar: '.', Thin: '.',
	Partial: []rune(" ..::==##"),
	Spinner: []rune(`|/-\`),
	AtMost:  "<=", AtLeast: ">=", To: "->", Estimated: '*', NotFinal: '~', // no letter: $1.25e reads as an exponent
}
