package ui

import (
	"fmt"
	"strconv"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// manyTenants is the fixture with tenants to the given number.
func manyTenants(n int) *migration.Snapshot {
	s := newFixture()
	all := stories()
	for i := len(s.Tenants); i < n; i++ {
		st := all[i%len(all)]
		st.name = fmt.Sprintf("tenant-%05d", i)
		st.notices = nil
		v := newTenant(st, i%50)
		if steps := cutoverStories(); i%3 > 0 { // two in three are in a wave, between their steps
			one := steps[i%len(steps)]
			one.name, one.wave = v.Tenant, "wave "+strconv.Itoa(4+i/500)
			v.Cutover = cutoverOf(&one)
			if last := len(s.Cutovers) - 1; s.Cutovers[last].Name != one.wave {
				s.Cutovers = append(s.Cutovers, migration.CutoverWave{Name: one.wave, Owners: []string{"carla"}})
			}
			w := &s.Cutovers[len(s.Cutovers)-1]
			w.Tenants = append(w.Tenants, v.Tenant)
		}
		s.Tenants = append(s.Tenants, v)
	}
	return s
}

// BenchmarkView draws a frame in which something has changed, at 180x50.
// Budget: 0.5 ms and 1,000 allocations.
func BenchmarkView(b *testing.B) {
	for _, screen := range []struct {
		name string
		keys []string
	}{
		{"fleet", nil},
		{"tenants", []string{"2"}},
		{"tenant", []string{"2", "enter"}},
		{"cutover", []string{"4"}},
		{"what-if", []string{"8"}},
		{"sources", []string{"9"}},
	} {
		for _, n := range []int{26, 10_000} {
			s := manyTenants(n)
			b.Run(fmt.Sprintf("%s/%d", screen.name, n), func(b *testing.B) {
				d := newDriver(b, Options{Theme: "dark", Scenarios: &fakeScenarios{}}, 180, 50)
				d.send(snapshotMsg{s})
				d.press(screen.keys...)
				b.ReportAllocs()
				for b.Loop() {
					d.m.touch()
					d.m.view()
				}
			})
		}
	}
}

// BenchmarkViewUnchanged is what every other message costs.
func BenchmarkViewUnchanged(b *testing.B) {
	d := newDriver(b, Options{Theme: "dark"}, 180, 50)
	d.send(snapshotMsg{newFixture()})
	b.ReportAllocs()
	for b.Loop() {
		d.m.view()
	}
}

// BenchmarkSnapshotToView is a snapshot's whole way: message, arranging in the
// command, message, frame; nothing of the one before can be reused.
func BenchmarkSnapshotToView(b *testing.B) {
	for _, n := range []int{26, 10_000} {
		s := manyTenants(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := newDriver(b, Options{Theme: "dark"}, 180, 50)
			d.send(snapshotMsg{s})
			d.press("2")
			b.ReportAllocs()
			for b.Loop() {
				d.send(snapshotMsg{s})
				d.m.view()
			}
		})
	}
}

// BenchmarkKey is a key press that moves the cursor, to the frame.
func BenchmarkKey(b *testing.B) {
	d := newDriver(b, Options{Theme: "dark"}, 180, 50)
	d.send(snapshotMsg{manyTenants(10_000)})
	d.press("2")
	keys := [2]tea.KeyPressMsg{keyPress("j"), keyPress("k")}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		d.m.update(keys[i%2])
		d.m.view()
		i++
	}
}
