// Command migtop shows, per tenant, what the same work costs and how it behaves
// on AWS Lambda and on Kubernetes Jobs while it moves from one to the other. It
// reads; it never writes to AWS or to a cluster.
package main

import (
	"context"
	"os"
	"syscall"

	"charm.land/fang/v2"
)

// version and commit are set by the release build.
var version, commit string

func main() {
	os.Exit(run(context.Background()))
}

func run(ctx context.Context) int {
	options := []fang.Option{
		fang.WithErrorHandler(printError),
		fang.WithNotifySignal(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP),
	}
	if version != "" {
		options = append(options, fang.WithVersion(version), fang.WithCommit(commit))
	}
	return exitCode(fang.Execute(ctx, newRoot(), options...))
}
