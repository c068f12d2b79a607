package jobs

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/migtop/migtop/internal/migration"
)

const twoContexts = `
apiVersion: v1
kind: Config
current-context: %CURRENT%
clusters:
- {name: prod-cluster, cluster: {server: "https://prod.example:6443"}}
- {name: eks, cluster: {server: "https://AB12.gr7.eu-west-1.eks.amazonaws.com"}}
users:
- {name: me, user: {token: secret}}
- {name: plugin, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: IfAvailable}}}
contexts:
- {name: prod, context: {cluster: prod-cluster, user: me, namespace: batch}}
- {name: staging, context: {cluster: eks, user: plugin}}
- {name: broken, context: {cluster: nowhere, user: me}}
`

func writeConfig(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConnect(t *testing.T) {
	path := writeConfig(t, strings.ReplaceAll(twoContexts, "%CURRENT%", "prod"))
	c, err := Connect(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Context != "prod" || c.Cluster != "prod-cluster" || c.Namespace != "batch" || serverOf(c.Config) != "prod.example:6443" {
		t.Errorf("got %+v, server %s", c, serverOf(c.Config))
	}
	t.Setenv("KUBECONFIG", path)
	if c, err = Connect("", "staging"); err != nil {
		t.Fatal(err)
	}
	if c.Context != "staging" || c.Config.ExecProvider != nil || c.credentials == nil || c.credentials.name() != "aws" ||
		c.credentials.user != "plugin" {
		t.Errorf("the credential command is not taken over: %+v", c.Config.ExecProvider)
	}
	c.Close()
	if serverOf(c.Config) != "AB12.gr7.eu-west-1.eks.amazonaws.com:443" {
		t.Errorf("server %s", serverOf(c.Config))
	}
}

func TestConnectProblems(t *testing.T) {
	good := writeConfig(t, strings.ReplaceAll(twoContexts, "%CURRENT%", "prod"))
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for _, tt := range []struct {
		name, path, context, env string
		what, fix                string
	}{
		{name: "none at all", env: filepath.Join(t.TempDir(), "none"), what: "no kubeconfig", fix: "--kubeconfig"},
		{name: "named, and not there", path: "/does/not/exist", what: "/does/not/exist does not exist", fix: "--kubeconfig"},
		{name: "no such context", path: good, context: "prd", what: `no context "prd"`, fix: "broken, prod, staging"},
		{
			name: "no current context", path: writeConfig(t, strings.ReplaceAll(twoContexts, "%CURRENT%", `""`)), what: "no current context",
			fix: "prod",
		},
		{name: "a context without its cluster", path: good, context: "broken", what: `cluster "nowhere"`, fix: "prod"},
		{name: "not YAML", path: writeConfig(t, "{{{"), what: "cannot read the kubeconfig", fix: "repair it"},
		{name: "an empty file", path: writeConfig(t, ""), what: "no context in it", fix: "--kubeconfig"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", tt.env)
			_, err := Connect(tt.path, tt.context)
			var p *migration.Problem
			if !errors.As(err, &p) || p.Fault != migration.FaultConfig {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(p.What, tt.what) || !strings.Contains(p.Fix, tt.fix) || strings.Contains(p.Error(), "\n") {
				t.Errorf("what %q, fix %q", p.What, p.Fix)
			}
		})
	}
}

// Where nobody names a cluster there may be none yet, which is no mistake in the configuration.
func TestNoClusterYet(t *testing.T) {
	home := clientcmd.RecommendedHomeFile
	clientcmd.RecommendedHomeFile = filepath.Join(t.TempDir(), "config")
	defer func() { clientcmd.RecommendedHomeFile = home }()
	t.Setenv("KUBECONFIG", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for context, want := range map[string]migration.Fault{"": migration.FaultAbsent, "prod": migration.FaultConfig} {
		_, err := Connect("", context)
		var p *migration.Problem
		if !errors.As(err, &p) || p.Fault != want {
			t.Errorf("context %q: %v (%v), want %s", context, err, p, want)
		}
	}
}

// What the network and TLS do to a first contact, each in one line with a way on.
func TestFirstContact(t *testing.T) {
	tlsServer := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of the handshake
	tlsServer.StartTLS()
	defer tlsServer.Close()
	plainServer := httptest.NewServer(http.NotFoundHandler())
	defer plainServer.Close()
	for _, tt := range []struct {
		name   string
		config rest.Config
		fault  migration.Fault
		what   string
	}{
		{"a certificate of somebody else", rest.Config{Host: tlsServer.URL}, migration.FaultRejected, "unknown authority"},
		{"no TLS there", rest.Config{Host: strings.Replace(plainServer.URL, "http:", "https:", 1)}, migration.FaultNotThatAPI, ""},
		{"something else answers", rest.Config{Host: plainServer.URL}, migration.FaultNotThatAPI, ""},
		{"nobody there", rest.Config{Host: "http://127.0.0.1:1"}, migration.FaultUnreachable, "connection refused"},
		{"no such name", rest.Config{Host: "https://no-such-host.invalid"}, migration.FaultUnreachable, "no-such-host.invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := Check(t.Context(), Options{Connection: &Connection{Config: &tt.config, Context: "c"}})
			if err != nil {
				t.Fatal(err)
			}
			p := rows[0].Problem
			if p == nil || p.Fault != tt.fault || !strings.Contains(p.What, tt.what) || p.Fix == "" || strings.Contains(p.Error(), "\n") {
				t.Errorf("got %+v", p)
			}
			if len(rows) != 1 {
				t.Errorf("asked on where nobody answers: %+v", rows)
			}
		})
	}
}
