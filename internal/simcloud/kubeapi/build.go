package kubeapi

import (
	"maps"
	"strconv"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// builder makes Kubernetes objects of the world's. What all Jobs of a spec share is
// made once, so objects must not be changed.
type builder struct {
	mu        sync.Mutex
	templates map[*world.Spec]*template
}

// template is what the objects of one spec have in common.
type template struct {
	labels  labels.Set
	podSpec corev1.PodSpec
	policy  *batchv1.PodFailurePolicy
}

func (b *builder) template(s *world.Spec) *template {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.templates[s]; t != nil {
		return t
	}
	t := newTemplate(s)
	if s.Service != "" {
		asService(t, s)
	}
	if b.templates == nil {
		b.templates = make(map[*world.Spec]*template)
	}
	b.templates[s] = t
	return t
}

func newTemplate(s *world.Spec) *template {
	t := &template{labels: labels.Set{"app.kubernetes.io/managed-by": "dispatcher", "app.kubernetes.io/name": s.Base}}
	if s.Tenant != "" {
		t.labels["tenant"], t.labels["workload"], t.labels["app.kubernetes.io/name"] = s.Tenant, s.Workload, s.Workload
	}
	selector := map[string]string{corev1.LabelArchStable: s.Arch}
	if s.NodeType != "" {
		selector[corev1.LabelInstanceTypeStable] = s.NodeType
	}
	if s.Fargate {
		selector = nil
	}
	tolerations := []corev1.Toleration{
		{
			Key: corev1.TaintNodeNotReady, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute,
			TolerationSeconds: new(int64(300)),
		},
		{
			Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute,
			TolerationSeconds: new(int64(300)),
		},
	}
	if s.Spot {
		selector["karpenter.sh/capacity-type"] = "spot"
		// An eviction is the platform's doing: it is tried again and not counted.
		t.policy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
			Action: batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue,
			}},
		}}}
	}
	request := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(s.CPU, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(s.MemoryMiB<<20, resource.BinarySI),
	}
	t.podSpec = corev1.PodSpec{
		Containers: []corev1.Container{{
			Name: "main", Image: s.Image,
			Resources: corev1.ResourceRequirements{
				Requests: request, Limits: corev1.ResourceList{corev1.ResourceMemory: request[corev1.ResourceMemory]},
			},
			TerminationMessagePath:   corev1.TerminationMessagePathDefault,
			TerminationMessagePolicy: corev1.TerminationMessageReadFile,
			ImagePullPolicy:          corev1.PullIfNotPresent,
		}},
		RestartPolicy:                 corev1.RestartPolicyNever,
		TerminationGracePeriodSeconds: new(int64(30)),
		DNSPolicy:                     corev1.DNSClusterFirst,
		NodeSelector:                  selector,
		ServiceAccountName:            "default",
		DeprecatedServiceAccount:      "default",
		SecurityContext:               &corev1.PodSecurityContext{},
		SchedulerName:                 schedulerName(s),
		Tolerations:                   tolerations,
		Priority:                      new(int32(0)),
		EnableServiceLinks:            new(true),
		PreemptionPolicy:              new(corev1.PreemptLowerPriority),
	}
	return t
}

func schedulerName(s *world.Spec) string {
	if s.Fargate {
		return "fargate-scheduler"
	}
	return corev1.DefaultSchedulerName
}

// at is a moment as Kubernetes writes it: whole seconds.
func at(t time.Time) metav1.Time { return metav1.NewTime(t.Truncate(time.Second)) }

func atOrNil(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(at(t))
}

func version(v uint64) string { return strconv.FormatUint(v, 10) }

