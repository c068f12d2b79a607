package world

import (
	"slices"
	"strconv"
	"time"
)

// The paces of the control plane.
const (
	controllerDelay = 40 * time.Millisecond  // a Job to its pod
	schedulerDelay  = 30 * time.Millisecond  // a pod to its node
	statusDelay     = 900 * time.Millisecond // a pod's end to the Job's status
	// The Job controller waits 10 s, 20 s, 40 s ... before it tries again, at
	// most 10 min. Source: Kubernetes documentation, "Pod backoff failure policy".
	firstBackoff = 10 * time.Second
	lastBackoff  = 10 * time.Minute
	// graceful is how long a container takes to end after SIGTERM.
	graceful = 2 * time.Second
)

func (c *Cluster) createJob(r run) {
	spec := c.specs[r.stream]
	name := spec.Base + "-" + r.key.with(aspectName).token(8)
	if spec.CronJob != "" { // the CronJob controller's names end in the minute
		name = spec.Base + "-" + strconv.FormatInt(r.at.Unix()/60, 10)
	}
	j := &jobRun{run: r, job: &Job{Spec: spec, Name: name, Generation: 1, Created: c.now, key: r.key.named("job")}}
	if c.jobs[name] != nil {
		return // a name can be there once; 27^8 of them make this a curiosity
	}
	c.jobs[name] = j
	c.putJob(j, Added)
	c.after(controllerDelay, func() {
		job := c.editJob(j)
		job.Started = c.now
		c.createPod(j)
		c.after(job.Deadline, func() { c.passDeadline(j) })
	})
}

func (c *Cluster) createPod(j *jobRun) {
	k := j.job.key.named("pod").with(uint64(j.attempts))
	j.attempts++
	name := j.job.Name + "-" + k.token(5)
	p := &podRun{job: j, pod: &Pod{
		Spec: j.job.Spec, Name: name, JobName: j.job.Name, JobUID: j.job.UID(), Created: c.now, key: k,
		natural: j.run.jobWork(), peak: j.run.jobPeak(),
	}}
	c.pods[name] = p
	j.pods = append(j.pods, p)
	j.active = p
	c.putPod(p, Added)
	job := c.editJob(j)
	job.Active = 1
	c.putJob(j, Modified)
	c.sayOfJob(false, job, "SuccessfulCreate", "Created pod: %s", name)
	if p.pod.Fargate {
		// EKS starts a micro-VM for the pod, which takes most of a minute.
		boot := time.Duration(k.with(aspectStartUp).between(32, 55) * float64(time.Second))
		c.after(boot, func() { c.bindToFargate(p) })
		return
	}
	c.after(schedulerDelay, func() { c.schedule(p) })
}

// bind puts a pod on its node; its container starts after the image is there.
func (c *Cluster) bind(p *podRun, n *Node) {
	pod := c.editPod(p)
	pod.Node, pod.NodeIP, pod.IP, pod.Zone = n.Name, n.IP, address(pod.key), n.Zone
	pod.Scheduled = c.now
	pod.Unschedulable = ""
	c.putPod(p, Modified)
	scheduler := "default-scheduler"
	if pod.Fargate {
		scheduler = "fargate-scheduler"
	}
	c.sayOfPod(false, scheduler, pod, "Scheduled", "Successfully assigned %s/%s to %s", pod.Namespace, pod.Name, n.Name)
	c.after(pullTime(pod), func() { c.start(p) })
}

// pullTime is how long a pod takes from its node to its container's start:
// seconds where the image is there already, longer where it is not.
func pullTime(p *Pod) time.Duration {
	k := p.key.with(aspectStartUp).named("pull")
	seconds := k.between(1.6, 4.8)
	switch {
	case p.Fargate: // nothing is ever there already
		seconds = k.between(9, 17)
	case k.with(1).chance(0.12):
		seconds = k.between(8, 21)
	}
	return time.Duration(seconds * float64(time.Second))
}

