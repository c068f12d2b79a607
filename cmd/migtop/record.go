package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newRecord(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "record",
		Short: "Keep the history without a screen, until it is ended",
		Long: "record polls every source as the screen does, and keeps what it sees in the history: on a machine that does not sleep, " +
			"nothing is missing while nobody looks. It writes to its log file only. SIGTERM and ctrl+c end it, and the last minutes are " +
			"kept. Several may run, on one file or on several: each run counts once. See docs/history.md.",
		Example: "  migtop record\n  systemd-run --user --unit migtop migtop record",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if g.demo {
				return usage(errors.New("a demo has no history: use migtop record without --demo"))
			}
			a, err := open(cmd.Context(), cmd, g, running)
			if err != nil {
				return err
			}
			defer a.close()
			// Whatever would go into memory is lost.
			if err := a.keep().Open(cmd.Context()); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "keeping the history in %s\n", a.keep().Path()); err != nil {
				return err
			}
			return a.record(cmd.Context())
		},
	}
}

// record runs the engine until ctx ends, which is no error.
func (a *app) record(ctx context.Context) error {
	a.log.Info("record", "history", a.keep().Path())
	ended := make(chan error, 1)
	go func() { ended <- a.monitor.Run(ctx) }()
	for range a.monitor.Snapshots() { // nobody looks; the history gets what they say from the engine
	}
	err := <-ended
	a.log.Info("record has ended", "error", err)
	return err
}
