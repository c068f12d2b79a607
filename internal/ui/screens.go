package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/ui/canvas"
)

// screens lists all screens in the order of the tab bar. Tabs, default keys, names to start
// with, commands of the palette, and the keys for next and previous come from it. A new
// screen is a file of its own and an entry here.
var screens = []*screenInfo{
	&fleetInfo,
	&tenantsInfo,
	&tenantInfo,
	&cutoverInfo,
	&profilesInfo,
	&whatIfInfo,
	&sourcesInfo,
}

// screenInfo is what is fixed about a screen, and identifies it.
type screenInfo struct {
	of func(*model) screen // its state in a model

	title  string   // in the tab bar
	name   string   // in the palette, as the first screen, and as the key's hint
	about  string   // one line for the palette
	action Action   // opens it
	keys   []string // default keys of the action
	help   string   // of the action

	first      bool                          // the program can start with it
	filtered   bool                          // the filter applies to its rows
	monthly    bool                          // its money is per month, whatever unit is chosen
	stepped    bool                          // its figures are those since the step, whatever unit and window are chosen
	ofTenant   bool                          // the palette's command takes a tenant, see screen.showTenant
	standalone bool                          // is drawn also while no tenant is known
	plain      bool                          // its figures carry no marks that need a legend
	legend     func(*canvas.Glyphs) []string // explains its own marks instead, the fullest first

	hints []Action  // keys at the foot, the most important first
	pairs []keyPair // two keys that belong together, before the hints
}

// keyPair is two actions that do one thing in two directions.
type keyPair struct {
	one, other Action
	does       string
}

// screen is the part between the tab bar and the foot. Every screen has draw, act,
// clipboard and saved; [screenDefaults], embedded, has the rest for a screen that needs none
// of it. Unless said otherwise, there is data (model.data) when a method is called.
type screen interface {
	// enter takes over what the screen that is open looks at, before this one opens. There may be no data yet.
	enter(*model)
	// ask asks for what the screen shows and the snapshot lacks, if that is out of date. There may be no data yet.
	ask(*model) tea.Cmd
	// follow keeps the cursor on its row when new data replaces the data before, nil the first time.
	follow(before, now *arranged)
	// draw draws the screen.
	draw(*model, canvas.Pane)
	// order says how the rows are ordered, for the tab bar; "" for nothing to say. There may be no data yet.
	order(*model) string
	// act does an action that means something on this screen alone.
	act(*model, Action) tea.Cmd
	// export opens or writes what the screen exports. There may be no data yet.
	export(*model) tea.Cmd
	// click puts the cursor on the row at line y of the screen.
	click(m *model, y int)
	// leave closes what is open inside the screen, and reports whether there was anything. There may be no data yet.
	leave() bool
	// showTenant opens the screen for a tenant; only where screenInfo.ofTenant is set.
	showTenant(*model, migration.Tenant) tea.Cmd
	// clipboard is what a copy takes, and what to call that; "" for nothing.
	clipboard(*model) (what, content string)
	// table is the table to save as CSV. A screen without one says why and returns nil.
	table(*model) *savedTable
	// focus is what is looked at.
	focus(*model) Focus
	// subject is the tenant whose figures are shown, none for the whole fleet; false for neither.
	subject(*model) (migration.Opt[migration.Tenant], bool)
}

// savedTable is a table to save. Its rows are built in a command.
type savedTable struct {
	name string // a part of the file's name
	rows func() [][]string
}

// screenDefaults are the methods of a screen that has nothing to do there.
type screenDefaults struct{}

func (screenDefaults) enter(*model)                                                 {}
func (screenDefaults) ask(*model) tea.Cmd                                           { return nil }
func (screenDefaults) follow(_, _ *arranged)                                        {}
func (screenDefaults) order(*model) string                                          { return "" }
func (screenDefaults) export(*model) tea.Cmd                                        { return nil }
func (screenDefaults) click(*model, int)                                            {}
func (screenDefaults) leave() bool                                                  { return false }
func (screenDefaults) showTenant(*model, migration.Tenant) tea.Cmd                  { return nil }
func (screenDefaults) focus(*model) (f Focus)                                       { return f }
func (screenDefaults) subject(*model) (of migration.Opt[migration.Tenant], ok bool) { return of, false }

// current is the screen that is open.
func (m *model) current() screen { return m.screens[m.screen] }

// goTo opens a screen for what the one before it looks at.
func (m *model) goTo(s *screenInfo) tea.Cmd {
	m.screens[s].enter(m)
	m.open(s)
	return m.current().ask(m)
}

// screenOpenedBy is the screen that an action opens, nil for none.
func screenOpenedBy(a Action) *screenInfo {
	for _, s := range screens {
		if s.action == a {
			return s
		}
	}
	return nil
}

// firstScreen is the screen to start with by its name, the first one for "".
func firstScreen(name string) (*screenInfo, error) {
	var names []string
	for _, s := range screens {
		if !s.first {
			continue
		}
		if s.name == name || name == "" {
			return s, nil
		}
		names = append(names, s.name)
	}
	last := len(names) - 1
	return nil, fmt.Errorf("unknown screen %q to start with: want %s or %s", name, strings.Join(names[:last], ", "), names[last])
}

// screenCommands are the palette's commands that open a screen.
func screenCommands() []command {
	out := make([]command, 0, len(screens))
	for _, s := range screens {
		c := command{name: s.name, help: s.about, run: runAction(s.action)}
		if s.ofTenant {
			c.args = (*palette).tenants
			c.run = func(m *model, arg string) (tea.Cmd, error) {
				if arg == "" {
					return m.dispatch(s.action), nil
				}
				if m.data == nil || m.data.tenant(migration.Tenant(arg)) == nil {
					return nil, fmt.Errorf("no tenant is called %q", arg)
				}
				return m.screens[s].showTenant(m, migration.Tenant(arg)), nil
			}
		}
		out = append(out, c)
	}
	return out
}
