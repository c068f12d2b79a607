// Command migtop shows, per tenant, what the same work costs and how it behaves
// on AWS Lambda and on Kubernetes Jobs while it moves from one to the other. It
// reads; it never writes to AWS or to a cluster.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // freezes of the plan name zones, and a container may have none

	"charm.land/fang/v2"
)

// version and commit are set by the release build.
var version, commit string

func main() {
	os.Exit(run(context.Background()))
}

// grace is how long a program that was asked to end may take to give the terminal
// back and to close what it opened.
const grace = 10 * time.Second

func run(ctx context.Context) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// A terminal that is gone may never take what is written to it. Nobody is
	// left then who could press a key, so that nothing else would end this.
	defer context.AfterFunc(ctx, func() {
		time.Sleep(grace)
		os.Exit(exitInterrupted)
	})()

	options := []fang.Option{fang.WithErrorHandler(printError)}
	if version != "" {
		options = append(options, fang.WithVersion(version), fang.WithCommit(commit))
	}
	return exitCode(fang.Execute(ctx, newRoot(), options...))
}
