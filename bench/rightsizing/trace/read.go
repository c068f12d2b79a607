package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Read reads every trace in the files of a folder and the folders in it, in the
// order of their names. A file is recognized by its header, whatever its name;
// what is no trace is passed over and named in skipped.
func Read(folder string) (traces []Trace, skipped []string, err error) {
	azure := map[string]*azureFiles{}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".csv" {
			return err
		}
		one, part, err := readFile(path)
		switch {
		case errors.Is(err, errFormat):
			skipped = append(skipped, path)
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		case part != "":
			dir := filepath.Dir(path)
			if azure[dir] == nil {
				azure[dir] = &azureFiles{}
			}
			azure[dir].add(part, path)
			return nil
		}
		traces = append(traces, *one)
		return nil
	})
	if err != nil {
		return nil, skipped, fmt.Errorf("read traces: %w", err)
	}
	for dir, files := range azure {
		some, err := files.read(name(filepath.Join(dir, "x"), ""))
		if err != nil {
			return nil, skipped, fmt.Errorf("%s: %w", dir, err)
		}
		traces = append(traces, some...)
	}
	slices.SortFunc(traces, func(a, b Trace) int { return strings.Compare(a.Name, b.Name) })
	return traces, skipped, nil
}

// errFormat is the error for a file in an unknown format.
var errFormat = errors.New("not a trace that is known here")

// readFile reads a trace that is one file, or says which part of an Azure trace
// the file is.
func readFile(path string) (*Trace, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	t, err := newTable(f)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errFormat, err)
	}
	base := strings.TrimSuffix(filepath.Base(path), ".csv")
	trace := &Trace{}
	switch {
	case t.has("process", "peak_rss", "realtime", "start"):
		trace.Name = name(path, strings.TrimPrefix(base, "trace_"))
		trace.Runs = nextflow(t)
	case t.has("memory_mb", "max_memory_used_mb", "duration_ms"):
		trace.Name = name(path, base)
		trace.Runs = lambdaReport(t)
	case t.has("workload", "run_id", "started_at", "duration_s", "peak_memory_bytes"):
		trace.Name = name(path, base)
		trace.Runs = plain(t)
	default:
		if part := azurePart(t); part != "" {
			return nil, part, nil
		}
		return nil, "", errFormat
	}
	if t.err != nil {
		return nil, "", t.err
	}
	return trace, "", nil
}

// name is the file's folder and what is left of its own name.
func name(path, rest string) string {
	dir := filepath.Base(filepath.Dir(path))
	if dir == "." || dir == string(filepath.Separator) {
		dir = "trace"
	}
	if rest == "" {
		return dir
	}
	return dir + "/" + rest
}
