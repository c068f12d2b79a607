package jobs

import (
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// A container may tell what it used in its termination message: the files
// memory.peak and cpu.stat of its own cgroup v2, one name and value a line, after
// whatever else it has to say. docs/termination-message.md has the format and a
// wrapper that writes it.
const (
	reportPeak = "memory.peak" // bytes; Linux 5.19
	reportCPU  = "usage_usec"  // microseconds of CPU time, the first line of cpu.stat
)

// report is what one termination message tells.
type report struct {
	text            string // what stands before it
	peak            int64  // bytes
	cpu             int64  // microseconds
	hasPeak, hasCPU bool
}

// The greatest values that are believed: 1 PiB, and 1,000 CPUs for a year.
const (
	mostPeak = 1 << 50
	mostCPU  = 1000 * 365 * 24 * 3600 * 1_000_000
)

// parseReport reads a termination message. A line with another name, without a
// number or with one that nothing can have used says nothing; of two with the same
// name the last one counts.
func parseReport(message string) report {
	r := report{text: message}
	if !strings.Contains(message, reportPeak) && !strings.Contains(message, reportCPU) {
		return r
	}
	rest, at, found := message, 0, false
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		skip := glued(line)
		name, value, _ := strings.Cut(strings.TrimRight(line[skip:], "\r"), " ")
		if name == reportPeak || name == reportCPU {
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				if !found {
					r.text, found = strings.TrimRight(message[:at+skip], "\n"), true
				}
				r.take(name, n)
			}
		}
		at += len(rest) - len(after)
		rest = after
	}
	return r
}

// glued is where a report begins in a line that another writer left unended: the
// report is appended to what stands there.
func glued(line string) int {
	for _, name := range []string{reportPeak, reportCPU} {
		if i := strings.LastIndex(line, name+" "); i > 0 && line[i-1] > ' ' {
			return i
		}
	}
	return 0
}

func (r *report) take(name string, n int64) {
	switch {
	case name == reportPeak && n > 0 && n <= mostPeak:
		r.peak, r.hasPeak = n, true
	case name == reportCPU && n >= 0 && n <= mostCPU:
		r.cpu, r.hasCPU = n, true
	}
}

// measured is what a pod's termination messages tell of it as a whole.
type measured struct {
	peak            migration.Bytes
	cpu             time.Duration
	hasPeak, hasCPU bool
	bound           migration.Bound // of the peak
}

// measuredOf sums the containers up. One container alone tells the pod's peak.
// Those of several were not reached at one moment, so that their sum is the most
// that the pod used; where one of them, a sidecar or an earlier life of a container
// that was restarted tells nothing, the greatest is the least that it used. Init
// containers are start-up and do not count.
func measuredOf(p *corev1.Pod) measured {
	var m measured
	var sum, greatest int64
	whole := p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	m.hasCPU = whole && len(p.Spec.Containers) > 0
	for i := range p.Spec.Containers {
		var r report
		c := statusOf(&p.Status, p.Spec.Containers[i].Name)
		if c != nil && c.State.Terminated != nil {
			r = parseReport(c.State.Terminated.Message)
		}
		restarted := c != nil && c.RestartCount > 0
		whole = whole && r.hasPeak && !restarted
		m.hasCPU = m.hasCPU && r.hasCPU && !restarted
		m.hasPeak = m.hasPeak || r.hasPeak
		sum += r.peak
		greatest = max(greatest, r.peak)
		m.cpu += time.Duration(r.cpu) * time.Microsecond
	}
	for i := range p.Spec.InitContainers {
		if isSidecar(&p.Spec.InitContainers[i]) {
			whole = false
		}
	}
	switch {
	case !whole:
		m.peak, m.bound = migration.Bytes(greatest), migration.AtLeast
	case len(p.Spec.Containers) > 1:
		m.peak, m.bound = migration.Bytes(sum), migration.AtMost
	default:
		m.peak, m.bound = migration.Bytes(sum), migration.Exact
	}
	if !m.hasCPU {
		m.cpu = 0
	}
	return m
}

// isSidecar reports whether an init container runs on beside the others.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// defaultContainer is the annotation by which a pod says which of its containers
// matters; kubectl logs goes by it too.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// imageDigest is the digest of the image of the pod's main container, empty where no
// node has told it yet. A tag is not a version: it may be moved.
func imageDigest(p *corev1.Pod) string {
	name := p.Annotations[defaultContainer]
	if name == "" && len(p.Spec.Containers) > 0 {
		name = p.Spec.Containers[0].Name
	}
	c := statusOf(&p.Status, name)
	if c == nil {
		return ""
	}
	for _, image := range []string{c.ImageID, c.Image} {
		// "docker.io/library/busybox@sha256:...", "docker-pullable://...@sha256:...",
		// or the digest alone.
		if digest := image[strings.LastIndexByte(image, '@')+1:]; isDigest(digest) {
			return digest
		}
	}
	return ""
}

// isDigest reports whether s is an OCI digest: an algorithm, a colon and at least
// 32 hexadecimal digits.
func isDigest(s string) bool {
	algorithm, digits, ok := strings.Cut(s, ":")
	if !ok || algorithm == "" || len(digits) < 32 || len(s) > 160 {
		return false
	}
	return strings.Trim(digits, "0123456789abcdef") == "" && !strings.ContainsAny(algorithm, "/. ")
}
