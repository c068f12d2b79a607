package lambda

// Actions are all IAM actions that reading needs. tag:GetResources, or else
// lambda:ListTags, is needed only where a rule of the configuration looks at tags, and
// lambda:ListProvisionedConcurrencyConfigs only where there is any.
var Actions = []string{
	"cloudwatch:GetMetricData",
	"cloudwatch:ListMetrics",
	"lambda:ListFunctions",
	"lambda:GetFunctionConfiguration",
	"lambda:ListProvisionedConcurrencyConfigs",
	"lambda:ListTags",
	"tag:GetResources",
}
