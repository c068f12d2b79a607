//go:build cluster

package jobs

import (
	"os"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// setting is a variable that the test cluster's env verb exports.
func setting(tb testing.TB, name string) string {
	tb.Helper()
	v := os.Getenv(name)
	if v == "" {
		tb.Fatalf(`%s is not set: run make test, or: eval "$(go run -C test/cluster . env)"`, name)
	}
	return v
}

func connected(tb testing.TB, kubeconfig string, o Options) *Source {
	tb.Helper()
	c, err := Connect(setting(tb, kubeconfig), "")
	if err != nil {
		tb.Fatal(err)
	}
	o.Connection, o.Attribute = c, byTenant
	s, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func row4(b migration.Batch, name string) migration.Health {
	for _, h := range b.Health {
		if h.Source == name {
			return h
		}
	}
	return migration.Health{}
}
