package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"github.com/migtop/migtop/internal/gate/server"
)

// gateFlags are the flags of gate.
type gateFlags struct {
	listen, tokenFile string
}

func newGate(g *globals) *cobra.Command {
	var f gateFlags
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Serve verdicts over HTTP to Argo Rollouts, Flagger and pipelines",
		Long: "gate polls as the screen does, and answers over HTTP whether a tenant may go on: GET /verdict/TENANT for the web metric " +
			"of Argo Rollouts and for pipelines, POST /flagger/TENANT/HOOK for the webhooks of Flagger. It only reads, and moves no " +
			"traffic. HOLD, no data or an unreachable gate lets a controller wait. It listens on loopback by default, without TLS. " +
			"docs/gates.md has the manifests.",
		Example: "  migtop gate\n  migtop gate --listen :9140 --token-file /etc/migtop/token\n" +
			"  curl -s 'http://127.0.0.1:9140/verdict/acme?share=20' | jq -r .gate",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, g)
		},
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:9140", "address to listen on, as HOST:PORT; :PORT is every interface")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token that callers must send; read again for each request")
	return cmd
}

// run serves until the program is asked to end, which is no failure.
func (f *gateFlags) run(cmd *cobra.Command, g *globals) error {
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return usage(fmt.Errorf("--listen %q: want HOST:PORT, such as 127.0.0.1:9140, or :9140 for every interface", f.listen))
	}
	if cmd.Flags().Changed("token-file") {
		if _, err := f.token(); err != nil {
			return usage(err)
		}
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w: choose another address with --listen", f.listen, err)
	}
	a, err := open(ctx, cmd, g, running)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer a.close()
	options := server.Options{Clock: a.clock, Logger: a.log, Aliases: aliases(a.config)}
	if f.tokenFile != "" {
		options.Token = f.token
	}
	s := server.New(options)
	notify(cmd, "the gate listens on http://%s%s", l.Addr(), f.warning(l.Addr()))

	var polling sync.WaitGroup
	var closing error
	polling.Go(func() { closing = a.monitor.Run(ctx) })
	polling.Go(func() { s.Follow(ctx, a.monitor.Snapshots()) })
	err = s.Serve(ctx, l)
	cancel()
	polling.Wait()
	return errors.Join(err, closing)
}

// warning is what to know of an address that others reach.
func (f *gateFlags) warning(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); f.tokenFile != "" || ok && tcp.IP.IsLoopback() {
		return ""
	}
	return "; whoever reaches it reads verdicts: set --token-file, or let only the controller in (NetworkPolicy, see docs/gates.md)"
}

// mostToken is how large a token may be.
const mostToken = 4 << 10

// token reads the token.
func (f *gateFlags) token() (string, error) {
	file, err := os.Open(f.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, mostToken+1))
	token := string(bytes.TrimSpace(data))
	switch {
	case err != nil:
		return "", fmt.Errorf("--token-file: %w", err)
	case token == "":
		return "", fmt.Errorf("--token-file %s is empty: write the token into it", f.tokenFile)
	case len(data) > mostToken:
		return "", fmt.Errorf("--token-file %s is larger than %d bytes: it is to hold the token alone", f.tokenFile, mostToken)
	}
	return token, nil
}
