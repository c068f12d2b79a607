package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// host is the only address that anything here listens on or connects to.
const host = "127.0.0.1"

// settings are what the environment decides.
type settings struct {
	name    string
	cache   string // absolute
	nodes   int
	scrape  time.Duration
	timeout time.Duration
}

var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,40}$`)

func settingsFrom(getenv func(string) string) (settings, error) {
	s := settings{name: "default", nodes: 10, scrape: 10 * time.Second, timeout: 2 * time.Minute}
	if v := getenv("MIGTOP_CLUSTER_NAME"); v != "" {
		if !goodName.MatchString(v) {
			return s, fmt.Errorf("MIGTOP_CLUSTER_NAME=%q: want small letters, digits and dashes", v)
		}
		s.name = v
	}
	if v := getenv("MIGTOP_CLUSTER_NODES"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 5000 {
			return s, fmt.Errorf("MIGTOP_CLUSTER_NODES=%q: want a number from 0 to 5000", v)
		}
		s.nodes = n
	}
	for _, d := range []struct {
		name  string
		least time.Duration
		into  *time.Duration
	}{
		{"MIGTOP_CLUSTER_SCRAPE", 10 * time.Second, &s.scrape}, // metrics-server's own minimum
		{"MIGTOP_CLUSTER_TIMEOUT", time.Second, &s.timeout},
	} {
		v := getenv(d.name)
		if v == "" {
			continue
		}
		got, err := time.ParseDuration(v)
		if err != nil || got < d.least {
			return s, fmt.Errorf("%s=%q: want a duration of at least %s, such as 30s", d.name, v, d.least)
		}
		*d.into = got
	}
	cache := getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) { // the XDG specification: a relative path is to be ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return s, fmt.Errorf("no cache directory: set XDG_CACHE_HOME: %w", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	s.cache = filepath.Join(cache, "migtop", "testcluster")
	return s, nil
}

// runs is where all clusters keep their state, run where this one does.
func (s settings) runs() string { return filepath.Join(s.cache, "run") }
func (s settings) run() string  { return filepath.Join(s.runs(), s.name) }

// in names a file of this cluster.
func (s settings) in(elem ...string) string {
	return filepath.Join(append([]string{s.run()}, elem...)...)
}
