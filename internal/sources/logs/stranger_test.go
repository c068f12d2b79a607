package logs

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
)

// A log group is named with its account or, by other implementations of the API, without it. Rows of a log group that was
// not queried are an error.
func TestRowsBelongToTheGroupsThatWereAsked(t *testing.T) {
	for log, wants := range map[string]string{
		"123456789012:/aws/lambda/etl-acme": "", "/aws/lambda/etl-acme": "",
		"123456789012:/aws/lambda/other": `a row of "/aws/lambda/other", a log group that was not asked about`,
		"":                               `a row of "", a log group that was not asked about`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".StartQuery") {
				_, _ = w.Write([]byte(`{"queryId":"1"}`))
				return
			}
			message := `REPORT RequestId: ` + id(1) + `\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t`
			_, _ = fmt.Fprintf(w, `{"status":"Complete","statistics":{"bytesScanned":145},"results":[[`+
				`{"field":"@timestamp","value":"2026-03-10 11:30:00.000"},{"field":"@message","value":%q},{"field":"@log","value":%q}]]}`,
				strings.ReplaceAll(message, `\t`, "\t"), log)
		}))
		access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		reader, err := New(access, Settings{Clock: awsaccesstest.NewHand(noon), Pause: time.Microsecond})
		if err != nil {
			t.Fatal(err)
		}
		ranges := hour("etl-acme")
		var runs int64
		scanned, err := reader.Read(t.Context(), ranges, []migration.LogVolume{
			{Group: ranges[0].Group, From: ranges[0].From, To: ranges[0].To, Bytes: 145, Lines: 1},
		}, func(a migration.LogAnswer) {
			all, _ := all(a, "")
			runs += all.Runs
		})
		access.Close()
		server.Close()
		if wants == "" && (err != nil || runs != 1) {
			t.Errorf("@log %q: %d runs, %v", log, runs, err)
		}
		if wants != "" && (runs != 0 || awsaccesstest.ProblemOf(t, err).Fault != migration.FaultNotThatAPI ||
			!strings.Contains(err.Error(), wants)) {
			t.Errorf("@log %q: %d runs, %v; want %q", log, runs, err, wants)
		}
		if scanned != 145 {
			t.Errorf("@log %q: %d bytes scanned, want those that are billed", log, scanned)
		}
	}
}
