package lambda

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

// Every refusal of AWS becomes advice, for each of the three protocols.
func TestRefusals(t *testing.T) {
	const machineKeys = "AWS does not accept the credentials"
	for _, test := range []struct {
		name   string
		faults awsapi.Faults
		fault  migration.Fault
		what   map[string]string // by action
		fix    string
		env    bool // the keys are in variables, not in a profile
	}{
		{
			name: "expired", faults: awsapi.Faults{Expired: true}, fault: migration.FaultExpired,
			what: map[string]string{
				"identity": "the AWS credentials have expired", "cloudwatch:GetMetricData": "the AWS credentials have expired",
				"cloudwatch:ListMetrics": "the AWS credentials have expired", "lambda:ListFunctions": "the AWS credentials have expired",
			},
			fix: "renew them in CONFIG or FILE for profile prod",
		},
		{
			name: "rejected", faults: awsapi.Faults{Rejected: true}, fault: migration.FaultRejected,
			what: map[string]string{
				"identity": machineKeys + " (InvalidClientTokenId)", "cloudwatch:GetMetricData": machineKeys + " (InvalidClientTokenId)",
				"cloudwatch:ListMetrics": machineKeys + " (InvalidClientTokenId)",
				"lambda:ListFunctions":   machineKeys + " (UnrecognizedClientException)",
			},
			fix: "they came from profile prod (file FILE): correct or remove them there",
		},
		{
			name: "rejected, by variables", env: true, faults: awsapi.Faults{Rejected: true}, fault: migration.FaultRejected,
			what: map[string]string{
				"identity": machineKeys + " (InvalidClientTokenId)", "cloudwatch:GetMetricData": machineKeys + " (InvalidClientTokenId)",
				"cloudwatch:ListMetrics": machineKeys + " (InvalidClientTokenId)",
				"lambda:ListFunctions":   machineKeys + " (UnrecognizedClientException)",
			},
			fix: "they came from environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: correct or remove them there",
		},
		{
			name: "expired, by variables", env: true, faults: awsapi.Faults{Expired: true}, fault: migration.FaultExpired,
			what: map[string]string{
				"identity": "the AWS credentials have expired", "cloudwatch:GetMetricData": "the AWS credentials have expired",
				"cloudwatch:ListMetrics": "the AWS credentials have expired", "lambda:ListFunctions": "the AWS credentials have expired",
			},
			fix: "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or unset them and run: aws sso login",
		},
		{
			name: "denied", faults: awsapi.Faults{Denied: []string{"*"}}, fault: migration.FaultDenied,
			what: map[string]string{
				"cloudwatch:GetMetricData": "not permitted: cloudwatch:GetMetricData",
				"cloudwatch:ListMetrics":   "not permitted: cloudwatch:ListMetrics", "lambda:ListFunctions": "not permitted: lambda:ListFunctions",
			},
			fix: "allow the action to this identity with the IAM statement below",
		},
		{
			name: "throttled", faults: awsapi.Faults{Throttle: true}, fault: migration.FaultThrottled,
			what: map[string]string{
				"identity": "STS throttles GetCallerIdentity", "cloudwatch:GetMetricData": "CloudWatch throttles GetMetricData",
				"cloudwatch:ListMetrics": "CloudWatch throttles ListMetrics", "lambda:ListFunctions": "Lambda throttles ListFunctions",
			},
			fix: "migtop asks less often until it stops",
		},
		{
			name: "a page of HTML", faults: awsapi.Faults{HTML: true}, fault: migration.FaultNotThatAPI,
			what: map[string]string{
				"identity": "endpoint did not answer as STS (HTTP 200)", "cloudwatch:GetMetricData": "endpoint did not answer as CloudWatch (HTTP 200)",
				"cloudwatch:ListMetrics": "endpoint did not answer as CloudWatch (HTTP 200)",
				"lambda:ListFunctions":   "endpoint did not answer as Lambda (HTTP 200)",
			},
		},
		{
			name: "cut off", faults: awsapi.Faults{Offline: true}, fault: migration.FaultUnreachable,
			what: map[string]string{
				"identity": "cannot reach STS at HOST: EOF", "cloudwatch:GetMetricData": "cannot reach CloudWatch at HOST: EOF",
				"cloudwatch:ListMetrics": "cannot reach CloudWatch at HOST: EOF", "lambda:ListFunctions": "cannot reach Lambda at HOST: EOF",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			awsaccesstest.Machine(t, "[profile prod]\nregion = eu-west-1\n", "[prod]\naws_access_key_id = AKIDTEST\naws_secret_access_key = s\n")
			server, url := awsaccesstest.Serve(t, newFleet(1), awsaccesstest.NewHand(epoch))
			opts := awsaccess.Options{Profile: "prod", Endpoint: url, Attempts: 1}
			if test.env {
				t.Setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
				t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
				opts.Profile, opts.Region = "", awsaccesstest.Region
			}
			config, err := awsaccess.LoadConfig(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			defer config.Close()
			server.SetFaults(test.faults)
			got := make(map[string]string)
			for _, f := range config.Check(t.Context(), nil, Questions(epoch)...) {
				if f.Problem == nil {
					continue
				}
				what := strings.ReplaceAll(f.Problem.What, strings.TrimPrefix(url, "http://"), "HOST")
				got[f.Name] = what
				fix := strings.NewReplacer(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), "FILE", os.Getenv("AWS_CONFIG_FILE"),
					"CONFIG").Replace(f.Problem.Fix)
				if f.Problem.Fault != test.fault || (test.fix != "" && fix != test.fix) || fix == "" {
					t.Errorf("%s: fault %v, fix %q; want %v, %q", f.Name, f.Problem.Fault, fix, test.fault, test.fix)
				}
				if test.fault == migration.FaultDenied && !strings.Contains(f.Problem.Snippet, `"`+f.Name+`"`) {
					t.Errorf("%s: snippet %s does not allow it", f.Name, f.Problem.Snippet)
				}
			}
			if diff := cmp.Diff(test.what, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Servers that are no AWS at all.
func TestStrangers(t *testing.T) {
	answer := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const page = "<html><body>Sign in</body></html>"
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		fault   migration.Fault
		what    string
	}{
		{"HTML with 200", answer(200, "text/html", page), migration.FaultNotThatAPI, "endpoint did not answer as CloudWatch (HTTP 200)"},
		{"HTML with 403", answer(403, "text/html", page), migration.FaultNotThatAPI, "endpoint did not answer as CloudWatch (HTTP 403)"},
		{"HTML with 503", answer(503, "text/html", page), migration.FaultNotThatAPI, "endpoint did not answer as CloudWatch (HTTP 503)"},
		{
			"plain 404", answer(404, "text/plain", "404 page not found\n"), migration.FaultNotThatAPI,
			"endpoint did not answer as CloudWatch (HTTP 404)",
		},
		{
			"empty 200", answer(200, "application/cbor", ""), migration.FaultNotThatAPI,
			"endpoint did not answer as CloudWatch (HTTP 200 without results)",
		},
		{
			"JSON 200", answer(200, "application/json", `{"ok":true}`), migration.FaultNotThatAPI,
			"endpoint did not answer as CloudWatch (HTTP 200)",
		},
		{"a redirect to a login page", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/login", http.StatusFound)
		}, migration.FaultNotThatAPI, "endpoint did not answer as CloudWatch (HTTP 302)"},
		{"silence", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the client go
			select {
			case <-r.Context().Done():
			case <-release:
			}
		}, migration.FaultUnreachable, "CloudWatch at HOST did not answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()
			opts := awsaccesstest.Options(server.URL)
			opts.CallTimeout = 300 * time.Millisecond
			config, err := awsaccess.LoadConfig(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			defer config.Close()
			_, _, err = tryMetricData(t.Context(), config, epoch)
			if err == nil {
				t.Fatal("no error")
			}
			got := config.Explain("cloudwatch:GetMetricData", err)
			what := strings.ReplaceAll(got.What, strings.TrimPrefix(server.URL, "http://"), "HOST")
			if got.Fault != test.fault || what != test.what {
				t.Errorf("got %v: %q, want %v: %q\ncause: %v", got.Fault, what, test.fault, test.what, err)
			}
			_ = awsaccesstest.ProblemOf(t, got)
		})
	}
}

// Nothing listens there: the address is named, and the poll fails at once.
func TestNothingListens(t *testing.T) {
	address := awsaccesstest.NobodyThere(t)
	config, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options("http://"+address))
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(config, Settings{Attribute: byName})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	batch, err := source.Poll(t.Context(), sources.Focus{})
	if got, want := awsaccesstest.ProblemOf(t, err).What, "cannot reach CloudWatch at "+address+": connection refused"; got != want {
		t.Errorf("what = %q, want %q", got, want)
	}
	if h := awsaccesstest.Health(t, batch, "cloudwatch"); h.State != migration.HealthFailed || h.Errors == 0 || !h.LastSuccess.IsZero() {
		t.Errorf("cloudwatch health = %+v", h)
	}
	if h := awsaccesstest.Health(t, batch, "lambda"); h.State != migration.HealthFailed || h.Problem == nil {
		t.Errorf("lambda health = %+v", h)
	}
}

// A server that never answers costs no more than the poll's own time.
func TestPollHasADeadline(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	defer server.Close()
	defer close(release)
	opts := awsaccesstest.Options(server.URL)
	opts.CallTimeout = time.Hour
	config, err := awsaccess.LoadConfig(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	source, err := New(config, Settings{Attribute: byName, Timing: awspoll.Timing{Timeout: 300 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = source.Poll(ctx, sources.Focus{})
	if got := awsaccesstest.ProblemOf(t, err); got.Fault != migration.FaultUnreachable || ctx.Err() != nil {
		t.Errorf("problem = %+v, context %v", got, ctx.Err())
	}
}

// What went wrong in the middle of things: old data stay with their age, and the
// source recovers by itself.
func TestTroubleAndRecovery(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults awsapi.Faults
		fault  migration.Fault
	}{
		{"expired", awsapi.Faults{Expired: true}, migration.FaultExpired},
		{"rejected", awsapi.Faults{Rejected: true}, migration.FaultRejected},
		{"denied", awsapi.Faults{Denied: []string{"cloudwatch:GetMetricData"}}, migration.FaultDenied},
		{"offline", awsapi.Faults{Offline: true}, migration.FaultUnreachable},
		{"html", awsapi.Faults{HTML: true}, migration.FaultNotThatAPI},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, newFleet(2))
			focus := sources.Focus{Open: true, Tenant: "t00000", Visible: []migration.Tenant{"t00001"}}
			all := store{}
			first, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			all.absorb(first)
			r.server.SetFaults(test.faults)
			for range 7 {
				r.clock.Advance(time.Minute)
				batch, err := r.Poll(t.Context(), focus)
				if got := awsaccesstest.ProblemOf(t, err); got.Fault != test.fault {
					t.Fatalf("fault %v, want %v", got.Fault, test.fault)
				}
				h := awsaccesstest.Health(t, batch, "cloudwatch")
				if h.State != migration.HealthFailed || !h.LastSuccess.Equal(epoch) || len(batch.Activities) != 0 {
					t.Fatalf("health = %+v", h)
				}
			}
			r.server.SetFaults(awsapi.Faults{})
			r.clock.Advance(time.Minute)
			batch, err := r.Poll(t.Context(), focus)
			if err != nil {
				t.Fatal(err)
			}
			all.absorb(batch)
			if h := awsaccesstest.Health(t, batch, "cloudwatch"); h.State != migration.HealthOK || h.Problem != nil {
				t.Errorf("after the end: %+v", h)
			}
			minutes := 0
			for _, a := range all {
				if a.Tenant == "t00000" && a.Span == time.Minute {
					minutes++
				}
			}
			if want := 169 + 8; minutes != want {
				t.Errorf("%d minutes of the focused tenant, want %d without a gap", minutes, want)
			}
		})
	}
}

// With one permission missing, the rest works.
func TestMissingPermissions(t *testing.T) {
	for _, test := range []struct {
		name, source string
		action       string
		state        migration.HealthState
		check        func(t *testing.T, b migration.Batch)
	}{
		{"without ListFunctions", "lambda", "lambda:ListFunctions", migration.HealthFailed, func(t *testing.T, b migration.Batch) {
			if a := b.Activities[0]; a.Invoked != nil || a.Runs == 0 || len(b.Functions) != 0 {
				t.Errorf("invoked %+v, runs %d, %d functions: memory is not known", a.Invoked, a.Runs, len(b.Functions))
			}
		}},
		{"without ListMetrics", "cloudwatch", "cloudwatch:ListMetrics", migration.HealthDegraded, func(t *testing.T, b migration.Batch) {
			if a := b.Activities[0]; a.Invoked == nil || len(b.Functions) != 2 {
				t.Errorf("invoked %+v, %d functions", a.Invoked, len(b.Functions))
			}
		}},
		{"without ListTags", "lambda", "lambda:ListTags", migration.HealthDegraded, func(t *testing.T, b migration.Batch) {
			if a := b.Activities[0]; a.Tenant != "t00000" {
				t.Errorf("tenant %q, want the one by name", a.Tenant)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, newFleet(2), func(s *Settings) { s.Tags = true })
			denied := []string{test.action}
			if test.action == "lambda:ListTags" {
				denied = append(denied, "tag:GetResources")
			}
			r.server.SetFaults(awsapi.Faults{Denied: denied})
			batch, err := r.Poll(t.Context(), sources.Focus{})
			if err != nil {
				t.Fatal(err)
			}
			if len(batch.Activities) == 0 {
				t.Fatal("no activities")
			}
			h := awsaccesstest.Health(t, batch, test.source)
			if h.State != test.state || h.Problem == nil || h.Problem.What != "not permitted: "+test.action ||
				!strings.Contains(h.Problem.Snippet, test.action) {
				t.Errorf("health = %+v, problem %v", h, h.Problem)
			}
			test.check(t, batch)
		})
	}
}

// Tags are read where rules need them, once, and before the first question: a
// hundred functions at a time by the tagging API, or one by one where only Lambda
// may be asked.
func TestTags(t *testing.T) {
	for _, test := range []struct {
		name       string
		faults     awsapi.Faults
		bulk, each int64
	}{
		{"by the tagging API", awsapi.Faults{}, 3, 0},
		{"one by one", awsapi.Faults{Denied: []string{"tag:GetResources"}}, 1, 240},
	} {
		t.Run(test.name, func(t *testing.T) {
			account := newFleet(240)
			for i := range account.list[:230] { // the rest has none, of which the tagging API does not tell
				account.list[i].Tags = map[string]string{"tenant": "acme"}
			}
			r := newRig(t, account, func(s *Settings) {
				s.Tags, s.History = true, -1
				s.Attribute = func(id migration.Identity) migration.Attribution {
					return migration.Attribution{Tenant: migration.Tenant(id.Tags["tenant"]), Workload: migration.Workload(id.Name)}
				}
			})
			r.server.SetFaults(test.faults)
			for range 3 {
				batch, err := r.Poll(t.Context(), sources.Focus{})
				if err != nil {
					t.Fatal(err)
				}
				if len(batch.Activities) == 0 {
					t.Fatal("no activities")
				}
				for _, a := range batch.Activities {
					if want := a.Workload < "work-t00230"; (a.Tenant == "acme") != want {
						t.Fatalf("tenant %q of %q", a.Tenant, a.Workload)
					}
				}
				if h := awsaccesstest.Health(t, batch, "lambda"); h.State != migration.HealthOK {
					t.Errorf("health = %+v", h)
				}
				r.clock.Advance(5 * time.Minute)
			}
			if bulk, each := r.server.Calls("tag:GetResources"), r.server.Calls("lambda:ListTags"); bulk != test.bulk || each != test.each {
				t.Errorf("%d calls of GetResources and %d of ListTags, want %d and %d", bulk, each, test.bulk, test.each)
			}
		})
	}
}
