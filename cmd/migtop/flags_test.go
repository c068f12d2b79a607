package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/fang/v2"

	"github.com/migtop/migtop/internal/simcloud"
)

func init() { demoAnswers = new(simcloud.Answers) }

// execute runs the command as typed, without a terminal, and returns what it
// printed and how it would end.
func execute(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	for _, v := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(v, t.TempDir())
	}
	root := newRoot()
	var stdout, stderr bytes.Buffer
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(args)
	root.SilenceUsage, root.SilenceErrors = true, true
	err := root.ExecuteContext(t.Context())
	if err != nil {
		printError(&stderr, fang.Styles{}, err)
	}
	return stdout.String(), stderr.String(), exitCode(err)
}

// looks are what [looked] printed, by its arguments.
var looks = map[string]look{}

type look struct {
	out, errOut string
	code        int
}

// looked is what snapshot --demo -o json prints with further arguments: for tests that read the same demo, which takes
// seconds to start.
func looked(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	key := strings.Join(args, " ")
	one, ok := looks[key]
	if !ok {
		one.out, one.errOut, one.code = execute(t, append([]string{"snapshot", "--demo", "-o", "json"}, args...)...)
		looks[key] = one
	}
	return one.out, one.errOut, one.code
}

func TestWrongFlagsSaySo(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"snapshot", "--seed", "3"}, "--seed applies to the demo only: add --demo"},
		{[]string{"snapshot", "--demo", "--speed", "NaN"}, "--speed NaN: want 0 to 3600"},
		{[]string{"snapshot", "--demo", "--speed", "-1"}, "want 0 to 3600"},
		{[]string{"snapshot", "--demo", "--pods", "-1"}, "want 0 to 100000"},
		{[]string{"snapshot", "--demo", "--fault", "fire"}, `unknown fault "fire": known are throttle`},
		{[]string{"snapshot", "--demo", "-o", "xml"}, "json"},
		{[]string{"snapshot", "--demo", "-o", "csv", "--series"}, "--series goes with -o json"},
		{[]string{"snapshot", "--demo", "-o", "csv", "--fields", "tennant"}, "tenant"},
		{[]string{"snapshot", "--window", "7m"}, "1h"},
		{[]string{"snapshot", "--log-level", "loud"}, "want debug, info, warn or error"},
		{[]string{"config", "show", "--seed", "3"}, "--seed applies to the demo only"},
		{[]string{"snapshot", "--demo", "--seed", "x"}, `--seed "x": want a whole number from 0`},
		{[]string{"profiles", "--classes", "few"}, `--classes "few": want a whole number`},
		{[]string{"profiles", "--target", "90"}, `--target "90": want a time such as 90s`},
		{[]string{"--ascii=perhaps"}, `--ascii "perhaps": want true or false`},
		{[]string{"convert"}, "migtop: convert: want the name of a Lambda function, got 0 arguments"},
		{[]string{"prices", "show"}, "want an item, such as lambda.requests; "},
		{[]string{"prices", "diff", "a", "b"}, "want a price file, got 2 arguments"},
		{[]string{"config", "shwo"}, `unknown command "shwo" for "migtop config"`},
		{[]string{"prices", "lst"}, `unknown command "lst" for "migtop prices"`},
		{[]string{"nonsense"}, "run: migtop --help"},
		{[]string{"--nope"}, "run: migtop --help"},
		{[]string{"snapshot", "too", "many"}, "takes no arguments"},
	} {
		out, errOut, code := execute(t, c.args...)
		if code != exitUsage || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("migtop %s: code %d, stdout %.40q, stderr %q; want code 2 and one line with %q", strings.Join(c.args, " "), code, out, errOut,
				c.want)
		}
	}
}

func TestScreenWithoutATerminal(t *testing.T) {
	_, errOut, code := execute(t, "demo")
	if code != exitUsage || !strings.Contains(errOut, "migtop snapshot") {
		t.Errorf("code %d, %q", code, errOut)
	}
}

func TestSnapshotEndsByWhatAnswered(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string // on standard error
		long bool   // not under -short: each case starts a demo
	}{
		{[]string{"--demo"}, exitOK, "", true},
		{[]string{"--demo", "--strict"}, exitOK, "", true}, // TestSameSeedPrintsTheSame is strict
		{[]string{"--demo", "--fault", "expired"}, exitOK, "aws sso login", true},
		{[]string{"--demo", "--fault", "expired", "--strict"}, exitPartial, "aws sso login", false},
		{[]string{"--demo", "--fault", "no-metrics", "--strict"}, exitPartial, "metrics-server", true},
		{[]string{"--demo", "--fault", "forbidden"}, exitOK, "migtop doctor prints it", true},
		{[]string{"--demo", "--fault", "expired,kube-offline"}, exitNoData, "run migtop doctor", false},
	} {
		if c.long && testing.Short() {
			continue
		}
		out, errOut, code := execute(t, append([]string{"snapshot"}, c.args...)...)
		if code != c.code || (code == exitNoData) != (out == "") || !strings.Contains(errOut, c.says) || (c.says == "" && errOut != "") {
			t.Errorf("snapshot %s: code %d with %d bytes, stderr %q; want code %d and %q", strings.Join(c.args, " "), code, len(out), errOut, c.code,
				c.says)
		}
	}
}

