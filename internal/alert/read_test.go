package alert_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/alert"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

func parse(text string) (*config.Config, error) {
	return config.Parse("c.yaml", []byte(text), config.Options{Sections: []*section.Section{alert.Section()}})
}

const whole = `alerts:
  severity: info
  verdicts: ["ROLL BACK", PROMOTE]
  codes: {include: ["*_killed"], exclude: [container_oom_killed]}
  tenants: [acme, "glo*"]
  waves: [pilot]
  flapping: 15m
  terminal: bell
  outputs:
    - file: /var/lib/migtop/alerts.jsonl
    - webhook:
        url_env: SLACK_URL
        secret_file: /etc/migtop/secret
        headers: {X-Team: "blue: green"}
        headers_env: {Authorization: AUTH}
        timeout: 5s
    - webhook: {url: "http://127.0.0.1:9000/a?b=c"}
    - webhook: {url: "http://alerts.internal/hook", insecure: true, secret_env: KEY}
`

func TestSettingsReadAndPrint(t *testing.T) {
	c, err := parse(whole)
	if err != nil {
		t.Fatal(err)
	}
	s := alert.SettingsOf(c.Section(alert.SectionName))
	if s.Severity != migration.Info || cmp.Diff([]string{"roll_back", "promote"}, s.Words) != "" || s.Terminal != alert.TerminalBell ||
		len(s.Outputs) != 4 || s.Outputs[1].Webhook.Headers[0] != (alert.Header{Name: "X-Team", Value: "blue: green"}) {
		t.Errorf("%+v", s)
	}
	var first, second bytes.Buffer
	if err := c.Write(&first, false); err != nil {
		t.Fatal(err)
	}
	again, err := parse(first.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, first.String())
	}
	if err := again.Write(&second, false); err != nil {
		t.Fatal(err)
	}
	diff := cmp.Diff(first.String(), second.String())
	if diff != "" || !strings.Contains(first.String(), `verdicts: ["PROMOTE", "ROLL BACK"]`) {
		t.Errorf("%s\n%s", first.String(), diff)
	}
	var origins bytes.Buffer
	if err := c.Write(&origins, true); err != nil || !strings.Contains(origins.String(), "c.yaml:2") {
		t.Errorf("%v\n%s", err, origins.String())
	}
}

func TestWrongSettingsAreRefusedWithTheirPlace(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"alerts: 3\n", "c.yaml:1:9: alerts: the number 3; expected a mapping with the keys codes,"},
		{"alerts: {severty: info}\n", `c.yaml:1:10: alerts: unknown key "severty"; did you mean severity?`},
		{"alerts: {severity: high}\n", `alerts.severity: the text "high"; expected info, warning or critical`},
		{
			"alerts: {verdicts: [PROMOT]}\n",
			`alerts.verdicts: the text "PROMOT"; expected PROMOTE, HOLD or ROLL BACK; did you mean PROMOTE?`,
		},
		{"alerts: {codes: {include: [3]}}", "alerts.codes.include: the number 3; expected text"},
		{"alerts: {flapping: 3}\n", "alerts.flapping: the number 3; expected a time from 1m to 24h, such as 2m"},
		{"alerts: {flapping: 25h}\n", "alerts.flapping"},
		{"alerts: {terminal: beep}\n", "alerts.terminal: the text \"beep\"; expected true, false, bell, osc9 or osc777"},
		{"alerts: {outputs: [{}]}\n", "alerts.outputs: an entry that is not one output; expected either file or webhook"},
		{"alerts: {outputs: [{file: a}]}\n", `alerts.outputs.file: the text "a"; expected a whole path`},
		{
			"alerts: {outputs: [{file: /a}, {file: /a}]}\n",
			"alerts.outputs: the same output again; expected each once; it is already at line 1",
		},
		{"alerts: {outputs: [{file: /a, webhook: {url: 'https://a/b'}}]}\n", "an entry that is not one output"},
		{"alerts: {outputs: [{webhook: {}}]}\n", "a webhook that does not name one address"},
		{"alerts: {outputs: [{webhook: {url: 'https://a/b', url_env: A}}]}\n", "a webhook that does not name one address"},
		{
			"alerts: {outputs: [{webhook: {url: 'http://hooks.example.com/T0K3N'}}]}\n",
			"an address that is not allowed; expected https, or http on this machine; insecure: true allows http elsewhere",
		},
		{"alerts: {outputs: [{webhook: {url: 'https://u:T0K3N@a/b'}}]}\n", "an address without a password"},
		{"alerts: {outputs: [{webhook: {url: 'ftp://a/b'}}]}\n", "an address that is not allowed"},
		{"alerts: {outputs: [{webhook: {url: '/T0K3N'}}]}\n", "an address such as https://hooks.example.com/path"},
		{"alerts: {outputs: [{webhook: {url_env: 'A B'}}]}\n", `the text "A B"; expected the name of a variable`},
		{"alerts: {outputs: [{webhook: {url_env: A, secret_env: B, secret_file: c}}]}\n", "a second secret"},
		{
			"alerts: {outputs: [{webhook: {url_env: A, insecure: 1}}]}\n",
			"alerts.outputs.webhook.insecure: the number 1; expected true or false",
		},
		{"alerts: {outputs: [{webhook: {url_env: A, timeout: 2h}}]}\n", "alerts.outputs.webhook.timeout"},
		{"alerts: {outputs: [{webhook: {url_env: A, headers: {Content-Type: T0K3N}}}]}\n", "which migtop sets"},
		{"alerts: {outputs: [{webhook: {url_env: A, headers: {X-Migtop-Signature: T0K3N}}}]}\n", "which migtop sets"},
		{"alerts: {outputs: [{webhook: {url_env: A, headers: {'a b': T0K3N}}}]}\n", `the header "a b"`},
		{"alerts: {outputs: [{webhook: {url_env: A, headers: {a: \"T0K3N\\n\"}}}]}\n", "a text that cannot be sent"},
		{"alerts: {outputs: [{webhook: {url_env: A, headers: {a: b, A: c}}}]}\n", `the header "A" again`},
	} {
		text, want := test.text, test.want
		_, err := parse(text)
		var issues *config.Error
		if !errors.As(err, &issues) || len(issues.Issues) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "T0K3N") {
			t.Errorf("%q: the error repeats a secret: %v", text, err)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add(whole)
	f.Add("alerts: {outputs: [{webhook: {url: 'https://a/b', headers: {a: b}}}], flapping: 90s, terminal: true, verdicts: []}")
	f.Add("alerts: {tenants: ['/a.*/'], waves: null, codes: null}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := c.Write(&first, false); err != nil {
			t.Fatal(err)
		}
		again, err := parse(first.String())
		if err != nil {
			t.Fatalf("what was printed is refused: %v\n%s", err, first.String())
		}
		if err := again.Write(&second, false); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("printed\n%s\nthen\n%s", first.String(), second.String())
		}
	})
}
