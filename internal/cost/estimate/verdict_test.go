package estimate

import (
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

// sides are the platforms of a result with their months and break-evens.
func sides(r *Result) map[string]struct {
	month *Month
	even  *BreakEven
} {
	if r.BreakEven == nil {
		return nil
	}
	type side = struct {
		month *Month
		even  *BreakEven
	}
	return map[string]side{
		KeyEKSFargate: {r.Months.EKSFargate, &r.BreakEven.EKSFargate},
		KeyECSFargate: {r.Months.ECSFargate, &r.BreakEven.ECSFargate},
		KeyNodes:      {r.Months.Nodes, &r.BreakEven.Nodes},
	}
}

// checkVerdict fails where a verdict contradicts its months.
func checkVerdict(t interface{ Fatalf(string, ...any) }, r *Result) {
	for name, s := range sides(r) {
		v := s.even.Verdict
		lambda, ok1 := r.Months.Lambda.Total.Get()
		jobs, ok2 := s.month.Total.Get()
		switch {
		case v.Reason == "":
			t.Fatalf("%s: a verdict without a reason: %+v", name, v)
		case v.Decision == migration.CannotStay:
		case s.month.Cannot:
			if v.Decision != migration.Stay || v.Reason != s.month.Problem {
				t.Fatalf("%s: %s, where nothing can run: %s", name, v.Decision, v.Reason)
			}
		case ok1 != true || ok2 != true:
			if v.Decision != migration.NotEnoughData {
				t.Fatalf("%s: %s from half of the data", name, v.Decision)
			}
		case v.Decision == migration.WorthMoving && jobs.Cmp(lambda) >= 0, v.Decision == migration.Stay && lambda.Cmp(jobs) > 0:
			// A difference below the digits that are compared is none.
			if jobs.Sub(lambda).Decimal().Abs().GreaterThan(decimal.New(1, -17)) {
				t.Fatalf("%s: %s with %s on Lambda and %s there: %s", name, v.Decision, lambda, jobs, v.Reason)
			}
		case v.Decision != migration.WorthMoving && v.Decision != migration.Stay:
			t.Fatalf("%s: %s, with both months known: %s", name, v.Decision, v.Reason)
		}
	}
}

func TestAVerdictNeverContradictsTheTotals(t *testing.T) {
	p := cost.New(prices.Default(), cost.Options{})
	rapid.Check(t, func(t *rapid.T) {
		shapes := rapid.SliceOfN(rapid.Custom(drawShape), 1, 4).Draw(t, "shapes")
		st := Settings{FreeTier: rapid.Bool().Draw(t, "free"), Extended: rapid.Bool().Draw(t, "extended")}
		if rapid.Bool().Draw(t, "cluster") {
			st.ClusterHour = migration.Some(migration.Dollars(decimal.New(rapid.Int64Range(0, 100).Draw(t, "cents"), -2)))
			st.Platform = []cost.Stated{{Name: "logging", Month: migration.Some(migration.Dollars(decimal.New(240, 0)))}}
		}
		for i := range shapes {
			if shapes[i].Check() != nil {
				return
			}
			shapes[i].MonthHours = shapes[0].MonthHours
		}
		doc := st.Estimate(p, shapes, november)
		for i := range doc.Shapes {
			checkVerdict(t, &doc.Shapes[i])
		}
		checkSum(t, &doc)
	})
}

// checkSum fails where the shapes do not add up to the sum in all digits.
func checkSum(t interface{ Fatalf(string, ...any) }, doc *Document) {
	for name, part := range map[string]struct {
		sum *SumOf
		of  func(*Result) *Platform
	}{
		"lambda":  {doc.Sum.Lambda, func(r *Result) *Platform { return r.Platforms.Lambda }},
		"eks":     {doc.Sum.EKSFargate, func(r *Result) *Platform { return r.Platforms.EKSFargate }},
		"ecs":     {doc.Sum.ECSFargate, func(r *Result) *Platform { return r.Platforms.ECSFargate }},
		"nodes":   {doc.Sum.Nodes, func(r *Result) *Platform { return r.Platforms.Nodes }},
		"cluster": {doc.Sum.Cluster, func(r *Result) *Platform { return r.Cluster }},
	} {
		var sum migration.USD
		known, there := true, 0
		for i := range doc.Shapes {
			p := part.of(&doc.Shapes[i])
			if p == nil {
				continue
			}
			there++
			u, ok := p.Total.Get()
			known, sum = known && ok, sum.Add(u)
			var lines migration.USD
			for _, l := range p.Lines {
				lines = lines.Add(l.Amount)
			}
			if ok && lines.Cmp(u) != 0 {
				t.Fatalf("%s: lines add up to %s, the total is %s", name, lines, u)
			}
		}
		if (part.sum == nil) != (there == 0) {
			t.Fatalf("%s: %d shapes, sum %+v", name, there, part.sum)
		}
		if part.sum == nil {
			continue
		}
		if part.sum.Total.Known() != known || part.sum.Known.Cmp(sum) != 0 || part.sum.Shapes != there {
			t.Fatalf("%s: the shapes add up to %s (known: %v), the sum is %+v", name, sum, known, part.sum)
		}
	}
}

// At every break-even both months cost the same, and on either side of it another one is the cheaper.
func TestAtBreakEvenBothSidesCostTheSame(t *testing.T) {
	p := cost.New(prices.Default(), cost.Options{})
	rapid.Check(t, func(t *rapid.T) {
		s := drawShape(t)
		s.Region, s.Job.Arch, s.Job.Spot = "us-east-1", migration.X86, decimal.Decimal{}
		if rapid.Bool().Draw(t, "same runs") {
			s.Job.Runs = migration.None[int64]()
		}
		if s.Check() != nil || s.Lambda.Runs == 0 || s.Completed().Job.Runs.Or(0) == 0 {
			return
		}
		r := Estimate(p, s, november)
		w := &work{Shape: s.Completed(), p: p}
		for name, side := range sides(&r) {
			e := side.even
			if !r.Months.Lambda.Total.Known() || !side.month.Total.Known() {
				continue
			}
			fixed, _ := e.Fixed.Get()
			jobs := side.month.Total.Or(migration.USD{}).Sub(fixed)
			at := func(runs decimal.Decimal) (lambda, there decimal.Decimal) {
				m := p.LambdaMonthOf(s.Region, &s.Lambda, runs, nil)
				m.Include(w.fixedPart(onLambda))
				lambda = m.Total().Or(migration.USD{}).Decimal()
				return lambda, jobs.Decimal().Mul(runs).Div(decimal.NewFromInt(s.Lambda.Runs)).Add(fixed.Decimal())
			}
			last := decimal.New(-1, 0)
			for _, turn := range e.Turns {
				lambda, there := at(turn.RunsPerMonth)
				if lambda.Sub(there).Abs().GreaterThan(decimal.New(1, -12)) {
					t.Fatalf("%s: at %s runs Lambda costs %s and Jobs %s", name, turn.RunsPerMonth, lambda, there)
				}
				above := turn.RunsPerMonth.Mul(decimal.RequireFromString("1.000001")).Add(decimal.New(1, -6))
				if lambda, there = at(above); (turn.Above == onJobs) != there.LessThan(lambda) && !turn.RunsPerMonth.Equal(last) {
					t.Fatalf("%s: above %s runs %s is not the cheaper one: Lambda %s, Jobs %s",
						name, turn.RunsPerMonth, turn.Above, lambda, there)
				}
				last = turn.RunsPerMonth
			}
			if (e.Crossing == cost.MoveAbove || e.Crossing == cost.MoveBelow) != (len(e.Turns) > 0) {
				t.Fatalf("%s: %q with %d break-evens", name, e.Crossing, len(e.Turns))
			}
			// No break-even is left out: the cheaper side of far apart numbers of runs follows from them.
			for _, n := range []string{"0.5", "1000", "1000000", "33333333", "1e12"} {
				runs := decimal.RequireFromString(n)
				lambda, there := at(runs)
				cheaper := e.Crossing == cost.MoveAtOnce
				if len(e.Turns) > 0 {
					cheaper = e.Turns[0].Above != onJobs
				}
				for _, turn := range e.Turns {
					if turn.RunsPerMonth.LessThan(runs) {
						cheaper = turn.Above == onJobs
					}
				}
				if off := lambda.Sub(there); off.Abs().GreaterThan(decimal.New(1, -9)) && off.IsPositive() != cheaper {
					t.Fatalf("%s: at %s runs Lambda costs %s and Jobs %s; break-evens %+v, %q",
						name, runs, lambda, there, e.Turns, e.Crossing)
				}
			}
		}
	})
}

// The verdicts that contradicted their totals.
func TestVerdictsIncludeWhatTheTotalsInclude(t *testing.T) {
	for name, tc := range map[string]struct {
		shape           []string
		ecs, nodes      string
		lambda, onNodes string
		crossing        string // of nodes
	}{
		// 438.00 of provisioned concurrency: 96.61 on nodes with the cluster are less.
		"provisioned concurrency": {
			[]string{"runs=5000000", "duration=300ms", "memory=2048MB", "provisioned=20", "provisioned-hours=730"},
			"stay", "move", "468.17", "96.61", "at once",
		},
		// 88 % of 1,750.0035, and 0.02 of requests less 0.2 free: the plan makes Lambda cheaper than ECS.
		"Savings Plan": {
			[]string{"runs=100000", "duration=10m", "memory=1792MB", "savings-plan=3y", "coverage=1"},
			"stay", "move", "1534.14", "899.94", "above",
		},
		// The free tier covers all 252,000 GB-s. m6i.xlarge does not hold 5,788 millicores.
		"free tier": {[]string{"runs=30", "duration=14m", "memory=10240MB"}, "stay", "stay", "0.00", "74.97", "above"},
		// 25 TB of logs are 8,960 on Lambda alone.
		"logs": {[]string{"runs=100000", "duration=1s", "memory=1GB", "logs=25TB"}, "move", "move", "8958.75", "73.79", "above"},
		// A fixed cost of Lambda alone is in both: 200 a month.
		"fixed cost": {
			[]string{"runs=100000", "duration=1s", "memory=1GB", "fixed=proxy=200@lambda"}, "move", "move", "200.00", "73.79", "at once",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := estimated(t, append([]string{"region=us-east-1"}, tc.shape...)...)
			checkVerdict(t, &r)
			lambda, _ := r.Months.Lambda.Total.Get()
			nodes, _ := r.Months.Nodes.Total.Get()
			if lambda.Fixed(2) != tc.lambda || nodes.Fixed(2) != tc.onNodes {
				t.Errorf("%s on Lambda and %s on nodes", lambda, nodes)
			}
			b := r.BreakEven
			ecs, onNodes := b.ECSFargate.Verdict.Decision.String(), b.Nodes.Verdict.Decision.String()
			if ecs != tc.ecs || onNodes != tc.nodes || b.Nodes.Crossing.String() != tc.crossing {
				t.Errorf("ECS %+v\nnodes %+v, %s", b.ECSFargate.Verdict, b.Nodes.Verdict, b.Nodes.Crossing)
			}
		})
	}
}

