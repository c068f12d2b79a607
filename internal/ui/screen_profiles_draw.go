package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// draw shows what is recommended on top, and of the profile under the cursor what it
// is now, what it should be, and why.
func (s *profiles) draw(m *model, p canvas.Pane) {
	f := &m.frame
	p = p.Sub(1, 0, p.W-2, p.H)
	if len(f.data.profiles) == 0 && len(f.snap.Profiles) > 0 {
		in := f.panel(p.Top(min(8, p.H)), "Profiles", "", true)
		f.paragraph(in, 1, 1, ink(text), "None of "+formatCount(int64(len(f.snap.Profiles)))+" profiles matches /"+f.data.query.filter.source+
			": "+f.keys.key(ActBack)+" clears the filter.", 2)
		return
	}
	if len(f.data.profiles) == 0 {
		in := f.panel(p.Top(min(8, p.H)), "Profiles", "", true)
		f.paragraph(in, 1, 1, ink(text), "No profile yet: no run has ended.", 2)
		f.paragraph(in, 1, 3, ink(dim), f.firstData(), 3)
		return
	}
	s.headline(f, p.Row(0))
	detail := 17
	if p.H < 34 {
		detail = max(p.H/2-1, 8)
	}
	s.drawTable(f, p.Sub(0, 1, p.W, p.H-1-detail))
	s.detail(f, p.Sub(0, p.H-detail, p.W, detail))
}

// firstData says where data for profiles come from.
func (f *frame) firstData() string {
	says := f.move().Fill("Each run on {after} that ends adds data.")
	if f.move().Has(migration.Lambda) {
		says += " Lambda's logs have data before the first one: " + f.keys.key(ActPalette) + "evidence reads them."
	}
	return says
}

// headline says what all profiles come to.
func (s *profiles) headline(f *frame, p canvas.Pane) {
	learning, unknown, beyond := 0, 0, 0
	for i := range f.snap.Profiles {
		switch p := &f.snap.Profiles[i]; {
		case p.Confidence == migration.NoConfidence:
			unknown++
		case p.Learning:
			learning++
		}
		if f.snap.Profiles[i].BeyondNode {
			beyond++
		}
	}
	x := p.Text(1, 0, ink(strong), formatCount(int64(len(f.snap.Profiles)))+" profiles")
	add := func(label, value string, r canvas.Role) {
		if value != "" && x+canvas.Cells(label)+canvas.Cells(value)+4 < p.W {
			x = p.Text(x, 0, ink(dim), "  "+string(f.g.Separator)+"  "+label)
			x = p.Text(x, 0, ink(r), value)
		}
	}
	if u, ok := f.snap.ProfileSaving.Get(); ok {
		add("total saving ", string(dollars(nil, u, 1, appendRound))+"/mo", good)
	}
	if n := len(f.snap.Classes.Classes); n > 0 {
		add("", strconv.Itoa(n)+" classes, "+share(f.snap.Classes.Extra)+" more than one class each", text)
	}
	if beyond > 0 {
		add("too large for any node ", strconv.Itoa(beyond), bad)
	}
	if learning > 0 {
		add("learning ", strconv.Itoa(learning), warn)
	}
	if unknown > 0 {
		add("no data ", strconv.Itoa(unknown), warn)
	}
	if n := len(s.chosen); n > 0 {
		add("marked ", strconv.Itoa(n), accent)
	}
}

// profileColumn is a column of the table: where it ends, and how it is written.
type profileColumn struct {
	title string
	end   int
	write func(f *frame, p *migration.Profile) (string, canvas.Style)
}

// memoryWidth holds the longest move of memory, 768 MiB→992 MiB, and a gap on each side.
func memoryWidth(g *canvas.Glyphs) int { return 16 + canvas.Cells(g.To) }

// columnsOf are the columns that fit, the ones that matter most first.
// learntRuns is the head of the runs that a profile learnt from, those on Lambda first.
const learntRuns = "RUNS {before.short}/{after.short}"

