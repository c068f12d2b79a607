package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost/prices"
)

// The refreshed prices of all regions are read when the first price is asked for,
// and with an overlay at the start.
func BenchmarkOpenBook(b *testing.B) {
	b.Setenv("XDG_CACHE_HOME", b.TempDir())
	xdg.Reload()
	b.Cleanup(xdg.Reload)
	if err := os.MkdirAll(filepath.Dir(refreshedFile()), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(refreshedFile(), prices.Encode("refreshed", "", prices.Default().Rates("")), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := openBook(func(err error) { b.Fatal(err) }, config.Default(), false)
		if err != nil || len(book.Items("eks.cluster")) == 0 {
			b.Fatal(err)
		}
	}
}
