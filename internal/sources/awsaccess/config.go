package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/migration"
)

// Options say where to read from. The zero value is what every AWS tool does:
// environment, shared configuration, SSO, instance role.
type Options struct {
	Profile string // "" is AWS_PROFILE, or "default"
	Region  string // "" is AWS_REGION, or the profile's
	// Role is the ARN of a role to assume with what was found, "" for none, and
	// ExternalID what its trust policy asks for, "" for nothing.
	Role, ExternalID string
	// Endpoint replaces the endpoints of all services, before AWS_ENDPOINT_URL
	// and its like.
	Endpoint string
	// Static are credentials to use instead of everything the machine has:
	// then neither the environment nor any file is read, and Region is
	// required.
	Static *Static
	// CallTimeout bounds one attempt of one call; 0 is 15 s. The SDK itself
	// waits forever.
	CallTimeout time.Duration
	// Attempts is how often one call is tried; 0 is 3.
	Attempts int
	// Sessions are shared with the other ways of this process; nil for none.
	Sessions *Sessions
}

// Static are credentials given in full.
type Static struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Config is a way into one account and region that has credentials.
type Config struct {
	opts   Options
	aws    aws.Config
	client *http.Client
	// buildable is what the client was made of.
	buildable *awshttp.BuildableClient
	sessions  *Sessions
	profile   string // as it was found, "default" where none is named
	chain     chain  // of the profile
	provider  string // which provider supplied the credentials, in the SDK's words
}

// Region is the AWS region code.
func (c *Config) Region() string { return c.aws.Region }

// Partition is the partition of the region, the second part of the ARNs there: "aws", "aws-cn".
func (c *Config) Partition() string { return awsscope.Partition(c.Region()) }

// Profile is the profile that is used, "default" where none is named, or "" for
// [Options.Static].
func (c *Config) Profile() string { return c.profile }

// Close drops the connections that are kept open.
func (c *Config) Close() { c.client.CloseIdleConnections() }

// credentialsTimeout limits the search for credentials, which may run a command, call an SSO endpoint or the instance
// metadata service, and assume roles. The command and STS have their own limits, so that the error can name the one that
// did not answer.
const credentialsTimeout = processTimeout + 2*stsAttempts*stsTimeout

// LoadConfig finds out how to reach AWS as any AWS tool would, and makes sure at
// once that there are a region and credentials: the SDK would otherwise say so
// at the first call only, in no typed error. Errors are [migration.Problem].
func LoadConfig(ctx context.Context, opts Options) (*Config, error) {
	c := &Config{opts: opts, sessions: opts.Sessions}
	if c.sessions == nil {
		c.sessions = NewSessions(nil)
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Config) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	if c.opts.Static != nil {
		s := c.opts.Static
		c.aws = aws.Config{
			Region:      c.opts.Region,
			Credentials: credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, s.SessionToken),
		}
		if c.opts.Endpoint != "" {
			c.aws.BaseEndpoint = aws.String(c.opts.Endpoint)
		}
	} else if err := c.loadShared(ctx); err != nil {
		return err
	}
	c.aws.Logger = logging.Nop{} // the SDK's own goes to the screen
	c.aws.Retryer = c.retryer
	c.client = c.httpClient()
	c.aws.HTTPClient = c.client
	c.aws.APIOptions = append(slices.Clip(c.aws.APIOptions), strict)
	c.assume()
	c.aws.Credentials = explained{c.aws.Credentials, c}

	if c.aws.Region == "" {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: "no AWS region is set" + c.forProfile(),
			Fix: "set AWS_REGION, use --region, or run: aws configure set region REGION" + c.profileFlag(),
		}
	}
	if !awsscope.IsRegion(c.aws.Region) {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("%q is not an AWS region", c.aws.Region),
			Fix: "set AWS_REGION or --region to a code such as eu-west-1",
		}
	}
	if p := c.endpointProblem(rulesOf(ctx, c.aws)); p != nil {
		return p
	}
	found, err := c.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	c.provider = found.Source
	return nil
}

// sessionName is what assumed roles are called in the account's logs.
const sessionName = "migtop"

// assume puts the role in front of the credentials. They are fetched when they are
// first needed, and again before they expire.
func (c *Config) assume() {
	if c.opts.Role == "" {
		return
	}
	base := c.cached(c.aws.Credentials)
	sdk := c.aws
	sdk.HTTPClient = nil // roleClient has its own, with a deadline of its own
	client := sts.NewFromConfig(sdk, func(o *sts.Options) { o.HTTPClient = c.buildable })
	provider := stscreds.NewAssumeRoleProvider(&roleClient{client, base, c}, c.opts.Role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if c.opts.ExternalID != "" {
			o.ExternalID = aws.String(c.opts.ExternalID)
		}
	})
	c.aws.Credentials = aws.NewCredentialsCache(provider)
}

