//go:build unix

package history

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A file system without shared memory refuses WAL: that is said, and the file is used all the same.
func TestAFileSystemWithoutWALIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := newStore(t, path, Options{})
	s.vfs = "unix-dotfile" // its locks are files, and it has no shared memory
	m := newFleet(2).minutes(noon, 5, time.Minute)
	keepMinutes(t, s, m)
	if got := runsOf(t, s, noon, at(5)); got != runsIn(m) {
		t.Errorf("%d runs of %d", got, runsIn(m))
	}
	if p := s.Problem(); p == nil || !strings.Contains(p.What, "no WAL") || !strings.Contains(p.What, path) || p.Fix == "" {
		t.Errorf("problem %v", p)
	}
	if s.memory {
		t.Error("it is in memory")
	}
}
