package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/joblogs"
)

func loadText(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Options{Sections: sources.Sections(), File: file, Env: func(string) (string, bool) { return "", false }})
}

func TestSaysWhatOfLogsIsRead(t *testing.T) {
	c, err := loadText(t, `
evidence: {max_scan: 1.5GB, every: 1h}
logs: {jobs: /jobs/prod}
log_tenants:
  - {function: "pool-*", field: detail.tenant}
  - {function: Legacy, pattern: "tenant={tenant};"}
`)
	if err != nil {
		t.Fatal(err)
	}
	e := c.Evidence
	jobs := c.Section(joblogs.Name).(*joblogs.Config).Jobs.String()
	if e.MaxScan != migration.GiB*3/2 || e.Every != time.Hour || jobs != "/jobs/prod" || len(e.Tenants) != 2 {
		t.Errorf("%+v", e)
	}
	if !e.Tenants[0].Function.Match("pool-7") || e.Tenants[0].Field != "detail.tenant" || e.Tenants[1].Pattern != "tenant={tenant};" {
		t.Errorf("%+v", e.Tenants)
	}
	if d := config.Default().Evidence; d.Every != 0 || d.MaxScan != 10*migration.GiB {
		t.Errorf("by default %+v: nothing is read unasked", d)
	}
}

func TestRefusesWhatCannotBeReadOfLogs(t *testing.T) {
	for text, says := range map[string]string{
		"evidence: {max_scan: 10}":                                    "put it in quotes",
		"evidence: {max_scan: -1GB}":                                  "a size in MB, GB or TB",
		"evidence: {max_scan: 9999TB}":                                "a size in MB, GB or TB",
		"evidence: {every: 1m}":                                       "a time from 15m to 24h",
		"logs: {jobs: a b}":                                           "the name of a log group",
		"log_tenants: [{field: x}]":                                   "without function",
		"log_tenants: [{function: f}]":                                "either field",
		"log_tenants: [{function: f, field: x, pattern: '{tenant}'}]": "either field",
		"log_tenants: [{function: f, pattern: tenant}]":               "{tenant}",
		"log_tenants: [{function: f, colour: x}]":                     "colour",
		"log_tenants: f":                                              "a list",
	} {
		if _, err := loadText(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
