package definition

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},` +
	`"Action":"sts:AssumeRole"}]}`

// whole is an account of one function that has everything.
func whole() *awsapi.Fixed {
	reserved := int32(40)
	aliases := []awsapi.Alias{{Name: "blue", Version: "1"}, {Name: "live", Version: "2", Shares: map[string]float64{"3": 0.1}}}
	return &awsapi.Fixed{Number: "123456789012", List: []awsapi.Function{{
		Name: "report", PackageType: "Image", MemoryMB: 1536, Timeout: 5 * time.Minute, EphemeralMB: 2048, Arch: "arm64",
		Description: "makes reports", Tags: map[string]string{"tenant": "acme"}, Modified: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		LogFormat: "JSON", LogGroup: "/shared", Isolated: true,
		Detail: &awsapi.Detail{
			ImageURI: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/report:7", EntryPoint: []string{"/boot"}, Command: []string{"app.handler"},
			Environment: map[string]string{"STAGE": "prod"}, KMSKey: "arn:aws:kms:eu-west-1:123456789012:key/k",
			Layers: []string{"arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"},
			VPC:    "vpc-1", Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"},
			FileSystems: map[string]string{"/mnt/d": "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1"},
			SnapStart:   true, Tracing: true, Durable: true, DeadLetter: "arn:aws:sqs:eu-west-1:123456789012:dead",
			Reserved: &reserved, Provisioned: map[string]int32{"live": 5},
			Mappings: []awsapi.Mapping{
				{
					UUID: "u1", Source: "arn:aws:sqs:eu-west-1:123456789012:work", BatchSize: 10, Window: 5 * time.Second, MaxConcurrency: 20,
					PartialBatch: true, Filter: "{}",
				},
				{
					UUID: "u2", Source: "arn:aws:sqs:eu-west-1:123456789012:more", Qualifier: "live", BatchSize: 1, Disabled: true,
					OnFailure: "arn:aws:sqs:eu-west-1:123456789012:dead",
				},
			},
			URLs: map[string]string{"": "AWS_IAM"}, Aliases: aliases, Versions: 75,
			Async: []awsapi.Async{{
				Retries: 1, MaxAge: time.Hour, OnSuccess: "arn:aws:sqs:eu-west-1:123456789012:done",
				OnFailure: "arn:aws:sns:eu-west-1:123456789012:alarm",
			}},
			Policies: map[string]string{"": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},` +
				`"Action":"lambda:InvokeFunction","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:events:eu-west-1:123456789012:rule/nightly"}}}]}`},
			Role: &awsapi.Role{
				Name: "report-role", Path: "/app/", Trust: trust, Boundary: "arn:aws:iam::123456789012:policy/edge",
				Attached: []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}, Inline: []string{"queue", "table"},
			},
		},
	}}}
}

// account is a simulated account and the way into it.
func account(t *testing.T, fixed *awsapi.Fixed) (*awsapi.Server, *awsaccess.Config) {
	t.Helper()
	server, url := awsaccesstest.Serve(t, fixed, awsaccesstest.NewHand(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)))
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(access.Close)
	return server, access
}

// encoded is the trust policy as IAM sends it.
const encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B" +
	"%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"

