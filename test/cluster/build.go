package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// The module's own files decide which binaries are built. They are embedded, so
// that a copy of this program works from any directory and on what it was
// compiled with.
var (
	//go:embed go.mod
	goMod []byte
	//go:embed go.sum
	goSum []byte
)

// binaries are what `go build tool` leaves, by the names that they are kept by.
// etcd's package is called server.
var binaries = map[string]string{
	"server":                  "etcd",
	"kube-apiserver":          "kube-apiserver",
	"kube-controller-manager": "kube-controller-manager",
	"kube-scheduler":          "kube-scheduler",
	"kubectl":                 "kubectl",
	"kwok":                    "kwok",
	"metrics-server":          "metrics-server",
}

// crds are the kinds of kwok that are used here, as files in kwok's module.
var crds = []string{"stages", "clusterresourceusages", "resourceusages"}

// progressEvery is how often a build says that it still lives.
const progressEvery = 15 * time.Second

var kubernetesLine = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)`)

// versionFlags are the linker's flags that give the Kubernetes binaries their
// version: without them the API server calls itself v0.0.0-master, and clients
// that look at the version take a wrong turn.
func versionFlags(mod []byte) (version, ldflags string, err error) {
	m := kubernetesLine.FindSubmatch(mod)
	if m == nil {
		return "", "", errors.New("go.mod does not require k8s.io/kubernetes")
	}
	version = string(m[1])
	flags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, set := range []string{
			"gitVersion=" + version, "gitMajor=" + string(m[2]), "gitMinor=" + string(m[3]), "gitTreeState=clean",
		} {
			flags = append(flags, "-X", pkg+"."+set)
		}
	}
	return version, strings.Join(flags, " "), nil
}

// buildKey names a set of binaries by everything that decides what is in them.
func buildKey(mod, sum []byte, toolchain, ldflags string) string {
	h := sha256.New()
	for _, part := range [][]byte{mod, sum, []byte(toolchain), []byte(ldflags)} {
		fmt.Fprintf(h, "%d\n", len(part))
		h.Write(part)
	}
	return fmt.Sprintf("%x", h.Sum(nil))[:16]
}

// build returns the directory of the binaries and fills it first if need be.
func (c *cluster) build(ctx context.Context) (string, error) {
	version, ldflags, err := versionFlags(goMod)
	if err != nil {
		return "", err
	}
	toolchain := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	dir := filepath.Join(c.cache, "bin", buildKey(goMod, goSum, toolchain, ldflags))
	if complete(dir) {
		return dir, nil
	}
	release, err := lock(ctx, filepath.Join(c.cache, "bin", "build.lock"), func() {
		c.say("another process is building the binaries; waiting for it")
	})
	if err != nil {
		return "", err
	}
	defer release()
	if complete(dir) { // by the previous holder of the lock
		return dir, nil
	}
	c.say("building the control plane of Kubernetes %s; the first time takes some minutes", version)
	begin := time.Now()
	if err := c.buildInto(ctx, dir, ldflags); err != nil {
		return "", fmt.Errorf("building the control plane: %w", err)
	}
	c.say("built in %s", time.Since(begin).Round(time.Second))
	return dir, nil
}

func complete(dir string) bool {
	for _, name := range binaries {
		if s, err := os.Stat(filepath.Join(dir, name)); err != nil || s.Mode()&0o100 == 0 {
			return false
		}
	}
	for _, name := range crds {
		if _, err := os.Stat(filepath.Join(dir, "crds", name+".yaml")); err != nil {
			return false
		}
	}
	return true
}

func (c *cluster) buildInto(ctx context.Context, dir, ldflags string) error {
	work := dir + ".part"
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	defer os.RemoveAll(work)
	module, out := filepath.Join(work, "module"), filepath.Join(work, "out")
	for _, d := range []string{module, filepath.Join(out, "crds")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string][]byte{"go.mod": goMod, "go.sum": goSum} {
		if err := os.WriteFile(filepath.Join(module, name), content, 0o644); err != nil {
			return err
		}
	}
	begin := time.Now()
	stop := every(progressEvery, func() { c.say("  still building, %s", time.Since(begin).Round(time.Second)) })
	// One build of all tools: what they share is compiled once. -mod=readonly
	// holds it to the versions and hashes of go.mod and go.sum.
	_, err := goTool(ctx, module, c.stderr, "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
		"-ldflags", ldflags, "-o", out+string(filepath.Separator), "tool")
	stop()
	if err != nil {
		return err
	}
	for built, name := range binaries {
		if built == name {
			continue
		}
		if err := os.Rename(filepath.Join(out, built), filepath.Join(out, name)); err != nil {
			return err
		}
	}
	// kwok's custom resource definitions are part of its module. With a copy next to the binaries, a start needs neither the
	// module cache nor the network.
	kwok, err := goTool(ctx, module, c.stderr, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok")
	if err != nil {
		return err
	}
	for _, name := range crds {
		b, err := os.ReadFile(filepath.Join(strings.TrimSpace(kwok), "kustomize", "crd", "bases", "kwok.x-k8s.io_"+name+".yaml"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, "crds", name+".yaml"), b, 0o644); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(out, dir)
}

// goTool runs the go command in a directory and returns what it printed.
func goTool(ctx context.Context, dir string, stderr io.Writer, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// A workspace or flags of the caller are about other code. Without cgo the
	// binaries are static and need no C compiler.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, stderr
	// The compilers below it end with it, not minutes later.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return out.String(), nil
}

// every calls f in steps of d until the function that it returns was called,
// which waits for a call under way.
func every(d time.Duration, f func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}
