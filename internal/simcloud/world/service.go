package world

import (
	"fmt"
	"math"
	"time"
)

// Service is a service on ECS that is left from an earlier stop of the move.
type Service struct {
	Cluster    string
	Name       string
	Definition string // "family:revision"
	Desired    int
	CPU        int // units of 1/1024 vCPU
	MemoryMiB  int
	Arch       string // "ARM64"
	Created    time.Time
	Tags       map[string]string
}

// ServiceTask is one task of a service. A zero Ended is not yet.
type ServiceTask struct {
	ID                                 string
	Spot                               bool
	Created, PullStart, Started, Ended time.Time
	StopCode, StoppedReason            string
	ExitCode                           int32
}

// Services are the services on ECS. quillon's search index went to ECS first, and
// one service of it still stands there, half of it on Spot.
func (w *World) Services() []Service {
	if w.story == StoryCutover {
		return nil
	}
	return []Service{{
		Cluster: "batch-prod", Name: "quillon-search-index", Definition: "quillon-search-index:17", Desired: 4,
		CPU: 2048, MemoryMiB: 4096, Arch: "ARM64", Created: w.epoch.Add(-40 * day).Truncate(time.Hour),
		Tags: map[string]string{"tenant": "quillon", "workload": "search-index", "env": "prod"},
	}}
}

// How long a task of a service lives: one on Spot until the capacity is wanted
// back, the others until the weekly deployment, give or take.
const (
	spotLife = 7 * time.Hour
	lifetime = 31 * time.Hour
)

// ServiceTasks are the tasks of a service that were there at some moment of
// [from, to], each desired one followed by the next.
func (w *World) ServiceTasks(s *Service, from, to time.Time) []ServiceTask {
	var out []ServiceTask
	for slot := range s.Desired {
		k := w.seed.named("service/" + s.Name).with(uint64(slot))
		spot := slot%2 == 1
		life := lifetime
		if spot {
			life = spotLife
		}
		offset := time.Duration(k.between(0, 1) * float64(life)).Truncate(time.Second)
		first := int(from.Sub(s.Created.Add(offset))/life) - 1
		for n := max(first, -1); ; n++ {
			began := s.Created.Add(offset + time.Duration(n)*life)
			if n < 0 {
				began = s.Created
			}
			if began.After(to) {
				break
			}
			of := k.with(uint64(n + 1))
			t := ServiceTask{ID: fmt.Sprintf("%016x%016x", uint64(of), uint64(of.with(1))), Spot: spot, Created: began}
			t.PullStart = began.Add(time.Duration(of.with(2).between(9, 16) * float64(time.Second))).Truncate(time.Millisecond)
			t.Started = t.PullStart.Add(time.Duration(of.with(3).between(14, 28) * float64(time.Second))).Truncate(time.Millisecond)
			t.Ended = s.Created.Add(offset + time.Duration(n+1)*life + 40*time.Second)
			t.StopCode, t.StoppedReason = "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)"
			if spot {
				t.StopCode, t.StoppedReason, t.ExitCode = "SpotInterruption", "Your Spot Task was interrupted.", 143
			}
			if !t.Ended.Before(from) {
				out = append(out, t)
			}
		}
	}
	return out
}

// ServiceUse is how much of what a service reserves is used in a minute, in
// percent: of the CPU, and of the memory on the mean and at most.
func (w *World) ServiceUse(s *Service, minute time.Time) (cpu, memory, most float64) {
	k := w.seed.named("use/" + s.Name).with(uint64(minute.Unix() / 60))
	load := w.weights.at(office, minute.Unix()/60)
	cpu = min(18+22*load*math.Exp(0.15*k.normal()), 100)
	memory = 41 + 6*load + 1.5*k.with(1).normal()
	return cpu, memory, min(memory+4+2*math.Abs(k.with(2).normal()), 100)
}
