package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// fakeRecord is a record of the cutover without a history.
type fakeRecord struct {
	of  *migration.Snapshot
	err error
}

func (r *fakeRecord) Documents(_ context.Context, s *migration.Snapshot) (json, markdown []byte, err error) {
	r.of = s
	return []byte("{}\n"), []byte("# Record\n"), r.err
}

// e writes two new files, says where in full, and overwrites nothing.
func TestCutoverExportsItsRecord(t *testing.T) {
	record := &fakeRecord{}
	d := newDriver(t, Options{Theme: "mono", SaveDir: t.TempDir(), Record: record}, 240, 40)
	d.press("4", "e") // nothing is there yet
	s := newFixture()
	d.send(snapshotMsg{s})
	d.press("e")
	base := filepath.Join(d.m.opts.SaveDir, "migtop-cutover-20260314-103442")
	d.mustShow("saved to "+base+".json", "and "+base+".md")
	if record.of != s {
		t.Error("the record is not that of the screen")
	}
	if err := os.WriteFile(base+".md", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.press("e")
	d.mustShow(base+"-2.json", base+"-2.md")
	for name, want := range map[string]string{".json": "{}\n", ".md": "mine", "-2.json": "{}\n", "-2.md": "# Record\n"} {
		if got, err := os.ReadFile(base + name); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
	record.err = errors.New("the history cannot be read")
	d.press("e")
	d.mustShow("the history cannot be read")
	d.m.opts.SaveDir = filepath.Join(d.m.opts.SaveDir, "not", "there")
	record.err = nil
	d.press("e")
	d.mustShow("cannot save")
	d.m.opts.Record = nil
	d.press("e")
	d.mustShow("the record of the cutover is not available")
}
