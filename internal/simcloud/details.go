package simcloud

import (
	"fmt"
	"strconv"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// FunctionNames are the functions of a story, sorted.
func FunctionNames(seed uint64) []string {
	var names []string
	for _, f := range world.New(world.Options{Seed: seed}).Functions() {
		names = append(names, f.Name)
	}
	return names
}

// registry is where the company's images are.
const registry = world.AccountID + ".dkr.ecr." + world.Region + ".amazonaws.com/"

// regional is the beginning of ARNs of a service.
func regional(service string) string {
	return "arn:aws:" + service + ":" + world.Region + ":" + world.AccountID + ":"
}

// lambdaTrust is what every role of the company says.
const lambdaTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},` +
	`"Action":"sts:AssumeRole"}]}`

// guardedTrust is the same with what AWS advises against confused deputies.
const guardedTrust = `{"Version":"2012-10-17","Statement":[{"Sid":"Lambda","Effect":"Allow",` +
	`"Principal":{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]},` +
	`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + world.AccountID + `"}}}]}`

// invoke is a function's policy that lets a service call it for a source.
func invoke(service, source, function string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"%s","Effect":"Allow",`+
		`"Principal":{"Service":"%s.amazonaws.com"},`+
		`"Action":"lambda:InvokeFunction","Resource":"%sfunction:%s","Condition":{"ArnLike":{"AWS:SourceArn":"%s"}}}]}`, service, service,
		regional("lambda"), function, source)
}

// detail is how a function of the story is set up: its workload says what there is
// to it, so that among the story's functions there is everything that a function
// can have. Passwords are made up, and keys are the examples of AWS's documentation.
func (a *account) detail(f *world.Function) *awsapi.Detail {
	tenant, workload := f.Tags["tenant"], f.Tags["workload"]
	d := &awsapi.Detail{
		Environment: map[string]string{"STAGE": f.Tags["env"], "TENANT": tenant, "LOG_LEVEL": "INFO", "BUCKET": tenant + "-" + workload},
		Role: &awsapi.Role{
			Name: "lambda-" + f.Name, Path: "/service-role/", Trust: lambdaTrust,
			Attached: []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}, Inline: []string{"bucket"},
		},
	}
	for _, one := range f.Aliases {
		alias := awsapi.Alias{Name: one.Name, Version: one.Version}
		if one.Canary != "" {
			alias.Shares = map[string]float64{one.Canary: one.Share}
		}
		d.Aliases, d.Versions = append(d.Aliases, alias), max(d.Versions, number(one.Version), number(one.Canary))
	}
	if len(f.Versions) > 0 {
		d.Published = make(map[string]awsapi.Published, len(f.Versions))
		for name, v := range f.Versions {
			d.Published[name] = awsapi.Published{MemoryMB: int32(v.MemoryMB), Arch: v.Arch}
		}
	}
	if tenant == "" { // no tenant's, or many tenants'
		d.Environment = nil
		return d
	}
	switch workload {
	case "video-transcode", "geo-reindex", "model-train":
		d.ImageURI, d.Command = registry+workload+":2026-11-14", []string{"bootstrap"}
		d.Environment["THREADS"] = "0"
	case "thumbnails":
		d.Policies = map[string]string{"": invoke("s3", "arn:aws:s3:::"+tenant+"-uploads", f.Name)}
		d.Async = []awsapi.Async{{Retries: 2, MaxAge: 6 * time.Hour, OnFailure: regional("sqs") + tenant + "-thumbnails-failed"}}
	case "invoice-pdf":
		d.VPC, d.Subnets, d.SecurityGroups = "vpc-0a1b2c3d", []string{"subnet-0aa1", "subnet-0bb2"}, []string{"sg-0db"}
		d.Environment["DATABASE_URL"] = "postgres://invoices:correct-horse@db." + tenant + ".internal:5432/invoices"
		d.Environment["SMTP_PASSWORD"] = "battery-staple"
		d.Layers = []string{regional("lambda") + "layer:fonts:7"}
		d.Tracing = true
	case "webhook-fanout":
		d.URLs = map[string]string{"": "NONE"}
		d.Environment["SIGNING_SECRET"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
		d.Provisioned = map[string]int32{"live": 4}
	case "csv-import":
		d.FileSystems = map[string]string{"/mnt/imports": regional("elasticfilesystem") + "access-point/fsap-0c0ffee0c0ffee0c0"}
		d.VPC, d.Subnets, d.SecurityGroups = "vpc-0a1b2c3d", []string{"subnet-0aa1", "subnet-0bb2"}, []string{"sg-0efs"}
		d.Layers = []string{
			regional("lambda") + "layer:pandas:4",
			"arn:aws:lambda:" + world.Region + ":580247275435:layer:LambdaInsightsExtension:38",
		}
		d.Role.Trust = guardedTrust
	case "search-index":
		d.Mappings = []awsapi.Mapping{{
			UUID:   "5f0c9a1e-0000-4000-8000-" + fmt.Sprintf("%012x", len(f.Name)),
			Source: regional("dynamodb") + "table/" + tenant + "-documents/stream/2026-01-01T00:00:00.000", BatchSize: 100,
		}}
		d.SnapStart, d.Versions = true, 31
	case "ml-score":
		d.Environment["MODEL_TOKEN"] = "AKIAIOSFODNN7EXAMPLE"
	case "nightly-report":
		d.Policies = map[string]string{"": invoke("events", regional("events")+"rule/"+tenant+"-nightly", f.Name)}
		d.DeadLetter, d.SnapStart, d.Versions = regional("sqs")+tenant+"-reports-failed", true, 6
	case "backup-export":
		reserved := int32(20)
		d.Reserved = &reserved
		d.KMSKey = regional("kms") + "key/1234abcd-12ab-34cd-56ef-1234567890ab"
		d.Policies = map[string]string{"": invoke("events", regional("events")+"rule/"+tenant+"-hourly", f.Name)}
	}
	for _, q := range a.world.Queues() {
		if q.Part == world.Blue && q.Tenant == tenant && q.Workload == workload && f.Tags["env"] == "prod" {
			d.Mappings = append(d.Mappings, awsapi.Mapping{
				UUID: "9b7d2e4c-0000-4000-8000-" + fmt.Sprintf("%012x", len(f.Name)), Source: regional("sqs") + q.Name, BatchSize: 1,
				MaxConcurrency: 60, PartialBatch: q.Receives == 1,
			})
			d.Role.Attached = append(d.Role.Attached, "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
		}
	}
	return d
}

// number is that of a version, 0 for none.
func number(version string) int {
	n, err := strconv.Atoi(version)
	if err != nil {
		return 0
	}
	return n
}

// ephemeral is the size of a function's /tmp in MB, 0 where it is the usual one.
func ephemeral(f *world.Function) int32 {
	switch f.Tags["workload"] {
	case "video-transcode":
		return 10_240
	case "backup-export":
		return 4096
	}
	return 0
}
