package report

import (
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// The parts of a REPORT line. Which parts exist depends on the run; unknown parts are skipped.
const (
	partDuration   = "Duration"
	partBilled     = "Billed Duration"
	partMemorySize = "Memory Size"
	partMaxMemory  = "Max Memory Used"
	partInit       = "Init Duration"
	partRestore    = "Restore Duration"
	partStatus     = "Status"
	partErrorType  = "Error Type"
	partRequestID  = "REPORT RequestId"
)

// knownParts are looked for in the order in which the longer name wins.
var knownParts = [...]string{
	partRequestID, partDuration, partBilled, partMemorySize, partMaxMemory, partInit, partRestore, partStatus, partErrorType,
}

// parseText reads a REPORT line: parts "Name: value", separated by tabs and line
// ends.
func parseText(line string) (Line, Reason) {
	if strings.Count(line, textStart) > 1 {
		return Line{}, Interleaved
	}
	parts := make(map[string]string, len(knownParts))
	for field := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == '\t' || r == '\n' || r == '\r' }) {
		name, value, ok := strings.Cut(strings.TrimSpace(field), ":")
		if !ok || !known(name) {
			continue
		}
		if _, twice := parts[name]; twice {
			return Line{}, Interleaved
		}
		parts[name] = strings.TrimSpace(value)
	}
	l := Line{RequestID: parts[partRequestID], ErrorType: parts[partErrorType]}
	if !isID(l.RequestID) {
		return Line{}, Cut
	}
	worst := Read
	take := func(name string, read func(string) Reason) {
		if value, ok := parts[name]; ok {
			worst = max(worst, read(value))
		}
	}
	for _, required := range [...]string{partDuration, partBilled, partMemorySize, partMaxMemory} {
		if _, ok := parts[required]; !ok {
			return Line{}, Cut
		}
	}
	take(partDuration, millis(&l.Duration))
	take(partBilled, millis(&l.Billed))
	take(partMemorySize, megabytes(&l.MemorySize))
	take(partMaxMemory, megabytes(&l.MaxMemory))
	take(partInit, optional(&l.Init))
	take(partRestore, optional(&l.Restore))
	take(partStatus, func(s string) Reason {
		var ok bool
		if l.Status, ok = statusOf(s); !ok {
			return Malformed
		}
		return Read
	})
	if worst != Read {
		return Line{}, worst
	}
	return checked(l)
}

// leftOfText reports whether a line is what is left of a REPORT line that lost its beginning:
// after what is cut, nothing but parts, among them both of memory.
func leftOfText(line string) bool {
	fields := strings.Split(line, "\t")
	if strings.Contains(fields[0], strings.TrimSpace(textStart)) {
		return false // it has a beginning, though not where Lambda puts it
	}
	found := 0
	for _, field := range fields[1:] {
		name, value, ok := strings.Cut(strings.TrimSpace(field), ": ")
		if ok = ok || strings.TrimSpace(field) == ""; !ok {
			return false
		}
		if name == partMemorySize || name == partMaxMemory {
			var size migration.Bytes
			if megabytes(&size)(value) != Read {
				return false
			}
			found++
		}
	}
	return found == 2
}

func known(name string) bool {
	for _, k := range knownParts {
		if k == name {
			return true
		}
	}
	return false
}

func statusOf(s string) (Status, bool) {
	switch s {
	case "", "success":
		return StatusSuccess, true
	case "failure":
		return StatusFailure, true
	case "error":
		return StatusError, true
	case "timeout":
		return StatusTimeout, true
	}
	return 0, false
}

func millis(into *time.Duration) func(string) Reason {
	return func(s string) Reason {
		number, reason := amount(s, "ms")
		if reason == Read {
			*into = time.Duration(number) * time.Nanosecond * 10
		}
		return reason
	}
}

func optional(into *migration.Opt[time.Duration]) func(string) Reason {
	return func(s string) Reason {
		var d time.Duration
		reason := millis(&d)(s)
		if reason == Read {
			*into = migration.Some(d)
		}
		return reason
	}
}

func megabytes(into *migration.Bytes) func(string) Reason {
	return func(s string) Reason {
		number, reason := amount(s, "MB")
		if reason == Read {
			*into = migration.Bytes(number / hundredThousand * int64(migration.MiB))
		}
		return reason
	}
}

// hundredThousand is the scale that amounts are read in: of milliseconds it makes
// units of 10 ns, finer than anything that Lambda writes.
const hundredThousand = 100_000

// amount reads a decimal number with its unit, in hundred-thousandths. Where the
// unit is missing, the line ended in the middle of the number.
func amount(s, unit string) (int64, Reason) {
	digits, ok := strings.CutSuffix(s, " "+unit)
	if !ok {
		if strings.HasPrefix(" "+unit, strings.TrimLeft(s, "0123456789.")) {
			return 0, Cut
		}
		return 0, Malformed
	}
	whole, fraction, dotted := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 11 || (dotted && fraction == "") {
		return 0, Malformed
	}
	var n int64
	for i := range len(whole) {
		if whole[i] < '0' || whole[i] > '9' {
			return 0, Malformed
		}
		n = n*10 + int64(whole[i]-'0')
	}
	scale := int64(hundredThousand)
	n *= scale
	for i := range len(fraction) {
		if fraction[i] < '0' || fraction[i] > '9' {
			return 0, Malformed
		}
		scale /= 10
		n += int64(fraction[i]-'0') * scale // digits after the fifth are ignored
	}
	return n, Read
}

// idDigits are what request ids are written with.
const idDigits = "0123456789abcdefABCDEF-"

// isID reports whether s may be a request id: hexadecimal digits in groups.
func isID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	return strings.Trim(s, idDigits) == ""
}

// The bounds of what may be true: an invocation that runs for more than a year or a
// function of more than a tebibyte is a garbled line.
const (
	longest = 366 * 24 * time.Hour
	largest = 1024 * migration.GiB
)

// checked refuses amounts that cannot be.
func checked(l Line) (Line, Reason) {
	if l.Duration > longest || l.Billed > longest || l.Init.Or(0) > longest || l.Restore.Or(0) > longest ||
		(l.MemorySize <= 0 && !l.Unbilled) || l.MemorySize > largest || l.MaxMemory < 0 || l.MaxMemory > largest {
		return Line{}, Malformed
	}
	return l, Read
}
