package lambda

import "github.com/migtop/migtop/internal/sources/awsaccess"

// Actions are all IAM actions that reading needs. lambda:ListTags is needed only
// where a rule of the configuration looks at tags.
var Actions = []string{
	"cloudwatch:GetMetricData",
	"cloudwatch:ListMetrics",
	"lambda:ListFunctions",
	"lambda:GetFunctionConfiguration",
	"lambda:ListTags",
}

// Policy is the least IAM policy that lets migtop read everything it can use.
func Policy() string { return awsaccess.Policy(Actions...) }
