package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/report"
)

func newPrices(g *globals, clk clock.Clock) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "Show, compare and refresh the prices that migtop uses",
		Long: "The price book is part of migtop: each price has its unit, date, source and certainty. migtop prices refresh reads newer " +
			"list prices from AWS, and --prices overrides them with your own: negotiated rates, discounts, clusters of other clouds. See " +
			"docs/prices.md.",
		Args: noArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(newPricesList(g, clk), newPricesShow(g, clk), newPricesDiff(g), newPricesRefresh(g, clk))
	return cmd
}

// outputFlag adds -o to a command.
func outputFlag(cmd *cobra.Command) *string {
	return cmd.Flags().StringP("output", "o", "table", "table, json or csv")
}

// inForce is what commands on prices begin with: the format, the configuration and
// the prices in force.
func inForce(cmd *cobra.Command, g *globals, format string) (report.Format, *config.Config, *prices.PriceBook, error) {
	form, err := report.ParseFormat(format, report.ListFormats)
	if err != nil {
		return "", nil, nil, usage(err)
	}
	c, err := g.load(cmd)
	if err != nil {
		return "", nil, nil, err
	}
	book, err := openBook(warnTo(cmd.ErrOrStderr()), c, g.demo)
	return form, c, book, err
}

func newPricesList(g *globals, clk clock.Clock) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [PREFIX]",
		Short: "List the prices in force, all or by prefix of the item",
		Long: "list prints the prices in force, with the negotiated discounts of a price file. With --region it prints the price of each " +
			"item there, " +
			"also for items with one price in all regions.",
		Example: "  migtop prices list fargate.\n  migtop prices list lambda. --region eu-west-1 -o csv",
		Args:    cobra.MaximumNArgs(1),
	}
	format := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		form, c, book, err := inForce(cmd, g, *format)
		if err != nil {
			return err
		}
		prefix := strings.Join(args, "")
		region := ""
		if cmd.Flags().Changed("region") {
			if region = c.AWS.Region; region != "" {
				if err := book.CheckRegion(region); err != nil {
					return usage(fmt.Errorf("--region: %w", err))
				}
			}
		}
		rates := listRates(cost.New(book, cost.Options{}), prefix, region)
		if len(rates) == 0 {
			return usage(noItem(book, prefix, region))
		}
		return report.WritePrices(cmd.OutOrStdout(), rates, clk.Now(), form)
	}
	return cmd
}

// listRates returns the rates of items whose names begin with a prefix, in one region or in all.
func listRates(p *cost.Pricer, prefix, region string) []prices.Rate {
	var out []prices.Rate
	if region == "" {
		for _, r := range p.Book().Rates(prefix) {
			if charged, err := p.Rate(r.Item, r.Region); err == nil {
				out = append(out, charged)
			}
		}
		return out
	}
	for _, item := range p.Book().Items(prefix) {
		if charged, err := p.Rate(item, region); err == nil {
			out = append(out, charged)
		}
	}
	return out
}

// noItem says what there is instead of an item that begins so.
func noItem(book *prices.PriceBook, prefix, region string) error {
	if len(book.Items(prefix)) > 0 {
		return fmt.Errorf("no item that begins with %q has a price in %s", prefix, region)
	}
	var services []string
	for _, item := range book.Items("") {
		first, _, _ := strings.Cut(item, ".")
		if !slices.Contains(services, first) {
			services = append(services, first)
		}
	}
	return fmt.Errorf("no item begins with %q; items begin with %s", prefix, strings.Join(services, ", "))
}

func newPricesShow(g *globals, clk clock.Clock) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show ITEM",
		Short:   "Show one price: its source, age and certainty",
		Example: "  migtop prices show fargate.vcpu.x86_64 --region eu-central-1\n  migtop prices show eks.cluster",
		Args:    one("an item, such as lambda.requests; migtop prices list has them"),
	}
	format := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		form, c, book, err := inForce(cmd, g, *format)
		if err != nil {
			return err
		}
		p := cost.New(book, cost.Options{})
		if cmd.Flags().Changed("region") && c.AWS.Region != "" {
			r, err := p.Rate(args[0], c.AWS.Region)
			if err != nil {
				return usage(err)
			}
			return report.WritePrice(cmd.OutOrStdout(), r, clk.Now(), form)
		}
		rates := slices.DeleteFunc(listRates(p, args[0], ""), func(r prices.Rate) bool { return r.Item != args[0] })
		switch len(rates) {
		case 0:
			_, err := book.Rate(args[0], prices.Everywhere)
			return usage(err)
		case 1:
			return report.WritePrice(cmd.OutOrStdout(), rates[0], clk.Now(), form)
		}
		return report.WritePrices(cmd.OutOrStdout(), rates, clk.Now(), form)
	}
	return cmd
}

func newPricesDiff(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what a price file would change in the prices in force",
		Long: "diff reads a price file as --prices does and lists each price that would change, also because of a discount. " +
			"It compares with the prices in force without --prices.",
		Example: "  migtop prices diff contract.yaml",
		Args:    one("a price file"),
	}
	format := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		form, err := report.ParseFormat(*format, report.ListFormats)
		if err != nil {
			return usage(err)
		}
		c, err := g.load(cmd)
		if err != nil {
			return err
		}
		c.Prices.Overlay = ""
		before, err := openBook(warnTo(cmd.ErrOrStderr()), c, g.demo)
		if err != nil {
			return err
		}
		after, err := withOverlay(before, args[0])
		if err != nil {
			return err
		}
		known := before.KnownRegions()
		for _, region := range after.KnownRegions() {
			if !slices.Contains(known, region) {
				warnTo(cmd.ErrOrStderr())(fmt.Errorf("%s prices the region %s, which nothing else has a price in: nothing changes in another one",
					args[0], region))
			}
		}
		all := cost.Changes(cost.New(before, cost.Options{}), cost.New(after, cost.Options{}))
		return report.WriteChanges(cmd.OutOrStdout(), all, form)
	}
	return cmd
}
