package definition

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
)

// sameConfiguration is the answer of GetFunctionConfiguration, which has a type of
// its own, as GetFunction has it; as far as it is read.
func sameConfiguration(c *lambdaapi.GetFunctionConfigurationOutput) *types.FunctionConfiguration {
	return &types.FunctionConfiguration{
		Architectures: c.Architectures, CapacityProviderConfig: c.CapacityProviderConfig, DeadLetterConfig: c.DeadLetterConfig,
		Description: c.Description, DurableConfig: c.DurableConfig, Environment: c.Environment, EphemeralStorage: c.EphemeralStorage,
		FileSystemConfigs: c.FileSystemConfigs, FunctionArn: c.FunctionArn, FunctionName: c.FunctionName, Handler: c.Handler,
		ImageConfigResponse: c.ImageConfigResponse, KMSKeyArn: c.KMSKeyArn, Layers: c.Layers, LoggingConfig: c.LoggingConfig,
		MemorySize: c.MemorySize, PackageType: c.PackageType, Role: c.Role, Runtime: c.Runtime, SnapStart: c.SnapStart,
		TenancyConfig: c.TenancyConfig, Timeout: c.Timeout, TracingConfig: c.TracingConfig, VpcConfig: c.VpcConfig,
	}
}

// describe keeps what the configuration says.
func (r *reading) describe(c *types.FunctionConfiguration) {
	d := r.out
	d.Name, d.ARN, d.Description = aws.ToString(c.FunctionName), aws.ToString(c.FunctionArn), aws.ToString(c.Description)
	d.PackageType, d.Runtime, d.Handler = string(c.PackageType), string(c.Runtime), aws.ToString(c.Handler)
	if d.PackageType == "" {
		d.PackageType = string(types.PackageTypeZip) // what it was before there was a choice
	}
	d.Memory = migration.Bytes(aws.ToInt32(c.MemorySize)) * migration.MiB
	d.Timeout = time.Duration(aws.ToInt32(c.Timeout)) * time.Second
	d.Arch = migration.X86
	if len(c.Architectures) > 0 {
		d.Arch = migration.Arch(c.Architectures[0])
	}
	if c.EphemeralStorage != nil {
		d.EphemeralStorage = migration.Bytes(aws.ToInt32(c.EphemeralStorage.Size)) * migration.MiB
	}
	for _, l := range c.Layers {
		d.Layers = append(d.Layers, aws.ToString(l.Arn))
	}
	if v := c.VpcConfig; v != nil {
		d.VPC, d.Subnets, d.SecurityGroups = aws.ToString(v.VpcId), v.SubnetIds, v.SecurityGroupIds
	}
	for _, f := range c.FileSystemConfigs {
		d.FileSystems = append(d.FileSystems, migration.FileSystem{ARN: aws.ToString(f.Arn), Path: aws.ToString(f.LocalMountPath)})
	}
	if l := c.LoggingConfig; l != nil {
		d.Logging = migration.FunctionLogging{
			Group: aws.ToString(l.LogGroup), Format: string(l.LogFormat),
			AppLevel: string(l.ApplicationLogLevel),
		}
	}
	d.SnapStart = c.SnapStart != nil && c.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions
	d.Tracing = c.TracingConfig != nil && c.TracingConfig.Mode == types.TracingModeActive
	d.Durable = c.DurableConfig != nil
	d.TenantIsolation = c.TenancyConfig != nil && c.TenancyConfig.TenantIsolationMode != ""
	if p := c.CapacityProviderConfig; p != nil && p.LambdaManagedInstancesCapacityProviderConfig != nil {
		d.CapacityProvider = aws.ToString(p.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn)
	}
	if c.DeadLetterConfig != nil {
		d.DeadLetter = aws.ToString(c.DeadLetterConfig.TargetArn)
	}
	d.Role.ARN = aws.ToString(c.Role)
	d.Role.Name = d.Role.ARN[strings.LastIndexByte(d.Role.ARN, '/')+1:]
	r.environment(c)
	r.image(c)
}

// environment keeps the variables, hidden. Lambda sends an error in their place
// where the caller may not use their key.
func (r *reading) environment(c *types.FunctionConfiguration) {
	r.out.EnvironmentKey = aws.ToString(c.KMSKeyArn)
	if c.Environment != nil && c.Environment.Error != nil {
		action := "kms:Decrypt"
		p := r.access.Explain(action, errPartly)
		p.Fault, p.What = migration.FaultDenied, "Lambda could not decrypt the environment variables for you: "+
			aws.ToString(c.Environment.Error.ErrorCode)
		p.Fix = "allow kms:Decrypt on the function's key to this identity"
		if r.out.EnvironmentKey != "" {
			p.Fix = fmt.Sprintf("allow kms:Decrypt on %s to this identity", r.out.EnvironmentKey)
		}
		r.gaps[partEnvironment] = migration.Gap{Part: partEnvironment, Action: action, Problem: p}
		return
	}
	variables := map[string]migration.Hidden{}
	if c.Environment != nil {
		for name, value := range c.Environment.Variables {
			variables[name] = migration.Hide(value)
		}
	}
	r.out.Environment = migration.Some(variables)
}

// image keeps what the function overrides in its image.
func (r *reading) image(c *types.FunctionConfiguration) {
	switch i := c.ImageConfigResponse; {
	case i == nil:
	case i.Error != nil:
		p := r.access.Explain("lambda:GetFunction", errPartly)
		p.What = "Lambda did not say what the function overrides in its image: " + aws.ToString(i.Error.ErrorCode)
		p.Fix = "look at the function's image configuration in the console"
		r.gaps[partImage] = migration.Gap{Part: partImage, Action: "lambda:GetFunction", Problem: p}
	case i.ImageConfig != nil:
		r.out.EntryPoint, r.out.Command = i.ImageConfig.EntryPoint, i.ImageConfig.Command
		r.out.WorkingDirectory = aws.ToString(i.ImageConfig.WorkingDirectory)
	}
}
