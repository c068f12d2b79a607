package lambda

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// bill adds up what Lambda bills for a period of a group, place by place.
type bill struct {
	requests int64
	places   []migration.LambdaUsage // in the order in which they were met
	unknown  bool                    // of one function the memory or the time is not known
	managed  bool                    // a part is billed by the instance, and is in no region's sum
	inits    bool                    // INIT is in it, of every function
	priced   pricedAt                // the least sure of its parts
	standing migration.MBMillis      // provisioned concurrency, used or not
	logs     migration.Bytes         // ingested
	apart    bool                    // of one function the logs are left apart
}

// place is what is billed in one place so far.
func (b *bill) place(p migration.RegionArch) *migration.LambdaUsage {
	at := slices.IndexFunc(b.places, func(in migration.LambdaUsage) bool { return in.Place == p })
	if at < 0 {
		at = len(b.places)
		b.places = append(b.places, migration.LambdaUsage{Place: p})
	}
	return &b.places[at]
}

// add counts one function. Duration is neither rounded up to the millisecond,
// which on average adds half of one, nor does it contain INIT.
func (b *bill) add(u *unit, at int) {
	r := &u.rows[at]
	n := r.count(invocationsSum)
	if n == 0 {
		return
	}
	if !r.has(durationSum) {
		b.unknown = true
		return
	}
	b.requests += n
	b.inits = u.sawAt(at) && (b.inits || b.requests == n)
	if u.alias == nil {
		b.part(u, at, billedPart{u.fn, float64(n), r.values[durationSum]}, n)
		return
	}
	parts, how := u.billed(at, float64(n), r.values[durationSum])
	b.priced = max(b.priced, how)
	left := n
	for i, part := range parts {
		requests := min(int64(math.Round(part.n)), left)
		if i == len(parts)-1 {
			requests = left
		}
		left -= requests
		b.part(u, at, part, requests)
	}
}

// part counts what ran as one version of a function.
func (b *bill) part(u *unit, at int, part billedPart, requests int64) {
	if part.fn.CapacityProvider != "" {
		b.managed = true
		return
	}
	if part.fn.MemorySize <= 0 {
		b.unknown = true
		return
	}
	in := b.place(part.fn.Place)
	in.Requests += requests
	memory := float64(part.fn.MemorySize / migration.MiB)
	billed := part.duration + 0.5*part.n
	if on, ok := u.provisioned(at); ok {
		in.OnProvisioned += migration.MBMillis(math.Round(billed * memory * min(max(on, 0)/part.n, 1)))
	}
	in.Billed += migration.MBMillis(math.Round(billed * memory))
	if over := part.fn.Ephemeral - freeEphemeral; over > 0 {
		in.Ephemeral += migration.MBMillis(math.Round(billed * float64(over/migration.MiB)))
	}
}

// freeEphemeral is the ephemeral storage that a function has without being billed for it.
// Source: AWS Lambda pricing page.
const freeEphemeral = 512 * migration.MiB

// init counts what INIT adds to the bill of a period, where Lambda Insights saw the
// function in the span that was asked about.
func (b *bill) init(u *unit, at int) {
	if !u.saw || u.fn.MemorySize <= 0 || u.fn.CapacityProvider != "" {
		return
	}
	if init, ok := u.extras[at].get(initSum); ok && init > 0 {
		b.place(u.fn.Place).Billed += migration.MBMillis(math.Round(init * float64(u.fn.MemorySize/migration.MiB)))
	}
}

// sawAt reports whether Lambda Insights has data on any invocation of a period. It publishes
// when invocations end, which is in a period that their timeout reaches. If a layer was added
// or removed within the span, the data covers only a part of it.
func (u *unit) sawAt(at int) bool {
	if !u.saw {
		return false
	}
	reach := int((u.fn.Timeout + u.ask.span.period - 1) / u.ask.span.period)
	for i := at; i < len(u.extras) && i <= at+max(reach, 1); i++ {
		if n, ok := u.extras[i].get(memoryCount); ok && n > 0 {
			return true
		}
	}
	return false
}

// stand adds the provisioned concurrency of a period, used or not, since it was first seen.
// The amount before that is unknown.
func (b *bill) stand(fn *function, start time.Time, span time.Duration) {
	if fn.provisioned == 0 || fn.MemorySize <= 0 || fn.CapacityProvider != "" || start.Before(fn.provisionedSince) {
		return
	}
	standing := migration.MBMillis(fn.provisioned * int64(fn.MemorySize/migration.MiB) * span.Milliseconds())
	b.standing += standing
	b.place(fn.Place).Provisioned += standing // it is billed there, whatever runs
}

// provisioned is how many invocations of a period ran on provisioned concurrency.
func (u *unit) provisioned(at int) (float64, bool) {
	if u.extras == nil {
		return 0, false
	}
	return u.extras[at].get(provisionedSum)
}

// invoked is the sum: where most of it is billed, and elsewhere. It is nil where a part
// of it is not known, and a lower bound where a part is billed by the instance.
func (b *bill) invoked() (*migration.LambdaUsage, []migration.LambdaUsage) {
	if b.unknown || len(b.places) == 0 {
		return nil, nil
	}
	known := migration.Provenance{Source: "cloudwatch", Method: migration.Estimated, Coverage: 1, Note: noteBilled}
	switch {
	case b.requests == 0: // provisioned concurrency, or an INIT whose invocation is in another period
		known.Method, known.Note = migration.Derived, ""
	case b.inits: // nothing is left to assume but how the milliseconds are rounded
		known.Source, known.Method, known.Note = sourceInsights, migration.Derived, noteInsights
	}
	if b.priced != atFunction {
		known.Note += "; " + pricedNotes[b.priced]
	}
	known.LowerBound = b.managed || b.apart
	if b.apart {
		known.Note = strings.TrimPrefix(known.Note+"; "+noteApart, "; ")
	}
	slices.SortFunc(b.places, func(x, y migration.LambdaUsage) int {
		return cmp.Or(cmp.Compare(y.Billed, x.Billed), cmp.Compare(x.Place.Region, y.Place.Region), cmp.Compare(y.Place.Arch, x.Place.Arch))
	})
	for i := range b.places {
		b.places[i].Known = known
	}
	first := b.places[0]
	if len(b.places) == 1 {
		return &first, nil
	}
	return &first, b.places[1:]
}
