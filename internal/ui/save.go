package ui

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
)

// copy puts what the cursor is on into the clipboard of the terminal (OSC 52).
func (m *model) copy() tea.Cmd {
	if m.data == nil {
		return nil
	}
	what, content := "", ""
	switch m.screen {
	case fleetScreen:
		if i := m.fleet.list.cursor; i < len(m.data.needs) {
			n := m.data.needs[i]
			t := &m.data.snap.Tenants[n.tenant]
			what, content = "the notice", t.Tenant.String()+": "+t.Notices[n.notice].Text
		}
	case tenantsScreen:
		if t := m.tenants.under(m.data); t != nil {
			what, content = "the tenant's name", t.Tenant.String()
		}
	case tenantScreen:
		v := m.tenant.view(m.data)
		if v == nil {
			break
		}
		what, content = "the verdict", v.Tenant.String()+": "+v.Verdict.Word.String()+". "+v.Verdict.Reason
		if r := m.tenant.run(v); r != nil {
			what, content = "the Job's name", r.Namespace+"/"+r.Name
		}
	case profilesScreen:
		if p := m.profiles.under(m.data); p != nil && len(p.Why) > 0 {
			what, content = "why", p.Tenant.String()+", "+string(p.Workload)+": "+strings.Join(p.Why, " ")
		}
	case whatIfScreen:
		if w := m.whatIf.prospect(m.data); w != nil {
			what, content = "the verdict", m.whatIf.scope()+": "+w.Verdict.Word.String()+". "+w.Verdict.Reason
		}
	case sourcesScreen:
		h := m.sources.under(m.data.snap)
		switch {
		case h == nil:
		case h.Problem == nil:
			what, content = "the source's name", h.Source
		case h.Problem.Snippet != "":
			what, content = "the snippet", h.Problem.Snippet
		default:
			what, content = "the problem", h.Problem.Error()
		}
	}
	if content == "" {
		m.say(dim, "nothing here to copy")
		return nil
	}
	m.say(dim, "copied "+what+", if the terminal allows it")
	return tea.SetClipboard(content)
}

// save writes the open table to a new file.
func (m *model) save() tea.Cmd {
	if m.data == nil {
		return nil
	}
	var name string
	var table func() [][]string
	data, now := m.data, m.opts.Now()
	switch m.screen {
	case tenantsScreen:
		name, table = "tenants", func() [][]string { return tenantsTable(data) }
	case tenantScreen:
		v := m.tenant.view(data)
		if v == nil {
			return nil
		}
		name, table = "runs-"+fileName(v.Tenant.String()), func() [][]string { return runsTable(v, now) }
	case profilesScreen:
		name, table = "profiles", func() [][]string { return profilesTable(data) }
	case whatIfScreen:
		answer := m.whatIf.answer
		if answer == nil {
			m.say(dim, "nothing has been reckoned yet")
			return nil
		}
		name, table = "what-if", func() [][]string { return whatIfTable(answer) }
	case sourcesScreen:
		name, table = "sources", func() [][]string { return sourcesTable(data.snap) }
	default:
		m.say(dim, "no table here: "+m.keys.key(ActTenants)+" shows the tenants'")
		return nil
	}
	base := m.fileBase(name)
	return m.tasks.do(func(context.Context) tea.Msg {
		rows := table()
		path, err := writeNew(base, ".csv", func(w io.Writer) error {
			c := csv.NewWriter(w)
			_ = c.WriteAll(rows) // its error is the writer's, read below
			return c.Error()
		})
		return savedMsg{path: path, rows: len(rows) - 1, err: err}
	})
}

// fileBase is the name of a file to save, without its ending.
func (m *model) fileBase(name string) string {
	return filepath.Join(m.opts.SaveDir, "migtop-"+name+"-"+m.opts.Now().In(m.opts.Location).Format("20060102-150405"))
}

func writing(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// fileName takes out of a name what a file's name should not have.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, s)
}

// writeNew writes a file that was not there before; where it was, a number is
// added to its name. Nothing half written is left behind.
func writeNew(base, ext string, write func(io.Writer) error) (string, error) {
	for n := 1; n < 1000; n++ {
		path := base + ext
		if n > 1 {
			path = base + "-" + strconv.Itoa(n) + ext
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return path, fmt.Errorf("cannot save: %w", err)
		}
		err = errors.Join(write(f), f.Close())
		if err != nil {
			_ = os.Remove(path) // half a table is worse than none
			return path, fmt.Errorf("cannot save: %w", err)
		}
		return path, nil
	}
	return base, fmt.Errorf("cannot save: a thousand files %s-* are there already", base)
}

// cell makes a text safe for a spreadsheet, which takes some beginnings for a
// formula.
func textCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func optCell[T any](o migration.Opt[T], write func(T) string) string {
	if v, ok := o.Get(); ok {
		return write(v)
	}
	return ""
}

func countCell(o migration.Opt[int64]) string {
	return optCell(o, func(n int64) string { return strconv.FormatInt(n, 10) })
}

