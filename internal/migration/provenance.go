package migration

import (
	"fmt"
	"slices"
	"strings"
)

// Method says how a figure came to be known, best first.
type Method uint8

// The zero Method is "unknown": a figure without evidence is not trusted.
const (
	Measured  Method = iota + 1 // read from the system that bills or runs it
	Derived                     // computed from measured facts by a documented rule
	Estimated                   // rests on an assumption that Evidence.Note names
)

var methodNames = [...]string{"unknown", "measured", "derived", "estimated"}

func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// MarshalText encodes the method by name.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (m *Method) UnmarshalText(text []byte) error {
	at, err := named("method", methodNames[:], text)
	*m = Method(at)
	return err
}

// Weaker returns the less certain of two methods: a result is only as good as
// its worst input. An unknown method is the weakest.
func Weaker(a, b Method) Method {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// Kind is the kind of an amount of money or of a resource.
type Kind uint8

// The kinds of figures, as the detail view names them.
const (
	Billed    Kind = iota + 1 // what the invoice counts
	Requested                 // what was reserved, used or not
	Used                      // what was consumed
	Counted                   // a number of events
)

var kindNames = [...]string{"unknown", "billed", "requested", "used", "counted"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText encodes the kind by name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Provenance is the source, method and coverage of a figure. Screens show it with the figure.
type Provenance struct {
	// The system that the figure was read from: cloudwatch, kubernetes, metrics.k8s.io, or a dated
	// price book.
	Source string `json:"source" wire:"source,null"`
	// measured (read from the system that bills or runs it), derived (computed from measured
	// facts by a documented rule), estimated (rests on an assumption that the note names).
	Method Method `json:"method" wire:"method"`
	// The share of the window that the evidence spans. A rate covers that part only.
	Coverage Ratio `json:"coverage" wire:"coverage_ratio"`
	// Late data may still change the figure.
	Provisional bool `json:"provisional,omitempty" wire:"provisional"`
	// Something that belongs to the figure is unknown and was left out: the true value is this or
	// more.
	LowerBound bool `json:"lower_bound,omitempty" wire:"lower_bound"`
	// One sentence about what was assumed.
	Note string `json:"note,omitempty" wire:"note,null"`
}

// And combines the evidence of two inputs of one figure: the weaker method, the
// smaller coverage, provisional if either is, both sources and both notes.
func (e Provenance) And(f Provenance) Provenance {
	return Provenance{
		Source:      joinDistinct(e.Source, f.Source, " + "),
		Method:      Weaker(e.Method, f.Method),
		Coverage:    min(e.Coverage, f.Coverage),
		Provisional: e.Provisional || f.Provisional,
		LowerBound:  e.LowerBound || f.LowerBound,
		Note:        joinDistinct(e.Note, f.Note, "; "),
	}
}

// joinDistinct joins what is not yet part of a.
func joinDistinct(a, b, sep string) string {
	switch {
	case a == "":
		return b
	case b == "" || a == b:
		return a
	}
	parts := strings.Split(a, sep)
	for _, part := range strings.Split(b, sep) {
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, sep)
}

// Figure is a value as it is shown: maybe unknown, always with its evidence.
type Figure[T any] struct {
	Value    Opt[T]
	Kind     Kind
	Evidence Provenance
}
