package awsaccess

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// unloadable explains why the shared configuration could not be loaded. The SDK has types
// for little of it, so that the files say what is wrong.
func (c *Config) unloadable(err error) error {
	if absent, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok && absent.Profile == c.profile {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("AWS profile %q does not exist", absent.Profile), Fix: fixAbsent(absent.Profile),
			Err: err,
		}
	}
	if c.chain.origin() == fromContainer && containerEndpoint() != "" {
		return c.containerProblem(err)
	}
	if file, role := c.chain.tokenFile(); c.chain.last() == nil && file != "" && role == "" {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: "AWS_WEB_IDENTITY_TOKEN_FILE is set without a role", Fix: "set AWS_ROLE_ARN, or unset it", Err: err,
		}
	}
	if p := c.misconfigured(readSections()); p != nil {
		p.Err = err
		return p
	}
	if missing, ok := errors.AsType[config.CredentialRequiresARNError](err); ok {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: fmt.Sprintf("AWS profile %s has %s and no role_arn", missing.Profile, missing.Type),
			Fix: "set role_arn in it, or remove " + missing.Type, Err: err,
		}
	}
	if ca, ok := errors.AsType[config.SharedConfigLoadError](err); ok {
		return &migration.Problem{
			Fault: migration.FaultConfig, What: "cannot read " + ca.Filename + ": " + text.Redact(reason(ca.Err), maxQuote),
			Fix: "check the file and its permissions", Err: err,
		}
	}
	return &migration.Problem{
		Fault: migration.FaultConfig, What: "cannot read the AWS configuration" + c.forProfile() + ": " + text.Redact(err.Error(), maxQuote),
		Fix: "check " + strings.Join(sharedFiles(), " and ") + " and the AWS_ variables", Err: err,
	}
}

// fixAbsent says what to do about a profile that does not exist.
func fixAbsent(profile string) string {
	file := sharedFiles()[0]
	text, _ := os.ReadFile(file) //nolint:gosec // the user's own setting
	if slices.Contains(profilesIn(string(text), false), profile) {
		return fmt.Sprintf("write [profile %s] in place of [%[1]s] in %s: the config file names profiles so, only the credentials file does not",
			profile, file)
	}
	if names := profileNames(); names != "" {
		return "profiles that exist: " + names
	}
	if file := unreadable(); file != "" {
		fix := "check " + file + ", which has no profile that can be read"
		if text, _ := os.ReadFile(file); strings.HasPrefix(string(text), "\ufeff") { //nolint:gosec // the user's own setting
			fix += ": it begins with a byte order mark, save it without"
		}
		return fix
	}
	return "there are no profiles: run: aws configure sso"
}

// credentialTypes are the settings of which a profile may have one.
var credentialTypes = [...]string{"source_profile", "credential_source", "credential_process", "web_identity_token_file"}

// misconfigured returns the problem that prevents use of the profile, or of a profile that provides its credentials; nil
// if it finds none.
func (c *Config) misconfigured(all map[string]section) *migration.Problem {
	wrong := func(fix, what string, args ...any) *migration.Problem {
		return &migration.Problem{Fault: migration.FaultConfig, What: fmt.Sprintf(what, args...), Fix: fix}
	}
	var path []string
	for name := c.profile; ; {
		s, there := all["profile "+name]
		if !there {
			if len(path) == 0 {
				return nil
			}
			return wrong(fmt.Sprintf("correct source_profile of profile %s; profiles that exist: %s", path[len(path)-1], profileNames()),
				"AWS profile %s takes its credentials from profile %s, which does not exist", path[len(path)-1], name)
		}
		path = append(path, name)
		key, secret := s["aws_access_key_id"] != "", s["aws_secret_access_key"] != ""
		if len(path) > 1 && key && secret {
			return nil
		}
		if p := partialKeys(name, key, secret); p != nil {
			return p
		}
		var types []string
		for _, setting := range credentialTypes {
			if s[setting] != "" {
				types = append(types, setting)
			}
		}
		if len(types) > 1 {
			return wrong("keep one of them", "AWS profile %s has more than one source of credentials: %s", name, strings.Join(types, ", "))
		}
		if p := c.brokenSSO(all, name, s); p != nil {
			return p
		}
		switch from := s["credential_source"]; from {
		case "", "Environment", "Ec2InstanceMetadata":
		case "EcsContainer":
			if containerEndpoint() == "" {
				return wrong("it works in a container of ECS or EKS only: use another profile here",
					"AWS profile %s takes credentials from the container, and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "+
						"AWS_CONTAINER_CREDENTIALS_FULL_URI are not set", name)
			}
		default:
			return wrong("set Environment, Ec2InstanceMetadata or EcsContainer", "AWS profile %s has an unknown credential_source %q", name, from)
		}
		next := s["source_profile"]
		if next == name && s["role_arn"] != "" && !key {
			return wrong("name another profile, or credentials of its own: aws_access_key_id and aws_secret_access_key",
				"AWS profile %s names itself as source_profile and has no credentials", name)
		}
		if next == "" || next == name {
			return c.unusableSource(path, s, key && secret)
		}
		for _, before := range path {
			if n := all["profile "+next]; before == next && (n["aws_access_key_id"] == "" || n["aws_secret_access_key"] == "") {
				return wrong("let one of them have credentials of its own",
					"AWS profiles take their credentials from each other: %s", strings.Join(append(path, next), " -> "))
			}
		}
		if s["role_arn"] == "" {
			return wrong("set role_arn in it, or remove source_profile", "AWS profile %s has source_profile and no role_arn", name)
		}
		name = next
	}
}

