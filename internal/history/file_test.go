package history

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADamagedFileIsMovedAside(t *testing.T) {
	for name, damage := range map[string]func(data []byte) []byte{
		"no database": func([]byte) []byte { return []byte(strings.Repeat("this is no database\n", 500)) },
		"a damaged one": func(data []byte) []byte {
			for i := 4096; i < len(data); i++ { // all pages but the first
				data[i] = 0xff
			}
			return data
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			s := New(path, Options{})
			for n := range 40 {
				put(t, s, answer(n*100, n*100+100, n*100+100, 1))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before := damage(data)
			write(t, path, string(before))
			write(t, path+"-wal", "a WAL that belongs to it")
			s = newStore(t, path, Options{})
			put(t, s, answer(0, 10, 10, 7))
			if got := segments(t, s); len(got) != 2 || got[0].Runs[0].Runs != 7 {
				t.Errorf("%+v", got)
			}
			p := s.Problem()
			if p == nil || !strings.Contains(p.What, "was damaged") || !strings.Contains(p.What, path) || p.Fix == "" {
				t.Fatalf("problem %v", p)
			}
			found, err := filepath.Glob(path + ".damaged-*")
			if err != nil || len(found) == 0 || !strings.Contains(p.What, found[0]) {
				t.Fatalf("%v: %v, named %q", err, found, p.What)
			}
			if after, err := os.ReadFile(found[0]); err != nil || string(after) != string(before) {
				t.Errorf("what was moved was changed: %v", err)
			}
			// The new one is a file and not memory.
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := segments(t, newStore(t, path, Options{})); len(got) != 2 {
				t.Errorf("%d segments after a restart", len(got))
			}
		})
	}
}
