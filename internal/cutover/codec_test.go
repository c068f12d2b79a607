package cutover

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

// Garbage is refused and never misread; what was written is read as it was.
func FuzzDecode(f *testing.F) {
	w := NewWatch()
	_, _ = w.SetSteps([]Step{{Share: 0.5, At: noon, Line95: time.Second, LineRuns: 100}})
	_ = w.Override(Override{Kind: Cleared, Who: "ana", Why: "x", At: at(3)})
	healthy(w, -5, 200)
	w.Assess(facts(199))
	f.Add(w.Encode())
	f.Add(NewWatch().Encode())
	f.Add([]byte(codecMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		// The checksum would keep the reader from most inputs.
		for _, in := range [][]byte{data, sealed(data)} {
			w, err := Decode(in)
			if err != nil {
				if !errors.Is(err, ErrState) {
					t.Fatal(err)
				}
				continue
			}
			if again, err := Decode(w.Encode()); err != nil || !bytes.Equal(again.Encode(), w.Encode()) {
				t.Fatalf("%v", err)
			}
			if len(w.cells) < 300 {
				_ = said(w, 10)
			}
		}
	})
}

// sealed is data with the checksum and the head that a reader asks for.
func sealed(data []byte) []byte {
	c := coder{writes: true}
	c.data = append(append([]byte(codecMagic), codecVersion), data...)
	return seal(c.data)
}

func TestDecodeRefuses(t *testing.T) {
	good := newWatch(t, 0.5).Encode()
	for name, data := range map[string][]byte{
		"nothing": nil, "garbage": []byte("garbage"), "cut": good[:len(good)-1], "longer": append(slices.Clone(good), 0),
		"another version": append([]byte(codecMagic+"\x63"), good[4:]...),
	} {
		if _, err := Decode(data); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
