package main

import (
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/loginsights"
)

// One is one, and not several.
func TestQuotedCounts(t *testing.T) {
	for n, say := range map[int][]string{
		1: {"1 log group to read", "1 was read before", "1 function writes no reports", "1 function of a linked account writes where"},
		2: {"2 log groups to read", "2 were read before", "2 functions write no reports", "2 functions of linked accounts write where"},
	} {
		q := &loginsights.Quote{Unshared: n}
		q.Groups, q.Kept, q.Silent, q.Bytes = n, n, n, 1
		for _, want := range say {
			if got := quoted(q); !strings.Contains(got, want) {
				t.Errorf("%d: %q lacks %q", n, got, want)
			}
		}
	}
}
