package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Write writes the files that are new and, with force, those that changed. Without force
// it returns an [Occupied] error if any changed. It returns an error if a file changed after
// the plan was made, since its diff was not shown.
//
// All files are written to temporary paths in the same folders first and then renamed, so
// that a full disk or a read-only folder leaves every file unchanged. If a rename fails
// midway, the error names what was done.
func (p *WritePlan) Write(force bool) (err error) {
	if changed := p.Changed(); len(changed) > 0 && !force {
		return &Occupied{p.Dir, changed}
	}
	if len(p.named(Same)) == len(p.Changes) {
		return nil
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return unusable(p.Dir, err)
	}
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return unusable(p.Dir, err)
	}
	w := &writing{root: root, dir: p.Dir}
	defer func() { err = errors.Join(err, w.clean(), root.Close()) }()
	for i := range p.Changes {
		if c := &p.Changes[i]; c.State != Same {
			if err := w.stage(c); err != nil {
				return err
			}
		}
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.State != Same {
			if err := w.place(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// writing is one run of Write.
type writing struct {
	root   *os.Root
	dir    string
	made   []string          // folders that were not there
	staged map[string]string // the temporary path of a file, by its name
	placed []string
}

// fail says what failed on which file, and what had been written by then.
func (w *writing) fail(c *Change, err error) error {
	done := "nothing was written"
	if len(w.placed) > 0 {
		done = "written were " + strings.Join(w.placed, ", ")
	}
	return fmt.Errorf("cannot write %s: %w (%s)", filepath.Join(w.dir, c.Name), err, done)
}

// stage writes a file to its temporary path.
func (w *writing) stage(c *Change) error {
	if err := w.unchanged(c); err != nil {
		return w.fail(c, err)
	}
	if err := w.mkdir(path.Dir(c.Name)); err != nil {
		return w.fail(c, err)
	}
	mode := fs.FileMode(0o644)
	if c.State == Changed {
		info, err := w.root.Stat(c.Name)
		if err != nil {
			return w.fail(c, err)
		}
		mode = info.Mode().Perm()
	} else if bytes.HasPrefix(c.Data, []byte("#!")) {
		mode = 0o755
	}
	var f *os.File
	var name string
	for n := 0; ; n++ {
		name = path.Join(path.Dir(c.Name), "."+path.Base(c.Name)+"."+strconv.Itoa(n)+".tmp")
		var err error
		f, err = w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) || n == 100 {
			return w.fail(c, err)
		}
	}
	if w.staged == nil {
		w.staged = map[string]string{}
	}
	w.staged[c.Name] = name
	_, err := f.Write(c.Data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return w.fail(c, err)
	}
	return nil
}

// unchanged fails if a file is not as the plan saw it.
func (w *writing) unchanged(c *Change) error {
	now, err := read(w.root, c.Name)
	switch {
	case c.State == New && errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case c.State == New || !bytes.Equal(now, c.old):
		return errors.New("somebody changed it since the diff was made: look again")
	}
	return nil
}

// place moves a file to its place. A new one is linked there, which fails where a file
// has appeared since; some file systems have no links, and then it is looked at again.
func (w *writing) place(c *Change) error {
	from := w.staged[c.Name]
	if err := w.unchanged(c); err != nil {
		return w.fail(c, err)
	}
	if c.State == New {
		err := w.root.Link(from, c.Name)
		if err == nil {
			w.placed = append(w.placed, c.Name)
			return nil // clean takes the other name away
		}
		if errors.Is(err, fs.ErrExist) {
			return w.fail(c, err)
		}
	}
	if err := w.root.Rename(from, c.Name); err != nil {
		return w.fail(c, err)
	}
	delete(w.staged, c.Name)
	w.placed = append(w.placed, c.Name)
	return nil
}

// mkdir makes a folder and those above it, and remembers which.
func (w *writing) mkdir(dir string) error {
	if dir == "." {
		return nil
	}
	if err := w.mkdir(path.Dir(dir)); err != nil {
		return err
	}
	err := w.root.Mkdir(dir, 0o755)
	if err == nil {
		w.made = append(w.made, dir)
		return nil
	}
	if info, err := w.root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	return err
}

// clean removes temporary files, and new folders that stayed empty.
func (w *writing) clean() error {
	var errs []error
	for _, name := range w.staged {
		errs = append(errs, w.root.Remove(name))
	}
	for i := len(w.made) - 1; i >= 0 && len(w.placed) == 0; i-- {
		errs = append(errs, w.root.Remove(w.made[i]))
	}
	return errors.Join(errs...)
}
