package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/pricelist"
)

// refreshTimeout bounds the reading of one region: about forty calls.
const refreshTimeout = 3 * time.Minute

// nodesTimeout bounds the listing of the cluster's nodes.
const nodesTimeout = 15 * time.Second

func newPricesRefresh(g *globals, clk clock.Clock) *cobra.Command {
	var dryRun bool
	var types []string
	cmd := &cobra.Command{
		Use:   "refresh [REGION...]",
		Short: "Read the current list prices from AWS",
		Long: "refresh reads the AWS Price List API in the regions named, or in those of the configuration and of the cluster's " +
			"nodes: Lambda with its features, Fargate on demand and on Spot, EKS, NAT gateways, gp3 volumes, CloudWatch, and EC2" +
			" on demand: the types of the price book, those of the cluster's nodes, and those that --node-type names, with their" +
			" size. It reads the discounts of Compute Savings Plans too, where that is permitted. It keeps all in " +
			"$XDG_CACHE_HOME/migtop/prices.yaml for later runs. It needs credentials with pricing:GetProducts, and costs " +
			"nothing. A price that cannot be right is an error, and nothing is written. The built-in price book is unchanged: " +
			"delete the file to go back to it.",
		Example: "  migtop prices refresh\n  migtop prices refresh us-east-1 eu-west-1\n" +
			"  migtop prices refresh --node-type m9i.large --dry-run",
	}
	format := outputFlag(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the changes, and write nothing")
	cmd.Flags().StringSliceVar(&types, "node-type", nil, "EC2 instance types to read next to those of the price book and of the cluster")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if g.demo {
			return usage(errors.New("--demo: the simulated account has no price list"))
		}
		form, err := report.ParseFormat(*format, report.ListFormats)
		if err != nil {
			return usage(err)
		}
		a, err := reached(cmd.Context(), cmd, g)
		if err != nil {
			return err
		}
		defer a.close()
		a.clock = a.systems.clock
		before, err := openBook(warnTo(cmd.ErrOrStderr()), a.config, false)
		if err != nil {
			return err
		}
		r := &refresh{app: a, warn: cmd.ErrOrStderr(), today: clk.Now().UTC().Format(time.DateOnly), before: before}
		regions, err := r.plan(cmd.Context(), args, types)
		if err != nil {
			return usage(err)
		}
		rates, err := r.read(cmd.Context(), regions)
		if err != nil {
			return withSnippet(err)
		}
		file := refreshedFile()
		rates = append(rates, r.kept(file, regions)...)
		data := prices.Encode("refreshed", "list prices that migtop prices refresh has read", rates, r.newShapes()...)
		newer, err := prices.Default().Update(file, data)
		if err != nil {
			return fmt.Errorf("what AWS listed makes no price file: %w", err)
		}
		after, err := withOverlay(newer, a.config.Prices.Overlay)
		if err != nil {
			return err
		}
		// Before the file is another one: the book in force reads it late.
		changes := cost.Changes(cost.New(before, cost.Options{}), cost.New(after, cost.Options{}))
		if !dryRun {
			if err := replaceFile(file, data); err != nil {
				return fmt.Errorf("keep the prices: %w", err)
			}
		}
		return report.WriteChanges(cmd.OutOrStdout(), changes, form)
	}
	return cmd
}

// refresh reads the price list of regions.
type refresh struct {
	app    *app
	warn   io.Writer
	today  string
	before *prices.PriceBook
	types  []string // of EC2 instances, each once
	shapes map[string]pricelist.Shape
	// earlier are the shapes that an earlier refresh has found.
	earlier []prices.Instance
}

func (r *refresh) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.warn, "migtop: "+format+"\n", args...)
}

// plan finds out what to read: the instance types, and the regions, of which those that the user names stand for all.
func (r *refresh) plan(ctx context.Context, named, types []string) ([]string, error) {
	for _, i := range prices.Default().Instances() {
		// The types that are used most, whose prices were read at AWS: all of them would make a file that is slow to read.
		if known, ok := prices.Default().Find("ec2.on_demand."+i.Type, "us-east-1"); ok && known.Origin.Certainty == prices.Primary {
			r.types = append(r.types, i.Type)
		}
	}
	r.types = append(r.types, types...)
	regions := slices.Clone(named)
	if len(named) == 0 {
		for _, w := range r.app.systems.aws {
			regions = append(regions, cmp.Or(w.options.Region, defaultRegion(r.app.config)))
		}
	}
	if r.app.config.Move.Has(migration.Jobs) {
		hosts, err := within(ctx, nodesTimeout, r.app.hosts)
		if err != nil {
			r.say("the types of the cluster's nodes are not known, name those that the price book lacks with --node-type: %v", err)
		}
		for i := range hosts {
			if h := &hosts[i]; h.Kind == migration.HostEC2 {
				r.types = append(r.types, h.InstanceType)
				if len(named) == 0 {
					regions = append(regions, h.Place.Region)
				}
			}
		}
	}
	r.types = distinct(r.types)
	if regions = distinct(regions); len(regions) == 0 {
		return nil, errors.New("name the regions to refresh: migtop prices refresh us-east-1 eu-west-1")
	}
	return regions, nil
}

