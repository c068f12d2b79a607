package awsapi

import (
	"encoding/binary"
	"math"
	"net/http"
	"time"
)

// The major types of CBOR, shifted to where they stand in the first byte.
// Source: RFC 8949, section 3.1.
const (
	cborUint  = 0 << 5
	cborText  = 3 << 5
	cborArray = 4 << 5
	cborMap   = 5 << 5

	cborEpoch   = 0xc1 // tag 1: seconds since the epoch
	cborFloat64 = 0xfb
)

// cborWriter writes the few kinds of data that answers are made of. An answer
// may hold 100,800 datapoints; writing them by hand keeps that in the
// milliseconds. The zero value is empty and ready.
type cborWriter struct{ buf []byte }

func (c *cborWriter) head(major byte, n uint64) {
	switch {
	case n < 24:
		c.buf = append(c.buf, major|byte(n))
	case n <= math.MaxUint8:
		c.buf = append(c.buf, major|24, byte(n))
	case n <= math.MaxUint16:
		c.buf = binary.BigEndian.AppendUint16(append(c.buf, major|25), uint16(n))
	case n <= math.MaxUint32:
		c.buf = binary.BigEndian.AppendUint32(append(c.buf, major|26), uint32(n))
	default:
		c.buf = binary.BigEndian.AppendUint64(append(c.buf, major|27), n)
	}
}

func (c *cborWriter) mapOf(entries int)  { c.head(cborMap, uint64(entries)) }
func (c *cborWriter) arrayOf(values int) { c.head(cborArray, uint64(values)) }

func (c *cborWriter) text(s string) {
	c.head(cborText, uint64(len(s)))
	c.buf = append(c.buf, s...)
}

func (c *cborWriter) float(f float64) {
	c.buf = binary.BigEndian.AppendUint64(append(c.buf, cborFloat64), math.Float64bits(f))
}

// time writes whole seconds since the epoch, as a tagged float like AWS does.
func (c *cborWriter) time(t time.Time) {
	c.buf = append(c.buf, cborEpoch)
	c.float(float64(t.Unix()))
}

// send writes everything as the body of an answer.
func (c *cborWriter) send(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.WriteHeader(status)
	_, _ = w.Write(c.buf)
}
