package columns

import (
	"encoding/csv"
	"io"

	"github.com/migtop/migtop/internal/text"
)

// Text writes a foreign text for CSV.
func Text(s string) string { return text.CSVCell(s) }

// WriteCSV writes one line of names and one a row (RFC 4180, with \n). Unknown is an empty cell.
func WriteCSV(w io.Writer, fields []Field, rows []Row) error {
	out := csv.NewWriter(w)
	if err := out.Write(Names(fields)); err != nil {
		return err
	}
	record := make([]string, len(fields))
	for i := range rows {
		if err := out.Write(Record(record[:0], fields, &rows[i])); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Names lists the published names of fields.
func Names(fields []Field) []string {
	out := make([]string, len(fields))
	for i := range fields {
		out[i] = fields[i].Name
	}
	return out
}

// Record appends the cells of a row for CSV.
func Record(dst []string, fields []Field, r *Row) []string {
	for i := range fields {
		value := fields[i].Cell(r)
		cell := value.Exact()
		if fields[i].Foreign {
			cell = Text(cell)
		}
		dst = append(dst, cell)
	}
	return dst
}
