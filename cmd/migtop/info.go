package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/report"
)

// The files that migtop keeps below the XDG state directory.
var (
	logPath     = filepath.Join("migtop", "migtop.log")
	spendPath   = filepath.Join("migtop", "spend.json")
	historyPath = filepath.Join("migtop", "history.db")
)

// place is a file that migtop reads or writes.
type place struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Bytes *int64 `json:"bytes"` // null where the file does not exist
	What  string `json:"what"`
}

// info is where migtop keeps things, and what it is.
type info struct {
	Version string  `json:"version"`
	Commit  string  `json:"commit"`
	Go      string  `json:"go"`
	System  string  `json:"system"`
	Files   []place `json:"files"`
}

func newInfo(g *globals) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Show the version, and where migtop keeps its files",
		Long: "info prints the version of migtop and the path and size of every file that it reads or writes on this machine. It asks " +
			"neither AWS nor a cluster.",
		Example: "  migtop info\n  migtop info -o json | jq -r '.files[] | select(.name == \"log\") | .path'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, err := report.ParseFormat(format, []report.Format{report.Table, report.JSON})
			if err != nil {
				return usage(err)
			}
			about := g.about()
			if form == report.JSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(about)
			}
			out := cmd.OutOrStdout()
			if _, err := fmt.Fprintf(out, "migtop %s, %s, %s\n\n", about.Version, about.Go, about.System); err != nil {
				return err
			}
			for _, p := range about.Files {
				if _, err := fmt.Fprintf(out, "%-14s %s\n%-14s %s, %s\n", p.Name, p.Path, "", p.What, p.size()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table or json")
	return cmd
}

func (p *place) size() string {
	if p.Bytes == nil {
		return "does not exist"
	}
	return fmt.Sprintf("%d KiB", (*p.Bytes+1023)/1024)
}

// about is the version and the files. A file whose place cannot be found is left out.
func (g *globals) about() info {
	out := info{Version: version, Commit: commit, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok && out.Version == "" {
		out.Version = build.Main.Version
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" && out.Commit == "" {
				out.Commit = s.Value
			}
		}
	}
	add := func(name, path, what string) {
		if path, err := filepath.Abs(path); err == nil {
			p := place{Name: name, Path: path, What: what}
			if stat, err := os.Stat(path); err == nil {
				size := stat.Size()
				p.Bytes = &size
			} else if !errors.Is(err, fs.ErrNotExist) {
				p.What += " (" + err.Error() + ")"
			}
			out.Files = append(out.Files, p)
		}
	}
	add("configuration", g.configPath(), "the settings; migtop config init writes one")
	add("history", filepath.Join(xdg.StateHome, historyPath), "whole days, ended runs, what logs said")
	add("spend", filepath.Join(xdg.StateHome, spendPath), "what was requested from CloudWatch this month")
	add("log", filepath.Join(xdg.StateHome, logPath), "what migtop did, as --log-level says")
	add("prices", refreshedFile(), "prices that migtop prices refresh read, over those in the binary")
	return out
}

// configPath is the configuration file that is read, or the one that would be.
func (g *globals) configPath() string {
	if g.file != "" {
		return g.file
	}
	if path := os.Getenv(config.EnvFile); path != "" {
		return path
	}
	if path, err := xdg.SearchConfigFile(config.DefaultFile); err == nil {
		return path
	}
	return filepath.Join(xdg.ConfigHome, config.DefaultFile)
}
