package awsaccess

import (
	"testing"
	"time"
)

// A clock that is off by half a minute is worth a word.
func TestClockFinding(t *testing.T) {
	for off, want := range map[time.Duration]string{
		10 * time.Minute: "this machine's clock is 10m0s ahead of AWS's", -2 * time.Minute: "this machine's clock is 2m0s behind AWS's",
	} {
		if got := clockFinding(off).Problem.What; got != want {
			t.Errorf("what = %q, want %q", got, want)
		}
	}
	if f := clockFinding(29 * time.Second); f.Problem != nil {
		t.Errorf("29 s off: %v", f.Problem)
	}
}
