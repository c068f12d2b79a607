package ui

import (
	"math"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// counterpart is the type of an architecture that stands for a type of the other, "" for none.
// For what the pool runs most it is the pool's own of that architecture, and back again; else
// the nearest type with a price, and only where none has one, a type without.
func counterpart(w *migration.WhatIf, like string, arch migration.Arch) string {
	now := w.AsNow.NodeType
	if like == now {
		return poolOr(w, now, arch)
	}
	if n := nodeOf(w, like); n != nil && w.AsNow.Arch == arch && poolOr(w, now, n.Arch) == like {
		return now
	}
	return nearest(w, like, arch)
}

// poolOr is the pool's most frequent type of an architecture, else the nearest to a type.
func poolOr(w *migration.WhatIf, like string, arch migration.Arch) string {
	for _, typ := range w.Pool {
		if n := nodeOf(w, typ); n != nil && n.Arch == arch {
			return typ
		}
	}
	return nearest(w, like, arch)
}

// nearest is the type of an architecture whose shape and family are nearest to another type's.
func nearest(w *migration.WhatIf, like string, arch migration.Arch) string {
	from := nodeOf(w, like)
	best, off := "", math.Inf(1)
	for i := range w.Nodes {
		n := &w.Nodes[i]
		if n.Arch != arch {
			continue
		}
		d := 0.0
		if from != nil {
			d = apart(from, n)
		}
		if !n.Hourly.Value.Known() {
			d += 1e6 // a type with a price is nearer than any without
		}
		if d < off {
			best, off = n.Type, d
		}
	}
	return best
}

// apart is how far two types are from each other: first by CPU and memory, then by the
// kind of family (m, c, r), then by what it has in addition (disks, network), then by generation.
func apart(a, b *migration.NodeChoice) float64 {
	ratio := func(x, y int64) float64 { return math.Abs(math.Log2(float64(max(x, 1)) / float64(max(y, 1)))) }
	d := 100 * (ratio(int64(a.CPU), int64(b.CPU)) + ratio(int64(a.Memory), int64(b.Memory)))
	kind, generation, extras := family(a.Type)
	otherKind, otherGeneration, otherExtras := family(b.Type)
	if kind != otherKind {
		d += 50
	}
	if extras != otherExtras {
		d += 10
	}
	return d + math.Abs(float64(generation-otherGeneration))
}

// family takes the name of a type apart: m6gd.xlarge is of kind m, of generation 6, with disks
// ("d"). The letter of the processor (a, g, i) is no part of it.
func family(typ string) (kind string, generation int, extras string) {
	name, _, _ := strings.Cut(typ, ".")
	at := strings.IndexAny(name, "0123456789")
	if at < 0 {
		return name, 0, ""
	}
	kind = name[:at]
	for ; at < len(name) && name[at] >= '0' && name[at] <= '9'; at++ {
		generation = generation*10 + int(name[at]-'0')
	}
	return kind, generation, strings.TrimLeft(name[at:], "agi")
}
