package awsapi

import (
	"encoding/xml"
	"net/http"
	"net/url"
)

// getCallerIdentity answers STS's GetCallerIdentity, and AssumeRole where there are
// accounts to go to.
func (s *Server) getCallerIdentity(w http.ResponseWriter, r *http.Request, body []byte) *apiError {
	form, err := url.ParseQuery(string(body))
	switch {
	case err != nil || r.Method != http.MethodPost:
		return &apiError{http.StatusBadRequest, "MalformedInput", "MalformedInput", "a form by POST is expected"}
	case form.Get("Action") == "AssumeRole" && form.Get("Version") == "2011-06-15" && s.organization != nil:
		s.count("sts:AssumeRole")
		return s.organization.assumeRole(w, s, form)
	case form.Get("Action") != "GetCallerIdentity" || form.Get("Version") != "2011-06-15":
		return &apiError{
			http.StatusBadRequest, "InvalidAction", "InvalidAction",
			"Could not find operation " + form.Get("Action") + " for version " + form.Get("Version"),
		}
	}
	writeXML(w, http.StatusOK, struct {
		XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Arn     string   `xml:"GetCallerIdentityResult>Arn"`
		UserID  string   `xml:"GetCallerIdentityResult>UserId"`
		Account string   `xml:"GetCallerIdentityResult>Account"`
		Request string   `xml:"ResponseMetadata>RequestId"`
	}{Arn: s.caller(), UserID: "AROASIMULATED:engineer", Account: s.cfg.Account.ID(), Request: w.Header().Get("X-Amzn-Requestid")})
	return nil
}
