// Package gates tests the manifests of docs/gates.md with the controllers that read them: their resources' schemas, Argo Rollouts'
// analysis controller, and Flagger's calls of webhooks, against the server of migtop gate. See README.md.
package gates

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	syaml "sigs.k8s.io/yaml"

	"github.com/migtop/migtop/internal/gate/server"
	"github.com/migtop/migtop/internal/migration"
)

// manifests is the folder of the documentation's manifests.
const manifests = "../../docs/gates"

// gateURL is what the manifests call the gate.
const gateURL = "http://migtop-gate.migtop:9140"

// documents are the objects of a manifest as JSON.
func documents(t *testing.T, name string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(manifests, name))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, one := range splitYAML(t, data) {
		object, err := syaml.YAMLToJSONStrict(one)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(object) != "null" {
			out = append(out, object)
		}
	}
	return out
}

// strict decodes an object into its type; a field that the type does not have is an error.
func strict[T any](t *testing.T, object []byte) *T {
	t.Helper()
	var out T
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v in %s", err, object)
	}
	return &out
}

// kind is what an object calls itself.
func kind(t *testing.T, object []byte) string {
	t.Helper()
	var meta struct{ Kind string }
	if err := json.Unmarshal(object, &meta); err != nil {
		t.Fatal(err)
	}
	return meta.Kind
}

// only are the objects of one kind in a manifest.
func only[T any](t *testing.T, name, of string) []*T {
	t.Helper()
	var out []*T
	for _, object := range documents(t, name) {
		if kind(t, object) == of {
			out = append(out, strict[T](t, object))
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no %s", name, of)
	}
	return out
}

// module is the folder of a module, at the version of go.mod.
func module(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// word is what migtop says of acme.
type word struct {
	name  string
	word  migration.VerdictWord
	stage migration.CutoverStage
	share migration.Ratio
	code  int
}

// The words of a gate: those that go on, those that wait, the one that goes back, and no data.
var (
	ready    = word{"ready", migration.VerdictMove, migration.StageBefore, 0, 0}
	promote  = word{"PROMOTE", migration.VerdictPromote, migration.StageBetween, 0.05, 0}
	at50     = word{"PROMOTE at 50 %", migration.VerdictPromote, migration.StageBetween, 0.5, 0}
	hold     = word{"HOLD", migration.VerdictHold, migration.StageBetween, 0.05, 10}
	rollBack = word{"ROLL BACK", migration.VerdictRollBack, migration.StageBetween, 0.05, 20}
	none     = word{"no verdict", migration.VerdictNone, migration.StageBetween, 0.05, 3}
	words    = []word{ready, promote, at50, hold, rollBack, none}
)

// gateway is a running gate whose word tests set.
type gateway struct {
	*httptest.Server
	clock *dial
	feed  chan *migration.Snapshot
}

// dial is a clock that tests set.
type dial struct {
	mu  sync.Mutex
	now time.Time
}

func (d *dial) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *dial) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *dial) After(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// newGate starts a gate without data, an hour ago: it has seen what was before its start.
func newGate(t *testing.T, token func() (string, error)) *gateway {
	t.Helper()
	g := &gateway{feed: make(chan *migration.Snapshot), clock: &dial{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}}
	s := server.New(server.Options{Clock: g.clock, Logger: slog.New(slog.DiscardHandler), Token: token})
	g.clock.pass(time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { s.Follow(ctx, g.feed) })
	g.Server = httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		g.Close()
		cancel()
		following.Wait()
	})
	return g
}

// say has migtop say a word of acme.
func (g *gateway) say(w word) {
	now := g.clock.Now()
	c := migration.Cutover{Word: w.word, Text: w.word.String(), Reason: "a test says " + w.name, Detail: migration.CutoverDetail{
		Stage: w.stage, Share: migration.Some(w.share), Divisor: 1, ExitCode: w.code, FinalTo: now, StepAt: now.Add(-2 * time.Hour),
	}}
	if w.stage == migration.StageBefore {
		c.Detail.Ready, c.Detail.StepAt, c.Detail.FinalTo = migration.Some(true), time.Time{}, time.Time{}
	}
	s := &migration.Snapshot{
		At: now, Tenants: []migration.TenantView{{Tenant: "acme", Cutover: c}},
		Sources: []migration.Health{{Source: "cloudwatch", State: migration.HealthOK}},
	}
	g.feed <- s
	g.feed <- s // the first one was taken
}
