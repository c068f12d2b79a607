package plot

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// drawn are the rows of a chart of ten minutes.
func drawn(ch Chart, s *canvas.Theme, g *canvas.Glyphs, w, h int) []string {
	var grid canvas.Canvas
	grid.Reset(w, h)
	ch.From = time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)
	ch.To, ch.Location = ch.From.Add(10*time.Minute), time.UTC
	ch.Label = func(b []byte, _ float64) []byte { return b }
	var scratch []float64
	ch.Draw(grid.Pane(), s, g, &scratch)
	return strings.Split(ansi.Strip(grid.String(s, false)), "\n")
}

func series(value func(minute int) float64) *migration.Series {
	s := migration.NewSeries(time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC), time.Minute, 10, "runs")
	for i := range 10 {
		s.Add(i, value(i))
	}
	return &s
}

func minute(n int) time.Time { return time.Date(2026, 3, 14, 10, n, 0, 0, time.UTC) }

// A mark changes no cell in which the end of an area or the dots of a line are; without it they are the same.
func TestMarksHideNoData(t *testing.T) {
	for name, c := range map[string]struct {
		theme *canvas.Theme
		g     *canvas.Glyphs
	}{"dark": {canvas.DarkTheme, canvas.Unicode}, "mono": {canvas.MonoTheme, canvas.Unicode}, "ascii": {canvas.MonoTheme, canvas.ASCII}} {
		for _, stacked := range []bool{true, false} {
			ch := Chart{Stacked: stacked, Layers: []Layer{
				{Series: series(func(i int) float64 { return float64(1 + i%4) }), Role: canvas.JobsArea, Glyph: '#'},
				{Series: series(func(i int) float64 { return float64(2 + i%3) }), Role: canvas.LambdaArea, Glyph: ':'},
			}}
			without := drawn(ch, c.theme, c.g, 48, 9)
			for i := range 10 {
				ch.Marks = append(ch.Marks, Mark{At: minute(i), Name: "25 %"})
			}
			with := drawn(ch, c.theme, c.g, 48, 9)
			marks := 0
			for y := range with {
				a, b := []rune(without[y]), []rune(with[y])
				for x := range b {
					if a[x] == b[x] {
						continue
					}
					marks++
					if a[x] != ' ' && a[x] != c.g.Tick && a[x] != c.g.Full && (!stacked || a[x] != '#' && a[x] != ':') {
						t.Errorf("%s, stacked %v: row %d hides %c at %d:\n%s", name, stacked, y, a[x], x, strings.Join(with, "\n"))
					}
					if c.theme.Patterned && b[x] == c.g.Moment && a[x] != ' ' && a[x] != c.g.Tick {
						t.Errorf("%s: a line hides the fill that tells areas apart: row %d, %d", name, y, x)
					}
				}
			}
			if marks == 0 {
				t.Errorf("%s, stacked %v: no mark is drawn", name, stacked)
			}
		}
	}
}

func TestMarksHaveTheirNamesWhereThereIsRoom(t *testing.T) {
	low := []Layer{{Series: series(func(int) float64 { return 1 }), Role: canvas.JobsArea, Glyph: '#'}}
	full := []Layer{{Series: series(func(int) float64 { return 1 }), Role: canvas.JobsArea, Glyph: '#'}}
	for _, c := range []struct {
		name  string
		ch    Chart
		marks []Mark
		want  []string
		not   []string
	}{
		{"right of the line", Chart{Stacked: true, Top: 4, Layers: low}, []Mark{{minute(2), "25 %"}}, []string{"┊25 %"}, nil},
		{
			"left of it at the end",
			Chart{Stacked: true, Top: 4, Layers: low},
			[]Mark{{minute(9), "wave 100 %"}},
			[]string{"wave 100 %┊"},
			nil,
		},
		{"on an area that is full", Chart{Stacked: true, Top: 1, Layers: full}, []Mark{{minute(2), "25 %"}}, []string{"┊25 %"}, nil},
		{
			"one row lower where another one is",
			Chart{Stacked: true, Top: 4, Layers: low},
			[]Mark{{minute(2), "wave 2 25 %"}, {minute(3), "wave 3 5 %"}},
			[]string{"wave 2 25 %", "wave 3 5 %"},
			nil,
		},
		{"outside the time of the chart", Chart{Stacked: true, Top: 4, Layers: low}, []Mark{{minute(11), "late"}}, nil, []string{
			"late",
			"┊",
		}},
		{
			"no time, no data",
			Chart{Stacked: true, Top: 4, Layers: []Layer{{Series: &migration.Series{}, Glyph: '#'}}},
			[]Mark{{minute(1), "5 %"}},
			[]string{"nothing measured yet", "5 %"},
			nil,
		},
	} {
		c.ch.Marks = c.marks
		all := strings.Join(drawn(c.ch, canvas.DarkTheme, canvas.Unicode, 60, 9), "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, all)
			}
		}
		for _, not := range c.not {
			if strings.Contains(all, not) {
				t.Errorf("%s: %q in\n%s", c.name, not, all)
			}
		}
	}
}
