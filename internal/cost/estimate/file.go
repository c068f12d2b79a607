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
// Errors are [*yamldoc.Error].
func Parse(file string, data []byte) ([]Shape, error) {
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
		if out[i], err = parseShape(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func parseShape(n yamldoc.Node) (Shape, error) {
	s := New()
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
		text, err := e.Value.Scalar(e.Key)
		if err != nil {
			return s, err
		}
		if err := fields[i].Set(&s, text); err != nil {
			return s, e.Value.Errorf("%v", err)
		}
	}
	if err := s.Check(); err != nil {
		return s, n.Errorf("%v", err)
	}
	return s, nil
}
