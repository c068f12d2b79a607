// Package columns is the one table of what is shown and exported of a tenant: the name, title, meaning, alignment,
// width, sort key and value of each column. The Tenants screen, the files that it saves, migtop snapshot -o csv and
// -o table, and the list in docs/snapshot.md all come from it. To add a column, add an entry to the table.
//
// It sees Snapshots only.
package columns

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// Column is one field of a [Row], or of both sides of one. Its texts and those of a [Screen] name the sides with the
// words of [migration.Move.Fill].
type Column struct {
	// Name is the published name, in CSV and for --fields, with the unit at its end. A sided column has a [Prefix] before
	// it. A column without a name is not exported: other columns export what it shows.
	Name string
	// Title is the heading of a table. Long has a sided column's title begin with the platform's whole label.
	Title string
	Long  bool
	// Help says in words what the value is.
	Help string
	// Sided columns have a value for each side of the move.
	Sided bool
	// Right aligns to the right, as numbers are.
	Right bool
	// Foreign texts come from labels and other systems and may be read as formulas.
	Foreign bool
	// Usual columns are in a table where no fields are chosen; UsualBefore is set where only the side before the move
	// is.
	Usual, UsualBefore bool
	// Value is the cell of a row; side is 0 or 1, and 0 where the column is not sided.
	Value func(r *Row, side int) Cell
	// Screens describe the column on the Tenants screen. Usually there is one, with both sides in it. Without any, the
	// column is only exported.
	Screens []Screen
}

// Screen is a column of the Tenants screen. Widths are in cells.
type Screen struct {
	Name string // for the palette, the chooser and the order
	// Title is the heading, Column.Title if empty; Narrow is the heading where there is no room for Title and the
	// unit behind the figure.
	Title, Narrow string
	Help          string // Column.Help if empty
	Side          int    // of a column of one side only
	Pair          bool   // shows both sides
	Min, Max      int
	Priority      int // 1 is the last to go when the screen is narrow
	Off           bool
	Left          bool // aligned to the left, or a bar or chart
	// Key orders rows; false is unknown and comes last either way. Without it, the tenants' names do.
	Key func(*migration.TenantView) (float64, bool)
	// Ascending puts the least first unless turned around.
	Ascending bool
	// Column is the column that it belongs to.
	Column *Column
}

// Right reports whether the column aligns to the right.
func (s *Screen) Right() bool { return !s.Left }

// Field is a published name with its column: one side of a sided column, or a column without sides.
type Field struct {
	*Column
	Side  int
	Name  string
	Title string
	Usual bool
}

// Cell returns the field's value in a row.
func (f *Field) Cell(r *Row) Cell { return f.Value(r, f.Side) }

// Prefix is what the names of a side's columns begin with: "lambda_", "jobs_".
func Prefix(p migration.Platform) string { return p.String() + "_" }

// Fields lists the exported columns of a move in their order.
func Fields(move migration.Move) []Field {
	out := make([]Field, 0, 2*len(table))
	for i := range table {
		c := &table[i]
		switch {
		case c.Name == "":
		case !c.Sided:
			out = append(out, Field{Column: c, Name: c.Name, Title: c.Title, Usual: c.Usual})
		default:
			for side, p := range move.Infos() {
				label := strings.ToUpper(p.Label)
				if !c.Long {
					label = label[:1]
				}
				out = append(out, Field{
					Column: c, Side: side, Name: Prefix(p.ID) + c.Name, Title: label + " " + c.Title, Usual: c.Usual || c.UsualBefore && side == 0,
				})
			}
		}
	}
	return out
}

// Choose returns the fields with these names, in this order. Without names it returns all fields, or only the usual
// ones. The error is a [migration.Problem] that lists the known names.
func Choose(move migration.Move, names []string, usual bool) ([]Field, error) {
	all := Fields(move)
	if len(names) == 0 {
		out := all[:0]
		for _, f := range all {
			if !usual || f.Usual {
				out = append(out, f)
			}
		}
		return out, nil
	}
	byName := make(map[string]Field, len(all))
	for _, f := range all {
		byName[f.Name] = f
	}
	out := make([]Field, len(names))
	for i, name := range names {
		f, ok := byName[name]
		if !ok {
			return nil, &migration.Problem{
				Fault: migration.FaultConfig, What: fmt.Sprintf("unknown field %q", name), Fix: "known are " + knownNames(move),
			}
		}
		out[i] = f
	}
	return out, nil
}

// knownNames lists the names; a name that both sides have appears once.
func knownNames(move migration.Move) string {
	var single, sided []string
	for i := range table {
		switch c := &table[i]; {
		case c.Name == "":
		case c.Sided:
			sided = append(sided, c.Name)
		default:
			single = append(single, c.Name)
		}
	}
	sides := move.Sides()
	return fmt.Sprintf("%s, and with %s or %s before it %s",
		strings.Join(single, ", "), Prefix(sides[0]), Prefix(sides[1]), strings.Join(sided, ", "))
}

// Screens lists the columns of the Tenants screen in their order.
func Screens() []Screen {
	var out []Screen
	for i := range table {
		c := &table[i]
		for _, s := range c.Screens {
			s.Column = c
			if s.Title == "" {
				s.Title = c.Title
			}
			if s.Help == "" {
				s.Help = c.Help
			}
			out = append(out, s)
		}
	}
	return out
}
