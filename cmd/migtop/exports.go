package main

import (
	"context"

	"github.com/migtop/migtop/internal/folder"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile/export"
	"github.com/migtop/migtop/internal/ui"
)

// exports writes profiles as the screen knows it.
type exports struct{}

// Formats lists what can be written.
func (exports) Formats() []ui.ExportFormat {
	var out []ui.ExportFormat
	for _, f := range export.Formats() {
		out = append(out, ui.ExportFormat{Name: string(f.Format), Help: f.Title})
	}
	return out
}

// Plan says what writing profiles into a folder would do.
func (exports) Plan(_ context.Context, profiles []migration.Profile, format, dir string) (*ui.ExportPlan, error) {
	rendered, err := export.Render(profiles, export.Format(format), export.Options{})
	if err != nil {
		return nil, err
	}
	files := make([]folder.File, len(rendered))
	for i, r := range rendered {
		files[i] = folder.File(r)
	}
	plan, err := folder.Make(dir, files)
	if err != nil {
		return nil, err
	}
	out := &ui.ExportPlan{
		Dir: dir, Blocked: len(plan.Changed()),
		Write: func(_ context.Context, force bool) error { return plan.Write(force) },
	}
	for i := range plan.Changes {
		c := &plan.Changes[i]
		out.Files = append(out.Files, ui.ExportFile{Name: c.Name, State: c.State.String(), Diff: c.Diff})
	}
	return out, nil
}
