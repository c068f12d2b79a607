package loginsights

import (
	"slices"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// Overlay puts what the logs know better into the streams of CloudWatch that a view is made
// of. It changes neither the streams nor the results.
type Overlay struct {
	results *Results
	packer  *timeseries.Packer
	// from and to are the Unix times that a view shows.
	from, to  int64
	functions map[timeseries.Stream][]*migration.Function
	// Others are the streams of tenants that share functions, and Shared those functions as
	// theirs.
	Others map[timeseries.Stream]*timeseries.Series
	Shared map[timeseries.Stream][]migration.Function
}

// NewOverlay makes an Overlay of the results of some functions, nil for none, over the
// windows of a view. What it makes is packed with p.
func NewOverlay(results *Results, functions []migration.Function, w *timeseries.Windows, p *timeseries.Packer) *Overlay {
	o := &Overlay{
		results: results, packer: p, from: w.ChartFrom.Add(-timeseries.LongestSpan).Unix(), to: w.Now.Unix(),
		Others: map[timeseries.Stream]*timeseries.Series{}, Shared: map[timeseries.Stream][]migration.Function{},
	}
	if results == nil || len(results.functions) == 0 {
		return o
	}
	o.functions = make(map[timeseries.Stream][]*migration.Function, len(functions))
	for i := range functions {
		fn := &functions[i]
		key := timeseries.Stream{Key: fn.Key, Scope: fn.Stream()}
		o.functions[key] = append(o.functions[key], fn)
	}
	return o
}

// Of is a stream as it counts: the one given where the logs say nothing of it. What belongs
// to other tenants is in Others afterwards.
func (o *Overlay) Of(key timeseries.Stream, sr *timeseries.Series) *timeseries.Series {
	functions := o.functions[key]
	if len(functions) == 0 {
		return sr
	}
	over, others := o.overlay(key.Key, sr, functions)
	for tenant, more := range others {
		to := timeseries.Stream{Key: migration.Key{Platform: key.Platform, Workload: key.Workload, Tenant: tenant}, Scope: key.Scope}
		o.Others[to] = joined(o.Others[to], more)
		for _, fn := range functions {
			own := *fn
			own.Key, own.AttributedBy = to.Key, namedByReports
			o.Shared[to] = append(o.Shared[to], own)
		}
	}
	return over
}

// joined are two streams in one, in the order of time.
func joined(a, b *timeseries.Series) *timeseries.Series {
	if a == nil {
		return b
	}
	out := &timeseries.Series{Buckets: slices.Concat(a.Buckets, b.Buckets)}
	slices.SortStableFunc(out.Buckets, timeseries.CompareBuckets)
	return out
}

// overlay is a stream of CloudWatch's with what the logs know better, and the streams
// of tenants that share its functions. The stream itself is left as it is.
func (o *Overlay) overlay(key migration.Key, sr *timeseries.Series, functions []*migration.Function,
) (*timeseries.Series, map[migration.Tenant]*timeseries.Series) {
	known := false
	for _, fn := range functions {
		known = known || o.results.functions[keyOf(fn)] != nil
	}
	if !known || key.Platform != migration.Lambda {
		return sr, nil
	}
	out := &timeseries.Series{}
	var others map[migration.Tenant]*timeseries.Series
	var cells []timeseries.Bucket
	if sr != nil {
		cells = sr.Buckets
	}
	first, _ := slices.BinarySearchFunc(cells, o.from, func(c timeseries.Bucket, start int64) int { return int(c.Start - start) })
	out.Buckets = append(out.Buckets, cells[:first]...)
	units, rest := o.units(functions, cells[first:], o.from-o.from%slotSeconds, o.to)
	matchNeighbours(units)
	for i := range units {
		u := &units[i]
		if !u.replaces {
			out.Buckets = append(out.Buckets, u.cells...)
			continue
		}
		out.Buckets = append(out.Buckets, o.measured(u)...)
		for tenant, s := range u.split {
			if others == nil {
				others = make(map[migration.Tenant]*timeseries.Series)
			}
			if others[tenant] == nil {
				others[tenant] = &timeseries.Series{}
			}
			others[tenant].Buckets = append(others[tenant].Buckets, o.splitCells(u.cells, u, s)...)
		}
	}
	out.Buckets = append(out.Buckets, rest...)
	return out, others
}
