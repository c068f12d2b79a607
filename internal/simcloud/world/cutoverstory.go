package world

import "time"

// CutoverStep is how long before the epoch the step of the cutover story begins: then all its tenants send half of their
// messages to Jobs. Before it all runs on Lambda.
const CutoverStep = 150 * time.Minute

// cutoverPast is how long before the step its tenants' first message was sent: a day's peak is known.
const cutoverPast = 32 * time.Hour

// cutoverRetention keeps the Jobs since the step for some hours.
const cutoverRetention = 4 * time.Hour

var (
	half     = plan{{-CutoverStep, 0.5}}
	oneFifth = plan{{-CutoverStep, 0.2}}
)

// cutoverStory has one tenant for each thing that can happen between two steps, named after it. Each takes small messages out
// of a queue, which delivers those that fail up to five times.
var cutoverStory = []tenant{
	// Both sides fail alike: one message in twelve needs a second delivery.
	{name: "healthy", plan: half, works: []work{orders(30, work{errors: 0.08, jobErrors: 0.08})}},
	// From minute 40 green fails three times as often.
	{name: "three-times", plan: half, works: []work{
		orders(20, work{errors: 0.06, jobErrors: 0.06, mishap: mishap{from: 40 * time.Minute, jobErrors: 0.18}}),
	}},
	// From minute 20 its Jobs need more and more memory, until they are killed.
	{name: "slow-leak", plan: half, works: []work{orders(6, work{mishap: mishap{from: 20 * time.Minute, growth: 1.2}})}},
	// From minute 30 one in three of green's messages vanishes.
	{name: "lost-messages", plan: half, works: []work{orders(8, work{mishap: mishap{from: 30 * time.Minute, lost: 0.35}})}},
	// From minute 30 one in three of green's messages is processed twice.
	{name: "duplicates", plan: half, works: []work{orders(8, work{mishap: mishap{from: 30 * time.Minute, twice: 0.35}})}},
	// On both sides one run in 25 hangs until its time limit of 15 minutes ends it: what is young looks better than it is.
	{name: "late-timeouts", plan: half, works: []work{
		orders(4, work{class: "imports", deadline: 15 * time.Minute, receives: 2, mishap: mishap{from: -7 * day, hangs: 0.04}}),
	}},
	// Every 20 minutes a message comes that nobody can process.
	{name: "poison", plan: half, works: []work{orders(8, work{mishap: mishap{from: -7 * day, poison: 20 * time.Minute}})}},
	// From minute 60 to 75 all Jobs are killed for memory.
	{name: "oom-wave", plan: half, works: []work{
		orders(6, work{mishap: mishap{from: 60 * time.Minute, to: 75 * time.Minute, memory: 4}}),
	}},
	// Nobody sends anything since half an hour before the step.
	{name: "no-traffic", plan: half, works: []work{orders(6, work{mishap: mishap{from: -30 * time.Minute, silent: true}})}},
	// Most messages of a quarter of an hour come in one minute.
	{name: "bursts", plan: half, works: []work{
		orders(10, work{errors: 0.08, jobErrors: 0.08, mishap: mishap{from: -7 * day, burst: 15 * time.Minute}}),
	}},
	// Half is intended, and one message in five goes to Jobs.
	{name: "share-off", plan: oneFifth, works: []work{orders(8, work{errors: 0.08, jobErrors: 0.08})}},
	// All is well, and the next step is the last one: the evening's peak has to be seen before.
	{name: "daily-peak", plan: half, works: []work{orders(20, work{class: "bookings", errors: 0.08, jobErrors: 0.08})}},
}

// orders is a workload of small messages, so many a minute on both sides together.
func orders(perMinute float64, w work) work {
	w.perDay = perMinute * 24 * 60
	if w.class == "" {
		w.class = "orders"
	}
	if w.deadline == 0 {
		w.deadline = 2 * time.Minute
	}
	if w.receives == 0 {
		w.receives = 5
	}
	w.retries = -1
	return w
}
