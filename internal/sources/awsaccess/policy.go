package awsaccess

import (
	"encoding/json"
	"strings"
)

// Policy is an IAM policy that allows some actions. CloudWatch's actions and
// lambda:ListFunctions know no resources, and a fleet's functions are many: the
// resource is "*" for all, which also holds in every partition.
// Source: Service Authorization Reference, CloudWatch and Lambda.
func Policy(actions ...string) string {
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
