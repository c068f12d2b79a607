//go:build cluster

package jobs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A history that is there before the source: it tells it at its first poll.
func TestClusterPast(t *testing.T) {
	ns := namespace(t)
	done := work{name: "done", tenant: "past", spec: "completions: 3\n  parallelism: 3", annotations: annotated("run-time", "2s")}
	kubectl(t, done.yaml(),
		"apply", "-n", ns, "-f", "-")
	kubectl(t, "", "wait", "--for=condition=Complete", "--timeout=60s", "-n", ns, "job/done")
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		w.poll(t, s)
		if total, _ := w.of(t, "past"); total.Runs == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the finished Job was not reported")
		}
	}
	total, held := w.of(t, "past")
	if total.Attempts != migration.Some[int64](3) || total.Failures != 0 || held.PodSeconds < 6 {
		t.Errorf("attempts %v, failures %d, held %d s", total.Attempts, total.Failures, held.PodSeconds)
	}
	cover, ok := w.last.CoverFrom.Get()
	if created := w.run(t, "done").Created; !ok || !cover.Equal(created) {
		t.Errorf("covered from %v, the only Job has no TTL and is of %v", cover, created)
	}
}

// The user who may list Jobs and nothing else sees them, and learns what is missing.
func TestClusterForbidden(t *testing.T) {
	ns := namespace(t)
	kubectl(t, work{name: "one", tenant: "x", annotations: annotated("run-time", "1s")}.yaml(), "apply", "-n", ns, "-f", "-")
	kubectl(t, "", "wait", "--for=condition=Complete", "--timeout=60s", "-n", ns, "job/one")
	s := connected(t, "MIGTOP_TEST_FORBIDDEN_KUBECONFIG", Options{})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	if h := healthOf(w.last, "jobs"); h.State != migration.HealthOK || h.Objects == 0 {
		t.Errorf("jobs: %+v", h)
	}
	for _, name := range []string{"pods", "nodes", "metrics"} {
		if h := healthOf(w.last, name); h.State != migration.HealthFailed || h.Problem == nil || h.Problem.Fault != migration.FaultDenied ||
			h.Problem.Snippet == "" {
			t.Errorf("%s: %v, %+v", name, h.State, h.Problem)
		}
	}
	total, _ := w.of(t, "x")
	if total.Runs != 1 || total.Attempts.Or(0) != 1 || total.Duration.Count() != 1 || total.OOMKilled.Known() {
		t.Errorf("without pods: %+v", total)
	}
	_, err := s.Events(t.Context(), ns, "one", "")
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fault != migration.FaultDenied {
		t.Errorf("events: %v", err)
	}
}

func TestClusterCheck(t *testing.T) {
	for _, tt := range []struct {
		kubeconfig string
		denied     map[string]bool
	}{
		{"MIGTOP_TEST_VIEWER_KUBECONFIG", nil},
		{"MIGTOP_TEST_FORBIDDEN_KUBECONFIG", map[string]bool{"pods": true, "nodes": true, "metrics": true, "events": true}},
	} {
		c, err := Connect(setting(t, tt.kubeconfig), "")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Check(t.Context(), Options{Connection: c})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 6 || rows[0].Source != "kubernetes" {
			t.Errorf("rows: %+v", rows)
		}
		for _, h := range rows {
			denied := h.Problem != nil && h.Problem.Fault == migration.FaultDenied
			if denied != tt.denied[h.Source] || (h.State == migration.HealthOK) == tt.denied[h.Source] {
				t.Errorf("%s: %s: %v, %+v", tt.kubeconfig, h.Source, h.State, h.Problem)
			}
		}
	}
}

// TTL'd Jobs by the dozen, of a second each: every one is counted, once.
func TestClusterEveryJobOnce(t *testing.T) {
	ns := namespace(t)
	s := connected(t, "MIGTOP_TEST_VIEWER_KUBECONFIG", Options{Namespaces: []string{ns}})
	defer s.Close()
	w := &watched{world: newWorld(t, time.Now())}
	w.poll(t, s)
	const many = 40
	var docs strings.Builder
	for i := range many {
		docs.WriteString(work{
			name: fmt.Sprintf("j%d", i), tenant: "many", spec: "ttlSecondsAfterFinished: 0", cpu: "10m", memory: "8Mi",
			annotations: annotated("run-time", "1s", "start-delay", "100ms"),
		}.yaml())
	}
	kubectl(t, docs.String(), "apply", "-n", ns, "-f", "-")
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(3 * time.Second) {
		w.poll(t, s)
		left := kubectl(t, "", "get", "jobs", "-n", ns, "-o", "name")
		total, _ := w.of(t, "many")
		if left == "" && total.Runs >= many {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d counted, still there: %s", total.Runs, many, left)
		}
	}
	w.poll(t, s)
	total, held := w.of(t, "many")
	if total.Runs != many || total.Failures != 0 || total.Attempts.Or(0) != many || total.Duration.Count() != many ||
		held.PodSeconds < many {
		t.Errorf("runs %d, failures %d, attempts %v, durations %d, held %d s", total.Runs, total.Failures, total.Attempts,
			total.Duration.Count(),
			held.PodSeconds)
	}
}