// Lambda ends a run after 15 min, so that one of 15 min is the longest that it can do. What a shape states was not seen
// to reach the wall: the page that says that Lambda is the cheapest does not say that the work cannot stay there.
func TestWorkAsLongAsLambdaAllowsMayStay(t *testing.T) {
	for _, duration := range []string{"14m50s", "15m"} {
		r := estimated(t, "region=us-east-1", "runs=30", "duration="+duration, "memory=1024MB")
		if r.Months.Cheapest != KeyLambda {
			t.Fatalf("%s: the cheapest is %s", duration, r.Months.Cheapest)
		}
		for name, b := range map[string]BreakEven{"nodes": r.BreakEven.Nodes, "ECS Fargate": r.BreakEven.ECSFargate} {
			if v := b.Verdict; v.Decision != migration.Stay {
				t.Errorf("%s on %s: %s: %s", duration, name, v.Decision, v.Reason)
			}
		}
		near := func(note string) bool {
			return strings.Contains(note, "near the 15 min at which Lambda ends every run")
		}
		if !slices.ContainsFunc(r.Notes, near) {
			t.Errorf("%s: nothing says that it is near: %q", duration, r.Notes)
		}
	}
}

func TestHoursBeyondTheMonthAreSaid(t *testing.T) {
	for hours, want := range map[string]bool{"730": false, "731": true} {
		r := estimated(t, "region=us-east-1", "runs=30", "duration=1s", "memory=1024MB", "provisioned=1", "provisioned-hours="+hours)
		const note = "provisioned concurrency is on for 731 h, more than the month's 730 (month-hours)"
		if slices.Contains(r.Notes, note) != want {
			t.Errorf("%s hours: %q", hours, r.Notes)
		}
	}
}
