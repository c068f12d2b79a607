package assess

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
)

func plural(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// percent writes a share with the digits that matter: 4.2 %, 87 %, 187 %.
func percent(r migration.Ratio) string {
	if p := float64(r) * 100; p < 10 {
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", float64(r)*100)
}

// memory writes a container's limit: 512 MiB, 4 GiB.
func memory(b migration.Bytes) string {
	if b%migration.GiB == 0 {
		return fmt.Sprintf("%d GiB", b/migration.GiB)
	}
	return fmt.Sprintf("%d MiB", b/migration.MiB)
}
