package text

import "strings"

// CSVCell returns a foreign text as a cell of CSV: printable, line feeds and tabs kept. A text that a
// spreadsheet would run as a formula gets an apostrophe before it.
// Source: OWASP, "CSV Injection".
func CSVCell(s string) string {
	formula := s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0
	if s = PrintableLines(s); formula {
		return "'" + s
	}
	return s
}