// loadShared reads what the machine has: environment and shared configuration.
func (c *Config) loadShared(ctx context.Context) error {
	c.profile = c.opts.profileName()
	var err error
	c.chain, err = chainOf(ctx, c.opts, c.profile)
	switch {
	case err == nil:
	case unnamedDefault(c.profile, err):
		c.chain = chain{{Profile: c.profile}}
	default:
		return c.unloadable(err)
	}
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}),
		config.WithAssumeRoleCredentialOptions(c.roleOptions), config.WithWebIdentityRoleCredentialOptions(c.webIdentityOptions),
	}
	if c.opts.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(c.opts.Profile))
	}
	if c.opts.Region != "" {
		load = append(load, config.WithRegion(c.opts.Region))
	}
	loaded, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return c.unloadable(err)
	}
	c.aws = loaded
	if c.aws.Credentials != nil {
		c.aws.Credentials = c.cached(c.aws.Credentials)
	}
	return nil
}

// unnamedDefault reports whether it is the profile that is missing which need not be there.
func unnamedDefault(profile string, err error) bool {
	absent, ok := errors.AsType[config.SharedConfigProfileNotExistError](err)
	return ok && profile == "default" && absent.Profile == profile
}

// httpClient makes the client of all calls. It keeps the transport that the
// shared configuration asked for, with a CA bundle of its own.
func (c *Config) httpClient() *http.Client {
	buildable, ok := c.aws.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	c.buildable = buildable
	timeout := c.opts.CallTimeout
	if timeout <= 0 {
		timeout = 15 * time.Second
	}
	return plainClient(buildable, timeout)
}

// retryer tries a call a few times within the poll. What a poll cannot do, the
// next one does: so there is neither a long wait nor a client-side rate here.
func (c *Config) retryer() aws.Retryer {
	attempts := c.opts.Attempts
	if attempts <= 0 {
		attempts = retry.DefaultMaxAttempts
	}
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.MaxBackoff = 2 * time.Second
	})
}

// SDK is what clients of the SDK are made of.
func (c *Config) SDK() aws.Config { return c.aws }

// Renew looks for credentials again, as [LoadConfig] did, and takes the place of this way.
// The error is a [migration.Problem].
func (c *Config) Renew(ctx context.Context) (*Config, error) {
	c.sessions.forget()
	fresh, err := LoadConfig(ctx, c.opts)
	if err != nil {
		return nil, c.Explain("sts:GetCallerIdentity", err)
	}
	c.Close()
	return fresh, nil
}

// WithEndpoint makes the endpoint option win over AWS_ENDPOINT_URL_CLOUDWATCH
// and its like. It is for the option BaseEndpoint of a client.
func (c *Config) WithEndpoint(endpoint **string) {
	if c.opts.Endpoint != "" {
		*endpoint = aws.String(c.opts.Endpoint)
	}
}

// providerNames are the names that people know the SDK's providers by.
var providerNames = map[string]string{
	"EnvConfigCredentials":        "environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
	"SSOProvider":                 "IAM Identity Center (SSO)",
	"LoginProvider":               "aws login",
	"ProcessProvider":             "credential_process",
	"AssumeRoleProvider":          "an assumed role",
	"WebIdentityCredentials":      "a web identity token",
	"EC2RoleProvider":             "the EC2 instance role",
	"CredentialsEndpointProvider": "the container's credentials endpoint",
	"StaticCredentials":           "static credentials",
}

// Supplier says in words where the credentials came from.
func (c *Config) Supplier() string {
	if name, ok := providerNames[c.provider]; ok {
		return name
	}
	if file, ok := strings.CutPrefix(c.provider, "SharedConfigCredentials: "); ok {
		return "file " + file
	}
	return c.provider
}

func (c *Config) forProfile() string { return forProfile(c.profile) }

// forProfile names a profile at the end of a sentence; "" for the default one.
func forProfile(name string) string {
	if name == "" || name == "default" {
		return ""
	}
	return " for profile " + name
}

func (c *Config) profileFlag() string { return profileFlag(c.profile) }

// profileFlag is the flag that makes the aws command use the same profile.
func profileFlag(name string) string {
	if name == "" || name == "default" {
		return ""
	}
	return " --profile " + shellWord(name)
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