func everything() *migration.Definition {
	return &migration.Definition{
		Name: "report", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:report", Description: "makes reports",
		Tags:        map[string]string{"tenant": "acme"},
		PackageType: "Image", Image: migration.Some("123456789012.dkr.ecr.eu-west-1.amazonaws.com/report:7"), EntryPoint: []string{"/boot"},
		Command: []string{"app.handler"},
		Layers:  []string{"arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"}, Arch: migration.Arm64, Memory: 1536 * migration.MiB,
		Timeout:          5 * time.Minute,
		EphemeralStorage: 2 * migration.GiB, Environment: migration.Some(map[string]migration.Hidden{"STAGE": migration.Hide("prod")}),
		EnvironmentKey: "arn:aws:kms:eu-west-1:123456789012:key/k", VPC: "vpc-1", Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"},
		FileSystems: []migration.FileSystem{{ARN: "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1", Path: "/mnt/d"}},
		Logging:     migration.FunctionLogging{Group: "/shared", Format: "JSON", AppLevel: "INFO"},
		SnapStart:   true, Tracing: true, Durable: true, TenantIsolation: true, DeadLetter: "arn:aws:sqs:eu-west-1:123456789012:dead",
		Role: migration.FunctionRole{
			ARN: "arn:aws:iam::123456789012:role/app/report-role", Name: "report-role", Trust: migration.Some(encoded),
			Boundary: "arn:aws:iam::123456789012:policy/edge",
			Attached: migration.Some([]string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}),
			Inline:   migration.Some([]string{"queue", "table"}),
		},
		EventSources: migration.Some([]migration.EventSource{
			{
				ID: "u1", ARN: "arn:aws:sqs:eu-west-1:123456789012:work", Enabled: true, BatchSize: 10, Window: 5 * time.Second,
				MaxConcurrency: migration.Some(int32(20)), PartialBatch: true, Filtered: true,
			},
			{
				ID: "u2", ARN: "arn:aws:sqs:eu-west-1:123456789012:more", Qualifier: "live", BatchSize: 1,
				OnFailure: "arn:aws:sqs:eu-west-1:123456789012:dead",
			},
		}),
		URLs: migration.Some([]migration.FunctionURL{{URL: "https://x.lambda-url.eu-west-1.on.aws/", Auth: "AWS_IAM"}}),
		Aliases: migration.Some([]migration.FunctionAlias{
			{Name: "blue", Version: "1"},
			{Name: "live", Version: "2", Shares: map[string]float64{"3": 0.1}},
		}),
		Versions:    migration.Some(75),
		Reserved:    migration.Some(migration.ReservedConcurrency{Set: true, Count: 40}),
		Provisioned: migration.Some([]migration.ProvisionedConcurrency{{Qualifier: "live", Requested: 5}}),
		Async: migration.Some([]migration.AsyncInvocation{{
			Qualifier: "$LATEST", Retries: migration.Some(int32(1)), MaxAge: migration.Some(time.Hour),
			OnSuccess: "arn:aws:sqs:eu-west-1:123456789012:done", OnFailure: "arn:aws:sns:eu-west-1:123456789012:alarm",
		}}),
		Callers: migration.Some([]migration.FunctionCaller{{
			Principal: "events.amazonaws.com",
			Source:    "arn:aws:events:eu-west-1:123456789012:rule/nightly",
		}}),
	}
}

// same compares two definitions; the host of a function's URL is made up.
func same(t *testing.T, want, got *migration.Definition) {
	t.Helper()
	if urls, ok := got.URLs.Get(); ok {
		for i := range urls {
			_, after, _ := strings.Cut(urls[i].URL, ".")
			urls[i].URL = "https://x." + after
		}
	}
	optional := gocmp.Exporter(func(typ reflect.Type) bool { return strings.HasPrefix(typ.Name(), "Opt[") })
	if diff := gocmp.Diff(want, got, optional); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
}

func TestReadEverything(t *testing.T) {
	_, access := account(t, whole())
	for _, name := range []string{"report", "123456789012:function:report", "arn:aws:lambda:eu-west-1:123456789012:function:report"} {
		got, err := Read(t.Context(), access, name)
		if err != nil {
			t.Fatal(err)
		}
		same(t, everything(), got)
	}
	got, err := Read(t.Context(), access, "report:live")
	if err != nil || got.Qualifier != "live" || got.ARN != "arn:aws:lambda:eu-west-1:123456789012:function:report:live" {
		t.Errorf("by alias: %+v, %v", got, err)
	}
}

// A function with nothing has no gaps: it is known that there is nothing.
func TestReadNothing(t *testing.T) {
	fixed := &awsapi.Fixed{Number: "123456789012", List: []awsapi.Function{{
		Name: "bare", Runtime: "python3.13", MemoryMB: 128, Timeout: 3 * time.Second,
		Detail: &awsapi.Detail{Role: &awsapi.Role{Name: "r", Path: "/", Trust: trust}},
	}}}
	_, access := account(t, fixed)
	got, err := Read(t.Context(), access, "bare")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Gaps) != 0 || got.PackageType != "Zip" || got.Handler == "" || got.Image.Known() || !got.EventSources.Known() ||
		len(got.EventSources.Or(nil)) != 0 ||
		!got.Callers.Known() || !got.Environment.Known() || got.Reserved.Or(migration.ReservedConcurrency{Set: true}).Set ||
		!got.Role.Inline.Known() {
		t.Errorf("%+v", got)
	}
}

