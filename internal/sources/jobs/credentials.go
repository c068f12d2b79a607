package jobs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/pkg/apis/clientauthentication"
	"k8s.io/client-go/pkg/apis/clientauthentication/install"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/transport"
	"k8s.io/client-go/util/connrotation"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

const (
	// execInfo is the environment variable that carries the request to a credential
	// command. Source: Kubernetes, "client-go credential plugins", input and output formats.
	execInfo = "KUBERNETES_EXEC_INFO"
	// credentialMost bounds what a credential command may print.
	credentialMost = 1 << 20
	// endGrace is how long a command has to end after it was asked to.
	endGrace = 500 * time.Millisecond
	// failureStands is how long a failure is not tried again: several watches ask
	// for credentials at once.
	failureStands = time.Second
)

// credentialCommand runs the exec plugin of a kubeconfig's user and adds its result to
// requests. client-go's own implementation runs the command without a context and in
// migtop's process group: a command that waits blocks every request forever and
// outlives the program. Here each request waits only as long as its context allows.
// The command, which may wait for a login, runs on until close ends it with all of its
// child processes.
type credentialCommand struct {
	config  *api.ExecConfig
	user    string
	group   schema.GroupVersion
	cluster *clientauthentication.Cluster // nil where the command does not want it
	dialer  *connrotation.Dialer
	certs   *transport.GetCertHolder
	dials   *transport.DialHolder
	log     *slog.Logger

	ctx  context.Context // ends with close
	stop context.CancelFunc
	runs sync.WaitGroup

	mu       sync.Mutex
	current  *credential // nil before the first answer
	run      *credentialRun
	failure  error
	failedAt time.Time
}

// credential is an answer. Two are the same if their pointers are.
type credential struct {
	token   string
	cert    *tls.Certificate
	expires time.Time // zero for never
	refused bool      // the server did not accept it
}

// credentialRun is one run of the command.
type credentialRun struct {
	began time.Time
	done  chan struct{} // closed when the two below are set
	got   *credential
	err   error
}

var (
	credentialScheme = func() *runtime.Scheme {
		s := runtime.NewScheme()
		install.Install(s)
		return s
	}()
	credentialCodecs = serializer.NewCodecFactory(credentialScheme)
)

// newCredentialCommand takes the exec plugin over from a configuration.
func newCredentialCommand(config *rest.Config, user string) (*credentialCommand, error) {
	group, err := schema.ParseGroupVersion(config.ExecProvider.APIVersion)
	if err != nil || group.Group != clientauthentication.GroupName || !credentialScheme.IsVersionRegistered(group) {
		return nil, fmt.Errorf("the credential command of user %q has apiVersion %q, which is not known", user, config.ExecProvider.APIVersion)
	}
	c := &credentialCommand{
		config: config.ExecProvider, user: text.Cut(text.Plain(user), maxQuote), group: group,
		log: slog.New(slog.DiscardHandler),
	}
	if c.config.ProvideClusterInfo {
		if c.cluster, err = rest.ConfigToExecCluster(config); err != nil {
			return nil, err
		}
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.dialer = connrotation.NewDialer((&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext)
	c.dials = &transport.DialHolder{Dial: c.dialer.DialContext}
	c.certs = &transport.GetCertHolder{GetCert: c.certificate}
	return c, nil
}

// logTo has what the command says on its standard error go to a log.
func (c *credentialCommand) logTo(l *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = l
}

// close ends a run that is under way, and waits until it is gone.
func (c *credentialCommand) close() {
	c.stop()
	c.runs.Wait()
}

// httpClient returns a client whose requests carry the command's credential.
func (c *credentialCommand) httpClient(config *rest.Config) (*http.Client, error) {
	t, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	if !t.HasTokenAuth() && !t.HasBasicAuth() && !t.HasCertAuth() { // those go before it, as with kubectl
		t.Wrap(func(rt http.RoundTripper) http.RoundTripper { return &credentialTransport{c, rt} })
		t.TLS.GetCertHolder = c.certs
		if t.DialHolder == nil {
			t.DialHolder = c.dials
		}
	}
	rt, err := transport.New(t)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: rt}, nil
}

// certificate is for the TLS handshake, before which a request has waited for it.
func (c *credentialCommand) certificate() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return nil, nil
	}
	return c.current.cert, nil
}

