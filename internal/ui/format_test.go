package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

func TestAppendFixedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`-?[0-9]{1,30}`).Draw(t, "coefficient")
		d, err := decimal.NewFromString(digits)
		if err != nil {
			t.Fatal(err)
		}
		d = d.Shift(int32(rapid.IntRange(-28, 4).Draw(t, "exponent")))
		times := rapid.SampledFrom([]int64{1, 24, 730}).Draw(t, "times")
		places := rapid.IntRange(0, 6).Draw(t, "places")
		want := d.Mul(decimal.NewFromInt(times)).StringFixed(int32(places))
		if strings.Trim(want, "-0.") == "" {
			want = strings.TrimPrefix(want, "-")
		}
		got := strings.ReplaceAll(string(appendFixed(nil, d, times, places)), ",", "")
		if strings.Trim(got, "-0.") == "" {
			got = strings.TrimPrefix(got, "-")
		}
		if got != want {
			t.Fatalf("%s x %d to %d places = %s, want %s", d, times, places, got, want)
		}
	})
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		v     string
		times int64
		want  string
	}{
		{"0", 1, "0"},
		{"0.00004", 1, "<0.0001"},
		{"0.00004", 730, "0.0292"},
		{"0.00005", 1, "0.0001"},
		{"0.12345", 1, "0.1235"},
		{"0.99996", 1, "1.00"},
		{"5.7675", 730, "4,210.28"},
		{"1234567.891", 1, "1,234,567.89"},
		{"-0.25", 1, "-0.2500"},
		{"-0.00001", 1, ">-0.0001"},
	} {
		if got := string(appendMoney(nil, usd(c.v), c.times)); got != c.want {
			t.Errorf("%s x %d is written %s, want %s", c.v, c.times, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0ms", 340 * time.Millisecond: "340ms", 999600 * time.Microsecond: "1.0s", 3200 * time.Millisecond: "3.2s",
		9960 * time.Millisecond: "10s", 59600 * time.Millisecond: "1m00",
		724 * time.Second: "12m04", 59*time.Minute + 59800*time.Millisecond: "1h00", 118 * time.Minute: "1h58",
		23*time.Hour + 59*time.Minute + 40*time.Second: "1d00", 123 * time.Hour: "5d03",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(900*24*time.Hour)).Draw(t, "d"))
		if s := formatDuration(d); len(s) > 6 {
			t.Fatalf("%v is written %s, longer than its column", d, s)
		}
	})
}

func TestPercentNeverRoundsToNothingOrAll(t *testing.T) {
	for r, want := range map[migration.Ratio]string{
		0: "0", 0.0001: "<0.1", 0.001: "0.1", 0.062: "6.2", 0.0996: "10", 0.5: "50", 0.997: "99",
		1: "100", 1.87: "187",
	} {
		if got := string(appendPercent(nil, r)); got != want {
			t.Errorf("%v is written %s, want %s", float64(r), got, want)
		}
	}
	for r, want := range map[migration.Ratio]string{0: "0%", 0.001: "1%", 0.999: "99%", 1: "100%", 0.505: "51%"} {
		if got := string(appendWhole(nil, r)); got != want {
			t.Errorf("%v in whole percent is %s, want %s", float64(r), got, want)
		}
	}
}

func TestOtherFigures(t *testing.T) {
	bound := migration.Bounds[time.Duration]{Low: 1e9, High: 2e9}
	for got, want := range map[string]string{
		string(appendCount(nil, 999999)):                       "999,999",
		string(appendCount(nil, 1_250_000)):                    "1.25M",
		string(appendBytes(nil, 512*migration.MiB)):            "512 MiB",
		string(appendBytes(nil, 1769*migration.MiB)):           "1.7 GiB",
		string(appendBytes(nil, 0)):                            "0 B",
		string(appendCPU(nil, 250*migration.Millicore)):        "250m",
		string(appendCPU(nil, 3*migration.Core/2)):             "1.5",
		string(appendRate(nil, 0.01)):                          "<0.1",
		string(appendRate(nil, 136.4)):                         "136",
		string(appendChange(nil, -0.52, canvas.Unicode)):       "52%",
		string(appendChange(nil, 11, canvas.Unicode)):          "12×",
		string(appendPerRun(nil, usd("0.0001002"))):            "0.00010",
		string(appendPerRun(nil, usd("0.00000042"))):           "0.00000042",
		formatSpan(6 * time.Hour):                              "6 h",
		formatSpan(90 * time.Minute):                           "90 min",
		string(appendAge(nil, 59*time.Second)):                 "59 s",
		string(appendAge(nil, -time.Second)):                   "0 s",
		string(appendAge(nil, 49*time.Hour)):                   "2 d",
		shortContext("arn:aws:eks:eu-west-1:1:cluster/prod-1"): "prod-1",
		string(appendBound(nil, bound, canvas.Unicode)):        "≤2.0s",
	} {
		if got != want {
			t.Errorf("written %s, want %s", got, want)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-zé世]{0,9} ?){0,12}`).Draw(t, "s")
		w := rapid.IntRange(2, 30).Draw(t, "w")
		lines := canvas.Wrap(s, w, 1000)
		for _, l := range lines {
			if canvas.Cells(l) > w {
				t.Fatalf("line %q is wider than %d", l, w)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := squeeze(strings.Join(lines, "")); got != squeeze(s) {
			t.Fatalf("wrapped %q into %q", s, lines)
		}
	})
}

func TestMemoryHeldForATime(t *testing.T) {
	const hour = migration.KiBSeconds(3600 << 20)
	for k, want := range map[migration.KiBSeconds]string{
		0: "0 GiB h", 1 << 20: "<0.001 GiB h", hour / 200: "0.005 GiB h", hour * 9 / 4: "2.25 GiB h", 42 * hour: "42 GiB h",
		99*hour + hour/2: "99.5 GiB h",
		1234 * hour:      "1,234 GiB h", 2_000_000 * hour: "2,000,000 GiB h",
	} {
		if got := string(appendGiBHours(nil, k)); got != want {
			t.Errorf("%d: %q, want %q", k, got, want)
		}
	}
}

// What signs mean holds with every set of glyphs: < is less, and > is greater.
func TestSignsSayWhatTheyMean(t *testing.T) {
	bound := migration.Bounds[time.Duration]{Low: 1e9, High: 724e9}
	for g, want := range map[*canvas.Glyphs][3]string{
		canvas.Unicode: {"≤12m04", "≥", "→"}, canvas.ASCII: {"<=12m04", ">=", "->"},
	} {
		if got := [3]string{string(appendBound(nil, bound, g)), g.AtLeast, g.To}; got != want {
			t.Errorf("%q: %q, want %q", g.To, got, want)
		}
	}
}
