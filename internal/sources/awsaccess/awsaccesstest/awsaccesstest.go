// Package awsaccesstest is what the tests of all AWS sources share: a machine
// with an AWS configuration of its own, a clock moved by hand, and a simulated
// account served on loopback.
package awsaccesstest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Region and KeyID are the region and the access key of accounts that [Serve]
// serves.
const (
	Region = "eu-west-1"
	KeyID  = "AKIDTEST"
)

// Machine sets the environment of a machine with these two files and no other AWS settings.
func Machine(t *testing.T, configFile, credentialsFile string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for variable, text := range map[string]string{"AWS_CONFIG_FILE": configFile, "AWS_SHARED_CREDENTIALS_FILE": credentialsFile} {
		file := filepath.Join(home, strings.ToLower(variable))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, file)
	}
}

// ProblemOf returns the problem that an error wraps, and fails the test if it has more than one line.
func ProblemOf(t *testing.T, err error) *migration.Problem {
	t.Helper()
	problem, ok := errors.AsType[*migration.Problem](err)
	if !ok {
		t.Fatalf("error %v is no migration.Problem", err)
	}
	if strings.Contains(problem.Error(), "\n") {
		t.Errorf("%q has more than one line", problem.Error())
	}
	return problem
}

// Hand is a clock that a test sets. Its After never fires.
type Hand struct {
	mu  sync.Mutex
	now time.Time
}

// NewHand returns a clock set to a time.
func NewHand(at time.Time) *Hand { return &Hand{now: at} }

// Now returns the time that the clock is set to.
func (h *Hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// After never comes.
func (h *Hand) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// Advance moves the clock on.
func (h *Hand) Advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// Options lead to an account that is served at a URL. Calls are tried once.
func Options(url string) awsaccess.Options {
	return awsaccess.Options{
		Region: Region, Endpoint: url, Static: &awsaccess.Static{AccessKeyID: KeyID, SecretAccessKey: "secret"},
		CallTimeout: time.Minute, Attempts: 1, // a busy machine may take its time
	}
}

// Serve serves an account until the test ends.
func Serve(t testing.TB, account awsapi.Account, clock *Hand) (*awsapi.Server, string) {
	t.Helper()
	server, err := awsapi.New(awsapi.Config{Account: account, Clock: clock, Region: Region, AccessKeyID: KeyID})
	if err != nil {
		t.Fatal(err)
	}
	url, err := server.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, url
}

// Health is the row of a batch that has a name.
func Health(t testing.TB, b migration.Batch, source string) migration.Health {
	t.Helper()
	for _, h := range b.Health {
		if h.Source == source {
			return h
		}
	}
	t.Fatalf("no health of %s in the batch", source)
	return migration.Health{}
}
