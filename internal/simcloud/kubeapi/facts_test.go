package kubeapi

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Objects are put together as the real components put them.
func TestObjectsFitTogether(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	jobs, err := k.BatchV1().Jobs("").List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	pods, err := k.CoreV1().Pods("").List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := k.CoreV1().Nodes().List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	byUID := make(map[string]*batchv1.Job)
	reasons := make(map[string]int)
	for i := range jobs.Items {
		j := &jobs.Items[i]
		byUID[string(j.UID)] = j
		for _, c := range j.Status.Conditions {
			reasons[string(c.Type)+"/"+c.Reason]++
		}
	}
	byName := make(map[string]*corev1.Node)
	for i := range nodes.Items {
		byName[nodes.Items[i].Name] = &nodes.Items[i]
	}
	active, late := make(map[string]int32), make(map[string]bool)
	var unschedulable, oom, fargate, reports, services int
	image := regexp.MustCompile(`^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z-]+@sha256:[0-9a-f]{64}$`)
	for i := range pods.Items {
		p := &pods.Items[i]
		owner := metav1.GetControllerOf(p)
		if p.Labels["serving.knative.dev/service"] != "" {
			services++
			checkServicePod(t, p, owner)
			continue
		}
		if owner == nil || owner.Kind != "Job" || byUID[string(owner.UID)] == nil || byUID[string(owner.UID)].Name != owner.Name {
			t.Fatalf("%s is owned by %+v", p.Name, owner)
		}
		if p.Labels[batchv1.JobNameLabel] != owner.Name || p.Labels[batchv1.ControllerUidLabel] != string(owner.UID) {
			t.Fatalf("%s has labels %v", p.Name, p.Labels)
		}
		if p.Status.Phase == corev1.PodPending || p.Status.Phase == corev1.PodRunning {
			active[string(owner.UID)]++
		}
		if p.Spec.NodeName != "" && p.Status.Phase == corev1.PodRunning && byName[p.Spec.NodeName] == nil {
			t.Fatalf("%s runs on %s, which is not there", p.Name, p.Spec.NodeName)
		}
		if p.Annotations["CapacityProvisioned"] != "" {
			fargate++
			if got := p.Annotations["CapacityProvisioned"]; got != "1vCPU 4GB" {
				t.Errorf("CapacityProvisioned is %q", got)
			}
			contains(t, p.Spec.NodeName, "fargate-ip-")
		}
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
				unschedulable++
				if c.Reason != corev1.PodReasonUnschedulable ||
					!regexp.MustCompile(`^0/\d+ nodes are available: .*node\(s\) didn't match Pod's node affinity/selector`).MatchString(c.Message) {
					t.Errorf("%s waits because of %+v", p.Name, c)
				}
			}
		}
		for _, c := range p.Status.ContainerStatuses {
			if c.ContainerID != "" && !image.MatchString(c.ImageID) {
				t.Errorf("%s runs the image %q", p.Name, c.ImageID)
			}
			if end := c.State.Terminated; end != nil {
				if regexp.MustCompile(`^memory\.peak \d+\nusage_usec \d+\nuser_usec \d+\nsystem_usec \d+\n$`).MatchString(end.Message) {
					reports++
				} else if end.Message != "" {
					t.Errorf("%s wrote %q", p.Name, end.Message)
				}
				if clock.Now().Sub(end.FinishedAt.Time) < 3*time.Second {
					late[p.Labels[batchv1.ControllerUidLabel]] = true // the Job's status follows a moment later
				}
				if end.FinishedAt.Before(&end.StartedAt) || end.StartedAt.Nanosecond() != 0 {
					t.Errorf("%s ran from %v to %v", p.Name, end.StartedAt, end.FinishedAt)
				}
				if end.Reason == "OOMKilled" && end.ExitCode == 137 {
					oom++
				}
			}
		}
	}
	for uid, j := range byUID {
		if j.Status.Active != active[uid] && !late[uid] {
			t.Errorf("%s has %d active pods by its status, %d by counting", j.Name, j.Status.Active, active[uid])
		}
	}
	for _, reason := range []string{
		"SuccessCriteriaMet/CompletionsReached", "Complete/CompletionsReached", "FailureTarget/BackoffLimitExceeded",
		"Failed/BackoffLimitExceeded", "FailureTarget/DeadlineExceeded", "Failed/DeadlineExceeded",
	} {
		if reasons[reason] == 0 {
			t.Errorf("no Job has the condition %s: %v", reason, reasons)
		}
	}
	if services == 0 {
		t.Error("no pod of a Knative service")
	}
	if unschedulable == 0 || oom == 0 || fargate < 2 || reports == 0 {
		t.Errorf("%d pods unschedulable, %d OOMKilled, %d on Fargate, %d with a report", unschedulable, oom, fargate, reports)
	}
	capacity := make(map[string]int)
	for _, n := range byName {
		capacity[n.Labels["karpenter.sh/capacity-type"]+n.Labels["eks.amazonaws.com/capacityType"]+n.Labels["eks.amazonaws.com/compute-type"]]++
		if n.Labels["eks.amazonaws.com/compute-type"] == "" &&
			(n.Labels[corev1.LabelInstanceTypeStable] == "" || n.Labels[corev1.LabelTopologyZone] == "") {
			t.Errorf("node %s has labels %v", n.Name, n.Labels)
		}
	}
	for _, kind := range []string{"spot", "on-demand", "ON_DEMAND", "fargate"} {
		if capacity[kind] == 0 {
			t.Errorf("no node is %s: %v", kind, capacity)
		}
	}
}

