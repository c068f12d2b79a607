package awsaccess

import (
	"io"
	"net/http"
)

// plainBodies sends requests whose bodies are readers and nothing else.
//
// The SDK closes a request's body as soon as the answer begins. Its body then
// answers io.EOF to WriteTo, which net/http takes for a failed request if it was
// just about to make sure that the body has ended: it cuts the connection, and
// the answer with it, which CloudWatch has billed by then. That happens where
// answers are quick. A body without WriteTo is asked by Read, to which io.EOF is
// the right answer.
type plainBodies struct{ *http.Transport }

// RoundTrip sends one request.
func (t plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		plain := *r // a RoundTripper does not change the request it was given
		plain.Body = struct {
			io.Reader
			io.Closer
		}{r.Body, r.Body}
		r = &plain
	}
	return t.Transport.RoundTrip(r)
}
