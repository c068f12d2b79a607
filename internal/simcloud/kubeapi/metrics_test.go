package kubeapi

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The share of pods of a run time that metrics-server ever shows, as measured
// on the real one: none under 10 s, 13 % at 12 s, 67 % at 20 s, all from 25 s on.
func TestScrapesSeeWhatMetricsServerSees(t *testing.T) {
	for _, tt := range []struct {
		run  time.Duration
		want float64
	}{{5, 0}, {9, 0}, {12, 0.133}, {20, 0.667}, {25, 1}, {60, 1}} {
		run := tt.run * time.Second
		seen := 0
		const n = 1500
		for i := range n {
			started := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Millisecond)
			for at := started; at.Before(started.Add(run)); at = at.Add(100 * time.Millisecond) {
				if _, ok := window(started, scrape("node", at)); ok {
					seen++
					break
				}
			}
		}
		if got := float64(seen) / n; got < tt.want-0.02 || got > tt.want+0.02 {
			t.Errorf("a pod of %v is seen %.3f of the time, want %.3f", run, got, tt.want)
		}
	}
}

func TestPodMetrics(t *testing.T) {
	s, clock := start(t, small)
	k, m := client(t, s, asProtobuf), metrics(t, s, asProtobuf)
	all, err := m.MetricsV1beta1().PodMetricses("").List(t.Context(), metav1.ListOptions{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Items) < 40 || all.Continue != "" {
		t.Fatalf("%d pods: a limit must not count", len(all.Items))
	}
	pods, err := k.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{FieldSelector: "status.phase=Running"})
	if err != nil {
		t.Fatal(err)
	}
	running := make(map[string]*corev1.Pod)
	for i := range pods.Items {
		running[pods.Items[i].Name] = &pods.Items[i]
	}
	for _, p := range all.Items {
		pod := running[p.Name]
		if pod == nil {
			t.Fatalf("%s has metrics and does not run", p.Name)
		}
		if p.Labels["tenant"] != pod.Labels["tenant"] || p.Labels[batchv1.JobNameLabel] != pod.Labels[batchv1.JobNameLabel] {
			t.Fatalf("%s has the labels %v in metrics", p.Name, p.Labels)
		}
		if age := clock.Now().Sub(p.Timestamp.Time); age < 0 || age > 16*time.Second || p.Window.Duration > scrapeEvery ||
			p.Window.Duration < freshMinimum {
			t.Errorf("%s was scraped %v ago over %v", p.Name, age, p.Window.Duration)
		}
		memory := p.Containers[0].Usage[corev1.ResourceMemory]
		if limit := pod.Spec.Containers[0].Resources.Limits[corev1.ResourceMemory]; memory.Cmp(limit) > 0 || memory.Sign() <= 0 {
			t.Errorf("%s uses %s of %s", p.Name, memory.String(), limit.String())
		}
	}
	one, err := m.MetricsV1beta1().PodMetricses("").List(t.Context(), metav1.ListOptions{LabelSelector: "tenant=umbrella-corp"})
	if err != nil || len(one.Items) == 0 || len(one.Items) >= len(all.Items) {
		t.Errorf("%d of %d pods are umbrella's, %v", len(one.Items), len(all.Items), err)
	}
	got, err := m.MetricsV1beta1().PodMetricses("batch").Get(t.Context(), one.Items[0].Name, metav1.GetOptions{})
	if err != nil || got.Name != one.Items[0].Name {
		t.Errorf("one pod: %v, %v", got, err)
	}
}

// What a node uses is what its pods use, and something more.
func TestNodeMetricsAddUp(t *testing.T) {
	s, _ := start(t, small)
	m := metrics(t, s, asJSON)
	nodes, err := m.MetricsV1beta1().NodeMetricses().List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	pods, err := m.MetricsV1beta1().PodMetricses("").List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	var ofNodes, ofPods resource.Quantity
	for _, n := range nodes.Items {
		ofNodes.Add(n.Usage[corev1.ResourceCPU])
	}
	for _, p := range pods.Items {
		ofPods.Add(p.Containers[0].Usage[corev1.ResourceCPU])
	}
	if ofPods.Sign() <= 0 || ofNodes.Cmp(ofPods) < 0 {
		t.Errorf("nodes use %s, their pods %s", ofNodes.String(), ofPods.String())
	}
}
