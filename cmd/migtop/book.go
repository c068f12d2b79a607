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

// openBook returns the prices in force: the embedded book, newer list prices that
// migtop prices refresh has read, and over them the overlay that the configuration
// names. A demo tells the same story on every machine, and so has the embedded
// ones. What is wrong with the refreshed prices goes to warn, and the program goes on
// without them.
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

// withRefreshed is the book with the refreshed prices, if there are any; the book
// itself beside an error.
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
