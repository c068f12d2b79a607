package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/profile/export"
	"github.com/migtop/migtop/internal/text"
)

// WriteProfiles writes profiles and the classes that they were put into.
func WriteProfiles(w io.Writer, profiles []profile.Profile, classes *profile.Classes, f Format) error {
	switch f {
	case JSON:
		return write(w, func(out *bufio.Writer) error { return profilesJSON(out, profiles, classes) })
	case CSV:
		return write(w, func(out *bufio.Writer) error { return profilesCSV(out, profiles) })
	case Markdown:
		return profilesMarkdown(w, profiles, classes)
	}
	return write(w, func(out *bufio.Writer) error {
		profilesTable(out, profiles, classes)
		return nil
	})
}

// profileRecord is a profile as programs read it.
type profileRecord struct {
	export.Record
	Ceiling      migration.Opt[migration.Bytes] `json:"proven_ceiling_bytes"`
	BeyondNode   bool                           `json:"beyond_node"`
	MissesTarget bool                           `json:"misses_target"`
	EndUnknown   bool                           `json:"end_unknown"`
	RunCost      migration.Opt[migration.USD]   `json:"run_usd"`
}

type classRecord struct {
	Name string `json:"name"`
	export.PodRecord
	Retry           migration.Bytes      `json:"retry_memory_bytes"`
	Deadline        migration.Opt[int64] `json:"deadline_seconds"`
	AttemptDeadline migration.Opt[int64] `json:"attempt_deadline_seconds"`
	Members         int                  `json:"members"`
	Extra           migration.Ratio      `json:"extra"`
	Why             string               `json:"why"`
}

// profilesDoc is the document without its profiles, which are written one by one before the rest.
type profilesDoc struct {
	Classes     []classRecord   `json:"classes"`
	Extra       migration.Ratio `json:"classes_extra"`
	ExtraMemory migration.Ratio `json:"classes_extra_memory"`
	Outliers    []string        `json:"outliers"`
	Why         []string        `json:"classes_why"`
}

// profilesJSON writes the document without holding all of it: there may be hundreds of thousands of profiles.
func profilesJSON(w *bufio.Writer, profiles []profile.Profile, classes *profile.Classes) error {
	var one bytes.Buffer
	enc := json.NewEncoder(&one)
	enc.SetEscapeHTML(false)
	encoded := func(v any, prefix string) ([]byte, error) {
		one.Reset()
		enc.SetIndent(prefix, "  ")
		if err := enc.Encode(v); err != nil {
			return nil, err
		}
		return text.EscapeJSON(bytes.TrimSuffix(one.Bytes(), []byte("\n"))), nil
	}
	w.WriteString("{\n  \"profiles\": [")
	for i := range profiles {
		p := &profiles[i]
		record, err := encoded(profileRecord{export.RecordOf(p), p.Ceiling, p.BeyondNode, p.MissesTarget, p.EndUnknown, p.RunCost}, "    ")
		if err != nil {
			return err
		}
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString("\n    ")
		w.Write(record)
	}
	if len(profiles) > 0 {
		w.WriteString("\n  ")
	}
	w.WriteString("],")
	rest, err := encoded(restOf(classes), "")
	if err != nil {
		return err
	}
	w.Write(rest[1:]) // its brace was written before the profiles
	return w.WriteByte('\n')
}

func restOf(classes *profile.Classes) profilesDoc {
	d := profilesDoc{
		Classes: make([]classRecord, len(classes.Classes)),
		Extra:   classes.Extra, ExtraMemory: classes.ExtraMemory, Outliers: classes.Outliers, Why: classes.Why,
	}
	for i := range classes.Classes {
		c := &classes.Classes[i]
		// As a profile of its own, so that its fields are written alike.
		as := export.RecordOf(&profile.Profile{Base: c.Base, Deadline: c.Deadline, AttemptDeadline: c.AttemptDeadline})
		d.Classes[i] = classRecord{c.Name, as.PodRecord, c.Retry, as.Deadline, as.AttemptDeadline, c.Members, c.Extra, c.Why}
	}
	return d
}

// profilesCSV writes the columns that an export as CSV has.
func profilesCSV(w *bufio.Writer, profiles []profile.Profile) error {
	records := make([]export.Record, len(profiles))
	for i := range profiles {
		records[i] = export.RecordOf(&profiles[i])
	}
	_, err := w.Write(export.ProfilesCSV(records))
	return err
}

