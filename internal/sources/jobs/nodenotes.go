package jobs

import (
	"fmt"
	"time"
)

// nodesNote is the note on nodes for users: nodes whose labels contradict the provider,
// nodes that do not respond, and nodes whose clocks differ. "" for none. The caller
// holds the lock.
func (m *model) nodesNote() string {
	odd := m.firstNode(func(n *node) string { return n.host.Note })
	silent := m.firstNode(func(n *node) string {
		if n.silent == 0 {
			return ""
		}
		return fmt.Sprintf("does not answer since %s, and is charged until its Node is deleted",
			time.Unix(n.silent, 0).UTC().Format(time.TimeOnly))
	})
	return join("; ", odd, silent, m.skewsNote())
}

// firstNode is the note on the first affected node by name, and how many more there are.
func (m *model) firstNode(say func(*node) string) string {
	var first *node
	count := 0
	for _, n := range m.nodes {
		if n.end() > 0 || say(n) == "" {
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
		return fmt.Sprintf("%s: %s", first.name, say(first))
	}
	return fmt.Sprintf("%s: %s; and %d more nodes", first.name, say(first), count-1)
}
