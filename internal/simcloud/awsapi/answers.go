package awsapi

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// mostAnswers bounds what Answers keeps; at it all are dropped.
const mostAnswers = 256

// Answers keeps what GetMetricData computed, for servers of equal accounts whose clocks stand still: the same question at the
// same moment has the same answer. Computing three days of every function takes seconds.
type Answers struct {
	mu   sync.Mutex
	kept map[answerKey][]series
}

type answerKey struct {
	of   string // the account
	body [sha256.Size]byte
	now  int64
	late time.Time // since when data come late
}

// get returns a copy of an answer, nil where it is not kept.
func (a *Answers) get(k answerKey) []series {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, ok := a.kept[k]
	if !ok {
		return nil
	}
	return copied(all)
}

func (a *Answers) put(k answerKey, all []series) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil || len(a.kept) >= mostAnswers {
		a.kept = make(map[answerKey][]series)
	}
	a.kept[k] = copied(all)
}

func copied(all []series) []series {
	out := make([]series, len(all))
	for i := range all {
		out[i] = series{slices.Clone(all[i].at), slices.Clone(all[i].values)}
	}
	return out
}

// answers computes the answers to queries, or takes them from what is kept.
func (s *Server) answers(body []byte, queries []metricQuery, start, end, now time.Time) []series {
	kept := s.cfg.Answers
	if kept == nil || s.organization != nil {
		return s.computeLinked(queries, start, end, now)
	}
	key := answerKey{s.cfg.AnswersOf, sha256.Sum256(body), now.UnixNano(), s.view(now).late}
	if all := kept.get(key); all != nil {
		return all
	}
	all := s.computeLinked(queries, start, end, now)
	kept.put(key, all)
	return all
}
