package ui

// list is a cursor in rows of which a window is visible.
type list struct {
	cursor, offset int
	page           int // rows that were visible when it was last drawn
}

// move follows a key, and reports whether it was one for lists.
func (l *list) move(a Action, n int) bool {
	page := max(l.page-1, 1)
	switch a {
	case ActUp:
		l.cursor--
	case ActDown:
		l.cursor++
	case ActPageUp:
		l.cursor -= page
	case ActPageDown:
		l.cursor += page
	case ActTop:
		l.cursor = 0
	case ActBottom:
		l.cursor = n - 1
	default:
		return false
	}
	l.clamp(n)
	return true
}

func (l *list) clamp(n int) { l.cursor = max(min(l.cursor, n-1), 0) }

// window is which rows are visible of n, in h lines.
func (l *list) window(n, h int) (from, to int) {
	l.page = h
	l.clamp(n)
	if l.cursor < l.offset {
		l.offset = l.cursor
	}
	if l.cursor >= l.offset+h {
		l.offset = l.cursor - h + 1
	}
	l.offset = max(min(l.offset, n-h), 0)
	return l.offset, min(l.offset+h, n)
}
