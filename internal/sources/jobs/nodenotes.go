package jobs

import (
	"fmt"
	"time"
)

// nodesNote says what a person should know of nodes: which are not what one of their
// labels says, which do not answer, and whose clocks differ. "" for nothing. The lock is
// held.
func (m *model) nodesNote() string {
	odd := m.firstNode(func(n *node) string { return n.host.Note })
	silent := m.firstNode(func(n *node) string {
		if n.silent == 0 {
			return ""
		}
		return fmt.Sprintf("does not answer since %s, and is charged until its Node is deleted", time.Unix(n.silent, 0).UTC().Format(time.TimeOnly))
	})
	return join("; ", odd, silent, m.skewsNote())
}

// firstNode is what there is to say of the first node, by name, and how many more there
// is something of.
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
