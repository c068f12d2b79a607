package yamldoc

import (
	"errors"
	"strings"
	"testing"
)

func TestNode(t *testing.T) {
	root, err := Parse("f.yaml", []byte("a: text\nb: '1.50'\nc:\n- 12\n- 1.50\n- true\n- ''\n- {d: 1}\ne: |\n  head more\n\n    first   "+
		"2.5\n  second  x\n"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := root.Fields("the file", "a", "b", "c", "e")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f["a"].Text("a"); err != nil || s != "text" {
		t.Errorf("text: %q, %v", s, err)
	}
	if d, err := f["b"].Number("b"); err != nil || d.String() != "1.5" {
		t.Errorf("number: %s, %v", d, err)
	}
	list, err := f["c"].Sequence("c")
	if err != nil || len(list) != 5 {
		t.Fatalf("sequence: %v, %v", list, err)
	}
	for i, want := range []string{"12", "1.50", "true"} {
		if s, err := list[i].Scalar("x"); err != nil || s != want {
			t.Errorf("scalar %d: %q, %v; want %q", i, s, err, want)
		}
	}
	for i, want := range map[int]string{3: `f.yaml:7:3: want x as one value, got ""`, 4: "f.yaml:8:3: want x as one value, got a mapping"} {
		if _, err := list[i].Scalar("x"); err == nil || err.Error() != want {
			t.Errorf("scalar %d: %v, want %s", i, err, want)
		}
	}
	rows, err := f["e"].Table("e")
	if err != nil || len(rows) != 3 || rows[1][1].Text != "2.5" {
		t.Fatalf("table: %v, %v", rows, err)
	}
	if d, err := rows[1][1].Number("price"); err != nil || d.String() != "2.5" {
		t.Errorf("cell: %s, %v", d, err)
	}
	// The place is the word's in the file, whatever the indentation.
	if err := rows[1][1].Errorf("here"); err.Error() != "f.yaml:12:13: here" {
		t.Errorf("cell: %v", err)
	}
	if _, err := rows[2][1].Integer("count", 1,
		9); err == nil || err.Error() != `f.yaml:13:11: want count as a whole number from 1 to 9, got "x"` {
		t.Errorf("integer: %v", err)
	}
	if _, err := rows[2][1].Number("price"); err == nil || !strings.HasPrefix(err.Error(), "f.yaml:13:11: want price as a decimal") {
		t.Errorf("cell: %v", err)
	}
}

func TestAKeyThatIsNotThereIsNothing(t *testing.T) {
	root, err := Parse("f.yaml", []byte("a: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := root.Fields("the file", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	missing := f["b"]
	for what, err := range map[string]error{
		"text":     second(missing.Text("b")),
		"scalar":   second(missing.Scalar("b")),
		"number":   second(missing.Number("b")),
		"table":    second(missing.Table("b")),
		"sequence": second(missing.Sequence("b")),
		"mapping":  second(missing.Mapping("b")),
	} {
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, "got nothing") {
			t.Errorf("%s of nothing: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: {b: [1, 'x']}\nc: |\n  t t\n  u v\n"))
	f.Add([]byte("? [a]\n: &x !!str *x\n<<: *x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Parse("fuzz.yaml", data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line with its place: %q", err)
			}
			return
		}
		visit(t, root, 0)
	})
}

// visit asks everything of every node: nothing may panic, every error has its file.
func visit(t *testing.T, n Node, depth int) {
	if depth > 100 {
		return
	}
	for _, err := range []error{second(n.Text("x")), second(n.Scalar("x")), second(n.Number("x")), second(n.Table("x"))} {
		if err != nil && !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
			t.Fatalf("no place: %v", err)
		}
	}
	if entries, err := n.Mapping("x"); err == nil {
		for _, e := range entries {
			visit(t, e.Value, depth+1)
		}
	}
	if list, err := n.Sequence("x"); err == nil {
		for _, e := range list {
			visit(t, e, depth+1)
		}
	}
}