func TestDeadlineTakesThePodAway(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	clock.advance(2 * time.Hour)
	list, err := k.BatchV1().Jobs("batch").List(t.Context(), metav1.ListOptions{LabelSelector: "tenant=tidewater"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range list.Items {
		j := &list.Items[i]
		if len(j.Status.Conditions) == 0 || j.Status.Conditions[0].Reason != "DeadlineExceeded" {
			continue
		}
		n++
		if j.Status.CompletionTime != nil || j.Status.Failed < 1 {
			t.Errorf("%s: %+v", j.Name, j.Status)
		}
		pods, err := k.CoreV1().Pods("batch").List(t.Context(), metav1.ListOptions{LabelSelector: "job-name=" + j.Name})
		if err != nil {
			t.Fatal(err)
		}
		// What is left are attempts that had failed by themselves before.
		if left := int32(len(pods.Items)); left > 0 && left != j.Status.Failed {
			t.Errorf("%s still has %d pods and %d failures", j.Name, left, j.Status.Failed)
		}
		for i := range pods.Items {
			if pods.Items[i].Status.Phase != corev1.PodFailed {
				t.Errorf("%s is %s", pods.Items[i].Name, pods.Items[i].Status.Phase)
			}
		}
	}
	if n == 0 {
		t.Error("no Job passed its deadline")
	}
}

func TestDiscovery(t *testing.T) {
	s, _ := start(t, small)
	k := client(t, s, asJSON)
	v, err := k.Discovery().ServerVersion()
	if err != nil || !regexp.MustCompile(`^v1\.36\.\d+-eks-`).MatchString(v.GitVersion) {
		t.Errorf("version %+v, %v", v, err)
	}
	has := func(group, name string) bool {
		lists, err := k.Discovery().ServerPreferredResources()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lists {
			for _, r := range l.APIResources {
				if l.GroupVersion == group && r.Name == name {
					return true
				}
			}
		}
		return false
	}
	for group, names := range map[string][]string{
		"v1": {"pods", "nodes", "namespaces", "events"}, "batch/v1": {"jobs"},
		"metrics.k8s.io/v1beta1": {"pods", "nodes"},
	} {
		for _, name := range names {
			if !has(group, name) {
				t.Errorf("%s of %s are not discovered", name, group)
			}
		}
	}
	s.SetFaults(Faults{NoMetrics: true})
	if has("metrics.k8s.io/v1beta1", "pods") {
		t.Error("metrics are discovered though they are not there")
	}
	if _, err := metrics(t, s, asJSON).MetricsV1beta1().PodMetricses("").List(t.Context(), everything); !apierrors.IsNotFound(err) {
		t.Errorf("metrics that are not there give %v", err)
	}
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		if code, body := ask(t, s, "GET", path); code != 200 || body != "ok" {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func TestAccessReviews(t *testing.T) {
	s, _ := start(t, small)
	s.SetFaults(Faults{Forbidden: []string{"nodes"}})
	for _, format := range []string{asJSON, asProtobuf} {
		k := client(t, s, format)
		for _, tt := range []struct {
			verb, group, resource string
			want                  bool
		}{
			{"list", "batch", "jobs", true},
			{"watch", "", "pods", true},
			{"list", "", "nodes", false},
			{"list", "metrics.k8s.io", "pods", true},
			{"create", "", "pods", false},
			{"delete", "batch", "jobs", false},
			{"*", "", "pods", false},
		} {
			review, err := k.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), &authorizationv1.SelfSubjectAccessReview{
				Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
					Verb:  tt.verb,
					Group: tt.group, Resource: tt.resource,
				}},
			}, metav1.CreateOptions{})
			if err != nil || review.Status.Allowed != tt.want {
				t.Errorf("%s %s: allowed %v, %v; want %v", tt.verb, tt.resource, review.Status.Allowed, err, tt.want)
			}
		}
	}
	_, err := client(t, s, asJSON).CoreV1().Nodes().List(t.Context(), everything)
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(),
		`nodes is forbidden: User "migtop-demo" cannot list resource "nodes" in API group "" at the cluster scope`) {
		t.Errorf("forbidden nodes give %v", err)
	}
}

