package awsaccess_test

import (
	"crypto/sha1" //nolint:gosec // the name that the AWS tools give the token's file
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// What the machine lacks is said before the first call.
func TestLoadConfigProblems(t *testing.T) {
	const sso = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\nsso_registration_scopes = " +
		"sso:account:access\n" +
		"[profile prod]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n"
	for _, test := range []struct {
		name           string
		config, shared string
		env            map[string]string
		token          string // the SSO token in the cache
		opts           awsaccess.Options
		fault          migration.Fault
		what, fix      string
	}{
		{
			name: "nothing at all", env: map[string]string{"AWS_REGION": awsaccesstest.Region},
			fault: migration.FaultNoCredentials, what: "no AWS credentials were found",
			fix: "run: aws configure sso, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		},
		{
			name: "a profile without keys", config: "[profile empty]\nregion = eu-west-1\n", opts: awsaccess.Options{Profile: "empty"},
			fault: migration.FaultNoCredentials, what: "AWS profile empty has no credentials: neither keys, nor a role, an SSO session, a login " +
				"or a credential_process",
			fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		},
		{
			name: "no region", env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "secret"},
			fault: migration.FaultConfig, what: "no AWS region is set",
			fix: "set AWS_REGION, use --region, or run: aws configure set region REGION",
		},
		{
			name: "no region, custom endpoint", shared: "[prod]\naws_access_key_id = AKIDTEST\naws_secret_access_key = secret\n",
			opts:  awsaccess.Options{Profile: "prod", Endpoint: "http://127.0.0.1:1"},
			fault: migration.FaultConfig, what: "no AWS region is set for profile prod",
			fix: "set AWS_REGION, use --region, or run: aws configure set region REGION --profile prod",
		},
		{
			name: "no such region", opts: awsaccess.Options{
				Region: "Ireland",
				Static: &awsaccess.Static{AccessKeyID: "AKIDTEST", SecretAccessKey: "secret"},
			},
			fault: migration.FaultConfig, what: `"Ireland" is not an AWS region`, fix: "set AWS_REGION or --region to a code such as eu-west-1",
		},
		{
			name: "no such profile", config: "[default]\n[profile prod]\n[sso-session corp]\n[profile 'dev eu']\n", shared: "[old]\n[prod]\n",
			opts:  awsaccess.Options{Profile: "prdo"},
			fault: migration.FaultConfig, what: `AWS profile "prdo" does not exist`, fix: "profiles that exist: default, dev eu, old, prod",
		},
		{
			name: "no such profile by variable, no files", env: map[string]string{"AWS_PROFILE": "prod"},
			fault: migration.FaultConfig, what: `AWS profile "prod" does not exist`, fix: "there are no profiles: run: aws configure sso",
		},
		{
			name: "SSO, never logged in", config: sso, opts: awsaccess.Options{Profile: "prod"},
			fault: migration.FaultNoCredentials, what: "there is no SSO session for profile prod on this machine yet",
			fix: "run: aws sso login --profile prod",
		},
		{
			name: "SSO, expired", config: sso, opts: awsaccess.Options{Profile: "prod"},
			token: `{"accessToken":"x","expiresAt":"2020-01-01T00:00:00Z","region":"eu-west-1","startUrl":"https://corp.example/start"}`,
			fault: migration.FaultExpired, what: "the SSO session for profile prod has expired", fix: "run: aws sso login --profile prod",
		},
		{
			name: "a config file that is none", config: "[profile prod\nregion = eu-west-1\n",
			env:   map[string]string{"AWS_REGION": awsaccesstest.Region},
			fault: migration.FaultNoCredentials, what: "no AWS credentials were found",
			fix: "check $HOME/aws_config_file, which has no profile that can be read, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, test.config, test.shared)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if test.token != "" {
				sum := sha1.Sum([]byte("corp")) //nolint:gosec // see the import
				dir := filepath.Join(os.Getenv("HOME"), ".aws", "sso", "cache")
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, hex.EncodeToString(sum[:])+".json"), []byte(test.token), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := awsaccess.LoadConfig(t.Context(), test.opts)
			if err == nil {
				t.Fatal("no error")
			}
			got := awsaccesstest.ProblemOf(t, err)
			test.fix = strings.ReplaceAll(test.fix, "$HOME", os.Getenv("HOME"))
			if got.Fault != test.fault || got.What != test.what || got.Fix != test.fix {
				t.Errorf("got  %v: %s (%s)\nwant %v: %s (%s)\ncause %v", got.Fault, got.What, got.Fix, test.fault, test.what, test.fix, got.Err)
			}
		})
	}
}
