package whatif

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
)

// Document is a scenario as a file that migtop estimate reads: a shape for each
// workload of a tenant, of all tenants without one, with the runs of a month, and the
// scenario's settings as its keys. Settings that an estimate does not have are in a comment.
func (a *Engine) Document(snap *migration.Snapshot, s *migration.Scenario, tenant migration.Opt[migration.Tenant]) ([]byte, error) {
	q := a.question(snap)
	if err := q.check(s); err != nil {
		return nil, err
	}
	q.scenario = s
	q.prepare()
	bills := make([]bill, len(snap.Tenants))
	for i := range snap.Tenants {
		bills[i] = q.read(&snap.Tenants[i])
	}
	q.pool(bills)

	var b strings.Builder
	head(&b, snap, s)
	shapes := 0
	for i := range bills {
		t := &bills[i]
		if name, one := tenant.Get(); one && name != t.view.Tenant {
			continue
		}
		for k := range t.works {
			if q.shape(&b, t.view, &t.works[k]) {
				shapes++
			}
		}
	}
	if shapes == 0 {
		return nil, fmt.Errorf("nothing to write: the runs' length is unknown for every workload")
	}
	return []byte(b.String()), nil
}

func head(b *strings.Builder, snap *migration.Snapshot, s *migration.Scenario) {
	share := "in equal parts"
	if n, stated := s.Share.Get(); stated {
		share = fmt.Sprintf("%d %% a tenant", n)
	}
	fmt.Fprintf(b, "# A what-if scenario of migtop, of the figures of %s.\n", snap.At.UTC().Format(time.RFC3339))
	fmt.Fprintf(b, "# Price it with: migtop estimate --file FILE\n#\n")
	fmt.Fprintf(b, "# Runs are of a month of 30.4375 days. An estimate takes nodes to be full; here they were\n")
	fmt.Fprintf(b, "# packed to %d %%, and the platform was shared %s.\n", s.Packed, share)
	if s.Plan != "" {
		fmt.Fprintf(b, "# Compute Savings Plan of %s: $%s an hour, taking %d %% off nodes and %d %% off Fargate.\n", s.Plan,
			s.Commitment, s.NodeDiscount, s.FargateDiscount)
	}
	if s.OneOff.Sign() > 0 {
		fmt.Fprintf(b, "# The move itself: $%s once.\n", s.OneOff)
	}
	fmt.Fprintf(b, "shapes:\n")
}

// shape writes one workload; false where nothing of it can be estimated.
func (q *question) shape(b *strings.Builder, t *migration.TenantView, w *work) bool {
	lambda := q.move.Has(migration.Lambda) && w.unavailable == "" && w.memory > 0
	if !lambda && w.pod.problem != "" {
		return false
	}
	runs := w.month.Round(0)
	if !runs.IsPositive() {
		runs = decimal.New(1, 0) // rarer than once a month
	}
	name := t.Tenant.String() + "/" + string(w.name)
	fmt.Fprintf(b, "  - name: %s\n    region: %s\n", strconv.QuoteToASCII(name), strconv.QuoteToASCII(q.region))
	if lambda {
		gb := decimal.NewFromInt(int64(w.memory)).DivRound(decimal.NewFromInt(int64(migration.GiB)), cost.Places)
		billed := time.Duration(w.gbs.DivRound(gb, 9).Shift(9).IntPart())
		fmt.Fprintf(b, "    runs: %s\n    duration: %s\n    memory: %dMB\n    arch: %s\n    free-tier: false\n",
			runs, max(billed, time.Millisecond), w.memory/migration.MiB, w.place.Arch)
	}
	if w.pod.problem != "" {
		fmt.Fprintf(b, "    job-runs: 0\n")
		return true
	}
	fmt.Fprintf(b, "    job-runs: %s\n    job-cpu: %dm\n    job-memory: %dKi\n    job-duration: %s\n    job-arch: %s\n"+
		"    node-type: %s\n    spot: %q\n",
		runs.Mul(w.pod.times), max(w.pod.CPU.Milli(), 1), max(w.pod.Memory.KiBCeil(), 1024), w.pod.Duration, q.scenario.Arch,
		q.scenario.NodeType, percent(q.scenario.Spot).String())
	return true
}
