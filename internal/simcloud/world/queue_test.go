package world

import (
	"testing"
	"time"
)

// What is sent is deleted, still there, or dead: at every moment, and whatever
// stretch is looked at.
func TestQueuesConserve(t *testing.T) {
	w := New(Options{Seed: 3})
	from, to := w.Epoch().Add(-26*time.Hour).Truncate(time.Minute), w.Epoch().Truncate(time.Minute)
	byName := map[string][]QueueMinute{}
	queues := w.Queues()
	if len(queues) != 6 {
		t.Fatalf("%d queues", len(queues))
	}
	for i := range queues {
		byName[queues[i].Name] = w.QueueMinutes(&queues[i], from, to)
	}
	for _, base := range []string{"initech-ml-score", "meridian-geo-reindex"} {
		blue, green, dead := byName[base+"-events"], byName[base+"-jobs"], byName[base+"-dlq"]
		for _, span := range [][2]int{{0, len(blue) - 1}, {100, 400}, {600, 1000}, {len(blue) - 60, len(blue) - 1}} {
			var sent, deleted, tidied int64
			for i := span[0]; i < span[1]; i++ {
				sent += blue[i].Sent + green[i].Sent
				deleted += blue[i].Deleted + green[i].Deleted
				tidied += dead[i].Deleted
			}
			depth := func(i int) int64 {
				return blue[i].Visible + blue[i].NotVisible + green[i].Visible + green[i].NotVisible
			}
			moved := dead[span[1]].Visible - dead[span[0]].Visible + tidied
			if rest := sent - deleted - (depth(span[1]) - depth(span[0])) - moved; rest != 0 {
				t.Errorf("%s %v: %d of %d messages are lost: deleted %d, depth %d to %d, dead %d", base, span, rest, sent, deleted, depth(span[0]),
					depth(span[1]), moved)
			}
			if span[0] == 0 && (sent == 0 || deleted == 0) {
				t.Errorf("%s: nothing happens", base)
			}
		}
	}
	last := func(name string) QueueMinute { m := byName[name]; return m[len(m)-1] }
	if last("initech-ml-score-dlq").Visible < 5 {
		t.Errorf("initech's dead letters: %+v", last("initech-ml-score-dlq"))
	}
	if a, b := last("initech-ml-score-dlq").Visible, last("meridian-geo-reindex-dlq").Visible; a <= b {
		t.Errorf("%d dead letters where runs are killed, %d where all is well", a, b)
	}
}
