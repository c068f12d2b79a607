package convert

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

// The values here are made up; those of AWS are its documentation's examples.
func TestSuspicion(t *testing.T) {
	join := func(parts ...string) string { return strings.Join(parts, "") } // so that scanners of this file find nothing
	for _, c := range []struct {
		name, value string
		secret      bool
	}{
		// By name.
		{"DB_PASSWORD", "hunter2", true},
		{"dbPassword", "x", true},
		{"DBPASSWORD", "x", true},
		{"POSTGRES_PWD", "postgres", true},
		{"JWT_SECRET", "change me", true},
		{"API_KEY", "12345", true},
		{"SENDGRID_KEY", "abc", true},
		{"KEY", "abc", true},
		{"ApiToken", "t", true},
		{"TOKEN2", "t", true},
		{"AUTH", "user", true},
		{"REDIS_AUTH", "x", true},
		{"DATABASE_URL", "postgres://db.internal/app", true},
		{"CONNECTION_STRING", "Server=db", true},
		{"SLACK_WEBHOOK_URL", "https://internal.example/hook", true},
		{"PIN", "1234", true},
		{"PASSWORD", "123456", true},
		// A name that speaks of one, with a value that cannot be it.
		{"SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", false},
		{"SECRET_NAME", "prod/acme/db", false},
		{"TOKEN_TTL", "3600", false},
		{"MAX_TOKENS", "4096", false},
		{"PASSWORD_MIN_LENGTH", "12", false},
		{"AUTH_ENABLED", "true", false},
		{"AUTH_URL", "https://login.example.com/oauth2/token", false},
		{"TOKEN_ISSUER", "https://issuer.example.com/", false},
		{"AUTH_HEADER", "X-Api-Key", false},
		{"PARTITION_KEY", "tenant_id", false},
		{"S3_KEY", "exports/latest.csv", false},
		{"API_KEY", "", false},
		{"TOKEN_NAME", join("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"), true},
		{"AUTH_URL", "https://user:pw@login.example.com/", true},
		// By value, under innocent names.
		{"CONFIG", "postgres://app:s3cret@db.internal:5432/app", true},
		{"CONFIG", "redis://:pw@cache:6379", true},
		{"CONFIG", "https://abcdef0123456789@sentry.example/42", true},
		{"CONFIG", "Server=db;User Id=app;Password=x;", true},
		{"CONFIG", "AKIAIOSFODNN7EXAMPLE", true},
		{"CONFIG", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", true},
		{"CONFIG", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", true},
		{"CONFIG", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", true},
		{"CONFIG", join("xo", "xb-12345678901-abcdefghij"), true},
		{"CONFIG", join("gl", "pat-abcdefghij0123456789"), true},
		{"CONFIG", join("sk_", "live_0123456789abcdef"), true},
		{"CONFIG", join("https://hooks.slack", ".com/services/T000/B000/XXXX"), true},
		{"CONFIG", join("SG.", "abcdefghijklmnop.qrstuvwxyz0123456789"), true},
		{"CONFIG", "Bearer abcdefgh12345678", true},
		{"CONFIG", "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc", true},
		{"CONFIG", "$2b$12$abcdefghijklmnopqrstuv", true},
		{"CONFIG", "AQICAHhQZ0FYm0Vn0Q2q0123456789abcdef", true},
		{"CONFIG", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", true},
		{"CONFIG", "0123456789abcdef0123456789abcdef", true},
		{"CONFIG", "kR9vX2mPq7Lw4TzN8bYc", true},
		{"CONFIG", "prefix kR9vX2mPq7Lw4TzN8bYc suffix", true},
		{"CONFIG", "kR9v-X2mPq7Lw4_TzN8bYc5Hd", true},
		{"CONFIG", "aB3dE5fG7hJ9kL1-mN2pQ4rS6tU8vW0", true},
		{"CONFIG", `{"host":"db","password":"x"}`, true},
		{"CONFIG", `{"list":[{"apiKey":"x"}]}`, true},
		{"CONFIG", base64.StdEncoding.EncodeToString([]byte(`{"password":"hunter2"}`)), true},
		{"CONFIG", url.QueryEscape("postgres://app:pw@db/app"), true},
		{"CONFIG", base64.StdEncoding.EncodeToString([]byte(url.QueryEscape("postgres://app:pw@db/app"))), true},
		{"CONFIG", "-Xmx1g -Dspring.datasource.password=hunter2", true},
		{"CONFIG", "host: db\nuser: app\nbind_pw: hunter2\n", true},
		{"CONFIG", "[db]\nsenha = hunter2", true},
		{"CONFIG", `curl -s -u app:hunter2 https://api.example.com`, true},
		{"CONFIG", `curl -H "Authorization: Token hunter2" https://api.example.com`, true},
		{"CONFIG", join("glft", "-WE6v05tg7Z5jXlNPAK_X"), true},
		{"CONFIG", join("XAPP", "-7-ustruRFb-71563-A3n"), true},
		{"CONFIG", join("sq0", "atp-jsqrpsQE_BdrxHCH92lITZ"), true},
		{"CONFIG", join("pscale_", "pw_TaqG9a3ENtHMc.tjpljjhhX2CQoUnhtu"), true},
		{"CONFIG", "-----BEGIN PGP PRIVATE KEY BLOCK-----", true},
		// What a function is usually given.
		{"HOSTS", "auth:9000,token-service:8080,db:5432", false},
		{"PROPERTIES", "-Dserver.port=8080 -Dtoken.ttl=3600 -Dauth.enabled=true -Dspring.profiles.active=prod", false},
		{"JOB", "glue-orders-to-parquet-nightly", false},
		{"MAPPING", "partition_key=tenant_id,sort_key=created_at", false},
		{"STAGE", "prod", false},
		{"BUCKET", "acme-uploads-eu-west-1", false},
		{"TABLE", "prod-ThumbsTableCD117FA1-1ABCDEFGHIJKL", false},
		{"TABLE", "MyStack-OrdersTable-aB3dE5fG7hJ9", false},
		{"QUEUE", "https://sqs.eu-west-1.amazonaws.com/123456789012/acme-csv-import", false},
		{"ENDPOINT", "https://api.example.com/v1/customers?page=1", false},
		{"LOG_LEVEL", "INFO", false},
		{"POWERTOOLS_SERVICE_NAME", "invoices", false},
		{"CLASSPATH", "/var/task/lib/commons-lang3-3.14.0.jar:/var/task/lib/jackson-databind-2.17.1.jar", false},
		{"JAVA_TOOL_OPTIONS", "-XX:+TieredCompilation -XX:TieredStopAtLevel=1", false},
		{"NODE_OPTIONS", "--enable-source-maps --max-old-space-size=900", false},
		{"PYTHONPATH", "/opt/python/lib/python3.13/site-packages", false},
		{"IMAGE", "registry.example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", false},
		{"TENANT_UUID", "123e4567-e89b-12d3-a456-426614174000", false},
		{"TOPIC", "arn:aws:sns:eu-west-1:123456789012:acme-invoices-OrderCreated", false},
		{"HOSTS", "kafka-1.internal:9092,kafka-2.internal:9092,kafka-3.internal:9092", false},
		{"GREETING", "Welcome to our internationalization department", false},
		{"FEATURES", `{"beta":true,"limit":5,"names":["alpha","beta"]}`, false},
		{"CRON", "0 3 * * ?", false},
		{"BUILD", "release-2026-11-24-rc1-x86_64", false},
		{"SUBNETS", "subnet-0a1b2c3d4e5f60718,subnet-1a2b3c4d5e6f70819", false},
		{"CLUSTER", "https://oidc.eks.eu-west-1.amazonaws.com", false},
		{"FLAGS", "handleInternationalizationCorrectly", false},
		{"MODEL", "anthropic.claude-3-5-sonnet-20241022-v2:0", false},
	} {
		if why := suspicion(c.name, c.value); (why != "") != c.secret {
			t.Errorf("%s=%.50q: %q, want a secret: %v", c.name, c.value, why, c.secret)
		}
	}
}

// secrets draws a value that must not be shown, in one of the shapes that people
// keep secrets in, with its core: the part that would give it away.
func secrets(t *rapid.T) (name, value, core string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	core = "q7" + string(rapid.Permutation([]rune(alphabet)).Draw(t, "core")[:30]) + "Z9x" // as random as keys are
	switch rapid.IntRange(0, 9).Draw(t, "shape") {
	case 0:
		return rapid.SampledFrom([]string{"DB_PASSWORD", "apiToken", "CLIENT_SECRET", "SIGNING_KEY", "CREDENTIALS"}).Draw(t, "name"), core, core
	case 1:
		return "SETTINGS", core, core
	case 2:
		return "SETTINGS", "postgres://app:" + core + "@db/app", core
	case 3:
		b, err := json.Marshal(map[string]any{"a": []any{map[string]any{"password": core}}})
		if err != nil {
			t.Fatal(err)
		}
		return "SETTINGS", string(b), core
	case 4:
		return "SETTINGS", base64.StdEncoding.EncodeToString([]byte("password=" + core)),
			base64.StdEncoding.EncodeToString([]byte("password=" + core))
	case 5:
		return "SETTINGS", "-----BEGIN PRIVATE KEY-----\n" + core + "\n-----END PRIVATE KEY-----\n", core
	case 6:
		return "SETTINGS", "https://x.example/?sig=" + core, core
	case 7:
		return "SETTINGS", "one " + core + " two", core
	case 8: // a name that no container takes: it is left out, and not shown
		return "WITH-DASH", core, core
	}
	return "AWS_LAMBDA_EXEC_WRAPPER", "/opt/" + core, core
}

// Whatever looks like a secret is in no output: neither plain nor encoded.
func TestNoSecretGetsOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, value, core := secrets(t)
		d := rapid.SampledFrom([]func() *migration.Definition{thumbnails, nightly}).Draw(t, "function")()
		d.Environment = hide(map[string]string{name: value, "STAGE": "prod"})
		d.EntryPoint, d.Command = []string{"run", "--token=" + core, "--dbPassword", core}, []string{core}
		o := Options{Identity: rapid.SampledFrom([]Identity{{}, {PodIdentity: true}, {Provider: provider}}).Draw(t, "identity")}
		p, err := Convert(d, o)
		if err != nil {
			t.Fatal(err)
		}
		all := everything(p) + fmt.Sprintf("%v %+v %#v", p, *p, p.Manifests)
		for _, form := range []string{core, url.QueryEscape(core), base64.StdEncoding.EncodeToString([]byte(core)), fmt.Sprintf("%x", core)} {
			if strings.Contains(all, form) {
				t.Fatalf("%s=%s is in the output", name, value)
			}
		}
		if !strings.Contains(p.YAML(), "STAGE: prod") {
			t.Fatal("what is no secret is not there")
		}
	})
}

func FuzzSuspicion(f *testing.F) {
	f.Add("DB_PASSWORD", "hunter2")
	f.Add("CONFIG", `{"a":["b",{"c":1}]}`)
	f.Add("X", "%7B%22a%22%3A%25%7D")
	f.Add("", "AQICAH")
	f.Fuzz(func(t *testing.T, name, value string) {
		if first, again := suspicion(name, value), suspicion(name, value); first != again {
			t.Errorf("%q then %q", first, again)
		}
	})
}
