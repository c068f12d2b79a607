package cutover

import (
	"fmt"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// CheckState is the result of a check.
type CheckState = migration.CheckState

// The results.
const (
	Unchecked    = migration.CheckUnknown
	Passed       = migration.CheckPassed
	Failed       = migration.CheckFailed
	DoesNotApply = migration.CheckDoesNotApply
)

// Check is one thing that must be right before the first share.
type Check struct {
	Name   string
	State  CheckState
	Detail string // a sentence with its numbers
}

// stops reports whether the check keeps a tenant from being ready. What is not known is not ready.
func (c *Check) stops() bool { return c.State == Unchecked || c.State == Failed }

// ReadyFacts are what is known of a tenant before its first share. What is unknown is not ready.
type ReadyFacts struct {
	// Profile is set where a resource profile exists that rests on data, and Request is what a Job would request.
	Profile migration.Opt[bool]
	Request migration.Resources
	// Quota is what the namespace's quota leaves, Node the allocatable size of the largest node in the pool. HasQuota is
	// unknown where it was not read.
	// What a quota does not limit is unknown in Quota, and in QuotaJobs, the number of Jobs that it leaves.
	HasQuota  migration.Opt[bool]
	Quota     migration.Resources
	QuotaJobs migration.Opt[int64]
	Node      migration.Resources
	// Fits is how many Jobs fit on the nodes as they are, for FirstJobs at once. Grows is set where an autoscaler was seen to add
	// nodes.
	Fits      migration.Opt[int64]
	FirstJobs int64
	Grows     bool

	ImagePulled migration.Opt[bool]
	LogsArrive  migration.Opt[bool]
	// Permissions is unknown where they were not checked; Missing lists those that are missing.
	Permissions migration.Opt[bool]
	Missing     []string
	// Priced says which sides have a price, and Unpriced why one has none, "" where nothing more is known.
	Priced   [2]bool
	Unpriced [2]string

	// Visibility is the queue's visibility timeout, which must be above the p99 of the run time plus start-up: a message
	// would be delivered again while its Job runs. HasQueue is unset where no queue is involved.
	HasQueue   bool
	Visibility migration.Opt[time.Duration]
	P99, Start migration.Opt[time.Duration]
	// FIFO is set where the queue is a FIFO queue, whose message groups must not be split over the sides.
	FIFO        bool
	GroupsWhole migration.Opt[bool]
}

// Checks are all checks, in order.
func (f *ReadyFacts) Checks() []Check {
	return []Check{
		known("profile", f.Profile, "", "no resource profile that rests on data: let migtop see runs, or import them"),
		f.quota(), f.room(),
		known("image", f.ImagePulled, "", "the image was not pulled once: run one {after.run} by hand"),
		known("logs", f.LogsArrive, "", "no log line of a {after.run} has arrived"),
		f.permissions(), f.prices(), f.visibility(), f.groups(),
	}
}

// known is a check that a fact answers.
func known(name string, fact migration.Opt[bool], good, bad string) Check {
	ok, there := fact.Get()
	switch {
	case !there:
		return Check{name, Unchecked, "not known yet"}
	case !ok:
		return Check{name, Failed, bad}
	}
	return Check{name, Passed, good}
}

// short returns the first resource of which less is there than wanted, with both amounts; "" for none. ok is false where
// nothing can be compared.
func short(want, have migration.Resources, times int64) (what string, ok bool) {
	cpu, hasCPU := have.CPU.Get()
	memory, hasMemory := have.Memory.Get()
	if !hasCPU && !hasMemory || !want.CPU.Known() && !want.Memory.Known() {
		return "", false
	}
	if w, ok := want.CPU.Get(); ok && hasCPU && int64(w)*times > int64(cpu) {
		return fmt.Sprintf("%s CPU wanted, %s there", cores(int64(w)*times), cores(int64(cpu))), true
	}
	if w, ok := want.Memory.Get(); ok && hasMemory && int64(w)*times > int64(memory) {
		return fmt.Sprintf("%s of memory wanted, %s there", mebibytes(int64(w)*times), mebibytes(int64(memory))), true
	}
	return "", true
}

// cores writes an amount of CPU as Kubernetes does.
func cores(n int64) string { return fmt.Sprintf("%dm", migration.CPU(n).Milli()) }

// mebibytes writes an amount of memory as Kubernetes does.
func mebibytes(n int64) string { return fmt.Sprintf("%dMi", n/int64(migration.MiB)) }

// quota checks that one Job fits under the quota and into a node.
func (f *ReadyFacts) quota() Check {
	const name = "quota"
	what, ok := short(f.Request, f.Node, 1)
	if !ok {
		return Check{name, Unchecked, "the request of a {after.run} or the size of nodes is not known"}
	}
	if what != "" {
		return Check{name, Failed, "a {after.run} does not fit into the largest node: " + what}
	}
	has, read := f.HasQuota.Get()
	switch {
	case !read:
		return Check{name, Unchecked, "the namespace's quota was not read"}
	case !has:
		return Check{name, Passed, "no quota"}
	}
	want := max(f.FirstJobs, 1)
	if left, limited := f.QuotaJobs.Get(); limited && left < want {
		return Check{name, Failed, fmt.Sprintf("the namespace's quota leaves %s, the first share has %d at once",
			text.Plural(left, "{after.run}"), want)}
	}
	if what, _ = short(f.Request, f.Quota, want); what != "" {
		return Check{name, Failed, "the namespace's quota does not allow the first share: " + what}
	}
	return Check{name, Passed, ""}
}

// room checks that the pool has room for the first share.
func (f *ReadyFacts) room() Check {
	const name = "pool"
	if f.Grows {
		return Check{name, Passed, "an autoscaler adds nodes"}
	}
	switch n, ok := f.Fits.Get(); {
	case !ok:
		return Check{name, Unchecked, "the room in the pool is not known"}
	case n < max(f.FirstJobs, 1):
		jobs := text.Plural(max(f.FirstJobs, 1), "{after.run}")
		return Check{name, Failed, fmt.Sprintf("no room for the first share, %s at once: %d fit on the nodes", jobs, n)}
	}
	return Check{name, Passed, ""}
}

func (f *ReadyFacts) permissions() Check {
	c := known("permissions", f.Permissions, "", "missing: "+strings.Join(f.Missing, ", "))
	if len(f.Missing) > 0 {
		c.State, c.Detail = Failed, "missing: "+strings.Join(f.Missing, ", ")
	}
	return c
}

func (f *ReadyFacts) prices() Check {
	const name = "price"
	for _, s := range [...]Side{Blue, Green} {
		switch {
		case f.Priced[s]:
		case f.Unpriced[s] != "":
			return Check{name, Failed, f.Unpriced[s]}
		default:
			return Check{name, Failed, "no price on " + s.String()}
		}
	}
	return Check{name, Passed, ""}
}

func (f *ReadyFacts) visibility() Check {
	const name = "visibility timeout"
	if !f.HasQueue {
		return Check{name, DoesNotApply, ""}
	}
	timeout, ok1 := f.Visibility.Get()
	p99, ok2 := f.P99.Get()
	start, ok3 := f.Start.Get()
	switch {
	case !ok1 || !ok2 || !ok3:
		return Check{name, Unchecked, "the visibility timeout, the run time or the start-up is not known"}
	case timeout <= p99+start:
		return Check{name, Failed, fmt.Sprintf("%s is not above the p99 of %s and a start-up of %s: messages would be delivered twice",
			migration.Brief(timeout), migration.Brief(p99), migration.Brief(start))}
	}
	return Check{name, Passed, ""}
}

func (f *ReadyFacts) groups() Check {
	if !f.FIFO {
		return Check{"FIFO groups", DoesNotApply, ""}
	}
	return known("FIFO groups", f.GroupsWhole, "", "messages of one group go to both sides: route by group")
}