// hosts are the kinds of nodes of the cluster.
func (a *app) hosts(ctx context.Context) ([]migration.Host, error) {
	connection, err := a.systems.cluster()
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return jobs.Hosts(ctx, connection, &sources.Env{
		Clock: a.clock, Logger: a.log, Settings: jobsSettings(a), Names: attribution.New(a.config.Attribution), Once: true,
	})
}

// distinct are texts that are not empty, each once, in their order.
func distinct(texts []string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

func (r *refresh) read(ctx context.Context, regions []string) ([]prices.Rate, error) {
	way := r.app.systems.aws[0].options
	client, err := pricelist.Open(ctx, pricelist.Options{
		Profile: way.Profile, Sessions: way.Sessions, Role: way.Role, ExternalID: way.ExternalID,
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var out []prices.Rate
	r.shapes = map[string]pricelist.Shape{}
	for _, region := range regions {
		list, err := r.region(ctx, client, region)
		if err != nil {
			return nil, err
		}
		for _, p := range list.Prices {
			if err := r.plausible(p); err != nil {
				return nil, err
			}
			out = append(out, r.rate(p))
		}
		for _, s := range list.Shapes {
			r.shapes[s.Type] = s
		}
		r.say("%s: %d prices read", region, len(list.Prices))
		if len(list.Missing) > 0 {
			r.say("%s: %d keep the price that they have, if any: %s", region, len(list.Missing), prices.Abbreviated(list.Missing))
		}
	}
	return out, nil
}

func (r *refresh) region(ctx context.Context, client *pricelist.Client, region string) (*pricelist.List, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return client.Read(ctx, region, r.types, func(of string, done, all int) {
		r.say("%s: reading %s, %d of %d", region, of, done+1, all)
	})
}

// mostChange is how many times a list price may be higher or lower than the one that was known: a unit that AWS changed, or a
// fault of the answer, is more.
var mostChange = decimal.NewFromInt(10)

// inBook is the price that the book has of an item in a region or, where it has none there, in another.
func inBook(item, region string) (prices.Rate, bool) {
	known, err := prices.Default().Rate(item, region)
	var unknown *prices.UnknownError
	if errors.As(err, &unknown) && unknown.ByRegion && len(unknown.Known) > 0 {
		known, err = prices.Default().Rate(item, unknown.Known[0])
	}
	return known, err == nil
}

// plausible refuses a price that differs absurdly from the one that the book has, in the same region or, where that has none, in
// any other.
func (r *refresh) plausible(p pricelist.Price) error {
	known, ok := inBook(p.Item, p.Region)
	if !ok {
		return nil // nothing to compare with
	}
	if p.Value.GreaterThan(known.Value.Mul(mostChange)) || known.Value.GreaterThan(p.Value.Mul(mostChange)) {
		return &migration.Problem{
			Fault: migration.FaultOther,
			What: fmt.Sprintf("the AWS price list of %s states %s %s as the price of %s, which the price book has at %s in %s",
				p.Region, p.Value, p.Unit, p.Item, known.Value, known.Region),
			Fix: "nothing was written: if it is right, state it in prices.overlay",
		}
	}
	return nil
}

// newShapes are the sizes of the types that the price book lacks: of the regions that were read, and of those that were read before.
func (r *refresh) newShapes() []prices.Instance {
	known := map[string]bool{}
	for _, i := range prices.Default().Instances() {
		known[i.Type] = true
	}
	var out []prices.Instance
	for _, typ := range slices.Sorted(maps.Keys(r.shapes)) {
		if s := r.shapes[typ]; !known[typ] {
			known[typ] = true
			out = append(out, prices.Instance{
				Type: s.Type, CPU: s.CPU, Memory: s.Memory, Arch: s.Arch, GPUs: s.GPUs,
				GPUMemory: s.GPUMemory,
			})
		}
	}
	for i := range r.earlier {
		if !known[r.earlier[i].Type] {
			out = append(out, r.earlier[i])
		}
	}
	return out
}

// kept are the refreshed prices of other regions than those that are read anew; their shapes are kept in earlier.
func (r *refresh) kept(file string, anew []string) []prices.Rate {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	old, err := prices.Parse(file, data)
	if err != nil {
		r.say("the prices that were refreshed before are replaced: %v", err)
		return nil
	}
	r.earlier = old.Instances()
	return slices.DeleteFunc(old.Rates(""), func(p prices.Rate) bool { return slices.Contains(anew, p.Region) })
}

// rate is a price of the list as the book has it: it holds as of the day on which it
// was read.
func (r *refresh) rate(p pricelist.Price) prices.Rate {
	o := prices.Origin{Source: "AWS Price List API, " + p.Service, AsOf: r.today, Certainty: prices.Primary}
	if p.Version != "" {
		o.Source += " " + p.Version
	}
	if p.Derived != "" {
		o.Certainty, o.Note = prices.Derived, "computed: "+p.Derived
	}
	return prices.Rate{Item: p.Item, Region: p.Region, Value: p.Value, Unit: p.Unit, Origin: o}
}

// withSnippet adds to the message the policy statement that grants a missing permission.
func withSnippet(err error) error {
	var p *migration.Problem
	if !errors.As(err, &p) || p.Snippet == "" {
		return err
	}
	return fmt.Errorf("%w\n%s", err, strings.TrimSpace(p.Snippet))
}

// replaceFile writes a file atomically, readable by its owner only: the regions in use are private.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".prices-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
