package timeseries

import (
	"fmt"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// A large fleet is stored more coarsely, within bounds and without loss. Figures then begin and end at hours, at which no
// bucket is divided.
func TestLargeFleetIsBounded(t *testing.T) {
	s := NewStore()
	const functions = LargeFleet + 1
	now := noon
	for m := range 30 * 60 { // a minute of one function in turn, and every minute of the first
		now = noon.Add(time.Duration(m) * time.Minute)
		for i := range functions {
			if i > 0 && m%functions != i && m < 29*60 {
				continue
			}
			a := minute(now, 3)
			a.Workload = migration.Workload(fmt.Sprintf("w%04d", i))
			s.Upsert(&a)
		}
		if m%15 == 0 {
			s.Age(now)
		}
	}
	s.Age(now)
	if !s.Large() || s.Edge() != time.Hour {
		t.Fatalf("%d streams are no large fleet, edge %v", len(s.Series), s.Edge())
	}
	cells := s.Series[Stream{Key: migration.Key{Platform: migration.Lambda, Workload: "w0000", Tenant: acme.Tenant}}].Buckets
	most := int(keepFineLarge/FineSpan + keepQuarters/CoarseSpan + keepCoarseLarge/hourSpan + 2*CoarseSpan/FineSpan)
	if len(cells) > most {
		t.Errorf("%d cells are kept, want at most %d", len(cells), most)
	}
	var runs, spanned int64
	for i, c := range cells {
		runs, spanned = runs+c.Runs, spanned+int64(c.Span)
		if c.Runs*60 != 3*int64(c.Span) || (i > 0 && cells[i-1].Start+int64(cells[i-1].Span) != c.Start) {
			t.Fatalf("cell %d at %v: %d runs in %d s", i, time.Unix(c.Start, 0).UTC(), c.Runs, c.Span)
		}
		if hour := time.Unix(c.Start, 0).Truncate(time.Hour).Unix(); c.Start+int64(c.Span) > hour+3600 {
			t.Errorf("cell %d at %v crosses an hour", i, time.Unix(c.Start, 0).UTC())
		}
	}
	if spanned < int64(25*time.Hour/time.Second) {
		t.Errorf("cells reach back %d s, less than a day and an hour", spanned)
	}
	seen := Seen{Now: now, Window: 24 * time.Hour}
	seen.Readings[migration.Lambda] = Reading{To: now, From: noon}
	f := s.Windows(seen)
	if !f.Before.From.Equal(f.Before.From.Truncate(time.Hour)) {
		t.Errorf("the window begins at %v, within a bucket", f.Before.From)
	}
}
