// Package cutover plays the story of a cutover over the real protocols, and asks what migtop says of each tenant: the simulated
// account and cluster, the sources, the engine and the judge, at several minutes after the step.
package cutover

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/cutover/follow"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/simcloud/world"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/jobs"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// step is when half of the messages begin to go to Jobs.
var step = world.DefaultEpoch().Add(-world.CutoverStep)

// stopped is a clock that stands at one moment.
type stopped struct{ at time.Time }

func (s stopped) Now() time.Time { return s.at }

func (stopped) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

var _ clock.Clock = stopped{}

// kept is what a history keeps of cutovers.
type kept struct {
	states map[migration.Tenant]migration.CutoverState
}

func (k *kept) CutoverStates() (out []migration.CutoverState, err error) {
	for _, s := range k.states {
		out = append(out, s)
	}
	return out, nil
}

func (k *kept) KeepCutoverStates(states []migration.CutoverState) error {
	for _, s := range states {
		k.states[s.Tenant] = s
	}
	return nil
}

func (*kept) CutoverRecords(time.Time) ([]migration.CutoverRecord, error) { return nil, nil }

func (*kept) KeepCutoverRecords([]migration.CutoverRecord) error { return nil }

// look starts migtop so many minutes after the step and returns what it says of each tenant. What is kept of earlier looks is
// nil for nothing.
func look(t *testing.T, minute int, faults string, k *kept) map[migration.Tenant]migration.Cutover {
	t.Helper()
	now := stopped{step.Add(time.Duration(minute) * time.Minute)}
	f, err := simcloud.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := simcloud.Start(t.Context(), simcloud.Options{Seed: 1, Story: simcloud.StoryCutover, Clock: now, Faults: f})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	}()
	options := engine.Options{
		Sources: open(t, cloud, now), Clock: now, Cost: cost.New(prices.Default(), cost.Options{}),
		Cutover: follow.Settings{Plan: planned()},
	}
	if k != nil {
		options.CutoverHistory = k
	}
	e, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	snap, err := e.Once(ctx)
	if err != nil && faults == "" {
		t.Fatal(err)
	}
	out := map[migration.Tenant]migration.Cutover{}
	for i := range snap.Tenants {
		out[snap.Tenants[i].Tenant] = snap.Tenants[i].Cutover
	}
	return out
}

