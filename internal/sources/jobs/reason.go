package jobs

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Reasons, in Kubernetes' own words. Those that it has no constant for are what
// the kubelet and the scheduler write.
const (
	reasonOOM        = "OOMKilled"
	reasonDeadline   = batchv1.JobReasonDeadlineExceeded
	reasonBackoff    = batchv1.JobReasonBackoffLimitExceeded
	reasonEvicted    = "Evicted"
	reasonDisruption = string(corev1.DisruptionTarget)
	reasonNoNode     = corev1.PodReasonUnschedulable
	reasonDeleted    = "Deleted" // a Job was deleted before it ended
)

// reasonRank ranks reasons by how much they explain. A reason that is not listed, such as
// "Error" for an exit code, ranks last.
var reasonRank = map[string]int{
	reasonOOM:        12,
	reasonDeadline:   11,
	reasonEvicted:    10,
	reasonDisruption: 9,

	"ErrImageNeverPull": 8, "InvalidImageName": 8, "ImagePullBackOff": 8, "ErrImagePull": 8,
	"CreateContainerConfigError": 8, "CreateContainerError": 8, "RunContainerError": 8, "StartError": 8,
	"ContainerCannotRun": 8,

	reasonNoNode:                              7,
	batchv1.JobReasonPodFailurePolicy:         6,
	batchv1.JobReasonFailedIndexes:            5,
	batchv1.JobReasonMaxFailedIndexesExceeded: 5,
	reasonBackoff:                             4,
	"CrashLoopBackOff":                        3,
	reasonDeleted:                             2,
	"Error":                                   1,
}

// why is a reason with its sentence.
type why struct{ reason, message string }

// or keeps the reason that explains more; of equal ones the first.
func (w why) or(v why) why {
	if v.reason == "" {
		return w
	}
	if w.reason == "" || reasonRank[v.reason] > reasonRank[w.reason] {
		return v
	}
	return w
}

// waiting are the reasons of a container that is on its way and not stuck.
var waiting = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true, "Completed": true}

// fate is the state of a pod by its status.
type fate struct {
	why
	oom      int64 // when the main container was killed for memory, Unix seconds; 0 for never
	exit     int32
	hasExit  bool
	restarts int32
	// From the first container's start to the last one's end, Unix seconds, 0
	// where unknown. Init containers count as start-up, sidecars do not keep a
	// pod running.
	started, finished int64
	running           bool // a container runs now
	disrupted         bool // the platform ended it, or is about to
}

func fateOf(p *corev1.Pod) fate {
	var f fate
	s := &p.Status
	main, _ := mainOf(p.Annotations, &p.Spec)
	sidecar := map[string]bool{}
	for i := range p.Spec.InitContainers {
		if isSidecar(&p.Spec.InitContainers[i]) {
			sidecar[p.Spec.InitContainers[i].Name] = true
		}
	}
	for i := range s.InitContainerStatuses {
		c := &s.InitContainerStatuses[i]
		f.restarts += c.RestartCount
		kind := migration.ContainerInit
		if sidecar[c.Name] {
			kind = migration.ContainerSidecar
		}
		f.look(c, kind)
		// An init container that failed for good ends the pod with it.
		if t := c.State.Terminated; t != nil && t.ExitCode != 0 && !sidecar[c.Name] {
			f.finished = max(f.finished, unix(t.FinishedAt.Time))
		}
	}
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		f.restarts += c.RestartCount
		kind := migration.ContainerOther
		if c.Name == main || main == "" {
			kind = migration.ContainerMain
		}
		f.look(c, kind)
		first := c.State.Running
		if first != nil {
			f.running = true
			f.start(unix(first.StartedAt.Time))
		}
		for _, t := range []*corev1.ContainerStateTerminated{c.LastTerminationState.Terminated, c.State.Terminated} {
			if t != nil {
				f.start(unix(t.StartedAt.Time))
			}
		}
		if t := c.State.Terminated; t != nil {
			f.finished = max(f.finished, unix(t.FinishedAt.Time))
		}
	}
	f.pod(p)
	return f
}

func (f *fate) start(at int64) {
	if at > 0 && (f.started == 0 || at < f.started) {
		f.started = at
	}
}

// look adds the status of one container. The status of a container other than the main
// one matters to the pod where that container ended it or keeps it waiting. One that was
// restarted and runs does not.
func (f *fate) look(c *corev1.ContainerStatus, kind migration.ContainerKind) {
	main := kind == migration.ContainerMain
	stuck := c.State.Waiting != nil && !waiting[c.State.Waiting.Reason]
	for i, t := range []*corev1.ContainerStateTerminated{c.State.Terminated, c.LastTerminationState.Terminated} {
		if t == nil {
			continue
		}
		text := parseReport(t.Message).text
		switch {
		case t.Reason == reasonOOM && main:
			f.oom = max(f.oom, unix(t.FinishedAt.Time), 1)
			f.why = f.or(why{reasonOOM, text})
		case t.Reason == reasonOOM && (stuck || i == 0 && kind != migration.ContainerSidecar):
			f.why = f.or(why{reasonOOM, ofContainer(kind, c.Name, text, "killed for memory")})
		}
		// A sidecar is ended by the kubelet when the others are done.
		if i != 0 || kind == migration.ContainerSidecar {
			continue
		}
		if t.ExitCode != 0 {
			if !f.hasExit || f.exit == 0 || main {
				f.exit, f.hasExit = t.ExitCode, true
			}
			f.why = f.or(why{t.Reason, ofContainer(kind, c.Name, text, "")})
		} else if main && !f.hasExit {
			f.exit, f.hasExit = 0, true
		}
	}
	if stuck {
		f.why = f.or(why{c.State.Waiting.Reason, ofContainer(kind, c.Name, c.State.Waiting.Message, "")})
	}
}

// ofContainer prefixes a message with its container, where that is not the main one.
// what is the text for a container without a message.
func ofContainer(kind migration.ContainerKind, name, text, what string) string {
	if kind == migration.ContainerMain {
		return text
	}
	if text == "" {
		text = what
	}
	if text == "" {
		return kind.Title() + " " + name
	}
	return kind.Title() + " " + name + ": " + text
}

// pod takes in what the pod says as a whole.
func (f *fate) pod(p *corev1.Pod) {
	s := &p.Status
	for i := range s.Conditions {
		c := &s.Conditions[i]
		switch {
		case c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue:
			reason := reasonDisruption
			if s.Reason == reasonEvicted {
				reason = reasonEvicted
			}
			f.why = f.or(why{reason, c.Reason + ": " + c.Message})
			f.disrupted = true
		case c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && s.Phase == corev1.PodPending:
			f.why = f.or(why{c.Reason, c.Message})
		}
	}
	if s.Reason != "" && (s.Phase == corev1.PodFailed || s.Phase == corev1.PodPending) {
		f.why = f.or(why{s.Reason, s.Message})
		f.disrupted = f.disrupted || s.Reason == reasonEvicted
	}
	if s.Phase == corev1.PodSucceeded && f.oom == 0 {
		f.why = why{}
	}
}
