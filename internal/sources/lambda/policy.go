package lambda

// Actions are all IAM actions that reading needs. tag:GetResources, or else
// lambda:ListTags, is needed only where a rule of the configuration looks at tags, and
// lambda:ListProvisionedConcurrencyConfigs only where there is any. lambda:ListAliases
// tells apart what rules give to an alias, and lambda:GetFunctionConfiguration what its
// versions are billed as; where no rule does, it is for the page of a tenant. So is
// lambda:ListEventSourceMappings, of what feeds its functions.
var Actions = []string{
	"cloudwatch:GetMetricData",
	"cloudwatch:ListMetrics",
	"lambda:ListFunctions",
	"lambda:GetFunctionConfiguration",
	"lambda:ListAliases",
	"lambda:ListEventSourceMappings",
	"lambda:ListProvisionedConcurrencyConfigs",
	"lambda:ListTags",
	"tag:GetResources",
}