func ratioCell(o migration.Opt[migration.Ratio]) string {
	return optCell(o, func(r migration.Ratio) string { return strconv.FormatFloat(float64(r), 'g', 6, 64) })
}

func secondsCell(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// tenantsTable is the table as it is filtered and ordered, every column of it;
// unknown is an empty cell, and money has all its digits.
func tenantsTable(a *arranged) [][]string {
	out := [][]string{{
		"tenant", "verdict", "routed", "lambda_usd_per_hour", "jobs_usd_per_hour", "lambda_usd_per_run", "jobs_usd_per_run", "delta",
		"break_even_runs_per_day", "lambda_runs", "jobs_runs", "lambda_failure_rate", "jobs_failure_rate", "lambda_p95_seconds_low", "lambda_p95_seconds_high",
		"jobs_p95_seconds_low", "jobs_p95_seconds_high", "lambda_wall", "jobs_wall", "jobs_oom_killed", "jobs_running", "jobs_pending", "runs_per_day",
		"break_even_seconds", "break_even_utilization", "monthly_saving_usd", "month_end_usd", "month_end_on_lambda_usd",
		"platform_share_usd_per_hour", "idle_share_usd_per_hour", "marginal_usd_per_hour", "needs", "reason",
	}}
	usd := func(f migration.Figure[migration.USD]) string { return optCell(f.Value, migration.USD.String) }
	for _, i := range a.rows {
		t := &a.snap.Tenants[i]
		l, j := t.Lambda.Duration.Quantile(0.95), t.Jobs.Duration.Quantile(0.95)
		low := func(b migration.Bounds[time.Duration]) string { return secondsCell(b.Low) }
		high := func(b migration.Bounds[time.Duration]) string { return secondsCell(b.High) }
		out = append(out, []string{
			textCell(t.Tenant.String()), t.Verdict.Word.String(), ratioCell(t.Routed.Value), usd(t.Lambda.CostPerHour), usd(t.Jobs.CostPerHour),
			usd(t.Lambda.CostPerRun), usd(t.Jobs.CostPerRun), ratioCell(t.Delta.Value),
			optCell(t.BreakEven.Value, func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }),
			countCell(t.Lambda.Runs), countCell(t.Jobs.Runs), ratioCell(t.Lambda.FailureRate), ratioCell(t.Jobs.FailureRate),
			optCell(l, low), optCell(l, high), optCell(j, low), optCell(j, high), ratioCell(t.Lambda.Wall), ratioCell(t.Jobs.Wall),
			countCell(t.Jobs.OOMKilled), countCell(t.Jobs.Running), countCell(t.Jobs.Pending),
			optCell(t.Answers.RunsPerDay, func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }),
			optCell(t.Answers.Duration.Value, secondsCell), ratioCell(t.Answers.Utilization.Value),
			usd(t.Answers.Saving), usd(t.Answers.MonthEnd), usd(t.Answers.Stay),
			usd(t.Answers.PlatformShare), usd(t.Answers.IdleShare), usd(t.Answers.Marginal),
			migration.Worst(t.Notices).String(), textCell(t.Verdict.Reason),
		})
	}
	return out
}

func runsTable(v *migration.TenantView, now time.Time) [][]string {
	out := [][]string{{"tenant", "workload", "namespace", "job", "state", "reason", "created", "started", "finished", "seconds", "attempts", "failed_attempts", "peak_memory_bytes", "memory_limit_bytes"}}
	bytes := func(b migration.Bytes) string { return strconv.FormatInt(int64(b), 10) }
	for i := range v.Runs {
		r := &v.Runs[i]
		out = append(out, []string{
			textCell(v.Tenant.String()), textCell(string(r.Key.Workload)), r.Namespace, r.Name, r.State.String(), r.Reason,
			timeCell(r.Created), optCell(r.Started, timeCell), optCell(r.Finished, timeCell), optCell(r.Duration(now), secondsCell),
			strconv.Itoa(len(r.Attempts)), strconv.Itoa(int(r.Failed)), optCell(peakOf(r), bytes), optCell(r.MemoryLimit(), bytes),
		})
	}
	return out
}

func sourcesTable(s *migration.Snapshot) [][]string {
	out := [][]string{{"source", "state", "last_success", "data_to", "final_to", "cadence_seconds", "latency_seconds", "calls", "errors", "objects", "problem", "fix"}}
	for i := range s.Sources {
		h := &s.Sources[i]
		what, fix := "", ""
		if h.Problem != nil {
			what, fix = h.Problem.What, h.Problem.Fix
		}
		out = append(out, []string{
			h.Source, h.State.String(), timeCell(h.LastSuccess), timeCell(h.DataTo), timeCell(h.FinalTo), secondsCell(h.Cadence), secondsCell(h.Latency),
			strconv.FormatInt(h.Calls, 10), strconv.FormatInt(h.Errors, 10), strconv.Itoa(h.Objects), textCell(what), textCell(fix),
		})
	}
	return out
}
