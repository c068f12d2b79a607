package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/cost/whatif"
	"github.com/migtop/migtop/internal/migration"
)

var now = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)

// work is a workload that runs on both sides, in a cluster with one kind of node; tests change what they are about.
func work() *Input {
	evidence := migration.Provenance{Source: "cloudwatch", Method: migration.Measured, Coverage: 1}
	var took []time.Duration
	for i := range 100 {
		took = append(took, time.Duration(i+1)*time.Second)
	}
	w := migration.WorkloadView{
		Workload: "csv",
		Functions: []migration.Function{{
			Name: "acme-csv", MemorySize: 2 * migration.GiB, Ephemeral: 512 * migration.MiB, Timeout: migration.LambdaWall,
		}},
		Traffic: migration.Traffic{
			From: now.Add(-time.Hour), To: now, Minutes: 60, Runs: 120, Peak: migration.Some[int64](6), P95: migration.Some[int64](4),
			PeakToMean: migration.Some(3.0), Dispersion: migration.Some(1.2), Idle: migration.Some(migration.Ratio(0.1)),
		},
	}
	w.Before = migration.Side{
		Platform: migration.Lambda, Present: true, Runs: migration.Some[int64](100), Duration: migration.Sample(took...),
		Activity: evidence,
	}
	w.After = migration.Side{Platform: migration.Jobs}
	snap := &migration.Snapshot{
		At: now, Window: migration.Window{From: now.Add(-time.Hour), To: now, Span: time.Hour}, Move: migration.DefaultMove,
		Tenants: []migration.TenantView{{Tenant: "acme", Workloads: []migration.WorkloadView{w}}},
	}
	snap.Totals.Nodes = []migration.NodeView{{
		Host: migration.Host{
			Kind: migration.HostEC2, InstanceType: "m6i.4xlarge", NodeCPU: 16 * migration.Core, NodeMemory: 64 * migration.GiB,
		},
		Nodes: 2, Requested: migration.Some(migration.Ratio(0.5)),
	}}
	costs := &whatif.WorkloadScenario{Workload: "csv"}
	for h, month := range map[migration.Placement]string{
		migration.OnLambda: "100", migration.OnNodes: "80", migration.OnEKSFargate: "125.01", migration.OnECSFargate: "50",
	} {
		costs.On[h].Month.Value = migration.Some(migration.Dollars(decimal.RequireFromString(month)))
	}
	t := &snap.Tenants[0]
	return &Input{
		Snapshot: snap, Tenant: t, Workload: &t.Workloads[0], Costs: costs, Before: migration.OnLambda,
		Pricer: cost.New(prices.Default(), cost.Options{}), Settings: &Settings{},
	}
}

// scores are a row's cells as texts: "5", "-", "cannot", with "?" where a platform may be excluded.
func scores(m *migration.Matrix, factor string) string {
	for i := range m.Factors {
		if m.Factors[i].Factor != factor {
			continue
		}
		var out []string
		for _, s := range m.Factors[i].Scores {
			text := "-"
			if n, ok := s.Score.Get(); ok {
				text = fmt.Sprint(n)
			}
			if s.Cannot != "" {
				text = "cannot"
			}
			if s.MayExclude {
				text += "?"
			}
			out = append(out, text)
		}
		return strings.Join(out, " ")
	}
	return "no such row"
}

