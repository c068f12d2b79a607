// Command rightsizing replays traces of real jobs online and compares what
// migtop's profiles cost with what the Kubernetes Vertical Pod Autoscaler's own
// recommender, KRR's simple strategy and fixed rules cost.
//
//	go run . -migtop ../../bin/migtop                  the generated traces
//	go run . -migtop ../../bin/migtop -traces FOLDER   traces of your own, or public ones
//
// README.md says which traces it reads, how to obtain them and what the figures mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"k8s.io/klog/v2"

	"github.com/migtop/migtop/bench/rightsizing/score"
	"github.com/migtop/migtop/bench/rightsizing/strategy"
	"github.com/migtop/migtop/bench/rightsizing/trace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rightsizing:", err)
		os.Exit(1)
	}
}

type options struct {
	traces, only     string
	binary           strategy.Binary
	orders           []trace.Order
	retry            score.Retry
	least, fixedFrom int
	seed             uint64
	workloads        bool
	unlimited        bool
	price            decimal.Decimal
	format           string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var orders, retry, price string
	f := flag.NewFlagSet("rightsizing", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.traces, "traces", "", "`folder` of traces; without it traces are generated")
	f.StringVar(&o.only, "only", "", "only traces with this `text` in their name")
	f.StringVar(&o.binary.Path, "migtop", "", "`path` of the migtop to measure; without it the others are compared")
	f.StringVar(&orders, "orders", "spread,chronological", "orders to replay, of spread, chronological and shuffled")
	f.StringVar(&retry, "retry", string(score.Double), "the next size after a kill: double, profile or own")
	f.IntVar(&o.least, "min-runs", 20, "leave out workloads with fewer runs")
	f.IntVar(&o.fixedFrom, "fixed-from", 1, "runs that fixed rules must have seen before they change a request; migtop waits for 3")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the generated traces and of the shuffled order")
	f.BoolVar(&o.binary.Tenants, "tenants", false, "let migtop see the tenants of the trace")
	f.BoolVar(&o.binary.Inputs, "inputs", false, "let migtop see the size of each run's input, where the trace has it")
	f.BoolVar(&o.unlimited, "unlimited", false, "hide from migtop which limits were enforced on the runs of the trace")
	f.BoolVar(&o.workloads, "workloads", false, "a block for each workload too")
	f.StringVar(&price, "price", "0.004445", "US dollars a GiB-hour of memory")
	f.StringVar(&o.format, "o", "table", "table, csv or markdown")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is not understood; traces are named by -traces", f.Arg(0))
	}
	for name := range strings.SplitSeq(orders, ",") {
		order := trace.Order(strings.TrimSpace(name))
		if !slices.Contains(trace.Orders, order) {
			return o, fmt.Errorf("-orders: %q is none of spread, chronological, shuffled", name)
		}
		o.orders = append(o.orders, order)
	}
	o.retry = score.Retry(retry)
	if !slices.Contains([]score.Retry{score.Double, score.Profile, score.Own}, o.retry) {
		return o, fmt.Errorf("-retry: %q is none of double, profile, own", retry)
	}
	if !slices.Contains([]string{"table", "csv", "markdown"}, o.format) {
		return o, fmt.Errorf("-o: %q is none of table, csv, markdown", o.format)
	}
	var err error
	if o.price, err = decimal.NewFromString(price); err != nil || o.price.IsNegative() {
		return o, fmt.Errorf("-price: %q is no price", price)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	klog.SetOutput(io.Discard) // VPA's code logs what it does
	klog.LogToStderr(false)

	traces := trace.Generate(o.seed)
	if o.traces != "" {
		var skipped []string
		if traces, skipped, err = trace.Read(o.traces); err != nil {
			return err
		}
		for _, path := range skipped {
			fmt.Fprintf(stderr, "rightsizing: %s is no trace that is known here\n", path)
		}
	}
	t := table{price: o.price}
	for _, order := range o.orders {
		for i := range traces {
			busy := traces[i].Busy(o.least)
			if len(busy.Runs) == 0 || !strings.Contains(busy.Name, o.only) {
				continue
			}
			fmt.Fprintf(stderr, "rightsizing: %s, %s: %d runs\n", busy.Name, order, len(busy.Runs))
			if err := measure(ctx, &o, order, &busy, &t); err != nil {
				return err
			}
		}
	}
	if len(t.blocks) == 0 {
		return fmt.Errorf("no trace with a workload of %d runs in %q", o.least, o.traces)
	}
	t.total()
	return t.write(stdout, o.format)
}

// measure replays one trace in one order against every strategy.
func measure(ctx context.Context, o *options, order trace.Order, busy *trace.Trace, t *table) error {
	runs := busy.In(order, o.seed)
	if o.unlimited {
		for i := range runs {
			runs[i].Limit = 0
		}
	}
	all := []strategy.Strategy{
		strategy.Declared{},
		strategy.NewVPA(), strategy.KRR(),
		strategy.MaxPlus(names.max128, 128, o.fixedFrom), strategy.MaxPlus("max + 32 MiB", 32, o.fixedFrom),
		strategy.MaxTimes("max x 1.05", 1.05, o.fixedFrom),
	}
	var calibration map[string]score.Calibration
	if o.binary.Path != "" {
		m, err := o.binary.Replay(ctx, runs)
		if err != nil {
			return err
		}
		all = append(all, m)
		known, later := score.Split(runs)
		forecasts, err := o.binary.Forecasts(ctx, known)
		if err != nil {
			return err
		}
		calibration = score.Calibrate(forecasts, later)
	}
	whole := block{order: order, name: busy.Name, trace: true}
	parts := map[string]*block{}
	for _, s := range all {
		sum := &score.Result{}
		for workload, result := range score.Replay(runs, s, o.retry) {
			if s.Name() == names.migtop {
				result.Calibration = calibration[workload]
			}
			sum.Add(result)
			if parts[workload] == nil {
				parts[workload] = &block{order: order, name: busy.Name + " " + workload}
			}
			parts[workload].rows = append(parts[workload].rows, row{strategy: s.Name(), result: *result})
		}
		whole.rows = append(whole.rows, row{strategy: s.Name(), result: *sum})
	}
	t.blocks = append(t.blocks, whole)
	if !o.workloads {
		return nil
	}
	for _, workload := range slices.Sorted(func(yield func(string) bool) {
		for workload := range parts {
			if !yield(workload) {
				return
			}
		}
	}) {
		t.blocks = append(t.blocks, *parts[workload])
	}
	return nil
}
