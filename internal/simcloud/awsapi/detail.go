package awsapi

import (
	"encoding/json"
	"time"
)

// Detail is what the Lambda API and IAM say of a function in addition to what every
// function has. Its zero value is a function with defaults: no environment, no
// network of its own, no triggers.
type Detail struct {
	ImageURI            string // of a function of package type Image
	EntryPoint, Command []string
	Environment         map[string]string
	// Undecryptable is set where the reader may not use the key of the
	// environment: Lambda then sends an error in its place.
	Undecryptable bool
	KMSKey        string   // ARN of the environment's key, "" for AWS's own
	Layers        []string // ARNs of versions

	VPC                     string
	Subnets, SecurityGroups []string
	FileSystems             map[string]string // path -> ARN of the access point
	SnapStart, Tracing      bool
	DeadLetter              string
	Durable                 bool

	Reserved    *int32           // nil: none
	Provisioned map[string]int32 // by alias or version
	Mappings    []Mapping
	URLs        map[string]string // qualifier ("" for the function itself) -> "NONE" or "AWS_IAM"
	Aliases     []Alias           // sorted by name
	Versions    int               // published ones, from 1
	// Published is how published versions are set up, by number, where that is not how
	// the function is now.
	Published map[string]Published
	Async     []Async
	Policies  map[string]string // who may call it, by alias or version, "" for the function itself
	Role      *Role             // nil: one that IAM does not know
}

// Mapping is an event source mapping.
type Mapping struct {
	UUID           string
	Source         string // ARN
	Qualifier      string
	Disabled       bool
	BatchSize      int32
	Window         time.Duration
	MaxConcurrency int32 // 0: none is set
	PartialBatch   bool
	Filter         string // a pattern, "" for none
	OnFailure      string
}

// Alias is a name of a version.
type Alias struct {
	Name, Version string
	Shares        map[string]float64
}

// Published is a published version's own configuration. Zero fields are the function's.
type Published struct {
	MemoryMB, EphemeralMB int32
	Timeout               time.Duration
	Arch                  string
}

// Async is the configuration of asynchronous invocation.
type Async struct {
	Qualifier            string // "" is $LATEST
	Retries              int32
	MaxAge               time.Duration
	OnSuccess, OnFailure string
}

// Role is an IAM role.
type Role struct {
	Name, Path string // the path begins and ends with "/"
	Trust      string // the trust policy, JSON
	Boundary   string
	Attached   []string // ARNs of managed policies
	Inline     []string // names
}

// target is where outcomes of some kind go.
type target struct {
	Destination string `json:",omitempty"`
}

// destinations are where the outcomes of events go.
type destinations struct {
	OnSuccess target
	OnFailure target
}

// details are the members of a function's configuration that a [Detail] is behind.
type details struct {
	DeadLetterConfig    *struct{ TargetArn string }     `json:",omitempty"`
	DurableConfig       *struct{ ExecutionTimeout int } `json:",omitempty"`
	Environment         *environment                    `json:",omitempty"`
	FileSystemConfigs   []fileSystemConfig              `json:",omitempty"`
	ImageConfigResponse *imageConfigResponse            `json:",omitempty"`
	KMSKeyArn           string                          `json:",omitempty"`
	Layers              []layer                         `json:",omitempty"`
	SnapStart           struct{ ApplyOn, OptimizationStatus string }
	VpcConfig           *vpcConfig `json:",omitempty"`
}

type environment struct {
	Variables map[string]string                    `json:",omitempty"`
	Error     *struct{ ErrorCode, Message string } `json:",omitempty"`
}

type fileSystemConfig struct{ Arn, LocalMountPath string }

type imageConfigResponse struct {
	ImageConfig struct {
		EntryPoint []string `json:",omitempty"`
		Command    []string `json:",omitempty"`
	}
}

type layer struct {
	Arn      string
	CodeSize int64
}

type vpcConfig struct {
	VpcId                       string
	SubnetIds, SecurityGroupIds []string
	Ipv6AllowedForDualStack     bool
}

// describe fills in what a detail says of a function's configuration.
func (s *Server) describe(c *functionConfiguration, d *Detail) {
	c.SnapStart.ApplyOn, c.SnapStart.OptimizationStatus = "None", "Off"
	if c.LoggingConfig.LogFormat == "JSON" {
		c.LoggingConfig.ApplicationLogLevel, c.LoggingConfig.SystemLogLevel = "INFO", "INFO"
	}
	if d == nil {
		return
	}
	if d.SnapStart {
		c.SnapStart.ApplyOn = "PublishedVersions"
	}
	if d.Tracing {
		c.TracingConfig.Mode = "Active"
	}
	if d.DeadLetter != "" {
		c.DeadLetterConfig = &struct{ TargetArn string }{d.DeadLetter}
	}
	if d.Durable {
		c.DurableConfig = &struct{ ExecutionTimeout int }{86400}
	}
	switch {
	case d.Undecryptable:
		c.Environment = &environment{Error: &struct{ ErrorCode, Message string }{
			"AccessDeniedException", "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the " +
				"function's KMS key settings.",
		}}
	case len(d.Environment) > 0:
		c.Environment = &environment{Variables: d.Environment}
	}
	c.KMSKeyArn = d.KMSKey
	for _, path := range sortedKeys(d.FileSystems) {
		c.FileSystemConfigs = append(c.FileSystemConfigs, fileSystemConfig{d.FileSystems[path], path})
	}
	if len(d.EntryPoint) > 0 || len(d.Command) > 0 {
		c.ImageConfigResponse = &imageConfigResponse{}
		c.ImageConfigResponse.ImageConfig.EntryPoint, c.ImageConfigResponse.ImageConfig.Command = d.EntryPoint, d.Command
	}
	for i, arn := range d.Layers {
		c.Layers = append(c.Layers, layer{arn, int64(i+1) << 20})
	}
	if d.VPC != "" {
		c.VpcConfig = &vpcConfig{VpcId: d.VPC, SubnetIds: d.Subnets, SecurityGroupIds: d.SecurityGroups}
	}
	if d.Role != nil {
		c.Role = s.roleARN(d.Role)
	}
}

// roleARN is the ARN of a role.
func (s *Server) roleARN(r *Role) string {
	return "arn:" + s.cfg.Partition + ":iam::" + s.cfg.Account.ID() + ":role" + r.Path + r.Name
}

// patterns is a filter as mappings show it.
func patterns(filter string) any {
	if filter == "" {
		return nil
	}
	return struct{ Filters []struct{ Pattern string } }{[]struct{ Pattern string }{{filter}}}
}

// epochSeconds is a time as REST JSON sends it.
func epochSeconds(at time.Time) json.Number {
	b, _ := json.Marshal(float64(at.UnixMilli()) / 1000) // a finite number encodes
	return json.Number(b)
}
