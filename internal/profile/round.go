package profile

import "github.com/migtop/migtop/internal/migration"

// leastSize is the smallest size of memory that is recommended: container runtimes need
// some to start anything.
const leastSize = 16 * migration.MiB

// RoundUp rounds a size of memory up to a step that people would write: 1 MiB up to 32
// MiB, 2 MiB up to 64 MiB, 16 MiB up to 1 GiB, 64 MiB up to 8 GiB and 256 MiB above. The
// least, which what is no size is rounded to as well, is 16 MiB.
func RoundUp(b migration.Bytes) migration.Bytes {
	step := 256 * migration.MiB
	switch {
	case b <= leastSize:
		return leastSize
	case b <= 32*migration.MiB:
		step = migration.MiB
	case b <= 64*migration.MiB:
		step = 2 * migration.MiB
	case b <= migration.GiB:
		step = 16 * migration.MiB
	case b <= 8*migration.GiB:
		step = 64 * migration.MiB
	}
	return (b + step - 1) / step * step
}
