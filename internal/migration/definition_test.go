package migration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Nothing that prints, logs or encodes a hidden text shows it.
func TestHiddenStaysHidden(t *testing.T) {
	const secret = "hunter2-and-more"
	values := map[string]Hidden{"PASSWORD": Hide(secret)}
	d := Definition{Environment: Some(values)}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", values["PASSWORD"], values, d)
	}
	fmt.Fprintln(&out, values["PASSWORD"], fmt.Errorf("value %w", fmt.Errorf("%v", values)))
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("read", "value", values["PASSWORD"], "all", values, "function", d)
	}
	if err := json.NewEncoder(&out).Encode(d); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&out).Encode(values); err != nil {
		t.Fatal(err)
	}
	for _, shape := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
		if strings.Contains(out.String(), shape) {
			t.Errorf("shown as %q", shape)
		}
	}
	if !strings.Contains(out.String(), "[hidden]") || values["PASSWORD"].Reveal() != secret {
		t.Error("it is not there at all")
	}
}
