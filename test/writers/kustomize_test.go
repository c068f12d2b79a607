package writers

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/migtop/migtop/internal/profile/export"
)

// What users have: a Job with a CPU limit and retries of its own, and a CronJob.
const theirs = `apiVersion: batch/v1
kind: Job
metadata:
  name: theirs
  annotations: {kept: "yes"}
spec:
  backoffLimit: 6
  parallelism: 3
  completions: 9
  podFailurePolicy:
    rules:
    - action: FailJob
      onExitCodes: {operator: In, values: [42]}
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - name: main
        image: registry.example/theirs:1
        env: [{name: A, value: b}]
        resources:
          limits: {cpu: 100m, memory: 4Gi}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: theirs
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: main
            image: registry.example/theirs:1
            resources:
              limits: {cpu: 100m, memory: 4Gi}
`

// build runs kustomize on a folder in memory.
func build(t *testing.T, files map[string][]byte, dir string) []byte {
	t.Helper()
	fs := filesys.MakeFsInMemory()
	for name, data := range files {
		if err := fs.WriteFile("/"+name, data); err != nil {
			t.Fatal(err)
		}
	}
	out, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, dir)
	if err != nil {
		t.Fatalf("kustomize build: %v", err)
	}
	b, err := out.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// labelled returns a manifest whose objects have these labels and are otherwise unchanged.