// What people meet on a machine where nothing is set up yet: one line a problem, and
// what to do.
func TestNothingIsSetUp(t *testing.T) {
	nothing := func(t *testing.T) {
		home := t.TempDir()
		for name, value := range map[string]string{
			"HOME": home, "KUBECONFIG": filepath.Join(home, "none"), "AWS_EC2_METADATA_DISABLED": "true",
			"AWS_CONFIG_FILE": filepath.Join(home, "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "none"),
			"AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
		} {
			t.Setenv(name, value)
		}
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("windw: 1h\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "kubeconfig")
	config := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n" +
		"contexts: [{name: prod, context: {cluster: c}}]\ncurrent-context: prod\n"
	if err := os.WriteFile(wrong, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no region", nil, exitNoData, []string{"no AWS region is set", "AWS_REGION", "no kubeconfig", "--kubeconfig"}},
		{"no credentials", []string{"--region", "eu-west-1"}, exitNoData, []string{"no AWS credentials"}},
		{"no such profile", []string{"--profile", "nope"}, exitNoData, []string{`profile "nope" does not exist`}},
		{"wrong context", []string{"--kubeconfig", wrong, "--context", "staging"}, exitNoData, []string{`no context "staging"`, "prod"}},
		{"nobody listens", []string{"--kubeconfig", wrong}, exitNoData, []string{"127.0.0.1:1"}},
		{"malformed configuration", []string{"--config", bad}, exitUsage, []string{"bad.yaml:1:1", "window"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			nothing(t)
			out, errOut, code := execute(t, append([]string{"snapshot"}, c.args...)...)
			if code != c.code || out != "" {
				t.Errorf("code %d, stdout %q; want %d and nothing", code, out, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(errOut, want) {
					t.Errorf("stderr does not say %q:\n%s", want, errOut)
				}
			}
			for line := range strings.Lines(errOut) {
				if !strings.HasPrefix(line, "migtop: ") {
					t.Errorf("a line that is not a problem's own: %q", line)
				}
				if strings.Count(errOut, line) > 1 {
					t.Errorf("said twice: %q", line)
				}
			}
		})
	}
}

func TestUnreadLambdaIsNotGone(t *testing.T) {
	out, _, _ := execute(t, "snapshot", "--demo", "--fault", "expired")
	if strings.Contains(out, "moved") || !strings.Contains(out, ">=") {
		t.Errorf("tenants are called moved, or the total complete, without a look at Lambda:\n%s", out)
	}
}

func TestDoctor(t *testing.T) {
	out, _, code := execute(t, "doctor", "--demo")
	if code != exitOK || !strings.Contains(out, "cloudwatch:GetMetricData") || strings.Contains(out, "failed") {
		t.Errorf("code %d:\n%s", code, out)
	}
	out, errOut, code := execute(t, "doctor", "--demo", "--fault", "denied:cloudwatch:GetMetricData,no-metrics")
	if code != exitFailure || !strings.Contains(out, `"cloudwatch:GetMetricData"`) || !strings.Contains(errOut, "failed") {
		t.Errorf("code %d, %q:\n%s", code, errOut, out)
	}
	// What is optional and not permitted is said, and is no failure.
	out, _, code = execute(t, "doctor", "--demo", "--fault", "denied:ecs:ListClusters")
	if code != exitOK || !strings.Contains(out, "optional") || !strings.Contains(out, `"ecs:ListClusters"`) {
		t.Errorf("code %d:\n%s", code, out)
	}
	for flag, want := range map[string]string{"--iam-policy": "MigtopReadsECSOptional", "--rbac": "kind: ClusterRole"} {
		if out, _, code := execute(t, "doctor", flag); code != exitOK || !strings.Contains(out, want) {
			t.Errorf("doctor %s: code %d, %q", flag, code, out)
		}
	}
}

func TestConfigShowsOrigins(t *testing.T) {
	t.Setenv("MIGTOP_WINDOW", "24h")
	out, _, code := execute(t, "config", "show", "--origin", "--region", "eu-west-1")
	if code != exitOK || !strings.Contains(out, "MIGTOP_WINDOW") || !strings.Contains(out, "--region") || !strings.Contains(out, "default") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

func TestEveryCompletionIsOfAFlag(t *testing.T) {
	root := newRoot()
	for _, name := range []string{"theme", "window", "log-level", "fault", "context"} {
		if f, ok := root.GetFlagCompletionFunc(name); !ok || (name != "context" && len(first(f(root, nil, ""))) == 0) {
			t.Errorf("--%s offers nothing", name)
		}
	}
	snapshot, _, err := root.Find([]string{"snapshot"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"output", "fields"} {
		if f, ok := snapshot.GetFlagCompletionFunc(name); !ok || len(first(f(snapshot, nil, ""))) == 0 {
			t.Errorf("--%s offers nothing", name)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errors.New("disk full"), exitFailure},
		{usage(errors.New("no such field")), exitUsage},
		{&exitError{code: exitPartial}, exitPartial},
		{fmt.Errorf("look: %w", context.Canceled), exitInterrupted},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v ends with %d, want %d", c.err, got, c.want)
		}
	}
}
