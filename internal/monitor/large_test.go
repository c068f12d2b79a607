package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A large fleet is kept more coarsely, within bounds, and what it did is all there;
// figures are cut at hours then, where no bucket is.
func TestLargeFleetIsBounded(t *testing.T) {
	s := newStore()
	const functions = largeFleet + 1
	now := noon
	for m := range 30 * 60 { // a minute of one function in turn, and every minute of the first
		now = noon.Add(time.Duration(m) * time.Minute)
		for i := range functions {
			if i > 0 && m%functions != i && m < 29*60 {
				continue
			}
			a := minute(now, 3)
			a.Workload = migration.Workload(fmt.Sprintf("w%04d", i))
			s.upsert(&a)
		}
		if m%15 == 0 {
			s.age(now)
		}
	}
	s.age(now)
	if !s.large() || s.edge() != time.Hour {
		t.Fatalf("%d streams are no large fleet, edge %v", len(s.series), s.edge())
	}
	cells := s.series[stream{Key: migration.Key{Platform: migration.Lambda, Workload: "w0000", Tenant: acme.Tenant}}].cells
	most := int(keepFineLarge/fineSpan + keepQuarters/coarseSpan + keepCoarseLarge/hourSpan + 2*coarseSpan/fineSpan)
	if len(cells) > most {
		t.Errorf("%d cells are kept, want at most %d", len(cells), most)
	}
	var runs, spanned int64
	for i, c := range cells {
		runs, spanned = runs+c.runs, spanned+int64(c.span)
		if c.runs*60 != 3*int64(c.span) || (i > 0 && cells[i-1].start+int64(cells[i-1].span) != c.start) {
			t.Fatalf("cell %d at %v: %d runs in %d s", i, time.Unix(c.start, 0).UTC(), c.runs, c.span)
		}
		if hour := time.Unix(c.start, 0).Truncate(time.Hour).Unix(); c.start+int64(c.span) > hour+3600 {
			t.Errorf("cell %d at %v crosses an hour", i, time.Unix(c.start, 0).UTC())
		}
	}
	if spanned < int64(25*time.Hour/time.Second) {
		t.Errorf("cells reach back %d s, less than a day and an hour", spanned)
	}
	st := newState(newMonitor(t).opts)
	st.store, st.lambdaFrom = s, noon
	f := newFrame(now, 24*time.Hour, now, st)
	if !f.lambda.from.Equal(f.lambda.from.Truncate(time.Hour)) {
		t.Errorf("the window begins at %v, within a bucket", f.lambda.from)
	}
}
