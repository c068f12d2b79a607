// Command cluster runs a real Kubernetes control plane on loopback, without
// containers, for migtop's tests and benchmarks: etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler, metrics-server behind the real
// aggregator, and kwok, which plays the kubelets. Everything is built from the
// Go modules that go.mod names.
//
// Answers go to standard output, progress and errors to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

const usage = `usage: go run -C test/cluster . VERB

  build            build the binaries into the cache; does nothing when they are there
  up               build, start, wait until ready; prints the administrator's kubeconfig path
  down             stop what up started and delete its data
  stop COMPONENT   stop one component; up starts it again
  status           one line a component: pid, resident memory, CPU time
  env              prints shell exports for tests: eval "$(go run -C test/cluster . env)"
  nodes N          see to it that simulated nodes node-0 .. node-(N-1) exist and are ready
  wait-metrics     wait until metrics.k8s.io serves data of every node
  fill PODS        run Jobs of 20 tenants with PODS running pods in all; 0 deletes them
  logs COMPONENT   print a component's log

environment (all optional):
  MIGTOP_CLUSTER_NAME      clusters of different names run side by side  (default)
  MIGTOP_CLUSTER_NODES     simulated nodes that up makes                 (10)
  MIGTOP_CLUSTER_SCRAPE    metrics-server's period, at least 10s         (10s)
  MIGTOP_CLUSTER_TIMEOUT   how long one readiness check may take         (120s)
  XDG_CACHE_HOME           where binaries and clusters are kept          (~/.cache)
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, errUsage) {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/cluster:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	verb, args := args[0], args[1:]
	wants := map[string]int{"nodes": 1, "fill": 1, "logs": 1, "stop": 1}
	if len(args) != wants[verb] {
		return errUsage
	}
	set, err := settingsFrom(os.Getenv)
	if err != nil {
		return err
	}
	c := &cluster{settings: set, stdout: stdout, stderr: stderr}
	switch verb {
	case "build":
		dir, err := c.build(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, dir)
		return nil
	case "up":
		return c.up(ctx)
	case "down":
		return c.down(ctx)
	case "stop":
		return c.stopOne(ctx, args[0])
	case "status":
		return c.status()
	case "env":
		return c.env()
	case "nodes", "fill":
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 || n > 200_000 {
			return fmt.Errorf("%s %s: want a number from 0 to 200000", verb, args[0])
		}
		if verb == "nodes" {
			return c.scaleNodes(ctx, n)
		}
		return c.fill(ctx, n)
	case "wait-metrics":
		return c.waitMetrics(ctx)
	case "logs":
		return c.logs(args[0])
	}
	return errUsage
}