// unusableSource explains a profile at the end of a chain that the SDK takes no
// credentials from.
func (c *Config) unusableSource(path []string, s section, keys bool) *migration.Problem {
	last := path[len(path)-1]
	if len(path) < 2 || keys {
		return nil
	}
	if s["login_session"] != "" {
		return &migration.Problem{
			Fault: migration.FaultConfig,
			What: fmt.Sprintf("AWS profile %s assumes a role with profile %s, which is a login (login_session): migtop cannot use a login under "+
				"a role",
				path[len(path)-2], last),
			Fix: c.exportCredentials(),
		}
	}
	for _, setting := range [...]string{"credential_source", "credential_process", "web_identity_token_file", "sso_session", "sso_start_url"} {
		if s[setting] != "" {
			return nil
		}
	}
	return &migration.Problem{
		Fault: migration.FaultConfig,
		What:  fmt.Sprintf("AWS profile %s takes its credentials from profile %s, which has none", path[len(path)-2], last),
		Fix:   fmt.Sprintf("give profile %s credentials, or correct source_profile of profile %s", last, path[len(path)-2]),
	}
}

// partialKeys explains half an access key in a profile.
func partialKeys(name string, key, secret bool) *migration.Problem {
	if key == secret {
		return nil
	}
	has, lacks := "aws_access_key_id", "aws_secret_access_key"
	if secret {
		has, lacks = lacks, has
	}
	return &migration.Problem{
		Fault: migration.FaultConfig, What: fmt.Sprintf("AWS profile %s has %s and no %s", name, has, lacks),
		Fix: "set both in " + strings.Join(sharedFiles(), " or ") + ", or remove it",
	}
}

// brokenSSO describes a profile with incomplete SSO settings.
func (c *Config) brokenSSO(all map[string]section, name string, s section) *migration.Problem {
	session := s["sso_session"]
	file := sharedFiles()[0]
	if session == "" {
		return legacySSO(name, s)
	}
	settings, there := all["sso-session "+session]
	if !there {
		return &migration.Problem{
			Fault: migration.FaultConfig,
			What:  fmt.Sprintf("AWS profile %s names the SSO session %s, which %s does not have", name, session, file),
			Fix:   fmt.Sprintf("add [sso-session %s] with sso_start_url and sso_region to it, or correct sso_session of profile %s", session, name),
		}
	}
	for _, setting := range [...]string{"sso_start_url", "sso_region"} {
		if settings[setting] == "" {
			return &migration.Problem{
				Fault: migration.FaultConfig, What: fmt.Sprintf("the SSO session %s of AWS profile %s has no %s", session, name, setting),
				Fix: fmt.Sprintf("set %s under [sso-session %s] in %s", setting, session, file),
			}
		}
		if own := s[setting]; own != "" && own != settings[setting] {
			return &migration.Problem{
				Fault: migration.FaultConfig, What: fmt.Sprintf("%s of AWS profile %s is not that of its SSO session %s", setting, name, session),
				Fix: "remove it from the profile, or make both the same, in " + file,
			}
		}
	}
	return nil
}

// legacySSO explains a profile that has some of the settings of SSO without a session, which
// go together.
func legacySSO(name string, s section) *migration.Problem {
	var has, lacks []string
	for _, setting := range [...]string{"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"} {
		if s[setting] == "" {
			lacks = append(lacks, setting)
		} else {
			has = append(has, setting)
		}
	}
	if len(has) == 0 || len(lacks) == 0 {
		return nil
	}
	return &migration.Problem{
		Fault: migration.FaultConfig, What: fmt.Sprintf("AWS profile %s has %s and no %s", name, strings.Join(has, ", "),
			strings.Join(lacks, ", ")),
		Fix: fmt.Sprintf("set %s in profile %s of %s", strings.Join(lacks, " and "), name, sharedFiles()[0]),
	}
}

// exportCredentials is the command that lets the AWS CLI fetch credentials, and what else
// it takes: variables win over a profile that only a variable names.
func (c *Config) exportCredentials() string {
	fix := `run: eval "$(aws configure export-credentials --profile ` + shellWord(c.profile) + ` --format env)"`
	if c.opts.Profile != "" {
		fix += ", and start migtop without --profile or a profile in its configuration"
	}
	return fix
}

// shellWord quotes the name of a profile if a shell would split it.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@+:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
