package convert

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

const lambdaTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},` +
	`"Action":"sts:AssumeRole"}]}`

// encoded is a policy as IAM sends it.
func encoded(policy string) string {
	return strings.ReplaceAll(url.QueryEscape(policy), "+", "%20")
}

func hide(variables map[string]string) migration.Opt[map[string]migration.Hidden] {
	out := map[string]migration.Hidden{}
	for k, v := range variables {
		out[k] = migration.Hide(v)
	}
	return migration.Some(out)
}

// thumbnails is a function of a container image with a queue.
func thumbnails() *migration.Definition {
	return &migration.Definition{
		Name: "acme-thumbnails-prod", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:acme-thumbnails-prod",
		Tags: map[string]string{"tenant": "acme"}, PackageType: "Image",
		Image: migration.Some("123456789012.dkr.ecr.eu-west-1.amazonaws.com/thumbnails:2026-11-01"), Command: []string{"app.handler"},
		Arch: migration.Arm64, Memory: 1536 * migration.MiB, Timeout: 5 * time.Minute, EphemeralStorage: 2 * migration.GiB,
		Environment: hide(map[string]string{
			"STAGE": "prod", "BUCKET": "acme-thumbs", "LOG_LEVEL": "off", "QUALITY": "012",
			"GREETING":    "line one\nline \"two\": $(HOME) # no comment",
			"DB_PASSWORD": "hunter2", "ENDPOINT": "https://api.example.com/v1", "PAYMENT": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
			"TABLE": "prod-ThumbsTableCD117FA1-1ABCDEFGHIJKL", "MAX_TOKENS": "4096",
		}),
		VPC: "vpc-0a1", Subnets: []string{"subnet-0a", "subnet-0b"}, SecurityGroups: []string{"sg-0db"},
		Logging: migration.FunctionLogging{Group: "/aws/lambda/acme-thumbnails-prod", Format: "JSON", AppLevel: "INFO"},
		Tracing: true, DeadLetter: "arn:aws:sqs:eu-west-1:123456789012:thumbnails-failed",
		Role: migration.FunctionRole{
			ARN: "arn:aws:iam::123456789012:role/service-role/thumbnails", Name: "thumbnails", Trust: migration.Some(encoded(lambdaTrust)),
			Attached: migration.Some([]string{
				"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
				"arn:aws:iam::123456789012:policy/thumbs-bucket",
			}),
			Inline: migration.Some([]string{"queue"}),
		},
		EventSources: migration.Some([]migration.EventSource{{
			ID: "u1", ARN: "arn:aws:sqs:eu-west-1:123456789012:thumbnails", Enabled: true, BatchSize: 10, Window: 5 * time.Second,
			MaxConcurrency: migration.Some(int32(40)), PartialBatch: true,
		}}),
		URLs:     migration.Some([]migration.FunctionURL(nil)),
		Aliases:  migration.Some([]migration.FunctionAlias{{Name: "live", Version: "7", Shares: map[string]float64{"8": 0.1}}}),
		Versions: migration.Some(8), Reserved: migration.Some(migration.ReservedConcurrency{Set: true, Count: 25}),
		Provisioned: migration.Some([]migration.ProvisionedConcurrency{{Qualifier: "live", Requested: 5}}),
		Async:       migration.Some([]migration.AsyncInvocation(nil)), Callers: migration.Some([]migration.FunctionCaller(nil)),
	}
}

// nightly is a zip package with everything that cannot be carried over.
func nightly() *migration.Definition {
	return &migration.Definition{
		Name: "Nightly_Report", ARN: "arn:aws-cn:lambda:cn-north-1:210987654321:function:Nightly_Report", PackageType: "Zip",
		Runtime: "python3.13", Handler: "report.handler", Arch: migration.X86, Memory: 3008 * migration.MiB, Timeout: 15 * time.Minute,
		EphemeralStorage: 512 * migration.MiB,
		Environment:      hide(nil),
		Layers: []string{
			"arn:aws-cn:lambda:cn-north-1:210987654321:layer:pandas:4", "arn:aws-cn:lambda:cn-north-1:580247275435:layer:LambdaInsightsExtension:38",
		},
		FileSystems: []migration.FileSystem{{ARN: "arn:aws-cn:elasticfilesystem:cn-north-1:210987654321:access-point/fsap-01", Path: "/mnt/out"}},
		SnapStart:   true, Durable: true, TenantIsolation: true,
		Role: migration.FunctionRole{
			ARN: "arn:aws-cn:iam::210987654321:role/nightly", Name: "nightly", Trust: migration.Some(encoded(lambdaTrust)),
			Attached: migration.Some([]string(nil)), Inline: migration.Some([]string(nil)),
		},
		EventSources: migration.Some([]migration.EventSource{{
			ID: "k", ARN: "arn:aws-cn:kinesis:cn-north-1:210987654321:stream/clicks",
			Enabled: true, BatchSize: 100,
		}}),
		URLs:    migration.Some([]migration.FunctionURL{{URL: "https://abc.lambda-url.cn-north-1.on.aws/", Auth: "NONE"}}),
		Aliases: migration.Some([]migration.FunctionAlias(nil)), Versions: migration.Some(0),
		Reserved: migration.Some(migration.ReservedConcurrency{}), Provisioned: migration.Some([]migration.ProvisionedConcurrency(nil)),
		Async: migration.Some([]migration.AsyncInvocation{{
			Qualifier: "$LATEST", Retries: migration.Some(int32(1)), MaxAge: migration.Some(time.Hour),
			OnFailure: "arn:aws-cn:sns:cn-north-1:210987654321:alarm",
		}}),
		Callers: migration.Some([]migration.FunctionCaller{
			{Principal: "events.amazonaws.com", Source: "arn:aws-cn:events:cn-north-1:210987654321:rule/nightly-3am"},
			{Principal: "s3.amazonaws.com", Source: "arn:aws-cn:s3:::uploads"},
			{Principal: "apigateway.amazonaws.com"},
			{Principal: "111122223333"},
		}),
	}
}

// forbidden is a function of which only the configuration could be read.
func forbidden() *migration.Definition {
	d := &migration.Definition{
		Name: "initech-import", ARN: "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:initech-import", PackageType: "Image",
		Arch: migration.X86, Memory: 128 * migration.MiB, Timeout: 3 * time.Second,
		Role: migration.FunctionRole{ARN: "arn:aws-us-gov:iam::111122223333:role/import", Name: "import"},
	}
	for _, g := range []struct{ part, action string }{
		{"the code's place and the tags", "lambda:GetFunction"},
		{"event source mappings", "lambda:ListEventSourceMappings"},
		{"the role's trust policy", "iam:GetRole"},
	} {
		d.Gaps = append(d.Gaps, migration.Gap{Part: g.part, Action: g.action, Problem: &migration.Problem{
			Fault: migration.FaultDenied, What: "not permitted: " + g.action, Fix: "allow the action to this identity with the IAM statement below",
			Snippet: "{}",
		}})
	}
	return d
}

const provider = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"

func converted(t testing.TB, d *migration.Definition, o Options) *Conversion {
	t.Helper()
	p, err := Convert(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everything is all that a plan gives to anyone.
func everything(p *Conversion) string {
	var out strings.Builder
	out.WriteString(p.YAML() + p.JSON() + p.Report())
	for _, f := range p.Files() {
		out.WriteString(f.Name + f.Text)
	}
	return out.String()
}
