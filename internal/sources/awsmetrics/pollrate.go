package awsmetrics

import (
	"math"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// PollRate adds up what is going to be asked.
type PollRate struct{ low, high float64 } // metrics an hour

// Add counts questions that are asked every so often.
func (p *PollRate) Add(metrics []Metric, every time.Duration) {
	times := float64(time.Hour) / float64(every)
	for i := range metrics {
		p.low += times
		p.high += times * float64(len(metrics[i].Stats))
	}
}

// PerHour is what is asked an hour, by both rules.
func (p *PollRate) PerHour() migration.PollRate {
	return migration.PollRate{Low: int64(math.Round(p.low)), High: int64(math.Round(p.high))}
}

// Allowed returns the items of a list that fit into the budget of a poll, in order. A smaller item after one that does
// not fit may still fit.
func Allowed[T any](room migration.Opt[int64], all []T, metrics func(T) []Metric) []T {
	left, limited := room.Get()
	if !limited {
		return all
	}
	var out []T
	for _, one := range all {
		var queries int64
		for _, m := range metrics(one) {
			queries += int64(len(m.Stats))
		}
		if queries <= left {
			left -= queries
			out = append(out, one)
		}
	}
	return out
}
