package ecs

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/migtop/migtop/internal/migration"
)

// The pricing terms of an instance and of a task are kept.
func TestTermsOfInstancesAndTasks(t *testing.T) {
	p := &poll{Source: newRig(t, many(0)).Source}
	attribute := func(name, value string) ecstypes.Attribute {
		return ecstypes.Attribute{Name: aws.String(name), Value: aws.String(value)}
	}
	got := p.instance(&ecstypes.ContainerInstance{
		Attributes: []ecstypes.Attribute{
			attribute("ecs.instance-type", "g5.xlarge"), attribute("ecs.os-type", "windows"),
			attribute("ecs.availability-zone", "eu-west-1-abc-1a"),
			attribute("ecs.outpost-arn", "arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"),
		},
		RegisteredResources: []ecstypes.Resource{{Name: aws.String("GPU"), StringSetValue: []string{"GPU-1", "GPU-2"}}},
	})
	want := migration.Host{
		Kind: migration.HostEC2, Place: migration.RegionArch{Region: "eu-west-1-abc-1"}, InstanceType: "g5.xlarge",
		OS: migration.Windows, Capacity: migration.CapacityOutpost, Accelerators: 2,
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if elsewhere := p.instance(&ecstypes.ContainerInstance{Attributes: []ecstypes.Attribute{attribute("ecs.availability-zone",
		"us-east-1a")}}); elsewhere.Place.Region != "eu-west-1" {
		t.Errorf("a zone of another region moves it to %s", elsewhere.Place.Region)
	}
	for platform, want := range map[string]migration.OS{
		"Linux": migration.Linux, "Windows_Server_2022_Core": migration.Windows, "WINDOWS_SERVER_2019_FULL": migration.Windows, "": "",
	} {
		task := p.hostOf(&ecstypes.Task{PlatformFamily: aws.String(platform)}, &task{}, "")
		if task.OS != want || task.Kind != migration.HostECSFargate {
			t.Errorf("%q: %+v", platform, task)
		}
	}
}
