package ui

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/columns"
	"github.com/migtop/migtop/internal/migration"
)

// Exports writes profiles for the tools that run Jobs. Its methods are called from
// commands and may take their time.
type Exports interface {
	// Formats lists what can be written, the first as the default.
	Formats() []ExportFormat
	// Plan says what writing profiles into a folder would do; it writes nothing.
	Plan(ctx context.Context, profiles []migration.Profile, format, dir string) (*ExportPlan, error)
}

// ExportFormat is a way to write profiles.
type ExportFormat struct{ Name, Help string }

// ExportPlan is what writing would do.
type ExportPlan struct {
	Dir   string
	Files []ExportFile
	// Blocked is how many files are there and differ: they are overwritten only by
	// force.
	Blocked int
	// Write writes what is new, and what differs where force is set.
	Write func(ctx context.Context, force bool) error
}

// ExportFile is one file of a plan.
type ExportFile struct {
	Name  string
	State string // "new", "same", "changed"
	Diff  string // unified; empty where it is the same
}

// ActProfiles opens the Profiles screen.
const ActProfiles Action = "profiles"

var profilesInfo = screenInfo{
	of:     func(m *model) screen { return &m.profiles },
	title:  "Profiles",
	name:   "profiles",
	about:  "recommended requests, and why",
	action: ActProfiles,
	keys:   []string{"5"},
	help:   "recommended requests, limits and deadlines, and why",

	first:    true,
	filtered: true,
	monthly:  true,

	hints: []Action{ActOpen, ActFilter, ActMark, ActExport, ActSave, ActHelp, ActCopy, ActPalette, ActQuit},
}

// profiles is the screen of recommended Job profiles.
type profiles struct {
	screenDefaults

	list list
	// chosen are the profiles that an export is of; all of them while it is empty.
	chosen map[profileID]bool
}

// profileID identifies a profile over Snapshots.
type profileID struct {
	workload migration.Workload
	tenant   migration.Tenant
}

func idOf(p *migration.Profile) profileID { return profileID{p.Workload, p.Tenant} }

// under is the profile that the cursor is on.
func (s *profiles) under(a *arranged) *migration.Profile {
	if s.list.cursor >= len(a.profiles) {
		return nil
	}
	return &a.snap.Profiles[a.profiles[s.list.cursor]]
}

// of are the profiles that an export is of.
func (s *profiles) of(a *arranged) []migration.Profile {
	var out []migration.Profile
	for _, i := range a.profiles {
		if p := &a.snap.Profiles[i]; len(s.chosen) == 0 || s.chosen[idOf(p)] {
			out = append(out, *p)
		}
	}
	return out
}

// follow keeps the cursor on the profile that it was on.
func (s *profiles) follow(before, now *arranged) {
	if before == nil {
		return
	}
	if was := s.under(before); was != nil {
		for row, i := range now.profiles {
			if idOf(&now.snap.Profiles[i]) == idOf(was) {
				s.list.cursor = row
				break
			}
		}
	}
	s.list.clamp(len(now.profiles))
}

func (s *profiles) act(m *model, a Action) tea.Cmd {
	switch a {
	case ActMark:
		p := s.under(m.data)
		if p == nil {
			return nil
		}
		if s.chosen == nil {
			s.chosen = map[profileID]bool{}
		}
		if id := idOf(p); s.chosen[id] {
			delete(s.chosen, id)
		} else {
			s.chosen[id] = true
		}
		s.list.move(ActDown, len(m.data.profiles))
	case ActOpen:
		if p := s.under(m.data); p != nil && m.data.tenant(p.Tenant) != nil {
			m.tenant.show(p.Tenant)
			m.open(&tenantInfo)
		}
	default:
		s.list.move(a, len(m.data.profiles))
	}
	return nil
}

func (s *profiles) export(m *model) tea.Cmd {
	m.openExport()
	return nil
}

func (s *profiles) clipboard(m *model) (what, content string) {
	if p := s.under(m.data); p != nil && len(p.Why) > 0 {
		return "why", p.Tenant.String() + ", " + string(p.Workload) + ": " + strings.Join(p.Why, " ")
	}
	return "", ""
}

func (s *profiles) table(m *model) *savedTable {
	data := m.data
	return &savedTable{"profiles", func() [][]string { return profilesTable(data) }}
}

// profilesTable is what the table shows, under the names of migtop profiles -o csv.
func profilesTable(a *arranged) [][]string {
	out := [][]string{{
		"workload", "tenant", "class", "memory_request_bytes", "memory_limit_bytes", "retry_memory_limit_bytes", "cpu_request",
		"deadline_seconds",
		"backoff_limit", "ttl_seconds_after_finished", "parallelism", "now_memory_request_bytes", "now_cpu_request", "monthly_saving_usd",
		"expected_failure_rate", "job_runs", "lambda_runs", "confidence", "why",
	}}
	size := columns.Count[migration.Bytes]
	cores := func(c migration.CPU) string { return columns.Number(c.Cores()) }
	for _, i := range a.profiles {
		p := &a.snap.Profiles[i]
		why := ""
		if len(p.Why) > 0 {
			why = p.Why[0]
		}
		out = append(out, []string{
			columns.Text(string(p.Workload)), columns.Text(p.Tenant.String()), p.Class, size(p.Base.MemoryRequest), size(p.Base.MemoryLimit),
			size(p.Retry.MemoryLimit),
			columns.Opt(p.Base.CPURequest, cores), columns.Seconds(p.Deadline), strconv.Itoa(int(p.BackoffLimit)), columns.Seconds(p.TTL),
			columns.Opt(p.Parallelism, func(n int32) string { return strconv.Itoa(int(n)) }),
			columns.Opt(p.Now.Request.Memory, size), columns.Opt(p.Now.Request.CPU, cores), columns.Opt(p.Saving, columns.USD),
			columns.Opt(p.FailureRate, columns.Number), strconv.Itoa(p.JobRuns), strconv.Itoa(p.LambdaRuns), p.Confidence.String(),
			columns.Text(why),
		})
	}
	return out
}
