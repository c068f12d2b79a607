package world

import (
	"testing"
	"time"
)

// No node ever carries more than it has, every pod that is there is on a node
// that is there, and all room is given back.
func TestNodesCarryWhatTheyCan(t *testing.T) {
	w := New(Options{Seed: 11})
	c := w.NewCluster()
	c.Advance(w.Epoch().Add(-6*time.Hour), nil)
	for range 60 {
		c.Advance(c.now.Add(7*time.Minute), nil)
		type load struct{ cpu, memory, pods int64 }
		held := make(map[string]load)
		for _, p := range c.Pods() {
			if p.Scheduled.IsZero() || !p.Finished.IsZero() {
				continue
			}
			l := held[p.Node]
			held[p.Node] = load{l.cpu + p.CPU + p.SidecarCPU, l.memory + p.MemoryMiB, l.pods + 1}
		}
		for p := range c.pools {
			for _, h := range c.pools[p].hosts {
				n, l := h.node, held[h.node.Name]
				delete(held, n.Name)
				if n.Fargate {
					if l.cpu > n.FargateCPU || l.memory+256 > n.FargateMemory || l.pods > 1 {
						t.Fatalf("%s carries %+v", n.Name, l)
					}
					continue
				}
				if l.cpu+daemonCPU > n.Type.AllocatableCPU || l.memory+daemonMemory > n.Type.AllocatableMemory || l.pods+daemonPods > n.Type.MaxPods {
					t.Fatalf("%s (%s) carries %+v", n.Name, n.Type.Name, l)
				}
				if free := n.Type.AllocatableCPU - daemonCPU - l.cpu; free != h.freeCPU {
					t.Fatalf("%s has %d millicores free by its book, %d by its pods", n.Name, h.freeCPU, free)
				}
				if n.System && l.pods > 0 {
					t.Fatalf("Jobs on the system node %s", n.Name)
				}
			}
		}
		for node := range held {
			t.Fatalf("pods on %s, which is gone", node)
		}
	}
}

// Every Job goes the way that Kubernetes' Jobs go, change by change.
func TestLifeOfAJob(t *testing.T) {
	w := New(Options{Seed: 4})
	c := w.NewCluster()
	c.Advance(w.Epoch(), nil)
	jobs, pods := make(map[string]*Job), make(map[string]*Pod)
	outcomes := make(map[string]int)
	c.Advance(w.Epoch().Add(3*time.Hour), func(change Change) {
		switch o := change.Object.(type) {
		case *Job:
			checkJob(t, jobs[o.Name], o, change.Verb)
			jobs[o.Name] = o
			if !o.Finished.IsZero() && change.Verb == Modified {
				outcomes[o.Reason]++
			}
		case *Pod:
			checkPod(t, pods[o.Name], o, change.Verb)
			pods[o.Name] = o
			if change.Verb == Modified && o.Reason != "" {
				outcomes[o.Reason]++
			}
			if o.Disrupted {
				outcomes["Disrupted"]++
			}
		}
	})
	for _, reason := range []string{"CompletionsReached", "BackoffLimitExceeded", "DeadlineExceeded", "Completed", "Error", "OOMKilled"} {
		if outcomes[reason] == 0 {
			t.Errorf("three hours went by without %s: %v", reason, outcomes)
		}
	}
}

func checkJob(t *testing.T, before, now *Job, verb Verb) {
	t.Helper()
	if before == nil {
		return // it was there at the epoch
	}
	switch {
	case verb == Added:
		t.Fatalf("%s was added twice", now.Name)
	case now.ResourceVersion <= before.ResourceVersion:
		t.Fatalf("%s went from version %d to %d", now.Name, before.ResourceVersion, now.ResourceVersion)
	case before.Outcome != Unfinished && (now.Outcome != before.Outcome || now.Reason != before.Reason):
		t.Fatalf("%s was %s and became %s", now.Name, before.Reason, now.Reason)
	case now.Failed < before.Failed || now.Succeeded < before.Succeeded:
		t.Fatalf("%s counts backwards: %+v, %+v", now.Name, before, now)
	case now.Outcome == Succeeded && !now.Finished.IsZero() && (now.Succeeded != 1 || now.Active != 0):
		t.Fatalf("%s is complete with %d succeeded and %d active", now.Name, now.Succeeded, now.Active)
	case now.Reason == "BackoffLimitExceeded" && now.Failed != now.Retries+1:
		t.Fatalf("%s gave up after %d failures with a limit of %d", now.Name, now.Failed, now.Retries)
	case now.Reason == "DeadlineExceeded" && now.Decided.Sub(now.Started) != now.Deadline:
		t.Fatalf("%s was stopped after %v, its deadline is %v", now.Name, now.Decided.Sub(now.Started), now.Deadline)
	case verb == Deleted && now.CronJob == "" && before.Finished.IsZero():
		t.Fatalf("%s was deleted before it had finished", now.Name)
	}
}

