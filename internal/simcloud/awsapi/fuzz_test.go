package awsapi

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// signature is one that the server accepts.
const signature = "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260310/eu-west-1/monitoring/aws4_request, SignedHeaders=host, " +
	"Signature=0000000000000000000000000000000000000000000000000000000000000000"

// Whatever the bytes are, the server answers, with CBOR, and without a crash.
func FuzzRequest(f *testing.F) {
	encode := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	at := func(seconds float64) cbor.Tag { return cbor.Tag{Number: 1, Content: seconds} }
	query := map[string]any{"Id": "q0", "MetricStat": map[string]any{
		"Period": 60, "Stat": "p99",
		"Metric": map[string]any{
			"Namespace": "AWS/Lambda", "MetricName": "Duration",
			"Dimensions": []any{map[string]any{"Name": "FunctionName", "Value": "f"}},
		},
	}}
	f.Add("GetMetricData", encode(map[string]any{
		"StartTime": at(float64(noon.Add(-time.Hour).Unix())), "EndTime": at(float64(noon.Unix())), "MetricDataQueries": []any{query},
	}))
	f.Add("GetMetricData", encode(map[string]any{"StartTime": "yesterday", "EndTime": at(1e300), "NextToken": "eyJkIjowfQ"}))
	f.Add("ListMetrics", encode(map[string]any{
		"Namespace": "AWS/Lambda", "RecentlyActive": "PT3H",
		"Dimensions": []any{map[string]any{"Name": "FunctionName"}},
	}))
	f.Add("ListMetrics", []byte{0xbf, 0xff})
	f.Add("GetMetricData", []byte{0xd9, 0xff, 0xff, 0x9f})
	s, err := New(Config{
		Account: one(Invocation{Start: noon.Add(-30 * time.Minute), Duration: time.Second}), Clock: &hand{now: noon}, Region: region,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, operation string, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
		r.URL.Path = servicePath + operation
		r.Header = http.Header{
			"Authorization": {signature}, "X-Amz-Date": {"20260310T120000Z"},
			"Smithy-Protocol": {"rpc-v2-cbor"}, "Content-Type": {"application/cbor"},
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var out map[string]any
		if err := cbor.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("status %d with a body that is no CBOR map: %v", w.Code, err)
		}
		if w.Code != http.StatusOK && out["__type"] == nil {
			t.Errorf("status %d without a type", w.Code)
		}
	})
}
