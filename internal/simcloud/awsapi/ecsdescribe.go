package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// missing is the failure that AWS reports for what it does not find.
func missing(arn string) map[string]string { return map[string]string{"arn": arn, "reason": "MISSING"} }

func (s *Server) describeServices(in *ecsInput) (any, *apiError) {
	c, fault := s.cluster(in)
	switch {
	case fault != nil:
		return nil, fault
	case len(in.Services) == 0:
		return nil, badParameterRPC("Services cannot be empty.")
	case len(in.Services) > 10:
		return nil, badParameterRPC("Services can have at most 10 items.")
	}
	found, failures := []any{}, []any{}
	for _, wanted := range in.Services {
		at := slices.IndexFunc(c.Services, func(one ECSService) bool {
			return wanted == one.Name || wanted == s.ecsARN("service", c.Name, one.Name)
		})
		if at < 0 {
			failures = append(failures, missing(wanted))
			continue
		}
		found = append(found, s.service(c, &c.Services[at], slices.Contains(in.Include, "TAGS")))
	}
	return map[string]any{"services": found, "failures": failures}, nil
}

func (s *Server) service(c *ECSCluster, one *ECSService, tags bool) map[string]any {
	now := s.cfg.Clock.Now()
	running, pending := 0, 0
	for i := range c.Tasks {
		t := &c.Tasks[i]
		if t.Service != one.Name || !t.visible(now) {
			continue
		}
		switch t.status(now) {
		case "RUNNING":
			running++
		case "PENDING", "PROVISIONING":
			pending++
		}
	}
	out := map[string]any{
		"serviceArn": s.ecsARN("service", c.Name, one.Name), "serviceName": one.Name, "clusterArn": s.ecsARN("cluster", c.Name),
		"status": "ACTIVE", "taskDefinition": s.ecsARN("task-definition", one.Definition), "schedulingStrategy": "REPLICA",
		"desiredCount": one.Desired, "runningCount": running, "pendingCount": pending, "createdAt": seconds(one.Created),
	}
	if tags {
		out["tags"] = ecsTags(one.Tags)
	}
	return out
}

func (s *Server) describeTasks(in *ecsInput) (any, *apiError) {
	c, fault := s.cluster(in)
	switch {
	case fault != nil:
		return nil, fault
	case len(in.Tasks) == 0:
		return nil, badParameterRPC("Tasks cannot be empty.")
	case len(in.Tasks) > 100:
		return nil, badParameterRPC("Tasks can have at most 100 items.")
	}
	now := s.cfg.Clock.Now()
	byID := make(map[string]*ECSTask, len(c.Tasks))
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.visible(now) {
			byID[t.ID] = t
		}
	}
	found, failures := []any{}, []any{}
	for _, wanted := range in.Tasks {
		t := byID[wanted[strings.LastIndexByte(wanted, '/')+1:]]
		if t == nil {
			failures = append(failures, missing(wanted))
			continue
		}
		found = append(found, s.task(c, t, slices.Contains(in.Include, "TAGS")))
	}
	return map[string]any{"tasks": found, "failures": failures}, nil
}

func (s *Server) task(c *ECSCluster, t *ECSTask, tags bool) map[string]any {
	now := s.cfg.Clock.Now()
	status := t.status(now)
	group := "service:" + t.Service
	if t.Service == "" {
		family, _, _ := strings.Cut(t.Definition, ":")
		group = "family:" + family
	}
	container := map[string]any{"name": "work", "lastStatus": status}
	out := map[string]any{
		"taskArn": s.ecsARN("task", c.Name, t.ID), "clusterArn": s.ecsARN("cluster", c.Name), "group": group,
		"taskDefinitionArn": s.ecsARN("task-definition", t.Definition), "launchType": t.launch(), "lastStatus": status,
		"desiredStatus": "RUNNING", "createdAt": seconds(t.Created), "attributes": []any{},
	}
	if t.Arch != "" {
		out["attributes"] = []any{map[string]string{"name": "ecs.cpu-architecture", "value": strings.ToLower(t.Arch)}}
	}
	for member, value := range map[string]string{
		"cpu": unset(t.CPU), "memory": unset(t.Memory), "capacityProviderName": t.Capacity,
	} {
		if value != "" {
			out[member] = value
		}
	}
	if t.Instance != "" {
		out["containerInstanceArn"] = s.ecsARN("container-instance", c.Name, t.Instance)
	}
	if reached(t.PullStart, now) {
		out["pullStartedAt"] = seconds(t.PullStart)
	}
	if reached(t.Started, now) {
		out["startedAt"] = seconds(t.Started)
	}
	if t.Image != "" {
		container["image"], container["imageDigest"] = t.Image, t.ImageDigest
	}
	if t.stops(now) {
		out["desiredStatus"] = "STOPPED"
	}
	if reached(t.Exited, now) {
		out["executionStoppedAt"], out["stoppingAt"] = seconds(t.Exited), seconds(t.Exited)
	}
	if status == "STOPPED" {
		out["stoppedAt"] = seconds(t.Ended)
		out["stopCode"], out["stoppedReason"] = t.StopCode, t.StoppedReason
		if !t.Started.IsZero() {
			container["exitCode"] = t.ExitCode
		}
		if t.StopCode == "EssentialContainerExited" && t.ExitCode == 137 {
			container["reason"] = "OutOfMemoryError: Container killed due to memory usage"
		}
	}
	out["containers"] = []any{container}
	if tags {
		out["tags"] = ecsTags(t.Tags)
	}
	return out
}

