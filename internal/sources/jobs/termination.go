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

// measured is what a container's termination messages tell of it.
type measured struct {
	peak            migration.Bytes
	cpu             time.Duration
	hasPeak, hasCPU bool
	bound           migration.Bound // of the peak
}

// measured sums the container's lives up: the greatest of their peaks, and all of their
// processor time. Where one of them was not seen or wrote nothing, the greatest peak is the
// least that the container used, and its processor time is unknown. What other containers
// wrote says nothing of this one.
func (k *podContainer) measured() measured {
	m := measured{peak: k.wrotePeak, hasPeak: k.wrotePeak > 0, hasCPU: k.complete() && k.cpus == k.ended}
	if m.hasPeak && k.complete() && k.peaks == k.ended {
		m.bound = migration.Exact
	}
	if m.hasCPU {
		m.cpu = k.cpu
	}
	return m
}

// isSidecar reports whether an init container runs on beside the others.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// imageDigest is the digest of the image of the pod's main container, empty where no
// node has told it yet. A tag is not a version: it may be moved.
func imageDigest(p *corev1.Pod) string {
	name, _ := mainOf(p.Annotations, &p.Spec)
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
