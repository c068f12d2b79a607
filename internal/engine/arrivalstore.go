package engine

import "github.com/migtop/migtop/internal/migration"

// logArrivals are the log lines that arrived lately, as each source told of them last.
type logArrivals struct {
	bySource map[string][]migration.LogDelivery
}

// take takes in what a poll of a source brought.
func (s *logArrivals) take(source string, b *migration.Batch) {
	if b.LogArrivals == nil {
		return
	}
	if s.bySource == nil {
		s.bySource = map[string][]migration.LogDelivery{}
	}
	s.bySource[source] = b.LogArrivals
}
