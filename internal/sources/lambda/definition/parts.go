package definition

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// maxAliases is the number of aliases whose own triggers are read, with two calls each.
const maxAliases = 20

// pages reads every page of a list.
func pages[P, T any](ctx context.Context, more func() bool, next func(context.Context) (P, error), items func(P) []T) ([]T, error) {
	list := []T{}
	for more() {
		page, err := next(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, items(page)...)
	}
	return list, nil
}

// aliases reads the aliases, and the triggers of the function and of each alias. Lambda keeps
// mappings and permissions under the qualifier that they were created for.
func (r *reading) aliases(ctx context.Context) {
	p := lambdaapi.NewListAliasesPaginator(r.lambda, &lambdaapi.ListAliasesInput{FunctionName: &r.name})
	aliases, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*lambdaapi.ListAliasesOutput, error) { return p.NextPage(ctx) },
		func(o *lambdaapi.ListAliasesOutput) (list []migration.FunctionAlias) {
			for _, a := range o.Aliases {
				one := migration.FunctionAlias{Name: aws.ToString(a.Name), Version: aws.ToString(a.FunctionVersion)}
				if a.RoutingConfig != nil {
					one.Shares = a.RoutingConfig.AdditionalVersionWeights
				}
				list = append(list, one)
			}
			return list
		})
	if err != nil {
		r.gap(partAliases, "lambda:ListAliases", err)
	} else {
		r.out.Aliases = migration.Some(aliases)
	}
	qualifiers := []string{""}
	for _, a := range aliases[:min(len(aliases), maxAliases)] {
		qualifiers = append(qualifiers, a.Name)
	}
	if len(aliases) > maxAliases {
		r.gap(partMoreAliases, "lambda:ListEventSourceMappings", &migration.Problem{
			What: "only the first 20 aliases were asked for their triggers", Fix: "give the alias with the function: NAME:ALIAS",
		})
	}
	if own := r.out.Qualifier; own != "" && own != "$LATEST" {
		qualifiers = []string{"", own} // the rest is not what is asked about
	}
	r.mappings(ctx, qualifiers)
	r.callers(ctx, qualifiers)
}

// qualified is the function's name with a qualifier.
func (r *reading) qualified(qualifier string) *string {
	name := r.name
	if qualifier != "" {
		name += ":" + qualifier
	}
	return &name
}

func (r *reading) mappings(ctx context.Context, qualifiers []string) {
	var all []migration.EventSource
	seen := map[string]bool{}
	for _, qualifier := range qualifiers {
		p := lambdaapi.NewListEventSourceMappingsPaginator(r.lambda,
			&lambdaapi.ListEventSourceMappingsInput{FunctionName: r.qualified(qualifier)})
		list, err := pages(ctx, p.HasMorePages,
			func(ctx context.Context) (*lambdaapi.ListEventSourceMappingsOutput, error) { return p.NextPage(ctx) }, eventSources)
		if err != nil {
			r.gap(partMappings, "lambda:ListEventSourceMappings", err)
			return
		}
		for _, m := range list {
			if !seen[m.ID] {
				seen[m.ID] = true
				all = append(all, m)
			}
		}
	}
	r.out.EventSources = migration.Some(all)
}

func eventSources(o *lambdaapi.ListEventSourceMappingsOutput) (list []migration.EventSource) {
	for _, m := range o.EventSourceMappings {
		state := aws.ToString(m.State)
		one := migration.EventSource{
			ID: aws.ToString(m.UUID), ARN: aws.ToString(m.EventSourceArn), Qualifier: qualifierOf(aws.ToString(m.FunctionArn)),
			Enabled:   state != "Disabled" && state != "Disabling",
			BatchSize: aws.ToInt32(m.BatchSize), Window: time.Duration(aws.ToInt32(m.MaximumBatchingWindowInSeconds)) * time.Second,
			PartialBatch: len(m.FunctionResponseTypes) > 0, Filtered: m.FilterCriteria != nil && len(m.FilterCriteria.Filters) > 0,
		}
		if m.ScalingConfig != nil && m.ScalingConfig.MaximumConcurrency != nil {
			one.MaxConcurrency = migration.Some(*m.ScalingConfig.MaximumConcurrency)
		}
		if m.MaximumRetryAttempts != nil {
			one.Retries = migration.Some(*m.MaximumRetryAttempts)
		}
		if m.DestinationConfig != nil && m.DestinationConfig.OnFailure != nil {
			one.OnFailure = aws.ToString(m.DestinationConfig.OnFailure.Destination)
		}
		list = append(list, one)
	}
	return list
}

