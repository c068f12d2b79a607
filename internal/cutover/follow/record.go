package follow

import (
	"cmp"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// lastWord is what was recorded of a tenant last.
type lastWord struct {
	Known bool                           `json:"known"`
	Word  migration.VerdictWord          `json:"word"`
	Stage migration.CutoverStage         `json:"stage"`
	Share migration.Opt[migration.Ratio] `json:"share"`
}

// record adds a change of the word, the stage or the share to the record of the cutover. A tenant before its first share is not in
// a cutover: its record begins with its first step.
func (b *Book) record(t *tenant) {
	c := &t.cut
	now := lastWord{true, c.Word, c.Detail.Stage, c.Detail.Share}
	if now == t.last || !t.last.Known && len(c.Detail.Steps) == 0 {
		return
	}
	d := &c.Detail
	b.changes = append(b.changes, migration.CutoverRecord{
		Tenant: t.name, Wave: d.Wave, Owners: d.Owners, At: b.judgedAt.UTC().Truncate(minute), From: t.last.Word, FromShare: t.last.Share,
		Word: c.Word, Text: c.Text, Stage: d.Stage, Share: d.Share, ShareFrom: d.ShareFrom, StepAt: d.StepAt, Reason: c.Reason,
		Holds: d.Holds, Rule: d.Rule, Since: d.Since, Before: d.Before, After: d.After, Basis: d.Basis, HarmE: d.HarmE, HealthN: d.HealthN,
		Decisions: d.Decisions,
	})
	t.last, t.stale = now, true
}

// Changes hands out what was added to the record of the cutover since the last call.
func (b *Book) Changes() []migration.CutoverRecord {
	out := b.changes
	b.changes = nil
	return out
}

// Join is the record of cutovers from a time on, in the order of time, from what was kept and what a program knows. A change that
// several programs saw, each at its own moment, counts once.
func Join(kept, known []migration.CutoverRecord, from time.Time) []migration.CutoverRecord {
	all := slices.Concat(kept, known)
	slices.SortStableFunc(all, func(a, b migration.CutoverRecord) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Tenant, b.Tenant))
	})
	last := map[migration.Tenant]lastWord{}
	out := all[:0]
	for i := range all {
		r := &all[i]
		now := lastWord{true, r.Word, r.Stage, r.Share}
		if r.At.Before(from) || last[r.Tenant] == now {
			continue
		}
		last[r.Tenant] = now
		out = append(out, *r)
	}
	return out
}
