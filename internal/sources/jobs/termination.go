package jobs

import (
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/migtop/migtop/internal/migration"
)

// A container may report its usage in its termination message: the files memory.peak and
// cpu.stat of its own cgroup v2, one name and value a line, after its other text.
// docs/termination-message.md has the format and a wrapper that writes it.
const (
	reportPeak = "memory.peak" // bytes; Linux 5.19
	reportCPU  = "usage_usec"  // microseconds of CPU time, the first line of cpu.stat
)

// report is the content of one termination message.
type report struct {
	text            string // the text before the report
	peak            int64  // bytes
	cpu             int64  // microseconds
	hasPeak, hasCPU bool
}

// The greatest values that are believed: 1 PiB, and 1,000 CPUs for a year.
const (
	mostPeak = 1 << 50
	mostCPU  = 1000 * 365 * 24 * 3600 * 1_000_000
)

// parseReport reads a termination message. It ignores a line with another name, without
// a number or with an impossible number. Of two lines with the same name the last one
// counts.
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

// glued is the index of a report within a line that another writer did not end: the
// report follows on the same line.
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

// measured is the usage that a container's termination messages report.
type measured struct {
	peak            migration.Bytes
	cpu             time.Duration
	hasPeak, hasCPU bool
	bound           migration.Bound // of the peak
}

// measured combines the container's lives: the greatest of their peaks, and the sum of
// their CPU time. Where one life was not seen or wrote nothing, the peak is a lower
// bound and the CPU time is unknown. Messages of other containers are not used.
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

// isSidecar reports whether an init container keeps running (restartPolicy: Always).
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// imageDigest is the digest of the image of the pod's main container, empty until a node
// reports it. A tag is not a version, since it can be moved.
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
