package awsaccess_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// Credentials that fail within a call of another service are explained as they are when the
// program starts, not as trouble of that service.
func TestCredentialsFailLater(t *testing.T) {
	script := filepath.Join(t.TempDir(), "helper")
	const good = "#!/bin/sh\necho " +
		"'{\"Version\":1,\"AccessKeyId\":\"AKIDTEST\",\"SecretAccessKey\":\"x\",\"Expiration\":\"2100-01-01T00:00:00Z\"}'\n"
	write := func(text string) {
		if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // it is executed
			t.Fatal(err)
		}
	}
	write(good)
	awsaccesstest.Machine(t, "[profile p]\nregion = eu-west-1\ncredential_process = "+script+"\n", "")
	sessions := awsaccess.NewSessions(nil)
	defer sessions.Close()
	access, err := awsaccess.LoadConfig(t.Context(),
		awsaccess.Options{Profile: "p", Endpoint: "http://127.0.0.1:9", Attempts: 1, Sessions: sessions})
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	client := lambda.NewFromConfig(access.SDK(), func(o *lambda.Options) { access.WithEndpoint(&o.BaseEndpoint) })
	if _, err = client.ListFunctions(t.Context(), nil); err == nil {
		t.Fatal("somebody answers on port 9")
	}
	if p := access.Explain("lambda:ListFunctions", err); p.What != "cannot reach Lambda at 127.0.0.1:9: connection refused" {
		t.Errorf("got %s", p.What)
	}
	write("#!/bin/sh\necho the vault was locked >&2; exit 4\n")
	const want = "credential_process of profile p failed with exit code 4: the vault was locked"
	_, err = access.Renew(t.Context())
	if p := awsaccesstest.ProblemOf(t, err); p.What != want {
		t.Errorf("got %s", p.What)
	}
	_, err = client.ListFunctions(t.Context(), nil)
	if p := access.Explain("lambda:ListFunctions", err); p.What != want || p.Fault != migration.FaultNoCredentials {
		t.Errorf("got %s", p.What)
	}
}

// Ways of one process run a credential_process once.
func TestSessionsAreShared(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	awsaccesstest.Machine(t, "[profile p]\nregion = eu-west-1\ncredential_process = sh -c 'echo x >>"+ran+
		"; echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIDTEST\\\",\\\"SecretAccessKey\\\":\\\"x\\\"}\"'\n", "")
	sessions := awsaccess.NewSessions(nil)
	defer sessions.Close()
	var all sync.WaitGroup
	for _, region := range []string{"eu-west-1", "us-east-1", "eu-central-1"} {
		all.Go(func() {
			options := awsaccess.Options{Profile: "p", Region: region, Sessions: sessions}
			if _, err := awsaccess.LoadConfig(t.Context(), options); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if text, err := os.ReadFile(ran); err != nil || string(text) != "x\n" {
		t.Errorf("ran %q, %v", text, err)
	}
}

// An MFA code is asked for until STS takes one, and serves all regions and accounts.
func TestSignIn(t *testing.T) {
	const mfaConfig = base + "[profile p]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = " +
		"base\nmfa_serial = arn:aws:iam::111111111111:mfa/someone\n"
	const wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	gone := errors.New("gone")
	for _, test := range []struct {
		name    string
		config  string
		good    string   // the code that STS takes, once
		entered []string // by the person
		refused string   // STS' answer to a good code
		asked   int
		err     error
		what    string // of the problem afterwards, "" for credentials
	}{
		{name: "first time", config: mfaConfig, good: "111111", entered: []string{"111111"}, asked: 1},
		{name: "third time", config: mfaConfig, good: "333333", entered: []string{"111111", "222222", "333333"}, asked: 3},
		{
			name: "three wrong ones", config: mfaConfig, good: "x", entered: []string{"111111", "222222", "333333", "444444"}, asked: 3,
			what: "STS did not accept the MFA code of arn:aws:iam::111111111111:mfa/someone for AWS profile p",
		},
		{
			name: "the person leaves", config: mfaConfig, err: gone, asked: 1,
			what: "AWS profile p wants an MFA code of arn:aws:iam::111111111111:mfa/someone",
		},
		{
			name: "the role is denied", config: mfaConfig, good: "111111", entered: []string{"111111"},
			refused: "User: x is not authorized to perform: sts:AssumeRole", asked: 1,
			what: "AWS profile p wants an MFA code of arn:aws:iam::111111111111:mfa/someone",
		},
		{name: "no MFA", config: base + "[profile p]\nregion = eu-west-1\n" +
			"role_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = " +
			"base\n"},
		{
			name: "two roles, two devices", good: "any", entered: []string{"111111", "222222"}, asked: 2,
			config: base + "[profile mid]\nrole_arn = arn:aws:iam::222222222222:role/mid\n" +
				"source_profile = base\nmfa_serial = GAHT12345678\n" +
				"[profile p]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = mid\nmfa_serial = " +
				"arn:aws:iam::111111111111:mfa/someone\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, test.config, "")
			var mu sync.Mutex
			var used []string
			t.Setenv("AWS_ENDPOINT_URL_STS", stsOf(t, func(form url.Values) (string, string) {
				mu.Lock()
				defer mu.Unlock()
				code := form.Get("TokenCode")
				switch {
				case form.Get("SerialNumber") == "":
					return "", ""
				case form.Get("DurationSeconds") != "3600":
					return "ValidationError", "duration " + form.Get("DurationSeconds")
				case code == "", slices.Contains(used, code), test.good != "any" && code != test.good:
					return "AccessDenied", wrong
				case test.refused != "":
					return "AccessDenied", test.refused
				}
				used = append(used, code)
				return "", ""
			}))
			sessions := awsaccess.NewSessions(nil)
			defer sessions.Close()
			options := awsaccess.Options{Profile: "p", Sessions: sessions}
			asked := 0
			err := awsaccess.SignIn(t.Context(), options, func(_ context.Context, r awsaccess.CodeRequest) (string, error) {
				if asked++; asked > len(test.entered) {
					return "", gone
				}
				if want := asked > 1 && test.good != "any"; r.Refused != want || r.Left < 1 || r.Serial == "" || r.Role == "" ||
					r.Profile == "" {
					t.Errorf("asked for %+v", r)
				}
				return test.entered[asked-1], nil
			})
			if !errors.Is(err, test.err) || (err != nil) != (test.err != nil) || asked != test.asked {
				t.Errorf("asked %d times: %v", asked, err)
			}
			for _, region := range []string{"eu-west-1", "us-east-1"} {
				options.Region = region
				_, err := awsaccess.LoadConfig(t.Context(), options)
				got := ""
				if err != nil {
					got = awsaccesstest.ProblemOf(t, err).What
				}
				if got != test.what {
					t.Errorf("%s: got %q, want %q", region, got, test.what)
				}
			}
		})
	}
}
