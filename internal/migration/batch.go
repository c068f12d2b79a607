package migration

import "time"

// Batch is the result of one poll of a source. The receiver owns everything in it.
type Batch struct {
	// Scope is the account and region that the poll read, "" where only one is read. The runner
	// of the source sets it; the parts of the batch do not repeat it.
	Scope      string
	Activities []Activity
	NodeTimes  []NodeTime
	// Functions, Runs and Cluster replace what was known before; nil leaves it.
	Functions []Function
	Runs      []Run
	Cluster   *Cluster
	Health    []Health
	// Payloads are what single features read, see [Payload].
	Payloads []Payload
	// AskedLow and AskedHigh count the metrics that were requested, by both rules of [Spend].
	AskedLow, AskedHigh int64
	// PollRate is the expected number of requests per hour at the usual interval, counted in the same way; unknown if the
	// source does not know it.
	PollRate Opt[PollRate]
	// Platform is the platform of Runs and CoverFrom. The zero value is Jobs in a batch with Runs or a Cluster, and Lambda in
	// others.
	Platform Platform
	// CoverFrom is the time from which the source has seen all activity of Platform; earlier activity is a lower
	// bound.
	CoverFrom Opt[time.Time]
}

// Payload is what a poll brings for one feature, such as queues. The engine hands it to the
// feature that registered its type. A new kind of payload is a new type; Batch stays as it is.
type Payload interface {
	// Feature names the feature that absorbs the payload, for the log.
	Feature() string
}

// Origin says which poll a payload comes from.
type Origin struct {
	Source string // the name of the source, unique among all sources
	Scope  string // the account and region, "" where only one is read
}

// Add adds a payload to the batch.
func (b *Batch) Add(p Payload) { b.Payloads = append(b.Payloads, p) }

// PayloadOf returns the first payload of type P in a batch, the zero value where there is none.
func PayloadOf[P Payload](b Batch) P {
	for _, p := range b.Payloads {
		if p, ok := p.(P); ok {
			return p
		}
	}
	var none P
	return none
}
