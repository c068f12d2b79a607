package report_test

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/report"
)

// YAML has the keys and values of JSON, whatever a shape is called.
func TestEstimatesInYAMLAreThoseInJSON(t *testing.T) {
	doc := results(t)
	for i, name := range []string{"", "no", "a: b", "1.0", "null"}[:len(doc.Shapes)] {
		doc.Shapes[i].Name = name
	}
	doc.Shapes[0].Name = "x\x1b[2J\u202e\n- y"
	var fromJSON, fromYAML any
	text := written(t, func(w io.Writer) error { return report.WriteEstimates(w, doc, report.JSON) })
	if err := json.Unmarshal(text, &fromJSON); err != nil {
		t.Fatal(err)
	}
	data := written(t, func(w io.Writer) error { return report.WriteEstimates(w, doc, report.YAML) })
	if err := yaml.Unmarshal(data, &fromYAML); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	again, err := json.Marshal(fromYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
		t.Error(diff)
	}
}