// credentialTransport waits for credentials with the request's own context.
type credentialTransport struct {
	command *credentialCommand
	base    http.RoundTripper
}

var _ utilnet.RoundTripperWrapper = (*credentialTransport)(nil)

func (t *credentialTransport) WrappedRoundTripper() http.RoundTripper { return t.base }

// RoundTrip sends the request with the command's answer.
func (t *credentialTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	got, err := t.command.get(r.Context())
	if err != nil {
		return nil, err
	}
	if got.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+got.token)
	}
	response, err := t.base.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		t.command.refuse(got)
	}
	return response, err
}

// refuse has the next request run the command again.
func (c *credentialCommand) refuse(got *credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got.refused = true
}

// get returns a valid credential, and runs the command if needed. When ctx ends, the
// wait ends but the command does not, since other requests wait for it too. The error
// is a [migration.Problem], or ctx's error where the caller ended it.
func (c *credentialCommand) get(ctx context.Context) (*credential, error) {
	c.mu.Lock()
	if g := c.current; g != nil && !g.refused && (g.expires.IsZero() || time.Now().Before(g.expires)) {
		c.mu.Unlock()
		return g, nil
	}
	if c.failure != nil && time.Since(c.failedAt) < failureStands {
		defer c.mu.Unlock()
		return nil, c.failure
	}
	run := c.run
	if run == nil {
		if c.ctx.Err() != nil {
			c.mu.Unlock()
			return nil, c.ctx.Err()
		}
		run = &credentialRun{began: time.Now(), done: make(chan struct{})}
		c.run = run
		c.runs.Go(func() { c.execute(run) })
	}
	c.mu.Unlock()
	select {
	case <-run.done:
		return run.got, run.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) && !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return nil, ctx.Err()
		}
		return nil, c.silent(time.Since(run.began), ctx.Err())
	}
}

// pending says for how long the command has been running; false where it is not.
func (c *credentialCommand) pending() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run == nil {
		return 0, false
	}
	return time.Since(c.run.began), true
}

// waiting says what is waited for, "" where nothing is.
func (c *credentialCommand) waiting() string {
	if c == nil {
		return ""
	}
	since, ok := c.pending()
	if !ok {
		return ""
	}
	return fmt.Sprintf("waiting for the credential command %s of user %s, %s", c.name(), c.user, migration.Brief(since))
}

func (c *credentialCommand) name() string { return filepath.Base(c.config.Command) }

func (c *credentialCommand) execute(run *credentialRun) {
	got, err := c.ask()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failure, c.failedAt = err, time.Now()
	} else {
		rotated := c.current != nil && !reflect.DeepEqual(c.current.cert, got.cert)
		c.current, c.failure = got, nil
		if rotated { // connections keep the certificate that they began with
			c.dialer.CloseAll()
		}
	}
	run.got, run.err, c.run = got, err, nil
	close(run.done)
}

