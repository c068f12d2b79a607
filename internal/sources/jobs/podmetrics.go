package jobs

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/api/resource"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/migtop/migtop/internal/migration"
)

// sample is one PodMetrics: what a pod used at a moment. The names are only good
// until the next one is read.
type sample struct {
	namespace, name []byte
	at              time.Time
	window          time.Duration
	cpu             migration.CPU
	memory          migration.Bytes
	containers      int // 0: no sample, which is not zero usage
}

// protobufMagic begins everything that Kubernetes encodes as protobuf.
var protobufMagic = []byte("k8s\x00")

// itemMost bounds one PodMetrics. A pod has at most some hundred containers of
// some hundred bytes each.
const itemMost = 4 << 20

var errMetrics = errors.New("not a PodMetricsList")

// readPodMetrics decodes a PodMetricsList in Kubernetes' protobuf envelope item
// by item, so that a list of 100,000 pods takes no more memory than one of ten.
//
// The envelope is k8s.io/apimachinery/pkg/runtime.Unknown, whose field 2 holds
// the list; the list's field 2 are its items. Fields by
// k8s.io/metrics/pkg/apis/metrics/v1beta1/generated.proto.
func readPodMetrics(body io.Reader, each func(*sample) error) error {
	r := bufio.NewReaderSize(body, 64<<10)
	magic := make([]byte, len(protobufMagic))
	if _, err := io.ReadFull(r, magic); err != nil || !bytes.Equal(magic, protobufMagic) {
		return fmt.Errorf("%w: no protobuf envelope", errMetrics)
	}
	// Length-delimited fields alone are expected on both levels. Inside field 2
	// of the envelope the list's own fields follow each other.
	inside := false
	var buf []byte
	for {
		tag, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) && inside {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errMetrics, unexpected(err))
		}
		if tag&7 != uint64(protowire.BytesType) {
			return fmt.Errorf("%w: field %d has wire type %d", errMetrics, tag>>3, tag&7)
		}
		size, err := binary.ReadUvarint(r)
		if err != nil {
			return fmt.Errorf("%w: %w", errMetrics, unexpected(err))
		}
		if !inside {
			switch tag >> 3 {
			case 2:
				// What comes behind it in the envelope, two empty strings, looks
				// like fields 3 and 4 of the list, which has none.
				inside = true
				continue
			case 1:
			default:
				return fmt.Errorf("%w: envelope field %d", errMetrics, tag>>3)
			}
		}
		if size > itemMost {
			return fmt.Errorf("%w: an item of %d bytes", errMetrics, size)
		}
		if !inside || tag>>3 != 2 {
			if _, err := r.Discard(int(size)); err != nil {
				return fmt.Errorf("%w: %w", errMetrics, unexpected(err))
			}
			continue
		}
		if uint64(cap(buf)) < size {
			buf = make([]byte, size)
		}
		buf = buf[:size]
		if _, err := io.ReadFull(r, buf); err != nil {
			return fmt.Errorf("%w: %w", errMetrics, unexpected(err))
		}
		s, err := parseSample(buf)
		if err != nil {
			return fmt.Errorf("%w: %w", errMetrics, err)
		}
		if err := each(&s); err != nil {
			return err
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// continueToken finds the token for the next page in a list in Kubernetes'
// protobuf envelope without decoding its items: metadata is the list's field 1,
// the token its field 3. "" where there is none, or where it cannot be found.
func continueToken(body []byte) string {
	body, ok := bytes.CutPrefix(body, protobufMagic)
	if !ok {
		return ""
	}
	found := errors.New("found")
	var token string
	_ = eachField(body, func(num protowire.Number, list []byte, _ uint64) error {
		if num != 2 {
			return nil
		}
		_ = eachField(list, func(num protowire.Number, b []byte, _ uint64) error {
			if num != 1 {
				return found // items: metadata comes first or not at all
			}
			_ = eachField(b, func(num protowire.Number, b []byte, _ uint64) error {
				if num == 3 {
					token = string(b)
				}
				return nil
			})
			return found
		})
		return found
	})
	return token
}

// eachField calls f for every field of a message: b is the content of a
// length-delimited one, v the value of a varint; others are passed over.
func eachField(msg []byte, f func(num protowire.Number, b []byte, v uint64) error) error {
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return protowire.ParseError(n)
		}
		msg = msg[n:]
		var b []byte
		var v uint64
		switch typ {
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(msg)
			if b == nil {
				b = []byte{}
			}
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(msg)
		default:
			n = protowire.ConsumeFieldValue(num, typ, msg)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		msg = msg[n:]
		if err := f(num, b, v); err != nil {
			return err
		}
	}
	return nil
}

