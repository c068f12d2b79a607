package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"github.com/migtop/migtop/internal/migration"
)

// File is what is to be in the folder. Name is relative, with slashes.
type File struct {
	Name string
	Data []byte
}

// State compares a file with the existing one.
type State uint8

// The states of a file.
const (
	New State = iota + 1
	Same
	Changed
)

var stateNames = [...]string{"unknown", "new", "same", "changed"}

func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// Change is one file of a plan.
type Change struct {
	File
	State State
	// Diff from the existing file to the new one: unified, with three lines of context.
	// Empty for files that are the same.
	Diff string

	old []byte // what was there when the diff was made
}

// WritePlan is what writing would do. Its changes are in the order of the files.
type WritePlan struct {
	Dir     string
	Changes []Change
}

// largest is how much of an existing file is read. A larger file is more likely a mistake
// than something to compare.
const largest = 16 << 20

// Make compares files with what is in dir, which need not be there. It writes nothing.
// It is an error if a name leads out of dir, also over a symbolic link, if a name is
// there twice, also in another case (some file systems know none), and if what is there
// cannot be read or is no file.
func Make(dir string, files []File) (*WritePlan, error) {
	p := &WritePlan{Dir: dir, Changes: make([]Change, 0, len(files))}
	seen := map[string]string{}
	for _, f := range files {
		if name := filepath.FromSlash(f.Name); !filepath.IsLocal(name) || filepath.ToSlash(filepath.Clean(name)) != f.Name || f.Name == "." {
			return nil, fmt.Errorf("%q is no name of a file in a folder", f.Name)
		}
		lower := strings.ToLower(f.Name)
		if other, taken := seen[lower]; taken {
			return nil, fmt.Errorf("two files of the name %q: one is %q", f.Name, other)
		}
		seen[lower] = f.Name
	}
	root, err := os.OpenRoot(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unusable(dir, err)
	}
	if root != nil {
		defer root.Close() //nolint:errcheck // it was only read from
	}
	for _, f := range files {
		c := Change{File: f, State: New}
		if root != nil {
			if c.old, err = read(root, f.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("cannot compare with %s: %w", filepath.Join(dir, f.Name), err)
			}
			if err == nil {
				c.State = Changed
				if bytes.Equal(c.old, f.Data) {
					c.State = Same
				}
			}
		}
		if c.State != Same {
			c.Diff = diff(f.Name, c.State, c.old, f.Data)
		}
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}

func unusable(dir string, err error) error {
	return &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("cannot use the folder %s: %v", dir, err),
		Fix:   "name a folder that you may write to",
		Err:   err,
	}
}

func read(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is there and is no file: choose another folder")
	}
	if info.Size() > largest {
		return nil, fmt.Errorf("it is there and has %d bytes: choose another folder", info.Size())
	}
	return root.ReadFile(name)
}

// diff is a unified diff, or one sentence where a file is no text.
func diff(name string, state State, old, data []byte) string {
	from := "a/" + name
	if state == New {
		from = "/dev/null"
	}
	if !utf8.Valid(old) || bytes.IndexByte(old, 0) >= 0 {
		return fmt.Sprintf("--- %s\n+++ b/%s\nThe file that is there is no text.\n", from, name)
	}
	return udiff.Unified(from, "b/"+name, string(old), string(data))
}

// Changed lists the names of files that are there and would be overwritten.
func (p *WritePlan) Changed() []string { return p.named(Changed) }

func (p *WritePlan) named(s State) []string {
	var out []string
	for _, c := range p.Changes {
		if c.State == s {
			out = append(out, c.Name)
		}
	}
	return out
}

// Summary is the plan in a few words: "3 new, 1 changed, 2 the same".
func (p *WritePlan) Summary() string {
	var parts []string
	for _, s := range []struct {
		state State
		word  string
	}{{New, "new"}, {Changed, "changed"}, {Same, "the same"}} {
		if n := len(p.named(s.state)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s.word))
		}
	}
	if len(parts) == 0 {
		return "no files"
	}
	return strings.Join(parts, ", ")
}

// Occupied is the error of files that are there and were not to be overwritten.
type Occupied struct {
	Dir   string
	Names []string
}

func (e *Occupied) Error() string {
	const most = 3
	names := slices.Clone(e.Names[:min(len(e.Names), most)])
	if more := len(e.Names) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("files in %s would be overwritten: %s; nothing was written (look at the diff, then use --force, or choose another "+
		"--dir)",
		e.Dir, strings.Join(names, ", "))
}
