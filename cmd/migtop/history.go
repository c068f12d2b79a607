package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

func newHistory(g *globals, clk clock.Clock) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show, thin and move what migtop has kept",
		Long: "migtop keeps what it saw in one file: both sides by the minute for 3 days, by 5 minutes for 63 and by the hour for " +
			"455, as far as history.cap lets. See docs/history.md.",
		Args: noArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(newHistoryPath(g), newHistoryInfo(g), newHistoryPrune(g, clk), newHistoryExport(g, clk), newHistoryImport(g, clk))
	return cmd
}

func newHistoryPath(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print the path of the history file",
		Example: "  ls -l $(migtop history path)*",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.load(cmd)
			if err != nil {
				return err
			}
			path, err := historyFile(c)
			if err != nil {
				return fmt.Errorf("find a place for the history: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
}

// withHistory does something with the history file of the configuration. A file that is not there is not made, unless it is
// to be.
func withHistory(cmd *cobra.Command, g *globals, mayMake bool, do func(context.Context, *config.Config, *history.Store) error) error {
	c, err := g.load(cmd)
	if err != nil {
		return err
	}
	path, err := historyFile(c)
	if err != nil {
		return fmt.Errorf("find a place for the history: %w", err)
	}
	if _, err := os.Stat(path); err != nil && !mayMake {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no history yet: %s does not exist; migtop and migtop record make it", path)
		}
		return fmt.Errorf("read the history: %w", err)
	}
	store := history.New(path, history.Options{Cap: c.History.Cap})
	defer func() { _ = store.Close() }() // everything was committed
	// Whatever is done to a history in memory is lost.
	if err := store.Open(cmd.Context()); err != nil {
		return err
	}
	err = do(cmd.Context(), c, store)
	if p := store.Problem(); p != nil {
		_, printed := fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", p.What, p.Fix)
		return errors.Join(err, printed)
	}
	return err
}

// historyInfo is what a history has.
type historyInfo struct {
	Path   string         `json:"path"`
	Bytes  int64          `json:"bytes"`
	Cap    int64          `json:"cap_bytes"`
	Scopes []historyScope `json:"scopes"`
}

type historyScope struct {
	Name   string        `json:"name"`
	Oldest *time.Time    `json:"oldest"` // null where there are no minutes
	Newest *time.Time    `json:"newest"`
	Tiers  []historyTier `json:"tiers"`
	Gaps   []historyGap  `json:"gaps"`
}

type historyTier struct {
	Step float64   `json:"step_seconds"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type historyGap struct {
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

func newHistoryInfo(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "info",
		Short:   "Show how far the history reaches, its size and its gaps",
		Example: "  migtop history info\n  migtop history info -o json | jq '.scopes[].gaps'",
		Args:    noArgs,
	}
	format := cmd.Flags().StringP("output", "o", "table", "table or json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		form, err := report.ParseFormat(*format, []report.Format{report.Table, report.JSON})
		if err != nil {
			return usage(err)
		}
		return withHistory(cmd, g, false, func(ctx context.Context, _ *config.Config, s *history.Store) error {
			about, err := readHistoryInfo(ctx, s)
			if err != nil {
				return err
			}
			if form == report.JSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(about)
			}
			return about.print(cmd.OutOrStdout())
		})
	}
	return cmd
}

func readHistoryInfo(ctx context.Context, s *history.Store) (*historyInfo, error) {
	scopes, err := s.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	about := &historyInfo{Path: s.Path(), Scopes: []historyScope{}}
	for _, name := range scopes {
		reach, err := s.Past(name).Reach(ctx)
		if err != nil {
			return nil, err
		}
		one := historyScope{Name: name, Tiers: []historyTier{}, Gaps: []historyGap{}}
		if !reach.Oldest.IsZero() {
			one.Oldest = &reach.Oldest
		}
		if !reach.Newest.IsZero() {
			one.Newest = &reach.Newest
		}
		for _, t := range reach.Tiers {
			one.Tiers = append(one.Tiers, historyTier{t.Step.Seconds(), t.From, t.To})
		}
		for _, gap := range reach.Gaps {
			one.Gaps = append(one.Gaps, historyGap(gap))
		}
		about.Scopes = append(about.Scopes, one)
	}
	used, most, err := s.Size(ctx)
	about.Bytes, about.Cap = int64(used), int64(most)
	return about, err
}

// mostGaps is how many gaps the table shows, the newest; JSON has all.
const mostGaps = 10

func (h *historyInfo) print(w io.Writer) error {
	text := fmt.Sprintf("%s\n%s of at most %s on the disk\n", h.Path, mebibytes(h.Bytes), mebibytes(h.Cap))
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
	for i := range h.Scopes {
		s := &h.Scopes[i]
		text += fmt.Sprintf("\n%s\n", s.Name)
		for _, t := range s.Tiers {
			text += fmt.Sprintf("  by %-8s %s to %s UTC\n", time.Duration(t.Step)*time.Second, at(t.From), at(t.To))
		}
		if n := len(s.Gaps) - mostGaps; n > 0 {
			text += fmt.Sprintf("  %d older gaps\n", n)
		}
		for _, gap := range s.Gaps[max(0, len(s.Gaps)-mostGaps):] {
			text += fmt.Sprintf("  gap %-16s %s to %s UTC\n", gap.Source, at(gap.From), at(gap.To))
		}
	}
	_, err := io.WriteString(w, text)
	return err
}

func newHistoryPrune(g *globals, clk clock.Clock) *cobra.Command {
	return &cobra.Command{
		Use:   "prune",
		Short: "Thin the history now, to its ages and its cap",
		Long: "prune folds minutes that are older than 3 days into 5 minutes, those older than 63 days into hours, deletes hours older " +
			"than 455 days, and thins the oldest further where the file is larger than history.cap. migtop does the same while it runs.",
		Example: "  MIGTOP_HISTORY_CAP=200MB migtop history prune",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withHistory(cmd, g, false, func(ctx context.Context, _ *config.Config, s *history.Store) error {
				before, after, err := s.Prune(ctx, clk.Now())
				if err != nil {
					return fmt.Errorf("prune the history: %w", err)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s before, %s now\n", mebibytes(int64(before)), mebibytes(int64(after)))
				return err
			})
		},
	}
}

func newHistoryExport(g *globals, clk clock.Clock) *cobra.Command {
	return &cobra.Command{
		Use:     "export FILE",
		Short:   "Write the history into one file, which can be imported elsewhere",
		Long:    "export writes minutes, days, runs and what is kept of cutovers into a new file, while other migtops may run.",
		Example: "  migtop history export history.migtop",
		Args:    oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withHistory(cmd, g, false, func(ctx context.Context, _ *config.Config, s *history.Store) error {
				if _, err := os.Lstat(args[0]); err == nil {
					return fmt.Errorf("%s exists: name a new file", args[0])
				}
				moved, err := exportTo(ctx, s, args[0], clk.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d blocks of minutes, %d rows of days, runs and cutovers\n",
					args[0], moved.Blocks, moved.Rows)
				return err
			})
		},
	}
}

// exportTo writes an export under another name first: a file of that name is always whole.
func exportTo(ctx context.Context, s *history.Store, path string, now time.Time) (moved history.Moved, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".migtop-export-*")
	if err != nil {
		return moved, fmt.Errorf("export the history: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it is gone by then, if all went well
	moved, err = s.Export(ctx, f, now)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return moved, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return moved, fmt.Errorf("export the history: %w", err)
	}
	return moved, nil
}

func newHistoryImport(g *globals, clk clock.Clock) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Merge an exported history into this one",
		Long: "import reads a whole file that export wrote before it changes anything. What overlaps counts once; it may be repeated. " +
			"Minutes keep the time that the other machine's clock gave them.",
		Example: "  migtop history import history.migtop",
		Args:    oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("import a history: %w", err)
			}
			defer func() { _ = f.Close() }() // it was only read
			return withHistory(cmd, g, true, func(ctx context.Context, _ *config.Config, s *history.Store) error {
				moved, err := s.Import(ctx, f)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				out := fmt.Sprintf("%d blocks of minutes, %d rows of days, runs and cutovers\n", moved.Blocks, moved.Rows)
				for _, name := range moved.Scopes {
					out += "  of " + name + "\n"
				}
				out += clocksApart(&moved, clk.Now())
				_, err = io.WriteString(cmd.OutOrStdout(), out)
				return err
			})
		},
	}
}

// clocksApart says that the clock of the machine that made an export is ahead of the one here, "" where that cannot be seen.
func clocksApart(m *history.Moved, now time.Time) string {
	ahead := m.At.Sub(now)
	if newest := m.Newest.Sub(now); newest > ahead {
		ahead = newest
	}
	if ahead < 2*time.Minute {
		return ""
	}
	return fmt.Sprintf("the clock of the machine that made it is at least %s ahead of this one's; its minutes keep their own time\n",
		ahead.Round(time.Minute))
}

// mebibytes is a size as people read it.
func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/float64(migration.MiB)) }

// oneFile wants the name of a file.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usage(fmt.Errorf("%s takes the name of one file, got %d (run: %s --help)", cmd.CommandPath(), len(args), cmd.CommandPath()))
}
