package awsapi

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
)

// detailed is an account of one function with everything that a function can have.
func detailed() *Fixed {
	account := one()
	reserved := int32(40)
	account.List[0].PackageType, account.List[0].Runtime = "Image", ""
	account.List[0].LogFormat, account.List[0].LogGroup = "JSON", "/shared"
	account.List[0].Detail = &Detail{
		ImageURI: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/f:7", Command: []string{"app.handler"},
		Environment: map[string]string{"STAGE": "prod"}, KMSKey: "arn:aws:kms:eu-west-1:123456789012:key/k",
		Layers: []string{"arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"},
		VPC:    "vpc-1", Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"},
		FileSystems: map[string]string{"/mnt/d": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1"},
		SnapStart:   true, Tracing: true, DeadLetter: "arn:aws:sqs:eu-west-1:123456789012:dead",
		Reserved: &reserved, Provisioned: map[string]int32{"live": 5},
		Mappings: []Mapping{
			{
				UUID: "u1", Source: "arn:aws:sqs:eu-west-1:123456789012:work", BatchSize: 10, Window: 5 * time.Second, MaxConcurrency: 20,
				PartialBatch: true, Filter: "{}",
			},
			{
				UUID: "u2", Source: "arn:aws:sqs:eu-west-1:123456789012:more", Qualifier: "live", BatchSize: 1, Disabled: true,
				OnFailure: "arn:aws:sqs:eu-west-1:123456789012:dead",
			},
		},
		URLs:    map[string]string{"": "AWS_IAM", "live": "NONE"},
		Aliases: []Alias{{Name: "live", Version: "2", Shares: map[string]float64{"3": 0.1}}}, Versions: 120,
		Async:    []Async{{Retries: 1, MaxAge: time.Hour, OnFailure: "arn:aws:sns:eu-west-1:123456789012:alarm"}},
		Policies: map[string]string{"": `{"Version":"2012-10-17","Statement":[]}`},
		Role: &Role{
			Name: "f-role", Path: "/service-role/", Trust: `{"Statement":[{"Effect":"Allow", "Principal":{"Service":"lambda.amazonaws.com"}}]}`,
			Boundary: "arn:aws:iam::123456789012:policy/edge",
			Attached: []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}, Inline: []string{"queue", "table"},
		},
	}
	return account
}

func TestFunctionInFull(t *testing.T) {
	b := newBench(t, detailed())
	client, name := lambda.NewFromConfig(b.aws), aws.String("f")
	f, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: name})
	if err != nil {
		t.Fatal(err)
	}
	c := f.Configuration
	got := []any{
		*f.Code.ImageUri, *f.Code.RepositoryType, len(*f.Code.ResolvedImageUri), *f.Concurrency.ReservedConcurrentExecutions, f.Tags["tenant"],
		c.ImageConfigResponse.ImageConfig.Command, c.Environment.Variables["STAGE"], *c.KMSKeyArn, *c.Layers[0].Arn, *c.VpcConfig.VpcId,
		c.VpcConfig.SecurityGroupIds,
		*c.FileSystemConfigs[0].LocalMountPath, string(c.SnapStart.ApplyOn), string(c.TracingConfig.Mode), *c.DeadLetterConfig.TargetArn,
		string(c.LoggingConfig.LogFormat), *c.LoggingConfig.LogGroup, string(c.LoggingConfig.ApplicationLogLevel), *c.Role, *c.Version,
	}
	want := []any{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/f:7", "ECR", len("123456789012.dkr.ecr.eu-west-1.amazonaws.com/f@sha256:") + 64, int32(40),
		"acme",
		[]string{"app.handler"},
		"prod", "arn:aws:kms:eu-west-1:123456789012:key/k", "arn:aws:lambda:eu-west-1:123456789012:layer:tools:3", "vpc-1",
		[]string{"sg-1"},
		"/mnt/d", "PublishedVersions", "Active", "arn:aws:sqs:eu-west-1:123456789012:dead",
		"JSON", "/shared", "INFO", "arn:aws:iam::123456789012:role/service-role/f-role", "$LATEST",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
	for _, ask := range []*lambda.GetFunctionInput{
		{FunctionName: name, Qualifier: aws.String("live")},
		{FunctionName: aws.String("f:live")},
		{FunctionName: aws.String("123456789012:function:f:live")},
		{FunctionName: aws.String("arn:aws:lambda:eu-west-1:123456789012:function:f:live")},
	} {
		f, err := client.GetFunction(t.Context(), ask)
		if err != nil || *f.Configuration.Version != "2" ||
			*f.Configuration.FunctionArn != "arn:aws:lambda:eu-west-1:123456789012:function:f:live" {
			t.Errorf("%s: %v, %v", *ask.FunctionName, f, err)
		}
	}
	versions := 0
	for pages := lambda.NewListVersionsByFunctionPaginator(client,
		&lambda.ListVersionsByFunctionInput{FunctionName: name}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		versions += len(page.Versions)
	}
	if versions != 121 {
		t.Errorf("%d versions, want 120 and $LATEST", versions)
	}
}

