package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/migtop/migtop/internal/assess"
	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cutover/follow"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/sqs"
	"github.com/migtop/migtop/internal/spend"
)

// app is migtop wired together.
type app struct {
	config    *config.Config
	clock     clock.Clock
	monitor   *engine.Engine
	pricer    *cost.Pricer
	log       *slog.Logger
	sizing    profile.Settings
	logsFirst logsFirst
	waiting   []string // what the first data is waited for
	systems   systems
	pace      pace
	cluster   *sources.Lazy // the source of the cluster, nil where none is read
	closers   []func()

	mu      sync.Mutex
	history *history.Store // nil before it was needed
	opened  []func()       // close what was opened later than the rest
}

// pace says whether a demo's time passes.
type pace bool

const (
	running pace = true
	frozen  pace = false // the same seed prints the same bytes, but for latencies
)

// systems says how the two sides are reached.
type systems struct {
	clock   clock.Clock
	aws     []awsTarget // at least one
	cluster func() (*jobs.Connection, error)
	demo    bool
}

// open wires migtop for a command. It sends no request, so that the screen appears at once, however slow the systems are.
func open(ctx context.Context, cmd *cobra.Command, g *globals, p pace) (*app, error) {
	level, err := g.level()
	if err != nil {
		return nil, err
	}
	c, err := g.load(cmd)
	if err != nil {
		return nil, err
	}
	a := &app{config: c, sizing: g.sizing, logsFirst: g.logs}
	logger, closeLog := openLog(level)
	a.log = logger
	a.closers = append(a.closers, closeLog)
	if a.systems, err = a.reach(ctx, g, p); err != nil {
		a.close()
		return nil, err
	}
	if err := signIn(cmd, a.systems.aws); err != nil {
		a.close()
		return nil, err
	}
	a.clock = a.systems.clock
	if err := a.wire(ctx, p); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) close() {
	a.mu.Lock()
	opened := a.opened
	a.opened = nil
	a.mu.Unlock()
	for _, c := range slices.Concat(a.closers, opened) {
		defer c()
	}
}

// reach finds the real systems, or starts the simulated ones.
func (a *app) reach(ctx context.Context, g *globals, p pace) (systems, error) {
	if !g.demo {
		k := a.config.Kubernetes
		sessions := awsaccess.NewSessions(a.log)
		a.closers = append(a.closers, sessions.Close)
		return systems{
			clock: clock.System(),
			aws:   withSessions(sessions, ways(a.config)),
			cluster: func() (*jobs.Connection, error) {
				if k.Off {
					return nil, a.clusterOff()
				}
				return jobs.Connect(k.Kubeconfig, k.Context)
			},
		}, nil
	}
	faults, err := simcloud.ParseFaults(g.faults)
	if err != nil {
		return systems{}, usage(fmt.Errorf("--fault: %w", err))
	}
	speed := g.speed
	if p == frozen {
		speed = 0
	}
	cloud, err := simcloud.Start(ctx, simcloud.Options{
		Seed: g.seed, Story: g.story, Speed: speed, Pods: g.pods, Faults: faults,
		Answers: demoAnswers, Logger: a.log,
	})
	if err != nil {
		return systems{}, err
	}
	a.closers = append(a.closers, func() {
		if err := cloud.Close(); err != nil {
			a.log.Warn("closing the simulated cloud", "error", err)
		}
	})
	if q, ok := a.config.Section("sqs").(*sqs.Config); ok && len(q.Queues) == 0 {
		q.Queues = demoQueues(cloud)
	}
	key, secret := cloud.Credentials()
	return systems{
		clock: cloud.Clock(),
		aws: []awsTarget{{options: awsaccess.Options{
			Region: cloud.Region(), Endpoint: cloud.AWSEndpoint(),
			Static:      &awsaccess.Static{AccessKeyID: key, SecretAccessKey: secret},
			CallTimeout: demoPatience, // the simulated account computes on the same cores
		}}},
		cluster: func() (*jobs.Connection, error) {
			if a.config.Kubernetes.Off {
				return nil, a.clusterOff()
			}
			return &jobs.Connection{Config: cloud.RESTConfig(), Context: cloud.ContextName(), Cluster: cloud.ContextName()}, nil
		},
		demo: true,
	}, nil
}

// demoAnswers are shared by demos that stand still in one process: tests look at the same one again and again. A program has one
// demo, and shares nothing.
var demoAnswers *simcloud.Answers

// clusterOff says that no cluster is read, and what says so.
func (a *app) clusterOff() error {
	return &sources.Off{Why: "no cluster is read: " + a.config.Origin("kubernetes.off").String()}
}

// demoPatience is how long the demo waits for its own simulated cloud, which is there
// and may be slow: on a machine that has other work its answers take their time.
const demoPatience = 90 * time.Second

// identityTimeout is how long one side waits for the other's names before its first poll.
const identityTimeout = 3 * time.Second

// oneLook reports whether this is one look at the demo. It prints the same for the same seed, so that it must not depend on
// how long anything takes: its waits are for what hangs.
func (a *app) oneLook() bool { return a.systems.demo && a.pace == frozen }

// namesWithin is how long one side waits for the other's names: with them work gets its tenant.
func (a *app) namesWithin() time.Duration {
	if a.oneLook() {
		return demoPatience
	}
	return identityTimeout
}

// lookWithin bounds one look at everything.
func (a *app) lookWithin() time.Duration {
	if a.oneLook() {
		return 5 * demoPatience
	}
	return snapshotTimeout
}

