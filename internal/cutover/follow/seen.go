package follow

import (
	"math"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
)

// How a step is seen where the plan has none. The share changes where it differs by more than chance and by more than a change of
// traffic makes: of the last minutes with runs, those from the most likely moment of change on.
const (
	seenWindow  = 30   // final minutes with runs that are looked at
	seenMinutes = 10   // with runs, from the change on, at least
	seenRuns    = 20   // in them at least
	seenGreen   = 5    // runs of green from which a first share is one
	seenPoints  = 0.10 // the least change of a share
	seenEnds    = 15   // minutes with runs on one side alone, for a share of 0 or 1
	// seenChance is the logarithm of a likelihood ratio that chance does not reach in years of minutes: five standard errors.
	seenChance = 12.5
	// seenSettle is when a minute of which one side is missing is left out, as in cutover.
	seenSettle = 30
)

// seenShare infers steps from the minutes in which both sides are final. It depends on those minutes alone, each in order
// and once.
type seenShare struct {
	Next   int32      `json:"next"` // the first minute that is not decided
	Counts []seenRun  `json:"counts"`
	Steps  []seenStep `json:"steps"`
}

// seenRun are the runs of both sides in a minute, -1 where a side is not final.
type seenRun struct {
	At    int32 `json:"at"`
	Blue  int32 `json:"blue"`
	Green int32 `json:"green"`
}

// seenStep is a share from a minute on.
type seenStep struct {
	At    int32   `json:"at"`
	Share float64 `json:"share"`
}

// add takes a minute over. One that was decided already is too late.
func (s *seenShare) add(m *cutover.Minute) {
	at := minuteOf(m.Start)
	if at < s.Next {
		return
	}
	r := seenRun{At: at, Blue: finalRuns(&m.Blue), Green: finalRuns(&m.Green)}
	if r.Blue < 0 && r.Green < 0 {
		return
	}
	i := len(s.Counts)
	for i > 0 && s.Counts[i-1].At > at {
		i--
	}
	if i == 0 || s.Counts[i-1].At < at {
		s.Counts = slices.Insert(s.Counts, i, r)
		return
	}
	old := &s.Counts[i-1]
	if r.Blue >= 0 {
		old.Blue = r.Blue
	}
	if r.Green >= 0 {
		old.Green = r.Green
	}
}

// finalRuns are the runs of a side, -1 where late data may change them.
func finalRuns(p *cutover.SideMinute) int32 {
	if !p.Read || !p.Final {
		return -1
	}
	return int32(min(max(p.Runs, 0), math.MaxInt32))
}

// advance decides minutes in order, until one of which a side may still come. It reports whether a step was added.
func (s *seenShare) advance(now int32) (changed bool) {
	i, _ := slices.BinarySearchFunc(s.Counts, s.Next, func(r seenRun, next int32) int { return int(r.At) - int(next) })
	for i < len(s.Counts) {
		r := s.Counts[i]
		both := r.Blue >= 0 && r.Green >= 0
		if !both && r.At >= now-seenSettle {
			break
		}
		s.Next = r.At + 1
		if !both || r.Blue+r.Green == 0 {
			s.Counts = slices.Delete(s.Counts, i, i+1)
			continue
		}
		i++
		changed = s.decide(s.Counts[:i]) || changed
		if i > seenWindow {
			s.Counts = slices.Delete(s.Counts, 0, i-seenWindow)
			i = seenWindow
		}
	}
	return changed
}

// decide looks for a change of the share in the last minutes.
func (s *seenShare) decide(counts []seenRun) bool {
	share, since := 0.0, int32(0)
	if n := len(s.Steps); n > 0 {
		share, since = s.Steps[n-1].Share, s.Steps[n-1].At
	}
	var best seenStep
	most, like := seenChance, false
	var blue, green, minutes int64
	for i := len(counts) - 1; i >= 0 && minutes < seenWindow && counts[i].At >= since; i-- {
		blue, green, minutes = blue+int64(counts[i].Blue), green+int64(counts[i].Green), minutes+1
		n := float64(blue + green)
		p := float64(green) / n
		if surprise := n * divergence(p, min(max(share, 0.001), 0.999)); surprise > most {
			// The most likely moment of the change, which may be too recent yet.
			most, best = surprise, seenStep{counts[i].At, wholePercent(p)}
			like = minutes >= seenMinutes && n >= seenRuns && stepLike(share, p, green, minutes)
		}
	}
	if !like || best.Share == share {
		return false
	}
	s.Steps = append(s.Steps, best)
	return true
}

// stepLike reports whether a change from a share to an observed one is one that somebody made.
func stepLike(share, p float64, green, minutes int64) bool {
	switch {
	case p == 0 || p == 1:
		return minutes >= seenEnds
	case share == 0:
		return green >= seenGreen
	}
	return math.Abs(p-share) > seenPoints
}

// divergence is that of Kullback and Leibler, of an observed share from an expected one.
func divergence(p, q float64) float64 {
	part := func(p, q float64) float64 {
		if p == 0 {
			return 0
		}
		return p * math.Log(p/q)
	}
	return part(p, q) + part(1-p, 1-q)
}

// wholePercent rounds a share to percent. Only a share without exception is 0 or 1.
func wholePercent(p float64) float64 {
	if p == 0 || p == 1 {
		return p
	}
	return min(max(math.Round(p*100), 1), 99) / 100
}

// steps are the inferred steps for a Watch.
func (s *seenShare) steps() []cutover.Step {
	out := make([]cutover.Step, len(s.Steps))
	for i, x := range s.Steps {
		out[i] = cutover.Step{Share: x.Share, At: time.Unix(int64(x.At)*60, 0).UTC()}
	}
	return out
}
