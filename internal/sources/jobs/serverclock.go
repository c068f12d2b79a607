package jobs

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/migtop/migtop/internal/clock"
)

// serverSlack is how far this machine's clock may be from the API server's before it
// matters, in seconds. A Date header is truncated to a second, and an answer takes a moment.
const serverSlack = 5

// serverClock is the API server's time: this machine's time minus the difference that
// responses show. The server dates everything in the cluster, and running pods are
// recorded up to now. With a clock that is ahead, that would be a time in the future.
type serverClock struct {
	clock.Clock
	ahead atomic.Int64 // seconds
}

// Now is the API server's present moment, as far as it is known.
func (c *serverClock) Now() time.Time { return c.toServer(c.Clock.Now()) }

// toServer turns a time of this machine's clock into one of the server's.
func (c *serverClock) toServer(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-inSeconds(c.ahead.Load()))
}

// note says that the clocks differ; "" where they do not.
func (c *serverClock) note() string {
	ahead := c.ahead.Load()
	if ahead == 0 {
		return ""
	}
	return "this machine's clock is " + skewed(ahead) + " the API server's, by which everything is dated"
}

// learn updates the difference from a response's Date, which lies between the request's
// departure and the response's arrival by this machine's clock. A cached response is
// ignored.
//
// Source: RFC 9110, "Date"; RFC 9111, "Age".
func (c *serverClock) learn(h http.Header, sent, received time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	// The server wrote it no earlier than sent and no later than received.
	most, least := received.Unix()-date.Unix()+1, sent.Unix()-date.Unix()-1
	switch {
	case least > serverSlack:
		c.ahead.Store(least)
	case most < -serverSlack:
		c.ahead.Store(most)
	default:
		c.ahead.Store(0)
	}
}

// dateReader lets a clock, if there is one, learn from every answer.
type dateReader struct {
	next  http.RoundTripper
	clock *serverClock
}

// readDates has a clock learn from the server's answers. It is called before the first
// question.
func (c *client) readDates(by *serverClock) { c.dates.clock = by }

// RoundTrip implements [http.RoundTripper].
func (d *dateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := time.Now()
	answer, err := d.next.RoundTrip(r)
	if err == nil && d.clock != nil {
		d.clock.learn(answer.Header, sent, time.Now())
	}
	return answer, err
}

// WrappedRoundTripper lets client-go find the connections below.
func (d *dateReader) WrappedRoundTripper() http.RoundTripper { return d.next }
