package awsaccess

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// origin is where the SDK takes the first credentials of a chain from.
type origin uint8

const (
	fromDefaults    origin = iota // nothing is set: the instance's role, if there is one
	fromEnvironment               // access keys in variables
	fromKeys                      // access keys in a file
	fromMetadata                  // credential_source = Ec2InstanceMetadata
	fromContainer                 // the endpoint that the platform sets in variables
	fromTokenFile                 // web identity
	fromSSO
	fromLogin // aws login
	fromProcess
)

// chain is how a profile comes to its credentials: itself, then the profile that its
// source_profile names, and so on. It is empty where variables win over the profile.
type chain []*config.SharedConfig

// chainOf reads the chain of a profile that can be loaded.
func chainOf(ctx context.Context, opts Options, profile string) (chain, error) {
	if opts.Profile == "" && (hasEnvironmentKeys() || os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "") {
		return nil, nil
	}
	shared, err := config.LoadSharedConfigProfile(ctx, profile, func(o *config.LoadSharedConfigOptions) {
		files := sharedFiles()
		o.ConfigFiles, o.CredentialsFiles = files[:1], files[1:]
	})
	if err != nil {
		return nil, err
	}
	var out chain
	for s := &shared; s != nil; s = s.Source {
		out = append(out, s)
	}
	return out, nil
}

// hasEnvironmentKeys reports whether variables hold access keys, which win over a profile
// that only a variable names.
func hasEnvironmentKeys() bool {
	key, secret := environmentKeys()
	return key != "" && secret != ""
}

// environmentKeys are the names of the variables that hold the two parts of an access key,
// "" for a part that none does. Source: aws-sdk-go-v2, config, EnvConfig.
func environmentKeys() (key, secret string) {
	for _, name := range [...]string{"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID"} {
		if os.Getenv(name) != "" {
			key = name
		}
	}
	for _, name := range [...]string{"AWS_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"} {
		if os.Getenv(name) != "" {
			secret = name
		}
	}
	return key, secret
}

// last is the profile that the first credentials come from, nil for none.
func (c chain) last() *config.SharedConfig {
	if len(c) == 0 {
		return nil
	}
	return c[len(c)-1]
}

// origin says where the first credentials come from, in the order that the SDK looks.
// Source: aws-sdk-go-v2, config, resolveCredsFromProfile.
func (c chain) origin() origin {
	s := c.last()
	switch {
	case s == nil && os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && !hasEnvironmentKeys():
		return fromTokenFile
	case s == nil, s.CredentialSource == "Environment":
		return fromEnvironment
	case s.Credentials.HasKeys():
		return fromKeys
	case s.CredentialSource == "EcsContainer":
		return fromContainer
	case s.CredentialSource != "":
		return fromMetadata
	case s.WebIdentityTokenFile != "":
		return fromTokenFile
	case s.SSOSessionName != "", s.SSOAccountID != "", s.SSORegion != "", s.SSORoleName != "", s.SSOStartURL != "":
		return fromSSO
	case s.LoginSession != "":
		return fromLogin
	case s.CredentialProcess != "":
		return fromProcess
	case containerEndpoint() != "":
		return fromContainer
	}
	return fromDefaults
}

// containerEndpoint is the variable that names the endpoint of the platform's
// credentials, "" for none.
func containerEndpoint() string {
	for _, name := range [...]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// process returns the profile whose credential_process runs, nil if none does.
func (c chain) process() *config.SharedConfig {
	if c.origin() != fromProcess {
		return nil
	}
	return c.last()
}

// tokenFile is the file and the role of a web identity.
func (c chain) tokenFile() (file, role string) {
	if s := c.last(); s != nil {
		return s.WebIdentityTokenFile, s.RoleARN
	}
	return os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), os.Getenv("AWS_ROLE_ARN")
}

// assumes returns the profile that assumes a role and the profile whose credentials it uses, nil if no profile of the
// chain does.
func (c chain) assumes(role string) (profile, source *config.SharedConfig) {
	for i, s := range c {
		if s.RoleARN == role {
			return s, c[min(i+1, len(c)-1)]
		}
	}
	return nil, nil
}

// wantsCode reports whether a role of the chain is assumed with an MFA code.
func (c chain) wantsCode() bool {
	for i, s := range c {
		// The last profile assumes a role too where it names a source that is no profile.
		if s.MFASerial != "" && s.RoleARN != "" && (i < len(c)-1 || c.origin() != fromTokenFile) {
			return true
		}
	}
	return false
}

// rules are the settings that the SDK's endpoint rules reject together with a custom endpoint.
type rules struct{ fips, dualStack bool }

// rulesOf reads what the first source of the configuration says that sets each.
func rulesOf(ctx context.Context, c aws.Config) (r rules) {
	var fipsSet, dualSet bool
	for _, source := range c.ConfigSources {
		s, ok := source.(interface {
			GetUseFIPSEndpoint(ctx context.Context) (aws.FIPSEndpointState, bool, error)
			GetUseDualStackEndpoint(ctx context.Context) (aws.DualStackEndpointState, bool, error)
		})
		if !ok {
			continue
		}
		if state, found, err := s.GetUseFIPSEndpoint(ctx); found && err == nil && !fipsSet {
			fipsSet, r.fips = true, state == aws.FIPSEndpointStateEnabled
		}
		if state, found, err := s.GetUseDualStackEndpoint(ctx); found && err == nil && !dualSet {
			dualSet, r.dualStack = true, state == aws.DualStackEndpointStateEnabled
		}
	}
	return r
}