// Each row by hand: lambda, nodes, fargate, ecs.
func TestRows(t *testing.T) {
	long := func(d time.Duration) func(*Input) {
		return func(in *Input) {
			in.Workload.Before.Duration = migration.Merge(in.Workload.Before.Duration, migration.Sample(d))
		}
	}
	for name, tc := range map[string]struct {
		factor, want string
		change       func(*Input)
	}{
		"even traffic":     {Traffic, "5 5 5 5", func(in *Input) { in.Workload.Traffic.PeakToMean = migration.Some(1.5) }},
		"bursts":           {Traffic, "5 3 5 5", nil},
		"rare bursts":      {Traffic, "5 0 5 5", func(in *Input) { in.Workload.Traffic.PeakToMean = migration.Some(16.5) }},
		"too few minutes":  {Traffic, "- - - -", func(in *Input) { in.Workload.Traffic = migration.Traffic{Minutes: 29, Runs: 500} }},
		"short":            {Duration, "5 5 5 5", nil},
		"12 min":           {Duration, "3 5 5 5", long(12 * time.Minute)},
		"14m30":            {Duration, "1 5 5 5", long(14*time.Minute + 30*time.Second)},
		"cut off":          {Duration, "cannot 5 5 5", long(15 * time.Minute)},
		"few, and cut off": {Duration, "cannot 5 5 5", func(in *Input) { few(in, 15*time.Minute) }},
		"few":              {Duration, "- 5 5 5", func(in *Input) { few(in, time.Minute) }},
		"none":             {Duration, "-? 5 5 5", func(in *Input) { in.Workload.Before = migration.Side{Platform: migration.Lambda} }},
		"by the function":  {Memory, "5 5 5 5", nil},
		"9 GiB": {Memory, "2 5 5 5", func(in *Input) {
			in.Workload.Before.PeakMemory = migration.Sample(slices.Repeat([]migration.Bytes{9 * migration.GiB}, 20)...)
		}},
		"more than a function has": {Memory, "cannot 5 5 5", func(in *Input) {
			in.Workload.After.Runs = migration.Some[int64](20)
			in.Workload.After.PeakMemory = migration.Sample(slices.Repeat([]migration.Bytes{12 * migration.GiB}, 20)...)
		}},
		"more than anything has": {Memory, "cannot 0 cannot cannot", func(in *Input) {
			in.Workload.After.Runs = migration.Some[int64](20)
			in.Workload.After.PeakMemory = migration.Sample(slices.Repeat([]migration.Bytes{300 * migration.GiB}, 20)...)
		}},
		"no memory":       {Memory, "-? - -? -?", func(in *Input) { in.Workload.Functions = nil }},
		"cpu of Lambda":   {CPU, "5 5 5 5", nil},
		"cpu beyond":      {CPU, "0 0 cannot 1", func(in *Input) { onJobs(in, 32*migration.Core, migration.GiB) }},
		"cpu with memory": {CPU, "2 5 5 5", func(in *Input) { onJobs(in, 2*migration.Core, migration.GiB) }},
		"tmp":             {Tmp, "5 - 5 5", nil},
		"tmp of 10 GiB":   {Tmp, "1 - 5 5", func(in *Input) { in.Workload.Functions[0].Ephemeral = 10240 * migration.MiB }},
		"tmp unknown":     {Tmp, "-? - - -", func(in *Input) { in.Workload.Functions = nil }},
		"no gpu":          {GPU, "5 5 5 5", nil},
		"no gpu in the pool": {GPU, "5 5 5 5", func(in *Input) {
			onJobs(in, migration.Core, migration.GiB)
		}},
		"gpus in the pool": {GPU, "-? - -? -?", func(in *Input) {
			onJobs(in, migration.Core, migration.GiB)
			in.Snapshot.Totals.Nodes[0].Host.Accelerators = 1
		}},
		"start-up unknown": {StartUp, "- - - -", nil},
		"cold starts": {StartUp, "4 - - -", func(in *Input) { // 95 s is the p95 of the run time
			in.Workload.Before.StartUp = migration.Sample(slices.Repeat([]time.Duration{8 * time.Second}, 5)...)
		}},
		"scaling": {Scaling, "5 4 5 5", nil},
		"throttled": {Scaling, "1 4 5 5", func(in *Input) {
			in.Workload.Before.Throttled = migration.Some[int64](1)
		}},
		"a flood": {Scaling, "2 0 0 0", func(in *Input) {
			in.Workload.Traffic.Peak = migration.Some[int64](1201)
			in.Workload.Before.Duration = migration.Sample(slices.Repeat([]time.Duration{40 * time.Second}, 30)...)
		}},
		"cost":          {Cost, "3 4 1 5", nil},
		"cost unknown":  {Cost, "- - - -", func(in *Input) { in.Costs = nil }},
		"a lower bound": {Cost, "3 - 1 5", func(in *Input) { in.Costs.On[migration.OnNodes].Month.Evidence.LowerBound = true }},
		"cannot be there": {Cost, "- 3 1 4", func(in *Input) {
			in.Costs.On[migration.OnLambda].Month.Value = migration.None[migration.USD]()
		}},
		"not set": {Team, "- - - -", nil},
		"set": {Team, "4 - - -", func(in *Input) {
			in.Settings.Scores = map[string]map[migration.Candidate]int64{Team: {migration.CandidateLambda: 4}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := work()
			if tc.change != nil {
				tc.change(in)
			}
			if got := scores(Of(in), tc.factor); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.factor, got, tc.want)
			}
		})
	}
}

func few(in *Input, longest time.Duration) {
	in.Workload.Before.Runs, in.Workload.Before.Duration = migration.Some[int64](2), migration.Sample(time.Second, longest)
}

// onJobs puts all runs onto Jobs with a request.
func onJobs(in *Input, cpu migration.CPU, memory migration.Bytes) {
	w := in.Workload
	w.After, w.Before = w.Before, migration.Side{Platform: migration.Lambda}
	w.After.Platform = migration.Jobs
	w.After.PeakMemory = migration.Sample(slices.Repeat([]migration.Bytes{memory}, 20)...)
	in.Tenant.Runs = []migration.Run{{
		Key:     migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: "csv"},
		Request: migration.Resources{CPU: migration.Some(cpu), Memory: migration.Some(memory)},
	}}
}

// Totals are sums of weight times score over what has a score, and the weights say how much that is.
func TestTotals(t *testing.T) {
	in := work()
	in.Settings.Weights = map[string]int64{Team: 5}
	m := Of(in)
	lambda := m.Platforms[0]
	// traffic 2x5, duration 3x5, memory 3x5, cpu 5, tmp 5, gpu 5, scaling 3x5, cost 4x3; start-up and team are missing
	if lambda.Points != 82 || lambda.Covered != 18 || lambda.Weight != 25 || !slices.Equal(lambda.Missing, []string{StartUp, Team}) {
		t.Errorf("%+v", lambda)
	}
	for got, want := range map[string]migration.Opt[decimal.Decimal]{
		"4.555556": lambda.Score, "3.28": lambda.Low, "4.68": lambda.High,
	} {
		if want.Or(decimal.Decimal{}).String() != got {
			t.Errorf("%s, want %s", want.Or(decimal.Decimal{}), got)
		}
	}
}

// What the words say of the totals.
func TestDecision(t *testing.T) {
	only := func(weights map[string]int64) map[string]int64 {
		out := map[string]int64{}
		for _, f := range factors {
			out[f.name] = weights[f.name]
		}
		return out
	}
	for name, tc := range map[string]struct {
		change func(*Input)
		winner string
		text   string
	}{
		"what is missing may change it": {nil, "", "no winner: ECS leads with 4.50 of 5 at the least"},
		"one factor": {func(in *Input) {
			in.Settings.Weights = only(map[string]int64{Cost: 1})
		}, "ECS", "ECS wins with 5.00 of 5"},
		"two alike": {
			func(in *Input) { in.Settings.Weights = only(map[string]int64{Memory: 1}) }, "",
			"no winner: several platforms have 5.00 of 5 at the least",
		},
		"no weight": {func(in *Input) { in.Settings.Weights = only(nil) }, "", "nothing with a weight is measured"},
		"a hard limit counts whatever the score": {func(in *Input) {
			in.Settings.Weights = only(map[string]int64{Team: 1})
			in.Settings.Scores = map[string]map[migration.Candidate]int64{
				Team: {migration.CandidateLambda: 5, migration.CandidateNodes: 2, migration.CandidateFargate: 1, migration.CandidateECS: 1},
			}
			few(in, 15*time.Minute)
		}, "Jobs on nodes", "Jobs on nodes wins with 2.00 of 5"},
		"what may exclude it": {func(in *Input) {
			onJobs(in, migration.Core, migration.GiB)
			in.Settings.Weights = only(map[string]int64{Team: 1})
			in.Settings.Scores = map[string]map[migration.Candidate]int64{
				Team: {migration.CandidateLambda: 5, migration.CandidateNodes: 2, migration.CandidateFargate: 1, migration.CandidateECS: 1},
			}
		}, "", "no winner: Lambda leads with 5.00 of 5, and tmp is not known to fit"},
		"nowhere": {func(in *Input) {
			in.Settings.Platforms = []migration.Candidate{migration.CandidateLambda}
			few(in, 15*time.Minute)
		}, "", "no platform can run it: the longest run took 15 min"},
	} {
		t.Run(name, func(t *testing.T) {
			in := work()
			if tc.change != nil {
				tc.change(in)
			}
			m := Of(in)
			winner := ""
			if c, ok := m.Winner.Get(); ok {
				winner = c.Label()
			}
			if winner != tc.winner || !strings.HasPrefix(m.Text, tc.text) {
				t.Errorf("%q %q, want %q %q", winner, m.Text, tc.winner, tc.text)
			}
		})
	}
}