func (c *Cluster) start(p *podRun) {
	if !p.pod.Deleting.IsZero() || p.pod.Outcome != Unfinished {
		return
	}
	pod := c.editPod(p)
	pod.Started = c.now
	c.putPod(p, Modified)
	c.sayOfPod(false, "kubelet", pod, "Pulled", "Container image %q already present on machine", pod.Image)
	c.sayOfPod(false, "kubelet", pod, "Started", "Container started")
	if p.job == nil {
		return // a service's pod has no end of its own
	}
	job := c.editJob(p.job)
	job.Ready = 1
	c.putJob(p.job, Modified)
	how, after := c.fate(p)
	c.after(after, func() { c.end(p, how) })
}

// ending is how a container ends.
type ending struct {
	outcome   Outcome
	exitCode  int32
	reason    string
	disrupted bool
}

var (
	completed = ending{Succeeded, 0, "Completed", false}
	errored   = ending{Failed, 1, "Error", false}
	oomKilled = ending{Failed, 137, "OOMKilled", false}
	evicted   = ending{Failed, 143, "Error", true}
)

// evictionsPerHour is how often a pod on spot loses its node.
const evictionsPerHour = 0.02

// fate is how the attempt will end, and how long after its start.
func (c *Cluster) fate(p *podRun) (ending, time.Duration) {
	pod := p.pod
	k := pod.key.with(aspectFate)
	how, after := completed, pod.natural
	if limit := pod.MemoryMiB << 20; pod.peak > limit {
		how, after = oomKilled, pod.crossing(limit)
	}
	fails, at := k.chance(pod.stream.jobErrors), time.Duration(k.with(1).uniform()*float64(pod.natural))
	if pod.stream.receives > 0 { // the queue has to know it too
		fails, at = p.job.run.errs(), p.job.run.errsAfter()
	}
	if fails && at < after {
		how, after = errored, at
	}
	if pod.Spot {
		at := time.Duration(k.with(2).uniform() * float64(pod.natural))
		if at < after && k.with(3).chance(evictionsPerHour*pod.natural.Hours()) {
			how, after = evicted, at
		}
	}
	return how, max(after, 300*time.Millisecond)
}

// end ends a container, frees its node and has the Job's status follow.
func (c *Cluster) end(p *podRun, how ending) {
	if p.pod.Outcome != Unfinished || !p.pod.Deleting.IsZero() {
		return
	}
	c.terminate(p, how)
	c.after(statusDelay, func() { c.account(p, how) })
}

// terminate ends the container and gives the node back.
func (c *Cluster) terminate(p *podRun, how ending) {
	pod := c.editPod(p)
	pod.Finished, pod.Outcome = c.now, how.outcome
	pod.ExitCode, pod.Reason, pod.Disrupted = how.exitCode, how.reason, how.disrupted
	c.putPod(p, Modified)
	if how.disrupted {
		c.sayOfPod(false, "karpenter", pod, "Evicted", "Evicted pod: Spot interruption warning was triggered")
	}
	c.release(p)
}

