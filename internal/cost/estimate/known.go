package estimate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/yamldoc"
)

// FieldError says which property of a shape is wrong, by its name in [Fields].
type FieldError struct {
	Field string
	Err   error
}

// Error is "field: what is wrong".
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the property.
func (e *FieldError) Unwrap() error { return e.Err }

// Known says whether the book knows the region and the instance types that the shape
// names, as a [*FieldError] that names those it does know. A price that is missing
// of known ones is no error here: the estimate names it.
func (s Shape) Known(book *prices.PriceBook) error {
	if err := book.CheckRegion(s.Region); err != nil {
		return &FieldError{"region", err}
	}
	for _, named := range [...]struct{ field, typ string }{{"node-type", s.Job.NodeType}, {"managed-type", s.Lambda.ManagedType}} {
		if named.typ == "" {
			continue
		}
		if err := knownType(book, named.typ); err != nil {
			return &FieldError{named.field, err}
		}
	}
	for i := range s.Fixed {
		if item := s.Fixed[i].Item; item != "" && !slices.Contains(book.Items(item), item) {
			return &FieldError{"fixed", fmt.Errorf("the price book has no item %s: migtop prices list names them", item)}
		}
	}
	return nil
}

func knownType(book *prices.PriceBook, typ string) error {
	item := "ec2.on_demand." + typ
	if _, ok := book.Instance(typ); ok || slices.Contains(book.Items(item), item) {
		return nil
	}
	family, _, _ := strings.Cut(typ, ".")
	var same []string
	families := map[string]bool{}
	for _, i := range book.Instances() {
		f, _, _ := strings.Cut(i.Type, ".")
		if families[f] = true; f == family {
			same = append(same, i.Type)
		}
	}
	if len(same) > 0 {
		return fmt.Errorf("instance type %q is unknown; known of this family: %s", typ, strings.Join(same, ", "))
	}
	known := alike(family, slices.Sorted(maps.Keys(families)))
	return fmt.Errorf("instance type %q is unknown; known families: %s; migtop prices refresh --node-type %[1]s looks for it",
		typ, prices.Abbreviated(known))
}

// alike returns the names that begin as a name does, as far as any of them does.
func alike(name string, all []string) []string {
	for end := len(name); end > 0; end-- {
		if out := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, name[:end]) }); len(out) > 0 {
			return out
		}
	}
	return all
}

// ParseKnown is [Settings.ParseKnown] without a configuration.
func ParseKnown(file string, data []byte, book *prices.PriceBook) ([]Shape, error) {
	return Defaults().ParseKnown(file, data, book)
}

// ParseKnown is [Settings.Parse], with errors also for regions and instance types that the
// book does not know.
func (st Settings) ParseKnown(file string, data []byte, book *prices.PriceBook) ([]Shape, error) {
	shapes, err := st.Parse(file, data)
	if err != nil {
		return nil, err
	}
	for i := range shapes {
		if err := shapes[i].Known(book); err != nil {
			return nil, placed(file, data, i, err)
		}
	}
	return shapes, nil
}

// placed puts an error of one shape's property where that stands in the file.
func placed(file string, data []byte, shape int, err error) error {
	root, perr := yamldoc.Parse(file, data)
	if perr != nil {
		return err
	}
	f, perr := root.Fields("the file", "shapes")
	if perr != nil {
		return err
	}
	list, perr := f["shapes"].Sequence("shapes")
	if perr != nil || shape >= len(list) {
		return err
	}
	entries, perr := list[shape].Mapping("a shape")
	if perr != nil {
		return err
	}
	return at(list[shape], entries, err)
}

// at puts an error where the property that it names stands in a shape, or where the shape begins.
func at(n yamldoc.Node, entries []yamldoc.Entry, err error) error {
	if problem, ok := errors.AsType[*FieldError](err); ok {
		for _, e := range entries {
			if e.Key == problem.Field {
				return e.Value.Errorf("%v", err)
			}
		}
	}
	return n.Errorf("%v", err)
}
