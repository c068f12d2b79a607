// Package pricelisttest is an AWS Price List API for tests: a strict server of its
// protocol (AWS JSON 1.1) on loopback, which refuses what AWS would refuse.
package pricelisttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Faults are what goes wrong.
type Faults struct {
	Throttle int    // this many calls more are throttled; -1 for all
	Broken   int    // this many calls more end in HTTP 500
	Code     string // every call is refused with this error code
	HTML     bool   // a login page answers instead of the API
	Endless  bool   // every page has another one, with the same token
}

// Server is the API. Its zero value is not usable; see [Start].
type Server struct {
	URL string

	t        testing.TB
	mu       sync.Mutex
	products []Product
	faults   Faults
	calls    map[string]int // by service
	pages    map[string]string
	page     int

	rates     []Rate
	denyRates bool
}

// Start serves the products until the test ends, and points the AWS SDK's
// environment at it, away from all configuration of the machine. No test that calls
// it may be parallel.
func Start(t testing.TB, products ...Product) *Server {
	t.Helper()
	s := &Server{t: t, products: products, calls: map[string]int{}, pages: map[string]string{}, page: 100}
	http := httptest.NewServer(s)
	t.Cleanup(http.Close)
	s.URL = http.URL
	nowhere := t.TempDir() + "/none"
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_PRICING": s.URL, "AWS_ENDPOINT_URL_SAVINGSPLANS": s.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
	return s
}

// Fail replaces the faults.
func (s *Server) Fail(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// PageSize makes the server give fewer products at a time than it is asked for, as
// the API may.
func (s *Server) PageSize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = n
}

// Calls is how often a service was asked for and answered with products.
func (s *Server) Calls(service string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[service]
}

// query is a GetProducts request.
type query struct {
	ServiceCode   string
	FormatVersion string
	Filters       []struct{ Type, Field, Value string }
	MaxResults    *int
	NextToken     *string
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.faults.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>Sign in</body></html>")
		return
	case s.faults.Code != "":
		refuse(w, http.StatusBadRequest, s.faults.Code, "refused by the test")
		return
	case s.faults.Throttle != 0:
		s.faults.Throttle = max(s.faults.Throttle-1, -1)
		refuse(w, http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
		return
	case s.faults.Broken > 0:
		s.faults.Broken--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.URL.Path == ratesPath {
		s.serveRates(w, r)
		return
	}
	if code, message := s.unacceptable(r); code != "" {
		s.t.Errorf("the price list was asked in a wrong way: %s: %s", code, message)
		refuse(w, http.StatusBadRequest, code, message)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q query
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "SerializationException", err.Error())
		s.t.Errorf("GetProducts: %v in %s", err, body)
		return
	}
	s.answer(w, &q)
}

// unacceptable checks what every AWS JSON request must have.
// Source: Smithy, "AWS JSON 1.1 protocol"; AWS Signature Version 4.
func (s *Server) unacceptable(r *http.Request) (code, message string) {
	scope := r.Header.Get("Authorization")
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/":
		return "UnknownOperationException", r.Method + " " + r.URL.Path
	case r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		return "SerializationException", "Content-Type " + r.Header.Get("Content-Type")
	case r.Header.Get("X-Amz-Target") != "AWSPriceListService.GetProducts":
		return "UnknownOperationException", r.Header.Get("X-Amz-Target")
	case !strings.HasPrefix(scope, "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(scope, "/us-east-1/pricing/aws4_request"):
		return "IncompleteSignature", scope
	}
	return "", ""
}

func (s *Server) answer(w http.ResponseWriter, q *query) {
	if q.ServiceCode == "" || (q.FormatVersion != "" && q.FormatVersion != "aws_v1") ||
		(q.MaxResults != nil && (*q.MaxResults < 1 || *q.MaxResults > 100)) {
		refuse(w, http.StatusBadRequest, "InvalidParameterException", "Input Parameters are invalid")
		s.t.Errorf("invalid parameters: %+v", q)
		return
	}
	for _, f := range q.Filters {
		if f.Type != "TERM_MATCH" || f.Field == "" || f.Value == "" {
			refuse(w, http.StatusBadRequest, "InvalidParameterException", "Input Parameters are invalid")
			s.t.Errorf("invalid filter: %+v", f)
			return
		}
	}
	var all []string
	for _, p := range s.products {
		if p.matches(q) {
			all = append(all, p.document(q.ServiceCode))
		}
	}
	key := fmt.Sprint(q.ServiceCode, q.Filters)
	from := 0
	if q.NextToken != nil {
		if s.pages[*q.NextToken] != key {
			refuse(w, http.StatusBadRequest, "InvalidNextTokenException", "The pagination token is invalid")
			s.t.Errorf("token %q was not given for %s", *q.NextToken, key)
			return
		}
		from, _ = strconv.Atoi(strings.TrimPrefix(*q.NextToken, "page-"))
	}
	most := s.page
	if q.MaxResults != nil {
		most = min(most, *q.MaxResults)
	}
	to := min(from+most, len(all))
	out := struct {
		FormatVersion string
		PriceList     []string
		NextToken     string `json:",omitempty"`
	}{"aws_v1", append([]string{}, all[min(from, to):to]...), ""}
	if to < len(all) || s.faults.Endless {
		out.NextToken = fmt.Sprintf("page-%d", to)
		s.pages[out.NextToken] = key
	}
	s.calls[q.ServiceCode]++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(out)
}

// refuse answers with an error as this protocol has it.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "com.amazonaws.pricing#" + code, "message": message})
}
