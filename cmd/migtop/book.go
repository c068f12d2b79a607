package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost/prices"
)

// openBook returns the prices to use: the embedded book, then newer list prices from migtop prices refresh, then the
// overlay that the configuration names. A demo prints the same on every machine, so it uses the embedded prices only.
// Errors in the refreshed prices go to warn, and the program continues without them.
func openBook(warn func(error), c *config.Config, demo bool) (*prices.PriceBook, error) {
	book := prices.Default()
	if !demo {
		book = prices.Lazy(func() *prices.PriceBook {
			book, err := withRefreshed(prices.Default())
			if err != nil {
				warn(fmt.Errorf("the refreshed prices are not used: %w: run migtop prices refresh again", err))
			}
			return book
		})
	}
	return withOverlay(book, c.Prices.Overlay)
}

// warnTo prints warnings as errors are printed.
func warnTo(w io.Writer) func(error) {
	return func(err error) { _, _ = fmt.Fprintln(w, "migtop: "+err.Error()) }
}

// withOverlay lays a price file over a book; "" is none.
func withOverlay(book *prices.PriceBook, file string) (*prices.PriceBook, error) {
	if file == "" {
		return book, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usage(fmt.Errorf("read the price file: %w", err))
	}
	over, err := book.With(file, data)
	if err != nil {
		return nil, usage(err)
	}
	return over, nil
}

// refreshedFile is where refreshed prices are kept.
func refreshedFile() string { return filepath.Join(xdg.CacheHome, "migtop", "prices.yaml") }

// withRefreshed returns the book with the refreshed prices, if there are any; with an error, it returns the book
// unchanged.
func withRefreshed(book *prices.PriceBook) (*prices.PriceBook, error) {
	file := refreshedFile()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return book, nil
	}
	if err != nil {
		return book, err
	}
	newer, err := book.Update(file, data)
	if err != nil {
		return book, err
	}
	return newer, nil
}
