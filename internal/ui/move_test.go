package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// fixtureOf is the fixture as another move has it: the same figures, with its platforms.
func fixtureOf(move migration.Move) *migration.Snapshot {
	s := newFixture()
	s.Move = move
	fillProfiles(s)
	s.Totals.Before.Platform, s.Totals.After.Platform = move.Before, move.After
	s.Totals.Services, s.Sources = nil, nil
	for i := range s.Profiles {
		s.Profiles[i].Why, s.Profiles[i].WhyClass, s.Profiles[i].Evidence.Note = nil, "", ""
	}
	if !move.Has(migration.Jobs) {
		s.Cluster, s.Totals.Nodes = nil, nil
	}
	for i := range s.Tenants {
		v := &s.Tenants[i]
		v.Before.Platform, v.After.Platform = move.Before, move.After
		v.Verdict.Reason, v.Notices, v.Services = "", nil, nil
		v.Cutover.Reason, v.Cutover.Detail.Others, v.Cutover.Detail.Needs, v.Cutover.Detail.Checks = "", nil, nil, nil
		for j := range v.Cutover.Detail.Signals {
			v.Cutover.Detail.Signals[j].Value = ""
		}
		for j := range v.Workloads {
			w := &v.Workloads[j]
			w.Before.Platform, w.After.Platform, w.Functions = move.Before, move.After, nil
		}
		for j := range v.Runs {
			v.Runs[j].Key.Platform = move.Sides()[1]
			v.Runs[j].Name, v.Runs[j].Namespace, v.Runs[j].Message = "run-1", "prod", ""
		}
	}
	return s
}

// What the screens say of themselves names the platforms of the move and no others. The texts of
// a Snapshot are the assessment's.
func TestScreensNameTheMoveOnly(t *testing.T) {
	words := map[migration.Platform]*regexp.Regexp{
		migration.Lambda: regexp.MustCompile(`(?i)\blambda|\binvocation|\bfunctions?\b|\bL/|\bL [$%]`),
		migration.Jobs:   regexp.MustCompile(`(?i)\bjobs?\b|kubernetes|activeDeadline|\bK8s\b|\bpods?\b`),
		migration.ECS:    regexp.MustCompile(`(?i)\bECS\b|\btasks?\b`),
	}
	for _, move := range []migration.Move{
		{Before: migration.ECS, After: migration.Jobs}, {Before: migration.Lambda, After: migration.ECS},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {240, 120}} {
			for _, keys := range []string{
				"1", "2", "2 enter", "2 enter G", "2 enter down enter", "4", "4 down down down down enter", "5", "9", "?", "? G",
				": s o r t space", "c", "2 / p l a t",
			} {
				d := newDriver(t, Options{Theme: "mono"}, size[0], size[1])
				d.send(snapshotMsg{fixtureOf(move)})
				d.press(strings.Fields(keys)...)
				for _, row := range d.screen().rows {
					for p, re := range words {
						if found := re.FindString(row); found != "" && !move.Has(p) {
							t.Errorf("%v, %v, %s: %q in %s", move, size, keys, found, strings.TrimSpace(row))
						}
					}
				}
			}
		}
	}
}

// A task of ECS is no object of the cluster, which is not asked for its events: the page shows
// what the task says of itself.
func TestATaskIsNoObjectOfTheCluster(t *testing.T) {
	s := fixtureOf(migration.Move{Before: migration.ECS, After: migration.Jobs})
	v := &s.Tenants[1]
	task, job := v.Runs[0], v.Runs[0]
	task.Key.Platform, task.UID, task.Name, task.Created = migration.ECS, "arn:aws:ecs:task/1", "4f2a", at.Add(-9*time.Minute)
	task.State, task.Reason, task.Message = migration.RunFailed, "CannotPullContainerError", "pull image manifest has been retried 5 times"
	task.Attempts = []migration.Attempt{{
		Pod: "4f2a", Node: "FARGATE_SPOT", State: migration.RunFailed, Reason: task.Reason, Message: task.Message,
		Scheduled: migration.Some(at.Add(-8 * time.Minute)), Finished: migration.Some(at.Add(-7 * time.Minute)),
	}, {
		Pod: "4f2a", State: migration.RunFailed, Reason: "EssentialContainerExited", ExitCode: migration.Some[int32](3),
		Started: migration.Some(at.Add(-6 * time.Minute)), Finished: migration.Some(at.Add(-5 * time.Minute)),
	}}
	v.Runs = []migration.Run{task, job}
	d := newDriver(t, Options{Theme: "mono"}, 140, 90)
	d.send(snapshotMsg{s})
	d.press("2", "down", "enter", "enter")
	d.mustShow("TASK", "History", "from the task itself", "created", "placed", "on FARGATE_SPOT", "CannotPullContainerError",
		"pull image manifest has been retried 5 times", "EssentialContainerExited", "exit code 3")
	d.mustNotShow("Events", "Kubernetes")
	if len(d.control.asked) > 0 {
		t.Errorf("the cluster was asked for events of %v", d.control.asked)
	}
	d.press("esc", "down", "enter")
	d.mustShow("POD", "Events")
	if len(d.control.asked) != 1 || d.control.asked[0] != job.UID {
		t.Errorf("the cluster was asked for events of %v, want those of the Job", d.control.asked)
	}
}
