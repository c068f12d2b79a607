package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
)

// Schema names the form of the JSON and YAML document. Fields may be added to
// it; what is there keeps its name, its unit and its meaning.
const Schema = "migtop.snapshot/v1"

// Format is a way to write.
type Format string

// The formats.
const (
	Table    Format = "table"
	JSON     Format = "json"
	YAML     Format = "yaml"
	CSV      Format = "csv"
	Markdown Format = "markdown"
)

// Fields lists the names of the columns of a table and of CSV for the default move, in their order.
func Fields() []string { return columns.Names(columns.Fields(migration.DefaultMove)) }

// The formats of each kind of result, in the order in which they are offered.
var (
	Formats        = []Format{Table, JSON, YAML, CSV}     // of a snapshot, and of estimates
	ListFormats    = []Format{Table, JSON, CSV}           // of prices and log readings
	ProfileFormats = []Format{Table, JSON, CSV, Markdown} // of profiles
	PlanFormats    = []Format{Table, JSON, YAML}          // of the plan
)

// ParseFormat reads the name of one of some formats. The error names them.
func ParseFormat(s string, formats []Format) (Format, error) {
	if slices.Contains(formats, Format(s)) {
		return Format(s), nil
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return "", &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("unknown output format %q", s),
		Fix:   "use one of " + strings.Join(names, ", "),
	}
}

// Options says how to write.
type Options struct {
	Format Format // "" is Table
	// Fields chooses the columns of a table or of CSV by name, in this order;
	// empty means the usual ones of a table and all of CSV.
	Fields []string
	// Move is the pair of platforms whose names prefix the columns; the zero value is Lambda to Jobs. [Write] uses the move
	// of the snapshot.
	Move migration.Move
	// Compact writes JSON in one line.
	Compact bool
	// Series adds the charts' values to JSON and YAML, which is most of their
	// size.
	Series bool
}

// Check reports options that do not go together or name fields that are not
// there, as a [migration.Problem]: before anything was read or written.
func (opts *Options) Check() error {
	switch opts.Format {
	case JSON, YAML:
		if len(opts.Fields) > 0 {
			return &migration.Problem{
				Fault: migration.FaultConfig,
				What:  fmt.Sprintf("fields cannot be chosen in %s, which is one document", opts.Format),
				Fix:   "use -o csv or -o table, or choose with jq",
			}
		}
		return nil
	case CSV, Table, "":
		_, err := columns.Choose(opts.Move, opts.Fields, false)
		return err
	}
	_, err := ParseFormat(string(opts.Format), Formats)
	return err
}

// Write writes a snapshot. Errors come from w or from [Options.Check].
func Write(w io.Writer, s *migration.Snapshot, opts Options) error {
	opts.Move = s.Move
	if err := opts.Check(); err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch opts.Format {
	case JSON:
		writeDocument(&jsonSink{w: b, compact: opts.Compact}, s, opts)
	case YAML:
		writeDocument(&yamlSink{w: b}, s, opts)
	case CSV:
		err = writeCSV(b, s, opts.Fields)
	default:
		err = writeTable(b, s, opts.Fields)
	}
	if err != nil {
		return err
	}
	return b.Flush()
}

// Outcome says how much of what was asked for a snapshot contains.
type Outcome uint8

// The outcomes.
const (
	// Complete: every source answered in full.
	Complete Outcome = iota
	// Partial: some source failed, or works with less; the rest is there.
	Partial
	// Nothing: no source answered at all.
	Nothing
)

// OutcomeOf judges a snapshot by its sources. Those that are off do not count; a
// source that has not answered yet has failed to.
func OutcomeOf(s *migration.Snapshot) Outcome {
	answered, missing := 0, 0
	for i := range s.Sources {
		switch s.Sources[i].State {
		case migration.HealthOK:
			answered++
		case migration.HealthDegraded:
			answered++
			missing++
		case migration.HealthOff:
			if s.Sources[i].Problem != nil { // asked for, and not there
				missing++
			}
		default:
			missing++
		}
	}
	switch {
	case answered == 0:
		return Nothing
	case missing > 0:
		return Partial
	}
	return Complete
}
