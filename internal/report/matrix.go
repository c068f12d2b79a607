package report

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// MatrixSchema names the form of the JSON and YAML document of decision matrices.
const MatrixSchema = "migtop.matrix/v1"

// MatrixFormats are the formats of decision matrices.
var MatrixFormats = []Format{Table, JSON, YAML, CSV, Markdown}

// WriteMatrix writes decision matrices. As a table, several are one row each, unless whole asks for all of their rows; one is
// always whole.
func WriteMatrix(w io.Writer, at time.Time, ms []*migration.Matrix, f Format, whole bool) error {
	return write(w, func(out *bufio.Writer) error {
		switch f {
		case JSON:
			writeMatrixDocument(&jsonSink{w: out}, at, ms)
		case YAML:
			writeMatrixDocument(&yamlSink{w: out}, at, ms)
		case CSV:
			return matrixCSV(out, ms)
		case Markdown:
			matrixMarkdown(out, ms)
		default:
			matrixTable(out, ms, whole)
		}
		return nil
	})
}

func writeMatrixDocument(to sink, at time.Time, ms []*migration.Matrix) {
	e := &encoder{sink: to, at: at}
	e.object("")
	e.text("schema", MatrixSchema)
	e.text("at", at.UTC().Format(time.RFC3339))
	e.array("matrices")
	for _, m := range ms {
		e.object("")
		e.fields(reflect.ValueOf(m).Elem(), wireFields(reflect.TypeFor[migration.Matrix]()))
		e.end()
	}
	e.end()
	e.end()
}

// scoreText is a score for people: "4.25", "-" for none.
func scoreText(o migration.Opt[decimal.Decimal]) string {
	if d, ok := o.Get(); ok {
		return d.StringFixed(2)
	}
	return "-"
}

// totalText is the total of a platform: "4.25", with what it could be where scores are missing: "4.25 (3.10-4.60)".
func totalText(t *migration.MatrixTotal) string {
	switch {
	case t.Excluded():
		return "cannot"
	case t.Covered == t.Weight || !t.Score.Known():
		return scoreText(t.Score)
	}
	return fmt.Sprintf("%s (%s-%s)", scoreText(t.Score), scoreText(t.Low), scoreText(t.High))
}

// cellText is one score: "4", "-" where it is not measured, "cannot".
func cellText(s *migration.MatrixScore) string {
	if s.Cannot != "" {
		return "cannot"
	}
	if n, ok := s.Score.Get(); ok {
		return strconv.FormatInt(n, 10)
	}
	return "-"
}

// matrixRows are the factors and totals of a matrix as texts, and their heading.
func matrixRows(m *migration.Matrix) (head []string, rows [][]string) {
	head = []string{"FACTOR", "WEIGHT"}
	total, covered := []string{"total of 5", ""}, []string{"weight measured", ""}
	for i := range m.Platforms {
		t := &m.Platforms[i]
		head = append(head, strings.ToUpper(t.Platform.Label()))
		total, covered = append(total, totalText(t)), append(covered, fmt.Sprintf("%d of %d", t.Covered, t.Weight))
	}
	for i := range m.Factors {
		f := &m.Factors[i]
		row := []string{f.Factor, strconv.FormatInt(f.Weight, 10)}
		for k := range f.Scores {
			row = append(row, cellText(&f.Scores[k]))
		}
		rows = append(rows, row)
	}
	return head, append(rows, total, covered)
}

func matrixTitle(m *migration.Matrix) string {
	return sentence(m.Tenant.String() + "/" + string(m.Workload) + ": " + m.Text)
}

// matrixNotes say for each factor what it rests on, and for each platform why its score is what it is. Platforms with the same
// reason share a note.
func matrixNotes(m *migration.Matrix) (out [][2]string) {
	for i := range m.Factors {
		f := &m.Factors[i]
		if f.Evidence != "" {
			out = append(out, [2]string{f.Factor, f.Evidence})
		}
		var done []string
		for k := range f.Scores {
			why := why(&f.Scores[k])
			if why == "" || slices.Contains(done, why) || !f.Measured && f.Weight == 0 {
				continue
			}
			done = append(done, why)
			var who []string
			for j := k; j < len(f.Scores); j++ {
				if whyOther(&f.Scores[j], why) {
					who = append(who, f.Scores[j].Platform.Label())
				}
			}
			out = append(out, [2]string{f.Factor, strings.Join(who, ", ") + ": " + why})
		}
	}
	return out
}

func why(s *migration.MatrixScore) string {
	if s.Cannot != "" {
		return s.Cannot
	}
	return s.Why
}

func whyOther(s *migration.MatrixScore, reason string) bool { return why(s) == reason }

