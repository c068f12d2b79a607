package jobs

import (
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// Reasons for stopping a pod from outside that Kubernetes does not write on the pod
// itself. A suspended Job and a Job that met its success policy have such a reason.
const (
	reasonSuspended  = string(batchv1.JobSuspended)
	reasonScaledDown = "ScaledDown"
)

// stop records that a running pod was ended from outside: by the Job controller, because
// the Job was suspended, scaled down, or had already succeeded or failed, or by a user
// who deleted it. Its end says nothing about the work: its exit code is that of a
// SIGTERM, and its run time is shorter than the work takes.
//
// Source: Kubernetes, pkg/controller/job/job_controller.go: deleteJobPods for Jobs that
// are suspended or scaled down, deleteActivePods for those that have finished.
type stop struct {
	at int64 // when its deletion was asked for, Unix seconds; 0 for never
	// counted says that the Job controller counts it among the Job's failed pods: it
	// does so with every deleted pod that it did not take its finalizer from before.
	counted bool
	// itself is set once the pod was seen to end without a request to stop.
	itself bool
	// tracked says that it had the Job controller's finalizer when it was last seen.
	tracked bool
	why     why
}

// see records a pod's deletion. The pod's own end takes precedence: a deletion after it
// did not end the pod.
func (s *stop) see(o *corev1.Pod, p *pod) {
	s.tracked = slices.Contains(o.Finalizers, batchv1.JobTrackingFinalizer)
	if s.itself || s.at > 0 {
		return
	}
	if o.DeletionTimestamp == nil {
		s.itself = p.terminal()
		return
	}
	asked := unix(o.DeletionTimestamp.Time)
	if grace := o.DeletionGracePeriodSeconds; grace != nil {
		asked -= *grace
	}
	// Where its end was not seen as it came, the times decide: the kubelet's by the
	// control plane's clock, as far as the difference is known.
	if p.terminal() && p.finished > 0 && p.endAt() < asked {
		s.itself = true
		return
	}
	s.at, s.counted = max(asked, 1), s.tracked || p.terminal()
}

// left records that the pod is gone and that its end was not seen.
func (s *stop) left(p *pod) {
	if s.at == 0 && !s.itself && !p.terminal() {
		s.at, s.counted = max(p.goneAt, 1), s.tracked
	}
}

// stopped reports whether the pod was, or is being, ended from outside. One that the Job's
// own deadline ended was not: it had its time, and is an attempt that timed out.
func (p *pod) stopped() bool { return p.stop.at > 0 && !p.job.overdue(p.stop.at) }

// cut reports whether a user or the platform ended the pod. Such a pod is not a failed
// attempt.
func (p *pod) cut() bool { return p.stopped() || p.disrupted }

// killCounts reports whether a kill for memory is the work's fault. A container that is
// being stopped may be killed too.
func (p *pod) killCounts() bool {
	return !p.disrupted && !(p.stop.at > 0 && p.oom-p.offset() >= p.stop.at)
}

// because is why the pod was ended, as far as its Job's status shows.
func (p *pod) because() why {
	j := p.job
	switch {
	case j.overdue(p.stop.at):
		return why{reasonDeadline, "the Job's activeDeadlineSeconds had passed"}
	case j.suspended:
		return why{reasonSuspended, "the Job was suspended"}
	case j.met:
		return why{string(batchv1.JobSuccessCriteriaMet), "the Job had succeeded, and its other pods were ended"}
	case j.why.reason != "" && !j.stopped:
		return why{j.why.reason, "the Job had failed, and its other pods were ended"}
	case !p.stop.counted && j.seen && !j.gone:
		return why{reasonScaledDown, "the Job's parallelism was lowered, or needs no more pods"}
	case j.gone:
		return why{reasonDeleted, "the Job was deleted"}
	}
	return why{reasonDeleted, "the pod was deleted"}
}

// explain keeps the reason that explains most while the pod ends. The Job's status and
// the pod's arrive by different watches.
func (p *pod) explain() {
	was := p.stop.why.reason
	if p.stop.at == 0 || was != "" && (p.ended || was != reasonDeleted && was != reasonScaledDown) {
		return
	}
	if w := p.because(); was == "" || w.reason != reasonDeleted {
		p.stop.why = w
	}
}

// failedAttempts is how many attempts failed by themselves. The Job's own count has pods in it
// that were ended from outside.
func (j *job) failedAttempts() int32 {
	var own, others int32
	for _, p := range j.pods {
		switch {
		case p.cut():
			if p.stop.counted || p.disrupted {
				others++
			}
		case p.phase == corev1.PodFailed:
			own++
		}
	}
	return max(j.failures-others, own)
}