// callers reads the policies of the function and of its aliases.
func (r *reading) callers(ctx context.Context, qualifiers []string) {
	var all []migration.FunctionCaller
	for _, qualifier := range qualifiers {
		out, err := r.lambda.GetPolicy(ctx, &lambdaapi.GetPolicyInput{FunctionName: &r.name, Qualifier: optional(qualifier)})
		switch {
		case err != nil && awsaccess.NotFound(err):
			continue // there is none
		case err != nil:
			r.gap(partCallers, "lambda:GetPolicy", err)
			return
		}
		list, err := callers(aws.ToString(out.Policy), qualifier)
		if err != nil {
			r.gap(partCallers, "lambda:GetPolicy", &migration.Problem{
				What: "the function's policy cannot be understood: " + err.Error(), Fix: "read it: aws lambda get-policy --function-name " + r.name,
			})
			return
		}
		all = append(all, list...)
	}
	r.out.Callers = migration.Some(all)
}

func (r *reading) versions(ctx context.Context) {
	p := lambdaapi.NewListVersionsByFunctionPaginator(r.lambda, &lambdaapi.ListVersionsByFunctionInput{FunctionName: &r.name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*lambdaapi.ListVersionsByFunctionOutput, error) { return p.NextPage(ctx) },
		func(o *lambdaapi.ListVersionsByFunctionOutput) (list []struct{}) {
			for _, v := range o.Versions {
				if aws.ToString(v.Version) != "$LATEST" {
					list = append(list, struct{}{})
				}
			}
			return list
		})
	if err != nil {
		r.gap(partVersions, "lambda:ListVersionsByFunction", err)
		return
	}
	r.out.Versions = migration.Some(len(list))
}

func (r *reading) urls(ctx context.Context) {
	p := lambdaapi.NewListFunctionUrlConfigsPaginator(r.lambda, &lambdaapi.ListFunctionUrlConfigsInput{FunctionName: &r.name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*lambdaapi.ListFunctionUrlConfigsOutput, error) { return p.NextPage(ctx) },
		func(o *lambdaapi.ListFunctionUrlConfigsOutput) (list []migration.FunctionURL) {
			for _, u := range o.FunctionUrlConfigs {
				list = append(list, migration.FunctionURL{
					URL: aws.ToString(u.FunctionUrl), Qualifier: qualifierOf(aws.ToString(u.FunctionArn)),
					Auth: string(u.AuthType), Streaming: u.InvokeMode == "RESPONSE_STREAM",
				})
			}
			return list
		})
	if err != nil {
		r.gap(partURLs, "lambda:ListFunctionUrlConfigs", err)
		return
	}
	r.out.URLs = migration.Some(list)
}

// reserved asks again for what GetFunction says too, where that was forbidden.
func (r *reading) reserved(ctx context.Context) {
	if r.out.Reserved.Known() {
		return
	}
	out, err := r.lambda.GetFunctionConcurrency(ctx, &lambdaapi.GetFunctionConcurrencyInput{FunctionName: &r.name})
	if err != nil {
		r.gap(partReserved, "lambda:GetFunctionConcurrency", err)
		return
	}
	reserved := migration.ReservedConcurrency{}
	if n := out.ReservedConcurrentExecutions; n != nil {
		reserved = migration.ReservedConcurrency{Set: true, Count: *n}
	}
	r.out.Reserved = migration.Some(reserved)
}