// spelt writes what is known and leaves empty what is not.
func spelt[T fmt.Stringer](o migration.Opt[T]) string {
	v, ok := o.Get()
	if !ok {
		return ""
	}
	return v.String()
}

func profilesMarkdown(w io.Writer, profiles []profile.Profile, classes *profile.Classes) error {
	sized := false
	for i := range profiles {
		sized = sized || export.Sized(&profiles[i])
	}
	var out bytes.Buffer
	if !sized {
		out.WriteString("# Job profiles\n\nNot enough data: no run with known memory was seen.\n")
	} else {
		files, err := export.Render(profiles, export.Markdown, export.Options{})
		if err != nil {
			return err
		}
		out.Write(files[0].Data)
		out.WriteString("\n## Classes\n\n")
		for _, c := range classes.Classes {
			fmt.Fprintf(&out, "- **%s**: %s\n", c.Name, c.Why)
		}
		for _, why := range classes.Why {
			fmt.Fprintf(&out, "- %s\n", why)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

var profileTable = []heading{
	{"workload", false},
	{"tenant", false},
	{"class", false},
	{"CPU", true},
	{"memory", true},
	{"retry", true},
	{"deadline", true},
	{"retries", true},
	{"runs", true},
	{"killed", true},
	{"saves/month", true},
	{"sure", false},
}

// rare writes a share of runs in percent. What is too small for the digits is not
// written as none at all.
func rare(r migration.Ratio) string {
	if r > 0 && r < 0.00005 {
		return "<0.01 %"
	}
	return strconv.FormatFloat(100*float64(r), 'f', 2, 64) + " %"
}

// profilesTable writes one line a profile and its reasons below the table.
func profilesTable(w *bufio.Writer, profiles []profile.Profile, classes *profile.Classes) {
	if len(profiles) == 0 {
		w.WriteString("Not enough data: there is no run.\n")
		return
	}
	const unknown = "-"
	var rows [][]string
	for i := range profiles {
		p := &profiles[i]
		row := []string{
			string(p.Workload), p.Tenant.String(), cmp.Or(p.Class, unknown), unknown, unknown, unknown, unknown, unknown,
			strconv.Itoa(p.JobRuns + p.LambdaRuns), unknown, unknown, p.Sure(),
		}
		rows = append(rows, row)
		if !export.Sized(p) {
			continue // what it has is what runs have now, which is no recommendation
		}
		if c, ok := p.Base.CPURequest.Get(); ok {
			row[3] = fmt.Sprintf("%dm", c.Milli())
		}
		row[4], row[5] = profile.Size(p.Base.MemoryLimit), profile.Size(p.Retry.MemoryLimit)
		row[7] = strconv.Itoa(int(p.BackoffLimit))
		if rate, ok := p.FailureRate.Get(); ok {
			row[9] = rare(rate)
		}
		if p.BeyondNode {
			row[4] += "!"
		}
		if p.Deadline > 0 {
			row[6] = migration.Brief(p.Deadline)
		}
		if u, ok := p.Saving.Get(); ok {
			row[10] = dollars(u)
		}
	}
	grid(w, "", profileTable, rows)
	w.WriteString("\n")
	for _, c := range classes.Classes {
		fmt.Fprintf(w, "Class %s: %s\n", c.Name, sentence(c.Why))
	}
	for _, why := range classes.Why {
		fmt.Fprintf(w, "%s\n", sentence(why))
	}
	for i := range profiles {
		p := &profiles[i]
		fmt.Fprintf(w, "\n%s of %s\n", sentence(string(p.Workload)), sentence(p.Tenant.String()))
		for _, why := range p.Why {
			fmt.Fprintf(w, "  %s\n", sentence(why))
		}
		if p.WhyClass != "" {
			fmt.Fprintf(w, "  Class %s: %s\n", p.Class, sentence(p.WhyClass))
		}
	}
}

// dollars writes an amount in cents, its sign before the currency as on the screens.
func dollars(u migration.USD) string {
	if amount, less := strings.CutPrefix(u.Fixed(2), "-"); less {
		return "-$" + amount
	}
	return "$" + u.Fixed(2)
}
