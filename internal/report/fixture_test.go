package report_test

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

var at = time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)

func usd(s string) migration.Opt[migration.USD] {
	return migration.Some(migration.Dollars(decimal.RequireFromString(s)))
}

func evidence(m migration.Method, source string) migration.Provenance {
	return migration.Provenance{Source: source, Method: m, Coverage: 1}
}

func figure[T any](v migration.Opt[T], k migration.Kind, e migration.Provenance) migration.Figure[T] {
	return migration.Figure[T]{Value: v, Kind: k, Evidence: e}
}

func series(unit string, values ...float64) migration.Series {
	s := migration.NewSeries(at.Add(-time.Hour), 10*time.Minute, 6, unit)
	for i, v := range values {
		s.Add(i+1, v)
	}
	s.ProvisionalFrom = 5
	return s
}

// acme is on both sides, with every field known.
func acme() migration.TenantView {
	estimated := evidence(migration.Estimated, "cloudwatch")
	estimated.Provisional, estimated.Coverage, estimated.Note = true, 0.9, "INIT is taken from the mean"
	requested := evidence(migration.Derived, "kubernetes + price book 2026-07-20")
	requested.LowerBound = true
	n := migration.Some[int64]
	lambda := migration.Side{
		Present:     true,
		CostPerHour: figure(usd("4.21033"), migration.Billed, estimated),
		Cost:        figure(usd("25.26198"), migration.Billed, estimated),
		LogBytes:    migration.Some(3 * migration.GiB), LogCost: figure(usd("1.5"), migration.Billed, estimated),
		CostPerRun: figure(usd("0.0126"), migration.Billed, estimated),
		Runs:       n(2005), Failures: n(2), FailureRate: migration.Some[migration.Ratio](2.0 / 2005), Throttled: n(7), TimedOut: n(1),
		OOMKilled: n(0),
		Running:   n(3), Pending: n(0),
		Duration: migration.Summarized(migration.Points[time.Duration]{
			Count: 2005, Sum: 2005 * 11 * time.Minute, P50: 11 * time.Minute,
			P95: 724 * time.Second, P99: 13 * time.Minute, Max: 837 * time.Second,
		}),
		StartUp:     migration.Sample(420 * time.Millisecond),
		PeakMemory:  migration.Sample(1500*migration.MiB, 1700*migration.MiB),
		MemoryLimit: migration.Some(2 * migration.GiB), TimeoutRatio: migration.Some[migration.Ratio](0.93), Activity: estimated,
		CostSeries: series("usd/h", 4, 4.5), RunsSeries: series("runs", 300, 1e6), DurationSeries: series("seconds", 700.5),
		MemorySeries: series("bytes", 1.7e9),
	}
	jobs := lambda
	jobs.CostPerHour = figure(usd("2.0012"), migration.Requested, requested)
	jobs.Cost = figure(usd("12.0072"), migration.Requested, requested)
	jobs.CostPerRun = figure(usd("0.006"), migration.Requested, requested)
	jobs.Throttled = migration.None[int64]()
	jobs.Duration = migration.Sample(11*time.Minute+20*time.Second, 2*time.Hour)
	jobs.Activity = evidence(migration.Measured, "kubernetes")
	jobs.Severity = migration.Severities{
		FailureRate: migration.Critical, Throttled: migration.Warning, TimedOut: migration.Warning, OOMKilled: migration.Critical,
		Pending: migration.Warning, PeakMemory: migration.Info, TimeoutRatio: migration.Warning,
	}
	key := migration.Key{Platform: migration.Jobs, Workload: "thumbnails", Tenant: "acme"}
	started := at.Add(-6 * time.Minute)
	return migration.TenantView{
		Tenant: "acme", Before: lambda, After: jobs,
		Routed:    figure(migration.Some[migration.Ratio](0.88), migration.Counted, evidence(migration.Measured, "cloudwatch + kubernetes")),
		Delta:     figure(migration.Some[migration.Ratio](-0.52), migration.Billed, estimated),
		BreakEven: figure(migration.Some(136.4), migration.Billed, estimated),
		Economics: migration.Economics{
			BeforeRun: lambda.CostPerRun, AfterRun: jobs.CostPerRun,
			Fixed:       figure(usd("24.333333333333333333333333333333"), migration.Billed, requested),
			BeforeFixed: figure(usd("43.8"), migration.Billed, requested), BeforeMonth: figure(usd("3073.54"), migration.Billed, estimated),
			AfterMonth: figure(usd("1460.52"), migration.Billed, estimated), Saved: figure(usd("1210.44"), migration.Billed, estimated),
			RunsPerDay: migration.Some(8020.5), Duration: figure(migration.Some(1500*time.Millisecond), migration.Counted, estimated),
			Memory:        figure(migration.Some(900*migration.MiB), migration.Counted, estimated),
			Utilization:   figure(migration.Some[migration.Ratio](0.41), migration.Counted, estimated),
			PlatformShare: figure(usd("0.0333"), migration.Billed, requested), IdleShare: figure(usd("0.7"), migration.Billed, requested),
			Marginal: figure(usd("0.21"), migration.Billed, requested),
			Saving:   figure(usd("402.58"), migration.Billed, estimated), MonthEnd: figure(usd("2011.40"), migration.Billed, estimated),
			Stay: figure(usd("3073.54"), migration.Billed, estimated), Cutover: migration.Some(at.Add(-72 * time.Hour)),
		},
		Services: []migration.ServiceView{{Platform: migration.ECS, Side: migration.Side{Present: true, CostPerHour: jobs.CostPerHour}}},
		Queues: []migration.QueueView{{
			Queue: migration.Queue{
				Name: "acme-thumbnails-events", Scope: "prod eu-west-1", Role: migration.QueueBlue, Tenant: "acme", Workload: "thumbnails",
				AttributedBy: evidence(migration.Derived, "queue name"), At: at, Live: true,
				Depth: migration.QueueDepth{
					Visible: n(3), NotVisible: n(5), Delayed: n(0), OldestAge: migration.Some(90 * time.Second),
				},
				Visibility: migration.Some(6 * time.Minute), DeadLetterQueue: migration.Some("acme-thumbnails-dlq"), MaxReceives: n(3),
			},
			Sent: n(400), Received: n(410), Deleted: n(390), Evidence: evidence(migration.Measured, "cloudwatch"),
			DepthSeries: series("messages", 8, 9), SentSeries: series("messages", 40), DeletedSeries: series("messages", 39),
		}},
		Flows: []migration.QueueFlow{{
			Workload: "thumbnails", From: at.Add(-3 * time.Hour), To: at.Add(-5 * time.Minute), Sent: n(400), DeletedBlue: n(100),
			DeletedGreen: n(280),
			DepthChange:  n(-4), DeadLetters: n(12), Residual: n(12), Evidence: evidence(migration.Derived, "cloudwatch"),
			RoutedShare: figure(migration.Some[migration.Ratio](0.7368421052631579), migration.Counted, evidence(migration.Measured, "cloudwatch")),
			Severity:    migration.FlowSeverities{DeadLetters: migration.Warning, Residual: migration.Warning},
		}},
		Logs: []migration.LogView{{
			Workload: "thumbnails",
			Before: migration.LogSide{
				Groups: []string{"/aws/lambda/acme-thumbnails-prod"}, From: at.Add(-65 * time.Minute), To: at.Add(-5 * time.Minute),
				Runs: n(12), Arrived: n(60), Lines: n(60), Evidence: evidence(migration.Measured, "cloudwatch"),
			},
			After: migration.LogSide{
				Groups: []string{"/eks/{tenant}"}, Absent: true, From: at.Add(-65 * time.Minute), To: at.Add(-5 * time.Minute),
				Runs: n(9), Arrived: n(0), Lines: n(0), Evidence: evidence(migration.Measured, "cloudwatch"), Severity: migration.Warning,
			},
		}},
		Crossing: "above",
		Cutover:  cutoverOfAcme(at),
		Noise: []migration.Noise{{
			Platform: migration.Lambda, Scope: "prod eu-west-1", Severity: migration.Warning, From: at.Add(-18 * time.Minute),
			To: at.Add(-3 * time.Minute), Since: at.Add(-30 * time.Minute), Unit: "runs at once", Load: 10, PastLoad: 2,
			Growth: migration.Some(5.0), OthersGrowth: migration.Some(0.9), LoadShare: 0.75,
			PastLoadShare: migration.Some(migration.Ratio(0.25)), RunsShare: migration.Some(migration.Ratio(0.5)),
			LimitUsed: migration.Some(migration.Ratio(0.875)), Throttled: n(3),
			OthersThrottled: n(450), OthersPending: n(2), OthersOldest: migration.Some(10 * time.Minute),
			Others: []migration.NoiseVictim{{Tenant: "globex", Throttled: 450, Pending: 2, Oldest: migration.Some(10 * time.Minute)}},
			Limit:  "a reserved concurrency of 3 on acme-thumbnails",
			Snippets: []migration.Snippet{{
				Kind: "reserved_concurrency", Title: "holds acme-thumbnails to 3 concurrent executions", Language: "shell",
				Text: "aws lambda put-function-concurrency --function-name acme-thumbnails --reserved-concurrent-executions 3\n",
			}},
		}},
		Verdict: migration.Verdict{
			Decision: migration.CannotStay, Reason: "The longest run took 13m57s of the 15 minutes that Lambda allows.",
		},
		Notices: []migration.Notice{
			{
				Severity: migration.Critical, Code: "near_timeout", Figure: "lambda.wall_ratio",
				Text:  "Runs take up to 93 % of the timeout.",
				Since: migration.Some(at.Add(-2 * time.Hour)), SinceBasis: migration.SinceData,
			},
			{
				Severity: migration.Warning, Code: "oom_killed", About: "thumbnails", Figure: "jobs.oom_killed",
				Text: "1 attempt was killed for memory.",
			},
		},
		AttributedBy: migration.Provenance{Source: "label tenant", Method: migration.Measured, Coverage: 1, Note: `by the rule at "c.yaml":12`},
		Workloads: []migration.WorkloadView{{
			Workload: "thumbnails", Before: lambda, After: jobs,
			Traffic: migration.Traffic{
				From: at.Add(-time.Hour), To: at.Add(-3 * time.Minute), Minutes: 57, Runs: 171, Peak: migration.Some[int64](12),
				P95: migration.Some[int64](7), PeakToMean: migration.Some(4.0), Dispersion: migration.Some(1.8),
				Idle: migration.Some(migration.Ratio(0.125)),
			},
			Functions: []migration.Function{{
				Key: key, Name: "acme-thumbnails-prod", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:acme-thumbnails-prod",
				Runtime: "python3.13", PackageType: "Zip", MemorySize: 2 * migration.GiB, Timeout: 15 * time.Minute, Ephemeral: 512 * migration.MiB,
				Place: migration.RegionArch{Region: "eu-west-1", Arch: migration.Arm64}, Modified: at.Add(-48 * time.Hour),
			}, {
				Key: key, Name: "thumbnails-shared", Alias: "acme", MemorySize: migration.GiB, Timeout: time.Minute,
				Aliases: migration.Some([]migration.Alias{{Name: "acme", Key: key, Routes: []migration.Route{
					{Version: "42", Weight: 0.9, Config: migration.Some(migration.VersionConfig{
						MemorySize: migration.GiB, Timeout: time.Minute, Ephemeral: 512 * migration.MiB,
						Place: migration.RegionArch{Region: "eu-west-1", Arch: migration.X86},
					})},
					{Version: "43", Weight: 0.1},
				}}}),
			}},
		}},
		Runs: []migration.Run{{
			Key: key, UID: "0b5c", Namespace: "batch", Name: "acme-thumbnails-29384757", State: migration.RunRunning, Reason: "OOMKilled",
			Message: "container exceeded its limit",
			Created: at.Add(-7 * time.Minute), Started: migration.Some(started), Deadline: migration.Some(2 * time.Hour), Parallel: 1, Failed: 1,
			Queue:   "acme",
			Resumed: migration.Some(started.Add(30 * time.Second)),
			RunTime: migration.Some(migration.Bounds[time.Duration]{Low: 40 * time.Second, High: 59 * time.Second}),
			Request: migration.Resources{CPU: migration.Some(250 * migration.Millicore), Memory: migration.Some(512 * migration.MiB)},
			Limit:   migration.Resources{Memory: migration.Some(migration.GiB)},
			Container: migration.Some(migration.Container{
				Name: "main", Kind: migration.ContainerMain,
				Request: migration.Resources{CPU: migration.Some(200 * migration.Millicore), Memory: migration.Some(448 * migration.MiB)},
				Limit:   migration.Resources{Memory: migration.Some(960 * migration.MiB)},
			}),
			Attempts: []migration.Attempt{{
				Pod: "acme-thumbnails-29384757-x7k2p", Node: "ip-10-0-0-7", State: migration.RunFailed, Reason: "OOMKilled", Message: "m",
				ExitCode: migration.Some[int32](137), Restarts: 1,
				Scheduled: migration.Some(started), Started: migration.Some(started.Add(time.Second)),
				Finished: migration.Some(started.Add(time.Minute)),
				CPU:      migration.Some[migration.CPU](123_456), Memory: migration.Some(300 * migration.MiB),
				PeakMemory: migration.Some(960 * migration.MiB),
				RunTime:    migration.Some(migration.Bounds[time.Duration]{Low: 40 * time.Second, High: 59 * time.Second}),
				Containers: []migration.Container{{
					Name: "main", Kind: migration.ContainerMain, Limit: migration.Resources{Memory: migration.Some(960 * migration.MiB)},
					ExitCode: migration.Some[int32](137), Restarts: 1, OOMKilled: 2, PeakMemory: migration.Some(960 * migration.MiB),
					RunTime: migration.Some(migration.Bounds[time.Duration]{Low: 40 * time.Second, High: 59 * time.Second}),
				}, {
					Name: "proxy", Kind: migration.ContainerSidecar, PeakMemory: migration.Some(12 * migration.MiB), PeakBound: migration.Exact,
				}},
			}},
		}, {
			Key: key, UID: "0b5b", Namespace: "batch", Name: "acme-thumbnails-29384700", State: migration.RunSucceeded,
			Created: at.Add(-time.Hour), Started: migration.Some(at.Add(-59 * time.Minute)),
			Finished: migration.Some(at.Add(-40*time.Minute - 500*time.Millisecond)),
		}},
	}
}

