package jobs

import "io"

// tail keeps the end of what is written to it, or notes that it is over.
type tail struct {
	most int
	kept []byte
	over bool
}

var _ io.Writer = (*tail)(nil)

// Write takes everything.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if n := len(t.kept) - t.most; n > 0 {
		t.kept, t.over = append(t.kept[:0], t.kept[n:]...), true
	}
	return len(b), nil
}
