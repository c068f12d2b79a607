package awsaccess

import (
	"io"
	"net/http"
)

// plainBodies sends requests whose bodies are only readers.
//
// The SDK closes a request's body as soon as the answer begins. WriteTo of that body then returns io.EOF. If net/http is
// just checking that the body has ended, it takes this for a failed request and closes the connection. The answer is
// lost, although CloudWatch has billed it. This happens with fast answers. A body without WriteTo is read with Read, for
// which io.EOF is correct.
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
