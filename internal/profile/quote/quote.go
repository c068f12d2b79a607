// Package quote prices runs of profiles with the cost engine: their share of a node, or
// their own Fargate size and how near the next cheaper size is. It is pure, as both engines
// are.
package quote

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
)

// Runs prices runs on one kind of host.
type Runs struct {
	Pricer *cost.Pricer
	Host   migration.Host
}

var _ profile.Pricer = (*Runs)(nil)

// Quote prices one run, and looks for a cliff where it is on Fargate.
func (r *Runs) Quote(pod profile.Pod, run time.Duration) profile.Quote {
	shape := cost.Shape{CPU: pod.CPURequest.Or(0), Memory: pod.MemoryRequest, Duration: run}
	price, err := r.Pricer.JobRun(r.Host, shape)
	if err != nil {
		return profile.Quote{Notes: []string{"What it costs is unknown: " + err.Error() + "."}}
	}
	q := profile.Quote{Cost: migration.Some(price.Amount)}
	if r.Host.Kind.Fargate() {
		q.Notes = r.cliff(shape, price.Amount)
	}
	return q
}

// cliffShare is how much less memory is looked at for a cheaper size.
const cliffShare = 4

// cliff says which size Fargate gives, and whether a little less memory would fit one
// that is a tenth cheaper or more.
func (r *Runs) cliff(s cost.Shape, costs migration.USD) []string {
	size := func(memory migration.Bytes) (cost.Size, error) {
		if r.Host.Kind == migration.HostECSFargate {
			return r.Pricer.ECSFargateSize(s.CPU, memory)
		}
		return r.Pricer.EKSFargateSize(s.CPU, memory)
	}
	now, err := size(s.Memory)
	if err != nil {
		return nil
	}
	notes := []string{fmt.Sprintf("Fargate gives it %s.", now)}
	for less := 16 * migration.MiB; less <= s.Memory/cliffShare; less += 16 * migration.MiB {
		smaller, err := size(s.Memory - less)
		if err != nil || smaller == now {
			continue
		}
		lower := s
		lower.Memory -= less
		price, err := r.Pricer.JobRun(r.Host, lower)
		if err != nil || !costs.Decimal().IsPositive() {
			return notes
		}
		saved := decimal.New(1, 0).Sub(price.Amount.Decimal().Div(costs.Decimal()))
		if saved.LessThan(decimal.New(1, -1)) {
			return notes
		}
		return append(notes, fmt.Sprintf("It stands beyond a cliff: with %s less memory Fargate gives %s, which costs %s %% less.",
			profile.Size(less), smaller, saved.Mul(decimal.New(100, 0)).Round(0)))
	}
	return notes
}
