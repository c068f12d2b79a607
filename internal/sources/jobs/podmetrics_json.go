package jobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kindPodMetrics is what a list of PodMetrics calls itself.
const kindPodMetrics = "PodMetricsList"

// readPodMetricsJSON is for servers that do not speak protobuf; see
// [readPodMetrics].
func readPodMetricsJSON(body io.Reader, odd *oddities, each func(*sample) error) error {
	r := jsonMetricsReader{in: json.NewDecoder(body), odd: odd, each: each}
	if err := r.list(); err != nil {
		return err
	}
	if r.kind != kindPodMetrics {
		return fmt.Errorf("%w: it is a %q", errMetrics, r.kind)
	}
	for _, item := range r.early {
		if err := r.item(item); err != nil {
			return err
		}
	}
	return nil
}

// jsonMetricsReader goes through a list item by item.
type jsonMetricsReader struct {
	in   *json.Decoder
	odd  *oddities
	each func(*sample) error
	kind string
	// early are the items that came before the list said what it is.
	early []json.RawMessage
	sums  summer
}

func (r *jsonMetricsReader) list() error {
	if err := r.delimiter('{'); err != nil {
		return err
	}
	for r.in.More() {
		key, err := r.in.Token()
		if err != nil {
			return garbled(err)
		}
		switch key {
		case "kind":
			if err := r.in.Decode(&r.kind); err != nil {
				return garbled(err)
			}
			if r.kind != kindPodMetrics {
				return fmt.Errorf("%w: it is a %q", errMetrics, r.kind)
			}
		case "items":
			if err := r.items(); err != nil {
				return err
			}
		default:
			var skipped json.RawMessage
			if err := r.in.Decode(&skipped); err != nil {
				return garbled(err)
			}
		}
	}
	return r.delimiter('}')
}

func (r *jsonMetricsReader) items() error {
	first, err := r.in.Token()
	switch {
	case err != nil:
		return garbled(err)
	case first == nil: // null, as an empty list may be written
		return nil
	case first != json.Delim('['):
		return fmt.Errorf("%w: its items are %v", errMetrics, first)
	}
	for r.in.More() {
		var item json.RawMessage
		if err := r.in.Decode(&item); err != nil {
			return garbled(err)
		}
		if r.kind == "" {
			r.early = append(r.early, item)
			continue
		}
		if err := r.item(item); err != nil {
			return err
		}
	}
	return r.delimiter(']')
}

func (r *jsonMetricsReader) delimiter(want json.Delim) error {
	got, err := r.in.Token()
	if err != nil {
		return garbled(err)
	}
	if got != want {
		return fmt.Errorf("%w: %v where %q was expected", errMetrics, got, want)
	}
	return nil
}

func garbled(err error) error { return fmt.Errorf("%w: %w", errMetrics, unexpected(err)) }

// podMetricsJSON is an item whose values are kept as sent, so that a value that cannot
// be decoded does not affect the others.
type podMetricsJSON struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Timestamp  json.RawMessage   `json:"timestamp"`
	Window     json.RawMessage   `json:"window"`
	Containers []json.RawMessage `json:"containers"`
}

func (r *jsonMetricsReader) item(raw json.RawMessage) error {
	var it podMetricsJSON
	if err := json.Unmarshal(raw, &it); err != nil {
		r.odd.item(err)
		return nil
	}
	s := sample{namespace: []byte(it.Metadata.Namespace), name: []byte(it.Metadata.Name)}
	s.at = timeOf(it.Timestamp)
	s.window = windowOf(it.Window)
	r.sums.reset()
	for _, raw := range it.Containers {
		var c struct {
			Name  string                     `json:"name"`
			Usage map[string]json.RawMessage `json:"usage"`
		}
		// One that is no container has no usage, and leaves the pod's unknown.
		_ = json.Unmarshal(raw, &c)
		one := containerUsage{name: []byte(c.Name)}
		for _, name := range []string{"cpu", "memory"} {
			if q, ok := c.Usage[name]; ok && !bytes.Equal(q, []byte("null")) {
				one.set(name, bytes.Trim(q, `"`))
			}
		}
		r.sums.containers = append(r.sums.containers, one)
	}
	r.sums.into(&s, r.odd)
	return r.each(&s)
}

// timeOf is the moment that a value names, zero where it names none.
func timeOf(raw json.RawMessage) time.Time {
	var t metav1.Time
	if len(raw) == 0 || json.Unmarshal(raw, &t) != nil {
		return time.Time{}
	}
	return t.Time
}

// windowOf is the duration that a value names, 0 where it names none.
func windowOf(raw json.RawMessage) time.Duration {
	var d metav1.Duration
	if len(raw) == 0 || json.Unmarshal(raw, &d) != nil {
		return 0
	}
	return d.Duration
}
