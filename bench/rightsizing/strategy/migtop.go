package strategy

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// Migtop is what migtop profiles --online recommends. The binary replays the runs
// itself: what it says of a run, it said before it had seen it.
type Migtop struct {
	advice map[string]advice
}

type advice struct {
	limit       int64 // bytes; 0 is none
	deadline    time.Duration
	failureRate float64
	predicted   bool
}

// NewMigtop replays runs, as they start in their order, through the binary at path.
// Without tenants the tenant of each run is kept from it.
func NewMigtop(ctx context.Context, path string, runs []trace.Run, tenants bool) (*Migtop, error) {
	dir, err := os.MkdirTemp("", "rightsizing-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "trace.csv")
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	given := runs
	if !tenants {
		given = slices.Clone(runs)
		for i := range given {
			given[i].Tenant = ""
		}
	}
	if err := errors.Join(trace.Write(f, given), f.Close()); err != nil {
		return nil, err
	}
	// No configuration, history or cache of the one who runs this.
	cmd := exec.CommandContext(ctx, path, "profiles", "--from", file, "--online")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s profiles --online: %w: %s", path, err, bytes.TrimSpace(stderr.Bytes()))
	}
	m := &Migtop{}
	if m.advice, err = parseAdvice(&out); err != nil {
		return nil, fmt.Errorf("what %s profiles --online printed: %w", path, err)
	}
	for i := range runs {
		if _, ok := m.advice[runs[i].ID]; !ok {
			return nil, fmt.Errorf("%s profiles --online left out run %s", path, runs[i].ID)
		}
	}
	return m, nil
}

// parseAdvice reads the lines that migtop prints: run_id, memory_limit_bytes and
// deadline_s, and expected_failure_rate where there is such a column.
func parseAdvice(r io.Reader) (map[string]advice, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	column := func(name string) int { return slices.Index(header, name) }
	id, limit, deadline, rate := column("run_id"), column("memory_limit_bytes"), column("deadline_s"), column("expected_failure_rate")
	if id < 0 || limit < 0 || deadline < 0 {
		return nil, fmt.Errorf("columns %v: want run_id, memory_limit_bytes and deadline_s", header)
	}
	all := map[string]advice{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var a advice
		size, known, err := number(row[limit])
		if err != nil {
			return nil, fmt.Errorf("run %s: memory_limit_bytes: %w", row[id], err)
		}
		if known {
			a.limit = int64(math.Ceil(size))
		}
		seconds, _, err := number(row[deadline])
		if err != nil {
			return nil, fmt.Errorf("run %s: deadline_s: %w", row[id], err)
		}
		a.deadline = time.Duration(seconds * float64(time.Second))
		if rate >= 0 {
			if a.failureRate, a.predicted, err = number(row[rate]); err != nil {
				return nil, fmt.Errorf("run %s: expected_failure_rate: %w", row[id], err)
			}
		}
		if _, twice := all[row[id]]; twice {
			return nil, fmt.Errorf("run %s is there twice", row[id])
		}
		all[row[id]] = a
	}
}

// number is a field's value, and false where the field is empty.
func number(text string) (float64, bool, error) {
	if text == "" {
		return 0, false, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0) || v < 0) {
		err = errors.New(text + " is out of range")
	}
	return v, err == nil, err
}

// Name is what the strategy is called in the table.
func (*Migtop) Name() string { return "migtop" }

// Size is the limit that migtop printed for the run.
func (m *Migtop) Size(r *trace.Run) (int64, bool) {
	a := m.advice[r.ID]
	return a.limit, a.limit > 0
}

// Deadline is the deadline that migtop printed for the run.
func (m *Migtop) Deadline(r *trace.Run) (time.Duration, bool) {
	a := m.advice[r.ID]
	return a.deadline, a.deadline > 0
}

// FailureRate is the share of runs that migtop expected to exceed the limit, where
// it printed one.
func (m *Migtop) FailureRate(r *trace.Run) (float64, bool) {
	a := m.advice[r.ID]
	return a.failureRate, a.predicted
}

// Killed changes nothing: the binary has replayed everything already.
func (*Migtop) Killed(*trace.Run, int64, time.Time) {}

// Ended changes nothing: the binary has replayed everything already.
func (*Migtop) Ended(*trace.Run, time.Time) {}
