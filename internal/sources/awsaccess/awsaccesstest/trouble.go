package awsaccesstest

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
)

// Trouble is a failure of AWS, and the text in the source's health row.
type Trouble struct {
	Name   string
	Faults awsapi.Faults
	Fault  migration.Fault
	What   string // what it begins with
	State  migration.HealthState
	Whole  bool // the poll as a whole fails
}

// Troubles returns the failures of all of AWS, as reported by a source whose first request is operation of service, and
// which gets the code rejected for wrong credentials. more adds failures of this source.
func Troubles(service, operation, rejected string, more ...Trouble) []Trouble {
	return slices.Concat([]Trouble{
		{"expired", awsapi.Faults{Expired: true}, migration.FaultExpired, "the AWS credentials have expired", migration.HealthFailed, true},
		{
			"rejected",
			awsapi.Faults{Rejected: true},
			migration.FaultRejected, "AWS does not accept the credentials (" + rejected + ")",
			migration.HealthFailed, true,
		},
		{
			"throttled",
			awsapi.Faults{Throttle: true},
			migration.FaultThrottled, service + " throttles " + operation, migration.HealthFailed,
			false,
		},
		{"offline", awsapi.Faults{Offline: true}, migration.FaultUnreachable, "cannot reach " + service + " at ", migration.HealthFailed, true},
		{
			"a page of HTML",
			awsapi.Faults{HTML: true},
			migration.FaultNotThatAPI, "endpoint did not answer as " + service + " (HTTP 200)",
			migration.HealthFailed, true,
		},
	}, more)
}

// Denied is trouble of one action that is not permitted.
func Denied(action string, state migration.HealthState, whole bool) Trouble {
	return Trouble{
		action + " denied",
		awsapi.Faults{Denied: []string{action}},
		migration.FaultDenied, "not permitted: " + action, state,
		whole,
	}
}

// Rig is a source that reads a simulated account by a clock that is moved by hand.
type Rig struct {
	Source sources.Source
	Server *awsapi.Server
	Clock  *Hand
}

// Suffer lets sources that open makes meet each trouble in the poll after their
// first, gap later: it is said in the row, with advice, and is over with the poll a
// usual cadence later. during and after, where they are not nil, look at what these
// two polls brought.
func Suffer(t *testing.T, row string, troubles []Trouble, focus sources.Focus, gap time.Duration, open func(*testing.T) Rig, during,
	after func(*testing.T, migration.Batch),
) {
	for _, trouble := range troubles {
		t.Run(trouble.Name, func(t *testing.T) {
			r := open(t)
			began, usual := r.Clock.Now(), r.Source.Cadence()
			if _, err := r.Source.Poll(t.Context(), focus); err != nil {
				t.Fatal(err)
			}
			r.Server.SetFaults(trouble.Faults)
			r.Clock.Advance(gap)
			batch, err := r.Source.Poll(t.Context(), focus)
			h := Health(t, batch, row)
			if (err != nil) != trouble.Whole || h.State != trouble.State || h.Problem == nil || h.Problem.Fault != trouble.Fault ||
				!strings.HasPrefix(h.Problem.What, trouble.What) {
				t.Fatalf("error %v, health %v: %+v", err, h.State, h.Problem)
			}
			if h.Problem.Fix == "" || strings.Contains(h.Problem.Error(), "\n") {
				t.Errorf("problem = %q", h.Problem.Error())
			}
			if trouble.Fault == migration.FaultDenied && !strings.Contains(h.Problem.Snippet, strings.TrimPrefix(trouble.What, "not permitted: ")) {
				t.Errorf("snippet = %s", h.Problem.Snippet)
			}
			if trouble.State == migration.HealthFailed && !h.LastSuccess.Equal(began) {
				t.Errorf("last success %v", h.LastSuccess)
			}
			if trouble.Fault == migration.FaultThrottled && r.Source.Cadence() != 2*usual {
				t.Errorf("cadence = %v", r.Source.Cadence())
			}
			if during != nil {
				during(t, batch)
			}
			r.Server.SetFaults(awsapi.Faults{})
			r.Clock.Advance(usual)
			batch, err = r.Source.Poll(t.Context(), focus)
			if h := Health(t, batch, row); err != nil || h.State != migration.HealthOK || h.Problem != nil || r.Source.Cadence() != usual {
				t.Errorf("after the end: %v, every %v, %+v", err, r.Source.Cadence(), h)
			}
			if after != nil {
				after(t, batch)
			}
		})
	}
}

// NobodyThere is an address of this machine at which nothing listens.
func NobodyThere(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}
