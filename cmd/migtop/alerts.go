package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/alert/send"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// alertSettings is the section alerts.
func alertSettings(c *config.Config) *alert.Settings {
	return alert.SettingsOf(c.Section(alert.SectionName))
}

// alerts makes what watches Snapshots and sends what follows.
func (a *app) alerts(tell func(*alert.Event, []byte)) *send.Runner {
	return send.New(send.Options{
		Store: a.keep(), Scope: a.historyScope(), Settings: alertSettings(a.config), Logger: a.log, Tell: tell,
	})
}

// The formats of migtop alerts.
const (
	alertsText  = "text"
	alertsJSONL = "jsonl"
)

func newAlerts(g *globals, clk clock.Clock) *cobra.Command {
	format := alertsText
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Watch without a screen, and print and send alerts",
		Long: "alerts reads both sides as the screen does, until it is stopped, prints each alert as it begins, becomes worse and " +
			"ends, and sends it to the outputs of the configuration. What stands since before is not repeated. Several migtops with " +
			"one history send each alert once. See docs/alerts.md.",
		Example: "  migtop alerts\n  migtop alerts -o jsonl | jq -r 'select(.severity == \"critical\") | .text'\n  migtop alerts test",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != alertsText && format != alertsJSONL {
				return usage(fmt.Errorf("--output %q: want text or jsonl", format))
			}
			return watchAlerts(cmd, g, format)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", alertsText, "text, a line for people, or jsonl, a line of JSON")
	cmd.AddCommand(newAlertsTest(g, clk))
	return cmd
}

// watchAlerts runs until the command is stopped.
func watchAlerts(cmd *cobra.Command, g *globals, format string) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	a, err := open(ctx, cmd, g, running)
	if err != nil {
		return err
	}
	defer a.close()
	var failed error
	runner := a.alerts(func(e *alert.Event, body []byte) {
		if failed != nil {
			return
		}
		if failed = printAlert(cmd.OutOrStdout(), e, body, format); failed != nil {
			cancel() // nobody reads it any more
		}
	})
	notify(cmd, "watching %s; alerts are printed as they come", a.sides())
	var wg sync.WaitGroup
	var engineErr error
	wg.Go(func() { engineErr = a.monitor.Run(ctx) })
	wg.Go(func() { runner.Run(ctx, a.monitor.Snapshots()) })
	for range runner.Snapshots() {
		continue // only the alerts in them are wanted
	}
	wg.Wait()
	if failed != nil {
		return fmt.Errorf("write alerts: %w", failed)
	}
	return errors.Join(cmd.Context().Err(), engineErr)
}

// printAlert writes one event.
func printAlert(w io.Writer, e *alert.Event, body []byte, format string) error {
	line := e.At.UTC().Format("2006-01-02 15:04:05Z ") + text.Printable(e.Text)
	if format == alertsJSONL {
		line = string(text.EscapeJSON(body))
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

func newAlertsTest(g *globals, clk clock.Clock) *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "Send a test event to each output, and say what happened",
		Long: "test sends one event of the type test to each output under alerts.outputs, signed as an alert is, and prints what each " +
			"answered and what to do. It reads neither AWS nor a cluster. It exits with code 1 if one did not arrive.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.load(cmd)
			if err != nil {
				return err
			}
			return testAlerts(cmd, c, clk)
		},
	}
}

func testAlerts(cmd *cobra.Command, c *config.Config, clk clock.Clock) error {
	s := alertSettings(c)
	if len(s.Outputs) == 0 {
		return usage(errors.New("no output is configured: add alerts.outputs to the configuration, see docs/alerts.md"))
	}
	id := make([]byte, 12)
	_, _ = rand.Read(id) // it never fails
	event := alert.TestEvent(clk.Now(), hex.EncodeToString(id), migration.Scope{
		Name: c.Name, Region: c.AWS.Region, Context: c.Kubernetes.Context,
	})
	trials := send.Try(cmd.Context(), s.Outputs, send.Env{Now: clk.Now}, &event)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	bad := 0
	for _, t := range trials {
		said := "arrived in " + fmt.Sprintf("%d ms", t.Took.Milliseconds())
		if t.Problem != nil {
			bad++
			said = "FAILED: " + t.Problem.Error()
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), text.Printable(t.Title+": "+said)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return &exitError{exitFailure, fmt.Errorf("%d of %s did not take the test event", bad, text.Plural(len(trials), "output"))}
	}
	return nil
}