// Each part may be forbidden for itself: it is a gap with the action and a policy
// that grants it, and everything else is there.
func TestEachPartMayBeForbidden(t *testing.T) {
	server, access := account(t, whole())
	for action, change := range map[string]func(*migration.Definition){
		"lambda:ListAliases": func(d *migration.Definition) {
			d.Aliases, d.EventSources = migration.None[[]migration.FunctionAlias](), onlyFirst(d.EventSources)
		},
		"lambda:ListEventSourceMappings":        func(d *migration.Definition) { d.EventSources = migration.None[[]migration.EventSource]() },
		"lambda:ListFunctionEventInvokeConfigs": func(d *migration.Definition) { d.Async = migration.None[[]migration.AsyncInvocation]() },
		"lambda:ListFunctionUrlConfigs":         func(d *migration.Definition) { d.URLs = migration.None[[]migration.FunctionURL]() },
		"lambda:ListProvisionedConcurrencyConfigs": func(d *migration.Definition) {
			d.Provisioned = migration.None[[]migration.ProvisionedConcurrency]()
		},
		"lambda:ListVersionsByFunction": func(d *migration.Definition) { d.Versions = migration.None[int]() },
		"lambda:GetPolicy":              func(d *migration.Definition) { d.Callers = migration.None[[]migration.FunctionCaller]() },
		"lambda:GetFunction":            func(d *migration.Definition) { d.Image, d.Tags = migration.None[string](), nil },
		"iam:GetRole": func(d *migration.Definition) {
			d.Role.Trust, d.Role.Boundary = migration.None[string](),
				""
		},
		"iam:ListAttachedRolePolicies": func(d *migration.Definition) { d.Role.Attached = migration.None[[]string]() },
		"iam:ListRolePolicies":         func(d *migration.Definition) { d.Role.Inline = migration.None[[]string]() },
	} {
		t.Run(action, func(t *testing.T) {
			server.SetFaults(awsapi.Faults{Denied: []string{action}})
			got, err := Read(t.Context(), access, "report")
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Gaps) != 1 || got.Gaps[0].Action != action || got.Gaps[0].Problem.Fault != migration.FaultDenied ||
				!strings.Contains(got.Gaps[0].Problem.Snippet, `"`+action+`"`) {
				t.Fatalf("gaps %+v", got.Gaps)
			}
			got.Gaps = nil
			want := everything()
			change(want)
			same(t, want, got)
		})
	}
	// Nothing but the configuration.
	server.SetFaults(awsapi.Faults{Denied: slices.DeleteFunc(slices.Clone(Actions),
		func(a string) bool { return a == "lambda:GetFunctionConfiguration" })})
	got, err := Read(t.Context(), access, "report")
	if err != nil || got.Memory != 1536*migration.MiB || got.Reserved.Known() {
		t.Fatalf("%+v, %v", got, err)
	}
	asked := map[string]bool{}
	for _, g := range got.Gaps {
		asked[g.Action] = true
	}
	for _, action := range Actions {
		if !asked[action] {
			t.Errorf("no gap names %s", action)
		}
	}
}

func onlyFirst(all migration.Opt[[]migration.EventSource]) migration.Opt[[]migration.EventSource] {
	return migration.Some(all.Or(nil)[:1])
}