// full is a snapshot with something in every field.
func full() *migration.Snapshot {
	a := acme()
	book := evidence(migration.Derived, "price book 2026-07-20")
	problem := &migration.Problem{
		Fault: migration.FaultAbsent, What: "no metrics API in the cluster", Fix: "install metrics-server",
		Snippet: "kubectl apply -f\n  components.yaml",
	}
	return &migration.Snapshot{
		Version: 7, At: at,
		Scope: migration.Scope{
			Name: "prod-eu", Profile: "prod", Account: "123456789012", Region: "eu-west-1", Context: "prod-1", Demo: true,
			Accounts: []migration.AccountScope{{
				Name: "prod", Profile: "prod", Role: "arn:aws:iam::123456789012:role/migtop",
				Account: "123456789012", Region: "eu-west-1",
			}, {Name: "old", Region: "us-east-1"}},
		},
		Window: migration.Window{
			From: at.Add(-6 * time.Hour), To: at, Span: 6 * time.Hour, FinalTo: at.Add(-18 * time.Minute),
			JobsFrom: at.Add(-5 * time.Hour),
		},
		Tenants: []migration.TenantView{
			a,
			{Tenant: `=HYPERLINK("http://evil")`, After: migration.Side{
				Present:     true,
				CostPerHour: figure(usd("0.00001"), migration.Requested, book),
			}, Economics: migration.Economics{Gap: "waiting for cloudwatch"}},
			{Tenant: "globex \x1b[31m中文", Before: migration.Side{Present: true, Gap: "waiting for cloudwatch"}},
			{Tenant: migration.Unattributed, Before: migration.Side{
				Present: true, CostPerHour: figure(usd("0.0961"), migration.Billed, book),
				Runs: migration.Some[int64](0),
			}},
		},
		Totals: migration.Totals{
			Tenants: 3, Before: a.Before, After: a.After,
			Services: []migration.ServiceView{{Platform: migration.ECS, Side: migration.Side{Present: true, CostPerHour: a.After.CostPerHour}}},
			Credit:   figure(usd("-0.0094"), migration.Billed, book),
			PlatformParts: []migration.CostPart{
				{Name: "control plane", PerHour: figure(usd("0.1"), migration.Billed, book)}, {Name: "NAT gateway"},
			},
			Forecast: migration.Forecast{
				Since: at.Add(-72 * time.Hour), DoubleRunSoFar: figure(usd("312.77"), migration.Billed, book),
				DoubleRunPerDay: figure(usd("104.26"), migration.Billed, book),
				Saving:          figure(usd("329.58"), migration.Billed, book), OneOff: usd("12000"),
				Saved: figure(usd("1210.44"), migration.Billed, book), Unshared: figure(usd("73"), migration.Billed, book),
				LeftOut:      []migration.LeftOut{{Reason: "waiting for cloudwatch", Tenants: 2}},
				MonthLeftOut: []migration.LeftOut{{Reason: "no price for m9x.large in eu-west-1", Tenants: 1}},
				Payback:      figure(migration.Some(7.99), migration.Counted, book),
				MonthToDate:  figure(usd("1301.22"), migration.Billed, book), MonthEnd: figure(usd("2071.9"), migration.Billed, book),
				Stay: figure(usd("3101.54"), migration.Billed, book),
			},
			IdleSeries: series("usd/h", 1.5), PlatformSeries: series("usd/h", 0.1),
			Idle: figure(usd("1.5"), migration.Requested, book), Platform: figure(usd("0.1"), migration.Billed, book),
			Total:  figure(usd("9.89943"), migration.Billed, book),
			Routed: a.Routed, DoubleRun: figure(usd("312.77"), migration.Billed, book), RoutedSeries: series("ratio", 0.5, 0.88),
			Nodes: []migration.NodeView{{
				Host: migration.Host{
					Kind: migration.HostEC2, Place: migration.RegionArch{Region: "eu-west-1", Arch: migration.X86}, InstanceType: "m6i.xlarge", Spot: true,
					AutoMode: true,
					OS:       migration.Windows, Tenancy: migration.TenancyDedicated, Capacity: migration.CapacityBlock, Accelerators: 1,
				},
				Nodes: 4, NodePrice: figure(usd("0.214"), migration.Billed, book), Requested: migration.Some[migration.Ratio](0.61),
			}},
		},
		Profiles: []migration.Profile{
			sizedProfile(),
			{Workload: "import", Tenant: migration.Unattributed, BackoffLimit: 2, Why: []string{"Not enough data."}},
		},
		Classes: migration.ProfileClasses{Classes: []migration.ProfileClass{{
			Name: "M-long", Base: sizedProfile().Base, Retry: 640 * migration.MiB, AttemptDeadline: 5 * time.Minute, Deadline: 17 * time.Minute,
			Members: 3, Extra: 0.031,
			Why: "3 profiles of 448 MiB and 500m.",
		}}},
		Cutovers: []migration.CutoverWave{waveOfAcme(at)},
		Waves: []migration.Wave{
			{Name: "pilot", At: at.Add(-72 * time.Hour), Tenants: []migration.Tenant{"acme"}},
			{At: at.Add(24 * time.Hour), Tenants: []migration.Tenant{"globex"}},
		},
		Sources: []migration.Health{
			{
				Source: "cloudwatch", Scope: "prod eu-west-1", State: migration.HealthOK, LastSuccess: at, DataTo: at.Add(-2 * time.Minute),
				FinalTo: at.Add(-18 * time.Minute), Cadence: time.Minute, Latency: 212 * time.Millisecond, Calls: 12, Objects: 500,
				Note: "12 functions are idle",
			},
			{Source: "metrics", State: migration.HealthDegraded, Problem: problem, Errors: 3},
		},
		Spend: migration.Spend{
			Since: at.Add(-time.Hour), MetricsLow: 3000, MetricsHigh: 9000, ScannedBytes: 7_340_032,
			Scanned: usd("0.00003418"), PerHourLow: usd("0.03"), PerHourHigh: usd("0.09"), PerMonthLow: usd("21.9"), PerMonthHigh: usd("65.7"),
			SoFarLow: usd("0.03"), SoFarHigh: usd("0.09"), ThisMonthLow: usd("3.21"), ThisMonthHigh: usd("5.14"), BudgetMonth: usd("25"),
			BudgetDay: usd("1.50"), BudgetHour: usd("0.25"), HeldUntil: at.Add(time.Hour), Slower: 2.25,
			Note: "polling 2.25 times less often than usual to stay within $25/month",
		},
		Prices: migration.Prices{
			AsOf: "2026-07-20", AgeDays: 124, Severity: migration.Warning, Certainty: "secondary",
			Unknown: []string{"EC2 x9z.large in eu-west-1"},
			Spot: []migration.SpotPrice{{
				InstanceType: "m6i.xlarge", Region: "eu-west-1", Zone: "eu-west-1a", Nodes: 3,
				Hourly: migration.Dollars(decimal.RequireFromString("0.0712")), Since: at.Add(-2 * time.Hour),
			}},
		},
		Cluster: &migration.Cluster{
			Name: "prod-1", Version: "v1.36.3", EKS: true, Region: "eu-west-1", Nodes: 4, Pods: 17, Pending: 1,
			Room: migration.Room{
				Largest: resources(4000, 14), Free: resources(6500, 21), Grew: migration.Some(at.Add(-40 * time.Minute)),
				Quotas: migration.Some([]migration.Quota{{
					Namespace: "acme", Requests: resources(2000, 6), Limits: resources(3000, 8),
					Pods: migration.Some[int64](40), Jobs: migration.Some[int64](100),
				}}),
			},
		},
	}
}

