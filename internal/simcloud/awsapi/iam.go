package awsapi

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// iamVersion is the version of IAM's API, which each request names.
const iamVersion = "2010-05-08"

// scope is the service that a request is signed for. IAM and STS share the path.
func scope(r *http.Request) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return ""
	}
	return parts[3]
}

// globalRegions are where requests of IAM may be signed for in addition to the region of
// the account: it has one endpoint a partition.
// Source: IAM endpoints and quotas.
var globalRegions = map[string]string{"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

// iamActions are what IAM is asked.
var iamActions = map[string]func(*Server, http.ResponseWriter, *Role, url.Values) *apiError{
	"GetRole":                  (*Server).getRole,
	"ListAttachedRolePolicies": (*Server).listAttachedRolePolicies,
	"ListRolePolicies":         (*Server).listRolePolicies,
}

// iamAction is the action of a request, which has it in its body. The body can be
// read again after it.
func iamAction(r *http.Request) string {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, perr := url.ParseQuery(string(body))
	if err != nil || perr != nil {
		return "iam:"
	}
	return "iam:" + form.Get("Action")
}

// serveIAM answers IAM's query protocol.
func (s *Server) serveIAM(w http.ResponseWriter, r *http.Request, body []byte) *apiError {
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		return &apiError{http.StatusBadRequest, "MalformedInput", "MalformedInput", "a form by POST is expected"}
	}
	action := form.Get("Action")
	serve, ok := iamActions[action]
	if !ok || form.Get("Version") != iamVersion {
		return &apiError{
			http.StatusBadRequest, "InvalidAction", "InvalidAction",
			"Could not find operation " + action + " for version " + form.Get("Version"),
		}
	}
	name := form.Get("RoleName")
	if name == "" || len(name) > 64 {
		return &apiError{
			http.StatusBadRequest, "ValidationError", "ValidationError",
			"1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length between 1 and 64",
		}
	}
	if role := s.role(name); role != nil {
		return serve(s, w, role, form)
	}
	return &apiError{http.StatusNotFound, "NoSuchEntity", "NoSuchEntity", "The role with name " + name + " cannot be found."}
}

// role finds a role by its name, which is unique whatever its path and case.
func (s *Server) role(name string) *Role {
	for _, f := range s.functions() {
		if f.Detail != nil && f.Detail.Role != nil && strings.EqualFold(f.Detail.Role.Name, name) {
			return f.Detail.Role
		}
	}
	return nil
}

func (s *Server) getRole(w http.ResponseWriter, role *Role, _ url.Values) *apiError {
	type boundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }
	type result struct {
		Path, RoleName, RoleId, Arn string
		CreateDate                  time.Time
		AssumeRolePolicyDocument    string
		MaxSessionDuration          int
		PermissionsBoundary         *boundary `xml:",omitempty"`
	}
	out := result{
		Path: role.Path, RoleName: role.Name, RoleId: "AROASIMULATED" + strings.ToUpper(hex.EncodeToString([]byte(role.Name + "....")))[:8],
		Arn: s.roleARN(role), CreateDate: time.Date(2024, 2, 1, 9, 0, 0, 0, time.UTC),
		// Documents are sent encoded as in a URL, by RFC 3986.
		// Source: IAM API reference, Role.
		AssumeRolePolicyDocument: strings.ReplaceAll(url.QueryEscape(role.Trust), "+", "%20"),
		MaxSessionDuration:       3600,
	}
	if role.Boundary != "" {
		out.PermissionsBoundary = &boundary{"Policy", role.Boundary}
	}
	writeXML(w, http.StatusOK, struct {
		XMLName xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ GetRoleResponse"`
		Role    result   `xml:"GetRoleResult>Role"`
		Request string   `xml:"ResponseMetadata>RequestId"`
	}{Role: out, Request: w.Header().Get("X-Amzn-Requestid")})
	return nil
}

// iamPage cuts a page: IAM's default is 100 items, and it says whether there are
// more.
func iamPage[T any](list []T, form url.Values) (items []T, next string, _ *apiError) {
	items, next, fault := page(list, form, 100)
	if fault != nil {
		fault = &apiError{http.StatusBadRequest, "ValidationError", "ValidationError", fault.Message}
	}
	return items, next, fault
}

func (s *Server) listAttachedRolePolicies(w http.ResponseWriter, role *Role, form url.Values) *apiError {
	type attached struct{ PolicyName, PolicyArn string }
	items, next, fault := iamPage(role.Attached, form)
	if fault != nil {
		return fault
	}
	list := []attached{}
	for _, arn := range items {
		list = append(list, attached{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	writeXML(w, http.StatusOK, struct {
		XMLName   xml.Name   `xml:"https://iam.amazonaws.com/doc/2010-05-08/ ListAttachedRolePoliciesResponse"`
		List      []attached `xml:"ListAttachedRolePoliciesResult>AttachedPolicies>member"`
		Truncated bool       `xml:"ListAttachedRolePoliciesResult>IsTruncated"`
		Marker    string     `xml:"ListAttachedRolePoliciesResult>Marker,omitempty"`
		Request   string     `xml:"ResponseMetadata>RequestId"`
	}{List: list, Truncated: next != "", Marker: next, Request: w.Header().Get("X-Amzn-Requestid")})
	return nil
}

func (s *Server) listRolePolicies(w http.ResponseWriter, role *Role, form url.Values) *apiError {
	items, next, fault := iamPage(role.Inline, form)
	if fault != nil {
		return fault
	}
	writeXML(w, http.StatusOK, struct {
		XMLName   xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ ListRolePoliciesResponse"`
		List      []string `xml:"ListRolePoliciesResult>PolicyNames>member"`
		Truncated bool     `xml:"ListRolePoliciesResult>IsTruncated"`
		Marker    string   `xml:"ListRolePoliciesResult>Marker,omitempty"`
		Request   string   `xml:"ResponseMetadata>RequestId"`
	}{List: items, Truncated: next != "", Marker: next, Request: w.Header().Get("X-Amzn-Requestid")})
	return nil
}
