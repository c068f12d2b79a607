package jobs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// Connection is a cluster as a kubeconfig describes it.
type Connection struct {
	Config *rest.Config
	// Context is the kubeconfig's context, or "in-cluster".
	Context string
	// Cluster is the name of the cluster that the context points to.
	Cluster string
	// Namespace is the context's default namespace, "" where it sets none.
	Namespace string

	// credentials runs the kubeconfig's credential command, nil where it has none.
	credentials *credentialCommand
}

// Close ends the kubeconfig's credential command where it is still running, with all
// that it started, and waits for that. It may be called more than once.
func (c *Connection) Close() {
	if c != nil && c.credentials != nil {
		c.credentials.close()
	}
}

// Connect finds the cluster and how to reach it, as kubectl does: the file named by
// path, else the files of KUBECONFIG, else ~/.kube/config, else the service account of
// the pod that migtop runs in. context "" is the current one. Connect sends nothing to
// the cluster. The caller closes the Connection, or a [Source] made with it does. The
// error is a [migration.Problem].
func Connect(path, context string) (*Connection, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.WarnIfAllMissing = false
	rules.ExplicitPath = path
	raw, err := rules.Load()
	switch {
	case err != nil && errors.Is(err, fs.ErrNotExist):
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("kubeconfig %s does not exist", path),
			Fix: "name another with --kubeconfig, or leave it out to use KUBECONFIG", Err: err,
		}
	case err != nil:
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: "cannot read the kubeconfig: " + text.OneLine(err.Error()),
			Fix: "repair it, or name another with --kubeconfig", Err: err,
		}
	}
	if len(raw.Contexts) == 0 && len(raw.Clusters) == 0 {
		return inCluster(path, context, rules.Precedence)
	}
	if context == "" {
		context = raw.CurrentContext
	}
	if context == "" {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: "the kubeconfig has no current context",
			Fix: "choose one with --context or kubectl config use-context: " + contexts(raw),
		}
	}
	chosen, ok := raw.Contexts[context]
	if !ok {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("the kubeconfig has no context %q", context),
			Fix: "choose one of: " + contexts(raw),
		}
	}
	if _, ok := raw.Clusters[chosen.Cluster]; !ok {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("context %q names cluster %q, which the kubeconfig does not have", context,
				chosen.Cluster),
			Fix: "repair the context, or choose one of: " + contexts(raw),
		}
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*raw, context, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("context %q of the kubeconfig cannot be used: %s", context, text.OneLine(err.Error())),
			Fix: "correct it, or choose one of: " + contexts(raw), Err: err,
		}
	}
	c := &Connection{Config: config, Context: context, Cluster: chosen.Cluster, Namespace: chosen.Namespace}
	if config.ExecProvider != nil {
		if c.credentials, err = newCredentialCommand(config, chosen.AuthInfo); err != nil {
			return nil, &migration.Problem{
				Fault: migration.FaultConfig, What: fmt.Sprintf("context %q of the kubeconfig cannot be used: %s", context, text.OneLine(err.Error())),
				Fix: "correct it, or choose one of: " + contexts(raw), Err: err,
			}
		}
		config.ExecProvider = nil
	}
	return c, nil
}

// inCluster is for migtop in a pod. A context has no meaning there.
func inCluster(path, context string, looked []string) (*Connection, error) {
	none := &migration.Problem{
		Fault: migration.FaultConfig,
		What:  "no kubeconfig: looked at " + strings.Join(looked, ", "),
		Fix:   "name one with --kubeconfig or KUBECONFIG; for EKS, run: aws eks update-kubeconfig --name CLUSTER",
	}
	if path != "" {
		none.What = fmt.Sprintf("kubeconfig %s has no context in it", path)
		return nil, none
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		none.Err = err
		if context == "" && os.Getenv(clientcmd.RecommendedConfigPathEnvVar) == "" {
			none.Fault = migration.FaultAbsent // nobody named a cluster: there may be none yet
		}
		return nil, none
	}
	if context != "" {
		return nil, &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("there is no kubeconfig that could have context %q", context),
			Fix: "leave --context out to use the pod's own service account",
		}
	}
	c := &Connection{Config: config, Context: "in-cluster", Cluster: "in-cluster"}
	if b, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace"); err == nil {
		c.Namespace = strings.TrimSpace(string(b))
	}
	return c, nil
}

func contexts(c *api.Config) string {
	if len(c.Contexts) == 0 {
		return "(it has none)"
	}
	return strings.Join(slices.Sorted(maps.Keys(c.Contexts)), ", ")
}

// Contexts lists the contexts of a kubeconfig, sorted, for a shell to offer: path
// as in [Connect]. One that cannot be read has none.
func Contexts(path string) []string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.WarnIfAllMissing = false
	rules.ExplicitPath = path
	raw, err := rules.Load()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(raw.Contexts))
}

// serverOf is the host and port that a configuration leads to.
func serverOf(c *rest.Config) string {
	if u, err := url.Parse(c.Host); err == nil && u.Host != "" {
		if u.Port() == "" && u.Scheme == "https" {
			return u.Host + ":443"
		}
		return u.Host
	}
	return c.Host
}

func isLoopback(c *rest.Config) bool {
	host, _, err := net.SplitHostPort(serverOf(c))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
