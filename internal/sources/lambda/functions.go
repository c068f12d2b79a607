package lambda

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// logsOf says where a function's lines go.
func logsOf(c *lambdatypes.FunctionConfiguration) migration.Logs {
	out := migration.Logs{Group: "/aws/lambda/" + aws.ToString(c.FunctionName)}
	if l := c.LoggingConfig; l != nil {
		out.Group = cmp.Or(aws.ToString(l.LogGroup), out.Group)
		out.JSON = l.LogFormat == lambdatypes.LogFormatJson
		// Reports are INFO, and so not written where only warnings are.
		out.Silent = out.JSON && l.SystemLogLevel == lambdatypes.SystemLogLevelWarn
	}
	out.Isolated = c.TenancyConfig != nil && c.TenancyConfig.TenantIsolationMode == lambdatypes.TenantIsolationModePerTenant
	return out
}

// Functions asks for all functions and their configuration, without a Source and
// without asking any metric: ListFunctions costs nothing. include leaves functions
// out by name, nil none. They are attributed without their tags, and sorted by name.
// The error is a [migration.Problem].
func Functions(ctx context.Context, c *awsaccess.Config, attribute migration.Attribute, include func(string) bool) ([]migration.Function, error) {
	p := &poll{Source: &Source{config: c}}
	var out []migration.Function
	pages := lambdaapi.NewListFunctionsPaginator(lambdaOf(c), &lambdaapi.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err == nil && page.Functions == nil {
			err = notLambda()
		}
		if err != nil {
			return nil, c.Explain("lambda:ListFunctions", err)
		}
		for i := range page.Functions {
			name := aws.ToString(page.Functions[i].FunctionName)
			if name == "" || (include != nil && !include(name)) {
				continue
			}
			fn := &function{Function: migration.Function{Name: name}}
			p.describe(fn, &page.Functions[i])
			a := attribute(migration.Identity{Platform: migration.Lambda, Name: name})
			fn.Key = migration.Key{Platform: migration.Lambda, Tenant: a.Tenant, Workload: a.Workload}
			fn.AttributedBy = a.Evidence
			out = append(out, fn.Function)
		}
	}
	slices.SortFunc(out, func(a, b migration.Function) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}
