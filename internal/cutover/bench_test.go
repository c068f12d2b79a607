package cutover

import "testing"

// 10,000 tenants, each with a new minute: the whole must take less than 100 ms of one core.
func BenchmarkAssess(b *testing.B) {
	for _, mode := range []string{"both sides final", "blue 18 minutes late"} {
		b.Run(mode, func(b *testing.B) {
			const tenants = 10_000
			lag := 0
			if mode != "both sides final" {
				lag = 18
			}
			watches := make([]*Watch, tenants)
			for i := range watches {
				watches[i] = newWatch(b, 0.5)
			}
			m := 0
			feed := func() {
				x := Minute{Start: at(m), Green: SideMinute{Read: true, Final: true, Runs: 30, Failures: int64(m % 7 / 6)}}
				late := Minute{Start: at(m - lag), Blue: SideMinute{Read: true, Final: true, Runs: 30, Failures: int64(m % 5 / 4)}}
				for _, w := range watches {
					w.Add(&x)
					w.Add(&late)
				}
				m++
			}
			for range 150 {
				feed()
				if m%30 == 0 {
					for _, w := range watches {
						w.Assess(facts(m))
					}
				}
			}
			f := facts(m)
			b.ReportAllocs()
			for b.Loop() {
				feed()
				f.Now = at(m)
				for _, w := range watches {
					w.Assess(f)
				}
			}
		})
	}
}
