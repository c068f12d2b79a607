package awsaccess

import (
	"encoding/json"
	"strings"
)

// Feature is what some IAM actions make possible.
type Feature struct {
	// Sid names the statement: "MigtopReads", or "MigtopReadsQueuesOptional"
	// where migtop works without it.
	Sid     string
	Actions []string
}

// Policy is an IAM policy that allows some actions.
func Policy(actions ...string) string {
	return FeaturePolicy(Feature{"MigtopReads", actions})
}

// FeaturePolicy returns an IAM policy with one statement per feature, so that unwanted features can be removed.
// CloudWatch's actions, lambda:ListFunctions and the list actions of ECS support no resources, and a fleet has many
// functions: the resource is always "*", which is valid in every partition.
// Source: Service Authorization Reference, CloudWatch, Lambda and ECS.
func FeaturePolicy(features ...Feature) string {
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	out := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, f := range features {
		out.Statement = append(out.Statement, statement{f.Sid, "Allow", f.Actions, "*"})
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	_ = e.Encode(out) // strings always encode
	return strings.TrimSpace(text.String())
}
