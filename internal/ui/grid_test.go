package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// screenText is a drawn frame taken apart again: the characters, and the style
// of each cell as the terminal got it.
type screenText struct {
	rows   []string
	styles [][]string // the SGR parameters in force, cell by cell
}

// parseScreen reads View().Content the way a terminal would. It knows only SGR:
// any other control sequence in a frame is an error.
func parseScreen(t testing.TB, content string) screenText {
	t.Helper()
	var s screenText
	for n, l := range strings.Split(content, "\n") {
		var text strings.Builder
		var styles []string
		sgr, state := "", byte(0)
		for len(l) > 0 {
			seq, width, size, next := ansi.DecodeSequence(l, state, nil)
			if size == 0 {
				t.Fatalf("row %d: cannot decode %q", n, l)
			}
			if size == 1 && seq[0] >= ' ' && len(l) > 1 && l[1] >= 0xc0 { // marks belong to the letter before them
				seq, width = ansi.FirstGraphemeCluster(l, ansi.GraphemeWidth)
				size = len(seq)
			}
			if width > 0 {
				text.WriteString(seq)
				for range width {
					styles = append(styles, sgr)
				}
			} else {
				if !strings.HasPrefix(seq, "\x1b[") || !strings.HasSuffix(seq, "m") {
					t.Fatalf("row %d: the frame contains the control sequence %q", n, seq)
				}
				sgr = strings.TrimPrefix(strings.TrimPrefix(seq[2:len(seq)-1], "0"), ";")
			}
			l, state = l[size:], next
		}
		s.rows, s.styles = append(s.rows, text.String()), append(s.styles, styles)
	}
	return s
}

func (s screenText) contains(text string) bool {
	return strings.Contains(strings.Join(s.rows, "\n"), text)
}

// golden is a frame as it is kept: the text, then which style each cell has,
// letters counted by run, then what the letters stand for.
func (s screenText) golden() string {
	var b strings.Builder
	for _, r := range s.rows {
		fmt.Fprintf(&b, "|%s|\n", r)
	}
	b.WriteString("\nstyles\n")
	letters, order := map[string]string{}, []string{}
	for _, row := range s.styles {
		for i := 0; i < len(row); {
			j := i
			for j < len(row) && row[j] == row[i] {
				j++
			}
			name, ok := letters[row[i]]
			if !ok {
				k := len(order)
				name = string(rune('a' + k%26))
				if k >= 26 {
					name = string(rune('A'+k/26-1)) + name
				}
				letters[row[i]] = name
				order = append(order, row[i])
			}
			fmt.Fprintf(&b, "%s%d ", name, j-i)
			i = j
		}
		b.WriteString("\n")
	}
	b.WriteString("\nlegend\n")
	for _, o := range order {
		fmt.Fprintf(&b, "%s = %s\n", letters[o], o)
	}
	return b.String()
}

// Every column that the table treats in a special way is one of the description's.
func TestSpecialColumnsExist(t *testing.T) {
	if numColumns > mostColumns {
		t.Fatalf("%d columns, room for %d", numColumns, mostColumns)
	}
	for _, id := range []columnID{
		colTenant, colRouted, colLambda, colJobs, colDelta, colBreakEven, colFailed, colP95, colWall, colVerdict, colLambdaSpark, colJobsSpark,
		colRuns, colPerRun,
		colLive, colMemory, colStartUp, colKilled, colMonthEnd, colSaving,
	} {
		if id >= numColumns {
			t.Errorf("a column is missing: %d", id)
		}
	}
}