// open opens the sources of a move from Lambda to Jobs.
func open(t *testing.T, cloud *simcloud.Cloud, now clock.Clock) (out []sources.Source) {
	t.Helper()
	key, secret := cloud.Credentials()
	rules := attribution.Rules{}
	var queues []sqs.Entry
	for _, s := range cloud.World().Streams() {
		if s.Tenant != "" {
			rules.Tenants = append(rules.Tenants, attribution.Names{Name: s.Tenant})
		}
	}
	for _, q := range cloud.Queues() {
		role, _ := migration.ParseQueueRole(q.Part)
		queues = append(queues, sqs.Entry{
			Name: attribution.MustParsePattern(q.Name), Role: role, Tenant: migration.Tenant(q.Tenant),
			Workload: migration.Workload(q.Workload),
		})
	}
	settings := map[string]any{
		"lambda": lambda.Settings{}, jobs.Name: jobs.Settings{Patience: time.Minute}, "sqs": &sqs.Config{Queues: queues},
	}
	names := attribution.New(rules)
	for _, d := range sources.Registered() {
		s, ok := settings[d.Name]
		if !ok {
			continue
		}
		var access sources.Access = &jobs.Connection{Config: cloud.RESTConfig(), Context: cloud.ContextName(), Cluster: cloud.ContextName()}
		if d.System != sources.Kubernetes {
			config, err := awsaccess.LoadConfig(t.Context(), awsaccess.Options{
				Region: cloud.Region(), Endpoint: cloud.AWSEndpoint(), Static: &awsaccess.Static{AccessKeyID: key, SecretAccessKey: secret},
				CallTimeout: time.Minute, Attempts: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			access = config
		}
		src, err := d.Open(t.Context(), access, &sources.Env{
			Clock: now, Logger: slog.New(slog.DiscardHandler), Once: true, Settings: s, Move: migration.DefaultMove, Names: names,
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, src)
	}
	if len(out) != len(settings) {
		t.Fatalf("%d of %d sources", len(out), len(settings))
	}
	return out
}

// planned is the plan of the story.
func planned() *plan.Plan {
	wave := func(next []plan.Share, tenants ...migration.Tenant) plan.Wave {
		w := plan.Wave{At: step, Tenants: plan.Members(tenants...), Steps: []plan.Step{{Share: 5000, At: step, Started: step}}}
		for i, share := range next {
			w.Steps = append(w.Steps, plan.Step{Share: share, At: step.Add(time.Duration(i+1) * 12 * time.Hour)})
		}
		return w
	}
	return &plan.Plan{Waves: []plan.Wave{
		wave([]plan.Share{7500, plan.Whole}, "healthy", "three-times", "slow-leak", "lost-messages", "duplicates", "late-timeouts",
			"poison", "oom-wave", "no-traffic", "bursts", "share-off"),
		wave([]plan.Share{plan.Whole}, "daily-peak"),
	}}
}

// said is the word with the rule of a ROLL BACK or the most urgent reason of a HOLD.
func said(c *migration.Cutover) string {
	switch d := &c.Detail; {
	case c.Word == migration.VerdictRollBack:
		return c.Word.String() + " " + d.Rule
	case c.Word == migration.VerdictHold && len(d.Holds) > 0:
		return c.Word.String() + " " + d.Holds[0]
	}
	return c.Text
}

// expect holds what is said of each tenant against the words that it may have, each as it begins.
func expect(t *testing.T, minute int, got map[migration.Tenant]migration.Cutover, want map[migration.Tenant]string) {
	t.Helper()
	for tenant, words := range want {
		c, ok := got[tenant]
		if !ok {
			t.Errorf("minute %d: no tenant %s", minute, tenant)
			continue
		}
		is := said(&c)
		if !slices.ContainsFunc(strings.Split(words, " or "), func(w string) bool { return strings.HasPrefix(is, w) }) {
			t.Errorf("minute %d, %s: %s (%s), want %s", minute, tenant, is, c.Reason, words)
		}
		if c.Reason == "" || len(c.Detail.Signals) == 0 {
			t.Errorf("minute %d, %s: %s without a reason or signals", minute, tenant, is)
		}
	}
}

// The words of the story at some minutes after its step, each from a start of migtop that knows what was kept at the one before:
// a restart changes none.
func TestWordsOverTheWire(t *testing.T) {
	k := &kept{map[migration.Tenant]migration.CutoverState{}}
	looks := []struct {
		minute int
		want   map[migration.Tenant]string
	}{
		{64, map[migration.Tenant]string{
			"healthy": "HOLD need_evidence or PROMOTE 50 to 75 %", "three-times": "HOLD need_evidence or HOLD doubt",
			"slow-leak": "HOLD need_runs or HOLD memory", "lost-messages": "ROLL BACK loss", "duplicates": "HOLD duplicates",
			"late-timeouts": "HOLD deadline", "poison": "HOLD dead_letters", "oom-wave": "HOLD oom_killed or ROLL BACK all_failed",
			"no-traffic": "HOLD need_runs", "bursts": "HOLD need_evidence", "share-off": "HOLD share", "daily-peak": "HOLD need_",
		}},
		{100, map[migration.Tenant]string{
			"healthy": "PROMOTE 50 to 75 %", "three-times": "ROLL BACK failures", "slow-leak": "HOLD oom_killed",
			"lost-messages": "ROLL BACK loss",
			"duplicates":    "HOLD duplicates", "late-timeouts": "HOLD", "poison": "HOLD dead_letters", "oom-wave": "ROLL BACK all_failed",
			"no-traffic": "HOLD need_runs", "bursts": "HOLD need_evidence or PROMOTE", "share-off": "HOLD share",
			"daily-peak": "HOLD need_peak",
		}},
		{150, map[migration.Tenant]string{
			"healthy": "PROMOTE 50 to 75 %", "three-times": "ROLL BACK failures", "slow-leak": "ROLL BACK failures",
			"lost-messages": "ROLL BACK loss", "duplicates": "HOLD duplicates", "late-timeouts": "HOLD", "poison": "HOLD dead_letters",
			"oom-wave": "ROLL BACK all_failed", "no-traffic": "HOLD need_runs", "bursts": "PROMOTE 50 to 75 %", "share-off": "HOLD share",
			"daily-peak": "HOLD need_peak",
		}},
	}
	if testing.Short() {
		looks = looks[2:]
	}
	var last map[migration.Tenant]migration.Cutover
	for _, l := range looks {
		last = look(t, l.minute, "", k)
		expect(t, l.minute, last, l.want)
	}
	if !testing.Short() {
		for tenant, c := range look(t, 150, "", nil) {
			if one := last[tenant]; c.Word != one.Word || c.Detail.Rule != one.Detail.Rule {
				t.Errorf("%s: %s after restarts, %s without", tenant, said(&one), said(&c))
			}
		}
	}
	// A source that is lost holds what was good, and ends no ROLL BACK.
	for faults, unread := range map[string]string{"kube-offline": "HOLD green_unread", "offline": "HOLD blue_unread or HOLD queue_unread"} {
		expect(t, 151, look(t, 151, faults, k), map[migration.Tenant]string{
			"healthy": unread, "bursts": unread, "three-times": "ROLL BACK failures", "oom-wave": "ROLL BACK all_failed",
			"lost-messages": "ROLL BACK loss",
		})
	}
}
