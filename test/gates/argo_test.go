package gates

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/argoproj/argo-rollouts/analysis"
	"github.com/argoproj/argo-rollouts/controller/metrics"
	"github.com/argoproj/argo-rollouts/metricproviders/job"
	argo "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/client/clientset/versioned/fake"
	"github.com/argoproj/argo-rollouts/pkg/client/informers/externalversions"
	analysisutil "github.com/argoproj/argo-rollouts/utils/analysis"
	"github.com/argoproj/argo-rollouts/utils/queue"
	"github.com/argoproj/argo-rollouts/utils/record"
	timeutil "github.com/argoproj/argo-rollouts/utils/time"
	log "github.com/sirupsen/logrus"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	k8sfake "k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// The fake client of Argo Rollouts does not send the bookmarks that lists by watch wait for.
func TestMain(m *testing.M) {
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", "false"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// templates are the AnalysisTemplates of a manifest, by name.
func templates(t *testing.T, manifest string) map[string]*argo.AnalysisTemplate {
	t.Helper()
	out := map[string]*argo.AnalysisTemplate{}
	for _, a := range only[argo.AnalysisTemplate](t, manifest, "AnalysisTemplate") {
		out[a.Name] = a
	}
	return out
}

// runner is Argo Rollouts' analysis controller with one AnalysisRun. Its clock is a dial, so that days of waiting take no time.
type runner struct {
	t      *testing.T
	argo   *fake.Clientset
	kube   *k8sfake.Clientset
	events watch.Interface
	last   *argo.AnalysisRun
}

var argoTime = &dial{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}

// startRun starts the controller with a run of a template, whose gate is at an address.
func startRun(t *testing.T, template *argo.AnalysisTemplate, url string, args map[string]string) *runner {
	t.Helper()
	log.SetOutput(io.Discard)
	timeutil.SetNowTimeFunc(argoTime.Now)
	template = template.DeepCopy()
	for i := range template.Spec.Metrics {
		if web := template.Spec.Metrics[i].Provider.Web; web != nil {
			if !strings.HasPrefix(web.URL, gateURL+"/") {
				t.Errorf("%s", web.URL)
			}
			web.URL = url + strings.TrimPrefix(web.URL, gateURL)
		}
	}
	var values []argo.Argument
	for _, a := range template.Spec.Args {
		value := args[a.Name]
		values = append(values, argo.Argument{Name: a.Name, Value: &value})
	}
	run, err := analysisutil.NewAnalysisRunFromTemplates([]*argo.AnalysisTemplate{template}, nil, values, nil, nil, nil, nil, "run", "",
		template.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	run.UID = "0b5c"
	r := &runner{t: t, argo: fake.NewSimpleClientset(run), kube: k8sfake.NewSimpleClientset()}
	ctx, cancel := context.WithCancel(context.Background())
	if r.events, err = r.argo.ArgoprojV1alpha1().AnalysisRuns(run.Namespace).Watch(ctx, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	of := externalversions.NewSharedInformerFactory(r.argo, 0)
	k8s := informers.NewSharedInformerFactory(r.kube, 0)
	runs, jobs := of.Argoproj().V1alpha1().AnalysisRuns(), k8s.Batch().V1().Jobs()
	waiting := workqueue.NewNamedRateLimitingQueue(queue.DefaultArgoRolloutsRateLimiter(), "runs")
	c := analysis.NewController(analysis.ControllerConfig{
		KubeClientSet: r.kube, ArgoProjClientset: r.argo, AnalysisRunInformer: runs, JobInformer: jobs, AnalysisRunWorkQueue: waiting,
		MetricsServer: metrics.NewMetricsServer(metrics.ServerConfig{
			AnalysisRunLister: runs.Lister(), AnalysisTemplateLister: of.Argoproj().V1alpha1().AnalysisTemplates().Lister(),
			ClusterAnalysisTemplateLister: of.Argoproj().V1alpha1().ClusterAnalysisTemplates().Lister(),
			K8SRequestProvider:            &metrics.K8sRequestsCountProvider{},
		}),
		Recorder: record.NewFakeEventRecorder(),
	})
	of.Start(ctx.Done())
	k8s.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), runs.Informer().HasSynced, jobs.Informer().HasSynced) {
		t.Fatal("the informers do not start")
	}
	var working sync.WaitGroup
	working.Go(func() { _ = c.Run(ctx, 1) })
	t.Cleanup(func() {
		cancel()
		waiting.ShutDown()
		working.Wait()
		r.events.Stop()
		of.Shutdown()
		k8s.Shutdown()
	})
	return r
}

// until waits for a state of the run.
func (r *runner) until(what string, is func(*argo.AnalysisRun) bool) *argo.AnalysisRun {
	r.t.Helper()
	for r.last == nil || !is(r.last) {
		select {
		case e, ok := <-r.events.ResultChan():
			if run, isRun := e.Object.(*argo.AnalysisRun); ok && isRun {
				r.last = run
				continue
			}
			r.t.Fatalf("waiting for %s: %v", what, e)
		case <-r.t.Context().Done():
			r.t.Fatalf("waiting for %s", what)
		}
	}
	return r.last
}

// taken is how many measurements a run has finished.
func taken(run *argo.AnalysisRun) int {
	if len(run.Status.MetricResults) == 0 {
		return 0
	}
	m := &run.Status.MetricResults[0]
	return int(m.Count + m.Error)
}

// later lets an interval pass and wakes the controller.
func (r *runner) later() {
	r.t.Helper()
	argoTime.pass(61 * time.Second)
	patch := fmt.Sprintf(`{"metadata": {"annotations": {"asked": %q}}}`, argoTime.Now())
	_, err := r.argo.ArgoprojV1alpha1().AnalysisRuns(r.last.Namespace).Patch(r.t.Context(), r.last.Name, types.MergePatchType,
		[]byte(patch), metav1.PatchOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
}

// measured reports whether the last measurement of a run is of this moment.
func measured(a *argo.AnalysisRun) bool {
	if taken(a) == 0 {
		return false
	}
	m := a.Status.MetricResults[0].Measurements
	at := m[len(m)-1].FinishedAt
	return at != nil && !at.Time.Before(argoTime.Now().Truncate(time.Second))
}

// measure has the controller measure n times more, an interval apart, and returns the phase of the run and of the last measurement.
// A controller whose cache is late measures twice and counts once, so that the count says when it is enough.
func (r *runner) measure(n int) (run, measurement argo.AnalysisPhase) {
	r.t.Helper()
	enough := n
	if r.last == nil {
		r.until("the first measurement", measured)
	} else {
		enough += taken(r.last)
	}
	for taken(r.last) < enough && !r.last.Status.Phase.Completed() {
		r.later()
		r.until("a measurement", measured)
	}
	m := r.last.Status.MetricResults[0].Measurements
	return r.last.Status.Phase, m[len(m)-1].Phase
}

// want measures and compares.
func (r *runner) want(what string, n int, run, measurement argo.AnalysisPhase) {
	r.t.Helper()
	if a, b := r.measure(n); a != run || b != measurement {
		r.t.Errorf("%s: the run is %s and its measurement %s, want %s and %s: %s", what, a, b, run, measurement, r.last.Status.Message)
	}
}

// The real controller with the templates of the manifest: PROMOTE is Successful, ROLL BACK Failed, HOLD Inconclusive. No data and a
// gate that is gone are an Error of the measurement and never end the run, since a run that ends in Error rolls back.
func TestArgoWaitsForTheWord(t *testing.T) {
	const (
		running, successful, failed = argo.AnalysisPhaseRunning, argo.AnalysisPhaseSuccessful, argo.AnalysisPhaseFailed
		inconclusive, fault         = argo.AnalysisPhaseInconclusive, argo.AnalysisPhaseError
	)
	all := templates(t, "argo-rollouts.yaml")
	for _, c := range []struct {
		template    string
		word        word
		share       string
		run, single argo.AnalysisPhase
	}{
		{"migtop-promote", ready, "0", successful, successful},
		{"migtop-promote", promote, "5", successful, successful},
		{"migtop-promote", promote, "25", running, inconclusive}, // the word on the step before
		{"migtop-promote", at50, "50", successful, successful},
		{"migtop-promote", hold, "5", running, inconclusive},
		{"migtop-promote", rollBack, "5", failed, failed},
		{"migtop-promote", none, "5", running, fault},
		{"migtop-roll-back", ready, "", running, successful},
		{"migtop-roll-back", promote, "", running, successful},
		{"migtop-roll-back", hold, "", running, successful},
		{"migtop-roll-back", rollBack, "", failed, failed},
		{"migtop-roll-back", none, "", running, fault},
	} {
		g := newGate(t, nil)
		g.say(c.word)
		r := startRun(t, all[c.template], g.URL, map[string]string{"tenant": "acme", "share": c.share})
		r.want(fmt.Sprintf("%s, %s at %s", c.template, c.word.name, c.share), 1, c.run, c.single)
	}

	t.Run("a wait", func(t *testing.T) {
		g := newGate(t, nil)
		r := startRun(t, all["migtop-promote"], g.URL, map[string]string{"tenant": "acme", "share": "5"})
		r.want("a gate without data", 10, running, fault)
		g.say(hold)
		r.want("HOLD", 60, running, inconclusive)
		g.say(none)
		r.want("no verdict", 10, running, fault)
		g.say(promote)
		r.want("PROMOTE", 1, successful, successful)
	})
	t.Run("a gate that is gone", func(t *testing.T) {
		g := newGate(t, nil)
		g.Close()
		for name := range all {
			r := startRun(t, all[name], g.URL, map[string]string{"tenant": "acme", "share": "5"})
			r.want(name, 20, running, fault)
		}
	})
	t.Run("the limits", func(t *testing.T) { // what the manifest's limits are for
		g := newGate(t, nil)
		short := all["migtop-promote"].DeepCopy()
		few := intstr.FromInt32(3)
		short.Spec.Metrics[0].InconclusiveLimit, short.Spec.Metrics[0].ConsecutiveErrorLimit = &few, nil
		r := startRun(t, short, g.URL, map[string]string{"tenant": "acme", "share": "5"})
		r.want("5 errors in a row, with the default limit", 5, fault, fault)
		g.say(hold)
		r = startRun(t, short, g.URL, map[string]string{"tenant": "acme", "share": "5"})
		r.want("3 times HOLD", 3, running, inconclusive)
		r.want("a person decides", 1, inconclusive, inconclusive)
	})
}

// The Job of the manifest, as the controller makes it: it asks for the tenant and the share, and fails for ROLL BACK alone.
func TestArgoJobFailsForRollBackAlone(t *testing.T) {
	template := templates(t, "argo-rollouts-job.yaml")["migtop-promote-job"]
	for _, c := range []struct {
		condition batchv1.JobConditionType
		want      argo.AnalysisPhase
	}{{batchv1.JobComplete, argo.AnalysisPhaseSuccessful}, {batchv1.JobFailed, argo.AnalysisPhaseFailed}} {
		r := startRun(t, template, "", map[string]string{"tenant": "acme", "share": "5"})
		last := func(a *argo.AnalysisRun) argo.Measurement {
			if len(a.Status.MetricResults) == 0 {
				return argo.Measurement{}
			}
			m := a.Status.MetricResults[0].Measurements
			return m[len(m)-1]
		}
		asked := 0
		for r.last == nil || !r.last.Status.Phase.Completed() {
			r.until("a Job", func(a *argo.AnalysisRun) bool { return last(a).Phase != "" })
			if last(r.last).Phase == argo.AnalysisPhaseError { // its cache did not have the Job yet
				r.later()
				r.until("another Job", func(a *argo.AnalysisRun) bool { return last(a).Phase != argo.AnalysisPhaseError })
			}
			name := last(r.last).Metadata[job.JobNameKey]
			made, err := r.kube.BatchV1().Jobs(template.Namespace).Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			args := strings.Join(made.Spec.Template.Spec.Containers[0].Args, " ")
			if !strings.HasPrefix(args, "verdict acme --wait=6h --share=5 ") {
				t.Errorf("%s", args)
			}
			asked++
			made.Status.Conditions = []batchv1.JobCondition{{Type: c.condition, Status: corev1.ConditionTrue}}
			if _, err := r.kube.BatchV1().Jobs(made.Namespace).UpdateStatus(t.Context(), made, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			r.until("the end", func(a *argo.AnalysisRun) bool {
				return a.Status.Phase.Completed() || last(a).Phase == argo.AnalysisPhaseError
			})
		}
		if asked == 0 {
			t.Error("no Job was made")
		}
		if r.last.Status.Phase != c.want {
			t.Errorf("%s: %s", c.condition, r.last.Status.Phase)
		}
	}
}
