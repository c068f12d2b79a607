package cutover

import (
	"strings"
	"testing"
)

// The limit of fewer tenants wins, whatever the order, and says where it was set.
func TestLimits(t *testing.T) {
	settings := []Setting{
		{"wall", "70 %", FromPlan, "migtop.yaml:3:7"},
		{"wall", "0.6", FromTenant, "migtop.yaml:9:7"},
		{"wall", "65%", FromWave, "migtop.yaml:6:7"},
		{"dwell", "20m", FromWave, "migtop.yaml:7:7"},
	}
	for i := range settings {
		var l Limits
		for j := range settings {
			if err := l.Set(settings[(i+j)%len(settings)]); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := l.Of(WallRatio), (Threshold{0.6, FromTenant, "migtop.yaml:9:7"}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got, want := l.Of(DwellLimit), (Threshold{1200, FromWave, "migtop.yaml:7:7"}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got, want := l.Of(Margin), (Threshold{Value: 2}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestLimitsRefuse(t *testing.T) {
	var l Limits
	for _, c := range []struct{ name, value, want string }{
		{"latency", "1", `migtop.yaml:4:9: unknown signal "latency": use one of routed_share, conservation, conservation.count,`},
		{"wall", "high", `migtop.yaml:4:9: wall: "high" is no number`},
		{"wall", "120 %", "migtop.yaml:4:9: wall: 120 % is out of range: 0% to 100%"},
		{"wall", "NaN", "out of range"},
		{"dwell", "20", `dwell: "20" is no duration: write one such as 15m`},
		{"dwell", "-1m", "dwell: -1m is out of range: 0s to 336h"},
	} {
		err := l.Set(Setting{c.name, c.value, FromTenant, "migtop.yaml:4:9"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s: %v", c.name, c.value, err)
		}
	}
	if l != (Limits{}) {
		t.Error("what was refused was taken over")
	}
}

// Every limit has a name of its own, belongs to a signal, and its default is in range and can be written and read.
func TestLimitInfos(t *testing.T) {
	names := map[string]bool{}
	for l := range limitCount {
		i := &limitInfos[l]
		if i.name == "" || names[i.name] || i.signal >= SignalCount || i.value < i.least || i.value > i.most {
			t.Errorf("%+v", i)
		}
		names[i.name] = true
		if v, err := parseLimit(i, l.Write(i.value)); err != nil || v != i.value {
			t.Errorf("%s: %v, %v", l, v, err)
		}
	}
}
