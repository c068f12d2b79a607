package noise

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/objectname"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// room is how much more than the most of its past a limit leaves to a tenant.
const room = 1.25

// Unreserved is how many concurrent executions of an account and region cannot be reserved. Source: AWS Lambda API reference,
// PutFunctionConcurrency.
const Unreserved = 100

// Means are what the limits of a tenant would be set on.
type Means struct {
	// Functions carry its load on Lambda.
	Functions []Function
	// Namespaces hold its Jobs.
	Namespaces []Namespace
	// Workloads are what it runs there, by name.
	Workloads []migration.Workload
	// Parallel is the greatest parallelism of its Jobs; above 1 one Job can hold many pods.
	Parallel int32
	// Memory is the greatest request of one of its pods, 0 where none is known.
	Memory migration.Bytes
}

// Function is a Lambda function of a tenant.
type Function struct {
	Name, Region string
	// Shared says that other tenants use it too: what limits it limits them.
	Shared bool
	// AtOnce is the most runs at once in a minute of the past.
	AtOnce int64
}

// Namespace holds Jobs of a tenant.
type Namespace struct {
	Name string
	// Shared says that Jobs of other tenants are in it.
	Shared bool
	// Queue is the local queue of Kueue that its Jobs name; "" without Kueue.
	Queue string
}

// withRoom is the most of the past and a quarter more, at least 1.
func withRoom(most int64) int64 { return max(int64(math.Ceil(room*float64(most))), 1) }

// Hold sets the limit that would hold a tenant, and the snippets of it.
func (f *Found) Hold(m *Means) {
	if f.Noise.Platform == migration.Lambda {
		f.reserve(m)
		return
	}
	if f.Noise.Platform == migration.Jobs {
		f.quotas(m)
	}
}

// reserve holds functions by reserved concurrency, which both keeps and bounds it.
func (f *Found) reserve(m *Means) {
	var parts []string
	var sum int64
	for _, fn := range m.Functions {
		if fn.Shared {
			continue
		}
		n := withRoom(fn.AtOnce)
		sum += n
		parts = append(parts, fmt.Sprintf("%d on %s", n, fn.Name))
		command := fmt.Sprintf("aws lambda put-function-concurrency --function-name %s --reserved-concurrent-executions %d",
			shellWord(fn.Name), n)
		if fn.Region != "" {
			command += " --region " + shellWord(fn.Region)
		}
		f.Noise.Snippets = append(f.Noise.Snippets, migration.Snippet{
			Kind: "reserved_concurrency", Language: "shell", Text: command + "\n",
			Title: fmt.Sprintf("holds %s to %d concurrent executions, and keeps as many of the account's for it: it had at most %d in the "+
				"past; at least %d of the account and region must stay unreserved", fn.Name, n, fn.AtOnce, Unreserved),
		})
	}
	switch {
	case len(parts) > 0:
		f.Noise.Limit = fmt.Sprintf("a reserved concurrency of %s", strings.Join(parts, ", "))
		if len(parts) > 2 {
			f.Noise.Limit = fmt.Sprintf("a reserved concurrency of %d on %d functions", sum, len(parts))
		}
	case len(m.Functions) > 0:
		f.Noise.Limit = "a function of its own: reserved concurrency on a shared one limits all of its tenants"
	}
}