func checkPod(t *testing.T, before, now *Pod, verb Verb) {
	t.Helper()
	ordered := []time.Time{now.Created, now.Scheduled, now.Started, now.Finished}
	for i := 1; i < len(ordered); i++ {
		if !ordered[i].IsZero() && ordered[i].Before(ordered[i-1]) {
			t.Fatalf("%s: step %d at %v, the one before at %v", now.Name, i, ordered[i], ordered[i-1])
		}
	}
	if now.Reason == "OOMKilled" && (now.ExitCode != 137 || now.peak <= now.MemoryMiB<<20) {
		t.Fatalf("%s was killed for memory with exit code %d and a peak of %d", now.Name, now.ExitCode, now.peak)
	}
	if before == nil {
		return
	}
	switch {
	case verb == Added:
		t.Fatalf("%s was added twice", now.Name)
	case !before.Finished.IsZero() && !now.Finished.Equal(before.Finished):
		t.Fatalf("%s finished twice", now.Name)
	case before.Node != "" && now.Node != before.Node:
		t.Fatalf("%s went from %s to %s", now.Name, before.Node, now.Node)
	}
}

// Usage stays within what a pod may use, and a pod that is killed for memory
// was near its limit when it was.
func TestUsage(t *testing.T) {
	w := New(Options{Seed: 1})
	c := w.NewCluster()
	c.Advance(w.Epoch(), nil)
	killed, reported := 0, 0
	for _, p := range c.Pods() {
		if p.Started.IsZero() || p.Finished.IsZero() {
			if _, _, ok := p.Used(); ok {
				t.Fatalf("%s tells what it used before it has ended", p.Name)
			}
			continue
		}
		limit := p.MemoryMiB << 20
		peak, cpu, ok := p.Used()
		switch {
		case ok != (p.Reports && p.Reason != "OOMKilled"):
			t.Fatalf("%s, which ended with %s, tells what it used: %t", p.Name, p.Reason, ok)
		case ok:
			reported++
			if peak <= 0 || peak > limit || cpu <= 0 {
				t.Fatalf("%s used %d bytes of %d and %v of processor", p.Name, peak, limit, cpu)
			}
			for at := p.Started; at.Before(p.Finished); at = at.Add(15 * time.Second) {
				if _, memory := p.Usage(at); memory > peak {
					t.Fatalf("%s was seen at %d bytes, and tells of %d", p.Name, memory, peak)
				}
			}
		}
		for _, at := range []time.Time{p.Started, p.Started.Add(p.Finished.Sub(p.Started) / 2), p.Finished} {
			cpu, memory := p.Usage(at)
			if cpu <= 0 || memory <= 0 || memory > limit {
				t.Fatalf("%s uses %d nanocores and %d bytes of %d", p.Name, cpu, memory, limit)
			}
		}
		if p.Reason == "OOMKilled" {
			killed++
			if _, memory := p.Usage(p.Finished); memory < limit*9/10 {
				t.Errorf("%s was killed at %d of %d bytes", p.Name, memory, limit)
			}
		}
	}
	if killed == 0 || reported == 0 {
		t.Errorf("%d pods were killed for memory, %d reported what they used", killed, reported)
	}
	if cpu, memory := (&Pod{}).Usage(w.Epoch()); cpu != 0 || memory != 0 {
		t.Error("a pod that has not started uses something")
	}
}

func TestFargateSize(t *testing.T) {
	for _, tt := range []struct{ cpu, memory, wantCPU, wantMemory int64 }{
		{1000, 3840, 1000, 4096},
		{1000, 3841, 1000, 5120},
		{1000, 512, 1000, 2048},
		{1000, 8192, 2000, 9216}, // the 256 MiB on top push it over a cliff
		{2000, 4096, 2000, 5120},
	} {
		if cpu, memory := fargateSize(tt.cpu, tt.memory); cpu != tt.wantCPU || memory != tt.wantMemory {
			t.Errorf("%dm and %d MiB become %dm and %d MiB, want %dm and %d MiB", tt.cpu, tt.memory, cpu, memory, tt.wantCPU, tt.wantMemory)
		}
	}
}
