package migration

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestEvidenceAnd(t *testing.T) {
	measured := Provenance{Source: "cloudwatch", Method: Measured, Coverage: 1, Note: "INIT unknown"}
	derived := Provenance{Source: "price book", Method: Derived, Coverage: 0.5, LowerBound: true}
	got := measured.And(derived).And(measured)
	want := Provenance{
		Source: "cloudwatch + price book", Method: Derived, Coverage: 0.5, LowerBound: true, Note: "INIT unknown",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ab, bc := Provenance{Note: "a; b"}, Provenance{Note: "b; c"}
	if note := ab.And(bc).Note; note != "a; b; c" {
		t.Errorf("notes %q: each is to be said once", note)
	}
	if m := Weaker(Measured, 0); m != 0 {
		t.Errorf("unknown evidence combined to %v: it must stay the weakest", m)
	}
}

func TestGBSecondsExact(t *testing.T) {
	// 512 MB is half a GB, not 0.512: 900 s of it are 450 GB-s.
	if got := MBMillis(512 * 900_000).GBSeconds().String(); got != "450" {
		t.Errorf("got %s GB-s, want 450", got)
	}
	if got := MBMillis(1).GBSeconds().String(); got != "0.0000009765625" {
		t.Errorf("got %s GB-s for one MB-ms", got)
	}
}

func TestUnitsRoundUp(t *testing.T) {
	if got := Bytes(1).KiBCeil(); got != 1 {
		t.Errorf("1 byte is %d KiB", got)
	}
	if got := (Millicore + 1).Milli(); got != 2 {
		t.Errorf("1.000001 millicores are %d", got)
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 41_400 * time.Millisecond: "41 s", 15 * time.Minute: "15 min", 12*time.Minute + 4*time.Second: "12m04",
		2*time.Hour + 3*time.Minute + 59*time.Second: "2h03", 59*time.Minute + 59_700*time.Millisecond: "1h00",
	} {
		if got := Brief(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestSeriesGaps(t *testing.T) {
	start := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	s := NewSeries(start, time.Minute, 3, "runs")
	s.Add(1, 2)
	s.Add(1, 3)
	s.Add(7, 1) // outside: nothing
	s.Raise(2, 0)
	if _, ok := s.At(0); ok {
		t.Error("a gap has a value")
	}
	if v, ok := s.At(1); !ok || v != 5 {
		t.Errorf("step 1 is %v, %v", v, ok)
	}
	if v, ok := s.At(2); !ok || v != 0 {
		t.Errorf("a measured 0 is %v, %v", v, ok)
	}
	if i := s.Index(start.Add(-time.Second)); i != -1 {
		t.Errorf("a second before the start is step %d", i)
	}
	w, ok := s.Wire().(*seriesWire)
	if !ok || w.Start != start || w.Step != time.Minute || w.Unit != "runs" || len(w.Values) != 3 || !math.IsNaN(float64(w.Values[0])) ||
		w.Values[1] != 5 || w.Values[2] != 0 {
		t.Errorf("the document has %+v", w)
	}
}

func TestProblemSaysWhatToDo(t *testing.T) {
	cause := errors.New("ExpiredToken")
	var err error = &Problem{
		Fault: FaultExpired, What: "credentials of profile prod have expired", Fix: "run: aws sso login --profile prod",
		Err: cause,
	}
	if got := err.Error(); got != "credentials of profile prod have expired (run: aws sso login --profile prod)" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}

func TestPlatformText(t *testing.T) {
	for p := Lambda; p <= LastPlatform; p++ {
		b, _ := p.MarshalText()
		var back Platform
		if err := back.UnmarshalText(b); err != nil || back != p {
			t.Errorf("%v came back as %v, %v", p, back, err)
		}
	}
	var p Platform
	if err := p.UnmarshalText([]byte("mainframe")); err == nil {
		t.Error("an unknown platform was taken")
	}
}
