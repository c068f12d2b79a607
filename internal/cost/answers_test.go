package cost

import (
	"strings"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

func some(t testing.TB, s string) migration.Opt[migration.USD] {
	t.Helper()
	return migration.Some(usd(t, s))
}

func TestDoubleRun(t *testing.T) {
	// Both sides cost 10.00 for 1,000 runs that cost 0.008 each on Lambda: 2.00 too much.
	if got := DoubleRun(usd(t, "10"), usd(t, "0.008"), 1000); got.Cmp(usd(t, "2")) != 0 {
		t.Errorf("got %s", got)
	}
	if got := DoubleRun(usd(t, "7.5"), usd(t, "0.008"), 1000); got.String() != "-0.5" {
		t.Errorf("a saving is %s", got)
	}
}

func TestPer(t *testing.T) {
	if got, ok := PerRun(some(t, "1"), 8).Get(); !ok || got.String() != "0.125" {
		t.Errorf("per run: %s, %v", got, ok)
	}
	if PerRun(some(t, "1"), 0).Known() || PerRun(migration.None[migration.USD](), 8).Known() {
		t.Error("nothing is something per run")
	}
	if got, ok := PerHour(some(t, "1"), 90*time.Minute).Get(); !ok || got.Fixed(6) != "0.666667" {
		t.Errorf("per hour: %s, %v", got, ok)
	}
	if PerHour(some(t, "1"), 0).Known() || PerHour(migration.None[migration.USD](), time.Hour).Known() {
		t.Error("nothing is something per hour")
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]string{
		"0": "$0.00", "1": "$1.00", "1234.565": "$1,234.57", "0.5": "$0.50", "0.0001002002": "$0.0001002",
		"0.00000000208333": "$0.000000002083", "-0.5": "-$0.50", "-12": "-$12.00", "0.99999": "$1.00", "0.012": "$0.012",
	} {
		if got := Money(usd(t, in)); got != want {
			t.Errorf("%s prints as %s, want %s", in, got, want)
		}
	}
}

func TestEvidenceIsSaidOnce(t *testing.T) {
	p := pricer(t)
	got, err := p.Pods(*podHours(migration.Host{Kind: migration.HostFargate, Place: migration.RegionArch{
		Region: "us-west-1",
		Arch:   migration.X86,
	}}, 1000, 1024, 1))
	if err != nil {
		t.Fatal(err)
	}
	if got.Evidence.Method != migration.Estimated || !strings.Contains(got.Evidence.Note, "secondary") {
		t.Errorf("%+v", got.Evidence)
	}
	if f := got.Figure(migration.Billed, migration.Provenance{
		Source: "kubernetes", Method: migration.Measured,
		Coverage: 0.5,
	}); f.Evidence.Coverage != 0.5 || f.Evidence.Method != migration.Estimated ||
		f.Evidence.Source != "kubernetes + price book 2026-09-11" {
		t.Errorf("%+v", f.Evidence)
	}
}
