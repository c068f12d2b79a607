package cost

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Bill is a closed ledger. Tenants, unattributed, services, the free tier's credit, idle
// and platform add up to Total, exactly.
type Bill struct {
	p        *Pricer
	accounts map[*UsageLedger]accountBill
	lambda   smallMap[migration.RegionArch, placeBill]
	logs     smallMap[string, logBill] // by region
	hosts    smallMap[migration.Host, hostBill]
	total    accountBill
	nodes    []NodeBill
	services sum
	credit   sum
	idle     sum
	platform sum
	standing decimal.Decimal // what of idle and platform is EC2 on demand
	parts    []PlatformPart
	used     usedPrices
}

type accountBill struct{ lambda, jobs sum }

// sum adds amounts up; it is unknown as soon as a part of it is.
type sum struct {
	amount   decimal.Decimal
	unknown  bool
	evidence migration.Provenance
	parts    int
}

func (s *sum) add(amount decimal.Decimal, e migration.Provenance) {
	if s.parts == 0 {
		s.amount = amount // most sums have one part, and adding to 0 costs as much
	} else {
		s.amount = s.amount.Add(amount)
	}
	s.rest(e)
}

// rest joins evidence, which mostly is the same again. A part without a price has no
// method and does not change that of the others.
func (s *sum) rest(e migration.Provenance) {
	switch {
	case s.parts == 0:
		s.evidence = e
	case s.evidence != e:
		method := weaker(s.evidence.Method, e.Method)
		s.evidence = s.evidence.And(e)
		s.evidence.Method = method
	}
	s.parts++
}

// weaker is the less certain of two methods, of which one may be none.
func weaker(a, b migration.Method) migration.Method {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return migration.Weaker(a, b)
}

func (s *sum) miss(err error) {
	s.unknown = true
	s.rest(migration.Provenance{Coverage: 1, Note: err.Error()})
}

// join adds another sum but not its notes, of which a total would collect too many.
func (s *sum) join(o sum) {
	if o.parts == 0 {
		return
	}
	s.amount = s.amount.Add(o.amount)
	s.unknown = s.unknown || o.unknown
	if s.parts == 0 {
		s.evidence = o.evidence
	} else {
		s.evidence.Method = weaker(s.evidence.Method, o.evidence.Method)
		s.evidence.LowerBound = s.evidence.LowerBound || o.evidence.LowerBound
		if s.evidence.Source != o.evidence.Source && o.evidence.Source != "" {
			s.evidence.Source = "price book"
		}
		if s.evidence.Note != o.evidence.Note {
			s.evidence.Note = ""
		}
	}
	s.parts += o.parts
}

// include adds another sum with its notes.
func (s *sum) include(o sum) {
	s.amount = s.amount.Add(o.amount)
	s.unknown = s.unknown || o.unknown
	s.rest(o.evidence)
}

func (s sum) figure(kind migration.Kind) migration.Figure[migration.USD] {
	f := migration.Figure[migration.USD]{Kind: kind, Evidence: s.evidence}
	if !s.unknown && s.parts > 0 {
		f.Value = migration.Some(migration.Dollars(s.amount))
	}
	return f
}

func (b *Bill) place(p *migration.RegionArch) *placeBill {
	pb, added := b.lambda.at(p)
	if added {
		pb.place = *p
	}
	return pb
}

func (b *Bill) host(h *migration.Host) *hostBill {
	hb, added := b.hosts.at(h)
	if added {
		hb.host = *h
	}
	return hb
}

func (b *Bill) priceAccount(a *UsageLedger) accountBill {
	var out accountBill
	for i := range a.lambda.keys {
		if pb := b.place(&a.lambda.keys[i]); pb.err != nil {
			out.lambda.miss(pb.err)
		} else {
			out.lambda.add(pb.cost(&a.lambda.values[i]), pb.evidence(&a.lambda.values[i]))
		}
	}
	for i := range a.held.keys {
		if hb := b.host(&a.held.keys[i]); hb.err != nil {
			out.jobs.miss(hb.err)
		} else {
			amount := hb.cost(&a.held.values[i])
			hb.charged = hb.charged.Add(amount)
			out.jobs.add(amount, hb.evidence)
		}
	}
	return out
}

