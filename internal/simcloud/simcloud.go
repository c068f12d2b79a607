package simcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/kubeapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// DefaultSeed is the default story.
const DefaultSeed uint64 = 1

// Options choose what is simulated. The zero value is the default story at a
// clock that stands still.
type Options struct {
	// Seed chooses the story's dice: the same seed is the same story.
	Seed uint64
	// Speed is how many times as fast as real time the story goes; 1 is real
	// time, 60 an hour a minute, 0 stands still.
	Speed float64
	// Epoch is the moment that the story is at when it starts; zero is
	// 2026-11-20 14:37 UTC.
	Epoch time.Time
	// Pods is about how many pods are alive; 0 is the story's own number, some
	// two hundred. See [world.Options].
	Pods int
	// Story is one of [Stories]; "" is the first.
	Story string
	// Faults are on from the start.
	Faults Faults
	// Clock replaces the scaled clock that Epoch and Speed make: for tests that
	// move the time by hand. It should begin at Epoch.
	Clock clock.Clock
	// Answers is shared by clouds that stand still: what one computed of CloudWatch's history, another one of the same story
	// need not. nil shares nothing.
	Answers *Answers
	// Logger may be nil.
	Logger *slog.Logger
}

// Answers keeps what clouds that stand still have computed.
type Answers = awsapi.Answers

// The stories: which leg of the move is simulated.
const (
	StoryLambda  = world.StoryLambda
	StoryECS     = world.StoryECS
	StoryCutover = world.StoryCutover
)

// CutoverStep is how long before the epoch the step of [StoryCutover] begins.
const CutoverStep = world.CutoverStep

// Stories are the names of all stories, the default one first.
func Stories() []string { return world.Stories() }

// The credentials of the simulated account: AWS's own documentation examples.
const (
	accessKeyID     = "AKIAIOSFODNN7EXAMPLE"
	secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// contextName is what the cluster is called in a kubeconfig.
const contextName = "demo"

// Cloud is a running simulation.
type Cloud struct {
	world       *world.World
	clock       clock.Clock
	aws         *awsapi.Server
	awsEndpoint string
	kube        *kubeapi.Server
	token       string
	log         *slog.Logger
}

// Start brings both servers up on free ports of loopback. They answer at once;
// the cluster's past is played meanwhile, which takes some 50 ms.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	w := world.New(world.Options{Seed: o.Seed, Epoch: o.Epoch, Pods: o.Pods, Story: o.Story})
	c := &Cloud{world: w, clock: o.Clock, log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler))}
	if c.clock == nil {
		c.clock = clock.Scaled(w.Epoch(), o.Speed)
	}
	// A token only has to differ from what other clusters take; no secret is
	// behind it.
	c.token = fmt.Sprintf("migtop-demo-%d", o.Seed)
	kube, err := kubeapi.Start(ctx, kubeapi.Config{World: w, Clock: c.clock, Token: c.token})
	if err != nil {
		return nil, fmt.Errorf("cannot start the simulated cluster: %w", err)
	}
	c.kube = kube
	served := awsapi.Config{Account: newAccount(w), Clock: c.clock, Region: world.Region, AccessKeyID: accessKeyID}
	if o.Speed == 0 && o.Clock == nil {
		served.Answers, served.AnswersOf = o.Answers, fmt.Sprintf("%d %q %d %d", o.Seed, o.Story, o.Pods, w.Epoch().UnixNano())
	}
	c.aws, err = awsapi.New(served)
	if err == nil {
		c.awsEndpoint, err = c.aws.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the simulated AWS: %w", err), kube.Close())
	}
	c.SetFaults(o.Faults)
	c.log.Info("simulated cloud started", "aws", c.awsEndpoint, "kubernetes", kube.URL(), "seed", o.Seed, "epoch", w.Epoch(), "speed", o.Speed)
	return c, nil
}

// Clock is the time in the simulation. Everything that reads the simulation
// must go by it.
func (c *Cloud) Clock() clock.Clock { return c.clock }

// World is the story that is simulated.
func (c *Cloud) World() *world.World { return c.world }

// Region is the AWS region of the account.
func (c *Cloud) Region() string { return world.Region }

// Aliases are the names that tenants have on Kubernetes alone, and under which
// name Lambda knows each: a configuration has to join them, as people's own does.
func (c *Cloud) Aliases() map[string]string {
	out := make(map[string]string)
	for _, s := range c.world.Streams() {
		if s.Label != s.Tenant {
			out[s.Label] = s.Tenant
		}
	}
	return out
}

// AWSEndpoint is the URL of CloudWatch, Lambda and STS, as AWS_ENDPOINT_URL
// takes it.
func (c *Cloud) AWSEndpoint() string { return c.awsEndpoint }

// Credentials are the only ones that the account knows.
func (c *Cloud) Credentials() (keyID, secret string) { return accessKeyID, secretAccessKey }

// ContextName is what the cluster is called in the kubeconfig.
func (c *Cloud) ContextName() string { return contextName }

// RESTConfig is how the cluster is reached. It is the caller's own copy.
func (c *Cloud) RESTConfig() *rest.Config {
	return &rest.Config{Host: c.kube.URL(), BearerToken: c.token}
}

// Kubeconfig is how the cluster is reached, as kubectl's configuration.
func (c *Cloud) Kubeconfig() ([]byte, error) {
	return clientcmd.Write(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{contextName: {Server: c.kube.URL()}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{contextName: {Token: c.token}},
		Contexts:       map[string]*clientcmdapi.Context{contextName: {Cluster: contextName, AuthInfo: contextName, Namespace: "batch"}},
		CurrentContext: contextName,
	})
}

// WriteKubeconfig writes the kubeconfig to a new file in a directory and
// returns its path.
func (c *Cloud) WriteKubeconfig(dir string) (string, error) {
	b, err := c.Kubeconfig()
	if err != nil {
		return "", fmt.Errorf("cannot write the kubeconfig of the demo: %w", err)
	}
	path := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return "", fmt.Errorf("cannot write the kubeconfig of the demo: %w", err)
	}
	return path, nil
}

// SetFaults replaces the faults that are on. It may be called at any time.
func (c *Cloud) SetFaults(f Faults) {
	c.aws.SetFaults(f.AWS)
	c.kube.SetFaults(f.Kube)
	if f.String() != "" {
		c.log.Info("simulated faults", "faults", f.String())
	}
}

// Close stops both servers and waits for everything that they started.
func (c *Cloud) Close() error { return errors.Join(c.aws.Close(), c.kube.Close()) }