// account brings the end of a pod into the Job's status.
func (c *Cluster) account(p *podRun, how ending) {
	j := p.job
	if j.job.Outcome != Unfinished {
		return
	}
	job := c.editJob(j)
	job.Active, job.Ready = 0, 0
	j.active = nil
	switch {
	case how.outcome == Succeeded:
		job.Succeeded++
		c.decide(j, Succeeded, "CompletionsReached", "Reached expected number of succeeded pods")
		c.finish(j)
		return
	case how.disrupted: // the pod failure policy ignores it
		c.putJob(j, Modified)
		c.after(time.Second, func() { c.retry(j) })
		return
	}
	job.Failed++
	if job.Failed > job.Retries {
		c.decide(j, Failed, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
		c.finish(j)
		return
	}
	c.putJob(j, Modified)
	c.after(min(firstBackoff<<(job.Failed-1), lastBackoff), func() { c.retry(j) })
}

func (c *Cluster) retry(j *jobRun) {
	if j.job.Outcome == Unfinished {
		c.createPod(j)
	}
}

// decide settles the outcome. Since Kubernetes 1.31 the Job says so before its
// pods are gone (conditions SuccessCriteriaMet and FailureTarget).
func (c *Cluster) decide(j *jobRun, o Outcome, reason, message string) {
	job := c.editJob(j)
	job.Outcome, job.Reason, job.Message, job.Decided = o, reason, message, c.now
	c.putJob(j, Modified)
}

// finish closes the Job, which then waits for its time to live.
func (c *Cluster) finish(j *jobRun) {
	job := c.editJob(j)
	job.Finished = c.now
	c.putJob(j, Modified)
	if job.Outcome == Succeeded {
		c.sayOfJob(false, job, "Completed", "Job completed")
	} else {
		c.sayOfJob(true, job, job.Reason, "%s", job.Message)
	}
	if job.CronJob != "" {
		c.trimHistory(j)
	}
	c.after(job.TTL, func() { c.deleteJob(j) })
}

// trimHistory keeps one finished Job of each outcome, as a CronJob with history
// limits of 1 does.
func (c *Cluster) trimHistory(j *jobRun) {
	kept := c.history[j.job.Spec]
	for i, old := range kept {
		if old.job.Outcome == j.job.Outcome {
			c.deleteJob(old)
			kept = slices.Delete(kept, i, i+1)
			break
		}
	}
	c.history[j.job.Spec] = append(kept, j)
}

// passDeadline stops a Job that has been active for too long.
func (c *Cluster) passDeadline(j *jobRun) {
	p := j.active
	if j.job.Outcome != Unfinished || (p != nil && p.pod.Outcome == Succeeded) {
		return // it is done, though its status may not say so yet
	}
	c.decide(j, Failed, "DeadlineExceeded", "Job was active longer than specified deadline")
	if p == nil || p.pod.Outcome == Failed {
		if p != nil { // it ended by itself a moment ago, and was not counted yet
			c.editJob(j).Failed++
		}
		c.settleDeadline(j)
		return
	}
	pod := c.editPod(p)
	pod.Deleting = c.now
	c.putPod(p, Modified)
	c.sayOfJob(false, j.job, "SuccessfulDelete", "Deleted pod: %s", pod.Name)
	wait := graceful
	if pod.Started.IsZero() {
		wait = controllerDelay
	} else {
		c.sayOfPod(false, "kubelet", pod, "Killing", "Stopping container main")
	}
	c.after(wait, func() {
		if p.pod.Started.IsZero() {
			c.release(p)
		} else {
			c.terminate(p, errored.code(143))
		}
		job := c.editJob(j)
		job.Failed++
		c.deletePod(p)
		c.settleDeadline(j)
	})
}

func (e ending) code(code int32) ending {
	e.exitCode = code
	return e
}

func (c *Cluster) settleDeadline(j *jobRun) {
	job := c.editJob(j)
	job.Active, job.Ready = 0, 0
	j.active = nil
	c.finish(j)
}

func (c *Cluster) deletePod(p *podRun) {
	c.editPod(p)
	delete(c.pods, p.pod.Name)
	if p.job != nil {
		p.job.pods = slices.DeleteFunc(p.job.pods, func(q *podRun) bool { return q == p })
	}
	c.putPod(p, Deleted)
	if p.pod.Fargate {
		c.removeFargate(p)
	}
}

func (c *Cluster) deleteJob(j *jobRun) {
	if c.jobs[j.job.Name] != j { // its CronJob was faster
		return
	}
	for _, p := range slices.Clone(j.pods) {
		c.deletePod(p)
	}
	c.editJob(j)
	delete(c.jobs, j.job.Name)
	c.putJob(j, Deleted)
}
