package config

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// History is where what was seen is kept, and how much of it.
type History struct {
	// Path is the file, "" for the one in the state directory.
	Path string
	// Cap is what it may take on the disk, its WAL included.
	Cap migration.Bytes
}

// defaultCap is enough for a month of 500 tenants on two platforms; leastCap for an hour of minutes, and the WAL.
const (
	defaultCap = 512 * migration.MiB
	leastCap   = 16 * migration.MiB
)

func historyCap() Setting {
	const path = "history.cap"
	return Setting{
		Path: path, Env: envName(path), Kind: KindText, Help: "what the history may take on the disk; the oldest is thinned first",
		apply: func(c *Config, v section.Value) error {
			for _, unit := range sizeUnits {
				digits, ok := strings.CutSuffix(strings.TrimSpace(v.Text), unit.name)
				if !ok {
					continue
				}
				d, err := number(strings.TrimSpace(digits))
				if err == nil && d.Sign() >= 0 && d.LessThanOrEqual(decimal.NewFromInt(1024)) {
					if size := migration.Bytes(d.Mul(decimal.NewFromInt(int64(unit.bytes))).IntPart()); size >= leastCap {
						c.History.Cap = size
						return nil
					}
				}
			}
			return section.Expected("a size in MB, GB or TB, at least 16MB, such as 512MB")
		},
		show: func(c *Config) string {
			return decimal.NewFromInt(int64(c.History.Cap)).Div(decimal.NewFromInt(int64(migration.MiB))).Round(3).String() + "MB"
		},
	}
}