func matrixTable(w *bufio.Writer, ms []*migration.Matrix, whole bool) {
	if len(ms) == 0 {
		w.WriteString("No workload is seen.\n")
		return
	}
	if len(ms) > 1 && !whole {
		matrixSummary(w, ms)
		return
	}
	for i, m := range ms {
		if i > 0 {
			w.WriteString("\n")
		}
		wrapped(w, "", matrixTitle(m))
		w.WriteString("\n")
		head, rows := matrixRows(m)
		var heads []heading
		for k, h := range head {
			heads = append(heads, heading{h, k > 0})
		}
		grid(w, "  ", heads, rows)
		last := ""
		for _, note := range matrixNotes(m) {
			lead := note[0] + ": "
			if note[0] == last {
				lead = ""
			}
			last = note[0]
			wrapped(w, "  ", sentence(lead+note[1]))
		}
	}
}

// matrixSummary writes one row a workload.
func matrixSummary(w *bufio.Writer, ms []*migration.Matrix) {
	heads := []heading{{title: "TENANT"}, {title: "WORKLOAD"}}
	for c := range migration.NumCandidates {
		if slices.ContainsFunc(ms, func(m *migration.Matrix) bool { return columnOf(m, c) != nil }) {
			heads = append(heads, heading{strings.ToUpper(c.Label()), true})
		}
	}
	heads = append(heads, heading{title: "WINNER"})
	var rows [][]string
	for _, m := range ms {
		row := []string{m.Tenant.String(), string(m.Workload)}
		for c := range migration.NumCandidates {
			if t := columnOf(m, c); t != nil {
				row = append(row, totalText(t))
			} else if slices.ContainsFunc(heads, func(h heading) bool { return h.title == strings.ToUpper(c.Label()) }) {
				row = append(row, "-")
			}
		}
		winner := "none"
		if c, ok := m.Winner.Get(); ok {
			winner = c.Label()
		} else if c, ok := m.Leader.Get(); ok {
			winner = "none (" + c.Label() + " leads)"
		}
		rows = append(rows, append(row, winner))
	}
	grid(w, "", heads, rows)
	wrapped(w, "", "Totals are weighted means of 5. In brackets is what a total could be if what is not measured had the worst or the "+
		"best score; no platform wins where that could change it. migtop matrix TENANT shows the factors.")
}

func columnOf(m *migration.Matrix, c migration.Candidate) *migration.MatrixTotal {
	for i := range m.Platforms {
		if m.Platforms[i].Platform == c {
			return &m.Platforms[i]
		}
	}
	return nil
}

// matrixColumns are the columns of CSV: a row is a factor on a platform, or the total of a platform.
var matrixColumns = []string{
	"tenant", "workload", "platform", "factor", "weight", "score", "score_low", "score_high", "weight_covered", "cannot", "why", "evidence",
}

func matrixCSV(w io.Writer, ms []*migration.Matrix) error {
	var rows [][]string
	number := func(o migration.Opt[decimal.Decimal]) string {
		if d, ok := o.Get(); ok {
			return d.String()
		}
		return ""
	}
	for _, m := range ms {
		name := []string{text.CSVCell(string(m.Tenant)), text.CSVCell(string(m.Workload))}
		for i := range m.Factors {
			f := &m.Factors[i]
			for k := range f.Scores {
				s := &f.Scores[k]
				score := ""
				if n, ok := s.Score.Get(); ok {
					score = strconv.FormatInt(n, 10)
				}
				rows = append(rows, append(slices.Clone(name), s.Platform.String(), f.Factor, strconv.FormatInt(f.Weight, 10), score,
					"", "", "", text.CSVCell(s.Cannot), text.CSVCell(s.Why), text.CSVCell(f.Evidence)))
			}
		}
		for i := range m.Platforms {
			t := &m.Platforms[i]
			rows = append(rows, append(slices.Clone(name), t.Platform.String(), "total", strconv.FormatInt(t.Weight, 10), number(t.Score),
				number(t.Low), number(t.High), strconv.FormatInt(t.Covered, 10), text.CSVCell(t.Cannot), text.CSVCell(m.Text), ""))
		}
	}
	return csvRows(w, matrixColumns, rows)
}

// markdownCell is a text in a cell of a Markdown table.
func markdownCell(s string) string { return strings.ReplaceAll(text.Printable(s), "|", `\|`) }

func matrixMarkdown(w *bufio.Writer, ms []*migration.Matrix) {
	for i, m := range ms {
		if i > 0 {
			w.WriteString("\n")
		}
		fmt.Fprintf(w, "## %s\n\n%s\n\n", markdownCell(m.Tenant.String()+"/"+string(m.Workload)), markdownCell(upperFirst(m.Text)+"."))
		head, rows := matrixRows(m)
		fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
		for _, row := range rows {
			fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		}
		w.WriteString("\n")
		for _, note := range matrixNotes(m) {
			fmt.Fprintf(w, "- `%s`: %s\n", note[0], markdownCell(note[1]))
		}
	}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
