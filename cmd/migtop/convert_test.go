package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/simcloud"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// What the demo's functions keep secret: see the simulated account.
var demoSecrets = []string{"correct-horse", "battery-staple", "wJalrXUtnFEMI", "AKIAIOSFODNN7EXAMPLE"}

func noSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range demoSecrets {
		if strings.Contains(text, s) {
			t.Errorf("%s has the secret %s", where, s)
		}
	}
}

// Every function of the demo becomes a Job, twice the same, and no secret gets out.
func TestConvertEveryFunctionOfTheDemo(t *testing.T) {
	done := map[string]bool{}
	if names := simcloud.FunctionNames(1); !slices.IsSorted(names) || len(names) < 40 {
		t.Errorf("names %v", names)
	}
	for _, f := range world.New(world.Options{Seed: 1}).Functions() {
		if kind := f.Tags["workload"]; kind != "" && done[kind] {
			continue // one of a kind is enough
		} else if kind != "" {
			done[kind] = true
		}
		out, errOut, code := execute(t, "convert", f.Name, "--demo", "--oidc-provider", "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
			"--namespace", "batch")
		if code != exitOK || !strings.Contains(out, "\nkind: Job\n") || !strings.HasPrefix(errOut, "# "+f.Name+" -> Job batch/") ||
			strings.Contains(errOut, "not read") {
			t.Errorf("%s: code %d\n%s\n%s", f.Name, code, out, errOut)
		}
		noSecret(t, f.Name, out+errOut)
	}
	if len(done) < 10 {
		t.Errorf("only %d workloads: %v", len(done), done)
	}
}

func TestConvertSaysWhatTheFunctionHad(t *testing.T) {
	for function, wants := range map[string][]string{
		"initech-ml-score-prod": {
			"kind: ScaledJob",
			"queueURL: https://sqs.us-east-1.amazonaws.com/123456789012/initech-ml-score-events", "maxReplicaCount: 60", "key: MODEL_TOKEN",
		},
		"nordhavn-invoice-pdf-prod":  {"secretKeyRef", "key: DATABASE_URL", "key: SMTP_PASSWORD", "sg-0db", "layer fonts:7", "X-Ray"},
		"globex-webhook-fanout-prod": {"function URL", "4 environments of live are kept warm", "13 with 5 %"},
		"hooli-csv-import-prod":      {"fsap-0c0ffee0c0ffee0c0", "Lambda Insights", "aws:SourceAccount", "Lambda@Edge"},
		"oakline-nightly-report-prod": {
			"rule/oakline-nightly", "aws events describe-rule --name oakline-nightly --region us-east-1",
			"SnapStart", "oakline-reports-failed",
		},
		"calderon-backup-export-prod": {"reserved concurrency of 20", "sizeLimit: \"4Gi\""},
		"quillon-search-index-prod":   {"aws-dynamodb-streams"},
		"pinecrest-thumbnails-prod":   {"a bucket's notifications", "pinecrest-thumbnails-failed"},
		"marlowe-video-transcode-prod": {
			"image: \"123456789012.dkr.ecr.us-east-1.amazonaws.com/video-transcode:2026-11-14\"",
			"sizeLimit: \"10Gi\"", "cpu: \"5789m\"",
		},
		"umbrella-geo-reindex-prod:$LATEST": {"kind: Job"},
	} {
		out, errOut, code := execute(t, "convert", function, "--demo", "--pod-identity")
		if code != exitOK {
			t.Errorf("%s: code %d, %s", function, code, errOut)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is not in\n%s\n%s", function, want, out, errOut)
			}
		}
		noSecret(t, function, out+errOut)
	}
}

func TestConvertOutputs(t *testing.T) {
	out, errOut, code := execute(t, "convert", "zephyr-ml-score-prod", "--demo", "-o", "json", "--oidc-provider",
		"arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE")
	var plan struct {
		Function  string
		Manifests []struct{ Kind string }
		Trust     struct {
			Rewritten, Both struct {
				Statement []struct{ Action any }
			}
		} `json:"trust_policy"`
		SecretKeys []string `json:"secret_keys"`
		Report     []struct{ Kind, Topic, Text string }
	}
	if err := json.Unmarshal([]byte(out), &plan); err != nil || code != exitOK || errOut != "" {
		t.Fatalf("code %d, %v, %s", code, err, errOut)
	}
	if plan.Function != "zephyr-ml-score-prod" || len(plan.Manifests) != 3 || len(plan.Trust.Rewritten.Statement) != 1 ||
		len(plan.Trust.Both.Statement) != 2 ||
		plan.Trust.Rewritten.Statement[0].Action != "sts:AssumeRoleWithWebIdentity" || !slices.Equal(plan.SecretKeys, []string{"MODEL_TOKEN"}) ||
		len(plan.Report) < 10 {
		t.Errorf("%+v", plan)
	}
	out, errOut, code = execute(t, "convert", "zephyr-ml-score-prod", "--demo", "-o", "report", "--image", "registry.example/score:1",
		"--command", "python,-m,score")
	if code != exitOK || errOut != "" || !strings.HasPrefix(out, "# zephyr-ml-score-prod") || !strings.Contains(out, "--pod-identity") ||
		strings.Contains(out, "placeholder") {
		t.Errorf("code %d\n%s\n%s", code, out, errOut)
	}
}