// wire makes the engine.
func (a *app) wire(ctx context.Context, p pace) error {
	move := a.config.Move
	a.pace = p
	learner := attribution.NewLearner(attribution.New(a.config.Attribution), a.naming(ctx))
	all := a.sourcesOf(ctx, true, learner)
	for _, w := range a.systems.aws {
		if move.Has(migration.Lambda) {
			a.waiting = append(a.waiting, w.title("CloudWatch"))
		}
		if move.Has(migration.ECS) {
			a.waiting = append(a.waiting, w.title("ECS"))
		}
	}
	if a.cluster != nil {
		a.waiting = append(a.waiting, "the cluster")
	}
	book, err := openBook(func(err error) { a.log.Warn("price book", "error", err) }, a.config, a.systems.demo)
	if err != nil {
		return err
	}
	a.pricer = cost.New(book, a.pricing())
	evidence, err := a.logInsights(ctx, learner)
	if err != nil {
		return err
	}
	a.monitor, err = engine.New(engine.Options{
		Sources:  append(all, a.sourcesOf(ctx, false, learner)...),
		Clock:    a.clock,
		Cost:     a.pricer,
		Platform: a.platform(),
		Plan:     a.plan(),
		Sizing:   a.sizing,
		History:  a.diary(ctx),
		Minutes:  a.minutes(),
		Cutover:  follow.Settings{Plan: &a.config.Plan},

		CutoverHistory: a.cutoverHistory(ctx),
		Logs:           evidence,
		Scope:          a.scope(),
		Window:         a.config.Window,
		Explain:        explainer{a.cluster},
		Move:           move,
		Budget:         a.config.Budget,
		Ledger:         a.ledger(),
		Logger:         a.log,
	})
	return err
}

// ledger returns the file that counts AWS requests over restarts; a demo's requests cost nothing.
func (a *app) ledger() *spend.Ledger {
	if a.systems.demo {
		return spend.Memory()
	}
	path, err := xdg.StateFile(spendPath)
	if err != nil {
		a.log.Warn("what was spent is forgotten at the end", "error", err)
		return spend.Memory()
	}
	return spend.File(path)
}

// pricing is how the configuration wants things priced.
func (a *app) pricing() cost.Options { return pricing(a.config) }

// pricing is how a configuration wants things priced.
func pricing(c *config.Config) cost.Options {
	p := c.Prices
	return cost.Options{
		SplitWeight: p.SplitWeight, FreeTier: p.FreeTier,
		Plan: cost.SavingsPlanCoverage{Term: p.SavingsPlan.Term, Coverage: p.SavingsPlan.Coverage},
	}
}

// platform returns the price of the cluster from the configuration.
func (a *app) platform() assess.Platform {
	p := assess.Platform{ClusterHour: a.config.Prices.ClusterHour, Stated: a.config.Prices.Platform}
	if a.config.Kubernetes.ExtendedSupport {
		p.Support = cost.ExtendedSupport
	}
	return p
}

// plan is the move as it is planned, and what was committed to.
func (a *app) plan() assess.Waves {
	s := a.config.Prices.SavingsPlan
	committed := cost.Commitment{Hourly: s.Hourly.Or(migration.USD{}), Term: s.Term}
	if s.Kind == config.PlanEC2 {
		committed.Kind = cost.EC2Plan
	}
	return assess.Waves{
		Since: a.config.Plan.Since, Waves: a.config.Plan.SnapshotWaves(), OneOff: a.config.Plan.OneOffTotal(), Commitment: committed,
	}
}

func (a *app) scope() migration.Scope {
	return migration.Scope{
		Name:     a.config.Name,
		Profile:  only(a.systems.aws, func(w awsTarget) string { return w.options.Profile }),
		Region:   only(a.systems.aws, func(w awsTarget) string { return w.options.Region }),
		Accounts: accounts(a.systems.aws),
		Context:  a.config.Kubernetes.Context, Demo: a.systems.demo,
	}
}

// join counts a source once, also where it left before.
func (a *app) join(ctx context.Context, l *attribution.Learner, leave *sync.Once, ids []migration.Identity) *attribution.Attributor {
	left := true
	leave.Do(func() { left = false })
	if left {
		return l.Settled(ctx, a.namesWithin())
	}
	return l.Join(ctx, ids, a.namesWithin())
}

// within gives a question a deadline of its own.
func within[T any](ctx context.Context, limit time.Duration, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx)
}

// explainer asks the cluster's source once it is open.
type explainer struct{ cluster *sources.Lazy }

func (e explainer) Events(ctx context.Context, run *migration.Run) ([]migration.Event, error) {
	var src *jobs.Source
	if e.cluster != nil {
		src, _ = e.cluster.Opened().(*jobs.Source)
	}
	if src == nil {
		return nil, &migration.Problem{
			Fault: migration.FaultAbsent, What: "the cluster is not connected", Fix: "see the Sources screen",
		}
	}
	return src.Events(ctx, run.Namespace, run.Name, run.UID)
}

// checks are the settings that only the systems can judge.
var checks = map[string]func(string) error{
	"accounts.profile": knownProfile,
	"kubernetes.selector": func(s string) error {
		_, err := labels.Parse(s)
		return err
	},
}

// demoEnv keeps the user's variables out of the demo, but for the screen's.
func demoEnv(string) (string, bool) { return "", false }
