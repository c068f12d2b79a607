package noise

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/migtop/migtop/internal/migration"
)

// decode reads a document as kubectl does, and refuses fields that the type does not have.
func decode(t *testing.T, doc string, into any) {
	t.Helper()
	data, err := yaml.ToJSON([]byte(doc))
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
}

// object is what every object of Kubernetes has.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

// The part of KEDA's and Kueue's types that snippets use. Sources: KEDA v2.17 apis/keda/v1alpha1, Kueue v0.15 apis/kueue/v1beta2.
type (
	scaledJobObject struct {
		object
		Spec struct {
			MaxReplicaCount *int32 `json:"maxReplicaCount"`
		} `json:"spec"`
	}
	clusterQueue struct {
		object
		Spec struct {
			NamespaceSelector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"namespaceSelector"`
			ResourceGroups []struct {
				CoveredResources []corev1.ResourceName `json:"coveredResources"`
				Flavors          []struct {
					Name      string `json:"name"`
					Resources []struct {
						Name         corev1.ResourceName `json:"name"`
						NominalQuota string              `json:"nominalQuota"`
					} `json:"resources"`
				} `json:"flavors"`
			} `json:"resourceGroups"`
		} `json:"spec"`
	}
	localQueue struct {
		object
		Spec struct {
			ClusterQueue string `json:"clusterQueue"`
		} `json:"spec"`
	}
)

func of(t *testing.T, p migration.Platform, m *Means) map[string]migration.Snippet {
	t.Helper()
	f := Found{Noise: migration.Noise{Platform: p}, AtOnce: 6, Load: 4 * 60_000}
	f.Hold(m)
	out := map[string]migration.Snippet{"limit": {Text: f.Noise.Limit}}
	for _, s := range f.Noise.Snippets {
		out[s.Kind] = s
	}
	return out
}

func TestSnippetsOfJobs(t *testing.T) {
	got := of(t, migration.Jobs, &Means{
		Namespaces: []Namespace{{Name: "acme", Queue: "acme queue"}}, Workloads: []migration.Workload{"CSV import: 2"}, Parallel: 3,
		Memory: 2*migration.GiB + 1,
	})
	var quota corev1.ResourceQuota
	decode(t, got["resource_quota"].Text, &quota)
	if quota.Kind != "ResourceQuota" || quota.APIVersion != "v1" || quota.Namespace != "acme" || len(quota.Spec.Hard) != 2 {
		t.Errorf("%+v", quota)
	}
	cpu, pods := quota.Spec.Hard[corev1.ResourceRequestsCPU], quota.Spec.Hard[corev1.ResourcePods]
	if cpu.Value() != 5 || pods.Value() != 8 {
		t.Errorf("%s vCPU, %s pods", cpu.String(), pods.String())
	}
	var job batchv1.Job
	decode(t, got["parallelism"].Text, &job)
	if job.Kind != "Job" || job.APIVersion != "batch/v1" || job.Spec.Parallelism == nil || *job.Spec.Parallelism != 8 ||
		len(validation.IsDNS1123Label(job.Name)) > 0 {
		t.Errorf("%+v", job)
	}
	var scaled scaledJobObject
	decode(t, got["scaled_job"].Text, &scaled)
	if scaled.Kind != "ScaledJob" || scaled.APIVersion != "keda.sh/v1alpha1" || scaled.Spec.MaxReplicaCount == nil ||
		*scaled.Spec.MaxReplicaCount != 8 || scaled.Metadata.Namespace != "acme" {
		t.Errorf("%+v", scaled)
	}
	first, second, ok := strings.Cut(got["kueue"].Text, "---\n")
	if !ok {
		t.Fatal(got["kueue"].Text)
	}
	var cluster clusterQueue
	var local localQueue
	decode(t, first, &cluster)
	decode(t, second, &local)
	if cluster.APIVersion != "kueue.x-k8s.io/v1beta2" || cluster.Kind != "ClusterQueue" || local.Kind != "LocalQueue" ||
		local.Spec.ClusterQueue != cluster.Metadata.Name || local.Metadata.Name != "acme queue" ||
		cluster.Spec.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] != "acme" ||
		len(validation.IsDNS1123Label(cluster.Metadata.Name)) > 0 {
		t.Errorf("%+v %+v", cluster, local)
	}
	group := cluster.Spec.ResourceGroups[0]
	quotas := map[corev1.ResourceName]string{}
	for _, r := range group.Flavors[0].Resources {
		quotas[r.Name] = r.NominalQuota
	}
	// Kueue: the resources of a flavor are those that are covered, in the same order.
	if !slices.Equal(group.CoveredResources, []corev1.ResourceName{"cpu", "memory", "pods"}) ||
		quotas["cpu"] != "5" || quotas["pods"] != "8" || quotas["memory"] != "16392Mi" {
		t.Errorf("%v %v", group.CoveredResources, quotas)
	}
	if want := "a Kueue quota of 5 vCPU, a ResourceQuota of 5 vCPU and 8 pods in acme"; got["limit"].Text != want {
		t.Errorf("%q", got["limit"].Text)
	}
}

// A quota of a namespace that tenants share would hold the others too, and Kueue's appears only where Jobs name a queue.
func TestLimitsOfWhatIsShared(t *testing.T) {
	got := of(t, migration.Jobs, &Means{
		Namespaces: []Namespace{{Name: "jobs", Shared: true}}, Workloads: []migration.Workload{"csv"}, Parallel: 1,
	})
	if _, has := got["resource_quota"]; has || got["kueue"].Text != "" || got["parallelism"].Text != "" || got["scaled_job"].Text == "" ||
		!strings.Contains(got["limit"].Text, "maxReplicaCount of 8") {
		t.Errorf("%+v", got)
	}
	got = of(t, migration.Lambda, &Means{Functions: []Function{{Name: "all", Shared: true, AtOnce: 7}}})
	if len(got) != 1 || !strings.HasPrefix(got["limit"].Text, "a function of its own") {
		t.Errorf("%+v", got)
	}
	if got = of(t, migration.ECS, &Means{}); got["limit"].Text != "" {
		t.Errorf("%+v", got)
	}
}

func TestReservedConcurrency(t *testing.T) {
	got := of(t, migration.Lambda, &Means{Functions: []Function{{Name: "acme's; rm -rf", Region: "eu-west-1", AtOnce: 7}}})
	const want = `aws lambda put-function-concurrency --function-name 'acme'\''s; rm -rf' --reserved-concurrent-executions 9 ` +
		"--region eu-west-1\n"
	if s := got["reserved_concurrency"]; s.Text != want || s.Language != "shell" || !strings.Contains(s.Title, "at most 7") {
		t.Errorf("%+v", s)
	}
	if got := withRoom(0); got != 1 { // a function of which nothing is known keeps one
		t.Errorf("%d", got)
	}
}