// A winner stays the winner whatever the missing scores turn out to be.
func TestAWinnerIsSure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &migration.Matrix{}
		for i := range rapid.IntRange(1, 6).Draw(t, "factors") {
			f := migration.MatrixFactor{Factor: fmt.Sprint(i), Weight: rapid.Int64Range(0, 4).Draw(t, "weight")}
			for c := range migration.NumCandidates {
				s := migration.MatrixScore{Platform: c}
				if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
					s.Score = migration.Some(rapid.Int64Range(0, migration.MostScore).Draw(t, "score"))
				}
				f.Scores = append(f.Scores, s)
			}
			m.Factors = append(m.Factors, f)
		}
		totals := func() {
			m.Platforms = nil
			for c := range migration.NumCandidates {
				m.Platforms = append(m.Platforms, total(c, m.Factors, int(c)))
			}
			m.Winner, m.Leader = migration.None[migration.Candidate](), migration.None[migration.Candidate]()
			decide(m)
		}
		totals()
		winner := m.Winner
		for i := range m.Factors {
			for k := range m.Factors[i].Scores {
				if s := &m.Factors[i].Scores[k]; !s.Score.Known() {
					s.Score = migration.Some(rapid.Int64Range(0, migration.MostScore).Draw(t, "then"))
				}
			}
		}
		totals()
		if winner.Known() && m.Winner != winner {
			t.Fatalf("%v won, and then %v", winner, m.Winner)
		}
	})
}

// No scale gives a greater ratio a better score.
func TestScalesAreMonotone(t *testing.T) {
	for _, s := range scales {
		if !slices.IsSorted(s.bounds[:]) {
			t.Errorf("%s on %s: %v", s.factor, s.on, s.bounds)
		}
		last := int64(migration.MostScore)
		for i := range 4000 {
			ratio := float64(i) / 200
			got := s.score(ratio)
			if got > last || got != s.exact(decimal.NewFromFloat(ratio), decimal.New(1, 0)) {
				t.Fatalf("%s on %s at %g: %d after %d", s.factor, s.on, ratio, got, last)
			}
			last = got
		}
		if last != 0 {
			t.Errorf("%s on %s ends at %d", s.factor, s.on, last)
		}
	}
}

// The starts of listed runs are told apart by when they came.
func TestStartsByCircumstance(t *testing.T) {
	in := work()
	add := func(at, took time.Duration) {
		created := now.Add(-5 * time.Hour).Add(at)
		in.Tenant.Runs = append(in.Tenant.Runs, migration.Run{
			Key:      migration.Key{Platform: migration.Jobs, Tenant: "acme", Workload: "csv"},
			Created:  created,
			Finished: migration.Some(created.Add(took + 30*time.Second)),
			Attempts: []migration.Attempt{{Node: "ip-10-0-0-1", Started: migration.Some(created.Add(took))}},
		})
	}
	for i := range 60 { // a run a minute, and a burst of six in the 30th
		add(time.Duration(i)*time.Minute, 2*time.Second)
	}
	for range 5 {
		add(30*time.Minute, 20*time.Second)
	}
	for i := range 5 { // then one every 20 minutes
		add(time.Hour+time.Duration(i+1)*20*time.Minute, 10*time.Second)
	}
	in.Tenant.Runs[0].Resumed = migration.Some(now) // a suspended Job waited for something else
	of := newSubject(in).startsOf(func(*migration.Run) bool { return true })
	if len(of[steady]) != 58 || len(of[inSpike]) != 6 || len(of[afterIdle]) != 5 {
		t.Errorf("%d steady, %d in a spike, %d after idle", len(of[steady]), len(of[inSpike]), len(of[afterIdle]))
	}
	m := Of(in)
	if got := scores(m, StartUp); got != "- 3 - -" { // 20 s of 95 s
		t.Errorf("%q", got)
	}
}