// podLabels are what a pod carries: the template's labels, and those that the Job
// controller adds, in the new and in the old spelling (registry/batch/job: generateSelector).
func (b *builder) podLabels(p *world.Pod) labels.Set {
	set := maps.Clone(b.template(p.Spec).labels)
	if p.Service == "" {
		set = b.withJob(p.Spec, p.JobName, p.JobUID)
	}
	if p.Zone != "" { // the API server's, at binding, since Kubernetes 1.35
		set[corev1.LabelTopologyRegion], set[corev1.LabelTopologyZone] = world.Region, p.Zone
	}
	if p.Fargate { // put there by EKS's admission webhook
		set["eks.amazonaws.com/fargate-profile"] = "jobs-fargate"
	}
	return set
}

func (b *builder) withJob(s *world.Spec, name, uid string) labels.Set {
	base := b.template(s).labels
	set := make(labels.Set, len(base)+6)
	for k, v := range base {
		set[k] = v
	}
	set[batchv1.JobNameLabel], set["job-name"] = name, name
	set[batchv1.ControllerUidLabel], set["controller-uid"] = uid, uid
	return set
}

func (b *builder) job(j *world.Job) *batchv1.Job {
	t := b.template(j.Spec)
	uid := j.UID()
	podLabels := b.withJob(j.Spec, j.Name, uid)
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: j.Name, Namespace: j.Namespace, UID: types.UID(uid),
			ResourceVersion: version(j.ResourceVersion), Generation: j.Generation,
			CreationTimestamp: at(j.Created), Labels: t.labels,
		},
		Spec: batchv1.JobSpec{
			Parallelism: new(int32(1)), Completions: new(int32(1)),
			ActiveDeadlineSeconds: new(int64(j.Deadline / time.Second)),
			PodFailurePolicy:      t.policy,
			BackoffLimit:          new(j.Retries),
			Selector:              &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: uid}},
			ManualSelector:        new(false),
			Template:              corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: podLabels}, Spec: t.podSpec},
			CompletionMode:        new(batchv1.NonIndexedCompletion),
			Suspend:               new(false),
			PodReplacementPolicy:  new(batchv1.TerminatingOrFailed),

			TTLSecondsAfterFinished: new(int32(j.TTL / time.Second)),
		},
		Status: batchv1.JobStatus{
			StartTime: atOrNil(j.Started), Active: j.Active, Succeeded: j.Succeeded, Failed: j.Failed,
		},
	}
	if t.policy != nil { // the default then, and the only value allowed
		job.Spec.PodReplacementPolicy = new(batchv1.Failed)
	}
	if j.CronJob != "" {
		job.Annotations = map[string]string{batchv1.CronJobScheduledTimestampAnnotation: j.Created.Truncate(time.Minute).Format(time.RFC3339)}
		job.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "CronJob", Name: j.CronJob, UID: types.UID(j.CronJobUID()),
			Controller: new(true), BlockOwnerDeletion: new(true),
		}}
	}
	if !j.Started.IsZero() {
		job.Status.Ready, job.Status.Terminating = new(j.Ready), new(int32(0))
		job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	}
	job.Status.Conditions = jobConditions(j)
	if j.Outcome == world.Succeeded && !j.Finished.IsZero() {
		job.Status.CompletionTime = atOrNil(j.Finished)
	}
	return job
}

// jobConditions are the Job's conditions: since Kubernetes 1.31 the outcome
// stands there before the pods are gone, and the final condition follows.
func jobConditions(j *world.Job) []batchv1.JobCondition {
	if j.Outcome == world.Unfinished {
		return nil
	}
	first, last := batchv1.JobSuccessCriteriaMet, batchv1.JobComplete
	if j.Outcome == world.Failed {
		first, last = batchv1.JobFailureTarget, batchv1.JobFailed
	}
	condition := func(t batchv1.JobConditionType, when time.Time) batchv1.JobCondition {
		return batchv1.JobCondition{
			Type: t, Status: corev1.ConditionTrue, LastProbeTime: at(when), LastTransitionTime: at(when),
			Reason: j.Reason, Message: j.Message,
		}
	}
	out := []batchv1.JobCondition{condition(first, j.Decided)}
	if !j.Finished.IsZero() {
		out = append(out, condition(last, j.Finished))
	}
	return out
}