func labelled(manifest string, labels map[string]string) string {
	return strings.ReplaceAll(manifest, "  name: theirs\n", fmt.Sprintf("  name: theirs\n  labels: %s\n", asJSON(labels)))
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// component is the folder of a component by the key of its Job manifest.
func component(t *testing.T, files map[string][]byte, key string) string {
	t.Helper()
	dir := "components/" + key
	if name, ok := strings.CutPrefix(key, "retry/"); ok {
		dir = "components/" + name + "/retry"
	}
	if files[dir+"/kustomization.yaml"] == nil {
		t.Fatalf("no component in %s", dir)
	}
	return dir
}

// marks are the labels by which the component of a Job manifest finds what it changes.
func marks(key string, job *batchv1.Job) map[string]string {
	if job.Labels["workload"] != "" && job.Labels["tenant"] != "" {
		return job.Labels
	}
	return map[string]string{"migtop.dev/job-profile": strings.TrimPrefix(key, "retry/")}
}

// Each component, in a user's overlay, makes the user's Job and CronJob with the profile's labels equal to the Job
// manifest, and changes nothing else.
func TestKustomizeBuildsComponents(t *testing.T) {
	for key, want := range jobs(t, export.Options{}) {
		files := render(t, export.Kustomize, export.Options{})
		dir := component(t, files, key)
		files["base/kustomization.yaml"], files["base/theirs.yaml"] = []byte("resources: [theirs.yaml]\n"),
			[]byte(labelled(theirs, marks(key, &want)))
		files["overlay/kustomization.yaml"] = []byte("resources: [../base]\ncomponents: [../" + dir + "]\n")
		docs := strings.Split(string(build(t, files, "/overlay")), "\n---\n")
		if len(docs) != 2 {
			t.Fatalf("%d objects: %s", len(docs), docs)
		}
		for _, doc := range docs {
			if strings.Contains(doc, "kind: CronJob") {
				cron := decode[batchv1.CronJob](t, []byte(doc))
				sameBounds(t, dir+" CronJob", &want.Spec, &cron.Spec.JobTemplate.Spec)
				if cron.Name != "theirs" || cron.Spec.Schedule != "0 * * * *" || cron.Annotations["migtop.dev/confidence"] == "" {
					t.Errorf("%s", doc)
				}
				continue
			}
			job := decode[batchv1.Job](t, []byte(doc))
			sameBounds(t, dir+" Job", &want.Spec, &job.Spec)
			c := job.Spec.Template.Spec.Containers[0]
			if job.Name != "theirs" || job.Annotations["kept"] != "yes" || c.Image != "registry.example/theirs:1" || len(c.Env) != 1 ||
				*job.Spec.Parallelism != 3 || *job.Spec.Completions != 9 || job.Annotations["tenant"] != want.Annotations["tenant"] {
				t.Errorf("something of the user's is lost:\n%s", doc)
			}
		}
	}
}

// Whatever else is in an overlay, Jobs and CronJobs that are not the profile's stay as they
// are, to the byte: those without labels, of another workload, of another tenant, of the
// workload alone, of the tenant alone.
func TestKustomizeLeavesOtherWorkAlone(t *testing.T) {
	foreign := map[string]map[string]string{
		"none": nil, "other-workload": {"workload": "other", "tenant": "acme"}, "other-tenant": {"workload": "etl", "tenant": "initech"},
		"workload-alone": {"workload": "etl"}, "tenant-alone": {"tenant": "acme"}, "app": {"app": "etl-acme"},
		"other-profile": {"migtop.dev/job-profile": "etl-acm"},
	}
	var resources strings.Builder
	for name, labels := range foreign {
		one := theirs
		if labels != nil {
			one = labelled(theirs, labels)
		}
		resources.WriteString("---\n" + strings.ReplaceAll(one, "name: theirs", "name: "+name))
	}
	for _, o := range []export.Options{{}, {ByClass: true}} {
		files := render(t, export.Kustomize, o)
		n := 0
		for name := range files {
			dir, ok := strings.CutSuffix(name, "/kustomization.yaml")
			if !ok || !strings.HasPrefix(dir, "components/") {
				continue
			}
			n++
			with := maps.Clone(files)
			with["all.yaml"] = []byte(resources.String())
			with["kustomization.yaml"] = []byte("resources: [all.yaml]\n")
			plain := build(t, with, "/")
			with["kustomization.yaml"] = []byte("resources: [all.yaml]\ncomponents: [" + dir + "]\n")
			if diff := cmp.Diff(string(plain), string(build(t, with, "/"))); diff != "" {
				t.Errorf("%s changes what is not its own:\n%s", dir, diff)
			}
		}
		if n == 0 {
			t.Error("no components")
		}
	}
}

// A class's component changes the Jobs of its members.
func TestKustomizeComponentsOfClasses(t *testing.T) {
	files := render(t, export.Kustomize, export.Options{ByClass: true})
	for labels, changed := range map[string]bool{
		`{"workload":"etl","tenant":"acme"}`: true, `{"migtop.dev/job-profile":"class-s"}`: true,
		`{"workload":"etl","tenant":"globex"}`: false,
	} {
		files["theirs.yaml"] = []byte(strings.ReplaceAll(theirs, "  name: theirs\n", "  name: theirs\n  labels: "+labels+"\n"))
		files["kustomization.yaml"] = []byte("resources: [theirs.yaml]\ncomponents: [components/class-s]\n")
		if got := strings.Count(string(build(t, files, "/")), "migtop.dev/confidence: high"); (got == 2) != changed || (got == 0) == changed {
			t.Errorf("labels %s: %d objects are changed", labels, got)
		}
	}
}

// A component without a Job of its kind is nothing to complain about, and a container of
// another name is not found silently: the pod gets a container without an image, which the
// API server refuses.
func TestKustomizeWhereTheContainerHasAnotherName(t *testing.T) {
	files := render(t, export.Kustomize, export.Options{Container: "other"})
	files["kustomization.yaml"] = []byte("resources: [theirs.yaml]\ncomponents: [components/etl-acme]\n")
	files["theirs.yaml"] = []byte(labelled(strings.Split(theirs, "---\n")[0], map[string]string{"workload": "etl", "tenant": "acme"}))
	job := decode[batchv1.Job](t, build(t, files, "/"))
	containers := job.Spec.Template.Spec.Containers
	if len(containers) != 2 || (containers[0].Image == "") == (containers[1].Image == "") {
		t.Errorf("%+v", containers)
	}
}

// The plain patches are what kustomize takes too.
func TestKustomizeTakesThePatches(t *testing.T) {
	for key, want := range jobs(t, export.Options{}) {
		files := render(t, export.Patch, export.Options{PatchParallelism: true})
		files["theirs.yaml"] = []byte(strings.Split(theirs, "---\n")[0])
		files["kustomization.yaml"] = []byte("resources: [theirs.yaml]\npatches: [{path: " + key + ".job-patch.yaml, target: {kind: Job}}]\n")
		job := decode[batchv1.Job](t, build(t, files, "/"))
		sameBounds(t, key, &want.Spec, &job.Spec)
		if p := want.Spec.Parallelism; p != nil && *job.Spec.Parallelism != *p {
			t.Errorf("%s: parallelism %d, want %d", key, *job.Spec.Parallelism, *p)
		}
	}
}
