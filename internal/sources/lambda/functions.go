package lambda

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// logGroupOf is the default log group of a function.
func logGroupOf(name string) string { return "/aws/lambda/" + name }

// logsOf says where a function's lines go.
func logsOf(c *lambdatypes.FunctionConfiguration) migration.Logs {
	out := migration.Logs{Group: logGroupOf(aws.ToString(c.FunctionName))}
	if l := c.LoggingConfig; l != nil {
		out.Group = cmp.Or(aws.ToString(l.LogGroup), out.Group)
		out.JSON = l.LogFormat == lambdatypes.LogFormatJson
		// Reports are INFO, and so not written where only warnings are.
		out.Silent = out.JSON && l.SystemLogLevel == lambdatypes.SystemLogLevelWarn
	}
	out.Isolated = c.TenancyConfig != nil && c.TenancyConfig.TenantIsolationMode == lambdatypes.TenantIsolationModePerTenant
	return out
}

// noteManaged goes with what ran on Lambda Managed Instances.
const noteManaged = "on Lambda Managed Instances: AWS bills the EC2 instances, a fee of 15 % and requests, and no GB-seconds; " +
	"which instances stand there is not read, so that the cost is unknown"

// capacityProviderOf is the ARN of the capacity provider that a function runs on, "" for none.
// Source: Lambda API reference, FunctionConfiguration, CapacityProviderConfig.
func capacityProviderOf(c *lambdatypes.FunctionConfiguration) string {
	if c.CapacityProviderConfig == nil || c.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig == nil {
		return ""
	}
	return aws.ToString(c.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn)
}

// onManaged reports whether some of what ran in a period did on Lambda Managed Instances.
func (a *ask) onManaged(at int) bool {
	return slices.ContainsFunc(a.units, func(u *unit) bool {
		return u.fn.CapacityProvider != "" && u.rows != nil && u.rows[at].count(invocationsSum) > 0
	})
}

// Functions lists all functions and their configuration without reading a metric, which is
// free. Of the settings it uses Attribute, Tags, Linked and Include, as a Source does. The
// result is sorted by name. The Problem, nil for none, says that tags may not be read, so that
// names were used, or why linked accounts could not be read. The error is one too.
func Functions(ctx context.Context, c *awsaccess.Config, settings Settings) ([]migration.Function, *migration.Problem, error) {
	s, err := New(c, settings)
	if err != nil {
		return nil, nil, err
	}
	p := &poll{Source: s, Poll: s.Begin(sources.Focus{})}
	if err := p.listFunctions(ctx); err != nil {
		return nil, nil, err
	}
	for _, fn := range s.fleet.functions {
		fn.old = true // any function may have written logs
	}
	for waiting := -1; ; { // some hundred at once
		p.readTags(ctx)
		left := 0
		for _, fn := range s.fleet.functions {
			if p.waitsForTags(fn) {
				left++
			}
		}
		if left == 0 {
			break
		}
		if left == waiting || ctx.Err() != nil {
			return nil, nil, s.lambdaHealth.Problem()
		}
		waiting = left
	}
	problem := s.lambdaHealth.Problem()
	if s.Linked != nil {
		if err := p.listActive(ctx); err != nil {
			problem = cmp.Or(problem, s.Row.Problem())
		}
		if waits, ok := errors.AsType[*migration.Problem](s.fleet.waits); ok {
			problem = cmp.Or(problem, waits)
		}
	}
	p.attribute()
	return s.fleet.known(), problem, nil
}
