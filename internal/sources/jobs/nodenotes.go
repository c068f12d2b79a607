package jobs

import "fmt"

// nodesNote says which nodes are not what one of their labels says; "" for none. The
// lock is held.
func (m *model) nodesNote() string {
	var first *node
	count := 0
	for _, n := range m.nodes {
		if n.gone > 0 || n.host.Note == "" {
			continue
		}
		count++
		if first == nil || n.name < first.name {
			first = n
		}
	}
	switch count {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s: %s", first.name, first.host.Note)
	}
	return fmt.Sprintf("%s: %s; and %d more nodes", first.name, first.host.Note, count-1)
}
