package report

import (
	"bufio"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// CutoverSchema names the form of the JSON document of the record of a cutover.
const CutoverSchema = "migtop.cutover/v1"

// cutoverDoc is the record of a cutover: who stood where, when, on which numbers.
type cutoverDoc struct {
	At      time.Time `wire:"at"`           // The moment of the snapshot.
	Name    string    `wire:"name,null"`    // What is looked at, as the configuration names it.
	Region  string    `wire:"region,null"`  // The region.
	Context string    `wire:"context,null"` // The context of the kubeconfig.
	Before  string    `wire:"before"`       // The platform that the work comes from.
	After   string    `wire:"after"`        // The platform that it goes to.
	// Why earlier changes are missing from the timelines. Null where they are complete as far as they are kept.
	Missing string                  `wire:"missing,null"`
	Waves   []migration.CutoverWave `wire:"waves"`   // The waves with the evidence of their tenants together.
	Tenants []cutoverTenant         `wire:"tenants"` // The tenants in a wave, with a step or with a change on record.

	move migration.Move
}

// cutoverTenant is a tenant as it stands, and how it came there.
type cutoverTenant struct {
	Tenant   migration.Tenant  `wire:"tenant"`
	Now      migration.Cutover `wire:",inline"`
	Cost     migration.Verdict `wire:",inline"`
	Timeline []cutoverChange   `wire:"timeline"` // The changes of word and share, oldest first.
}

// cutoverChange is a change with the numbers that it rested on, under the names that they have in a snapshot.
type cutoverChange struct {
	At        time.Time                      `wire:"at"`
	From      migration.VerdictWord          `wire:"from"`
	FromShare migration.Opt[migration.Ratio] `wire:"from_ratio"`
	Word      migration.VerdictWord          `wire:"verdict"`
	Text      string                         `wire:"verdict_text"`
	Reason    string                         `wire:"verdict_reason"`
	Stage     migration.CutoverStage         `wire:"stage"`
	Wave      string                         `wire:"wave,null"`
	Owners    []string                       `wire:"owners"`
	Share     migration.Opt[migration.Ratio] `wire:"intended_ratio"`
	ShareFrom string                         `wire:"intended_from,null"`
	StepAt    time.Time                      `wire:"step_at"`
	Holds     []string                       `wire:"holds"`
	Rule      string                         `wire:"rule,null"`
	Since     time.Time                      `wire:"since"`
	Before    migration.CutoverSide          `wire:"{before.id}"`
	After     migration.CutoverSide          `wire:"{after.id}"`
	Basis     string                         `wire:"basis,null"`
	HarmE     float64                        `wire:"harm_log10,signed"`
	HealthN   float64                        `wire:"health_log10,signed"`
	Decisions []migration.CutoverDecision    `wire:"decisions"`
}

// WriteCutover writes the record of a cutover as JSON or Markdown: the snapshot's waves and tenants as they stand, and for each
// tenant its changes in records, which may come in any order. missing says why not all changes are there, "" where they are.
func WriteCutover(w io.Writer, s *migration.Snapshot, records []migration.CutoverRecord, missing string, f Format) error {
	doc := cutoverDocOf(s, records)
	doc.Missing = missing
	return write(w, func(out *bufio.Writer) error {
		if f == Markdown {
			cutoverMarkdown(out, doc)
			return nil
		}
		e := &encoder{sink: &jsonSink{w: out}, at: doc.At, move: doc.move}
		e.object("")
		e.text("schema", CutoverSchema)
		e.fields(reflect.ValueOf(doc).Elem(), wireFields(reflect.TypeFor[cutoverDoc]()))
		e.end()
		return nil
	})
}

func cutoverDocOf(s *migration.Snapshot, records []migration.CutoverRecord) *cutoverDoc {
	sides := s.Move.Infos()
	doc := &cutoverDoc{
		At: s.At, Name: s.Scope.Name, Region: s.Scope.Region, Context: s.Scope.Context,
		Before: sides[0].ID.String(), After: sides[1].ID.String(), Waves: s.Cutovers, move: s.Move,
	}
	changes := map[migration.Tenant][]cutoverChange{}
	for i := range records {
		r := &records[i]
		changes[r.Tenant] = append(changes[r.Tenant], cutoverChangeOf(r))
	}
	for _, of := range changes {
		slices.SortStableFunc(of, func(a, b cutoverChange) int { return a.At.Compare(b.At) })
	}
	add := func(t *migration.TenantView) {
		doc.Tenants = append(doc.Tenants, cutoverTenant{t.Tenant, t.Cutover, t.Verdict, changes[t.Tenant]})
	}
	// By wave, as the screen has them; those in no wave, and those on record only, follow.
	rows := make(map[migration.Tenant]*migration.TenantView, len(s.Tenants))
	for i := range s.Tenants {
		rows[s.Tenants[i].Tenant] = &s.Tenants[i]
	}
	done := map[migration.Tenant]bool{migration.Unattributed: true}
	for i := range s.Cutovers {
		for _, name := range s.Cutovers[i].Tenants {
			if t := rows[name]; t != nil && !done[name] {
				add(t)
				done[name] = true
			}
		}
	}
	for i := range s.Tenants {
		t := &s.Tenants[i]
		d := &t.Cutover.Detail
		if !done[t.Tenant] && (d.Share.Known() || d.Judged() || len(d.Steps) > 0 || len(changes[t.Tenant]) > 0) {
			add(t)
			done[t.Tenant] = true
		}
	}
	var gone []migration.Tenant
	for name := range changes {
		if !done[name] {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	for _, name := range gone { // nothing runs of it now
		last := changes[name][len(changes[name])-1]
		doc.Tenants = append(doc.Tenants, cutoverTenant{
			Tenant: name, Now: migration.Cutover{Reason: "nothing is seen of the tenant now"},
			Timeline: changes[name],
		})
		now := &doc.Tenants[len(doc.Tenants)-1].Now
		now.Text, now.Detail.Wave, now.Detail.Owners, now.Detail.Divisor, now.Detail.ExitCode = now.Word.String(), last.Wave, last.Owners,
			1, 3
	}
	return doc
}

func cutoverChangeOf(r *migration.CutoverRecord) cutoverChange {
	return cutoverChange{
		At: r.At, From: r.From, FromShare: r.FromShare, Word: r.Word, Text: r.Text, Reason: r.Reason, Stage: r.Stage, Wave: r.Wave,
		Owners: r.Owners, Share: r.Share, ShareFrom: r.ShareFrom, StepAt: r.StepAt, Holds: r.Holds, Rule: r.Rule, Since: r.Since,
		Before: r.Before, After: r.After, Basis: r.Basis, HarmE: r.HarmE, HealthN: r.HealthN, Decisions: r.Decisions,
	}
}
