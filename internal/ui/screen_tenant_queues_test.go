package ui

import (
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// Queues of one name are distinguished by where they are; a name that stands once is
// enough.
func TestQueueTitle(t *testing.T) {
	queue := func(scope, name string) migration.QueueView {
		return migration.QueueView{Queue: migration.Queue{Name: name, Scope: scope}}
	}
	all := []migration.QueueView{queue("prod eu-west-1", "orders"), queue("prod us-east-1", "orders"), queue("prod us-east-1", "dlq")}
	for i, want := range []string{"prod eu-west-1 orders", "prod us-east-1 orders", "dlq"} {
		if got := queueTitle(all, i); got != want {
			t.Errorf("queue %d is %q, want %q", i, got, want)
		}
	}
}