func (s *profiles) columnsOf(w int, g *canvas.Glyphs) []profileColumn {
	all := []struct {
		width, from int // from which width of the table on it is shown
		column      profileColumn
	}{
		{memoryWidth(g), 0, profileColumn{"MEMORY", 0, memoryMove}},
		{14, 96, profileColumn{"CPU", 0, cpuMove}},
		{10, 0, profileColumn{"SAVES/MO", 0, func(f *frame, p *migration.Profile) (string, canvas.Style) {
			if p.Confidence == migration.NoConfidence { // it is what runs have now: the saving is unknown
				return unknown(false)
			}
			return opt(f, p.Saving, ink(savingRole(p.Saving)), false,
				func(b []byte, u migration.USD) []byte { return dollars(b, u, 1, appendRound) })
		}}},
		{9, 120, profileColumn{"DEADLINE", 0, func(_ *frame, p *migration.Profile) (string, canvas.Style) {
			if p.Deadline <= 0 || p.Confidence == migration.NoConfidence {
				return unknown(false)
			}
			return formatDuration(p.Deadline), ink(text)
		}}},
		{8, 134, profileColumn{"RETRIES", 0, func(_ *frame, p *migration.Profile) (string, canvas.Style) {
			if p.Confidence == migration.NoConfidence {
				return unknown(false)
			}
			return strconv.Itoa(int(p.BackoffLimit)), ink(text)
		}}},
		{8, 80, profileColumn{"KILLED", 0, func(f *frame, p *migration.Profile) (string, canvas.Style) {
			rate, ok := p.FailureRate.Get()
			if !ok || p.Confidence == migration.NoConfidence {
				return unknown(false)
			}
			return share(rate), ink(text)
		}}},
		{12, 108, profileColumn{learntRuns, 0, func(f *frame, p *migration.Profile) (string, canvas.Style) {
			if !f.move().Has(migration.Lambda) {
				return formatCount(int64(p.JobRuns)), ink(text)
			}
			return formatCount(int64(p.LambdaRuns)) + " / " + formatCount(int64(p.JobRuns)), ink(text)
		}}},
	}
	var out []profileColumn
	at := w
	for i := len(all) - 1; i >= 0; i-- { // from the right, so that the last one ends at the edge
		if w >= all[i].from {
			c := all[i].column
			c.end = at
			out = append([]profileColumn{c}, out...)
			at -= all[i].width
		}
	}
	return out
}

// share is a part of all runs, or of a price, in percent.
func share(r migration.Ratio) string { return string(append(appendPercent(nil, r), " %"...)) }

// memoryMove writes what runs request now, and what they should.
func memoryMove(f *frame, p *migration.Profile) (string, canvas.Style) {
	if p.Confidence == migration.NoConfidence {
		return unknown(false)
	}
	to := string(appendBytes(nil, p.Base.MemoryLimit))
	now, ok := p.Now.Request.Memory.Get()
	is := string(appendBytes(nil, now))
	if !ok || is == to {
		return to, ink(text)
	}
	return is + f.g.To + to, moveInk(now > p.Base.MemoryLimit)
}

// cpuMove is the same of CPU.
func cpuMove(f *frame, p *migration.Profile) (string, canvas.Style) {
	want, ok := p.Base.CPURequest.Get()
	if !ok || p.Confidence == migration.NoConfidence {
		return unknown(false)
	}
	to := string(appendCPU(nil, want))
	now, ok := p.Now.Request.CPU.Get()
	if !ok || now == want {
		return to, ink(text)
	}
	return string(appendCPU(nil, now)) + f.g.To + to, moveInk(now > want)
}

func moveInk(less bool) canvas.Style {
	if less {
		return ink(good)
	}
	return ink(warn)
}

