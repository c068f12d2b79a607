package migration

import (
	"encoding/json"
	"testing"
)

func TestOptJSON(t *testing.T) {
	type row struct {
		A Opt[int64] `json:"a"`
		B Opt[int64] `json:"b,omitzero"`
		C Opt[USD]   `json:"c"`
	}
	b, err := json.Marshal(row{A: Some[int64](0)})
	if err != nil || string(b) != `{"a":0,"c":null}` {
		t.Fatalf("got %s, %v: a measured 0 and an unknown must differ", b, err)
	}
	var back row
	if err := json.Unmarshal([]byte(`{"a":null,"b":7,"c":"0.0000166667"}`), &back); err != nil {
		t.Fatal(err)
	}
	if back.A.Known() || back.B != Some[int64](7) {
		t.Errorf("got %+v", back)
	}
	if c, _ := back.C.Get(); c.String() != "0.0000166667" {
		t.Errorf("money changed its digits: %s", c)
	}
}

func TestOptArithmetic(t *testing.T) {
	one, two, none := Some[int64](1), Some[int64](2), None[int64]()
	for _, c := range []struct {
		name      string
		got, want Opt[int64]
	}{
		{"plus", Plus(one, two), Some[int64](3)},
		{"plus unknown", Plus(one, none), one},
		{"plus unknowns", Plus(none, none), none},
		{"larger", Larger(one, two), two},
		{"larger than unknown", Larger(none, one), one},
		{"unknown is not larger", Larger(one, none), one},
		{"join", Join(one, two, func(a, b int64) int64 { return a + b }), Some[int64](3)},
		{"join unknown", Join(one, none, func(a, b int64) int64 { return a + b }), none},
		{"map", Map(two, func(v int64) int64 { return v * v }), Some[int64](4)},
		{"map unknown", Map(none, func(v int64) int64 { return v * v }), none},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, c.got, c.want)
		}
	}
}