func (r *reading) provisioned(ctx context.Context) {
	p := lambdaapi.NewListProvisionedConcurrencyConfigsPaginator(r.lambda,
		&lambdaapi.ListProvisionedConcurrencyConfigsInput{FunctionName: &r.name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*lambdaapi.ListProvisionedConcurrencyConfigsOutput, error) {
			return p.NextPage(ctx)
		},
		func(o *lambdaapi.ListProvisionedConcurrencyConfigsOutput) (list []migration.ProvisionedConcurrency) {
			for _, c := range o.ProvisionedConcurrencyConfigs {
				list = append(list, migration.ProvisionedConcurrency{
					Qualifier: qualifierOf(aws.ToString(c.FunctionArn)), Requested: aws.ToInt32(c.RequestedProvisionedConcurrentExecutions),
				})
			}
			return list
		})
	if err != nil {
		r.gap(partProvisioned, "lambda:ListProvisionedConcurrencyConfigs", err)
		return
	}
	r.out.Provisioned = migration.Some(list)
}

func (r *reading) async(ctx context.Context) {
	p := lambdaapi.NewListFunctionEventInvokeConfigsPaginator(r.lambda, &lambdaapi.ListFunctionEventInvokeConfigsInput{FunctionName: &r.name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*lambdaapi.ListFunctionEventInvokeConfigsOutput, error) {
			return p.NextPage(ctx)
		},
		func(o *lambdaapi.ListFunctionEventInvokeConfigsOutput) (list []migration.AsyncInvocation) {
			for _, c := range o.FunctionEventInvokeConfigs {
				one := migration.AsyncInvocation{Qualifier: qualifierOf(aws.ToString(c.FunctionArn))}
				if c.MaximumRetryAttempts != nil {
					one.Retries = migration.Some(*c.MaximumRetryAttempts)
				}
				if c.MaximumEventAgeInSeconds != nil {
					one.MaxAge = migration.Some(time.Duration(*c.MaximumEventAgeInSeconds) * time.Second)
				}
				if d := c.DestinationConfig; d != nil {
					if d.OnSuccess != nil {
						one.OnSuccess = aws.ToString(d.OnSuccess.Destination)
					}
					if d.OnFailure != nil {
						one.OnFailure = aws.ToString(d.OnFailure.Destination)
					}
				}
				list = append(list, one)
			}
			return list
		})
	if err != nil {
		r.gap(partAsync, "lambda:ListFunctionEventInvokeConfigs", err)
		return
	}
	r.out.Async = migration.Some(list)
}

func (r *reading) role(ctx context.Context) {
	out, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &r.out.Role.Name})
	if err == nil && out.Role == nil {
		err = awsaccess.NotThatAPI("iam:GetRole", "without a role")
	}
	if err != nil {
		r.gap(partRole, "iam:GetRole", err)
		return
	}
	r.out.Role.Trust = migration.Some(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if b := out.Role.PermissionsBoundary; b != nil {
		r.out.Role.Boundary = aws.ToString(b.PermissionsBoundaryArn)
	}
}

func (r *reading) attached(ctx context.Context) {
	p := iam.NewListAttachedRolePoliciesPaginator(r.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &r.out.Role.Name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*iam.ListAttachedRolePoliciesOutput, error) { return p.NextPage(ctx) },
		func(o *iam.ListAttachedRolePoliciesOutput) (list []string) {
			for _, a := range o.AttachedPolicies {
				list = append(list, aws.ToString(a.PolicyArn))
			}
			return list
		})
	if err != nil {
		r.gap(partAttached, "iam:ListAttachedRolePolicies", err)
		return
	}
	r.out.Role.Attached = migration.Some(list)
}

func (r *reading) inline(ctx context.Context) {
	p := iam.NewListRolePoliciesPaginator(r.iam, &iam.ListRolePoliciesInput{RoleName: &r.out.Role.Name})
	list, err := pages(ctx, p.HasMorePages,
		func(ctx context.Context) (*iam.ListRolePoliciesOutput, error) { return p.NextPage(ctx) },
		func(o *iam.ListRolePoliciesOutput) []string { return o.PolicyNames })
	if err != nil {
		r.gap(partInline, "iam:ListRolePolicies", err)
		return
	}
	r.out.Role.Inline = migration.Some(list)
}
