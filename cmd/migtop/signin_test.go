//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// person simulates a user at a terminal, who types each answer when its prompt appears.
type person struct {
	keyboard, screen *os.File // the person's end is keyboard
	mu               sync.Mutex
	seen             bytes.Buffer
	done             chan struct{}
}

func sitDown(t *testing.T, prompt string, answers ...string) *person {
	t.Helper()
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal here: ", err)
	}
	p := &person{keyboard: keyboard, screen: screen, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		b := make([]byte, 1024)
		answered := 0
		for {
			n, err := keyboard.Read(b)
			p.mu.Lock()
			p.seen.Write(b[:n])
			asked := strings.Count(p.seen.String(), prompt)
			p.mu.Unlock()
			for ; answered < min(asked, len(answers)); answered++ {
				_, _ = io.WriteString(keyboard, answers[answered])
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = screen.Close()
		_ = keyboard.Close()
		<-p.done
	})
	return p
}

// text is what the screen has shown, up to what comes at the end.
func (p *person) text(t *testing.T, end string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		p.mu.Lock()
		text := p.seen.String()
		p.mu.Unlock()
		if strings.Contains(text, end) {
			return text
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the screen never showed %q", end)
	return ""
}

// A code is asked for until it has the form of one, and nothing behind its line is taken.
func TestAskCode(t *testing.T) {
	const prompt = "for AWS profile p: "
	p := sitDown(t, prompt, "abc\n", "12345\n", "123 456\nrest\n")
	request := awsaccess.CodeRequest{Profile: "p", Serial: "arn:aws:iam::1:mfa/\x1b[2Jme", Refused: true, Left: 1}
	code, err := askCode(t.Context(), p.screen, p.screen, request)
	if code != "123456" || err != nil {
		t.Errorf("code %q, %v", code, err)
	}
	if rest, err := readLine(t.Context(), p.screen); rest != "rest" || err != nil {
		t.Errorf("the next line is %q, %v", rest, err)
	}
	text := p.text(t, "rest")
	for _, say := range []string{
		"A code can be used once: wait for the next one (1 try left).", `migtop: MFA code of arn:aws:iam::1:mfa/\x1b[2Jme for AWS profile p: `,
		"migtop: a code has 6 digits.",
	} {
		if !strings.Contains(text, say) {
			t.Errorf("the screen lacks %q:\n%s", say, text)
		}
	}
}

// Whoever is interrupted while a person is asked does not wait for an answer.
func TestAskCodeIsInterrupted(t *testing.T) {
	p := sitDown(t, "never")
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := askCode(ctx, p.screen, p.screen, awsaccess.CodeRequest{Profile: "p", Serial: "s"})
		failed <- err
	}()
	p.text(t, "for AWS profile p: ")
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || exitCode(err) != exitInterrupted {
		t.Errorf("got %v", err)
	}
}

// Every command asks for the code of a profile once, for all of its accounts and regions,
// before it asks anything else; without a terminal the sources say that it is wanted.
func TestCommandsAskForTheCode(t *testing.T) {
	const serial = "arn:aws:iam::111111111111:mfa/someone"
	for _, test := range []struct {
		name    string
		args    []string
		answers []string
		asked   int
		says    string // in what is printed or in the error
	}{
		{"doctor", []string{"doctor"}, []string{"111111\n", "222222\n"}, 2, "from profile p (an assumed role)"},
		{"snapshot", []string{"snapshot"}, []string{"222222\n"}, 1, "cannot reach CloudWatch"},
		{"convert", []string{"convert", "f"}, []string{"222222\n"}, 1, "cannot reach Lambda"},
		{"evidence", []string{"evidence", "--yes"}, []string{"222222\n"}, 1, "cannot reach Lambda"},
		{
			"three wrong ones",
			[]string{"doctor"},
			[]string{"1\n", "111111\n", "111111\n", "111111\n", "222222\n"},
			4,
			"STS did not accept the MFA code of " + serial + " for AWS profile p",
		},
		{"nobody there", []string{"doctor"}, nil, 0, "AWS profile p wants an MFA code of " + serial},
	} {
		t.Run(test.name, func(t *testing.T) {
			isolate(t)
			profiles(t)
			var mu sync.Mutex
			var used []string
			sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				form, _ := url.ParseQuery(string(body))
				mu.Lock()
				defer mu.Unlock()
				w.Header().Set("Content-Type", "text/xml")
				code := form.Get("TokenCode")
				if form.Get("SerialNumber") != serial || code != "222222" || slices.Contains(used, code) {
					w.WriteHeader(http.StatusForbidden)
					_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid "+
						"MFA one time pass code. </Message></Error></ErrorResponse>")
					return
				}
				used = append(used, code)
				_, _ = fmt.Fprintf(w,
					"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIATEST</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"+
						"<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
					time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			}))
			t.Cleanup(sts.Close)
			file := filepath.Join(t.TempDir(), "config")
			text := "[profile base]\naws_access_key_id = AKIDTEST\naws_secret_access_key = x\n" +
				"[profile p]\nrole_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = base\nmfa_serial = " + serial + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"AWS_CONFIG_FILE": file, "AWS_EC2_METADATA_DISABLED": "true", "KUBECONFIG": filepath.Join(t.TempDir(), "none"),
				"AWS_SECRET_ACCESS_KEY": "",
				"AWS_ENDPOINT_URL":      "http://127.0.0.1:9", "AWS_ENDPOINT_URL_STS": sts.URL, "AWS_MAX_ATTEMPTS": "1",
			} {
				t.Setenv(name, value)
			}
			accounts := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(accounts, []byte("accounts: [{name: a, profile: p, regions: [eu-west-1, us-east-1]}]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p := sitDown(t, "MFA code of", test.answers...)
			root := newRoot()
			root.SilenceErrors, root.SilenceUsage = true, true
			var out bytes.Buffer
			root.SetOut(&out)
			root.SetErr(p.screen)
			root.SetArgs(append(test.args, "--config", accounts))
			root.SetIn(p.screen)
			if test.answers == nil {
				root.SetIn(strings.NewReader(""))
			}
			err := root.ExecuteContext(t.Context())
			_, _ = io.WriteString(p.screen, "the end")
			screen := p.text(t, "the end")
			if n := strings.Count(screen, "MFA code of"); n != test.asked {
				t.Errorf("asked %d times:\n%s", n, screen)
			}
			if all := out.String() + screen + fmt.Sprint(err); !strings.Contains(all, test.says) {
				t.Errorf("nobody says %q:\n%s\n%v", test.says, out.String()+screen, err)
			}
			if test.name != "three wrong ones" && test.answers != nil && len(used) != 1 {
				t.Errorf("codes used: %v", used)
			}
		})
	}
}
