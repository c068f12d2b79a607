package strategy

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// Migtop is the recommendation of migtop profiles --online. The binary replays the runs itself: each recommendation is
// made before the run is read.
type Migtop struct {
	advice map[string]advice
}

type advice struct {
	limit    int64 // bytes; 0 is none
	deadline time.Duration
}

// Binary is a migtop binary, and what it gets from a trace in addition to the runs.
type Binary struct {
	Path    string
	Tenants bool // whether runs have their tenants
	Inputs  bool // whether runs have the sizes of their inputs
}

// Replay replays runs, as they start in their order, through the binary.
func (b *Binary) Replay(ctx context.Context, runs []trace.Run) (*Migtop, error) {
	out, err := b.profiles(ctx, runs, "--online")
	if err != nil {
		return nil, err
	}
	m := &Migtop{}
	if m.advice, err = parseAdvice(bytes.NewReader(out)); err != nil {
		return nil, fmt.Errorf("what %s profiles --online printed: %w", b.Path, err)
	}
	for i := range runs {
		if _, ok := m.advice[runs[i].ID]; !ok {
			return nil, fmt.Errorf("%s profiles --online left out run %s", b.Path, runs[i].ID)
		}
	}
	return m, nil
}

// profiles runs migtop profiles on runs and returns what it prints.
func (b *Binary) profiles(ctx context.Context, runs []trace.Run, args ...string) ([]byte, error) {
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
	if !b.Tenants {
		runs = slices.Clone(runs)
		for i := range runs {
			runs[i].Tenant = ""
		}
	}
	if err := errors.Join(trace.Write(f, runs, b.Inputs), f.Close()); err != nil {
		return nil, err
	}
	args = append([]string{"profiles", "--from", file}, args...)
	cmd := exec.CommandContext(ctx, b.Path, args...)
	// No configuration, history or cache of the one who runs this.
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", b.Path, strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out.Bytes(), nil
}

// Forecast is what a profile predicts for later runs.
type Forecast struct {
	Runs  int     // that it rests on
	Limit int64   // bytes
	Rate  float64 // share of runs that are expected to exceed Limit
}

// Forecasts returns the forecasts of the profiles made from runs, by workload, without tenants. It omits profiles that
// are not ready.
func (b *Binary) Forecasts(ctx context.Context, runs []trace.Run) (map[string]Forecast, error) {
	whole := *b
	whole.Tenants = false
	out, err := whole.profiles(ctx, runs, "-o", "json")
	if err != nil {
		return nil, err
	}
	return parseForecasts(out)
}

func parseForecasts(text []byte) (map[string]Forecast, error) {
	var document struct {
		Profiles []struct {
			Workload string   `json:"workload"`
			Limit    *int64   `json:"memory_limit_bytes"`
			Rate     *float64 `json:"expected_failure_rate"`
			Runs     int      `json:"job_runs"`
			Learning bool     `json:"learning"`
		} `json:"profiles"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("what migtop profiles -o json printed: %w", err)
	}
	all := map[string]Forecast{}
	for _, p := range document.Profiles {
		if p.Limit == nil || p.Rate == nil || p.Learning {
			continue
		}
		if *p.Limit <= 0 || *p.Rate < 0 || *p.Rate > 1 {
			return nil, fmt.Errorf("the profile of %q has a limit of %d bytes and an expected failure rate of %v", p.Workload, *p.Limit, *p.Rate)
		}
		all[p.Workload] = Forecast{Runs: p.Runs, Limit: *p.Limit, Rate: *p.Rate}
	}
	return all, nil
}

// parseAdvice reads the lines that migtop prints: run_id, memory_limit_bytes and
// deadline_s.
func parseAdvice(r io.Reader) (map[string]advice, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	column := func(name string) int { return slices.Index(header, name) }
	id, limit, deadline := column("run_id"), column("memory_limit_bytes"), column("deadline_s")
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
		if seconds > (1000 * 24 * time.Hour).Seconds() {
			return nil, fmt.Errorf("run %s: deadline_s is %s: are these seconds?", row[id], row[deadline])
		}
		a.deadline = time.Duration(seconds * float64(time.Second))
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
	if err == nil && !(v >= 0 && v < 1<<50) {
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

// Killed changes nothing: the binary has replayed everything already.
func (*Migtop) Killed(*trace.Run, int64, time.Time) {}

// Ended changes nothing: the binary has replayed everything already.
func (*Migtop) Ended(*trace.Run, time.Time) {}
