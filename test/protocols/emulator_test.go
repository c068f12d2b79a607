package protocols

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/logs"
	"github.com/migtop/migtop/internal/sources/logs/report"
)

// order is what the function is asked to do.
type order struct {
	Sleep time.Duration `json:"sleep"`
	Fail  bool          `json:"fail"`
}

func handle(ctx context.Context, o order) (string, error) {
	select {
	case <-time.After(o.Sleep):
	case <-ctx.Done():
	}
	if o.Fail {
		return "", errors.New("made to fail")
	}
	return "done", nil
}

// memory is what the function is given. The emulator says that all of it was used.
const memory = 512 * migration.MiB

// emulate runs the function for each order, and returns what Lambda's own emulator wrote.
func emulate(t *testing.T, orders []order) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	serves := free(t)
	cmd := exec.Command(tool(t, "aws-lambda-rie"), "--runtime-interface-emulator-address", serves, "--runtime-api-address", free(t), self,
		"handler")
	cmd.Env = append(os.Environ(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_FUNCTION_TIMEOUT=1", "AWS_LAMBDA_FUNCTION_NAME=etl-acme")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the function that it starts
	var said bytes.Buffer                                 // its output
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the emulator said:\n%s", &said)
		}
	})
	listening(t, serves)
	for _, o := range orders {
		body, _ := json.Marshal(o) // always encodes
		resp, err := http.Post("http://"+serves+"/2015-03-31/functions/function/invocations", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	var lines []string
	for in, reports := bufio.NewScanner(out), 0; reports < len(orders) && in.Scan(); {
		lines = append(lines, in.Text()+"\n")
		if strings.HasPrefix(in.Text(), "REPORT ") {
			reports++
		}
	}
	return lines
}

// What AWS's runtime interface emulator writes of runs is read as it was meant, alone
// and from a log group.
func TestReportsOfTheRuntimeInterfaceEmulator(t *testing.T) {
	orders := []order{{Sleep: 20 * time.Millisecond}, {}, {Fail: true}, {Sleep: 300 * time.Millisecond}, {Sleep: time.Minute}}
	lines := emulate(t, orders)
	var reports []report.Line
	for _, text := range lines {
		line, why := report.Parse(text)
		if strings.HasPrefix(text, "REPORT ") != (why == report.Read) {
			t.Errorf("%q: %v", text, why)
		}
		if why == report.Read {
			reports = append(reports, line)
		}
	}
	if len(reports) != len(orders) {
		t.Fatalf("%d reports of %d runs among:\n%s", len(reports), len(orders), strings.Join(lines, ""))
	}
	ids := map[string]bool{}
	for i, r := range reports {
		ids[r.RequestID] = true
		if want := min(orders[i].Sleep, time.Second); r.Duration < want || r.Duration > want+10*time.Second {
			t.Errorf("run %d of %v took %v", i, want, r.Duration)
		}
		if up := time.Duration(math.Ceil(float64(r.Duration)/float64(time.Millisecond))) * time.Millisecond; r.Billed != up ||
			r.Billed%time.Millisecond != 0 {
			t.Errorf("run %d of %v is billed %v", i, r.Duration, r.Billed)
		}
		if r.MemorySize != memory || r.MaxMemory != memory || r.Init.Known() != (i == 0) || r.First() != (i == 0) {
			t.Errorf("run %d: %+v", i, r)
		}
	}
	if len(ids) != len(orders) {
		t.Errorf("%d request ids of %d runs", len(ids), len(orders))
	}

	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	const group = "/aws/lambda/etl-acme"
	events := make([]awsapi.LogEvent, len(lines))
	for i, text := range lines {
		events[i] = awsapi.LogEvent{At: noon.Add(-30*time.Minute + time.Duration(i)*time.Second), Stream: "a", Message: text}
	}
	_, url := awsaccesstest.Serve(t, &awsapi.Fixed{Number: "123456789012", Lines: map[string][]awsapi.LogEvent{group: events}},
		awsaccesstest.NewHand(noon))
	access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(url))
	if err != nil {
		t.Fatal(err)
	}
	defer access.Close()
	reader, err := logs.New(access, logs.Settings{Clock: awsaccesstest.NewHand(noon), Pause: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	ranges := []migration.LogRange{{
		Group:     group,
		Functions: []migration.Function{{Name: "etl-acme", Timeout: time.Second, MemorySize: memory}}, From: noon.Add(-time.Hour), To: noon,
	}}
	estimate, err := reader.Estimate(t.Context(), ranges)
	if err != nil {
		t.Fatal(err)
	}
	var runs, billed int64
	var unread migration.Unread
	if _, err := reader.Read(t.Context(), ranges, estimate.Groups, func(a migration.LogAnswer) {
		for _, s := range a.Segments {
			unread.Add(s.Unread)
			for i := range s.Runs {
				runs, billed = runs+s.Runs[i].Runs, billed+int64(s.Runs[i].Billed)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	var want int64 // MB-milliseconds
	for i := range reports {
		want += reports[i].Billed.Milliseconds() * int64(memory/migration.MiB)
	}
	if runs != int64(len(orders)) || billed != want || unread != (migration.Unread{}) {
		t.Errorf("%d runs, %d MB-ms billed, unread %+v; want %d, %d, nothing", runs, billed, unread, len(orders), want)
	}
	if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(s, "END ") }) {
		t.Error("the emulator wrote reports alone: there was nothing to distinguish")
	}
}
