package ecs

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// How a container ended that its task runs on without is not how the task did.
func TestOutcomeIsOfEssentialContainers(t *testing.T) {
	ended := func(name string, code int32, reason string) ecstypes.Container {
		return ecstypes.Container{Name: aws.String(name), ExitCode: aws.Int32(code), Reason: aws.String(reason)}
	}
	const killed = "OutOfMemoryError: Container killed due to memory usage"
	optional := map[string]bool{"log": true}
	for name, tt := range map[string]struct {
		containers  []ecstypes.Container
		stop        ecstypes.TaskStopCode
		failed, oom bool
	}{
		"well": {
			[]ecstypes.Container{ended("app", 0, ""), ended("log", 0, "")},
			ecstypes.TaskStopCodeEssentialContainerExited, false, false,
		},
		"the log router was killed": {
			[]ecstypes.Container{ended("app", 0, ""), ended("log", 137, killed)},
			ecstypes.TaskStopCodeEssentialContainerExited, false, false,
		},
		"the log router was made to stop": {
			[]ecstypes.Container{ended("log", 143, ""), ended("app", 0, "")},
			ecstypes.TaskStopCodeEssentialContainerExited, false, false,
		},
		"the work was killed": {
			[]ecstypes.Container{ended("log", 0, ""), ended("app", 137, killed)},
			ecstypes.TaskStopCodeEssentialContainerExited, true, true,
		},
		"both were": {
			[]ecstypes.Container{ended("log", 137, killed), ended("app", 137, killed)},
			ecstypes.TaskStopCodeEssentialContainerExited, true, true,
		},
		"the work failed": {
			[]ecstypes.Container{ended("log", 137, killed), ended("app", 3, "")},
			ecstypes.TaskStopCodeEssentialContainerExited, true, false,
		},
		"somebody stopped it": {
			[]ecstypes.Container{ended("log", 137, killed), ended("app", 143, "")},
			ecstypes.TaskStopCodeUserInitiated, false, false,
		},
		"an essential one that has no name": {
			[]ecstypes.Container{{ExitCode: aws.Int32(1)}},
			ecstypes.TaskStopCodeEssentialContainerExited, true,
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			failed, oom := outcome(&ecstypes.Task{Containers: tt.containers, StopCode: tt.stop}, optional)
			if failed != tt.failed || oom != tt.oom {
				t.Errorf("failed %t, killed for memory %t; want %t and %t", failed, oom, tt.failed, tt.oom)
			}
		})
	}
	// Where the definition is not known, every container counts.
	task := ecstypes.Task{Containers: []ecstypes.Container{ended("app", 0, ""), ended("log", 137, killed)}}
	if failed, oom := outcome(&task, nil); !failed || !oom {
		t.Errorf("failed %t, killed for memory %t", failed, oom)
	}
}
