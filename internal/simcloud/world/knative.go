package world

import (
	"fmt"
	"math"
	"time"
)

// trial is a Knative service on the cluster: a stop on the way that a tenant tried.
type trial struct {
	tenant, class string
	revision      int     // of its newest revision, the only one that has pods
	perLoad       float64 // pods at mean load
}

// yarrow's webhooks were tried on Knative before Jobs: the service still answers a part of
// them, and scales to zero at night.
var trials = []trial{{"yarrow", "webhook-fanout", 12, 1.2}}

// trials are the services of the story.
func (w *World) trials() []trial {
	if w.story == StoryCutover {
		return nil
	}
	return trials
}

// replicaSet is a service's pods, oldest first, and what they are made by.
type replicaSet struct {
	trial
	spec *Spec
	key  key
	made int // ever
	pods []*podRun
}

// settled is how long after its start a pod's memory has reached its peak, over the part
// of a run at which that of a Job does.
const settled = 20 * time.Minute

// queueProxyCPU is what Knative's own container in each pod requests, in millicores.
// Source: Knative Serving, pkg/deployment: QueueSidecarCPURequestDefault.
const queueProxyCPU = 25

// replicaSetOf sets a service up.
func (w *World) replicaSetOf(t trial) *replicaSet {
	s := newStream(w.seed, &tenant{name: t.tenant}, &work{class: t.class})
	s.key = w.seed.named("knative/" + t.tenant + "/" + t.class)
	spec := w.spec(s)
	spec.Service, spec.Revision, spec.SidecarCPU = spec.Base, t.revision, queueProxyCPU
	spec.Reports, spec.Deadline, spec.Retries = false, 0, 0
	return &replicaSet{trial: t, spec: spec, key: s.key}
}

// replicas is how many pods the autoscaler wants in a minute: none where there is little
// to do.
func (w *World) replicas(t trial, at time.Time) int {
	return int(math.Round(t.perLoad * w.weights.at(classes[t.class].shape, at.Unix()/60)))
}

// scale brings a service to as many pods as are wanted, the newest going first.
func (c *Cluster) scale(s *replicaSet) {
	for want := c.w.replicas(s.trial, c.now); len(s.pods) != want; {
		if len(s.pods) < want {
			c.createReplica(s)
			continue
		}
		last := len(s.pods) - 1
		c.stopReplica(s.pods[last])
		s.pods = s.pods[:last]
	}
}

func (c *Cluster) createReplica(s *replicaSet) {
	k := s.key.with(uint64(s.made))
	s.made++
	p := &podRun{pod: &Pod{
		Spec: s.spec, Name: s.spec.ReplicaSet() + "-" + k.with(aspectName).token(5), Created: c.now, key: k,
		natural: settled, peak: int64(s.spec.stream.peak) << 20,
	}}
	c.pods[p.pod.Name] = p
	s.pods = append(s.pods, p)
	c.putPod(p, Added)
	c.say(false, "replicaset-controller", "", subject{"ReplicaSet", s.spec.Namespace, s.spec.ReplicaSet(), s.key.named("replicaset")},
		"SuccessfulCreate", "Created pod: %s", p.pod.Name)
	c.after(schedulerDelay, func() { c.schedule(p) })
}

func (c *Cluster) stopReplica(p *podRun) {
	pod := c.editPod(p)
	pod.Deleting = c.now
	c.putPod(p, Modified)
	wait := graceful
	if pod.Started.IsZero() {
		wait = controllerDelay
	} else {
		c.sayOfPod(false, "kubelet", pod, "Killing", "Stopping container %s", ServiceContainer)
	}
	c.after(wait, func() {
		if p.pod.Started.IsZero() {
			c.release(p)
		} else {
			c.terminate(p, completed)
		}
		c.deletePod(p)
	})
}

// ServiceContainer is the container of a Knative pod that does the work.
const ServiceContainer = "user-container"

// RevisionName is the name of the revision of a service's pods.
func (s *Spec) RevisionName() string { return fmt.Sprintf("%s-%05d", s.Service, s.Revision) }

// Template is the hash that the Deployment of a service gives its pods.
func (s *Spec) Template() string { return s.stream.key.named("template").token(10) }

// ReplicaSet is the name of what a service's pods are made by.
func (s *Spec) ReplicaSet() string { return s.RevisionName() + "-deployment-" + s.Template() }

// ServiceUID is the UID of one of the objects that stand behind a service's pods, by its
// kind.
func (s *Spec) ServiceUID(kind string) string { return s.stream.key.named(kind).uid() }
