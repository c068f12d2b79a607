package lambda

// Actions are all IAM actions that the source needs. tag:GetResources, or else
// lambda:ListTags, is needed only where a rule of the configuration uses tags, and
// lambda:ListProvisionedConcurrencyConfigs only where there is any. lambda:ListAliases splits
// activity that rules give to an alias, and lambda:GetFunctionConfiguration shows how its
// versions are billed; without such a rule it serves a tenant's page. lambda:ListEventSourceMappings says how many messages
// an invocation takes, of all functions at once.
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
