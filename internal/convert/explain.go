package convert

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// explain says what the Job runs and what it is given, and why.
func (c *conversion) explain() {
	c.explainImage()
	c.explainSize()
	c.explainTime()
	c.explainLog()
	c.explainNetwork()
}

// explainImage explains the image and the contract between Lambda and the code.
func (c *conversion) explainImage() {
	switch {
	case c.Image != "":
		c.note(Carried, "image", "the image that was given: "+c.Image, "")
	case c.d.Image.Known():
		c.note(Carried, "image", "the function's image: "+c.d.Image.Or(""), "")
		if !strings.Contains(c.d.Image.Or(""), "@sha256:") {
			c.note(Changed, "image", "Lambda runs the image that the tag meant when the function was deployed; a Job pulls the one that it "+
				"means when a pod starts",
				"give the image by its digest with --image: aws lambda get-function shows it as Code.ResolvedImageUri")
		}
		if a, ok := parseARN(c.d.ARN); ok && !strings.HasPrefix(c.d.Image.Or(""), a.account+".dkr.ecr.") {
			c.note(Act, "image", "the image is in another account's registry", "let the role of the nodes (or of Fargate's pods) pull from it")
		}
	case c.d.PackageType == "Image":
		c.note(Blocks, "image", "where the image is could not be read: the Job has a placeholder",
			"run this again with --image URI, or with the permission lambda:GetFunction")
	default:
		c.note(Blocks, "image", fmt.Sprintf("the function is a zip package (%s, handler %s) and has no image: the Job has a placeholder",
			orUnknown(c.d.Runtime), orUnknown(c.d.Handler)),
			"build an image of the code with a command that runs once and ends, and run this again with --image URI; for a start:")
		c.snippet(dockerfile(c.d.Runtime))
	}
	if len(c.Command) > 0 {
		c.note(Carried, "handler", "the container's command is the one that was given", "")
		return
	}
	text := "Lambda calls a handler for every event; a Job runs a command once and ends. "
	if c.d.PackageType == "Image" {
		text += "An image for Lambda starts its runtime interface client, which asks AWS_LAMBDA_RUNTIME_API for events and ends with an " +
			"error where there is none"
	} else {
		text += "Nothing in a Job calls the handler " + orUnknown(c.d.Handler)
	}
	c.note(Blocks, "handler", text, "give the code an entry point that takes its input from arguments, a variable or a queue, calls the "+
		"handler's work and exits with 0 or not; "+
		"then run this again with --command, or set command in the manifest")
	if len(c.d.EntryPoint) > 0 || len(c.d.Command) > 0 {
		c.note(Lost, "handler", "what the function overrides in its image is meant for Lambda's runtime and is left out: "+c.overrides(), "")
	}
}

// overrides is what the function overrides, without values that look like secrets: by
// themselves, or as the value of a flag whose name suggests a secret.
func (c *conversion) overrides() string {
	var parts []string
	flag := "argument"
	for _, word := range append(append([]string{}, c.d.EntryPoint...), c.d.Command...) {
		name, value, hasValue := strings.Cut(word, "=")
		why := suspicion(flag, word)
		if why == "" && hasValue {
			why = suspicion(name, value)
		}
		if why != "" {
			word = "(one that is not shown: " + why + ")"
		}
		parts = append(parts, fmt.Sprintf("%q", word))
		flag = "argument"
		if strings.HasPrefix(word, "-") && !hasValue {
			flag = word
		}
	}
	return strings.Join(parts, " ")
}

