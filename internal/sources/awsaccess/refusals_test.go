package awsaccess_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// Contradicting settings, and errors with an ambiguous code, are described by their cause. The advice fits that cause and
// overwrites no file.
func TestSettingsAndRefusals(t *testing.T) {
	const role = "arn:aws:iam::222222222222:role/reader"
	const chained = base + "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nsource_profile = base\n"
	refuse := func(code, message string) func(url.Values) (string, string) {
		return func(url.Values) (string, string) { return code, message }
	}
	for _, test := range []struct {
		name, config string
		env          map[string]string
		sts          func(url.Values) (code, message string)
		fault        migration.Fault
		what, fix    string // the fix without the name of the file, as FILE
	}{
		{
			name: "profile that is its own source", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\nsource_profile = p\n",
			fault: migration.FaultConfig, what: "AWS profile p names itself as source_profile and has no credentials",
			fix: "name another profile, or credentials of its own: aws_access_key_id and aws_secret_access_key",
		},
		{
			name: "role without a source", config: "[profile p]\nregion = eu-west-1\nrole_arn = " + role + "\n",
			fault: migration.FaultConfig, what: "AWS profile p has role_arn and neither source_profile nor credential_source",
			fix: "set one of them in FILE, or remove role_arn",
		},
		{
			name: "half of the SSO settings", config: "[profile p]\nregion = eu-west-1\nsso_start_url = " +
				"https://corp.example/start\nsso_account_id = 123456789012\n",
			fault: migration.FaultConfig, what: "AWS profile p has sso_start_url, sso_account_id and no sso_region, sso_role_name",
			fix: "set sso_region and sso_role_name in profile p of FILE",
		},
		{
			name: "profile without the word in its section", config: "[p]\nregion = eu-west-1\naws_access_key_id = A\naws_secret_access_key = b\n",
			fault: migration.FaultConfig, what: `AWS profile "p" does not exist`,
			fix: "write [profile p] in place of [p] in FILE: the config file names profiles so, only the credentials file does not",
		},
		{
			name: "byte order mark", config: "\ufeff[profile p]\nregion = eu-west-1\naws_access_key_id = A\naws_secret_access_key = b\n",
			fault: migration.FaultConfig, what: `AWS profile "p" does not exist`,
			fix: "check FILE, which has no profile that can be read: it begins with a byte order mark, save it without",
		},
		{
			name: "token file without a role", config: "[profile p]\nregion = eu-west-1\n",
			env:   map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token"},
			fault: migration.FaultConfig, what: "AWS_WEB_IDENTITY_TOKEN_FILE is set without a role", fix: "set AWS_ROLE_ARN, or unset it",
		},
		{
			name: "container's endpoint elsewhere", config: "[profile p]\nregion = eu-west-1\n",
			env:   map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"},
			fault: migration.FaultNoCredentials, what: "the container's credentials endpoint gave none: invalid endpoint host, \"192.0.2.1\", " +
				"only loopback/ecs/eks hosts are allowed",
			fix: "outside of ECS and EKS, unset AWS_CONTAINER_CREDENTIALS_FULL_URI; inside, check the task role or the Pod Identity association",
		},
		{
			name: "clock behind", config: chained, sts: refuse("SignatureDoesNotMatch",
				"Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z"),
			fault: migration.FaultOther, fix: "set this machine's clock",
			what: "STS refused AssumeRole: SignatureDoesNotMatch: Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (to " +
				"assume the role " + role + ") for profile p",
		},
		{
			name: "clock ahead", config: chained, sts: refuse("InvalidSignatureException",
				"Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z"),
			fault: migration.FaultOther, fix: "set this machine's clock",
			what: "STS refused AssumeRole: InvalidSignatureException: Signature not yet current: 20260101T001000Z is still later than " +
				"20260101T000500Z (to assume the role " + role + ") for profile p",
		},
		{
			name: "wrong secret key", config: chained,
			sts:   refuse("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."),
			fault: migration.FaultRejected, what: "AWS does not accept the credentials (SignatureDoesNotMatch) for profile p",
			fix: "they came from profile base: correct or remove them there",
		},
		{
			name: "expired keys of another profile", config: chained,
			sts:   refuse("ExpiredToken", "The security token included in the request is expired"),
			fault: migration.FaultExpired, what: "the AWS credentials have expired for profile p",
			fix: "renew them in FILE or CREDENTIALS for profile base",
		},
		{
			name: "region that STS is not active in", config: chained, sts: refuse("RegionDisabledException", "STS is not activated in this region"),
			fault: migration.FaultOther, what: "STS refused AssumeRole: RegionDisabledException: STS is not activated in this region (to assume " +
				"the role " + role + ") for profile p",
			fix: "activate STS for eu-west-1 in the account settings of IAM, or use another region",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, test.config, "")
			t.Setenv("AWS_PROFILE", "p")
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if test.sts != nil {
				t.Setenv("AWS_ENDPOINT_URL_STS", stsOf(t, test.sts))
			}
			_, err := awsaccess.LoadConfig(t.Context(), awsaccess.Options{})
			p := awsaccesstest.ProblemOf(t, err)
			fix := strings.NewReplacer(os.Getenv("AWS_CONFIG_FILE"), "FILE", os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), "CREDENTIALS").Replace(p.Fix)
			if p.Fault != test.fault || p.What != test.what || fix != test.fix {
				t.Errorf("got %v\n%s\n-> %s\nwant %v\n%s\n-> %s", p.Fault, p.What, fix, test.fault, test.what, test.fix)
			}
		})
	}
}

// A list of ARNs has no empty one, and an answer with a status of trouble is trouble, whether
// or not it says why.
func TestAnswersOfTrouble(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		fault      migration.Fault
		what, cbor string // of ECS, which speaks JSON, and of CloudWatch, which speaks CBOR
	}{
		{
			"empty name", `{"clusterArns":[null,""]}`, 200, migration.FaultNotThatAPI,
			"endpoint did not answer as ECS (HTTP 200 with clusters of which one has no name)", "",
		},
		{
			"503 without a body", "", 503, migration.FaultUnreachable, "ECS reports an internal error (HTTP 503)",
			"CloudWatch reports an internal error (HTTP 503)",
		},
		{
			"502 of a proxy", "<html>Bad Gateway</html>", 502, migration.FaultUnreachable, "ECS reports an internal error (HTTP 502)",
			"CloudWatch reports an internal error (HTTP 502)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			access, err := awsaccess.LoadConfig(t.Context(), awsaccess.Options{
				Static: &awsaccess.Static{AccessKeyID: "AKIDTEST", SecretAccessKey: "x"}, Region: "eu-west-1", Endpoint: server.URL, Attempts: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer access.Close()
			_, err = ecs.NewFromConfig(access.SDK()).ListClusters(t.Context(), &ecs.ListClustersInput{})
			if p := access.Explain("ecs:ListClusters", err); p.What != test.what || p.Fault != test.fault {
				t.Errorf("ECS: got %v, %s", p.Fault, p.What)
			}
			if test.cbor == "" {
				return
			}
			_, err = cloudwatch.NewFromConfig(access.SDK()).ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
			if p := access.Explain("cloudwatch:ListMetrics", err); p.What != test.cbor || p.Fault != test.fault {
				t.Errorf("CloudWatch: got %v, %s", p.Fault, p.What)
			}
		})
	}
}
