package trace

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The Azure Functions trace of 2019 has no single runs: it has, by day, percentiles
// of a function's duration, percentiles of its application's memory, and its calls
// per minute. Runs are drawn from them: a call's minute from the counts, its
// duration and memory from the percentiles, each by a generator that is seeded with
// the function's own name.
const (
	azureMemory      = "memory"
	azureDuration    = "durations"
	azureInvocations = "invocations"

	// azureRuns is how many calls of a function are drawn at most.
	azureRuns = 100
	// azureDeclared is what the platform gave every function: 1.5 GB on the
	// Consumption plan.
	azureDeclared = 1536 << 20
)

// azureFiles are the files of one folder, by what they hold.
type azureFiles struct{ memory, durations, invocations []string }

func (a *azureFiles) add(part, path string) {
	switch part {
	case azureMemory:
		a.memory = append(a.memory, path)
	case azureDuration:
		a.durations = append(a.durations, path)
	case azureInvocations:
		a.invocations = append(a.invocations, path)
	}
}

func azurePart(t *table) string {
	switch {
	case t.has("HashApp", "AverageAllocatedMb_pct50"):
		return azureMemory
	case t.has("HashFunction", "percentile_Average_50"):
		return azureDuration
	case t.has("HashFunction", "1_minute"), t.has("HashFunction", "1", "1440"):
		return azureInvocations
	}
	return ""
}

// read draws the runs of each day: the first of each kind of file by name is the
// first day.
func (a *azureFiles) read(name string) ([]Trace, error) {
	for _, files := range [][]string{a.memory, a.durations, a.invocations} {
		slices.Sort(files)
	}
	if len(a.memory) != len(a.durations) || len(a.memory) != len(a.invocations) {
		return nil, fmt.Errorf("an Azure trace is three files a day: there are %d of memory, %d of durations, %d of invocations",
			len(a.memory), len(a.durations), len(a.invocations))
	}
	traces := make([]Trace, 0, len(a.memory))
	for i := range a.memory {
		t, err := azureDay(a.memory[i], a.durations[i], a.invocations[i])
		if err != nil {
			return nil, err
		}
		t.Name = name + "/day" + strconv.Itoa(i+1)
		traces = append(traces, t)
	}
	return traces, nil
}

func azureDay(memory, durations, invocations string) (Trace, error) {
	var t Trace
	mem, err := percentiles(memory, "HashApp", "AverageAllocatedMb_pct")
	if err != nil {
		return t, err
	}
	took, err := percentiles(durations, "HashFunction", "percentile_Average_")
	if err != nil {
		return t, err
	}
	err = eachRow(invocations, func(in *table) {
		function, app := in.text("HashFunction"), in.text("HashApp")
		m, d := mem[app], took[function]
		if m == nil || d == nil {
			return
		}
		t.Runs = append(t.Runs, azureCalls(in, function, app, m, d)...)
	})
	return t, err
}

// azureCalls samples calls of one function evenly: all of them, at most azureRuns.
func azureCalls(in *table, function, app string, memory, duration *quantiles) []Run {
	var until [1441]float64
	for minute := 1; minute <= 1440; minute++ {
		n, ok := in.number(strconv.Itoa(minute) + "_minute")
		if !ok {
			n, _ = in.number(strconv.Itoa(minute))
		}
		until[minute] = until[minute-1] + n
	}
	calls := until[1440]
	n := min(int(calls), azureRuns)
	seed := fnv.New64a()
	io.WriteString(seed, function) //nolint:errcheck // a hash takes everything
	random := rand.New(rand.NewPCG(seed.Sum64(), 2))
	runs := make([]Run, 0, n)
	for i := range n {
		at := (float64(i) + 0.5) * calls / float64(n)
		minute, _ := slices.BinarySearch(until[:], at)
		ms, mb := duration.at(random.Float64()), memory.at(random.Float64())
		r := Run{
			Workload: short(app) + "/" + short(function), Tenant: short(in.text("HashOwner")),
			ID:       short(function) + "/" + strconv.Itoa(i),
			Start:    Epoch.Add(time.Duration(minute-1)*time.Minute + time.Duration(random.Float64()*float64(time.Minute))),
			Duration: time.Duration(ms * float64(time.Millisecond)), Peak: int64(mb * (1 << 20)),
			Declared: azureDeclared, Limit: azureDeclared,
		}
		if r.Duration > 0 && r.Peak > 0 {
			runs = append(runs, r)
		}
	}
	return runs
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// quantiles are values of a distribution at rising shares.
type quantiles struct{ share, value []float64 }

// at interpolates between the two known values around the share.
func (q *quantiles) at(share float64) float64 {
	i, _ := slices.BinarySearch(q.share, share)
	if i == 0 {
		return q.value[0]
	}
	if i == len(q.share) {
		return q.value[i-1]
	}
	part := (share - q.share[i-1]) / (q.share[i] - q.share[i-1])
	return q.value[i-1] + part*(q.value[i]-q.value[i-1])
}

// percentiles reads the columns that begin with prefix and end in a percentage.
func percentiles(path, key, prefix string) (map[string]*quantiles, error) {
	all := map[string]*quantiles{}
	var names []string
	var share []float64
	err := eachRow(path, func(t *table) {
		if names == nil {
			for name := range t.column {
				percent, ok := strings.CutPrefix(name, prefix)
				if _, err := strconv.ParseFloat(percent, 64); ok && err == nil {
					names = append(names, name)
				}
			}
			slices.SortFunc(names, func(a, b string) int {
				return int(1000*percent(a, prefix)) - int(1000*percent(b, prefix))
			})
			for _, name := range names {
				share = append(share, percent(name, prefix)/100)
			}
		}
		q := &quantiles{share: share}
		for _, name := range names {
			v, ok := t.number(name)
			if !ok {
				return
			}
			q.value = append(q.value, v)
		}
		if len(q.value) > 0 {
			all[t.text(key)] = q
		}
	})
	if err == nil && len(names) == 0 {
		err = errors.New(path + ": no column " + prefix + "N")
	}
	return all, err
}

func percent(name, prefix string) float64 {
	v, _ := strconv.ParseFloat(strings.TrimPrefix(name, prefix), 64)
	return v
}

func eachRow(path string, do func(*table)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	t, err := newTable(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for t.next() {
		do(t)
	}
	if t.err != nil {
		return fmt.Errorf("%s: %w", path, t.err)
	}
	return nil
}
