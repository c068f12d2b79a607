package profile

import "github.com/migtop/migtop/internal/migration"

// RoundUp rounds a size of memory up to a step that people would write: 16 MiB up to
// 1 GiB, 64 MiB up to 8 GiB and 256 MiB above. What is no size is one step.
func RoundUp(b migration.Bytes) migration.Bytes {
	step := 256 * migration.MiB
	switch {
	case b <= migration.GiB:
		step = 16 * migration.MiB
	case b <= 8*migration.GiB:
		step = 64 * migration.MiB
	}
	return max((b+step-1)/step, 1) * step
}
