package runfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/migtop/migtop/internal/migration"
)

const twoRuns = header + "größe,a,r1,2026-07-01T00:00:00Z,60,314572800,30,2147483648,succeeded\n" +
	"größe,\"b\nc\",r2,2026-07-01T01:00:00Z,61,314572801,30,2147483648,failed\n"

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func utf16Of(text string, mark, big bool) string {
	var b strings.Builder
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func latin1Of(text string) string {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

func records(f *File) []migration.RunRecord {
	var all []migration.RunRecord
	for i := range f.Len() {
		all = append(all, f.Run(i))
	}
	return all
}

// The same runs in each format, read in pieces of each size, give the same result.
func TestTheSameRunsInManyForms(t *testing.T) {
	want := records(read(t, twoRuns))
	const runs = `{"workload":"größe","tenant":"a","run_id":"r1","started_at":"2026-07-01T00:00:00Z","duration_s":60,` +
		`"peak_memory_bytes":314572800,"cpu_seconds":30.0,"requested_memory_bytes":"2147483648","status":"succeeded","extra":[1,{"a":[]}]},
{"Workload":"größe","tenant":"b\nc","runId":"r2","startedAt":"2026-07-01T01:00:00Z","duration_s":61,"peakMemoryBytes":314572801,` +
		`"cpu_seconds":30,"requested_memory_bytes":2147483648,"status":"failed","version":null}`
	for name, c := range map[string]struct{ text, note string }{
		"CRLF":                   {strings.ReplaceAll(twoRuns, "\n", "\r\n"), ""},
		"CR":                     {strings.ReplaceAll(strings.ReplaceAll(twoRuns, "b\nc", "b!c"), "\n", "\r"), ""},
		"CR and a last LF":       {strings.ReplaceAll(strings.ReplaceAll(twoRuns, "b\nc", "b!c"), "\n", "\r") + "\n", ""},
		"a mark":                 {"\ufeff" + twoRuns, ""},
		"blank lines before":     {"\n\r\n" + twoRuns, ""},
		"gzip":                   {gzipped(twoRuns), ""},
		"gzip in gzip":           {gzipped(gzipped(twoRuns)), ""},
		"gzip in two parts":      {gzipped(twoRuns[:40]) + gzipped(twoRuns[40:]), ""},
		"UTF-16 LE":              {utf16Of(twoRuns, true, false), "read as UTF-16"},
		"UTF-16 BE":              {utf16Of(twoRuns, true, true), "read as UTF-16"},
		"UTF-16 LE without mark": {utf16Of(twoRuns, false, false), "read as UTF-16"},
		"UTF-16 BE without mark": {utf16Of(twoRuns, false, true), "read as UTF-16"},
		"gzipped UTF-16":         {gzipped(utf16Of(twoRuns, true, false)), "read as UTF-16"},
		"Latin-1":                {latin1Of(twoRuns), "runs:2: this line and 1 more are no UTF-8 and read as Windows-1252"},
		"an array":               {"[" + runs + "]", `unknown field "extra"`},
		"an object":              {`{"version":1,"runs":[` + runs + `],"more":{"runs":[]}}`, ""},
		"JSON lines":             {strings.ReplaceAll(runs, "},\n", "}\n"), ""},
		"a mark and JSON":        {"\ufeff  [" + runs + "]", ""},
		"JSON in CR":             {strings.ReplaceAll("["+runs+"]", ",\n", ",\r"), ""},
		"another name": {strings.Replace(strings.Replace(strings.Replace(twoRuns, "peak_memory_bytes", "peak_memory_b", 1), ",60,",
			",60000,", 1), ",61,", ",61000,", 1), ""},
	} {
		if name == "another name" {
			c.text = strings.Replace(strings.Replace(c.text, "duration_s", "duration_ms", 1), "peak_memory_b,", "peak_memory_bytes,", 1)
			c.note = "converted duration_s from ms"
		}
		for _, in := range []io.Reader{
			strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text)),
			iotest.DataErrReader(strings.NewReader(c.text)),
		} {
			f, err := Read("runs", in, Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := records(f)
			for i := range got {
				if got[i].Key.Tenant == "b!c" {
					got[i].Key.Tenant = "b\nc"
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n%+v, want\n%+v", name, got, want)
			}
			if notes := strings.Join(f.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("%s: notes %q, want %q", name, notes, c.note)
			}
		}
	}
}

// What is not read is named, with what to do.
func TestOtherFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"xlsx": {
			"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
			"runs:1: this is a ZIP archive or an Excel workbook (.xlsx): save the sheet as CSV",
		},
		"xls":             {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "runs:1: this is an Excel workbook"},
		"parquet":         {"PAR1\x15\x04", "runs:1: this is Parquet"},
		"zstd":            {"\x28\xb5\x2f\xfd\x04", "runs:1: this is compressed with zstd"},
		"xz":              {"\xfd7zXZ\x00\x00", "runs:1: this is compressed with xz"},
		"sqlite":          {"SQLite format 3\x00", "runs:1: this is an SQLite database"},
		"tar":             {strings.Repeat("a", 257) + "ustar\x0000", "runs:1: this is a tar archive"},
		"zip in gzip":     {gzipped("PK\x03\x04"), "runs:1: this is a ZIP archive"},
		"HTML":            {"\n<!DOCTYPE html>\n<html>", "runs:1: this is HTML or XML"},
		"gzip cut":        {gzipped(twoRuns)[:60], "the compressed data end in the middle"},
		"gzip damaged":    {gzipped(twoRuns)[:30] + "\x00\xff\x00" + gzipped(twoRuns)[33:], "the compressed data are damaged"},
		"gzip, no header": {"\x1f\x8b\x01", "the compressed data"},
		"gzip of gzips":   {gzipped(gzipped(gzipped(twoRuns))), "compressed more than twice"},
		"JSON cut":        {"[{\"workload\":\"w\"},\n{\"work", "runs:2: the JSON ends in the middle"},
		"JSON wrong":      {"[{\"workload\":\"w\"}\n,\n{workload}]", "runs:3: this is no JSON"},
		"JSON numbers":    {"[\n1,2]", "runs:2: want an object for each run"},
		"JSON bool":       {"[{\"workload\":\"w\",\n\"peak_memory_bytes\":true}]", "runs:2: peak_memory_bytes: want a text or a number"},
		"JSON twice":      {"[{\"workload\":\"w\",\n\"workload\":\"v\"}]", "runs:2: workload occurs twice in one run"},
		"JSON and bytes": {
			"{\"runs\":[\n{\"workload\":\"w\",\"peak_memory_bytes\":1}]}",
			"runs:2: peak_memory_bytes: want bytes, got 1: no container runs in so little",
		},
		"JSON, no name": {"[\n{\"workloda\":\"w\"}]", "there is no field workload: is \"workloda\" meant for it"},
		"JSON, no peak": {
			"[\n{\"workload\":\"w\",\"peak_memory_byte\":314572800}]",
			"runs:2: there is no field peak_memory_bytes: is \"peak_memory_byte\" meant for it",
		},
		"JSON, id twice": {
			"{\"workload\":\"w\",\"run_id\":\"1\"}\n{\"workload\":\"w\",\"run_id\":\"1\"}",
			"runs:2: run_id: \"1\" of this workload and tenant is already on line 1",
		},
		"a typo": {
			strings.Replace(twoRuns, "peak_memory_bytes", "peak_memory_byte", 1),
			"runs:1: there is no column peak_memory_bytes: is \"peak_memory_byte\" meant for it? Rename it",
		},
		"another typo": {
			strings.Replace(twoRuns, "workload", "wrokload", 1),
			"runs:1: there is no column workload: is \"wrokload\" meant for it",
		},
		"another word":    {strings.Replace(twoRuns, "workload", "job_name", 1), "is \"job_name\" meant for it"},
		"nothing like it": {"a,b\n1,2\n", "runs:1: there is no column workload: want a line with the names"},
		"a unit twice": {
			"workload,duration_s,duration_ms\n",
			"runs:1: columns \"duration_s\" and \"duration_ms\", number 2 and 3, are both duration_s",
		},
		"a bare quote": {header + "w\"x,t,r,,,,,,\n", "runs:2: a quote stands within a value"},
		"2^63": {
			header + "w,t,r,,,9223372036854775808,,,\n",
			"runs:2: peak_memory_bytes: want bytes, got 9223372036854775808, which is more than any machine has",
		},
		"1e30": {header + "w,t,r,,1e30,,,,\n", "runs:2: duration_s: want seconds, got 1e30"},
	} {
		f, err := Read("runs", strings.NewReader(c.text), Options{})
		var place *Error
		if err == nil || !errors.As(err, &place) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, f, err, c.want)
		}
	}
}

