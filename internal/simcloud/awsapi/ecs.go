package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ECSAccount is an [Account] that has clusters of ECS. What holds for Account
// holds for it.
type ECSAccount interface {
	// ECS are the clusters at a moment, with every task that was created by
	// then, or so many of the ended ones as the last hour asks for.
	ECS(now time.Time) []ECSCluster
}

// ECSCluster is one cluster and what runs in it.
type ECSCluster struct {
	Name        string
	Insights    bool // Container Insights is on
	Services    []ECSService
	Definitions []ECSDefinition
	Instances   []ECSInstance
	Tasks       []ECSTask
}

// ECSService is a service as it stands.
type ECSService struct {
	Name       string
	Definition string // "family:revision"
	Desired    int32
	Created    time.Time
	Tags       map[string]string
}

// ECSDefinition is a revision of a task definition. CPU is in units of 1/1024
// vCPU, memory in MiB; 0 is unset, which only EC2 allows.
type ECSDefinition struct {
	Name        string // "family:revision"
	CPU, Memory int
	Arch        string // "X86_64" or "ARM64"; "" is unset
	Containers  []ECSContainer
}

// ECSContainer is a container of a task definition. Reservation is the soft
// limit of memory.
type ECSContainer struct {
	Name                     string
	CPU, Memory, Reservation int
}

// ECSInstance is an EC2 instance in a cluster.
type ECSInstance struct {
	ID             string // of the container instance
	EC2            string // "i-..."
	Type, Arch     string // "m6i.xlarge", "x86_64"; "" where the agent did not say
	CPU, MemoryMiB int    // registered: units of 1/1024 vCPU, MiB
}

// ECSTask is one task. Zero times are not yet.
type ECSTask struct {
	ID         string
	Service    string // "" for one that was started by itself
	Definition string
	// Capacity is a capacity provider, "FARGATE_SPOT"; "" where the task was
	// started with a launch type.
	Capacity                           string
	Instance                           string // of EC2: the container instance's ID
	Created, PullStart, Started, Ended time.Time
	Exited                             time.Time // when its containers ended, up to some seconds before Ended; zero where nothing says
	StopCode, StoppedReason            string
	ExitCode                           int32
	Image, ImageDigest                 string // of its container
	Tags                               map[string]string
	CPU, Memory                        int // at the task's level; 0 on EC2 where the definition has none
	Arch                               string
}

// stoppedFor is how long a task that has stopped is still listed.
// Source: Amazon ECS API reference, DescribeTasks, "at least an hour".
const stoppedFor = time.Hour

// launch is the task's launch type.
func (t *ECSTask) launch() string {
	if t.Instance != "" {
		return "EC2"
	}
	return "FARGATE"
}

// status is the task's last status at a moment.
func (t *ECSTask) status(now time.Time) string {
	switch {
	case reached(t.Ended, now):
		return "STOPPED"
	case reached(t.Exited, now):
		return "DEPROVISIONING"
	case reached(t.Started, now):
		return "RUNNING"
	case reached(t.PullStart, now):
		return "PENDING"
	}
	return "PROVISIONING"
}

// stops reports whether the task has stopped or is about to.
func (t *ECSTask) stops(now time.Time) bool { return reached(t.Exited, now) || reached(t.Ended, now) }

