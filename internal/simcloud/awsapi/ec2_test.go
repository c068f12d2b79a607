package awsapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
)

// spotMarket has two changes of one price.
type spotMarket struct{ awsapi.Fixed }

func (spotMarket) SpotPrices(until time.Time) []awsapi.SpotPrice {
	return []awsapi.SpotPrice{
		{Type: "m6i.large", Zone: "us-east-1a", Price: "0.030000", At: until.Add(-3 * time.Hour)},
		{Type: "m6i.large", Zone: "us-east-1a", Price: "0.031000", At: until.Add(-time.Hour)},
		{Type: "m6i.large", Zone: "us-east-1b", Price: "0.032000", At: until.Add(-2 * time.Hour)},
		{Type: "m6i.large", Zone: "us-east-1b", Price: "0.132000", At: until.Add(-2 * time.Hour), Product: "Windows"},
	}
}

// askEC2 sends a form to EC2 as a signed client does.
func askEC2(t *testing.T, s *awsapi.Server, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Amz-Date", "20260310T122020Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260310/us-east-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, "+
		"Signature="+strings.Repeat("0", 64))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// EC2 gives the changes of a time range and the price in force at its beginning, newest first, in pages, and refuses what it does
// not know.
func TestSpotPriceHistory(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)
	s, err := awsapi.New(awsapi.Config{
		Account: &spotMarket{awsapi.Fixed{Number: "123456789012"}}, Clock: standing(now), Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	base := func(more ...string) url.Values {
		form := url.Values{
			"Action": {"DescribeSpotPriceHistory"}, "Version": {"2016-11-15"}, "InstanceType.1": {"m6i.large"},
			"ProductDescription.1": {"Linux/UNIX"}, "StartTime": {now.Format(time.RFC3339)}, "EndTime": {now.Format(time.RFC3339)},
		}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return form
	}
	code, body := askEC2(t, s, base())
	first, second := strings.Index(body, "<spotPrice>0.031000</spotPrice>"), strings.Index(body, "<spotPrice>0.032000</spotPrice>")
	if code != http.StatusOK || first < 0 || second < first || strings.Count(body, "<item>") != 2 ||
		!strings.Contains(body, "<timestamp>2026-03-10T11:20:20.000Z</timestamp>") || !strings.Contains(body, "<nextToken></nextToken>") {
		t.Errorf("the price now: %d %s", code, body)
	}
	_, body = askEC2(t, s, base("StartTime", now.Add(-2*time.Hour-time.Minute).Format(time.RFC3339)))
	if strings.Count(body, "<item>") != 3 {
		t.Errorf("two hours: %s", body)
	}
	if _, body = askEC2(t, s, base("MaxResults", "1")); !strings.Contains(body, "<nextToken>spot-1</nextToken>") {
		t.Errorf("a page: %s", body)
	}
	if _, body = askEC2(t, s, base("MaxResults", "1", "NextToken", "spot-1")); !strings.Contains(body, "0.032000") ||
		strings.Contains(body, "0.031000") {
		t.Errorf("the next page: %s", body)
	}
	for _, tc := range []struct{ key, value, code string }{
		{"Version", "2014-01-01", "InvalidAction"},
		{"Action", "RunInstances", "InvalidAction"},
		{"MaxResults", "5000", "InvalidParameterValue"},
		{"StartTime", "yesterday", "InvalidParameterValue"},
		{"StartTime", now.Add(time.Hour).Format(time.RFC3339), "InvalidParameterValue"},
		{"NextToken", "x", "InvalidNextToken"},
		{"InstanceTypes", "m6i.large", "UnknownParameter"},
	} {
		code, body := askEC2(t, s, base(tc.key, tc.value))
		if code != http.StatusBadRequest || !strings.Contains(body, "<Code>"+tc.code+"</Code>") {
			t.Errorf("%s=%s: %d %s", tc.key, tc.value, code, body)
		}
	}
	for faults, want := range map[string]awsapi.Faults{
		"UnauthorizedOperation": {Denied: []string{"ec2:DescribeSpotPriceHistory"}}, "RequestExpired": {Expired: true},
		"AuthFailure": {Rejected: true}, "RequestLimitExceeded": {Throttle: true},
	} {
		s.SetFaults(want)
		if code, body := askEC2(t, s, base()); code < 400 || !strings.Contains(body, "<Errors><Error><Code>"+faults+"</Code>") {
			t.Errorf("%s: %d %s", faults, code, body)
		}
	}
}

// standing is a clock that stands.
type standing time.Time

func (s standing) Now() time.Time                                 { return time.Time(s) }
func (s standing) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }
