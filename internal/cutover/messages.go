package cutover

// Basis says what the failures that are compared count, best first.
type Basis uint8

// The bases.
const (
	// ByMessage: distinct messages, counted as such or because a run takes one message and is not repeated.
	ByMessage Basis = iota + 1
	// ByBatch: runs of batches of the same size on both sides, which fail as a whole.
	ByBatch
	// Divided: attempts, with both counts divided by the attempts per message.
	Divided
	// ByAttempt: attempts, since nothing says how many belong to one message. Evidence must reach [AttemptE].
	ByAttempt
	// Unresolved: failures cannot be compared.
	Unresolved
)

var basisNames = [...]string{"", "messages", "batches of one size", "attempts per message", "attempts", "not comparable"}

func (b Basis) String() string { return basisNames[min(int(b), len(basisNames)-1)] }

// messages are the messages of one side in a minute, as well as they are known.
type messages struct {
	basis Basis
	n, e  int64
	// attempts and distinct are counts of the same messages, where both are known; 0 otherwise.
	attempts, distinct int64
	why                why
}

// why says why messages cannot be resolved.
type why uint8

const (
	whyNone why = iota
	whyPartial
	whyBatch
	whyEmpty
)

var whySentences = [...]string{
	"",
	"partial batch responses hide which messages failed: read the queue's counts, or count failed messages",
	"a failed batch does not say which of its messages failed, and the sides take batches of different sizes",
	"runs may find no message, and how many did is unknown: count empty runs, or read the queue",
}

func (w why) String() string { return whySentences[min(int(w), len(whySentences)-1)] }

// resolve finds the messages of a side in a minute.
func (c *sideCell) resolve(in, other Intake) messages {
	m := messages{basis: ByMessage, n: int64(c.runs), e: int64(c.failures)}
	if c.messages >= 0 && c.failed >= 0 {
		m.n, m.e = int64(c.messages), min(int64(c.failed), int64(c.messages))
		return m
	}
	if in.Partial {
		return messages{basis: Unresolved, why: whyPartial}
	}
	if in.MayBeEmpty {
		if c.empty < 0 && c.runs > 0 {
			return messages{basis: Unresolved, why: whyEmpty}
		}
		m.n = max(m.n-max(int64(c.empty), 0), m.e)
	}
	switch {
	case in.Batch > 1 && in.Batch == other.Batch && !other.Partial:
		m.basis = ByBatch
	case in.Batch > 1:
		return messages{basis: Unresolved, why: whyBatch}
	}
	if !in.Retried && in.Batch > 0 {
		return m
	}
	// Each attempt is a run. The attempts of a message fail together.
	if c.messages >= 0 {
		m.basis, m.attempts, m.distinct = Divided, m.n, int64(c.messages)
		return m
	}
	m.basis = ByAttempt
	return m
}
