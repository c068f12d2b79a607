package engine

import "github.com/migtop/migtop/internal/migration"

// absorber hands a payload to a feature, and reports false where the payload is of another
// feature.
type absorber func(from migration.Origin, p migration.Payload) bool

// absorbs makes an absorber of a feature's method for one type of payload.
func absorbs[P migration.Payload](absorb func(migration.Origin, P)) absorber {
	return func(from migration.Origin, p migration.Payload) bool {
		mine, ok := p.(P)
		if ok {
			absorb(from, mine)
		}
		return ok
	}
}

// features lists what absorbs payloads. A feature with a new type of payload adds a line.
func (s *state) features() []absorber {
	return []absorber{
		absorbs(s.absorbQueues),
		absorbs(s.arrivals.absorb),
		absorbs(s.sizing.absorb),
		absorbs(s.absorbDays),
		absorbs(s.spot.absorbNodes),
		absorbs(s.spot.absorbPrices),
		absorbs(s.cutovers.book.AbsorbRuns),
	}
}

// absorbPayloads gives each payload of a batch to its feature. A payload without a feature is
// an error in the program; it is logged and dropped.
func (s *state) absorbPayloads(from migration.Origin, payloads []migration.Payload) {
	if len(payloads) == 0 {
		return
	}
	features := s.features()
next:
	for _, p := range payloads {
		for _, absorb := range features {
			if absorb(from, p) {
				continue next
			}
		}
		s.opts.Logger.Error("no feature absorbs this payload", "source", from.Source, "feature", p.Feature())
	}
}