func TestWhatBelongsToAFunction(t *testing.T) {
	b := newBench(t, detailed())
	client, name := lambda.NewFromConfig(b.aws), aws.String("f")
	plain, err := client.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: name})
	if err != nil || len(plain.EventSourceMappings) != 1 || *plain.EventSourceMappings[0].ScalingConfig.MaximumConcurrency != 20 ||
		len(plain.EventSourceMappings[0].FilterCriteria.Filters) != 1 || plain.EventSourceMappings[0].LastModified.IsZero() {
		t.Errorf("mappings of the function: %+v, %v", plain, err)
	}
	live, err := client.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: aws.String("f:live")})
	if err != nil || len(live.EventSourceMappings) != 1 || *live.EventSourceMappings[0].State != "Disabled" ||
		*live.EventSourceMappings[0].UUID != "u2" {
		t.Errorf("mappings of the alias: %+v, %v", live, err)
	}
	all, err := client.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{})
	if err != nil || len(all.EventSourceMappings) != 2 || !strings.HasSuffix(*all.EventSourceMappings[1].FunctionArn, ":function:f:live") {
		t.Errorf("mappings of the account: %+v, %v", all, err)
	}
	urls, err := client.ListFunctionUrlConfigs(t.Context(), &lambda.ListFunctionUrlConfigsInput{FunctionName: name})
	if err != nil || len(urls.FunctionUrlConfigs) != 2 || urls.FunctionUrlConfigs[1].AuthType != "NONE" {
		t.Errorf("URLs: %+v, %v", urls, err)
	}
	aliases, err := client.ListAliases(t.Context(), &lambda.ListAliasesInput{FunctionName: name})
	if err != nil || len(aliases.Aliases) != 1 || aliases.Aliases[0].RoutingConfig.AdditionalVersionWeights["3"] != 0.1 {
		t.Errorf("aliases: %+v, %v", aliases, err)
	}
	reserved, err := client.GetFunctionConcurrency(t.Context(), &lambda.GetFunctionConcurrencyInput{FunctionName: name})
	if err != nil || *reserved.ReservedConcurrentExecutions != 40 {
		t.Errorf("reserved: %+v, %v", reserved, err)
	}
	provisioned, err := client.ListProvisionedConcurrencyConfigs(t.Context(),
		&lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
	if err != nil || len(provisioned.ProvisionedConcurrencyConfigs) != 1 ||
		*provisioned.ProvisionedConcurrencyConfigs[0].RequestedProvisionedConcurrentExecutions != 5 {
		t.Errorf("provisioned: %+v, %v", provisioned, err)
	}
	async, err := client.ListFunctionEventInvokeConfigs(t.Context(), &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: name})
	if err != nil || len(async.FunctionEventInvokeConfigs) != 1 || *async.FunctionEventInvokeConfigs[0].MaximumRetryAttempts != 1 {
		t.Errorf("async: %+v, %v", async, err)
	}
	policy, err := client.GetPolicy(t.Context(), &lambda.GetPolicyInput{FunctionName: name})
	if err != nil || *policy.Policy != `{"Version":"2012-10-17","Statement":[]}` {
		t.Errorf("policy: %+v, %v", policy, err)
	}
	for what, ask := range map[string]func() error{
		"ResourceNotFoundException": func() error {
			_, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("f:gone")})
			return err
		},
		"InvalidParameterValueException": func() error {
			live := aws.String("f:live")
			_, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: live, Qualifier: aws.String("3")})
			return err
		},
		"UnsupportedOperationException": func() error {
			_, err := client.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: name})
			return err
		},
	} {
		err := ask()
		if err == nil {
			t.Errorf("no %s", what)
			continue
		}
		if code, _ := refusal(t, err); code != what {
			t.Errorf("code = %s, want %s", code, what)
		}
	}
	// Where there is no policy there is none to get.
	bare := newBench(t, one())
	if _, err := lambda.NewFromConfig(bare.aws).GetPolicy(t.Context(), &lambda.GetPolicyInput{FunctionName: name}); err == nil {
		t.Error("a policy of a function without one")
	}
}

func TestIAM(t *testing.T) {
	b := newBench(t, detailed())
	client, name := iam.NewFromConfig(b.aws), aws.String("f-role")
	got, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: name})
	if err != nil {
		t.Fatal(err)
	}
	document, err := url.PathUnescape(*got.Role.AssumeRolePolicyDocument)
	if err != nil || document != detailed().List[0].Detail.Role.Trust || *got.Role.AssumeRolePolicyDocument == document {
		t.Errorf("trust policy %q, %v: want it encoded", *got.Role.AssumeRolePolicyDocument, err)
	}
	if *got.Role.Arn != "arn:aws:iam::123456789012:role/service-role/f-role" ||
		*got.Role.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::123456789012:policy/edge" {
		t.Errorf("role %+v", got.Role)
	}
	attached, err := client.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: name})
	if err != nil || len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "AWSLambdaBasicExecutionRole" ||
		attached.IsTruncated {
		t.Errorf("attached: %+v, %v", attached, err)
	}
	var inline []string
	for pages := iam.NewListRolePoliciesPaginator(client,
		&iam.ListRolePoliciesInput{RoleName: name, MaxItems: aws.Int32(1)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		inline = append(inline, page.PolicyNames...)
	}
	if diff := cmp.Diff([]string{"queue", "table"}, inline); diff != "" {
		t.Errorf("inline policies (-want +got):\n%s", diff)
	}
	ask := func() error {
		_, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("nobody")})
		return err
	}
	for word, code := range map[string]string{
		"": "NoSuchEntity", "denied:iam:GetRole": "AccessDenied", "throttle": "Throttling", "expired": "ExpiredToken",
		"rejected": "InvalidClientTokenId",
	} {
		faults := Faults{}
		if word != "" {
			if faults, err = ParseFaults(word); err != nil {
				t.Fatal(err)
			}
		}
		b.SetFaults(faults)
		if err := ask(); err == nil {
			t.Errorf("%q: accepted", word)
		} else if got, _ := refusal(t, err); got != code {
			t.Errorf("%q: %s, want %s", word, got, code)
		}
	}
	b.SetFaults(Faults{})
	_, err = client.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: name})
	if err == nil {
		t.Fatal("a role was deleted")
	}
	if code, _ := refusal(t, err); code != "InvalidAction" {
		t.Errorf("code %s", code)
	}
}