// resources are millicores and GiB.
func resources(milli, gib int64) migration.Resources {
	return migration.Resources{
		CPU:    migration.Some(migration.CPU(milli) * migration.Millicore),
		Memory: migration.Some(migration.Bytes(gib) * migration.GiB),
	}
}

// sizedProfile is a profile of which everything is known.
func sizedProfile() migration.Profile {
	pod := func(memory migration.Bytes) migration.PodSize {
		return migration.PodSize{
			CPURequest: migration.Some(500 * migration.Millicore), CPULimit: migration.Some(migration.Core),
			MemoryRequest: memory, MemoryLimit: memory,
		}
	}
	gib := migration.Resources{CPU: migration.Some(migration.Core), Memory: migration.Some(migration.GiB)}
	return migration.Profile{
		Workload: "thumbnails", Tenant: "acme", Class: "M-long", WhyClass: "Alone it needs 448 MiB; M-long gives 512 MiB.",
		Container: "main", ContainerWhy: "the first of 2",
		Others: migration.OtherRequests{Names: "proxy (sidecar)", With: gib, Least: gib, PodLimit: migration.Some(8 * migration.GiB)},
		Base:   pod(448 * migration.MiB), Retry: pod(640 * migration.MiB), EphemeralStorage: migration.Some(2 * migration.GiB),
		AttemptDeadline: 5 * time.Minute, Deadline: 17*time.Minute + time.Millisecond, BackoffLimit: 2, TTL: 10 * time.Minute,
		Parallelism: migration.Some[int32](12),
		Confidence:  migration.HighConfidence, Evidence: evidence(migration.Measured, "kubernetes"), JobRuns: 212, LambdaRuns: 20, Learning: true,
		FailureRate: migration.Some[migration.Ratio](0.0084), Waste: migration.Some[migration.KiBSeconds](1_234_567),
		Now:     migration.Given{Request: gib, Limit: gib, Deadline: migration.Some(time.Hour)},
		RunCost: usd("0.0000412"), Saving: usd("412.3175"), ClassSaving: usd("398.5"), Ceiling: migration.Some(migration.GiB),
		BeyondNode: true, MissesTarget: true, EndUnknown: true,
		Why: []string{"The largest peak of 212 Job runs is 421 MiB.", "CPU 500m."},
	}
}

// fleet is a snapshot of n tenants with a Job each.
func fleet(n int) *migration.Snapshot {
	s := full()
	s.Tenants = s.Tenants[:0]
	for i := range n {
		t := acme()
		t.Tenant = migration.Tenant(fmt.Sprintf("tenant-%05d", i))
		s.Tenants = append(s.Tenants, t)
	}
	return s
}
