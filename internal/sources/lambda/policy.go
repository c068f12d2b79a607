package lambda

import (
	"encoding/json"
	"strings"
)

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
func Policy() string { return policy(Actions...) }

// policy is an IAM policy that allows some actions. CloudWatch's actions and
// lambda:ListFunctions know no resources, and a fleet's functions are many: the
// resource is "*" for all, which also holds in every partition.
// Source: Service Authorization Reference, CloudWatch and Lambda.
func policy(actions ...string) string {
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	out := struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{"MigtopReads", "Allow", actions, "*"}}}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	_ = e.Encode(out) // strings always encode
	return strings.TrimSpace(text.String())
}
