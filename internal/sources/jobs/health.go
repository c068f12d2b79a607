package jobs

import (
	"fmt"
	"maps"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// silentNote is how long a first answer may take before it is said that there is
// none.
const silentNote = 5 * time.Second

func (s *Source) health(r readings) []migration.Health {
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	return s.healthLocked(r)
}

// healthLocked has one row for each reading, in the order in which a person asks
// for them. The model's lock is held.
func (s *Source) healthLocked(r readings) []migration.Health {
	m := s.model
	strangers := 0
	jobs := 0
	for _, j := range m.jobs {
		switch {
		case j.seen:
			jobs++
		case !j.service:
			strangers++
		}
	}
	objects := map[string]int{"jobs": jobs, "pods": 0, "nodes": 0, "services": 0}
	for _, p := range m.pods {
		if p.job.service {
			objects["services"]++
		} else {
			objects["pods"]++
		}
	}
	for _, n := range m.nodes {
		if n.gone == 0 {
			objects["nodes"]++
		}
	}
	var out []migration.Health
	for _, name := range []string{"jobs", "pods", "nodes", "services"} {
		h := s.reading(name)
		if name == "services" && objects[name] == 0 {
			continue // most clusters have no Knative
		}
		if name == "nodes" && h.Problem == nil && s.daemons.problem != nil {
			h.State, h.Problem = migration.HealthDegraded, s.daemons.problem
			h.Note = "what DaemonSets request counts as idle"
		}
		if name == "nodes" && h.Problem == nil && h.State != migration.HealthStarting {
			h.Note = m.nodesNote()
		}
		h.Objects = objects[name]
		if r.trusted > 0 && h.State == migration.HealthOK && name != "nodes" && name != "services" {
			// By this machine's clock nothing that is yet to come is final.
			final := min(r.trusted, s.options.Clock.Now().Unix())
			h.FinalTo = time.Unix(floorTo(final-finalAfter, minute), 0).UTC()
		}
		if name == "jobs" && r.jobs && strangers > 0 && h.Problem == nil {
			h.Note = fmt.Sprintf("pods of %d Jobs are there whose Job the label selector does not match", strangers)
		}
		if name == "jobs" && h.Problem == nil {
			h.Note = join("; ", h.Note, s.server.note())
			if p := m.room.problem; p != nil && p.Fault == migration.FaultDenied {
				h.Note = join("; ", h.Note, "the quotas of namespaces are not known: listing resourcequotas is not permitted")
			}
		}
		h.Note = join("; ", h.Note, s.unread(name))
		out = append(out, h)
	}
	metrics := s.metrics.health
	// Metrics are asked for once there are pods to ask about; while the server
	// itself is the trouble, it is their trouble too.
	if pods := out[1]; metrics.State == migration.HealthStarting && pods.State == migration.HealthFailed {
		metrics.State, metrics.Problem = pods.State, pods.Problem
	}
	if metrics.State == migration.HealthStarting {
		metrics.Note = out[1].Note
	}
	metrics.Source, metrics.Cadence = "metrics", s.options.Cadence
	return append(out, metrics)
}

// unread says which objects of a kind cannot be read, "" where all can.
func (s *Source) unread(name string) string {
	all := unreadables{}
	for _, w := range s.watchers {
		if state, _ := w.get(); w.name == name {
			maps.Copy(all, state.unread)
		}
	}
	if name != "nodes" {
		return all.note()
	}
	daemons := s.daemons.unread.note()
	if daemons != "" {
		daemons = "of the DaemonSets " + daemons
	}
	return join("; ", all.note(), daemons)
}

// reading sums up the watchers of one kind of object: one each namespace.
func (s *Source) reading(name string) migration.Health {
	h := migration.Health{Source: name, State: migration.HealthOK}
	good, bad, waiting := 0, 0, 0
	now := s.options.Clock.Now()
	for _, w := range s.watchers {
		if w.name != name {
			continue
		}
		state, _ := w.get()
		h.Calls += state.calls
		h.Errors += state.errors
		h.Latency = max(h.Latency, state.latency)
		last := state.contact
		if state.connected {
			last = now
		}
		if !state.synced {
			last = time.Time{}
		}
		if h.LastSuccess.IsZero() || (!last.IsZero() && last.Before(h.LastSuccess)) {
			h.LastSuccess = last
		}
		switch {
		case state.problem != nil:
			bad++
			if h.Problem == nil {
				h.Problem = state.problem
			}
		case state.synced:
			good++
		default:
			waiting++
		}
	}
	h.DataTo = h.LastSuccess
	if waiting > 0 || bad > 0 {
		h.Note = s.options.Connection.credentials.waiting()
	}
	if since := now.Sub(s.began); waiting > 0 && h.Note == "" && since >= silentNote {
		h.Note = "no answer for " + migration.Brief(since)
	}
	switch {
	case bad > 0 && good > 0:
		h.State = migration.HealthDegraded
	case bad > 0:
		h.State = migration.HealthFailed
	case waiting > 0:
		h.State = migration.HealthStarting
	}
	return h
}
