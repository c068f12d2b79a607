package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
)

var update = flag.Bool("update", false, "write the generated part of docs/configuration.md anew")

func TestDocumentationHasEverySetting(t *testing.T) {
	const (
		file  = "../../docs/configuration.md"
		begin = "<!-- settings: generated; go test ./internal/config -update -->\n"
		end   = "<!-- end of settings -->\n"
	)
	kinds := map[config.Kind]string{
		config.KindText: "text", config.KindBool: "true or false", config.KindNumber: "number", config.KindDuration: "time",
		config.KindList: "list",
	}
	var b strings.Builder
	b.WriteString("| key | kind | default | flag | variable | meaning |\n|---|---|---|---|---|---|\n")
	for _, s := range config.Settings(sources.Sections()...) {
		flagName, value := "", s.Show(config.Default())
		if s.Flag != "" {
			flagName = "`--" + s.Flag + "`"
		}
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` | %s |\n", s.Path, kinds[s.Kind], value, flagName, s.Env, s.Help)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between the marks for settings", file)
	}
	want := before + begin + b.String() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("docs/configuration.md is not what the code says; run go test ./internal/config -update\n%s", diff)
	}
	for _, keys := range [][]string{attribution.TenantKeys[:], attribution.WorkloadKeys[:]} {
		for _, k := range keys {
			if !strings.Contains(want, "`"+k+"`") {
				t.Errorf("docs/configuration.md does not tell of the key %s", k)
			}
		}
	}
}
