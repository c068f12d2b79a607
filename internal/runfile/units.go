package runfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Units are the units of fields, by the names of their columns, such as "peak_memory_bytes".
type Units map[string]Unit

// Unit is a unit that people write values in.
type Unit struct {
	Name   string  // as it was written: "KiB"
	factor float64 // how many bytes or seconds it is
}

// The units of memory and of time. Those of memory are written as Kubernetes does or with a B.
var (
	memoryUnits = map[string]float64{
		"b": 1, "byte": 1, "bytes": 1,
		"ki": 1 << 10, "kib": 1 << 10, "mi": 1 << 20, "mib": 1 << 20, "gi": 1 << 30, "gib": 1 << 30, "ti": 1 << 40, "tib": 1 << 40,
		"k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
	}
	timeUnits = map[string]float64{
		"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minutes": 60, "h": 3600,
		"hours": 3600,
	}
)

// measured are the fields with a unit, by what comes before it in their name.
var measured = map[string]struct {
	field string
	units map[string]float64
}{
	"peak_memory":      {"peak_memory_bytes", memoryUnits},
	"requested_memory": {"requested_memory_bytes", memoryUnits},
	"memory_limit":     {"memory_limit_bytes", memoryUnits},
	"input":            {"input_bytes", memoryUnits},
	"duration":         {"duration_s", timeUnits},
	"cpu":              {"cpu_seconds", timeUnits},
	"deadline":         {"deadline_s", timeUnits},
	"started_at":       {"started_at", timeUnits},
}

// ParseUnits reads units as FIELD=UNIT, separated by commas: "peak_memory=KiB,duration=ms". A field is
// named as its column, with or without the unit at its end. The error says what there is.
func ParseUnits(text string) (Units, error) {
	u := Units{}
	if strings.TrimSpace(text) == "" {
		return u, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, unit, ok := strings.Cut(part, "=")
		name, unit = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(unit)
		if !ok || name == "" || unit == "" {
			return nil, fmt.Errorf("%q: want FIELD=UNIT, such as peak_memory=KiB", strings.TrimSpace(part))
		}
		base := name
		for stem, m := range measured {
			if m.field == name {
				base = stem
			}
		}
		m, known := measured[base]
		if !known {
			return nil, fmt.Errorf("%q is no field with a unit: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(measured)), ", "))
		}
		factor, known := m.units[strings.ToLower(unit)]
		if !known {
			want := "B, Ki (KiB), Mi, Gi, kB, MB or GB"
			if _, isTime := m.units["ms"]; isTime {
				want = "ns, us, ms, s, min or h"
			}
			return nil, fmt.Errorf("%q is no unit of %s: want %s", unit, base, want)
		}
		if before, again := u[m.field]; again && before.factor != factor {
			return nil, fmt.Errorf("%s is in %s and in %s: say one", base, before.Name, unit)
		}
		u[m.field] = Unit{unit, factor}
	}
	return u, nil
}

// unitOf reads a name that contains its unit, such as peak_memory_kib or duration_ms. In names, kb, mb and gb mean powers
// of 1,024 as often as of 1,000. The larger is used, so that no limit is too small.
func unitOf(column string) (field string, u Unit, ok bool) {
	at := strings.LastIndexByte(column, '_')
	if at < 0 {
		return "", Unit{}, false
	}
	m, ok := measured[column[:at]]
	if !ok {
		return "", Unit{}, false
	}
	unit := column[at+1:]
	factor, ok := m.units[unit]
	if binary, is := map[string]float64{"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}[unit]; is && ok {
		factor = binary
	}
	if strings.HasPrefix("bytes", unit) { // misspelt
		return "", Unit{}, false
	}
	return m.field, Unit{unit, factor}, ok && len(unit) > 1
}