// Parts that may not be read are named, with one policy that grants all missing permissions.
func TestConvertWithLess(t *testing.T) {
	args := []string{
		"convert", "initech-ml-score-prod", "--demo", "--pod-identity", "--fault",
		"denied:lambda:ListEventSourceMappings,denied:iam:GetRole,denied:lambda:GetFunction",
	}
	out, errOut, code := execute(t, args...)
	if code != exitOK || !strings.Contains(out, "kind: Job\n") || !strings.Contains(out, "example.invalid") {
		t.Errorf("code %d\n%s", code, out)
	}
	for _, want := range []string{
		`"lambda:ListEventSourceMappings"`, `"iam:GetRole"`, `"lambda:GetFunction"`, `"MigtopConverts"`,
		"event source mappings: not permitted", "add this statement to it by hand",
	} {
		if !strings.Contains(errOut, want) {
			t.Errorf("the report does not say %q:\n%s", want, errOut)
		}
	}
	if _, _, code := execute(t, append(args, "--strict")...); code != exitPartial {
		t.Errorf("--strict: code %d", code)
	}
	if _, errOut, code := execute(t, "convert", "initech-ml-score-prod", "--demo", "--strict"); code != exitOK {
		t.Errorf("--strict of everything: code %d, %s", code, errOut)
	}
}

