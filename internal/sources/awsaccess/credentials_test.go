package awsaccess_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// stsOf serves STS: answer gets the form and gives a code and a message to refuse with, ""
// to give out a session.
func stsOf(t *testing.T, answer func(url.Values) (code, message string)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/xml")
		if code, message := answer(form); code != "" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code,
				message)
			return
		}
		action := form.Get("Action")
		_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>ASIATEST</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>%[2]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`,
			action, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const base = "[profile base]\nregion = eu-west-1\naws_access_key_id = AKIDTEST\naws_secret_access_key = secret\n"

// Why credentials cannot be had is said, each cause in its own words, with advice that
// writes over nothing.
func TestCredentialProblems(t *testing.T) {
	denied := func(url.Values) (string, string) {
		return "AccessDenied", "User: arn:aws:iam::111111111111:user/x is not authorized to perform: sts:AssumeRole"
	}
	const role, mfa = "arn:aws:iam::222222222222:role/reader", "arn:aws:iam::111111111111:mfa/someone"
	const chained = base + "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nsource_profile = "
	const export = `eval "$(aws configure export-credentials --profile p --format env)"`
	for _, test := range []struct {
		name   string
		config string
		env    map[string]string
		files  map[string]string // in the home directory
		sts    func(url.Values) (code, message string)
		opts   awsaccess.Options
		fault  migration.Fault
		what   string
		fix    string
	}{
		{
			name: "STS down", config: chained + "base\n", env: map[string]string{"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"},
			fault: migration.FaultUnreachable, what: "cannot reach STS at 127.0.0.1:9: connection refused (to assume the role " + role +
				") for profile p",
			fix: "check the network, a VPN, HTTPS_PROXY and AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS",
		},
		{
			name: "STS down, by the endpoint of all services", config: chained + "base\n",
			env:   map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
			fault: migration.FaultUnreachable, what: "cannot reach STS at 127.0.0.1:9: connection refused (to assume the role " + role +
				") for profile p",
			fix: "check the network, a VPN, HTTPS_PROXY and AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS",
		},
		{
			name: "STS down, for a token file", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\nweb_identity_token_file = $HOME/token\n",
			files: map[string]string{"token": "ey"}, env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
			fault: migration.FaultUnreachable, what: "cannot reach STS at 127.0.0.1:9: connection refused (to assume the role " + role + ")",
			fix: "check the network, a VPN, HTTPS_PROXY and AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS",
		},
		{
			name: "role denied", config: chained + "base\n", sts: denied,
			fault: migration.FaultDenied, what: "may not assume the role " + role + " for profile p",
			fix: "allow sts:AssumeRole on it to profile base, and that identity in the role's trust policy, which may ask for an external_id",
		},
		{
			name: "wrong external ID", config: chained + "base\nexternal_id = x\n", sts: denied,
			fault: migration.FaultDenied, what: "may not assume the role " + role + " for profile p",
			fix: "allow sts:AssumeRole on it to profile base, and that identity in the role's trust policy; its external ID must be the one " +
				"that is configured",
		},
		{
			name: "first of two roles denied", config: base +
				"[profile mid]\nrole_arn = arn:aws:iam::222222222222:role/mid\nsource_profile = base\n" +
				"[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nsource_profile = mid\n", sts: denied,
			fault: migration.FaultDenied, what: "may not assume the role arn:aws:iam::222222222222:role/mid for profile mid",
			fix: "allow sts:AssumeRole on it to profile base, and that identity in the role's trust policy, which may ask for an external_id",
		},
		{
			name: "second of two roles denied", config: base +
				"[profile mid]\nrole_arn = arn:aws:iam::222222222222:role/mid\nsource_profile = base\n" +
				"[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nsource_profile = mid\n",
			sts: func(form url.Values) (string, string) {
				if form.Get("RoleArn") == role {
					return denied(form)
				}
				return "", ""
			},
			fault: migration.FaultDenied, what: "may not assume the role " + role + " for profile p",
			fix: "allow sts:AssumeRole on it to profile mid, and that identity in the role's trust policy, which may ask for an external_id",
		},
		{
			name: "role over wrong keys", config: chained + "base\n",
			sts:   func(url.Values) (string, string) { return "InvalidClientTokenId", "The security token is invalid." },
			fault: migration.FaultRejected, what: "AWS does not accept the credentials (InvalidClientTokenId) for profile p",
			fix: "they came from profile base: correct or remove them there",
		},
		{
			name: "MFA", config: chained + "base\nmfa_serial = " + mfa + "\n",
			fault: migration.FaultNoCredentials, what: "AWS profile p wants an MFA code of " + mfa,
			fix: "start migtop in a terminal, which asks for it, or run: " + export,
		},
		{
			name: "MFA, profile by flag", config: chained + "base\nmfa_serial = " + mfa + "\n", opts: awsaccess.Options{Profile: "p"},
			fault: migration.FaultNoCredentials, what: "AWS profile p wants an MFA code of " + mfa,
			fix: "start migtop in a terminal, which asks for it, or run: " + export +
				", and start migtop without --profile or a profile in its configuration",
		},
		{
			name: "MFA of a role below", config: base + "[profile admin]\nrole_arn = " + role + "\nsource_profile = base\nmfa_serial = " + mfa +
				"\n" +
				"[profile p]\nregion = eu-west-1\nrole_arn = arn:aws:iam::222222222222:role/top\nsource_profile = admin\n",
			fault: migration.FaultNoCredentials, what: "AWS profile admin wants an MFA code of " + mfa,
			fix: "start migtop in a terminal, which asks for it, or run: " + export,
		},
		{
			name: "login under a role", config: chained + "users\n[profile users]\nlogin_session = arn:aws:iam::111111111111:user/someone\n",
			fault: migration.FaultConfig,
			what:  "AWS profile p assumes a role with profile users, which is a login (login_session): migtop cannot use a login under a role",
			fix:   "run: " + export,
		},
		{
			name: "login", config: "[profile p]\nregion = eu-west-1\nlogin_session = arn:aws:iam::111111111111:user/someone\n",
			fault: migration.FaultNoCredentials, what: "there is no login for profile p on this machine that can be used",
			fix: "run: aws login --profile p",
		},
		{
			name: "helper fails", config: "[profile p]\nregion = eu-west-1\ncredential_process = sh -c 'echo vault is locked >&2; exit 2'\n",
			fault: migration.FaultNoCredentials, what: "credential_process of profile p failed with exit code 2: vault is locked",
			fix: "correct it in $HOME/aws_config_file; to see all that it says, run: aws sts get-caller-identity --profile p",
		},
		{
			name: "helper below a role fails", config: chained +
				"helper\n[profile helper]\ncredential_process = sh -c 'echo vault is locked >&2; exit 2'\n",
			fault: migration.FaultNoCredentials, what: "credential_process of profile helper failed with exit code 2: vault is locked",
			fix: "correct it in $HOME/aws_config_file; to see all that it says, run: aws sts get-caller-identity --profile helper",
		},
		{
			name: "helper below two roles is expired",
			config: "[profile mid]\nrole_arn = arn:aws:iam::222222222222:role/mid\nsource_profile = helper\n" + chained + "mid\n" +
				"[profile helper]\ncredential_process = sh -c 'echo " +
				"\"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"A\\\",\\\"SecretAccessKey\\\":\\\"x\\\"," +
				"\\\"Expiration\\\":\\\"2020-01-01T00:00:00Z\\\"}\"'\n",
			fault: migration.FaultExpired, what: "credential_process of profile helper gave credentials that expired at 2020-01-01T00:00:00Z",
			fix: "let it renew them; to see what it says, run: aws sts get-caller-identity --profile helper",
		},
		{
			name: "token file is missing", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\nweb_identity_token_file = /nonexistent/token\n",
			fault: migration.FaultNoCredentials,
			what:  "cannot read the web identity token file /nonexistent/token (web_identity_token_file of profile p): no such file or directory",
			fix:   "correct the setting, or let what writes the file run here; in a pod it is the service account's",
		},
		{
			name: "token file is empty", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nweb_identity_token_file = $HOME/token\n",
			files: map[string]string{"token": "\n"},
			fault: migration.FaultNoCredentials, what: "the web identity token file $HOME/token (web_identity_token_file of profile p) is empty",
			fix: "let what writes the file write it again",
		},
		{
			name:  "token file by variable is a folder",
			env:   map[string]string{"AWS_PROFILE": "", "AWS_REGION": "eu-west-1", "AWS_WEB_IDENTITY_TOKEN_FILE": "/", "AWS_ROLE_ARN": role},
			fault: migration.FaultNoCredentials, what: "cannot read the web identity token file / (AWS_WEB_IDENTITY_TOKEN_FILE): is a directory",
			fix: "correct the setting, or let what writes the file run here; in a pod it is the service account's",
		},
		{
			name: "token is not trusted", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\nweb_identity_token_file = $HOME/token\n",
			files: map[string]string{"token": "ey"}, sts: denied,
			fault: migration.FaultDenied, what: "may not assume the role " + role + " with the web identity token file $HOME/token",
			fix: "allow sts:AssumeRoleWithWebIdentity to the token's issuer, subject and audience in the role's trust policy",
		},
		{
			name: "token has expired", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nweb_identity_token_file = $HOME/token\n",
			files: map[string]string{"token": "ey"}, sts: func(url.Values) (string, string) { return "ExpiredTokenException", "Token expired" },
			fault: migration.FaultExpired, what: "the token in the web identity token file $HOME/token has expired",
			fix: "let what writes the file renew it",
		},
		{
			name: "token of another issuer", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\nweb_identity_token_file = $HOME/token\n",
			files: map[string]string{"token": "ey"}, sts: func(url.Values) (string, string) {
				return "InvalidIdentityToken",
					"No OpenIDConnect provider found"
			},
			fault: migration.FaultRejected,
			what:  "STS does not accept the token in the web identity token file $HOME/token: No OpenIDConnect provider found",
			fix:   "check that its issuer is an OIDC provider of the account of " + role,
		},
		{
			name: "SSO session is not there", config: "[profile p]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 1\nsso_role_name = " +
				"r\n[sso-session other]\nsso_region = x\n",
			fault: migration.FaultConfig, what: "AWS profile p names the SSO session corp, which $HOME/aws_config_file does not have",
			fix: "add [sso-session corp] with sso_start_url and sso_region to it, or correct sso_session of profile p",
		},
		{
			name: "SSO below a role, never logged in",
			config: chained + "sso\n[profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\nsso_region = " +
				"eu-west-1\nsso_start_url = x\n",
			fault: migration.FaultNoCredentials, what: "there is no SSO session for profile sso on this machine yet",
			fix: "run: aws sso login --profile sso",
		},
		{
			name: "SSO session without region", config: "[profile p]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 1\nsso_role_name " +
				"= r\n[sso-session corp]\nsso_start_url = x\n",
			fault: migration.FaultConfig, what: "the SSO session corp of AWS profile p has no sso_region",
			fix: "set sso_region under [sso-session corp] in $HOME/aws_config_file",
		},
		{
			name: "source profile is missing", config: chained + "gone\n",
			fault: migration.FaultConfig, what: "AWS profile p takes its credentials from profile gone, which does not exist",
			fix: "correct source_profile of profile p; profiles that exist: base, p",
		},
		{
			name: "source profile without credentials", config: chained + "empty\n[profile empty]\nregion = eu-west-1\n",
			fault: migration.FaultConfig, what: "AWS profile p takes its credentials from profile empty, which has none",
			fix: "give profile empty credentials, or correct source_profile of profile p",
		},
		{
			name: "profiles in a circle", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\nsource_profile = q\n[profile q]\nrole_arn = " + role + "\nsource_profile = p\n",
			fault: migration.FaultConfig, what: "AWS profiles take their credentials from each other: p -> q -> p",
			fix: "let one of them have credentials of its own",
		},
		{
			name: "source profile without role", config: base + "[profile p]\nregion = eu-west-1\nsource_profile = base\n",
			fault: migration.FaultConfig, what: "AWS profile p has source_profile and no role_arn",
			fix: "set role_arn in it, or remove source_profile",
		},
		{
			name: "two sources", config: chained + "base\ncredential_process = x\n",
			fault: migration.FaultConfig, what: "AWS profile p has more than one source of credentials: source_profile, credential_process",
			fix: "keep one of them",
		},
		{
			name: "half a key", config: "[profile p]\nregion = eu-west-1\naws_access_key_id = AKIDTEST\n",
			fault: migration.FaultConfig, what: "AWS profile p has aws_access_key_id and no aws_secret_access_key",
			fix: "set both in $HOME/aws_config_file or $HOME/aws_shared_credentials_file, or remove it",
		},
		{
			name: "half a key in variables", env: map[string]string{"AWS_PROFILE": "", "AWS_REGION": "eu-west-1", "AWS_SECRET_ACCESS_KEY": "x"},
			fault: migration.FaultNoCredentials, what: "the variable AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not",
			fix: "set both, or unset it",
		},
		{
			name: "variables as a source, unset", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\ncredential_source = Environment\n",
			fault: migration.FaultNoCredentials, what: "AWS profile p takes its credentials from variables (credential_source = Environment), " +
				"which are not set",
			fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		},
		{
			name: "no metadata service", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\ncredential_source = Ec2InstanceMetadata\n",
			fault: migration.FaultNoCredentials,
			what: "AWS profile p takes its credentials from the instance metadata service (credential_source = Ec2InstanceMetadata): " +
				"AWS_EC2_METADATA_DISABLED is set",
			fix: "it is there on EC2 only, for instances with a role: use another profile here",
		},
		{
			name: "metadata service does not answer", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role +
				"\ncredential_source = Ec2InstanceMetadata\n",
			env:   map[string]string{"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"},
			fault: migration.FaultNoCredentials,
			what: "AWS profile p takes its credentials from the instance metadata service (credential_source = Ec2InstanceMetadata): it does " +
				"not answer at 127.0.0.1:9",
			fix: "it is there on EC2 only, for instances with a role: use another profile here",
		},
		{
			name: "no container", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\ncredential_source = EcsContainer\n",
			fault: migration.FaultConfig,
			what: "AWS profile p takes credentials from the container, and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and " +
				"AWS_CONTAINER_CREDENTIALS_FULL_URI are not set",
			fix: "it works in a container of ECS or EKS only: use another profile here",
		},
		{
			name: "container refused", env: map[string]string{
				"AWS_PROFILE": "", "AWS_REGION": "eu-west-1",
				"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
			},
			fault: migration.FaultUnreachable, what: "cannot reach the container's credentials endpoint at 127.0.0.1:9: connection refused",
			fix: "outside of ECS and EKS, unset AWS_CONTAINER_CREDENTIALS_FULL_URI; inside, check the task role or the Pod Identity association",
		},
		{
			name: "FIPS and an endpoint", config: base + "use_fips_endpoint = true\n",
			env:   map[string]string{"AWS_PROFILE": "base", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
			fault: migration.FaultConfig, what: "FIPS endpoints and an endpoint of one's own (http://127.0.0.1:9) do not go together for " +
				"profile base",
			fix: "unset AWS_ENDPOINT_URL or endpoint_url, or set AWS_USE_FIPS_ENDPOINT or use_fips_endpoint to false",
		},
		{
			name: "dual-stack by variable and an endpoint in the file", config: base + "endpoint_url = http://127.0.0.1:9\n",
			env:   map[string]string{"AWS_PROFILE": "base", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
			fault: migration.FaultConfig, what: "dual-stack endpoints and an endpoint of one's own (http://127.0.0.1:9) do not go together for " +
				"profile base",
			fix: "unset AWS_ENDPOINT_URL or endpoint_url, or set AWS_USE_DUALSTACK_ENDPOINT or use_dualstack_endpoint to false",
		},
		{
			name: "no region", config: "[profile p]\naws_access_key_id = AKIDTEST\naws_secret_access_key = x\n",
			fault: migration.FaultConfig, what: "no AWS region is set for profile p",
			fix: "set AWS_REGION, use --region, or run: aws configure set region REGION --profile p",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, "", "")
			home := os.Getenv("HOME")
			in := func(s string) string { return strings.ReplaceAll(s, "$HOME", home) }
			if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(in(test.config)), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("AWS_PROFILE", "p")
			if test.opts.Profile != "" {
				t.Setenv("AWS_PROFILE", "")
			}
			if test.sts != nil {
				t.Setenv("AWS_ENDPOINT_URL_STS", stsOf(t, test.sts))
			}
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			_, err := awsaccess.LoadConfig(t.Context(), test.opts)
			if err == nil {
				t.Fatal("no error")
			}
			got := awsaccesstest.ProblemOf(t, err)
			if got.Fault != test.fault || got.What != in(test.what) || got.Fix != in(test.fix) {
				t.Errorf("got  %v: %s\n (%s)\nwant %v: %s\n (%s)\ncause %v", got.Fault, got.What, got.Fix, test.fault, in(test.what), in(test.fix),
					got.Err)
			}
			if strings.Contains(got.Fix, "configure sso") {
				t.Error("the profile would be written over")
			}
		})
	}
}
