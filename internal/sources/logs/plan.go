package logs

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

const (
	// groupsPerQuery is how many log groups one query takes.
	// Source: CloudWatch Logs API reference, StartQuery.
	groupsPerQuery = 50
	// rowsPerQuery is how many rows one query can bring.
	rowsPerQuery = 100_000
	// linesPerQuery is the number of lines planned per query: all of them could be rows, and CloudWatch's count may be
	// behind.
	linesPerQuery = 80_000
)

// job is questions that follow each other: one about several small log groups, or
// several about a large one, in the order of time.
type job struct {
	ranges []*migration.LogRange
	steps  []step
}

// step is one time range.
type step struct {
	from, to time.Time
	bytes    int64 // about how much is scanned
}

// plan divides ranges into jobs. It returns log groups without lines separately: they need no query.
func plan(ranges []migration.LogRange, volumes []migration.LogVolume) (jobs []job, silent []*migration.LogRange) {
	var small []int
	for i := range ranges {
		v := &volumes[i]
		switch {
		case v.Lines == 0 && v.Bytes == 0:
			silent = append(silent, &ranges[i])
		case v.Lines > linesPerQuery:
			jobs = append(jobs, job{[]*migration.LogRange{&ranges[i]}, steps(v)})
		default:
			small = append(small, i)
		}
	}
	// Equal time ranges are adjacent, sorted by name. Linked accounts are separate, since a query names them differently.
	slices.SortFunc(small, func(a, b int) int {
		x, y := &ranges[a], &ranges[b]
		return cmp.Or(x.From.Compare(y.From), x.To.Compare(y.To), cmp.Compare(x.Account, y.Account), cmp.Compare(x.Group, y.Group))
	})
	var open job
	var lines int64
	flush := func() {
		if len(open.ranges) > 0 {
			jobs = append(jobs, open)
		}
		open, lines = job{}, 0
	}
	for _, i := range small {
		rng, v := &ranges[i], &volumes[i]
		if len(open.ranges) > 0 {
			first := open.ranges[0]
			if !first.From.Equal(rng.From) || !first.To.Equal(rng.To) || (first.Account == "") != (rng.Account == "") ||
				len(open.ranges) == groupsPerQuery || lines+v.Lines > linesPerQuery {
				flush()
			}
		}
		if len(open.ranges) == 0 {
			open.steps = []step{{from: rng.From, to: rng.To}}
		}
		open.ranges = append(open.ranges, rng)
		open.steps[0].bytes += v.Bytes
		lines += v.Lines
	}
	flush()
	return jobs, silent
}

// steps divides the time of a large log group into ranges with few enough lines.
func steps(v *migration.LogVolume) []step {
	var out []step
	var lines int64
	at := v.From
	begin := at
	share := func(n int64) int64 { return int64(float64(v.Bytes) * float64(n) / float64(max(v.Lines, 1))) }
	for _, n := range v.Spans {
		if lines > 0 && lines+n > linesPerQuery {
			out = append(out, step{begin, at, share(lines)})
			begin, lines = at, 0
		}
		lines += n
		at = at.Add(migration.LogSpan)
	}
	return append(out, step{begin, v.To, share(lines)})
}
