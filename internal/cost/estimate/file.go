package estimate

import (
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/yamldoc"
)

// mostShapes is how many shapes one file may have.
const mostShapes = 10_000

// Parse reads a file of shapes: a mapping with the key shapes, a list of mappings
// with the names of [Fields] as keys. Each shape is complete enough for an estimate.
// Errors are [*yamldoc.Error]. What a shape does not state is as the settings have it.
func (st Settings) Parse(file string, data []byte) ([]Shape, error) {
	root, err := yamldoc.Parse(file, data)
	if err != nil {
		return nil, err
	}
	f, err := root.Fields("the file", "shapes")
	if err != nil {
		return nil, err
	}
	list, err := f["shapes"].Sequence("shapes")
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > mostShapes {
		return nil, root.Errorf("want 1 to %d shapes, got %d", mostShapes, len(list))
	}
	out := make([]Shape, len(list))
	for i, n := range list {
		if out[i], err = st.parseShape(n); err != nil {
			return nil, err
		}
		if h := out[i].Completed().MonthHours; h != out[0].Completed().MonthHours {
			return nil, n.Errorf("month-hours: %d here and %d in the first shape: one month has one length",
				h, out[0].Completed().MonthHours)
		}
	}
	return out, nil
}

// Parse is [Settings.Parse] without a configuration.
func Parse(file string, data []byte) ([]Shape, error) { return Defaults().Parse(file, data) }

func (st Settings) parseShape(n yamldoc.Node) (Shape, error) {
	s := st.Shape()
	entries, err := n.Mapping("a shape")
	if err != nil {
		return s, err
	}
	for _, e := range entries {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == e.Key })
		if i < 0 {
			names := make([]string, len(fields))
			for k, f := range fields {
				names[k] = f.Name
			}
			return s, e.At.Errorf("unknown key %q in a shape; known: %s", e.Key, strings.Join(names, ", "))
		}
		if fields[i].List {
			if err := readFixed(&s, e.Value); err != nil {
				return s, err
			}
			continue
		}
		text, err := e.Value.Scalar(e.Key)
		if err != nil {
			return s, err
		}
		if err := fields[i].Set(&s, text); err != nil {
			return s, e.Value.Errorf("%v", err)
		}
	}
	if err := s.Check(); err != nil {
		return s, at(n, entries, err)
	}
	return s, nil
}