// ask runs the command and reads its answer.
func (c *credentialCommand) ask() (*credential, error) {
	input, err := runtime.Encode(credentialCodecs.LegacyCodec(c.group), &clientauthentication.ExecCredential{
		Spec: clientauthentication.ExecCredentialSpec{Cluster: c.cluster},
	})
	if err != nil {
		return nil, c.problem("cannot be asked", err)
	}
	var out, said tail
	out.most, said.most = credentialMost, 4<<10
	cmd := exec.CommandContext(c.ctx, c.config.Command, c.config.Args...)
	cmd.Env = os.Environ()
	for _, e := range c.config.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	cmd.Env = append(cmd.Env, execInfo+"="+string(input))
	// Nothing but the screen writes to the screen, or reads from the terminal.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, &out, &said
	cmd.WaitDelay = endGrace
	ownGroup(cmd)
	err = cmd.Run()
	if c.ctx.Err() != nil {
		endAll(cmd)
		return nil, c.ctx.Err()
	}
	if s := text.Redact(string(said.kept), said.most); s != "" {
		c.mu.Lock()
		log := c.log
		c.mu.Unlock()
		log.Info("the credential command says", "command", c.name(), "stderr", s)
	}
	// A helper that it left behind, a browser for one, may keep its output open.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, c.failed(err, text.Redact(text.LastLine(string(said.kept)), maxQuote))
	}
	return c.read(out.kept, out.over)
}

// read decodes an answer.
func (c *credentialCommand) read(b []byte, over bool) (*credential, error) {
	if over {
		return nil, c.problem("printed more than a credential", nil)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, c.problem("printed nothing", nil)
	}
	answer := &clientauthentication.ExecCredential{}
	_, kind, err := credentialCodecs.UniversalDecoder(c.group).Decode(b, nil, answer)
	switch {
	case err != nil:
		return nil, c.problem("printed something else than an ExecCredential", err)
	case kind.GroupVersion() != c.group:
		return nil, c.problem(fmt.Sprintf("answers by %s, and the kubeconfig says %s", kind.GroupVersion(), c.group), nil)
	}
	s := answer.Status
	if s == nil || s.Token == "" && s.ClientCertificateData == "" && s.ClientKeyData == "" {
		return nil, c.problem("printed an ExecCredential without a token or certificate", nil)
	}
	got := &credential{token: s.Token}
	if s.ExpirationTimestamp != nil {
		got.expires = s.ExpirationTimestamp.Time
	}
	if s.ClientCertificateData != "" || s.ClientKeyData != "" {
		cert, err := tls.X509KeyPair([]byte(s.ClientCertificateData), []byte(s.ClientKeyData))
		if err != nil {
			return nil, c.problem("printed a certificate and key that do not go together", err)
		}
		got.cert = &cert
	}
	return got, nil
}

// maxQuote is how many characters of another program's output a message repeats.
const maxQuote = 200

const credentialFix = "for EKS: aws sso login; else run the kubeconfig's credential command by hand (kubectl config view --minify shows it)"

func (c *credentialCommand) problem(what string, err error) *migration.Problem {
	return &migration.Problem{
		Fault: migration.FaultNoCredentials, Fix: credentialFix, Err: err,
		What: fmt.Sprintf("the credential command %s of user %s %s", c.name(), c.user, what),
	}
}

// failed says how a run ended that brought nothing.
func (c *credentialCommand) failed(err error, said string) *migration.Problem {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		p := c.problem("cannot be started: "+text.OneLine(err.Error()), err)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			p.What = fmt.Sprintf("the credential command %s of user %s is not installed", c.name(), c.user)
			p.Fix = "install it, or put it on the PATH"
			if hint := text.Cut(text.Plain(c.config.InstallHint), maxQuote); hint != "" {
				p.Fix = hint
			}
		}
		return p
	}
	what := "was ended: " + exit.String()
	if exit.Exited() {
		what = fmt.Sprintf("failed with exit code %d", exit.ExitCode())
	}
	if said != "" {
		what += ": " + said
	}
	return c.problem(what, err)
}

// silent says that a request could not wait any longer.
func (c *credentialCommand) silent(since time.Duration, err error) *migration.Problem {
	p := c.problem(fmt.Sprintf("does not answer: it has been running for %s", migration.Brief(since)), err)
	p.Fix = "if it waits for a login, finish that; else see by hand what it waits for (kubectl config view --minify shows it)"
	return p
}
