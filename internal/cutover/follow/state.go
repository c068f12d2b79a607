package follow

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

const minute = time.Minute

// stateVersion is the form of what is kept; another one is made anew.
const stateVersion = 1

// kept is what is kept of a tenant.
type kept struct {
	Version  int               `json:"version"`
	Sides    migration.Move    `json:"move"`
	Watch    []byte            `json:"watch"`
	Seen     seenShare         `json:"seen"`
	Undated  undated           `json:"undated"`
	Versions [2]versions       `json:"versions"`
	Peaks    [dayKinds]dayPeak `json:"peaks"`
	LinesTo  int32             `json:"lines_to"`
	Last     lastWord          `json:"last"`
}

// States hands out what has changed since it was kept last, at most a number of tenants, in the order of their names; the next call
// goes on with the others.
func (b *Book) States(most int) (out []migration.CutoverState) {
	var stale []*tenant
	for _, t := range b.tenants {
		if t.stale {
			stale = append(stale, t)
		}
	}
	slices.SortFunc(stale, func(x, y *tenant) int { return cmp.Compare(x.name, y.name) })
	if at, _ := slices.BinarySearchFunc(stale, b.keptTo, func(t *tenant, name migration.Tenant) int {
		return cmp.Compare(t.name, name)
	}); at < len(stale) && len(stale) > most {
		stale = slices.Concat(stale[at:], stale[:at])
	}
	for i, t := range stale {
		if i == most {
			b.keptTo = t.name
			break
		}
		k := kept{
			Version: stateVersion, Sides: b.move, Seen: t.seen, Undated: t.undated, Versions: t.versions, LinesTo: t.linesTo,
			Last: t.last, Peaks: t.peaksOf,
		}
		if t.watch != nil {
			k.Watch = t.watch.Encode()
		}
		data, err := json.Marshal(&k)
		if err != nil { // nothing in it can fail
			continue
		}
		t.stale = false
		out = append(out, migration.CutoverState{Tenant: t.name, Data: data})
	}
	return out
}

// Restore takes over what was kept by an earlier run of the program. What cannot be read is left out, and its tenant begins with
// what the stores have; the error names it.
func (b *Book) Restore(states []migration.CutoverState) error {
	b.restored = true
	var errs []error
	for _, s := range states {
		if err := b.restore(s); err != nil {
			errs = append(errs, fmt.Errorf("tenant %q: %w", s.Tenant, err))
		}
	}
	return errors.Join(errs...)
}

func (b *Book) restore(s migration.CutoverState) error {
	var k kept
	if err := json.Unmarshal(s.Data, &k); err != nil {
		return fmt.Errorf("%w: %w", cutover.ErrState, err)
	}
	if k.Version != stateVersion {
		return fmt.Errorf("%w: version %d, this migtop reads %d", cutover.ErrState, k.Version, stateVersion)
	}
	if k.Sides != b.move {
		return fmt.Errorf("%w: it is of another move", cutover.ErrState)
	}
	var w *cutover.Watch
	if len(k.Watch) > 0 {
		var err error
		if w, err = cutover.Decode(k.Watch); err != nil {
			return err
		}
	}
	t := b.tenant(s.Tenant)
	t.watch, t.seen, t.undated, t.versions = w, k.Seen, k.Undated, k.Versions
	t.linesTo, t.last, t.peaksOf = k.LinesTo, k.Last, k.Peaks
	return nil
}
