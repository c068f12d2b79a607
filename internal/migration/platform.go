package migration

import "fmt"

// Platform says where work ran.
type Platform uint8

// The platforms that migtop reads. The zero value is unknown.
const (
	Lambda      Platform = iota + 1 // AWS Lambda: the blue side
	Jobs                            // Kubernetes Jobs: the green side
	ECS                             // Amazon ECS tasks, on Fargate or EC2: where many moves stopped on the way
	Knative                         // Knative services on the cluster
	ECSServices                     // services of ECS, where ECS is a side of the move: their tasks are no runs
)

// LastPlatform is the greatest platform.
const LastPlatform = ECSServices

func (p Platform) String() string {
	switch p {
	case Lambda:
		return "lambda"
	case Jobs:
		return "jobs"
	case ECS:
		return "ecs"
	case Knative:
		return "knative"
	case ECSServices:
		return "ecs-services"
	}
	return fmt.Sprintf("platform(%d)", uint8(p))
}

// MarshalText encodes the platform by name.
func (p Platform) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText decodes a name written by MarshalText.
func (p *Platform) UnmarshalText(b []byte) error {
	for q := Lambda; q <= LastPlatform; q++ {
		if q.String() == string(b) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("unknown platform %q: want lambda, jobs, ecs, knative or ecs-services", b)
}

// Tenant is the name of one customer of the SaaS whose work moves, after the aliases of the configuration are resolved.
type Tenant string

// Unattributed is the tenant of work that no rule could give to anyone. It is a
// row of its own: its cost is real and belongs to the bill.
const Unattributed Tenant = ""

func (t Tenant) String() string {
	if t == Unattributed {
		return "(unattributed)"
	}
	return string(t)
}

// Workload names one kind of work, the same on both platforms: "thumbnails",
// "nightly-report".
type Workload string

// Key identifies one stream of activity: a workload of a tenant on a platform.
type Key struct {
	Platform Platform `json:"platform"`
	Workload Workload `json:"workload"`
	Tenant   Tenant   `json:"tenant"`
}

func (k Key) String() string {
	return fmt.Sprintf("%s/%s/%s", k.Platform, k.Tenant, k.Workload)
}

// Arch is a processor architecture in AWS Lambda's spelling.
type Arch string

// The architectures of Lambda and of EC2 nodes. Kubernetes calls X86 "amd64".
const (
	X86   Arch = "x86_64"
	Arm64 Arch = "arm64"
)

// RegionArch holds what a price depends on, except the usage.
type RegionArch struct {
	Arch   Arch   `wire:"architecture,null"` // x86_64 or arm64.
	Region string `wire:"region,null"`       // The AWS region.
}