func (s *profiles) drawTable(f *frame, p canvas.Pane) {
	note := "greatest saving first"
	if k := f.keys.key(ActMark); k != "" {
		note = k + " marks"
	}
	if n := len(f.data.profiles); n < len(f.snap.Profiles) {
		note = formatCount(int64(n)) + " of " + formatCount(int64(len(f.snap.Profiles)))
	}
	in := f.panel(p, "Recommended", note, true)
	cols := s.columnsOf(in.W, f.g)
	left := in.W
	if len(cols) > 0 {
		left = cols[0].end - memoryWidth(f.g)
	}
	// What is left of the figures: tenant, workload, class, confidence.
	tenant := max(left*3/10, 10)
	wide := f.classWidth()
	class := left - 8 - wide
	in.Text(2, 0, ink(dim), "TENANT")
	in.Text(2+tenant, 0, ink(dim), "WORKLOAD")
	in.Text(class, 0, ink(dim), "CLASS")
	in.Text(class+1+wide, 0, ink(dim), "CONF.")
	for _, c := range cols {
		title := c.title
		if title == learntRuns && !f.move().Has(migration.Lambda) {
			title = "RUNS"
		}
		in.TextRight(c.end, 0, ink(dim), f.move().Fill(title))
	}
	in.HLine(0, 1, in.W, ink(line), f.g.Horizontal)
	rows := in.Below(2)
	from, to := s.list.window(len(f.data.profiles), rows.H)
	for i := from; i < to; i++ {
		pr := &f.snap.Profiles[f.data.profiles[i]]
		row := rows.Row(i - from)
		if i == s.list.cursor {
			full := p.Sub(1, 3+i-from, p.W-2, 1)
			full.Fill(selected)
			full.Rune(0, 0, ink(accent), f.g.Cursor)
		}
		if s.chosen[idOf(pr)] {
			row.Rune(0, 0, ink(accent), f.g.Check)
		}
		row.Fit(2, 0, tenant-1, ink(strong), pr.Tenant.String(), f.g)
		row.Fit(2+tenant, 0, class-tenant-3, ink(text), string(pr.Workload), f.g)
		name := pr.Class
		if name == "" {
			name = "-"
		}
		row.Fit(class, 0, wide, ink(accent), name, f.g)
		row.Fit(class+1+wide, 0, 8, ink(confidenceRole(pr)), pr.Sure(), f.g)
		for _, c := range cols {
			says, st := c.write(f, pr)
			row.TextRight(c.end, 0, st, says)
		}
	}
}

// classWidth holds the names of classes, which are short unless classes of one size
// differ in CPU or deadline.
func (f *frame) classWidth() int {
	wide := 5 // the title
	for i := range f.snap.Classes.Classes {
		wide = max(wide, canvas.Cells(f.snap.Classes.Classes[i].Name))
	}
	return min(wide, 10)
}

func confidenceRole(p *migration.Profile) canvas.Role {
	switch {
	case p.Confidence == migration.HighConfidence && !p.Learning:
		return good
	case p.Confidence == migration.NoConfidence:
		return dim
	case p.Learning || p.Confidence == migration.LowConfidence:
		return warn
	}
	return text
}

// detail compares what the profile under the cursor is with what it should be.
func (s *profiles) detail(f *frame, p canvas.Pane) {
	pr := s.under(f.data)
	if pr == nil {
		return
	}
	title := pr.Tenant.String() + " " + string(f.g.Separator) + " " + string(pr.Workload)
	if p.W < 100 {
		in := f.panel(p, title, f.keys.key(ActExport)+" exports", false)
		rows := f.facts(in.Top(min(in.H, 5)), pr)
		f.reasons(in.Below(min(rows, in.H)), pr)
		return
	}
	half := min(max(p.W*4/10, 56), 70)
	in := f.panel(p.Left(half), title, pr.Evidence.Method.String(), false)
	f.facts(in, pr)
	why := f.panel(p.Right(half), "Why", f.keys.key(ActExport)+" exports", false)
	f.reasons(why, pr)
}

