package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

const (
	actionAssume      = "sts:AssumeRole"
	actionWebIdentity = "sts:AssumeRoleWithWebIdentity"
)

// withoutCredentials explains why no credentials could be had.
func (c *Config) withoutCredentials(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if p := c.credentialProblem(err); p != nil {
		return p
	}
	return c.byOrigin(err)
}

// credentialProblem explains an error that says itself that it is about credentials, within
// a call of whatever service; nil for any other.
func (c *Config) credentialProblem(err error) *migration.Problem {
	if already, ok := errors.AsType[*migration.Problem](err); ok {
		return already
	}
	if failed, ok := errors.AsType[*processError](err); ok {
		return c.processProblem(failed)
	}
	if wanted, ok := errors.AsType[*codeError](err); ok {
		return c.codeProblem(wanted)
	}
	if role := innermost[*roleError](err); role != nil && role.ofSTS() {
		return c.notAssumed(role)
	}
	return nil
}

// innermost is the last error of a type in a chain, nil for none.
func innermost[T interface {
	error
	Unwrap() error
	comparable
}](err error) (last T) {
	for {
		next, ok := errors.AsType[T](err)
		if !ok {
			return last
		}
		last, err = next, next.Unwrap()
	}
}

// byOrigin explains why the place where a chain begins gave no credentials.
func (c *Config) byOrigin(err error) *migration.Problem {
	op := innermost[*smithy.OperationError](err)
	asked := func(id string) bool { return op != nil && op.ServiceID == id }
	switch from := c.chain.origin(); {
	case from == fromTokenFile:
		return c.tokenFileProblem(err)
	case from == fromSSO, asked(sso.ServiceID), asked(ssooidc.ServiceID):
		return c.ssoProblem(err)
	case from == fromLogin, asked(signin.ServiceID):
		return c.loginProblem(err)
	case from == fromContainer:
		return c.containerProblem(err)
	case from == fromMetadata:
		return c.metadataProblem(err)
	case from == fromEnvironment && c.chain.last() != nil:
		return &migration.Problem{
			Fault: migration.FaultNoCredentials, Err: err,
			What: fmt.Sprintf("AWS profile %s takes its credentials from variables (credential_source = Environment), which are not set",
				c.chain.last().Profile),
			Fix: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
		}
	case asked(sts.ServiceID):
		return c.explain(actionAssume, err)
	case from == fromDefaults && asked(imds.ServiceID):
		return c.noCredentials(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &migration.Problem{
			Fault: migration.FaultUnreachable, What: fmt.Sprintf("credentials%s were not there within %s", c.forProfile(), credentialsTimeout),
			Fix: "check where the profile takes them from: aws sts get-caller-identity" + c.profileFlag(), Err: err,
		}
	}
	return c.noCredentials(err)
}

// noCredentials is for a profile that names no source of credentials, on a machine that has
// no other. A profile that exists is not to be written over.
func (c *Config) noCredentials(err error) *migration.Problem {
	p := &migration.Problem{Fault: migration.FaultNoCredentials, What: "no AWS credentials were found" + c.forProfile(), Err: err}
	const keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	key, secret := environmentKeys()
	switch s := readSections()["profile "+c.profile]; {
	case c.opts.Profile == "" && key != "" && secret == "":
		p.What = "the variable " + key + " is set and AWS_SECRET_ACCESS_KEY is not"
		p.Fix = "set both, or unset it"
	case c.opts.Profile == "" && secret != "" && key == "":
		p.What = "the variable " + secret + " is set and AWS_ACCESS_KEY_ID is not"
		p.Fix = "set both, or unset it"
	case s == nil && profileNames() == "" && unreadable() != "":
		p.Fix = "check " + unreadable() + ", which has no profile that can be read, or set " + keys
	case s == nil && profileNames() == "":
		p.Fix = "run: aws configure sso, or set " + keys
	case s == nil:
		p.Fix = "set AWS_PROFILE or --profile to one that exists (" + profileNames() + "), or set " + keys
	default:
		if half := partialKeys(c.profile, s["aws_access_key_id"] != "", s["aws_secret_access_key"] != ""); half != nil {
			half.Err = err
			return half
		}
		if s["role_arn"] != "" {
			p.Fault = migration.FaultConfig
			p.What = "AWS profile " + c.profile + " has role_arn and neither source_profile nor credential_source"
			p.Fix = "set one of them in " + sharedFiles()[0] + ", or remove role_arn"
			return p
		}
		p.What = "AWS profile " + c.profile + " has no credentials: neither keys, nor a role, an SSO session, a login or a credential_process"
		p.Fix = "set " + keys
		others := slices.DeleteFunc(existingProfiles(), func(name string) bool { return name == c.profile })
		if len(others) > 0 {
			p.Fix = "use another profile (there are: " + strings.Join(others, ", ") + "), or " + p.Fix
		}
	}
	return p
}

// processProblem explains a credential_process that gave nothing usable.
func (c *Config) processProblem(failed *processError) *migration.Problem {
	p := &migration.Problem{
		Fault: migration.FaultNoCredentials, What: failed.Error(), Err: failed,
		Fix: fmt.Sprintf("correct it in %s; to see all that it says, run: aws sts get-caller-identity --profile %s",
			sharedFiles()[0], shellWord(failed.Profile)),
	}
	switch failed.Failure {
	case processSilent:
		p.Fix = "it cannot ask questions here: if it does, " + c.exportCredentials()
	case processExpired:
		p.Fault = migration.FaultExpired
		p.Fix = fmt.Sprintf("let it renew them; to see what it says, run: aws sts get-caller-identity --profile %s", shellWord(failed.Profile))
	}
	return p
}

// codeProblem describes a role that requires an MFA code when none can be entered.
func (c *Config) codeProblem(wanted *codeError) *migration.Problem {
	name := c.profile
	if s, _ := c.chain.assumes(wanted.Key.role); s != nil {
		name = s.Profile
	}
	p := &migration.Problem{
		Fault: migration.FaultNoCredentials, Err: wanted,
		What: fmt.Sprintf("AWS profile %s wants an MFA code of %s", name, wanted.Key.serial),
		Fix:  "start migtop in a terminal, which asks for it, or " + c.exportCredentials(),
	}
	switch {
	case wanted.Refused > 0:
		p.Fault = migration.FaultRejected
		p.What = fmt.Sprintf("STS did not accept the MFA code of %s for AWS profile %s", wanted.Key.serial, name)
		p.Fix = "start migtop again with a new code, or " + c.exportCredentials()
	case !wanted.Expired.IsZero():
		p.Fault = migration.FaultExpired
		p.What = fmt.Sprintf("the session of AWS profile %s that an MFA code began has expired at %s",
			name, wanted.Expired.UTC().Format(time.RFC3339))
		p.Fix = "start migtop again, which asks for a new code, or " + c.exportCredentials()
	}
	return p
}

// notAssumed explains why a role could not be assumed.
func (c *Config) notAssumed(role *roleError) *migration.Problem {
	p := c.explain(actionAssume, role.Err)
	profile, source := c.chain.assumes(role.Role)
	if role.Role == c.opts.Role {
		profile, source = nil, nil
	}
	by := c.identity()
	if profile != nil && source != profile {
		by = "profile " + source.Profile
	}
	switch p.Fault {
	case migration.FaultDenied:
		p.What = "may not assume the role " + role.Role
		p.Fix = "allow sts:AssumeRole on it to " + by + ", and that identity in the role's trust policy"
		if role.ExternalID != "" {
			p.Fix += "; its external ID must be the one that is configured"
		} else {
			p.Fix += ", which may ask for an external_id"
		}
	case migration.FaultRejected:
		p.Fix = "they came from " + by + ": correct or remove them there"
	case migration.FaultOther, migration.FaultUnreachable, migration.FaultNotThatAPI:
		p.What += " (to assume the role " + role.Role + ")"
	}
	if profile != nil {
		p.What += c.inProfile(profile.Profile)
	}
	return p
}

// inProfile names a profile at the end of a sentence.
func (c *Config) inProfile(name string) string { return " for profile " + name }

// identity names the identity that assumes a role.
func (c *Config) identity() string {
	if c.opts.Static != nil {
		return "the given credentials"
	}
	if c.chain.origin() == fromEnvironment {
		return providerNames["EnvConfigCredentials"]
	}
	return "profile " + c.profile
}

// tokenFileProblem explains a web identity that gave no credentials.
func (c *Config) tokenFileProblem(err error) *migration.Problem {
	file, role := c.chain.tokenFile()
	whose := "AWS_WEB_IDENTITY_TOKEN_FILE"
	if s := c.chain.last(); s != nil {
		whose = "web_identity_token_file of profile " + s.Profile
	}
	token, unread := os.ReadFile(file) //nolint:gosec // the user's own setting
	switch {
	case unread != nil:
		return &migration.Problem{
			Fault: migration.FaultNoCredentials,
			What:  fmt.Sprintf("cannot read the web identity token file %s (%s): %s", file, whose, reason(unread)),
			Fix:   "correct the setting, or let what writes the file run here; in a pod it is the service account's", Err: err,
		}
	case strings.TrimSpace(string(token)) == "":
		return &migration.Problem{
			Fault: migration.FaultNoCredentials, What: fmt.Sprintf("the web identity token file %s (%s) is empty", file, whose),
			Fix: "let what writes the file write it again", Err: err,
		}
	case role == "":
		return &migration.Problem{
			Fault: migration.FaultConfig, What: whose + " is set without a role", Fix: "set AWS_ROLE_ARN", Err: err,
		}
	}
	p := c.explain(actionWebIdentity, err)
	answer, _ := errors.AsType[smithy.APIError](err)
	switch {
	case p.Fault == migration.FaultDenied:
		p.What = "may not assume the role " + role + " with the web identity token file " + file
		p.Fix, p.Snippet = "allow sts:AssumeRoleWithWebIdentity to the token's issuer, subject and audience in the role's trust policy", ""
	case p.Fault == migration.FaultExpired:
		p.What = "the token in the web identity token file " + file + " has expired"
		p.Fix = "let what writes the file renew it"
	case answer != nil && answer.ErrorCode() == "InvalidIdentityToken":
		p.Fault = migration.FaultRejected
		p.What = "STS does not accept the token in the web identity token file " + file + ": " + text.Redact(answer.ErrorMessage(), maxQuote)
		p.Fix = "check that its issuer is an OIDC provider of the account of " + role
	default:
		p.What += " (to assume the role " + role + ")"
	}
	return p
}

// firstProfile is the profile that the first credentials of the chain come from.
func (c *Config) firstProfile() string {
	if s := c.chain.last(); s != nil {
		return s.Profile
	}
	return c.profile
}

// ssoProblem explains an SSO session that ended or was never there.
func (c *Config) ssoProblem(err error) *migration.Problem {
	of, flag := forProfile(c.firstProfile()), profileFlag(c.firstProfile())
	p := &migration.Problem{Fault: migration.FaultExpired, Fix: "run: aws sso login" + flag, Err: err}
	s := c.chain.last()
	answer, coded := errors.AsType[smithy.APIError](err)
	switch {
	case errors.Is(err, os.ErrNotExist):
		p.Fault, p.What = migration.FaultNoCredentials, "there is no SSO session"+of+" on this machine yet"
	case errors.Is(err, os.ErrPermission):
		p.Fault, p.What = migration.FaultNoCredentials, "cannot read the SSO session"+of+": "+reason(err)
		p.Fix = "check the permissions of ~/.aws/sso/cache"
	// A token that was revoked, by the codes of two services.
	case coded && slices.Contains([]string{"InvalidGrantException", "UnauthorizedException", "ExpiredTokenException"}, answer.ErrorCode()):
		p.What = "the SSO session" + of + " has expired"
	case coded && answer.ErrorCode() == "ForbiddenException" && s != nil:
		p.Fault = migration.FaultDenied
		p.What = fmt.Sprintf("IAM Identity Center does not give the role %s in account %s%s", s.SSORoleName, s.SSOAccountID, of)
		p.Fix = "ask the administrator of IAM Identity Center to assign it, or correct sso_account_id and sso_role_name"
	case c.transport(p, "sso:GetRoleCredentials", service{name: "IAM Identity Center"}, err):
		p.Fix = "check the network, a VPN, HTTPS_PROXY and sso_region"
	case coded && known(answer):
		p.Fault = migration.FaultOther
		p.What = fmt.Sprintf("IAM Identity Center refused%s: %s: %s", of, answer.ErrorCode(), text.Redact(answer.ErrorMessage(), maxQuote))
		p.Fix = "check sso_account_id, sso_role_name and sso_region, or run: aws sso login" + flag
	default: // a token that cannot be refreshed, or that is none
		p.What = "the SSO session" + of + " has expired"
	}
	return p
}

// loginProblem explains a session of aws login that ended or was never there.
func (c *Config) loginProblem(err error) *migration.Problem {
	of, flag := forProfile(c.firstProfile()), profileFlag(c.firstProfile())
	p := &migration.Problem{Fault: migration.FaultExpired, Fix: "run: aws login" + flag, Err: err}
	asked := innermost[*smithy.OperationError](err) != nil
	switch {
	case asked && c.transport(p, "signin:CreateOAuth2Token", service{name: "AWS Sign-In"}, err):
		p.Fix = "check the network, a VPN and HTTPS_PROXY"
	case asked: // refused
		p.What = "the login" + of + " has expired"
	default: // the SDK has no type for a token file that is missing
		p.Fault, p.What = migration.FaultNoCredentials, "there is no login"+of+" on this machine that can be used"
	}
	return p
}

// containerProblem explains an endpoint of a container's credentials that gave none.
func (c *Config) containerProblem(err error) *migration.Problem {
	p := &migration.Problem{Fault: migration.FaultNoCredentials, Err: err}
	variable := containerEndpoint()
	s := service{name: "the container's credentials endpoint"}
	if !c.transport(p, "", s, err) {
		p.What = "the container's credentials endpoint gave none: " + text.Redact(reason(err), maxQuote)
	}
	p.Fix = "outside of ECS and EKS, unset " + variable + "; inside, check the task role or the Pod Identity association"
	return p
}

// metadataProblem explains an instance metadata service that gave no credentials to a
// profile that wants them from there.
func (c *Config) metadataProblem(err error) *migration.Problem {
	p := &migration.Problem{Fault: migration.FaultNoCredentials, Err: err}
	profile := c.chain.last().Profile
	because := "there is no instance role"
	_, network := errors.AsType[net.Error](err)
	switch {
	case strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true"):
		because = "AWS_EC2_METADATA_DISABLED is set"
	case network, errors.Is(err, context.DeadlineExceeded):
		because = "it does not answer at " + metadataHost(c, err)
	}
	p.What = fmt.Sprintf("AWS profile %s takes its credentials from the instance metadata service (credential_source = "+
		"Ec2InstanceMetadata): %s",
		profile, because)
	p.Fix = "it is there on EC2 only, for instances with a role: use another profile here"
	return p
}

func metadataHost(c *Config, err error) string {
	if host := c.host(err); !strings.HasPrefix(host, "its endpoint") {
		return host
	}
	return "169.254.169.254"
}

// endpointProblem explains settings that no service has an endpoint for.
func (c *Config) endpointProblem(r rules) *migration.Problem {
	custom := c.opts.Endpoint != "" || c.aws.BaseEndpoint != nil
	what, variable, setting := "FIPS", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"
	switch {
	case !custom || (!r.fips && !r.dualStack):
		return nil
	case !r.fips:
		what, variable, setting = "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"
	}
	return &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("%s endpoints and an endpoint of one's own (%s) do not go together%s", what, c.ownEndpoint(), c.forProfile()),
		Fix:   fmt.Sprintf("unset AWS_ENDPOINT_URL or endpoint_url, or set %s or %s to false", variable, setting),
	}
}

func (c *Config) ownEndpoint() string {
	if c.opts.Endpoint != "" {
		return c.opts.Endpoint
	}
	return aws.ToString(c.aws.BaseEndpoint)
}
