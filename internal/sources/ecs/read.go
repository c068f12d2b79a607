package ecs

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecsapi "github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// The limits of the API's lists.
// Source: Amazon ECS API reference.
const (
	servicesPerCall = 10
	tasksPerCall    = 100
)

// cluster is one cluster.
type cluster struct {
	arn, name string
	insights  bool                         // Container Insights is on
	tags      map[string]map[string]string // of its services, by name
}

// size is what a task reserves.
type size struct {
	cpu    migration.CPU
	memory migration.Bytes
	arch   migration.Arch
	// optional are the containers that a task runs on without: their ends are not its own.
	optional map[string]bool
}

// ask asks ECS one question.
func ask[T any](p *poll, action string, question func() (*T, error)) (*T, error) {
	return awspoll.Ask(p.Poll, action, nil, question)
}

// listClusters reads the clusters and the tags of their services.
func (p *poll) listClusters(ctx context.Context) error {
	found := make(map[string]*cluster)
	in := &ecsapi.ListClustersInput{}
	for {
		page, err := ask(p, "ecs:ListClusters", func() (*ecsapi.ListClustersOutput, error) { return p.api.ListClusters(ctx, in) })
		if err != nil {
			return err
		}
		if page.ClusterArns == nil {
			return awsaccess.NotThatAPI("ecs:ListClusters", "HTTP 200 without clusters")
		}
		for _, arn := range page.ClusterArns {
			name := arn[strings.LastIndexByte(arn, '/')+1:]
			if p.Cluster == nil || p.Cluster(name) {
				found[arn] = &cluster{arn: arn, name: name, tags: map[string]map[string]string{}}
			}
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	p.readInsights(ctx, found)
	for _, c := range found {
		if err := p.readServices(ctx, c); err != nil {
			if awsaccess.Stops(err) && !awsaccess.HasFault(err, migration.FaultDenied) {
				return err
			}
			p.Row.Degrade(err) // without tags, names have to do
		}
	}
	p.clusters, p.listed = found, p.Now
	p.lookAgain()
	return nil
}

// readInsights finds the clusters with Container Insights. If it cannot find out, Container Insights is not queried.
func (p *poll) readInsights(ctx context.Context, found map[string]*cluster) {
	var arns []string
	for arn := range found {
		arns = append(arns, arn)
	}
	slices.Sort(arns)
	for chunk := range slices.Chunk(arns, 100) {
		out, err := ask(p, "ecs:DescribeClusters", func() (*ecsapi.DescribeClustersOutput, error) {
			return p.api.DescribeClusters(ctx, &ecsapi.DescribeClustersInput{
				Clusters: chunk,
				Include:  []ecstypes.ClusterField{ecstypes.ClusterFieldSettings},
			})
		})
		if err != nil {
			p.Row.Degrade(err)
			return
		}
		for i := range out.Clusters {
			c := found[aws.ToString(out.Clusters[i].ClusterArn)]
			for _, setting := range out.Clusters[i].Settings {
				if c != nil && setting.Name == ecstypes.ClusterSettingNameContainerInsights {
					value := aws.ToString(setting.Value)
					c.insights = value == "enabled" || value == "enhanced"
				}
			}
		}
	}
}

// readServices reads the services of a cluster with their tags.
func (p *poll) readServices(ctx context.Context, c *cluster) error {
	var arns []string
	in := &ecsapi.ListServicesInput{Cluster: aws.String(c.arn), MaxResults: aws.Int32(100)}
	for {
		page, err := ask(p, "ecs:ListServices", func() (*ecsapi.ListServicesOutput, error) { return p.api.ListServices(ctx, in) })
		if err != nil {
			return err
		}
		arns = append(arns, page.ServiceArns...)
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	for chunk := range slices.Chunk(arns, servicesPerCall) {
		out, err := ask(p, "ecs:DescribeServices", func() (*ecsapi.DescribeServicesOutput, error) {
			return p.api.DescribeServices(ctx, &ecsapi.DescribeServicesInput{
				Cluster: aws.String(c.arn), Services: chunk, Include: []ecstypes.ServiceField{ecstypes.ServiceFieldTags},
			})
		})
		if err != nil {
			return err
		}
		for i := range out.Services {
			c.tags[aws.ToString(out.Services[i].ServiceName)] = tagsOf(out.Services[i].Tags)
		}
	}
	return nil
}

func tagsOf(tags []ecstypes.Tag) map[string]string {
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// readTasks brings the tasks of all clusters up to date: those that are new are
// described, those that are no longer among the running ones too.
func (p *poll) readTasks(ctx context.Context) error {
	present := make(map[string]bool)
	for _, c := range p.clusters {
		var unknown []string
		for _, status := range []ecstypes.DesiredStatus{ecstypes.DesiredStatusRunning, ecstypes.DesiredStatusStopped} {
			in := &ecsapi.ListTasksInput{Cluster: aws.String(c.arn), DesiredStatus: status}
			for {
				page, err := ask(p, "ecs:ListTasks", func() (*ecsapi.ListTasksOutput, error) { return p.api.ListTasks(ctx, in) })
				if err != nil {
					return err
				}
				for _, arn := range page.TaskArns {
					t := p.tasks[arn]
					if present[arn] = true; t == nil || !t.known(status == ecstypes.DesiredStatusStopped) {
						unknown = append(unknown, arn)
					}
				}
				if in.NextToken = page.NextToken; in.NextToken == nil {
					break
				}
			}
		}
		if err := p.describeTasks(ctx, c, unknown); err != nil {
			return err
		}
	}
	// What is booked again must be whole: after a pause that is everything since the last poll.
	forget := p.End.Add(-stoppedFor)
	if !p.booked.IsZero() {
		forget = earlier(forget, p.booked.Add(-2*finalityLag))
	}
	p.whole = later(p.whole, forget)
	for arn, t := range p.tasks {
		if !present[arn] && t.to == 0 {
			t.to = max(t.seen, t.from) // its end is unknown: it ran at least until it was last listed
		}
		if t.to == 0 {
			t.seen = p.Now.Unix()
		} else if !present[arn] && t.to < p.whole.Unix() {
			delete(p.tasks, arn)
		}
	}
	return nil
}

// describeTasks reads tasks in full.
func (p *poll) describeTasks(ctx context.Context, c *cluster, arns []string) error {
	for chunk := range slices.Chunk(arns, tasksPerCall) {
		out, err := ask(p, "ecs:DescribeTasks", func() (*ecsapi.DescribeTasksOutput, error) {
			return p.api.DescribeTasks(ctx, &ecsapi.DescribeTasksInput{
				Cluster: aws.String(c.arn), Tasks: chunk, Include: []ecstypes.TaskField{ecstypes.TaskFieldTags},
			})
		})
		if err != nil {
			return err
		}
		if err := p.readHosts(ctx, c, out.Tasks); err != nil {
			return err
		}
		for i := range out.Tasks {
			if err := p.take(ctx, c, &out.Tasks[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readHosts reads the EC2 instances of tasks that are not known yet.
func (p *poll) readHosts(ctx context.Context, c *cluster, tasks []ecstypes.Task) error {
	var unknown []string
	for i := range tasks {
		arn := aws.ToString(tasks[i].ContainerInstanceArn)
		if _, known := p.hosts[arn]; arn != "" && !known && !slices.Contains(unknown, arn) {
			unknown = append(unknown, arn)
		}
	}
	for chunk := range slices.Chunk(unknown, 100) {
		out, err := ask(p, "ecs:DescribeContainerInstances", func() (*ecsapi.DescribeContainerInstancesOutput, error) {
			return p.api.DescribeContainerInstances(ctx,
				&ecsapi.DescribeContainerInstancesInput{Cluster: aws.String(c.arn), ContainerInstances: chunk})
		})
		if awsaccess.HasFault(err, migration.FaultDenied) {
			p.Row.Degrade(err) // what the tasks hold is known, on what is not
			return nil
		}
		if err != nil {
			return err
		}
		for i := range out.ContainerInstances {
			p.hosts[aws.ToString(out.ContainerInstances[i].ContainerInstanceArn)] = p.instance(&out.ContainerInstances[i])
		}
	}
	return nil
}

// instance describes an EC2 instance, as far as its agent reports it.
func (p *poll) instance(i *ecstypes.ContainerInstance) migration.Host {
	h := migration.Host{Place: migration.RegionArch{Region: p.Access.Region()}}
	for _, a := range i.Attributes {
		switch aws.ToString(a.Name) {
		case "ecs.instance-type":
			h.InstanceType, h.Kind = aws.ToString(a.Value), migration.HostEC2
		case "ecs.cpu-architecture":
			h.Place.Arch = archOf(aws.ToString(a.Value))
		case "ecs.os-type":
			h.OS = osOf(aws.ToString(a.Value))
		case "ecs.availability-zone":
			// A Local Zone has prices of its own.
			if region, place, ok := migration.ZonePlace(aws.ToString(a.Value)); ok && region == h.Place.Region {
				h.Place.Region = place
			}
		case "ecs.outpost-arn":
			h.Capacity = migration.CapacityOutpost
		}
	}
	for _, r := range i.RegisteredResources {
		switch aws.ToString(r.Name) {
		case "CPU":
			h.NodeCPU = cpuUnits(int(r.IntegerValue))
		case "MEMORY":
			h.NodeMemory = migration.Bytes(r.IntegerValue) * migration.MiB
		case "GPU":
			h.Accelerators = int64(max(len(r.StringSetValue), int(r.IntegerValue)))
		}
	}
	return h
}

// cpuUnits is an amount in ECS's units, of which 1,024 are one vCPU.
func cpuUnits(n int) migration.CPU {
	return migration.CPU(n) * migration.Core / 1024
}

// archOf reads "x86_64", "X86_64", "arm64" or "ARM64".
func archOf(s string) migration.Arch { return migration.Arch(strings.ToLower(s)) }

// osOf reads an instance's "linux" or "windows" and a task's "Linux" or
// "WINDOWS_SERVER_2022_CORE"; "" stays unknown.
func osOf(s string) migration.OS {
	switch s = strings.ToLower(s); {
	case strings.HasPrefix(s, "windows"):
		return migration.Windows
	case strings.HasPrefix(s, "linux"):
		return migration.Linux
	}
	return ""
}

// definition is what a task definition reserves, where the task itself does not
// say: the sum of its containers.
func (p *poll) definition(ctx context.Context, arn string) (size, error) {
	if known, ok := p.sizes[arn]; ok || arn == "" {
		return known, nil
	}
	out, err := ask(p, "ecs:DescribeTaskDefinition", func() (*ecsapi.DescribeTaskDefinitionOutput, error) {
		return p.api.DescribeTaskDefinition(ctx, &ecsapi.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
	})
	switch {
	case awsaccess.HasFault(err, migration.FaultDenied, migration.FaultOther): // deleted definitions are refused too
		p.Row.Degrade(err)
		p.sizes[arn] = size{}
		return size{}, nil
	case err != nil:
		return size{}, err
	}
	var s size
	if d := out.TaskDefinition; d != nil {
		s.cpu, s.memory = amount(d.Cpu, d.Memory)
		var cpu int32
		var memory migration.Bytes
		for i := range d.ContainerDefinitions {
			c := &d.ContainerDefinitions[i]
			cpu += c.Cpu
			if !aws.ToBool(c.Essential) && c.Essential != nil { // essential unless it says otherwise
				if s.optional == nil {
					s.optional = map[string]bool{}
				}
				s.optional[aws.ToString(c.Name)] = true
			}
			// The soft limit is what is reserved where there is one.
			if c.MemoryReservation != nil {
				memory += migration.Bytes(*c.MemoryReservation) * migration.MiB
			} else {
				memory += migration.Bytes(aws.ToInt32(c.Memory)) * migration.MiB
			}
		}
		if s.cpu == 0 {
			s.cpu = cpuUnits(int(cpu))
		}
		if s.memory == 0 {
			s.memory = memory
		}
		if d.RuntimePlatform != nil {
			s.arch = archOf(string(d.RuntimePlatform.CpuArchitecture))
		}
	}
	p.sizes[arn] = s
	return s, nil
}

// amount reads a task's size: units of CPU and MiB, as numbers in words.
func amount(cpu, memory *string) (migration.CPU, migration.Bytes) {
	c, err1 := strconv.Atoi(aws.ToString(cpu))
	m, err2 := strconv.Atoi(aws.ToString(memory))
	if err1 != nil || c < 0 || c > 1<<20 {
		c = 0
	}
	if err2 != nil || m < 0 || m > 1<<30 {
		m = 0
	}
	return cpuUnits(c), migration.Bytes(m) * migration.MiB
}