func (s *Server) describeTaskDefinition(in *ecsInput) (any, *apiError) {
	for _, c := range s.clusters() {
		for i := range c.Definitions {
			if d := &c.Definitions[i]; in.TaskDefinition == d.Name || in.TaskDefinition == s.ecsARN("task-definition", d.Name) {
				return map[string]any{"taskDefinition": s.definition(d)}, nil
			}
		}
	}
	return nil, &apiError{http.StatusBadRequest, "ClientException", "ClientException", "Unable to describe task definition."}
}

func (s *Server) definition(d *ECSDefinition) map[string]any {
	family, revision, _ := strings.Cut(d.Name, ":")
	number, _ := strconv.Atoi(revision)
	containers := []any{}
	for _, c := range d.Containers {
		one := map[string]any{"name": c.Name, "cpu": c.CPU, "essential": true}
		if c.Memory > 0 {
			one["memory"] = c.Memory
		}
		if c.Reservation > 0 {
			one["memoryReservation"] = c.Reservation
		}
		containers = append(containers, one)
	}
	out := map[string]any{
		"taskDefinitionArn": s.ecsARN("task-definition", d.Name), "family": family, "revision": number, "status": "ACTIVE",
		"containerDefinitions": containers,
	}
	for member, value := range map[string]string{"cpu": unset(d.CPU), "memory": unset(d.Memory)} {
		if value != "" {
			out[member] = value
		}
	}
	if d.Arch != "" {
		out["runtimePlatform"] = map[string]string{"cpuArchitecture": d.Arch, "operatingSystemFamily": "LINUX"}
	}
	return out
}

func (s *Server) describeContainerInstances(in *ecsInput) (any, *apiError) {
	c, fault := s.cluster(in)
	switch {
	case fault != nil:
		return nil, fault
	case len(in.ContainerInstances) == 0:
		return nil, badParameterRPC("Container instances cannot be empty.")
	case len(in.ContainerInstances) > 100:
		return nil, badParameterRPC("Container instances can have at most 100 items.")
	}
	found, failures := []any{}, []any{}
	for _, wanted := range in.ContainerInstances {
		at := slices.IndexFunc(c.Instances, func(one ECSInstance) bool {
			return wanted == one.ID || wanted == s.ecsARN("container-instance", c.Name, one.ID)
		})
		if at < 0 {
			failures = append(failures, missing(wanted))
			continue
		}
		one := &c.Instances[at]
		attributes := []any{}
		for name, value := range map[string]string{"ecs.instance-type": one.Type, "ecs.cpu-architecture": one.Arch} {
			if value != "" {
				attributes = append(attributes, map[string]string{"name": name, "value": value})
			}
		}
		found = append(found, map[string]any{
			"containerInstanceArn": s.ecsARN("container-instance", c.Name, one.ID), "ec2InstanceId": one.EC2, "status": "ACTIVE",
			"attributes": attributes,
			"registeredResources": []any{
				map[string]any{"name": "CPU", "type": "INTEGER", "integerValue": one.CPU},
				map[string]any{"name": "MEMORY", "type": "INTEGER", "integerValue": one.MemoryMiB},
			},
		})
	}
	return map[string]any{"containerInstances": found, "failures": failures}, nil
}
