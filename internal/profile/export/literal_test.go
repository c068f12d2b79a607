package export

import (
	"slices"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
)

// What is typed is what the process gets: every $ is doubled for Kubernetes, which takes
// $(NAME) for a variable and $$ for $. test/writers holds it against Kubernetes' own
// package.
func TestCommandsAreLiteral(t *testing.T) {
	typed := []string{"sh", "-c", "echo $$ >pid; exec app --price=$$5 $$(HOME) $(HOME) ${HOME}"}
	want := []string{"sh", "-c", "echo $$$$ >pid; exec app --price=$$$$5 $$$$(HOME) $$(HOME) $${HOME}"}
	for _, wrap := range []bool{false, true} {
		o := Options{Command: typed, Wrap: wrap}
		job := decode[*batchv1.Job](t, data(t, render(t, mixed(), Job, o), "etl-acme.job.yaml"))
		cron := decode[*batchv1.CronJob](t, data(t, render(t, mixed(), Kustomize, o), "components/etl-acme/cronjob.yaml"))
		for _, got := range [][]string{
			job.Spec.Template.Spec.Containers[0].Command,
			cron.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Command,
		} {
			if len(got) < 3 || !slices.Equal(got[len(got)-3:], want) {
				t.Errorf("wrapped %v: %q", wrap, got)
			}
		}
	}
}

// Pods have no variables of the Services of their namespace; patches leave that to the
// manifest that they change.
func TestNoServiceLinks(t *testing.T) {
	files := append(render(t, mixed(), Job, Options{}), render(t, mixed(), Patch, Options{})...)
	job := decode[*batchv1.Job](t, data(t, files, "etl-acme.job.yaml"))
	if v := job.Spec.Template.Spec.EnableServiceLinks; v == nil || *v {
		t.Error("the Job has service links")
	}
	patch := decode[*batchv1.Job](t, data(t, files, "etl-acme.job-patch.yaml"))
	if patch.Spec.Template.Spec.EnableServiceLinks != nil {
		t.Error("the patch decides service links")
	}
}
