package trace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a file holds, reading it ends in runs that can be replayed or in an error.
func FuzzRead(f *testing.F) {
	f.Add("process,peak_rss,realtime,start,status\np,1,1,1,COMPLETED\n")
	f.Add("runtime,arch,memory_mb,duration_ms,max_memory_used_mb\ngo,arm64,128,1e300,1\n")
	f.Add(strings.Join(Header, ",") + "\nw,,1,2024-01-01T00:00:00Z,1,1,,,,\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "trace.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		trace, _, err := readFile(path)
		if err != nil || trace == nil {
			return
		}
		for _, r := range trace.Runs {
			if r.Peak <= 0 || r.Duration <= 0 || r.Declared < 0 {
				t.Errorf("%+v", r)
			}
		}
	})
}