func orLatest(qualifier string) string {
	if qualifier == "" {
		return "$LATEST"
	}
	return qualifier
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// dockerfile is the beginning of an image for a runtime of Lambda.
func dockerfile(runtime string) string {
	from, run := "public.ecr.aws/amazonlinux/amazonlinux:2023-minimal", `["/app/run"]`
	for _, r := range []struct{ prefix, from, run string }{
		{"python", "public.ecr.aws/docker/library/python:%s-slim", `["python", "-m", "app.run"]`},
		{"nodejs", "public.ecr.aws/docker/library/node:%s-slim", `["node", "run.mjs"]`},
		{"java", "public.ecr.aws/amazoncorretto/amazoncorretto:%s", `["java", "-cp", "/app/*", "app.Run"]`},
		{"ruby", "public.ecr.aws/docker/library/ruby:%s-slim", `["ruby", "run.rb"]`},
	} {
		if version, ok := strings.CutPrefix(runtime, r.prefix); ok {
			version = strings.TrimSuffix(strings.TrimSuffix(version, ".al2"), ".x")
			if version != "" {
				from, run = fmt.Sprintf(r.from, version), r.run
			}
		}
	}
	return "FROM " + from + "\nWORKDIR /app\nCOPY . .\nCMD " + run
}

// explainSize explains memory and CPU.
func (c *conversion) explainSize() {
	request, limit := c.memory()
	if limit <= 0 {
		c.note(Blocks, "memory", "the memory of the function is not known: the Job requests none and has no limit",
			"set resources in the manifest")
	} else if p := c.Profile; p != nil && p.Base.MemoryRequest > 0 {
		text := fmt.Sprintf("memory %s, limit %s, by the profile (confidence %s)", size(request), size(limit), p.Confidence)
		if limit > c.d.Memory {
			text += "; more than the function's " + size(c.d.Memory)
		}
		c.note(Carried, "memory", text, "")
		if limit < c.d.Memory {
			c.note(Changed, "memory", "the limit is below the function's "+size(c.d.Memory),
				"whoever resubmits a run that was killed for memory should give it "+size(max(p.Retry.MemoryLimit, limit)))
		}
	} else {
		c.note(Carried, "memory", fmt.Sprintf("memory %s, as the function: what it runs under for certain, and maybe far more than it needs",
			size(limit)),
			"migtop recommends a profile when it has seen runs; wrap the command as docs/termination-message.md says, and each run reports its "+
				"true peak")
	}
	if c.Profile != nil && c.Profile.Base.CPURequest.Known() {
		c.note(Carried, "cpu", milli(c.cpu())+" of CPU requested, by the profile", "")
	} else {
		if c.cpu() <= 0 {
			c.note(Blocks, "cpu", "the function's CPU comes with its memory, which is not known: the Job requests none",
				"set resources in the manifest")
			return
		}
		text := fmt.Sprintf("%s of CPU requested: the %d MB of the function come with %d/%d of a core", milli(c.cpu()), c.d.Memory/migration.MiB,
			c.d.Memory/migration.MiB, mbPerCPU)
		if c.d.CapacityProvider != "" {
			text += "; it runs on managed instances, where that rule need not hold"
		}
		c.note(Carried, "cpu", text+"; without a limit a run may use more where the node has it", "")
	}
	if c.arch() != "" {
		c.note(Carried, "architecture", "nodes of "+c.arch(), "")
	}
}

// explainTime explains deadlines and retries.
func (c *conversion) explainTime() {
	attempt, all, retries := c.attemptDeadline(), c.deadline(), c.backoffLimit()
	if attempt <= 0 {
		c.note(Blocks, "deadline", "the timeout of the function is not known: nothing ends the Job", "set activeDeadlineSeconds in the manifest")
	}
	by := fmt.Sprintf("the function's timeout of %s and %s for the start of a pod", migration.Brief(c.d.Timeout), migration.Brief(startUp))
	if c.Profile != nil && c.Profile.AttemptDeadline > 0 {
		by = "the profile"
	}
	text := fmt.Sprintf("one attempt may take %s (%s); all of them %s", seconds(attempt), by, seconds(all))
	if retries > 0 {
		text += ", retries and the pauses between them included"
	}
	if attempt > 0 {
		c.note(Carried, "deadline", text, "")
	}
	if c.Profile == nil && len(c.queues) == 0 && !c.d.Async.Known() {
		c.note(Unknown, "retries", fmt.Sprintf("the function's retries could not be read: backoffLimit is Lambda's default of %d", asyncRetries),
			"set backoffLimit to 0 where the code does not bear a second run of the same work")
	}
	if c.d.Timeout >= migration.LambdaWall {
		c.note(Changed, "deadline", "the function has Lambda's longest timeout of 15 minutes; a Job has no such wall",
			"raise activeDeadlineSeconds where runs were cut off")
	}
	switch {
	case len(c.queues) > 0 && c.Profile == nil:
		c.note(Changed, "retries", "a failed Job is not repeated: the queue gives the message out again", "")
	case retries > 0:
		c.note(Changed, "retries", fmt.Sprintf("a failed attempt is repeated up to %d times, as Lambda does with asynchronous events; "+
			"Kubernetes may also start a run twice without any failure", retries),
			"the code has to bear a second run of the same work; set backoffLimit to 0 where it does not")
	default:
		c.note(Carried, "retries", "a failed run is not repeated", "")
	}
}

// explainLog explains where the log goes.
func (c *conversion) explainLog() {
	l := c.d.Logging
	group := l.Group
	if group == "" {
		group = "/aws/lambda/" + c.d.Name
	}
	text := "the function's log went to CloudWatch Logs group " + group
	if l.Format != "" {
		text += " as " + l.Format
	}
	c.note(Act, "log", text+"; a Job writes to standard output, and the cluster's log agent takes it from there",
		"to keep the group, its alarms and its metric filters, send this Job's lines there, with Fluent Bit:")
	// Match the pods of this Job, and not those of a Job whose name begins the same:
	// Kubernetes and KEDA append five characters each.
	match := `^kube\..*[./]` + c.Name + "(-[a-z0-9]{5}){1,2}_" + c.Namespace + "_main-"
	c.snippet("[OUTPUT]\n    Name              cloudwatch_logs\n    Match_Regex       " + match + "\n    region            " +
		orUnknown(c.region()) +
		"\n    log_group_name    " + group + "\n    log_stream_prefix " + c.Name + "-")
	text = "the lines START, END and REPORT, with billed duration and memory used, are Lambda's own: a Job has none"
	if l.Format == "JSON" {
		text += "; nor does anything wrap its lines in JSON or filter them by level (" + orUnknown(l.AppLevel) + ")"
	}
	c.note(Lost, "log", text, "migtop measures Jobs; metric filters on those lines have to go")
}

// explainNetwork explains subnets and security groups.
func (c *conversion) explainNetwork() {
	if c.d.VPC == "" && len(c.d.Subnets) == 0 {
		c.note(Changed, "network", "the function has Lambda's own network with the internet; pods have the network of their nodes", "")
		return
	}
	c.note(Act, "network", fmt.Sprintf("the function is in %s, subnets %s: pods are where their nodes are", orUnknown(c.d.VPC),
		strings.Join(c.d.Subnets, ", ")),
		"let the nodes be in subnets with the same routes")
	if len(c.d.SecurityGroups) == 0 {
		return
	}
	c.note(Act, "network", "its security groups are "+strings.Join(c.d.SecurityGroups, ", ")+
		": other systems may let it in by them; pods have those of their nodes",
		"on EKS give them to the pods, where the VPC CNI has ENABLE_POD_ENI or on Fargate; add the cluster's own security group, or the pods "+
			"reach neither DNS nor the API:")
	var out strings.Builder
	groups := append(strs(c.d.SecurityGroups), "CLUSTER-SECURITY-GROUP")
	writeYAML(&out, object{
		{"apiVersion", "vpcresources.k8s.aws/v1beta1"},
		{"kind", "SecurityGroupPolicy"},
		{"metadata", object{{"name", c.Name}, {"namespace", c.Namespace}}},
		{"spec", object{
			{"podSelector", object{{"matchLabels", object{{"app.kubernetes.io/name", c.Name}}}}},
			{"securityGroups", object{{"groupIds", groups}}},
		}},
	}, 0)
	c.snippet(strings.TrimRight(out.String(), "\n"))
}
