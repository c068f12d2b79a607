package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == k {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	s, err := settingsFrom(env("XDG_CACHE_HOME", "/c", "MIGTOP_CLUSTER_NAME", "ci-2", "MIGTOP_CLUSTER_NODES", "3", "MIGTOP_CLUSTER_SCRAPE",
		"15s"))
	if err != nil {
		t.Fatal(err)
	}
	if s.run() != "/c/migtop/testcluster/run/ci-2" || s.nodes != 3 || s.scrape != 15*time.Second {
		t.Errorf("got %+v, run in %s", s, s.run())
	}
	if s, err = settingsFrom(env("XDG_CACHE_HOME", "relative", "HOME", "/home/me")); err != nil || !filepath.IsAbs(s.cache) {
		t.Errorf("a relative cache directory: %q, %v", s.cache, err)
	}
	for _, bad := range [][2]string{
		{"MIGTOP_CLUSTER_NAME", "../other"},
		{"MIGTOP_CLUSTER_NAME", "Big"},
		{"MIGTOP_CLUSTER_NODES", "-1"},
		{"MIGTOP_CLUSTER_NODES", "many"},
		{"MIGTOP_CLUSTER_SCRAPE", "5s"},
		{"MIGTOP_CLUSTER_TIMEOUT", "120"},
	} {
		if _, err := settingsFrom(env(bad[:]...)); err == nil || !strings.Contains(err.Error(), bad[0]) {
			t.Errorf("%s=%s: got %v, want an error that names it", bad[0], bad[1], err)
		}
	}
}

func TestVersionFlags(t *testing.T) {
	version, flags, err := versionFlags(goMod)
	if err != nil {
		t.Fatal(err)
	}
	if want := "-X k8s.io/component-base/version.gitVersion=" + version + " "; !strings.Contains(flags, want) {
		t.Errorf("flags %q lack %q", flags, want)
	}
	if _, _, err := versionFlags([]byte("module x\n")); err == nil {
		t.Error("a go.mod without Kubernetes gave a version")
	}
}

func TestBuildKeyDependsOnEveryPart(t *testing.T) {
	keys := map[string]bool{}
	for _, p := range [][4]string{
		{"mod", "sum", "go", "flags"},
		{"mod2", "sum", "go", "flags"},
		{"mod", "sum2", "go", "flags"},
		{"mod", "sum", "go2", "flags"},
		{"mod", "sum", "go", "flags2"},
		{"mods", "um", "go", "flags"}, // the same bytes, cut elsewhere
	} {
		keys[buildKey([]byte(p[0]), []byte(p[1]), p[2], p[3])] = true
	}
	if len(keys) != 6 {
		t.Errorf("6 different inputs gave %d keys", len(keys))
	}
}

func TestParseStat(t *testing.T) {
	const tail = " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21"
	for _, tt := range []struct {
		stat    string
		start   string
		running bool
	}{
		{"12 (etcd) S" + tail, "4711", true},
		{"12 (a) R (b) S" + tail, "4711", true},
		{"12 (etcd) Z" + tail, "4711", false},
		{"12 (etcd) S 1 2", "", false},
		{"", "", false},
	} {
		if start, running := parseStat(tt.stat); start != tt.start || running != tt.running {
			t.Errorf("parseStat(%q) = %q, %v", tt.stat, start, running)
		}
	}
}

