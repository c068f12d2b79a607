package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/engine"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/timeseries"
)

// patienceDiary bounds one look into the history.
const patienceDiary = 10 * time.Second

// diary is the history as the engine keeps days and ended runs in it.
type diary struct {
	ctx   context.Context
	store *history.Store
	scope string
	// runs is the scope of runs and of how cutovers stand. It depends on the attribution rules, so that changed rules start with no
	// runs.
	runs string
	now  func() time.Time
}

// Days returns what was kept from a day on.
func (d diary) Days(from time.Time) ([]migration.Day, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.Days(ctx, d.scope, from)
}

// KeepDays keeps whole days.
func (d diary) KeepDays(days []migration.Day) error {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.PutDays(ctx, d.scope, days)
}

// mostRuns limits the stored runs that are read at the start, over all workloads and tenants: reading and learning from
// them takes a second or two, in parallel with the first poll.
const mostRuns = 100_000

// Runs returns the ended runs that were kept.
func (d diary) Runs() ([]migration.RunRecord, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.Records(ctx, d.runs, mostRuns)
}

// KeepRuns keeps ended runs.
func (d diary) KeepRuns(runs []migration.RunRecord) error {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.PutRecords(ctx, d.runs, runs)
}

// CutoverStates returns how cutovers stood.
func (d diary) CutoverStates() ([]migration.CutoverState, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.Cutovers(ctx, d.runs)
}

// KeepCutoverStates keeps how cutovers stand.
func (d diary) KeepCutoverStates(states []migration.CutoverState) error {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.PutCutovers(ctx, d.runs, d.now(), states)
}

// CutoverRecords returns the record of cutovers from a time on.
func (d diary) CutoverRecords(from time.Time) ([]migration.CutoverRecord, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.Verdicts(ctx, d.scope, from)
}

// KeepCutoverRecords adds to the record of cutovers.
func (d diary) KeepCutoverRecords(records []migration.CutoverRecord) error {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.PutVerdicts(ctx, d.scope, records)
}

// fingerprint identifies attribution rules by their content, not by their place in the file.
func fingerprint(r attribution.Rules) string {
	r.Rules = slices.Clone(r.Rules)
	for i := range r.Rules {
		r.Rules[i].Origin = ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v", r))
	return hex.EncodeToString(sum[:8])
}

// cutoverHistory is where the cutovers are kept; nil in a demo, which begins anew each time.
func (a *app) cutoverHistory(ctx context.Context) engine.CutoverHistory {
	d, ok := a.diary(ctx).(diary)
	if !ok {
		return nil
	}
	return d
}

// diary returns the store of whole days and runs; nil in a demo, whose days are simulated.
func (a *app) diary(ctx context.Context) engine.History {
	if a.systems.demo {
		return nil
	}
	scope := a.historyScope()
	return diary{context.WithoutCancel(ctx), a.keep(), scope, scope + "/" + fingerprint(a.config.Attribution), a.clock.Now}
}

// historyScope names what is watched, so that what was seen of other accounts, regions and clusters is not mixed with it.
func (a *app) historyScope() string {
	parts := []string{a.config.Name}
	for _, w := range a.systems.aws {
		parts = append(parts, w.options.Profile, w.options.Region)
		if w.options.Role != "" {
			parts = append(parts, w.options.Role)
		}
	}
	parts = append(parts, a.config.Kubernetes.Context)
	if m := a.config.Move; m != migration.DefaultMove { // its days are of other sides
		parts = append(parts, m.Before.String()+" to "+m.After.String())
	}
	return strings.Join(parts, "/")
}

// minutes keeps what was seen by the minute.
type minutes struct {
	store *history.Store
	scope string
}

// patienceWrite bounds one write of minutes: the first one has two days of what CloudWatch keeps.
const patienceWrite = 5 * time.Minute

// KeepMinutes keeps minutes. A history that is in memory, or not as it should be, is an error too.
func (k minutes) KeepMinutes(ctx context.Context, m *timeseries.Minutes) error {
	ctx, cancel := context.WithTimeout(ctx, patienceWrite)
	defer cancel()
	err := k.store.PutMinutes(ctx, k.scope, m)
	if p := k.store.Problem(); p != nil {
		return p
	}
	return err
}

// minutes returns the store of minutes; nil in a demo, which is gone with its program.
func (a *app) minutes() engine.Minutes {
	if a.systems.demo {
		return nil
	}
	return minutes{a.keep(), a.historyScope()}
}

// keptDays says which days the diary has whole of Lambda, so that CloudWatch is not asked
// for them again; nil where there is none.
func (a *app) keptDays(ctx context.Context) func(time.Time) bool {
	diary := a.diary(ctx)
	if diary == nil {
		return nil
	}
	days := sync.OnceValue(func() map[int64]bool {
		whole := map[int64]bool{}
		kept, err := diary.Days(a.clock.Now().AddDate(0, 0, -engine.Days-1))
		if err != nil {
			a.log.Warn("recall days: all are asked for", "error", err)
		}
		for i := range kept {
			whole[kept[i].Day.Unix()] = kept[i].BeforeSeen >= migration.DayLength
		}
		return whole
	})
	return func(day time.Time) bool { return days()[day.Unix()] }
}

// keep is what was seen, on disk; in memory in a demo, and where there is no place for it.
func (a *app) keep() *history.Store {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.history != nil {
		return a.history
	}
	path := ""
	if !a.systems.demo {
		var err error
		if path, err = historyFile(a.config); err != nil {
			a.log.Warn("what is seen is forgotten at the end", "error", err)
			path = ""
		}
	}
	store := history.New(path, history.Options{Cap: a.config.History.Cap})
	a.history = store
	a.opened = append(a.opened, func() {
		if err := store.Close(); err != nil {
			a.log.Warn("closing the history", "error", err)
		}
	})
	return store
}

// historyFile is the file of the history.
func historyFile(c *config.Config) (string, error) {
	if c.History.Path != "" {
		return filepath.Abs(c.History.Path)
	}
	return xdg.StateFile(historyPath)
}