// The error of an unclosed quote names the line where it opens, even if a later quote closes it by mistake.
func TestAnOpenQuoteIsNamedWhereItOpens(t *testing.T) {
	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w,a,r%d,2026-07-01T00:00:00Z,60,314572800,30,2147483648,succeeded\n", i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"never closed":               {header + "v,,1,,,,,,\nv,,2,,,,,,\n\"" + lines(1000), 4},
		"closed by a later one":      {header + "v,,1,,,,,,\n\"" + lines(9) + "w,\"a, b\",r10,,,,,,\n", 3},
		"behind one of two lines":    {header + "\"a\nb\",,1,,,,,,\n\"a\nb\",\"" + lines(5), 5},
		"longer than what is a name": {header + "v,,1,,,,,,\nv,\"" + lines(20_000), 3},
		"in the last line":           {header + lines(3) + "\"", 5},
		"in the header":              {"\"" + header + lines(3), 1},
		"CR alone":                   {strings.ReplaceAll(header+lines(3)+"v,\""+lines(3), "\n", "\r"), 5},
	} {
		_, err := Read("runs", strings.NewReader(c.text), Options{})
		var place *Error
		if !errors.As(err, &place) || place.Line != c.line || !strings.Contains(place.Text, "a quote opens on this line") {
			t.Errorf("%s: %v, want line %d", name, err, c.line)
		}
	}
}

func TestAHugeLineIsRefusedAtOnce(t *testing.T) {
	_, err := Read("runs", io.MultiReader(strings.NewReader(header+"w"), &endless{}), Options{})
	var place *Error
	if !errors.As(err, &place) || place.Line != 2 || !strings.Contains(place.Text, "longer than") {
		t.Error(err)
	}
	_, err = Read("runs", io.MultiReader(strings.NewReader(header+"\""), &endless{}), Options{})
	if !errors.As(err, &place) || place.Line != 2 || !strings.Contains(place.Text, "is not closed within") {
		t.Error(err)
	}
}

// endless is a text without an end.
type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAReadThatFails(t *testing.T) {
	_, err := Read("runs", io.MultiReader(strings.NewReader(twoRuns), iotest.ErrReader(errors.New("read runs: input/output error"))),
		Options{})
	if err == nil || err.Error() != "cannot read runs: input/output error" {
		t.Error(err)
	}
}

func TestNamesThatAreNoFields(t *testing.T) {
	f := read(t, "workload,peak_memory_bytes,duratoin_s,colour,\nw,314572800,5,red,\n")
	want := `runs: ignored the unknown columns "duratoin_s" (is duration_s meant?), "colour"`
	if len(f.Notes) != 1 || f.Notes[0] != want {
		t.Errorf("%q, want %q", f.Notes, want)
	}
}