// A pid that was reused by another process is not stopped, whatever the file says.
func TestOnlyTheVeryProcessIsStopped(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	start, running := startOf(cmd.Process.Pid)
	if !running || start == "" {
		t.Fatalf("startOf = %q, %v", start, running)
	}
	c := &cluster{settings: settings{name: "t", cache: t.TempDir()}, stdout: io.Discard, stderr: io.Discard}
	record := func(p process) {
		b, _ := json.Marshal(p)
		if err := writeFile(c.pidFile("etcd"), b); err != nil {
			t.Fatal(err)
		}
	}
	record(process{PID: cmd.Process.Pid, Start: start + "0"})
	if err := c.stop("etcd"); err != nil {
		t.Fatal(err)
	}
	if _, running := startOf(cmd.Process.Pid); !running {
		t.Fatal("a process that only has the same pid was ended")
	}
	record(process{PID: cmd.Process.Pid, Start: start})
	if err := c.stop("etcd"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the process still runs")
	}
	if _, err := os.Stat(c.pidFile("etcd")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its pid file is still there: %v", err)
	}
}

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "lock")
	release, err := lock(t.Context(), path, func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := false
	if _, err := lock(ctx, path, func() { waited = true; cancel() }); !errors.Is(err, context.Canceled) || !waited {
		t.Errorf("the second one: waited %v, %v", waited, err)
	}
	release()
	release, err = lock(t.Context(), path, func() { t.Error("it was given back") })
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestChoosePorts(t *testing.T) {
	taken := map[int]bool{}
	seen := map[int]bool{}
	for range 20 {
		p, err := choosePorts(taken, func(n int) bool { return n%2 == 0 })
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.each() {
			if seen[*n] || *n%2 != 0 || *n < portFrom || *n >= portTo {
				t.Fatalf("port %d", *n)
			}
			seen[*n] = true
		}
	}
	if _, err := choosePorts(taken, func(int) bool { return false }); err == nil {
		t.Error("found a free port where none is")
	}
}

func TestPortsOfOtherClustersAreTaken(t *testing.T) {
	cache := t.TempDir()
	c := &cluster{settings: settings{name: "one", cache: cache}}
	c.state.Ports = ports{Etcd: 20001, Metrics: 20007}
	if err := c.save(); err != nil {
		t.Fatal(err)
	}
	if given := portsGiven(c.runs()); !given[20001] || !given[20007] {
		t.Errorf("given: %v", given)
	}
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	ca, err := newAuthority("ca", now)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := ca.issue(identities()["metrics-server"], now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.pem)
	// The aggregator verifies this name, whatever address it connects to.
	for _, name := range []string{"metrics-server.kube-system.svc", host} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("as a server for %s: %v", name, err)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
		t.Error("a server's certificate is good for a client")
	}
	for name, s := range identities() {
		if !s.server && !s.client {
			t.Errorf("%s is good for nothing", name)
		}
		for _, ip := range s.ips {
			if parsed := net.ParseIP(ip); !parsed.IsLoopback() && ip != serviceIP {
				t.Errorf("%s serves %s", name, ip)
			}
		}
	}
}

// Every component listens, and connects, on loopback alone.
func TestComponentsStayOnLoopback(t *testing.T) {
	c := &cluster{settings: settings{name: "t", cache: "/c", scrape: 10 * time.Second}}
	for i, p := range c.state.Ports.each() {
		*p = portFrom + i
	}
	for _, name := range components {
		args := c.arguments(name)
		if len(args) == 0 {
			t.Errorf("%s has no arguments", name)
		}
		all := strings.Join(args, " ")
		if !strings.Contains(all, host) {
			t.Errorf("%s is not set to stay on loopback: %s", name, all)
		}
		if strings.Contains(all, "0.0.0.0") || strings.Contains(all, "http://") {
			t.Errorf("%s: %s", name, all)
		}
	}
}

func TestFillJobs(t *testing.T) {
	for _, pods := range []int{0, 1, 19, 20, 21, 1999, 10_000} {
		sum, tenants := 0, map[any]bool{}
		for _, j := range fillJobs(pods) {
			n := j["spec"].(map[string]any)["parallelism"].(int)
			if n < 1 || n > podsPerJob {
				t.Errorf("%d pods: a Job of %d", pods, n)
			}
			sum += n
			tenants[j["metadata"].(map[string]any)["labels"].(map[string]any)["tenant"]] = true
		}
		if sum != pods || len(tenants) != min(pods, fillTenants) {
			t.Errorf("%d pods: got %d of %d tenants", pods, sum, len(tenants))
		}
	}
	if fit(4) != 39+3*234 {
		t.Errorf("4 nodes fit %d", fit(4))
	}
}

func TestQuote(t *testing.T) {
	const s = `a'b "c" $d`
	out, err := exec.Command("sh", "-c", "printf %s "+quote(s)).Output()
	if err != nil || string(out) != s {
		t.Errorf("the shell read %q, %v", out, err)
	}
}
