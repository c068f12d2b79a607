package canvas

// Wrap breaks a text into lines of at most w cells, at spaces where it can.
func Wrap(s string, w, limit int) []string {
	var lines []string
	for len(s) > 0 && w > 0 && len(lines) < limit {
		n, cut, space := 0, len(s), -1
		for i := 0; i < len(s); {
			if s[i] == '\n' {
				cut, space = i, i
				break
			}
			if s[i] == ' ' {
				space = i
			}
			_, _, width, size, _ := nextCharacter(s[i:])
			if n += width; n > w {
				cut = i
				break
			}
			i += size
		}
		if cut < len(s) && space > 0 && space <= cut {
			lines = append(lines, s[:space])
			s = s[space+1:]
			continue
		}
		if cut == 0 { // a character wider than the line
			break
		}
		lines = append(lines, s[:cut])
		s = s[cut:]
	}
	return lines
}

// Big draws a figure three rows high and returns the column after it; other
// characters than digits, point and dash are drawn small.
func (p Pane) Big(x, y int, st Style, s string) int {
	for _, r := range s {
		d, ok := bigDigits[r]
		if !ok {
			x = p.Rune(x, y, st, r)
			continue
		}
		for i, row := range d {
			p.Text(x, y+i, st, row)
		}
		x += Cells(d[0])
	}
	return x
}

// BigCells is how many columns [Pane.Big] takes.
func BigCells(s string) int {
	n := 0
	for _, r := range s {
		if d, ok := bigDigits[r]; ok {
			n += Cells(d[0])
		} else {
			n += RuneWidth(r)
		}
	}
	return n
}

// bigDigits are figures drawn from box characters.
var bigDigits = map[rune][3]string{
	'0': {"┏━┓", "┃ ┃", "┗━┛"},
	'1': {"╺┓ ", " ┃ ", "╺┻╸"},
	'2': {"╺━┓", "┏━┛", "┗━╸"},
	'3': {"╺━┓", "╺━┫", "╺━┛"},
	'4': {"╻ ╻", "┗━┫", "  ╹"},
	'5': {"┏━╸", "┗━┓", "╺━┛"},
	'6': {"┏━╸", "┣━┓", "┗━┛"},
	'7': {"╺━┓", "  ┃", "  ╹"},
	'8': {"┏━┓", "┣━┫", "┗━┛"},
	'9': {"┏━┓", "┗━┫", "╺━┛"},
	'.': {" ", " ", "•"},
	',': {" ", " ", ","},
	'-': {"   ", "╺━╸", "   "},
	'?': {"╺━┓", " ┏┛", " ╹ "},
}
