package convert

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/text"
)

// fromLambda are variables that only mean something to Lambda's runtimes.
// Source: Lambda developer guide, "Defined runtime environment variables".
var fromLambda = map[string]string{
	"AWS_LAMBDA_EXEC_WRAPPER": "Lambda starts the runtime through this wrapper; a Job starts its command itself",
}

// environment shares the variables out: to a ConfigMap, to a Secret that people
// make, or to the report.
func (c *conversion) environment() {
	if region := c.region(); region != "" {
		// Lambda sets them, and the SDKs need one of them.
		for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
			c.env = append(c.env, object{{"name", name}, {"value", literal(region)}})
		}
	}
	variables, known := c.d.Environment.Get()
	if !known {
		c.note(Blocks, "environment", "the environment variables could not be read: the Job has none of them",
			"get the permission that is missing and run this again")
		return
	}
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		value := variables[name].Reveal()
		switch why := suspicion(name, value); {
		case fromLambda[name] != "":
			c.note(Lost, "environment", name+" is left out: "+fromLambda[name], "start what the wrapper does in the image's own entry point")
		case !variable.MatchString(name) || len(name) > 253:
			c.note(Lost, "environment", fmt.Sprintf("%q is left out: a variable of a container has letters, digits and _ in its name, and no "+
				"digit first", name),
				"give it another name, in the code too")
		case strings.ContainsRune(value, 0):
			c.note(Lost, "environment", name+" is left out: it has a zero byte in it, which no process can be given", "")
		case c.settled(name):
			// It is there already, with the same meaning.
		case why != "":
			c.plan.SecretKeys = append(c.plan.SecretKeys, name)
			reasons = append(reasons, name+": "+why)
		default:
			c.config = append(c.config, member{name, value})
		}
		if strings.HasPrefix(value, "AQICAH") {
			c.note(Changed, "environment", name+" is a ciphertext of AWS KMS, encrypted for the function by its name",
				"the code has to decrypt it with the encryption context LambdaFunctionName="+c.d.Name+
					", which it takes from AWS_LAMBDA_FUNCTION_NAME; a Job has no such variable")
		}
	}
	if len(c.config) > 0 {
		c.note(Carried, "environment", fmt.Sprintf("%s in ConfigMap %s-env", text.Plural(len(c.config), "variable"), c.Name), "")
	}
	if len(c.plan.SecretKeys) > 0 {
		c.secrets(reasons)
	}
}

// settled reports whether the Job sets a variable by itself.
func (c *conversion) settled(name string) bool {
	return c.region() != "" && (name == "AWS_REGION" || name == "AWS_DEFAULT_REGION")
}

// secrets refers to a Secret for what looks like one, and says how to make it
// without anybody writing a value down.
func (c *conversion) secrets(reasons []string) {
	c.plan.Secret = c.Name + "-secrets"
	for _, name := range c.plan.SecretKeys {
		c.env = append(c.env, object{
			{"name", name},
			{"valueFrom", object{{"secretKeyRef", object{{"name", c.plan.Secret}, {"key", name}}}}},
		})
	}
	c.note(Blocks, "secrets", fmt.Sprintf("%s, and no value of that kind is written anywhere: the Job refers to Secret %s, which does not "+
		"exist yet (%s)",
		text.PluralOf(len(reasons), "variable looks like a secret", "variables look like secrets"), c.plan.Secret, strings.Join(reasons, "; ")),
		"make the Secret, better by External Secrets or the Secrets Store CSI driver from AWS Secrets Manager; or copy the values once, "+
			"without showing them, and rotate them after:")
	names := make([]string, len(c.plan.SecretKeys))
	for i, n := range c.plan.SecretKeys {
		names[i] = `"` + n + `"`
	}
	function := shellQuoted(c.d.Name)
	if region := c.region(); region != "" {
		function += " --region " + region
	}
	if c.d.Qualifier != "" {
		function += " --qualifier " + shellQuoted(c.d.Qualifier)
	}
	c.snippet("aws lambda get-function-configuration --function-name " + function + " --query Environment.Variables --output json |\n" +
		"  jq '{apiVersion: \"v1\", kind: \"Secret\", metadata: {name: \"" + c.plan.Secret + "\", namespace: \"" + c.Namespace + "\"},\n" +
		"    data: (with_entries(select(.key | IN(" + strings.Join(names, ", ") + "))) | map_values(@base64))}' |\n" +
		"  kubectl apply -f -")
}

// queueVariable is the name of the variable with the queue's URL, one that the function
// does not use.
func (c *conversion) queueVariable() string {
	variables := c.d.Environment.Or(nil)
	name := "QUEUE_URL"
	for n := 2; ; n++ {
		if _, taken := variables[name]; !taken {
			return name
		}
		name = fmt.Sprintf("QUEUE_URL_%d", n)
	}
}

// shellSafe are the words that a shell takes as they are.
var shellSafe = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuoted is a word of a shell's command line.
func shellQuoted(s string) string {
	if shellSafe.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// region is the function's region.
func (c *conversion) region() string {
	a, _ := parseARN(c.d.ARN)
	return a.region
}
