package main

import (
	"testing"
	"time"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
)

// Totals of days are stored for every account: a second start is billed less, by one day's metrics of each function, and
// so is a third. A function has six metrics per day.
func TestASecondStartAsksForNoDayAgain(t *testing.T) {
	profiles(t)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	// In the middle of a month: on its first day there is no day before it to ask for.
	clk := clock.Scaled(time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC), 1)
	o, url := organizationAt(t, clk)
	billed := func() (low, high int64) {
		for _, p := range [][2]string{
			{opsAccount, "eu-west-1"},
			{prodAccount, "eu-west-1"},
			{prodAccount, "us-east-1"},
			{oldAccount, "cn-north-1"},
		} {
			b := o.Server(p[0], p[1]).Billed()
			low, high = low+b.Low, high+b.High
		}
		return low, high
	}
	var low, high [3]int64
	for i := range low {
		c, err := config.Parse("config.yaml", []byte(several), config.Options{Sections: sources.Sections()})
		if err != nil {
			t.Fatal(err)
		}
		beforeLow, beforeHigh := billed()
		a := wiredTo(t, c, url, func(s *systems) { s.demo, s.clock = false, clk })
		once(t, a)
		for _, closing := range a.opened {
			closing()
		}
		low[i], high[i] = billed()
		low[i], high[i] = low[i]-beforeLow, high[i]-beforeHigh
	}
	if low[0]-low[1] != 4*6 || high[0]-high[1] != 4*10 {
		t.Errorf("the first start is billed %d to %d metrics, the second %d to %d", low[0], high[0], low[1], high[1])
	}
	if low[2] != low[1] || high[2] != high[1] {
		t.Errorf("the third start is billed %d to %d metrics, the second %d to %d", low[2], high[2], low[1], high[1])
	}
}
