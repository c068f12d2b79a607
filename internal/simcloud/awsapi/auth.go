package awsapi

import (
	"fmt"
	"net/http"
	"strings"
)

// admit decides whether a request may be answered at all: it must carry a
// signature of version 4 for this region and service, and no fault may forbid
// it. The signature's value is not verified, since the server has no secret.
func (s *Server) admit(r *http.Request, action string, faults *Faults) *apiError {
	service, _, _ := strings.Cut(action, ":")
	key, fault := s.signed(r, service)
	if fault != nil {
		return fault
	}
	state := s.check(key, r.Header.Get("X-Amz-Security-Token"))
	expired := faults.Expired || state == keyExpired
	switch {
	case faults.Rejected, state == keyUnknown:
		return rejected(service)
	case expired && isRPC(service):
		return &apiError{http.StatusBadRequest, "ExpiredTokenException", "ExpiredToken", "The security token included in the request is expired"}
	case expired:
		return &apiError{http.StatusForbidden, "ExpiredTokenException", "ExpiredToken", "The security token included in the request is expired"}
	case faults.throttles(action) && service == "lambda":
		return &apiError{http.StatusTooManyRequests, "TooManyRequestsException", "TooManyRequestsException", "Rate exceeded"}
	case faults.throttles(action) && service == "sqs":
		return &apiError{http.StatusBadRequest, "RequestThrottled", "RequestThrottled", "The request was denied due to request throttling."}
	case faults.throttles(action):
		return &apiError{http.StatusBadRequest, "ThrottlingException", "Throttling", "Rate exceeded"}
	case service != "sts" && faults.denies(action):
		status := http.StatusForbidden
		if isRPC(service) {
			status = http.StatusBadRequest
		}
		return &apiError{
			status, "AccessDeniedException", "AccessDenied",
			fmt.Sprintf("User: %s is not authorized to perform: %s because no identity-based policy allows the %s action",
				s.caller(), action, action),
		}
	}
	return nil
}

// check judges a key.
func (s *Server) check(key, token string) keyState {
	switch {
	case s.organization != nil:
		return s.organization.check(s.cfg.Account.ID(), key, token)
	case s.cfg.AccessKeyID != "" && key != s.cfg.AccessKeyID:
		return keyUnknown
	}
	return keyGood
}

// isRPC reports whether a service speaks one of the JSON protocols, whose clients'
// errors all have status 400.
func isRPC(service string) bool {
	_, ok := rpcServices[service]
	return ok
}

// rejected is the refusal of an unknown key, for which Lambda has another name.
func rejected(service string) *apiError {
	const message = "The security token included in the request is invalid."
	if isRPC(service) {
		return &apiError{http.StatusBadRequest, "UnrecognizedClientException", "InvalidClientTokenId", message}
	}
	if service == "lambda" {
		return &apiError{http.StatusForbidden, "UnrecognizedClientException", "UnrecognizedClientException", message}
	}
	return &apiError{http.StatusForbidden, "InvalidClientTokenId", "InvalidClientTokenId", message}
}

// signingNames are the names of the services in the scope of a signature.
var signingNames = map[string]string{
	"cloudwatch": "monitoring", "ec2": "ec2", "ecs": "ecs", "iam": "iam", "lambda": "lambda", "logs": "logs",
	"sqs": "sqs", "sts": "sts", "tag": "tagging",
}

// signed returns the access key that a request is signed with.
// Source: AWS Signature Version 4, "Authorization header".
func (s *Server) signed(r *http.Request, service string) (key string, _ *apiError) {
	missing := &apiError{
		http.StatusForbidden, "MissingAuthenticationTokenException", "MissingAuthenticationToken",
		"Missing Authentication Token",
	}
	header, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return "", missing
	}
	parts := make(map[string]string, 3)
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	incomplete := func(what string) *apiError {
		return &apiError{http.StatusForbidden, "IncompleteSignatureException", "IncompleteSignature", "Authorization header requires " + what}
	}
	mismatch := func(what, want string) *apiError {
		return &apiError{
			http.StatusForbidden, "InvalidSignatureException", "SignatureDoesNotMatch",
			"Credential should be scoped to a valid " + what + ": want " + want,
		}
	}
	date := r.Header.Get("X-Amz-Date")
	scope := strings.Split(parts["Credential"], "/") // key/yyyymmdd/region/service/aws4_request
	switch {
	case len(scope) != 5 || scope[0] == "" || scope[4] != "aws4_request":
		return "", incomplete("a 'Credential' parameter of five parts")
	case parts["SignedHeaders"] == "":
		return "", incomplete("a 'SignedHeaders' parameter")
	case len(parts["Signature"]) != 64:
		return "", incomplete("a 'Signature' parameter of 64 digits")
	case len(date) != len("20060102T150405Z"):
		return "", incomplete("an 'X-Amz-Date' header")
	case !strings.HasPrefix(date, scope[1]):
		return "", mismatch("date", date[:8])
	case service == "sts" && s.organization != nil: // it is there in every region
	case service == "iam" && scope[2] == globalRegions[s.cfg.Partition]: // its only endpoint is there
	case scope[2] != s.cfg.Region:
		return "", mismatch("region", s.cfg.Region)
	case scope[3] != signingNames[service]:
		return "", mismatch("service", signingNames[service])
	}
	return scope[0], nil
}

// caller is the identity of every accepted key.
func (s *Server) caller() string {
	return "arn:" + s.cfg.Partition + ":sts::" + s.cfg.Account.ID() + ":assumed-role/migration/engineer"
}
