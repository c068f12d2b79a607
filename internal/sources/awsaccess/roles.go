package awsaccess

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	// stsTimeout bounds one attempt of STS, which answers within a second; stsAttempts is
	// how often it is tried. The SDK has no bound.
	stsTimeout  = 6 * time.Second
	stsAttempts = 2
	// mfaDuration is the duration of a session started with an MFA code: the longest that every role allows, since no other
	// code can be entered while the screen runs. The SDK requests 15 min. Source: AWS STS API reference, AssumeRole,
	// DurationSeconds.
	mfaDuration = time.Hour
)

// callerKey is the key of the context value that holds the caller's context. The SDK's credentials cache replaces that
// context by one without an end.
type callerKey struct{}

// roleClient assumes roles. It says which role could not be assumed, in time, and keeps
// the process of a chain's first credentials off the terminal.
type roleClient struct {
	client *sts.Client
	base   aws.CredentialsProvider // that the role is assumed with
	c      *Config
}

// AssumeRole asks STS. Its error is a [roleError] or a [codeError].
func (r *roleClient) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	options = append(options, r.c.boundSTS, func(o *sts.Options) { o.Credentials = baseCredentials{r.base} })
	call := func(ctx context.Context, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
		out, err := r.client.AssumeRole(ctx, in, options...)
		if err != nil {
			return nil, &roleError{Role: aws.ToString(in.RoleArn), ExternalID: aws.ToString(in.ExternalId), Err: err}
		}
		return out, nil
	}
	if in.SerialNumber == nil {
		return call(ctx, in)
	}
	return r.c.sessions.assume(ctx, in, call)
}

// roleError is the failure of a role in a chain.
type roleError struct {
	Role, ExternalID string
	Err              error // of STS, or of the credentials that it was asked with
}

func (e *roleError) Error() string { return "assume role " + e.Role + ": " + e.Err.Error() }

func (e *roleError) Unwrap() error { return e.Err }

// ofSTS reports whether it was STS that failed, not the credentials that it was to be asked
// with.
func (e *roleError) ofSTS() bool {
	_, base := errors.AsType[*baseError](e.Err)
	return !base
}

// baseCredentials marks the errors of the credentials that a role is assumed with.
type baseCredentials struct{ aws.CredentialsProvider }

// Retrieve fetches the credentials. Its error is a [baseError].
func (b baseCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := b.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return found, &baseError{err}
	}
	return found, nil
}

// baseError is the failure of the credentials that a role is assumed with.
type baseError struct{ Err error }

func (e *baseError) Error() string { return e.Err.Error() }

func (e *baseError) Unwrap() error { return e.Err }

// tokenClient exchanges a token file for credentials, as roleClient assumes roles.
type tokenClient struct {
	client *sts.Client
	c      *Config
}

// AssumeRoleWithWebIdentity asks STS.
func (t *tokenClient) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, options ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return t.client.AssumeRoleWithWebIdentity(ctx, in, append([]func(*sts.Options){t.c.boundSTS}, options...)...)
}

// boundSTS gives a client of STS that the SDK made a deadline. It keeps the transport,
// which may have a CA bundle of its own. The SDK makes these clients before it knows the
// endpoint that is set for all services.
func (c *Config) boundSTS(o *sts.Options) {
	if o.BaseEndpoint == nil {
		o.BaseEndpoint = c.aws.BaseEndpoint
	}
	c.WithEndpoint(&o.BaseEndpoint)
	o.APIOptions = append(slices.Clip(o.APIOptions), strict)
	buildable, ok := o.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	// Credentials are fetched once an hour, so no connection is kept open.
	o.HTTPClient = plainClient(buildable.WithTransportOptions(func(t *http.Transport) { t.DisableKeepAlives = true }), stsTimeout)
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = stsAttempts, time.Second
	})
}

// plainClient makes a client that bounds every attempt and follows no redirect: AWS sends
// none, a login page of a proxy does.
func plainClient(from *awshttp.BuildableClient, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     plainBodies{from.GetTransport()},
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// roleOptions changes how the SDK assumes the roles of a profile. The SDK calls it once
// without a client, to see whether the options are complete.
func (c *Config) roleOptions(o *stscreds.AssumeRoleOptions) {
	if o.SerialNumber != nil {
		o.TokenProvider = func() (string, error) { return "", nil } // roleClient has it
		if o.Duration == 0 {
			o.Duration = mfaDuration
		}
	}
	if client, ok := o.Client.(*sts.Client); ok {
		o.Client = &roleClient{client, c.cached(client.Options().Credentials), c}
	}
}

// webIdentityOptions bounds the calls by which a token file is exchanged for credentials.
func (c *Config) webIdentityOptions(o *stscreds.WebIdentityRoleOptions) {
	if client, ok := o.Client.(*sts.Client); ok {
		o.Client = &tokenClient{client, c}
	}
}

// cached keeps credentials until they expire: the SDK would fetch those in the middle of
// a chain again for every role. A credential_process is run by migtop itself.
func (c *Config) cached(provider aws.CredentialsProvider) aws.CredentialsProvider {
	if p := c.chain.process(); p != nil && aws.IsCredentialsProvider(provider, (*processcreds.Provider)(nil)) {
		return c.sessions.process(p.Profile, p.CredentialProcess)
	}
	if _, ok := provider.(*aws.CredentialsCache); ok || provider == nil {
		return provider
	}
	return aws.NewCredentialsCache(provider)
}

// explained says why credentials could not be had, as a [migration.Problem]: within a call
// of any service.
type explained struct {
	aws.CredentialsProvider
	c *Config
}

// Retrieve fetches the credentials.
func (e explained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := e.CredentialsProvider.Retrieve(context.WithValue(ctx, callerKey{}, ctx))
	if err != nil {
		return found, e.c.withoutCredentials(err)
	}
	return found, nil
}