// Lambda is what an account's invocations cost. Unknown without any, and where a
// price is missing, which the evidence's note names.
func (b *Bill) Lambda(a *UsageLedger) migration.Figure[migration.USD] {
	return b.accounts[a].lambda.figure(migration.Billed)
}

// Jobs is what an account's pods cost.
func (b *Bill) Jobs(a *UsageLedger) migration.Figure[migration.USD] {
	return b.accounts[a].jobs.figure(migration.Requested)
}

// AtLeast is the part of what an account's pods cost that has a price, a lower bound of
// [Bill.Jobs] where that is unknown; unknown where no part has a price.
func (b *Bill) AtLeast(a *UsageLedger) migration.Opt[migration.USD] {
	s := b.accounts[a].jobs
	if s.parts == 0 || !s.amount.IsPositive() {
		return migration.None[migration.USD]()
	}
	return migration.Some(migration.Dollars(s.amount))
}

// Unpriced says which prices are missing from what an account's invocations or pods cost, each once and in
// alphabetical order; empty where each part has its price. Unlike the evidence of [Bill.Lambda] and [Bill.Jobs] it says
// nothing of the parts that have one.
func (b *Bill) Unpriced(a *UsageLedger) []string {
	var out []string
	for i := range a.lambda.keys {
		if err := b.place(&a.lambda.keys[i]).err; err != nil {
			out = append(out, err.Error())
		}
	}
	for i := range a.held.keys {
		if err := b.host(&a.held.keys[i]).err; err != nil {
			out = append(out, err.Error())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LambdaTotal is what all accounts' invocations cost.
func (b *Bill) LambdaTotal() migration.Figure[migration.USD] {
	return b.total.lambda.figure(migration.Billed)
}

// JobsTotal is what all accounts' pods cost, without idle time and platform.
func (b *Bill) JobsTotal() migration.Figure[migration.USD] {
	return b.total.jobs.figure(migration.Requested)
}

// ServicesTotal is what service accounts' pods and tasks cost.
func (b *Bill) ServicesTotal() migration.Figure[migration.USD] {
	return b.services.figure(migration.Requested)
}

// Marginal is what the node pool cost more because an account's pods made it grow: the
// nodes that were made for them, from their creation to those pods' ends, at least a
// minute each, and their own machines on Fargate. A pod that found room added nothing.
func (b *Bill) Marginal(a *UsageLedger) migration.Figure[migration.USD] {
	var s sum
	for i := range a.held.keys {
		hb, held := b.host(&a.held.keys[i]), &a.held.values[i]
		switch {
		case hb.err != nil:
			s.miss(hb.err)
		case hb.host.Kind.Fargate():
			s.add(hb.cost(held), hb.evidence)
		default:
			s.add(hb.node.whole(held.addedNode), noted(hb.evidence, migration.Derived,
				"nodes made for its pods, from their creation to the pods' ends"))
		}
	}
	return s.figure(migration.Billed)
}

// Idle is what nodes cost beyond what pods were charged for.
func (b *Bill) Idle() migration.Figure[migration.USD] { return b.idle.figure(migration.Billed) }

// IdleShare is an account's part of Idle, by resource in proportion to what was charged of
// it. It is not part of [Bill.Jobs]. Unknown for an account without pods on nodes that were seen.
func (b *Bill) IdleShare(a *UsageLedger) migration.Figure[migration.USD] {
	var s sum
	for i := range a.held.keys {
		hb := b.host(&a.held.keys[i])
		switch {
		case hb.err != nil:
			s.miss(hb.err)
		case hb.standing:
			s.add(hb.idleShare(&a.held.values[i]), hb.evidence)
		}
	}
	return s.figure(migration.Billed)
}

// Total is the bill: all accounts on both sides, services, credit, idle and platform;
// unknown as soon as one of them is there and unknown.
func (b *Bill) Total() migration.Figure[migration.USD] {
	var t sum
	for _, s := range [...]sum{b.total.lambda, b.credit, b.total.jobs, b.services, b.idle, b.platform} {
		t.join(s)
	}
	return t.figure(migration.Billed)
}

// Nodes lists the kinds of EC2 nodes in the order in which they came.
func (b *Bill) Nodes() []NodeBill { return slices.Clone(b.nodes) }
