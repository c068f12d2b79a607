package jobs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// metricsTimeout bounds the reading of all PodMetrics.
const metricsTimeout = 10 * time.Second

// absentEvery is how many polls pass before a missing metrics API is asked for
// again.
const absentEvery = 4

// silentAfter is how long a pod must have run before an empty answer is strange:
// longer than any sensible metrics resolution, twice.
const silentAfter = 2 * time.Minute

// metricsReader lists PodMetrics. It is used by one poll at a time.
type metricsReader struct {
	client     *client
	namespaces []string // never empty; "" is all
	selector   string
	clock      interface{ Now() time.Time }

	// unlabelled is set where the provider does not copy the pods' labels, so
	// that a selector finds nothing: then all are read, and joined by name.
	unlabelled bool
	skip       int
	health     migration.Health
}

// poll reads all samples and hands them to each. It returns how many it read.
func (r *metricsReader) poll(ctx context.Context, running bool, each func(*sample)) {
	h := &r.health
	h.Source = "metrics"
	if r.skip > 0 {
		r.skip--
		return
	}
	ctx, cancel := context.WithTimeout(ctx, metricsTimeout)
	defer cancel()
	began := time.Now()
	var odd oddities
	now := r.clock.Now()
	dated := func(s *sample) {
		switch {
		case s.at.IsZero() && s.containers > 0:
			odd.undated++
		case s.at.Sub(now) > futureAfter:
			odd.ahead++
		}
		each(s)
	}
	n, err := r.list(ctx, r.selectorNow(), &odd, dated)
	if err == nil && n == 0 && odd.items == 0 && running && !r.unlabelled {
		n, err = r.list(ctx, "", &odd, dated)
		r.unlabelled = err == nil && n > 0
	}
	if err == nil && n == 0 && odd.items > 0 {
		err = fmt.Errorf("%w: none of %s can be read: %s", errMetrics, text.Plural(odd.items, "item"), odd.example)
	}
	h.Latency = time.Since(began)
	if err != nil {
		h.Errors++
		h.Problem = r.problem(err)
		h.State = migration.HealthFailed
		if h.Problem.Fault == migration.FaultAbsent {
			h.State = migration.HealthOff
			r.skip = absentEvery - 1
		}
		return
	}
	h.State, h.Problem, h.Objects, h.LastSuccess = migration.HealthOK, nil, n, r.clock.Now()
	notes := odd.notes()
	if r.unlabelled {
		notes = append(notes, "the provider of metrics.k8s.io does not know the pods' labels: all pods' metrics are read")
	}
	h.Note = strings.Join(notes, "; ")
}

func (r *metricsReader) selectorNow() string {
	if r.unlabelled {
		return ""
	}
	return r.selector
}

func (r *metricsReader) list(ctx context.Context, selector string, odd *oddities, each func(*sample)) (int, error) {
	total := 0
	for _, ns := range r.namespaces {
		n, err := r.client.podMetrics(ctx, ns, selector, odd, each)
		r.health.Calls++
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// podMetrics streams the samples of one namespace, or of all.
func (c *client) podMetrics(ctx context.Context, namespace, selector string, odd *oddities, each func(*sample)) (int, error) {
	req := c.metrics.Get().MaxRetries(maxRetries).NamespaceIfScoped(namespace, namespace != "").Resource("pods").
		SetHeader("Accept", mediaProtobuf+","+mediaJSON)
	if selector != "" {
		req.Param("labelSelector", selector)
	}
	body, err := req.Stream(ctx)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n := 0
	count := func(s *sample) error {
		n++
		each(s)
		return nil
	}
	// The first byte of the response shows its encoding: Stream does not expose headers.
	first := make([]byte, 1)
	if _, err := body.Read(first); err != nil {
		return 0, fmt.Errorf("%w: %w", errMetrics, unexpected(err))
	}
	again := io.MultiReader(bytes.NewReader(first), body)
	if first[0] == protobufMagic[0] {
		err = readPodMetrics(again, odd, count)
	} else {
		err = readPodMetricsJSON(again, odd, count)
	}
	return n, err
}

func (r *metricsReader) problem(err error) *migration.Problem {
	const what = "the metrics of pods"
	server := r.client.server
	switch {
	case apierrors.IsNotFound(err):
		return &migration.Problem{
			Fault: migration.FaultAbsent,
			What:  "the cluster at " + server + " has no metrics API: CPU and memory in use are unknown, all else is complete",
			Fix:   installMetrics, Err: err,
		}
	case apierrors.IsServiceUnavailable(err):
		return &migration.Problem{
			Fault: migration.FaultUnreachable,
			What:  "the metrics API at " + server + " does not answer: CPU and memory in use are unknown",
			Fix:   "look at it: kubectl -n kube-system get deployment metrics-server, kubectl get apiservice v1beta1.metrics.k8s.io", Err: err,
		}
	case strings.Contains(err.Error(), errMetrics.Error()):
		return &migration.Problem{
			Fault: migration.FaultNotThatAPI, What: "the metrics API at " + server + " answers with something else: " + text.OneLine(err.Error()),
			Fix: "look at it: kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods", Err: err,
		}
	}
	return problem(err, "list", what, server)
}

// learn records a sample: the latest usage, the peak, and what was used since
// the sample before. Samples are identified by their time, since a provider may
// serve one until it has a newer. The caller holds the lock.
func (m *model) learn(s *sample) (at time.Time, known bool) {
	p := m.pods[podName{string(s.namespace), string(s.name)}]
	if p == nil || s.containers == 0 || s.at.IsZero() {
		return time.Time{}, false
	}
	u := &p.usage
	stamp, now := s.at.Unix(), m.clock.Now().Unix()
	// A clock ahead of ours must not keep later samples out.
	to := min(stamp-p.offset(), now)
	if stamp == u.stamp || to <= u.at || to < p.created {
		return time.Unix(to, 0), true // seen already; or of another pod that had this name
	}
	window := max(int64(math.Round(s.window.Seconds())), 0)
	from := to - window
	// Between two samples that follow each other the later one is taken to hold:
	// memory is known at moments, and CPU over windows that may leave gaps.
	if u.at > 0 && to-u.at <= 3*max(window, 1) {
		from = u.at
	}
	from = max(from, p.scheduled, u.at)
	u.at, u.stamp = to, stamp
	u.cpu, u.memory = s.cpu, s.memory
	p.sampled(s)
	if p.over() {
		m.touch(p.job) // its peak is known later than its end
	}
	to = min(to, p.booked)
	if end := p.endAt(); end > 0 {
		to = min(to, end)
	}
	cpu, hasCPU := s.cpu.Get()
	memory, hasMemory := s.memory.Get()
	if p.host == nil || from >= to || !hasCPU || !hasMemory {
		return time.Unix(u.at, 0), true
	}
	milli, kib := rounded(int64(cpu), int64(migration.Millicore)), memory.KiBCeil()
	m.each(p.job.stream, from, to, func(k *bucket, seconds int64) {
		h := k.on(p.host)
		h.usedMilli += milli * seconds
		h.usedKiB += kib * seconds
		h.usedSince += seconds
	})
	p.noteUsed(from, to, milli, kib)
	return time.Unix(u.at, 0), true
}

func rounded(a, by int64) int64 { return (a + by/2) / by }

// runLong reports whether a pod has run for so long that metrics must know it.
func (m *model) runLong(now time.Time) bool {
	before := now.Add(-silentAfter).Unix()
	for _, p := range m.pods {
		if !p.job.service && p.running && !p.over() && p.started > 0 && p.started < before {
			return true
		}
	}
	return false
}
