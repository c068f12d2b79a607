package matrix

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// scale turns a ratio into a score: 5 up to the first bound, 4 up to the second and so on, 0 above the last. A greater ratio
// never has a better score.
type scale struct {
	factor, on string // for the documentation: of which factor, on which platforms
	ratio      string // what is divided by what
	bounds     [migration.MostScore]float64
	above      string // what happens above the last bound, "" for a score of 0
	source     string // of the limit
}

// score is the score of a ratio.
func (s *scale) score(ratio float64) int64 {
	for i, bound := range s.bounds {
		if ratio <= bound {
			return int64(migration.MostScore - i)
		}
	}
	return 0
}

// exact is the score of an amount over another one above 0, without rounding.
func (s *scale) exact(amount, of decimal.Decimal) int64 {
	for i, bound := range s.bounds {
		if !amount.GreaterThan(of.Mul(decimal.NewFromFloat(bound))) {
			return int64(migration.MostScore - i)
		}
	}
	return 0
}

// The limits that scores are measured by. Sources: AWS Lambda developer guide, Lambda quotas, and Understanding Lambda
// function scaling; EKS user guide, Fargate pod configuration; ECS developer guide, Fargate throttling quotas; Knative Serving,
// config-defaults.
const (
	lambdaTmp         = 10240 * migration.MiB // the most ephemeral storage of a function
	lambdaConcurrency = 1000                  // concurrent executions of an account and region by default
	fargateTmp        = 20 * migration.GiB    // ephemeral storage of a pod or task without asking for more
	fargateLaunches   = 20 * 60               // pods and tasks a minute: 20 a second after the burst of 100
	knativeTimeout    = 600                   // seconds: max-revision-timeout-seconds by default
)

// The scales. Reaching four fifths of a limit is worth a 3: a notice begins there too.
var (
	evenness = scale{
		Traffic, "nodes, knative", "most runs in a minute / mean",
		[...]float64{1.5, 2, 4, 8, 16},
		"",
		"capacity for the peak stands idle at the mean; on Lambda, Fargate and ECS on Fargate nothing stands, and the score is 5",
	}
	length = scale{
		Duration, "lambda", "longest run / 900 s",
		[...]float64{0.5, 0.65, 0.8, 0.9, float64(cost.CutOff)},
		"cannot",
		"Lambda quotas: function timeout; the others have no such limit and a 5",
	}
	knativeLength = scale{
		Duration, "knative", "longest run / 600 s",
		[...]float64{0.5, 0.65, 0.8, 0.9, 1},
		"",
		"Knative config-defaults: max-revision-timeout-seconds, which can be raised",
	}
	memoryFit = scale{
		Memory, "all", "memory of a run / the most there is",
		[...]float64{0.5, 0.7, 0.8, 0.9, 1},
		"cannot on Lambda, Fargate and ECS",
		"Lambda quotas: 10,240 MB; Fargate: the largest size, on EKS less 256 MiB; nodes: the largest node of the pool",
	}
	cpuTied = scale{
		CPU, "lambda", "memory at which Lambda has the CPU / memory of a run",
		[...]float64{1, 1.5, 2, 4, 8},
		"",
		"Lambda: 1,769 MB have 1 vCPU, 10,240 MB the most; more CPU than that has a 0",
	}
	cpuFit = scale{
		CPU, "nodes, fargate, ecs, knative", "CPU of a run / the most there is",
		[...]float64{0.25, 0.5, 0.75, 0.9, 1},
		"cannot on Fargate and ECS", "Fargate: the largest size of the price book; nodes: the largest node of the pool",
	}
	tmpFit = scale{
		Tmp, "lambda, fargate, ecs", "/tmp of the function / the most there is",
		[...]float64{0.5, 0.7, 0.8, 0.9, 1},
		"",
		"Lambda quotas: 10,240 MB; Fargate: 20 GiB without asking for more; the disks of nodes are not read",
	}
	starting = scale{
		StartUp, "all", "p95 of the start-up / p95 of the run time",
		[...]float64{0.05, 0.1, 0.25, 0.5, 1},
		"",
		"the worst of steady, after 10 idle minutes and in a spike, as far as each is measured",
	}
	headroom = scale{
		Scaling, "all but knative", "what the peak needs / what there is",
		[...]float64{0.25, 0.5, 0.7, 0.85, 1},
		"",
		"Lambda quotas: 1,000 concurrent executions by default; Fargate: 20 launches a second; nodes: what pods do not request of the " +
			"pool. Throttled runs, and runs that are Pending, leave a 1 at most",
	}
	relative = scale{
		Cost, "all but knative", "a month / a month on the platform before the move",
		[...]float64{0.5, 0.8, 1, 1.25, 2},
		"",
		"the prices of What-if; the platform after the move is the measure where that before it has no price",
	}
)

var scales = [...]*scale{&evenness, &length, &knativeLength, &memoryFit, &cpuTied, &cpuFit, &tmpFit, &starting, &headroom, &relative}

// Rules is the table of all factors and the table of all scales in Markdown, for the documentation.
func Rules() string {
	var b strings.Builder
	b.WriteString("| factor | weight | score from |\n|---|---|---|\n")
	for _, f := range factors {
		from := "measured"
		if !f.measured {
			from = "`decision.scores`"
		}
		fmt.Fprintf(&b, "| `%s` | %d | %s |\n", f.name, f.weight, from)
	}
	b.WriteString("\n| factor | on | ratio | 5 up to | 4 | 3 | 2 | 1 | above | limit and source |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range scales {
		fmt.Fprintf(&b, "| `%s` | %s | %s |", s.factor, s.on, s.ratio)
		for _, bound := range s.bounds {
			b.WriteString(" " + strconv.FormatFloat(bound, 'f', -1, 64) + " |")
		}
		above := s.above
		if above == "" {
			above = "0"
		}
		fmt.Fprintf(&b, " %s | %s |\n", above, s.source)
	}
	return b.String()
}