// quotas holds Jobs: a quota of the namespace where it is the tenant's own, KEDA's bound where that starts its Jobs, parallelism
// where one Job holds many pods, and Kueue's quota where Jobs wait in its queues.
func (f *Found) quotas(m *Means) {
	pods, cpu := withRoom(f.AtOnce), withRoom((f.Load+59_999)/60_000) // millicore-seconds a minute: 60,000 are a core
	var parts []string
	add := func(kind, title, yaml string) {
		f.Noise.Snippets = append(f.Noise.Snippets, migration.Snippet{Kind: kind, Title: title, Language: "yaml", Text: yaml})
	}
	for _, ns := range m.Namespaces {
		if ns.Queue != "" {
			parts = append(parts, fmt.Sprintf("a Kueue quota of %d vCPU", cpu))
			add("kueue", fmt.Sprintf("a queue of its own with a quota of %d vCPU and %s, which its Jobs wait for instead of taking the "+
				"others'; Kueue 0.15 or later, and the flavor's name is that of the cluster", cpu, text.Plural(pods, "pod")),
				kueue(ns, cpu, pods, m.Memory))
		}
		if !ns.Shared {
			parts = append(parts, fmt.Sprintf("a ResourceQuota of %d vCPU and %s in %s", cpu, text.Plural(pods, "pod"), ns.Name))
			add("resource_quota", fmt.Sprintf("bounds what pods in %s request together: pods above it are created later, and pods without "+
				"a CPU request are refused", ns.Name), resourceQuota(ns.Name, cpu, pods))
		}
	}
	for _, w := range m.Workloads {
		if len(m.Namespaces) == 0 {
			break
		}
		add("scaled_job", fmt.Sprintf("where KEDA starts its Jobs: at most %d of them at once", pods),
			scaledJob(m.Namespaces[0].Name, w, pods))
		if m.Parallel > 1 {
			add("parallelism", fmt.Sprintf("where one Job runs many pods: at most %d of them at once; completions stays what it is", pods),
				parallelism(m.Namespaces[0].Name, w, pods))
		}
	}
	if len(parts) == 0 && len(m.Namespaces) > 0 {
		parts = append(parts, fmt.Sprintf("a maxReplicaCount of %d where KEDA starts its Jobs, or a namespace of its own with a "+
			"ResourceQuota", pods))
	}
	f.Noise.Limit = strings.Join(slices.Compact(parts), ", ")
}

// longestName bounds names of Kubernetes objects. Source: Kubernetes, Object Names and IDs: DNS labels.
const longestName = 63

func resourceQuota(namespace string, cpu, pods int64) string {
	return fmt.Sprintf(`apiVersion: v1
kind: ResourceQuota
metadata:
  name: migtop-noisy
  namespace: %s
spec:
  hard:
    requests.cpu: "%d"
    pods: "%d"
`, yamldoc.Quote(namespace), cpu, pods)
}

// scaledJob is a part of a ScaledJob that is there, to be merged into it.
func scaledJob(namespace string, w migration.Workload, pods int64) string {
	return fmt.Sprintf(`apiVersion: keda.sh/v1alpha1
kind: ScaledJob
metadata:
  name: %s
  namespace: %s
spec:
  maxReplicaCount: %d
`, yamldoc.Quote(objectname.Of(longestName, string(w))), yamldoc.Quote(namespace), pods)
}

// parallelism is a part of a Job, to be merged into the template that makes it.
func parallelism(namespace string, w migration.Workload, pods int64) string {
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: %s
  namespace: %s
spec:
  parallelism: %d
`, yamldoc.Quote(objectname.Of(longestName, string(w))), yamldoc.Quote(namespace), pods)
}

// kueue covers what the pods request: a Job that requests what a ClusterQueue does not cover is never admitted.
func kueue(ns Namespace, cpu, pods int64, memory migration.Bytes) string {
	queue := objectname.Of(longestName, ns.Name+"-"+ns.Queue)
	covered, ofMemory := "[cpu, pods]", ""
	if memory > 0 {
		covered = "[cpu, memory, pods]"
		ofMemory = fmt.Sprintf("            - name: memory\n              nominalQuota: \"%dMi\"\n",
			pods*int64((memory+migration.MiB-1)/migration.MiB))
	}
	return fmt.Sprintf(`apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata:
  name: %[1]s
spec:
  namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: %[2]s
  resourceGroups:
    - coveredResources: %[6]s
      flavors:
        - name: default-flavor
          resources:
            - name: cpu
              nominalQuota: "%[3]d"
%[7]s            - name: pods
              nominalQuota: "%[4]d"
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata:
  name: %[5]s
  namespace: %[2]s
spec:
  clusterQueue: %[1]s
`, yamldoc.Quote(queue), yamldoc.Quote(ns.Name), cpu, pods, yamldoc.Quote(ns.Queue), covered, ofMemory)
}

// shellWord is a word of a shell's command line.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
