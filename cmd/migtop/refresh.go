package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
	"github.com/migtop/migtop/internal/sources/pricelist"
)

// refreshTimeout bounds the reading of one region: about thirty calls.
const refreshTimeout = 3 * time.Minute

func newPricesRefresh(g *globals, clk clock.Clock) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "refresh [REGION...]",
		Short: "Read the current list prices from AWS",
		Long: "refresh reads the AWS Price List API for Lambda, Fargate, EKS clusters, the EC2 types of the price book and CloudWatch's " +
			"GetMetricData in the regions named, " +
			"or in the configured one, and keeps them in $XDG_CACHE_HOME/migtop/prices.yaml for later runs. It needs credentials with " +
			"pricing:GetProducts, and costs nothing. The built-in price book is unchanged: delete the file to go back to it.",
		Example: "  migtop prices refresh us-east-1 eu-west-1\n  migtop prices refresh --dry-run",
	}
	format := outputFlag(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the changes, and write nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if g.demo {
			return usage(errors.New("--demo: the simulated account has no price list"))
		}
		form, c, before, err := inForce(cmd, g, *format)
		if err != nil {
			return err
		}
		regions, err := regionsToRefresh(c, args)
		if err != nil {
			return usage(err)
		}
		r := &refresh{warn: cmd.ErrOrStderr(), today: clk.Now().UTC().Format(time.DateOnly), profile: c.AWS.Profile}
		rates, err := r.read(cmd.Context(), regions)
		if err != nil {
			return withSnippet(err)
		}
		file := refreshedFile()
		rates = append(rates, keptRates(cmd.ErrOrStderr(), file, regions)...)
		data := prices.Encode("refreshed", "list prices that migtop prices refresh has read", rates)
		newer, err := prices.Default().Update(file, data)
		if err != nil {
			return fmt.Errorf("what AWS listed makes no price file: %w", err)
		}
		after, err := withOverlay(newer, c.Prices.Overlay)
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
	warn    io.Writer
	today   string
	profile string
}

func (r *refresh) read(ctx context.Context, regions []string) ([]prices.Rate, error) {
	client, err := pricelist.Open(ctx, pricelist.Options{Profile: r.profile})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var types []string
	for _, i := range prices.Default().Instances() {
		// One call each: the types that are used most, whose prices were read at AWS.
		if r, ok := prices.Default().Find("ec2.on_demand."+i.Type, "us-east-1"); ok && r.Origin.Certainty == prices.Primary {
			types = append(types, i.Type)
		}
	}
	var out []prices.Rate
	for _, region := range regions {
		list, err := r.region(ctx, client, region, types)
		if err != nil {
			return nil, err
		}
		for _, p := range list.Prices {
			out = append(out, r.rate(p))
		}
		_, _ = fmt.Fprintf(r.warn, "migtop: %s: %d prices read\n", region, len(list.Prices))
		if len(list.Missing) > 0 {
			_, _ = fmt.Fprintf(r.warn, "migtop: %s: %d keep the price that they have, if any: %s\n", region, len(list.Missing),
				prices.Abbreviated(list.Missing))
		}
	}
	return out, nil
}

func (r *refresh) region(ctx context.Context, client *pricelist.Client, region string, types []string) (*pricelist.List, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return client.Read(ctx, region, types)
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
