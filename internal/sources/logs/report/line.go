package report

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/migtop/migtop/internal/migration"
)

// Line is one invocation as Lambda reported it.
type Line struct {
	RequestID string
	// Duration is the handler's run time, INIT and restore excluded; Billed is
	// what the invoice counts, whole milliseconds.
	Duration, Billed time.Duration
	// MemorySize is what was configured, MaxMemory the most that the execution
	// environment has used since it began: of this run alone only in its first.
	// Lambda writes both in MB of 1,048,576 bytes.
	MemorySize, MaxMemory migration.Bytes
	// Unbilled is set where the report has a duration and neither a bill nor memory: on
	// Lambda Managed Instances, where the instances are billed and not the run. Billed,
	// MemorySize and MaxMemory are 0 then.
	Unbilled bool
	// Init is the time of a cold start, Restore the time of a SnapStart restore.
	Init, Restore migration.Opt[time.Duration]
	Status        Status
	ErrorType     string // "Runtime.ExitError", or ""
	Tenant        string // tenant isolation mode's tenantId, or ""
	// Time is when the line says it was written; zero in text lines, which do
	// not say.
	Time time.Time
}

// First reports whether this was the first run of the environment; only then the memory is exactly that of the run.
func (l *Line) First() bool { return l.Init.Known() || l.Restore.Known() }

// OutOfMemory reports whether the run was killed for memory. Lambda names it, or
// says that the runtime exited while all memory was in use.
func (l *Line) OutOfMemory() bool {
	return l.ErrorType == "Runtime.OutOfMemory" || (l.Status == StatusError && l.MemorySize > 0 && l.MaxMemory >= l.MemorySize)
}

// Status is how an invocation ended for the platform. An error that the handler
// returned is a success here in text lines.
type Status uint8

// The states. The zero value is what lines without a word on it mean.
const (
	StatusSuccess Status = iota
	StatusFailure        // the handler returned an error; JSON lines only
	StatusError          // the runtime failed
	StatusTimeout        // cut off by the function's Timeout
)

// Reason is why a line is not a report. All reasons except Other are for lines that Lambda marked as a report: the
// function's own output is ignored.
type Reason uint8

// The reasons. The zero value is a line that was read.
const (
	Read        Reason = iota
	Other              // it is no report: the function's own, or another event of Lambda
	Cut                // it ends too early, or a part of it is missing
	Interleaved        // two lines run into each other
	Malformed          // it has the parts, and one of them is invalid
	reasonCount
)

var reasonNames = [...]string{"read", "no report", "cut", "interleaved", "malformed"}

func (r Reason) String() string { return reasonNames[min(int(r), len(reasonNames)-1)] }

// maxLine bounds a line, in bytes: an event of CloudWatch Logs has at most 1 MiB.
const maxLine = 1 << 20

// textStart is what every REPORT line begins with; the request id and a tab follow.
const textStart = "REPORT RequestId: "

// Texts select reports in a query, two per format: every report line has both, and a line that lost its beginning has the
// second.
var Texts = [...]string{textStart, partBilled + ": ", reportType, "billedDurationMs"}

// Parse parses a line of either format. The Line is meaningful only with [Read].
//
// Lambda marks a report by the beginning of the line: "REPORT RequestId: ", an id and a tab, or a JSON object whose own
// type is platform.report. A line without the mark is [Other], except two that only a broken report can be: a line that
// begins in the middle of a word, and the rest of a line without its beginning.
func Parse(line string) (Line, Reason) {
	line = strings.TrimRight(line, " \t\r\n")
	switch {
	case markedText(line):
		if len(line) > maxLine {
			return Line{}, Malformed
		}
		return parseText(line)
	case len(line) > maxLine:
		return Line{}, Other
	case strings.HasPrefix(line, "{"):
		return parseJSON(line)
	case runIn(line):
		return Line{}, Interleaved
	case leftOfText(line), leftOfJSON(line):
		return Line{}, Cut
	}
	return Line{}, Other
}

// markedText reports whether a line begins as a REPORT line does, as far as it goes.
func markedText(line string) bool {
	rest, ok := strings.CutPrefix(line, textStart)
	if !ok {
		return line == strings.TrimSpace(textStart)
	}
	rest = strings.TrimLeft(rest, idDigits)
	return rest == "" || strings.ContainsRune("\t\r\n", rune(rest[0])) || strings.HasPrefix(rest, textStart)
}

// runIn reports whether a REPORT line begins in the middle of another line's last word.
func runIn(line string) bool {
	at := strings.Index(line, textStart)
	if at <= 0 || !markedText(line[at:]) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(line[:at])
	return (unicode.IsLetter(before) || unicode.IsDigit(before)) && strings.Contains(line[at:], "\t"+partDuration+": ")
}
