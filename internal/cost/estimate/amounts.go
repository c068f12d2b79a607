package estimate

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// parseDecimal reads a number without sign or exponent, of at most 15 digits and 9
// places.
func parseDecimal(t string) (decimal.Decimal, error) {
	whole, places, point := strings.Cut(t, ".")
	if !digits(whole) || len(whole) > 15 || (point && (!digits(places) || len(places) > 9)) {
		return decimal.Decimal{}, fmt.Errorf("want a number, got %q", t)
	}
	return decimal.NewFromString(t)
}

func digits(t string) bool {
	return t != "" && strings.Trim(t, "0123456789") == ""
}

// units of sizes. AWS's MB and GB of Lambda and Fargate are 1024^2 and 1024^3 bytes;
// Kubernetes' M and G are not, and are refused, so that one is not read as the other.
var units = []struct {
	suffix string
	bytes  migration.Bytes
}{
	{"KiB", migration.KiB},
	{"MiB", migration.MiB},
	{"GiB", migration.GiB},
	{"TiB", 1024 * migration.GiB},
	{"Ki", migration.KiB},
	{"Mi", migration.MiB},
	{"Gi", migration.GiB},
	{"Ti", 1024 * migration.GiB},
	{"KB", migration.KiB},
	{"MB", migration.MiB},
	{"GB", migration.GiB},
	{"TB", 1024 * migration.GiB},
}

func parseSize(t string) (migration.Bytes, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(t, u.suffix)
		if !ok {
			continue
		}
		d, err := parseDecimal(strings.TrimSpace(number))
		if err != nil {
			break
		}
		b := d.Mul(decimal.NewFromInt(int64(u.bytes))).Ceil()
		if b.GreaterThan(decimal.NewFromInt(mostBytes)) {
			return 0, fmt.Errorf("%q is more than there is", t)
		}
		return migration.Bytes(b.IntPart()), nil
	}
	return 0, fmt.Errorf("want a size with its unit, such as 512MB or 2Gi, got %q", t)
}

func parseCPU(t string) (migration.CPU, error) {
	unit := migration.Core
	number, milli := strings.CutSuffix(t, "m")
	if milli {
		unit = migration.Millicore
	}
	d, err := parseDecimal(number)
	cpu := d.Mul(decimal.NewFromInt(int64(unit))).Ceil()
	if err != nil || !cpu.IsPositive() || cpu.GreaterThan(decimal.NewFromInt(int64(mostVCPU*migration.Core))) {
		return 0, fmt.Errorf("want CPU such as 500m or 2, at most %d, got %q", mostVCPU, t)
	}
	return migration.CPU(cpu.IntPart()), nil
}
