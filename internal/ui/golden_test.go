package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/ui/canvas"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestGoldenScreens(t *testing.T) {
	sizes := [][2]int{{80, 24}, {120, 40}, {180, 50}, {20, 5}}
	screens := []struct {
		name string
		keys []string
	}{
		{"fleet", nil},
		{"tenants", []string{"2"}},
		{"tenant", []string{"2", "down", "enter"}},
		{"cutover", []string{"4"}},
		{"what-if", []string{"8"}},
		{"sources", []string{"9", "G"}},
	}
	for _, theme := range []string{"dark", "mono"} {
		for _, size := range sizes {
			for _, s := range screens {
				name := fmt.Sprintf("%s_%dx%d_%s", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, Options{Theme: theme, Scenarios: &fakeScenarios{}}, size[0], size[1])
					d.send(snapshotMsg{newFixture()})
					d.press(s.keys...)
					got := d.screen()
					for y, row := range got.rows {
						if n := canvas.Cells(row); n != size[0] {
							t.Errorf("row %d is %d cells wide, want %d", y, n, size[0])
						}
					}
					if len(got.rows) != size[1] {
						t.Errorf("%d rows, want %d", len(got.rows), size[1])
					}
					checkGolden(t, name, got)
				})
			}
		}
	}
}

func TestGoldenMore(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		keys []string
	}{
		{"help", Options{Theme: "dark"}, []string{"?"}},
		{"palette", Options{Theme: "dark"}, []string{":", "s"}},
		{"columns", Options{Theme: "dark"}, []string{"c"}},
		{"filter", Options{Theme: "dark"}, []string{"2", "/", "s", "t", "a"}},
		{"run", Options{Theme: "dark"}, []string{"2", "enter", "down", "enter"}},
		{"tenants_month_light", Options{Theme: "light"}, []string{"2", "u", "u"}},
		{"fleet_ascii", Options{Theme: "mono", ASCII: true}, nil},
		{"tenants_ascii", Options{Theme: "mono", ASCII: true}, []string{"2"}},
		{"cutover_light", Options{Theme: "light"}, []string{"4", "down", "down", "down", "down"}},
		{"cutover_ascii", Options{Theme: "mono", ASCII: true}, []string{"4", "G"}},
		{"cutover_filter", Options{Theme: "dark"}, []string{"4", "/", "h", "o", "l", "d"}},
		{"cutover_tenant_light", Options{Theme: "light"}, []string{"4", "down", "down", "down", "down", "enter"}},
		{"cutover_ready", Options{Theme: "dark"}, []string{"2", "/", "v", "a", "n", "d", "enter", "enter"}},
		{"fleet_ansi16", Options{Theme: "ansi16"}, nil},
		{"tenants_contrast", Options{Theme: "high-contrast"}, []string{"2"}},
		{
			"what-if_turned_light",
			Options{Theme: "light"},
			[]string{"2", "down", "down", "down", "down", "8", "down", "down", "down", "down", "down", "down", "right", "right"},
		},
		{"what-if_never_ascii", Options{Theme: "mono", ASCII: true}, []string{"8", "down", "right"}},
		{"what-if_no_arm64", Options{Theme: "ansi16"}, []string{"8", "down", "right", "down", "down", "down", "right"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Scenarios = &fakeScenarios{}
			d := newDriver(t, c.o, 120, 40)
			d.send(snapshotMsg{newFixture()})
			d.press(c.keys...)
			got := d.screen()
			if c.o.ASCII {
				for y, row := range got.rows {
					if i := strings.IndexFunc(row, func(r rune) bool { return r > 0x7e }); i >= 0 {
						t.Errorf("row %d is not plain: %q", y, row[i:])
					}
				}
			}
			checkGolden(t, c.name, got)
		})
	}
}

// Where queues are named, the tenant's page shows them and where messages are.
func TestGoldenQueues(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		w, h int
	}{
		{"queues_120x40_dark", Options{Theme: "dark"}, 120, 40},
		{"queues_80x24_ascii", Options{Theme: "mono", ASCII: true}, 80, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Scenarios = &fakeScenarios{}
			d := newDriver(t, c.o, c.w, c.h)
			s := newFixture()
			withQueues(&s.Tenants[2])
			d.send(snapshotMsg{s})
			d.press("2", "down", "down", "enter", "G")
			got := d.screen()
			all := strings.Join(got.rows, "\n")
			for _, want := range []string{
				"orders-dlq", "dead-letter", "54 unexplained", "idle for 6 h or more",
				"is fed by sqs orders-events, batches of 10, at most 20 at once", "filtered, disabled",
				":orders → 42 90 % (1.7 GiB x86_64), 43 10 % (1 GiB arm64)", ":bulk → 41 ",
			} {
				if c.w > 100 && !strings.Contains(all, want) {
					t.Errorf("no %q on\n%s", want, all)
				}
			}
			checkGolden(t, c.name, got)
		})
	}
}

// Where somebody says where log lines go, the tenant's page shows whose do not arrive.
func TestGoldenLogs(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		w, h int
	}{
		{"logs_120x40_dark", Options{Theme: "dark"}, 120, 40},
		{"logs_80x24_ascii", Options{Theme: "mono", ASCII: true}, 80, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Scenarios = &fakeScenarios{}
			d := newDriver(t, c.o, c.w, c.h)
			s := newFixture()
			withLogs(&s.Tenants[2])
			d.send(snapshotMsg{s})
			d.press("2", "down", "down", "enter", "G")
			got := d.screen()
			all := strings.Join(got.rows, "\n")
			for _, want := range []string{
				"Log delivery", "/eks/prod/orders and 1 more", "/eks/prod, shared", "/eks/{tenant}: does not exist",
				"not known yet", "log group unknown: set logs.jobs",
			} {
				if c.w > 100 && !strings.Contains(all, want) {
					t.Errorf("no %q on\n%s", want, all)
				}
			}
			checkGolden(t, c.name, got)
		})
	}
}

func checkGolden(t *testing.T, name string, got screenText) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got.golden()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with: go test ./internal/ui -update)", err)
	}
	if diff := cmp.Diff(string(want), got.golden()); diff != "" {
		t.Errorf("the screen differs from %s (-want +got):\n%s", path, diff)
	}
}
