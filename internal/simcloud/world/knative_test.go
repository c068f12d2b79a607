package world

import (
	"testing"
	"time"
)

// A service follows its traffic, scales to zero at night, and gives back all the room that
// it took; its pods come and go one by one and never end by themselves.
func TestAServiceScalesWithItsTraffic(t *testing.T) {
	w := New(Options{Seed: 3})
	c := w.NewCluster()
	c.Advance(w.Epoch(), nil)
	of := func() (n int) {
		for _, p := range c.Pods() {
			if p.Service != "" && p.Deleting.IsZero() {
				n++
			}
		}
		return n
	}
	if n := of(); n != w.replicas(trials[0], w.Epoch()) || n < 2 {
		t.Errorf("on a Friday afternoon it has %d pods", n)
	}
	most, zero := 0, time.Duration(0)
	deleted := 0
	for range 24 * 4 {
		c.Advance(c.now.Add(15*time.Minute), func(change Change) {
			p, ok := change.Object.(*Pod)
			if !ok || p.Service == "" {
				return
			}
			if p.Outcome != Unfinished && p.Deleting.IsZero() {
				t.Errorf("%s ended by itself", p.Name)
			}
			if change.Verb == Deleted {
				deleted++
			}
		})
		n := of()
		if most = max(most, n); n == 0 {
			zero += 15 * time.Minute
		}
	}
	if most > 4 || zero < 3*time.Hour || deleted < 2 {
		t.Errorf("in a day it has at most %d pods, none for %v, and %d are deleted", most, zero, deleted)
	}
}