func parseSample(msg []byte) (sample, error) {
	var s sample
	err := eachField(msg, func(num protowire.Number, b []byte, _ uint64) error {
		switch {
		case b == nil:
		case num == 1: // ObjectMeta
			return eachField(b, func(num protowire.Number, b []byte, _ uint64) error {
				switch num {
				case 1:
					s.name = b
				case 3:
					s.namespace = b
				}
				return nil
			})
		case num == 2: // Time, in whole seconds
			return eachField(b, func(num protowire.Number, _ []byte, v uint64) error {
				if num == 1 {
					s.at = time.Unix(int64(v), 0)
				}
				return nil
			})
		case num == 3: // Duration
			return eachField(b, func(num protowire.Number, _ []byte, v uint64) error {
				if num == 1 {
					s.window = time.Duration(v)
				}
				return nil
			})
		case num == 4:
			s.containers++
			return s.container(b)
		}
		return nil
	})
	return s, err
}

// container adds one container's usage, a map of names to quantities.
func (s *sample) container(msg []byte) error {
	return eachField(msg, func(num protowire.Number, entry []byte, _ uint64) error {
		if num != 2 || entry == nil {
			return nil
		}
		var key, quantity []byte
		err := eachField(entry, func(num protowire.Number, b []byte, _ uint64) error {
			switch num {
			case 1:
				key = b
			case 2:
				return eachField(b, func(num protowire.Number, b []byte, _ uint64) error {
					if num == 1 {
						quantity = b
					}
					return nil
				})
			}
			return nil
		})
		if err != nil {
			return err
		}
		switch string(key) {
		case "cpu":
			v, err := parseQuantity(quantity, -9)
			s.cpu = migration.CPU(addUp(int64(s.cpu), v))
			return err
		case "memory":
			v, err := parseQuantity(quantity, 0)
			s.memory = migration.Bytes(addUp(int64(s.memory), v))
			return err
		}
		return nil
	})
}

// addUp adds without running over: usage so great is none, but must not turn
// negative either.
func addUp(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// parseQuantity reads a quantity in units of 10^scale. metrics-server writes
// whole nanocores and KiB, and those are read without a copy.
func parseQuantity(b []byte, scale resource.Scale) (int64, error) {
	var n int64
	i := 0
	for ; i < len(b) && i < 15 && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int64(b[i]-'0')
	}
	if i > 0 {
		switch string(b[i:]) {
		case "n":
			if scale == -9 {
				return n, nil
			}
		case "Ki":
			if scale == 0 {
				return n << 10, nil
			}
		case "":
			if scale == 0 {
				return n, nil
			}
		}
	}
	q, err := resource.ParseQuantity(string(b))
	if err != nil {
		return 0, fmt.Errorf("quantity %q: %w", b, err)
	}
	if q.Sign() < 0 {
		return 0, fmt.Errorf("quantity %q is negative", b)
	}
	return q.ScaledValue(scale), nil
}

// readPodMetricsJSON is for servers that do not speak protobuf.
func readPodMetricsJSON(body io.Reader, each func(*sample) error) error {
	var list metricsv1.PodMetricsList
	if err := json.NewDecoder(body).Decode(&list); err != nil {
		return fmt.Errorf("%w: %w", errMetrics, err)
	}
	if list.Kind != "PodMetricsList" {
		return fmt.Errorf("%w: it is a %q", errMetrics, list.Kind)
	}
	for i := range list.Items {
		it := &list.Items[i]
		s := sample{
			namespace: []byte(it.Namespace), name: []byte(it.Name),
			at: it.Timestamp.Time, window: it.Window.Duration, containers: len(it.Containers),
		}
		for _, c := range it.Containers {
			a := amountsOf(c.Usage)
			s.cpu = migration.CPU(addUp(int64(s.cpu), max(a.cpu, 0)))
			s.memory = migration.Bytes(addUp(int64(s.memory), max(a.memory, 0)))
		}
		if err := each(&s); err != nil {
			return err
		}
	}
	return nil
}

func decodeJSON(b []byte, into any) error { return json.Unmarshal(b, into) }