func TestReviewOfNonsense(t *testing.T) {
	s, _ := start(t, small)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
		strings.NewReader("{"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("code %d, want 400", resp.StatusCode)
	}
}

// A server that is gone for a while cuts watches and lists, and comes back.
func TestOffline(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	w, err := k.CoreV1().Pods("").Watch(t.Context(), metav1.ListOptions{ResourceVersion: version(s.store.advance(clock.Now()))})
	if err != nil {
		t.Fatal(err)
	}
	s.SetFaults(Faults{Offline: true})
	for range w.ResultChan() { // it must end
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := k.CoreV1().Nodes().List(ctx, everything); err == nil {
		t.Error("a server that is gone answers")
	}
	s.SetFaults(Faults{})
	if _, err := k.CoreV1().Nodes().List(t.Context(), everything); err != nil {
		t.Errorf("back again: %v", err)
	}
}

func TestEvents(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	list, err := k.CoreV1().Events("batch").List(t.Context(), metav1.ListOptions{FieldSelector: "type=Warning,involvedObject.kind=Job"})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) == 0 {
		t.Fatal("no Job has failed within an hour")
	}
	scheduled, err := k.CoreV1().Events("batch").List(t.Context(),
		metav1.ListOptions{FieldSelector: "reason=Scheduled,source=default-scheduler"})
	if err != nil || len(scheduled.Items) == 0 {
		t.Fatalf("%d pods were scheduled within an hour, %v", len(scheduled.Items), err)
	}
	if e := scheduled.Items[0]; e.EventTime.IsZero() || !e.LastTimestamp.IsZero() || e.Count != 0 {
		t.Errorf("the scheduler's events are of the new kind, this is %+v", e)
	}
	for _, e := range list.Items {
		if e.Type != corev1.EventTypeWarning || e.InvolvedObject.Kind != "Job" || clock.Now().Sub(e.LastTimestamp.Time) > 61*time.Minute {
			t.Errorf("event %+v", e)
		}
	}
}
