package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// status prints what runs. It fails unless all of it does.
func (c *cluster) status() error {
	var missing []string
	for _, name := range components {
		p := c.process(name)
		if !p.alive() {
			fmt.Fprintf(c.stdout, "%-24s not running\n", name)
			missing = append(missing, name)
			continue
		}
		// ps prints the same on Linux and on macOS.
		out, err := exec.Command("ps", "-o", "rss=,time=", "-p", strconv.Itoa(p.PID)).Output()
		fields := strings.Fields(string(out))
		if err != nil || len(fields) != 2 {
			return fmt.Errorf("ps of %s (pid %d): %q: %w", name, p.PID, out, err)
		}
		kib, err := strconv.Atoi(fields[0])
		if err != nil {
			return fmt.Errorf("ps of %s: %w", name, err)
		}
		fmt.Fprintf(c.stdout, "%-24s pid %-8d rss %5d MiB   cpu %s\n", name, p.PID, kib/1024, fields[1])
	}
	if len(missing) > 0 {
		return errors.New("not running: " + strings.Join(missing, ", "))
	}
	return nil
}

// env prints what tests want to know.
func (c *cluster) env() error {
	if err := c.needUp(); err != nil {
		return err
	}
	for _, v := range [][2]string{
		{"MIGTOP_TEST_KUBECONFIG", c.kubeconfig("admin")},
		{"MIGTOP_TEST_VIEWER_KUBECONFIG", c.kubeconfig("viewer")},
		{"MIGTOP_TEST_FORBIDDEN_KUBECONFIG", c.kubeconfig("forbidden")},
		{"MIGTOP_TEST_KUBECTL", filepath.Join(c.state.Bin, "kubectl")},
	} {
		fmt.Fprintf(c.stdout, "export %s=%s\n", v[0], quote(v[1]))
	}
	return nil
}

// quote makes one word of any string, for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
