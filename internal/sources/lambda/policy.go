package lambda

// Actions are all IAM actions that reading needs. tag:GetResources, or else
// lambda:ListTags, is needed only where a rule of the configuration looks at tags, and
// lambda:ListAliases only where a rule names aliases,
// lambda:ListProvisionedConcurrencyConfigs only where there is any. What feeds the
// functions of the open tenant is told by lambda:ListEventSourceMappings.
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