// facts draws the profile's figures: now, recommended, and for a run that is
// repeated after an OOM kill. It returns how many rows it took.
func (f *frame) facts(in canvas.Pane, pr *migration.Profile) int {
	retry := min(54, in.W)
	base, now := retry-14, retry-26
	in.TextRight(now, 0, ink(dim), "NOW")
	in.TextRight(base, 0, ink(dim), "PROFILE")
	in.TextRight(retry, 0, ink(dim), "AFTER OOM")
	y := 1
	line := func(label string, cells ...string) {
		if y >= in.H {
			return
		}
		in.Text(0, y, ink(dim), label)
		for i, c := range cells {
			st := ink(text)
			if i == 1 {
				st = ink(strong)
			}
			if c == "-" {
				st = ink(dim)
			}
			in.TextRight([...]int{now, base, retry}[i], y, st, c)
		}
		y++
	}
	size := func(o migration.Opt[migration.Bytes]) string {
		s, _ := opt(f, o, ink(text), false, appendBytes)
		return s
	}
	cores := func(o migration.Opt[migration.CPU]) string {
		s, _ := opt(f, o, ink(text), false, appendCPU)
		return s
	}
	span := func(o migration.Opt[time.Duration]) string {
		s, _ := opt(f, o, ink(text), false, appendDuration)
		return s
	}
	positive := func(b migration.Bytes) migration.Opt[migration.Bytes] {
		if b <= 0 {
			return migration.None[migration.Bytes]()
		}
		return migration.Some(b)
	}
	if pr.Container != "" {
		line("container", "", pr.Container)
	}
	line("memory request", size(pr.Now.Request.Memory), size(positive(pr.Base.MemoryRequest)), size(positive(pr.Retry.MemoryRequest)))
	line("memory limit", size(pr.Now.Limit.Memory), size(positive(pr.Base.MemoryLimit)), size(positive(pr.Retry.MemoryLimit)))
	line("CPU request", cores(pr.Now.Request.CPU), cores(pr.Base.CPURequest), cores(pr.Retry.CPURequest))
	line("CPU limit", cores(pr.Now.Limit.CPU), cores(pr.Base.CPULimit))
	deadline := migration.None[time.Duration]()
	if pr.Deadline > 0 {
		deadline = migration.Some(pr.Deadline)
	}
	limit := "time limit"
	if f.move().Has(migration.Jobs) {
		limit = migration.Jobs.Info().TimeLimit
	}
	line(limit, span(pr.Now.Deadline), span(deadline))
	if pr.Confidence == migration.NoConfidence {
		return y // the rest would be defaults
	}
	line("backoffLimit", "", strconv.Itoa(int(pr.BackoffLimit)))
	line("ttlSecondsAfterFinished", "", formatDuration(pr.TTL))
	if n, ok := pr.Parallelism.Get(); ok {
		line("parallelism", "", strconv.Itoa(int(n)))
	}
	if _, ok := pr.EphemeralStorage.Get(); ok {
		line("ephemeral storage", "", size(pr.EphemeralStorage))
	}
	killed := "-"
	if rate, ok := pr.FailureRate.Get(); ok {
		killed = share(rate)
	}
	line("killed for memory", "", killed)
	waste, _ := opt(f, pr.Waste, ink(text), false, func(b []byte, k migration.KiBSeconds) []byte {
		return appendGiBHours(b, k)
	})
	line("waste per run", "", waste)
	cost, _ := opt(f, pr.RunCost, ink(text), false, func(b []byte, u migration.USD) []byte { return dollars(b, u, 1, appendShort) })
	line("cost per run", "", cost)
	return y
}

// reasons draws why the profile is what it is.
func (f *frame) reasons(in canvas.Pane, pr *migration.Profile) {
	y := 0
	say := func(st canvas.Style, s string) {
		if s == "" || y >= in.H {
			return
		}
		in.Rune(0, y, ink(dim), f.g.Separator)
		y += f.paragraph(in.Sub(0, 0, in.W, in.H), 2, y, st, s, max(min(3, in.H-y), 1))
	}
	if pr.BeyondNode {
		say(ink(bad), "No node of this cluster is large enough: the pod would stay Pending.")
	}
	for i, w := range pr.Why {
		st := ink(text)
		if i == 0 {
			st = ink(strong)
		}
		say(st, w)
	}
	say(ink(text), pr.WhyClass)
	if pr.Confidence == migration.NoConfidence {
		says := ""
		if f.move().Has(migration.Lambda) {
			says = f.keys.key(ActPalette) + "evidence reads memory from Lambda's logs, on request. "
		}
		if f.move().Has(migration.Jobs) {
			says += "Pods are sampled while this screen is open. Jobs in the wrapper of an export report it themselves."
		}
		say(ink(accent), says)
	}
	for _, n := range pr.PriceNotes {
		say(ink(dim), n)
	}
	if note := strings.TrimSpace(pr.Evidence.Note); note != "" {
		say(ink(dim), note)
	}
}
