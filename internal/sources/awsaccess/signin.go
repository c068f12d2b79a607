package awsaccess

import (
	"context"
	"errors"
	"os"
)

// CodeRequest is what a person is asked to enter an MFA code for.
type CodeRequest struct {
	Profile string // that wants it
	Serial  string // of the device: an ARN, or the number of a hardware device
	Role    string // that is assumed with it
	Refused bool   // the last code was refused
	Left    int    // how often another one may be entered, this time included
}

// SignIn asks for the MFA codes that the profile requires, and assumes its roles with them, so that [LoadConfig] finds
// the sessions. It does nothing for a profile without MFA. It asks three times if codes are rejected. It returns the
// error of ask; LoadConfig reports other errors.
func SignIn(ctx context.Context, opts Options, ask func(context.Context, CodeRequest) (string, error)) error {
	if opts.Static != nil || opts.Sessions == nil {
		return nil
	}
	profile := opts.profileName()
	chain, err := chainOf(ctx, opts, profile)
	if err != nil || !chain.wantsCode() {
		return nil //nolint:nilerr // LoadConfig says what is wrong
	}
	opts.Role, opts.ExternalID = "", "" // assumed with what the profile gives
	for {
		access, err := LoadConfig(ctx, opts)
		if err == nil {
			access.Close()
			return nil
		}
		wanted, ok := errors.AsType[*codeError](err)
		if !ok || wanted.Refused >= maxCodes {
			return ctx.Err()
		}
		request := CodeRequest{
			Profile: profile, Serial: wanted.Key.serial, Role: wanted.Key.role, Refused: wanted.Refused > 0, Left: maxCodes - wanted.Refused,
		}
		if s, _ := chain.assumes(wanted.Key.role); s != nil {
			request.Profile = s.Profile
		}
		code, err := ask(ctx, request)
		if err != nil {
			return err
		}
		opts.Sessions.enter(wanted.Key, code)
	}
}

// profileName is the profile that is used, as every AWS tool finds it.
func (o *Options) profileName() string {
	return firstOf(o.Profile, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), "default")
}
