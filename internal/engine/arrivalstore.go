package engine

import (
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// logArrivals are the log lines that arrived lately, of the last poll of each source.
type logArrivals struct {
	bySource map[string][]migration.LogDelivery
}

// absorb replaces what the source brought before.
func (s *logArrivals) absorb(from migration.Origin, p migration.LogDeliveries) {
	p = slices.Clone(p) // the source may still read its own
	for i := range p {
		p[i].Scope = from.Scope
	}
	if s.bySource == nil {
		s.bySource = map[string][]migration.LogDelivery{}
	}
	s.bySource[from.Source] = p
}
