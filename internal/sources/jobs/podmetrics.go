package jobs

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/migtop/migtop/internal/migration"
)

// sample is one PodMetrics: what a pod used at a moment. The names are only good
// until the next one is read.
type sample struct {
	namespace, name []byte
	at              time.Time
	window          time.Duration // 0 where it is not stated
	// The sums over the containers; unknown where one container's value is unknown.
	cpu        migration.Opt[migration.CPU]
	memory     migration.Opt[migration.Bytes]
	containers int              // 0: no sample, which is not zero usage
	parts      []containerUsage // of each container
}

// protobufMagic begins everything that Kubernetes encodes as protobuf.
var protobufMagic = []byte("k8s\x00")

// itemMost bounds one PodMetrics. A pod has at most some hundred containers of
// some hundred bytes each.
const itemMost = 4 << 20

var errMetrics = errors.New("not a PodMetricsList")

// readPodMetrics decodes a PodMetricsList in Kubernetes' protobuf envelope item
// by item, so that a list of 100,000 pods needs no more memory than a list of ten.
// Items that cannot be decoded are counted in odd, and the others are used. The
// error says that the stream ended early or is not a PodMetricsList; items before
// that point have been passed on.
//
// The envelope is k8s.io/apimachinery/pkg/runtime.Unknown, whose field 2 holds
// the list; the list's field 2 are its items. Fields by
// k8s.io/metrics/pkg/apis/metrics/v1beta1/generated.proto.
func readPodMetrics(body io.Reader, odd *oddities, each func(*sample) error) error {
	r := bufio.NewReaderSize(body, 64<<10)
	magic := make([]byte, len(protobufMagic))
	if _, err := io.ReadFull(r, magic); err != nil || !bytes.Equal(magic, protobufMagic) {
		return fmt.Errorf("%w: no protobuf envelope", errMetrics)
	}
	// Length-delimited fields alone are expected on both levels. Inside field 2
	// of the envelope the list's own fields follow each other.
	inside := false
	var buf []byte
	var sums summer
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
		s, err := parseSample(buf, &sums, odd)
		if err != nil {
			odd.item(err)
			continue
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

// parseSample reads one item. The error says that it is no PodMetrics at all.
func parseSample(msg []byte, sums *summer, odd *oddities) (sample, error) {
	var s sample
	sums.reset()
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
			return sums.container(b)
		}
		return nil
	})
	if err != nil {
		return sample{}, err
	}
	sums.into(&s, odd)
	return s, nil
}

// container reads one container's usage, a map of names to quantities.
func (u *summer) container(msg []byte) error {
	var c containerUsage
	err := eachField(msg, func(num protowire.Number, entry []byte, _ uint64) error {
		switch {
		case entry == nil:
		case num == 1:
			c.name = entry
		case num == 2:
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
			c.set(string(key), quantity)
		}
		return nil
	})
	u.containers = append(u.containers, c)
	return err
}

func decodeJSON(b []byte, into any) error { return json.Unmarshal(b, into) }
