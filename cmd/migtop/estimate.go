package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/estimate"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/report"
)

// property is the flag of one property of a shape. It keeps the text as typed, which is parsed when the command runs, so
// that flags and files report errors in the same way.
type property struct {
	estimate.Field
	text string
}

func (p *property) Set(text string) error {
	if p.List && p.text != "" {
		text = p.text + "," + text
	}
	p.text = text
	return nil
}

func (p *property) String() string { return p.text }

func (p *property) Type() string {
	if p.Bool {
		return "bool"
	}
	return "string"
}

// shapeDefaults are the defaults shown in the help; they match [estimate.New].
var shapeDefaults = map[string]string{"arch": "x86_64", "ephemeral": "512MB", "free-tier": "true", "month-hours": "730"}

func newEstimate(g *globals, clk clock.Clock) *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "estimate",
		Short: "Estimate the cost of a workload on each platform, without any cloud",
		Long: "estimate prints what a month of work costs on Lambda, EKS Fargate, ECS Fargate and nodes, which is the cheapest, then " +
			"line by line with the price of each line, the break-even with Lambda, and from which " +
			"utilization nodes are cheaper than Fargate. " +
			"It calls no cloud: prices come from the price book, settings from the configuration. Amounts are for one month. " +
			"Options of the Job side default to those of the Lambda side; --job-runs 0 omits the Job side, and without --runs there " +
			"is no Lambda side. Sizes are in KB, MB, GB, TB (as in AWS: 1 GB is 1024 MB) or Ki, Mi, Gi, Ti. See docs/estimate.md for examples.",
		Example: "  migtop estimate --region us-east-1 --runs 3000000 --duration 120ms --memory 1536MB\n" +
			"  migtop estimate --region eu-west-1 --job-runs 150 --job-cpu 1 --job-memory 2Gi --job-duration 10m -o json\n" +
			"  migtop estimate --file shapes.yaml -o csv",
		Args: noArgs,
	}
	properties := make([]*property, 0, len(estimate.Fields()))
	for _, f := range estimate.Fields() {
		p := &property{Field: f, text: shapeDefaults[f.Name]}
		flag := cmd.Flags().VarPF(p, f.Name, "", f.Help)
		if f.Bool {
			flag.NoOptDefVal = "true"
		}
		properties = append(properties, p)
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table, json, yaml or csv")
	cmd.Flags().StringVar(&file, "file", "", "YAML file of many shapes, in place of the flags of one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		form, err := report.ParseFormat(format, report.Formats)
		if err != nil {
			return usage(err)
		}
		c, err := g.load(cmd)
		if err != nil {
			return err
		}
		book, err := openBook(warnTo(cmd.ErrOrStderr()), c, g.demo)
		if err != nil {
			return err
		}
		settings := estimateSettings(c)
		shapes, err := readShapes(cmd, c, settings, file, properties, book)
		if err != nil {
			return usage(err)
		}
		doc := settings.Estimate(cost.New(book, pricing(c)), shapes, clk.Now())
		if file == "" {
			return report.WriteEstimate(cmd.OutOrStdout(), &doc.Shapes[0], form)
		}
		return report.WriteEstimates(cmd.OutOrStdout(), &doc, form)
	}
	return cmd
}

// estimateSettings are what the configuration says of prices, as the live view goes by them.
func estimateSettings(c *config.Config) estimate.Settings {
	p, prices := c.Prices, pricing(c)
	return estimate.Settings{
		FreeTier: prices.FreeTier, Plan: prices.Plan, Commitment: p.SavingsPlan.Hourly,
		ClusterHour: p.ClusterHour, Platform: p.Platform, Extended: c.Kubernetes.ExtendedSupport,
	}
}

// readShapes reads the shapes of the file, or the one of the flags.
func readShapes(cmd *cobra.Command, c *config.Config, settings estimate.Settings, file string, properties []*property,
	book *prices.PriceBook,
) ([]estimate.Shape, error) {
	if file != "" {
		for _, p := range properties {
			if cmd.Flags().Changed(p.Name) {
				return nil, fmt.Errorf("--file and --%s do not go together: each shape of the file states its own", p.Name)
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		return settings.ParseKnown(file, data, book)
	}
	s := settings.Shape()
	for _, p := range properties {
		if !cmd.Flags().Changed(p.Name) {
			continue
		}
		if err := p.Field.Set(&s, p.text); err != nil {
			return nil, fmt.Errorf("--%w", err)
		}
	}
	if s.Region == "" {
		s.Region = defaultRegion(c)
	}
	if err := s.Check(); err != nil {
		if _, ok := errors.AsType[*estimate.FieldError](err); ok {
			return nil, fmt.Errorf("--%w", err)
		}
		return nil, fmt.Errorf("%w (the names are those of flags: migtop estimate --help)", err)
	}
	if err := s.Known(book); err != nil {
		var field *estimate.FieldError
		if errors.As(err, &field) && !cmd.Flags().Changed(field.Field) {
			return nil, err // --region came from the configuration or the environment
		}
		return nil, fmt.Errorf("--%w", err)
	}
	return []estimate.Shape{s}, nil
}

// defaultRegion is the region of the configuration or else of the environment, as
// AWS's own tools read it.
func defaultRegion(c *config.Config) string {
	for _, r := range []string{c.AWS.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")} {
		if r = strings.TrimSpace(r); r != "" {
			return r
		}
	}
	return ""
}