func TestConvertWithNothing(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"nobody"}, exitFailure, "there is no Lambda function nobody in us-east-1"},
		{[]string{"acme-thumbnails-prod:gone"}, exitFailure, "with a version or alias gone"},
		{[]string{"acme thumbnails"}, exitUsage, "is no name of a function"},
		{[]string{"arn:aws:lambda:eu-west-1:123456789012:function:x"}, exitUsage, "add --region eu-west-1"},
		{[]string{}, exitUsage, "want the name of a Lambda function"},
		{[]string{"acme-thumbnails-prod", "--fault", "expired"}, exitNoData, "aws sso login"},
		{[]string{"acme-thumbnails-prod", "--fault", "offline"}, exitNoData, "Lambda"},
		{[]string{"acme-thumbnails-prod", "--fault", "denied"}, exitNoData, "MigtopConvertsFunctionsOptional"},
		{[]string{"f", "-o", "xml"}, exitUsage, "want yaml, json or report"},
		{[]string{"f", "--oidc-provider", "nonsense"}, exitUsage, "--oidc-provider"},
		{[]string{"f", "--oidc-provider", "https://a.example/id/1", "--pod-identity"}, exitUsage, "do not go together"},
		{[]string{"f", "--force"}, exitUsage, "need --dir"},
		{[]string{"f", "--dir", "d", "-o", "json"}, exitUsage, "do not go together"},
		{[]string{"acme-thumbnails-prod", "--service-account", "A"}, exitUsage, "no service account"},
		{
			[]string{"acme-thumbnails-prod", "--oidc-provider", "arn:aws:iam::999999999999:oidc-provider/a.example/id/1"},
			exitUsage,
			"in account 999999999999",
		},
		{[]string{"acme-thumbnails-prod", "--from", "/does/not/exist"}, exitUsage, "--from"},
	} {
		out, errOut, code := execute(t, append([]string{"convert", "--demo"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("convert %s: code %d, %q, %q; want %d and %q", strings.Join(c.args, " "), code, out, errOut, c.code, c.want)
		}
	}
}

func TestConvertIntoAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deploy")
	args := []string{
		"convert", "initech-ml-score-prod", "--demo", "--oidc-provider", "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
		"--dir", dir,
	}
	out, _, code := execute(t, append(args, "--dry-run")...)
	if code != exitOK || !strings.Contains(out, "+++ b/scaledjob.yaml") || !strings.Contains(out, "7 new") {
		t.Errorf("dry run: code %d\n%s", code, out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("a dry run wrote")
	}
	if out, errOut, code := execute(t, args...); code != exitOK || !strings.Contains(out, "7 new") || !strings.Contains(out, "see report.md") {
		t.Fatalf("code %d\n%s\n%s", code, out, errOut)
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		noSecret(t, e.Name(), string(b))
		names = append(names, e.Name())
	}
	want := []string{
		"configmap.yaml", "report.md", "scaledjob.yaml", "serviceaccount.yaml", "triggerauthentication.yaml",
		"trust-policy-both.json", "trust-policy.json",
	}
	if !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	if out, _, code := execute(t, args...); code != exitOK || !strings.Contains(out, "the same") {
		t.Errorf("a second time: code %d\n%s", code, out)
	}
	// A file that the user changed is shown and not overwritten.
	file := filepath.Join(dir, "scaledjob.yaml")
	if err := os.WriteFile(file, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, code := execute(t, args...)
	if b, _ := os.ReadFile(file); code == exitOK || string(b) != "mine\n" || !strings.Contains(out, "-mine") ||
		!strings.Contains(errOut, "--force") {
		t.Errorf("code %d, file %q\n%s\n%s", code, b, out, errOut)
	}
	if _, _, code := execute(t, append(args, "--force")...); code != exitOK {
		t.Errorf("--force: code %d", code)
	}
	if b, _ := os.ReadFile(file); !strings.Contains(string(b), "kind: ScaledJob") {
		t.Errorf("after --force: %q", b)
	}
}

// A folder belongs to one function: files of another function are not overwritten, even with --force.
func TestConvertOfTwoFunctionsIntoOneFolder(t *testing.T) {
	dir := t.TempDir()
	if _, errOut, code := execute(t, "convert", "initech-ml-score-prod", "--demo", "--dir", dir); code != exitOK {
		t.Fatalf("code %d: %s", code, errOut)
	}
	before, err := os.ReadFile(filepath.Join(dir, "serviceaccount.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--force", "--dry-run"} {
		_, errOut, code := execute(t, "convert", "zephyr-ml-score-prod", "--demo", "--dir", dir, flag)
		after, _ := os.ReadFile(filepath.Join(dir, "serviceaccount.yaml"))
		if code != exitUsage || !strings.Contains(errOut, "function:initech-ml-score-prod") || string(after) != string(before) {
			t.Errorf("%s: code %d, %s", flag, code, errOut)
		}
	}
}

// Runs in a file give the Job the profile that they recommend.
func TestConvertWithRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.csv")
	rows := []string{"workload,tenant,run_id,started_at,duration_s,peak_memory_bytes,cpu_seconds,requested_memory_bytes,status"}
	for i := range 30 {
		rows = append(rows, "ml-score,zephyr,r"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+",2026-11-0"+string(rune('1'+i%9))+
			"T10:00:00Z,200,1500000000,380,6442450944,succeeded")
	}
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, code := execute(t, "convert", "zephyr-ml-score-prod", "--demo", "--from", file)
	if code != exitOK || !strings.Contains(errOut, "by the profile") || strings.Contains(out, "memory: \"6Gi\"") {
		t.Errorf("code %d\n%s\n%s", code, out, errOut)
	}
	out, errOut, code = execute(t, "convert", "acme-thumbnails-prod", "--demo", "--from", file)
	if code != exitOK || !strings.Contains(errOut, "not enough data") || !strings.Contains(out, "memory: \"1536Mi\"") {
		t.Errorf("another tenant: code %d\n%s\n%s", code, out, errOut)
	}
}

func TestConvertCompletes(t *testing.T) {
	out, _, _ := execute(t, "__complete", "convert", "--demo", "")
	if !strings.Contains(out, "acme-thumbnails-prod\n") {
		t.Errorf("functions: %s", out)
	}
	if out, _, _ := execute(t, "__complete", "convert", ""); strings.Contains(out, "acme") {
		t.Errorf("without the demo: %s", out)
	}
	if out, _, _ := execute(t, "__complete", "convert", "f", "-o", ""); !strings.Contains(out, "report\n") {
		t.Errorf("outputs: %s", out)
	}
}

func TestDoctorListsWhatConvertNeeds(t *testing.T) {
	out, _, code := execute(t, "doctor", "--iam-policy")
	var policy struct {
		Statement []struct {
			Sid    string
			Action []string
		}
	}
	if err := json.Unmarshal([]byte(out), &policy); err != nil || code != exitOK {
		t.Fatal(err)
	}
	for _, s := range policy.Statement {
		if s.Sid == "MigtopConvertsFunctionsOptional" {
			if !slices.Contains(s.Action, "iam:GetRole") || !slices.Contains(s.Action, "lambda:GetPolicy") {
				t.Errorf("actions %v", s.Action)
			}
			return
		}
	}
	t.Errorf("no statement of convert in %s", out)
}
