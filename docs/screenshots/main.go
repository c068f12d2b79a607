// Command screenshots takes the README's pictures: the real program in a real
// terminal (tmux), what the terminal then holds turned into HTML cell by cell, and
// that into PNG by a headless Chromium.
//
//	go run ./docs/screenshots [-bin bin/migtop] [-size 150x44] [-theme dark] [-out docs/screenshots]
//
// It needs tmux and chromium, and looks best with the font JetBrains Mono (Debian:
// apt-get install tmux chromium fonts-jetbrains-mono).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// shots are the pictures, and the keys that lead from one to the next.
var shots = []struct {
	name, keys, shows string
}{
	{"fleet", "1", "month end"},
	{"tenants", "2", "VERDICT"},
	{"cutover", "4", "NEXT STEP NEEDS"},
	{"tenant", "2 Enter", "Side by side"},
	{"profiles", "5", "Recommended"},
	{"what-if", "8 Down Down Down Down Down Down Right Right Right Right", "nodes now"},
	{"sources", "9", "LATENCY"},
}

func main() {
	bin := flag.String("bin", "bin/migtop", "the program")
	size := flag.String("size", "150x44", "terminal columns x rows")
	theme := flag.String("theme", "dark", "theme")
	out := flag.String("out", "docs/screenshots", "where the pictures go")
	filter := flag.String("tenant", "", "the tenant whose page is taken; the first one if empty")
	flag.Parse()
	if err := run(*bin, *size, *theme, *out, *filter); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(bin, size, theme, out, tenant string) (err error) {
	var cols, rows int
	if _, err := fmt.Sscanf(size, "%dx%d", &cols, &rows); err != nil {
		return fmt.Errorf("size %q: want columns x rows", size)
	}
	work, err := os.MkdirTemp("", "screenshots")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	t := terminal{filepath.Join(work, "tmux")}
	conf := filepath.Join(work, "tmux.conf")
	lines := "set -g default-terminal tmux-256color\nset -sa terminal-features \",*:RGB\"\nset -g status off\n"
	if err := os.WriteFile(conf, []byte(lines), 0o600); err != nil {
		return err
	}
	if _, err := t.tmux("-f", conf, "new-session", "-d", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows),
		"env", "-u", "TMUX", "COLORTERM=truecolor", "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC",
		"XDG_STATE_HOME="+work, "XDG_CONFIG_HOME="+work, bin, "demo", "--theme", theme, "--speed", "1"); err != nil {
		return err
	}
	defer func() { _, _ = t.tmux("kill-server") }()
	for _, s := range shots {
		if s.name != "fleet" {
			if s.name == "tenant" && tenant != "" {
				if _, err := t.tmux("send-keys", "/", tenant, "Enter"); err != nil {
					return err
				}
				time.Sleep(500 * time.Millisecond)
			}
			if _, err := t.tmux(append([]string{"send-keys"}, strings.Fields(s.keys)...)...); err != nil {
				return err
			}
		}
		if err := t.wait(s.shows); err != nil {
			return err
		}
		time.Sleep(time.Second)
		screen, err := t.tmux("capture-pane", "-N", "-e", "-p")
		if err != nil {
			return err
		}
		page := filepath.Join(work, s.name+".html")
		if err := os.WriteFile(page, []byte(toHTML(screen)), 0o600); err != nil {
			return err
		}
		if err := picture(page, filepath.Join(out, s.name+".png"), work, cols*cellWidth+2*margin, rows*cellHeight+2*margin); err != nil {
			return err
		}
	}
	return nil
}

// terminal is a tmux server of its own.
type terminal struct{ socket string }

func (t terminal) tmux(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-S", t.socket}, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, out)
	}
	return string(out), nil
}

func (t terminal) wait(text string) error {
	var screen string
	for range 600 { // a minute: a busy machine is slow to begin
		var err error
		if screen, err = t.tmux("capture-pane", "-p"); err != nil {
			return err
		}
		if strings.Contains(screen, text) {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("no %q on the screen:\n%s", text, screen)
}

func picture(page, png, work string, width, height int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	path, err := filepath.Abs(png)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--user-data-dir="+filepath.Join(work, "chromium"), "--force-device-scale-factor=1.5",
		fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+path, "file://"+page).CombinedOutput()
	if err != nil {
		return fmt.Errorf("chromium: %w: %s", err, out)
	}
	return nil
}
