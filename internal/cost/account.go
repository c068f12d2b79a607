package cost

import (
	"github.com/migtop/migtop/internal/migration"
)

// Account adds up what one party used: a tenant, a workload of a tenant, the
// unattributed rest. Adding is a few integer additions, whatever the number of
// buckets; a [Ledger] prices the sums once. It is not safe for concurrent use.
type Account struct {
	lambda  []lambdaSum
	held    []heldSum
	index   map[migration.Host]int // of held, once it is long
	byUsage bool
}

// lambdaSum is what was billed in one place.
type lambdaSum struct {
	place    migration.Place
	requests int64
	billed   migration.MBMillis
}

// heldSum is what pods held on one kind of host.
type heldSum struct {
	host          migration.Host
	podSeconds    int64
	shortOfMinute int64
	// requested is by request; charged by the pricer's basis.
	requested, charged held
}

type held struct {
	cpu    migration.MilliCPUSeconds
	memory migration.KiBSeconds
}

func (h *held) add(cpu migration.MilliCPUSeconds, memory migration.KiBSeconds) {
	h.cpu += cpu
	h.memory += memory
}

// Invoked adds what Lambda billed in one bucket.
func (a *Account) Invoked(in *migration.Invoked) {
	// Buckets of one function come one after another: the last place is
	// nearly always the right one, and there are rarely more than two.
	for i := len(a.lambda) - 1; i >= 0; i-- {
		if s := &a.lambda[i]; s.place == in.Place {
			s.requests += in.Requests
			s.billed += in.Billed
			return
		}
	}
	a.lambda = append(a.lambda, lambdaSum{in.Place, in.Requests, in.Billed})
}

// linear is how many kinds of host are searched one by one.
const linear = 8

// Held adds what pods held in one bucket.
func (a *Account) Held(h *migration.Held) {
	s := a.find(&h.Host)
	s.podSeconds += h.PodSeconds
	s.shortOfMinute += h.ShortOfMinute
	s.requested.add(h.CPU, h.Memory)
	if a.byUsage {
		s.charged.add(allocated(h))
	} else {
		s.charged.add(h.CPU, h.Memory)
	}
}

func (a *Account) find(host *migration.Host) *heldSum {
	if a.index != nil {
		i, ok := a.index[*host]
		if !ok {
			i = len(a.held)
			a.index[*host] = i
			a.held = append(a.held, heldSum{host: *host})
		}
		return &a.held[i]
	}
	for i := len(a.held) - 1; i >= 0; i-- {
		if s := &a.held[i]; s.host == *host {
			return s
		}
	}
	a.held = append(a.held, heldSum{host: *host})
	if len(a.held) > linear {
		a.index = make(map[migration.Host]int, 2*linear)
		for i := range a.held {
			a.index[a.held[i].host] = i
		}
	}
	return &a.held[len(a.held)-1]
}

// Add adds another account: a tenant is the sum of its workloads.
func (a *Account) Add(b *Account) {
	for i := range b.lambda {
		s := &b.lambda[i]
		a.Invoked(&migration.Invoked{Place: s.place, Requests: s.requests, Billed: s.billed})
	}
	for i := range b.held {
		from := &b.held[i]
		s := a.find(&from.host)
		s.podSeconds += from.podSeconds
		s.shortOfMinute += from.shortOfMinute
		s.requested.add(from.requested.cpu, from.requested.memory)
		s.charged.add(from.charged.cpu, from.charged.memory)
	}
}

// Empty reports whether nothing was added.
func (a *Account) Empty() bool { return len(a.lambda) == 0 && len(a.held) == 0 }
