package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// cluster is one control plane: its settings, its files on disk, and the output for messages.
type cluster struct {
	settings
	state  state
	stdout io.Writer
	stderr io.Writer

	speaking sync.Mutex // lines of a build's progress and of its end do not mix
}

// state is what a later run of this program must know of a cluster.
type state struct {
	Ports ports  `json:"ports"`
	Bin   string `json:"bin"` // directory of the binaries it was last started from
	// Ready is set once it was whole. What is not ready is thrown away by the
	// next up: its keys and ports may not belong together.
	Ready bool `json:"ready"`
}

const stateFile = "state.json"

func (s state) server() string { return fmt.Sprintf("https://%s:%d", host, s.Ports.API) }

func (c *cluster) kubeconfig(user string) string { return c.in(user + ".kubeconfig") }

func (c *cluster) say(format string, args ...any) {
	c.speaking.Lock()
	defer c.speaking.Unlock()
	fmt.Fprintf(c.stderr, format+"\n", args...)
}

func (c *cluster) load() error {
	b, err := os.ReadFile(c.in(stateFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &c.state)
}

func (c *cluster) save() error {
	b, err := json.MarshalIndent(c.state, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.in(stateFile), b)
}

// needUp loads a cluster that up has finished.
func (c *cluster) needUp() error {
	if err := c.load(); err != nil || !c.state.Ready {
		return fmt.Errorf("cluster %q is not up (run: go run -C test/cluster . up)", c.name)
	}
	return nil
}

func (c *cluster) lockRun(ctx context.Context) (func(), error) {
	return lock(ctx, filepath.Join(c.runs(), c.name+".lock"), func() {
		c.say("another process works on cluster %q; waiting for it", c.name)
	})
}

// up makes the cluster run, whatever is there of it: nothing, a part, all.
func (c *cluster) up(ctx context.Context) error {
	begin := time.Now()
	bin, err := c.build(ctx)
	if err != nil {
		return err
	}
	release, err := c.lockRun(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := c.load(); err != nil || !c.state.Ready {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	c.state.Bin = bin
	if err := c.save(); err != nil {
		return err
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	c.state.Ready = true
	if err := c.save(); err != nil {
		return err
	}
	c.say("cluster %q is ready after %s: %d nodes, %s",
		c.name, time.Since(begin).Round(100*time.Millisecond), c.nodes, c.state.server())
	fmt.Fprintln(c.stdout, c.kubeconfig("admin"))
	return nil
}

// begin throws away what is there and makes ports, keys and kubeconfigs.
func (c *cluster) begin(ctx context.Context) error {
	if err := c.stopAll(); err != nil {
		return err
	}
	if err := os.RemoveAll(c.run()); err != nil {
		return err
	}
	for _, d := range []string{"pids", "logs", "etcd"} {
		if err := os.MkdirAll(c.in(d), 0o700); err != nil {
			return err
		}
	}
	release, err := lock(ctx, filepath.Join(c.runs(), "ports.lock"), func() {})
	if err != nil {
		return err
	}
	defer release()
	c.state = state{}
	if c.state.Ports, err = choosePorts(portsGiven(c.runs()), portFree); err != nil {
		return err
	}
	if err := c.save(); err != nil {
		return err
	}
	return c.makePKI(time.Now())
}

// start launches what does not run, in the order in which they need each other.
func (c *cluster) start(ctx context.Context) error {
	launch := func(names ...string) error {
		for _, name := range names {
			if err := c.launch(name, c.arguments(name)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := launch("etcd", "kube-apiserver"); err != nil {
		return err
	}
	if err := c.await(ctx, "kube-apiserver", "/readyz of the API server", func(ctx context.Context) error {
		_, err := c.kubectl(ctx, nil, "get", "--raw", "/readyz")
		return err
	}); err != nil {
		return err
	}
	if err := launch("kube-controller-manager", "kube-scheduler"); err != nil {
		return err
	}
	if err := c.install(ctx); err != nil {
		return err
	}
	if err := launch("kwok", "metrics-server"); err != nil {
		return err
	}
	if err := c.addNodes(ctx, c.nodes); err != nil {
		return err
	}
	for _, w := range []struct {
		component, what string
		ready           func(context.Context) error
	}{
		// Pods are refused until the controller manager has made their
		// namespace's service account.
		{"kube-controller-manager", "the default service account", func(ctx context.Context) error {
			_, err := c.kubectl(ctx, nil, "get", "serviceaccount", "default", "-n", "default")
			return err
		}},
		{"kube-scheduler", "the scheduler's port", func(context.Context) error {
			if !portOpen(c.state.Ports.Scheduler) {
				return errors.New("closed")
			}
			return nil
		}},
		{"kwok", "the simulated nodes", func(ctx context.Context) error { return c.nodesReady(ctx, c.nodes) }},
		{"metrics-server", "the API service of metrics.k8s.io", func(ctx context.Context) error {
			_, err := c.kubectl(ctx, nil, "wait", "--for=condition=Available", "--timeout=5s", "apiservice/v1beta1.metrics.k8s.io")
			return err
		}},
	} {
		if err := c.await(ctx, w.component, w.what, w.ready); err != nil {
			return err
		}
	}
	return nil
}

// install puts into the API what the components need there.
func (c *cluster) install(ctx context.Context) error {
	if err := c.apply(ctx, nil, "-f", filepath.Join(c.state.Bin, "crds")); err != nil {
		return err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=5s"}
	for _, kind := range crds {
		wait = append(wait, "crd/"+kind+".kwok.x-k8s.io")
	}
	// Retried: kubectl fails on a resource that has no conditions yet.
	if err := c.await(ctx, "kube-apiserver", "kwok's resources", func(ctx context.Context) error {
		_, err := c.kubectl(ctx, nil, wait...)
		return err
	}); err != nil {
		return err
	}
	docs, err := c.manifests()
	if err != nil {
		return err
	}
	return c.apply(ctx, docs, "-f", "-")
}

func (c *cluster) down(ctx context.Context) error {
	release, err := c.lockRun(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := c.stopAll(); err != nil {
		return err
	}
	if err := os.RemoveAll(c.run()); err != nil {
		return err
	}
	c.say("cluster %q is down", c.name)
	return nil
}

// stopOne ends one component, for tests of what its absence does.
func (c *cluster) stopOne(ctx context.Context, component string) error {
	if !slices.Contains(components, component) {
		return fmt.Errorf("stop %s: want one of %s", component, strings.Join(components, ", "))
	}
	release, err := c.lockRun(ctx)
	if err != nil {
		return err
	}
	defer release()
	return c.stop(component)
}

// stopAll ends the components in the reverse order of their start.
func (c *cluster) stopAll() error {
	var errs []error
	for i := len(components) - 1; i >= 0; i-- {
		errs = append(errs, c.stop(components[i]))
	}
	return errors.Join(errs...)
}

// apply is kubectl apply on the server's side, where nothing of the objects'
// last state has to be carried in an annotation.
func (c *cluster) apply(ctx context.Context, stdin []byte, args ...string) error {
	_, err := c.kubectl(ctx, stdin, append([]string{"apply", "--server-side", "--force-conflicts"}, args...)...)
	return err
}

// kubectl runs the cluster's own kubectl as its administrator.
func (c *cluster) kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.state.Bin, "kubectl"),
		append([]string{"--kubeconfig", c.kubeconfig("admin"), "--cache-dir", c.in("kubectl-cache")}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// await repeats a check until it passes, its component dies, or time is up.
func (c *cluster) await(ctx context.Context, component, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if !c.process(component).alive() {
			return fmt.Errorf("%s ended while waiting for %s; the end of its log:\n%s", component, what, c.logTail(component))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not there after %s: %w; the end of the log of %s:\n%s",
				what, c.timeout, err, component, c.logTail(component))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (c *cluster) logTail(component string) string {
	b, err := os.ReadFile(c.in("logs", component+".log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return strings.Join(lines[max(len(lines)-20, 0):], "\n")
}

func (c *cluster) logs(component string) error {
	f, err := os.Open(c.in("logs", component+".log"))
	if err != nil {
		return fmt.Errorf("no log of %q: want one of %s, of a cluster that is up: %w", component, strings.Join(components, ", "), err)
	}
	defer f.Close()
	_, err = io.Copy(c.stdout, f)
	return err
}
