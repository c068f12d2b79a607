package writers

import (
	"strings"
	"testing"

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

// Each component, in an overlay of the user's, makes the user's Job and CronJob what
// the Job manifest is, and leaves the rest of them alone.
func TestKustomizeBuildsComponents(t *testing.T) {
	for key, want := range jobs(t, export.Options{}) {
		files := render(t, export.Kustomize, export.Options{})
		dir := "components/" + key
		if name, ok := strings.CutPrefix(key, "retry/"); ok {
			dir = "components/" + name + "/retry"
		}
		if files[dir+"/kustomization.yaml"] == nil {
			t.Fatalf("no component in %s", dir)
		}
		files["base/kustomization.yaml"], files["base/theirs.yaml"] = []byte("resources: [theirs.yaml]\n"), []byte(theirs)
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

// A component without a Job of its kind is nothing to complain about, and a container of
// another name is not found silently: the pod gets a container without an image, which the
// API server refuses.
func TestKustomizeWhereTheContainerHasAnotherName(t *testing.T) {
	files := render(t, export.Kustomize, export.Options{Container: "other"})
	files["kustomization.yaml"] = []byte("resources: [theirs.yaml]\ncomponents: [components/etl-acme]\n")
	files["theirs.yaml"] = []byte(strings.Split(theirs, "---\n")[0])
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
