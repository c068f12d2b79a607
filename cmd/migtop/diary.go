package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/monitor"
)

// patienceDiary bounds one look into the history.
const patienceDiary = 10 * time.Second

// diary is the history as the engine keeps days in it.
type diary struct {
	ctx   context.Context
	store *history.Store
	scope string
}

// Days returns what was kept from a day on.
func (d diary) Days(from time.Time) ([]migration.Day, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.Days(ctx, d.scope, from)
}

// Keep keeps whole days.
func (d diary) Keep(days []migration.Day) error {
	ctx, cancel := context.WithTimeout(d.ctx, patienceDiary)
	defer cancel()
	return d.store.PutDays(ctx, d.scope, days)
}

// diary is where whole days are kept; nil in a demo, whose days are a story.
func (a *app) diary(ctx context.Context) monitor.Diary {
	if a.systems.demo {
		return nil
	}
	path, err := xdg.StateFile(filepath.Join("migtop", "history.db"))
	if err != nil {
		a.log.Warn("days are forgotten at the end", "error", err)
		return nil
	}
	store := history.New(path, history.Options{})
	a.closers = append(a.closers, func() {
		if err := store.Close(); err != nil {
			a.log.Warn("closing the history", "error", err)
		}
	})
	scope := strings.Join([]string{a.config.Name, a.config.AWS.Profile, a.systems.aws.Region, a.config.Kubernetes.Context}, "/")
	return diary{context.WithoutCancel(ctx), store, scope}
}