func TestNothingIsKnownAtAll(t *testing.T) {
	server, access := account(t, whole())
	for _, c := range []struct {
		name, function string
		faults         awsapi.Faults
		fault          migration.Fault
		what           string
	}{
		{"no such function", "gone", awsapi.Faults{}, migration.FaultAbsent, "there is no Lambda function gone in eu-west-1"},
		{
			"no such alias", "report:gone",
			awsapi.Faults{},
			migration.FaultAbsent,
			"there is no Lambda function report with a version or alias gone",
		},
		{
			"no such function, code forbidden", "gone",
			awsapi.Faults{Denied: []string{"lambda:GetFunction"}},
			migration.FaultAbsent,
			"there is no Lambda function gone",
		},
		{
			"another region", "arn:aws:lambda:us-east-1:123456789012:function:report",
			awsapi.Faults{},
			migration.FaultConfig,
			"report is in us-east-1, and eu-west-1 is read",
		},
		{"no name", "a b", awsapi.Faults{}, migration.FaultConfig, `"a b" is no name of a function`},
		{"no name at all", "", awsapi.Faults{}, migration.FaultConfig, `"" is no name`},
		{"all forbidden", "report", awsapi.Faults{Denied: []string{"*"}}, migration.FaultDenied, "not permitted: lambda:GetFunction"},
		{"expired", "report", awsapi.Faults{Expired: true}, migration.FaultExpired, "expired"},
		{"throttled", "report", awsapi.Faults{Throttle: true}, migration.FaultThrottled, "throttles"},
		{"offline", "report", awsapi.Faults{Offline: true}, migration.FaultUnreachable, "Lambda"},
		{"a login page", "report", awsapi.Faults{HTML: true}, migration.FaultNotThatAPI, "did not answer as Lambda"},
	} {
		server.SetFaults(c.faults)
		_, err := Read(t.Context(), access, c.function)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if p := awsaccesstest.ProblemOf(t, err); p.Fault != c.fault || !strings.Contains(p.What, c.what) || p.Fix == "" {
			t.Errorf("%s: %v: %s (%s)", c.name, p.Fault, p.What, p.Fix)
		}
	}
	server.SetFaults(awsapi.Faults{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, access, "report"); err == nil {
		t.Error("a cancelled reading has an answer")
	}
}

// Lambda leaves the environment out of its answer where the caller may not use its
// key.
func TestUndecryptableEnvironment(t *testing.T) {
	fixed := whole()
	fixed.List[0].Detail.Undecryptable = true
	_, access := account(t, fixed)
	got, err := Read(t.Context(), access, "report")
	if err != nil || got.Environment.Known() || len(got.Gaps) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if g := got.Gaps[0]; g.Action != "kms:Decrypt" || !strings.Contains(g.Problem.Fix, "arn:aws:kms:eu-west-1:123456789012:key/k") {
		t.Errorf("gap %+v", g)
	}
}

// Whatever the clients of the SDK could do, what is asked of them are questions.
func TestOnlyQuestionsAreAsked(t *testing.T) {
	for _, reader := range []reflect.Type{reflect.TypeFor[lambdaReader](), reflect.TypeFor[iamReader]()} {
		for i := range reader.NumMethod() {
			if name := reader.Method(i).Name; !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") {
				t.Errorf("%v can %s", reader, name)
			}
		}
	}
	for _, action := range Actions {
		_, operation, _ := strings.Cut(action, ":")
		if !strings.HasPrefix(operation, "Get") && !strings.HasPrefix(operation, "List") {
			t.Errorf("%s is no question", action)
		}
	}
}

func TestCallers(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		want         []migration.FunctionCaller
		fails        bool
	}{
		{"nothing", `{}`, nil, false},
		{"one statement, not in a list", `{"Statement":{"Effect":"Allow","Principal":"*"}}`, []migration.FunctionCaller{{Principal: "*"}}, false},
		{
			"several principals", `{"Statement":[{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","s3.amazonaws.com"],` +
				`"AWS":"123456789012"}}]}`,
			[]migration.FunctionCaller{{Principal: "123456789012"}, {Principal: "s3.amazonaws.com"}, {Principal: "sns.amazonaws.com"}},
			false,
		},
		{
			"several sources", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},` +
				`"Condition":{"ArnLike":{"aws:SourceArn":["arn:b","arn:a"]},"StringEquals":{"AWS:SourceAccount":"1"}}}]}`,
			[]migration.FunctionCaller{{Principal: "s3.amazonaws.com", Source: "arn:a, arn:b"}},
			false,
		},
		{"denied", `{"Statement":[{"Effect":"Deny","Principal":"*"}]}`, nil, false},
		{"no principal", `{"Statement":[{"Effect":"Allow"}]}`, nil, true},
		{"a number for a principal", `{"Statement":[{"Effect":"Allow","Principal":7}]}`, nil, true},
		{"no JSON", `<html>`, nil, true},
		{"statement is text", `{"Statement":"all"}`, nil, true},
	} {
		got, err := callers(c.policy, "")
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := gocmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func FuzzCallers(f *testing.F) {
	for _, seed := range []string{
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Condition":{"ArnLike":{"AWS:SourceArn":"arn"}}}]}`,
		`{"Statement":{"Effect":"Allow","Principal":"*"}}`, `[]`, `{"Statement":[null]}`, `{"Statement":[{"Effect":"Allow","Principal":null}]}`,
		"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		first, err := callers(policy, "q")
		again, againErr := callers(policy, "q")
		if (err == nil) != (againErr == nil) || cmp.Compare(len(first), len(again)) != 0 || !slices.Equal(first, again) {
			t.Errorf("two readings differ: %v %v, %v %v", first, err, again, againErr)
		}
	})
}