func reached(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

// visible reports whether the API knows of the task at a moment.
func (t *ECSTask) visible(now time.Time) bool {
	return !t.Created.After(now) && (!reached(t.Ended, now) || now.Sub(t.Ended) < stoppedFor)
}

// ecsInput is the union of the requests that are read.
type ecsInput struct {
	Cluster            string   `json:"cluster"`
	Clusters           []string `json:"clusters"`
	Services           []string `json:"services"`
	Tasks              []string `json:"tasks"`
	ContainerInstances []string `json:"containerInstances"`
	TaskDefinition     string   `json:"taskDefinition"`
	DesiredStatus      string   `json:"desiredStatus"`
	Include            []string `json:"include"`
	MaxResults         *int     `json:"maxResults"`
	NextToken          string   `json:"nextToken"`
}

// page is the size of a page that was asked for.
func (in *ecsInput) page(unasked int) (int, *apiError) {
	switch {
	case in.MaxResults == nil:
		return unasked, nil
	case *in.MaxResults < 1 || *in.MaxResults > 100:
		return 0, badParameterRPC("maxResults must be between 1 and 100")
	}
	return *in.MaxResults, nil
}

func (s *Server) ecsARN(kind string, parts ...string) string {
	return "arn:" + s.cfg.Partition + ":ecs:" + s.cfg.Region + ":" + s.cfg.Account.ID() + ":" + kind + "/" + strings.Join(parts, "/")
}

func (s *Server) clusters() []ECSCluster {
	if account, ok := s.cfg.Account.(ECSAccount); ok {
		return account.ECS(s.cfg.Clock.Now())
	}
	return nil
}

// cluster finds the cluster of a request by name or ARN; "" is "default".
func (s *Server) cluster(in *ecsInput) (*ECSCluster, *apiError) {
	name := in.Cluster
	if name == "" {
		name = "default"
	}
	clusters := s.clusters()
	for i := range clusters {
		if c := &clusters[i]; name == c.Name || name == s.ecsARN("cluster", c.Name) {
			return c, nil
		}
	}
	return nil, &apiError{http.StatusBadRequest, "ClusterNotFoundException", "ClusterNotFoundException", "Cluster not found."}
}

// listECS answers an operation that lists ARNs.
func listECS(in *ecsInput, member string, arns []string, unasked int) (any, *apiError) {
	size, fault := in.page(unasked)
	if fault != nil {
		return nil, fault
	}
	page, next, fault := cutPage(arns, in.NextToken, size, badParameterRPC("Invalid token"))
	if fault != nil {
		return nil, fault
	}
	out := map[string]any{member: append([]string{}, page...)}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

func (s *Server) listClusters(in *ecsInput) (any, *apiError) {
	var arns []string
	for _, c := range s.clusters() {
		arns = append(arns, s.ecsARN("cluster", c.Name))
	}
	return listECS(in, "clusterArns", arns, 100)
}

func (s *Server) describeClusters(in *ecsInput) (any, *apiError) {
	if len(in.Clusters) > 100 {
		return nil, badParameterRPC("clusters can have at most 100 items.")
	}
	found := []any{}
	for _, c := range s.clusters() {
		arn := s.ecsARN("cluster", c.Name)
		if !slices.Contains(in.Clusters, arn) && !slices.Contains(in.Clusters, c.Name) {
			continue
		}
		out := map[string]any{"clusterArn": arn, "clusterName": c.Name, "status": "ACTIVE", "activeServicesCount": len(c.Services)}
		if slices.Contains(in.Include, "SETTINGS") {
			value := "disabled"
			if c.Insights {
				value = "enabled"
			}
			out["settings"] = []any{map[string]string{"name": "containerInsights", "value": value}}
		}
		found = append(found, out)
	}
	return map[string]any{"clusters": found, "failures": []any{}}, nil
}

func (s *Server) listServices(in *ecsInput) (any, *apiError) {
	c, fault := s.cluster(in)
	if fault != nil {
		return nil, fault
	}
	var arns []string
	for _, one := range c.Services {
		arns = append(arns, s.ecsARN("service", c.Name, one.Name))
	}
	return listECS(in, "serviceArns", arns, 10)
}

func (s *Server) listTasks(in *ecsInput) (any, *apiError) {
	c, fault := s.cluster(in)
	if fault != nil {
		return nil, fault
	}
	if !slices.Contains([]string{"", "RUNNING", "STOPPED"}, in.DesiredStatus) {
		return nil, badParameterRPC("desiredStatus must be RUNNING or STOPPED")
	}
	now := s.cfg.Clock.Now()
	var arns []string
	for i := range c.Tasks {
		// What is about to stop is desired to have stopped.
		if t := &c.Tasks[i]; t.visible(now) && t.stops(now) == (in.DesiredStatus == "STOPPED") {
			arns = append(arns, s.ecsARN("task", c.Name, t.ID))
		}
	}
	return listECS(in, "taskArns", arns, 100)
}

// seconds is a moment as the JSON protocols write it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func ecsTags(tags map[string]string) []map[string]string {
	out := []map[string]string{}
	for k, v := range tags {
		out = append(out, map[string]string{"key": k, "value": v})
	}
	slices.SortFunc(out, func(a, b map[string]string) int { return strings.Compare(a["key"], b["key"]) })
	return out
}

func unset(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
