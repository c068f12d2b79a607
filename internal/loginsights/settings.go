package loginsights

import (
	"context"
	"fmt"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// History keeps what was read of the logs. A scope is an account and region, as
// "123456789012/eu-west-1".
type History interface {
	// Covered are the time ranges within [from, to) of each log group that were read for good.
	Covered(ctx context.Context, scope string, from, to time.Time) (map[string][]migration.ReadSpan, error)
	// Segments yields the stored segments of lines written in [from, to), in order of time.
	Segments(ctx context.Context, scope string, from, to time.Time, yield func(group string, one *migration.LogSegment) bool) error
	// OpenRequests returns, per log group, the requests whose tenant was named before their report arrived.
	OpenRequests(ctx context.Context, scope string) (map[string][]migration.OpenRequest, error)
	// LoggedRuns are the newest single runs of each function, at most so many.
	LoggedRuns(ctx context.Context, scope string, newest int) ([]migration.LoggedRun, error)
	// PutLogs keeps one answer.
	PutLogs(ctx context.Context, scope string, a *migration.LogAnswer) error
	// Problem is why nothing can be kept, nil for no problem.
	Problem() *migration.Problem
}

// Settings say which logs are read and when. Accounts are required.
type Settings struct {
	// Accounts are the ways to the logs, one an account and region.
	Accounts []Account
	// History is what was read before; nil for nothing.
	History History
	// Shared reports whether a function works for several tenants and its log names them;
	// nil: those in tenant isolation mode. Tenant is the tenant that a name in a log means;
	// nil: the name itself.
	Shared func(*migration.Function) bool
	Tenant func(name string) migration.Tenant
	// Elsewhere reports whether a function's activity is split over tenants by other means:
	// its log must not be counted on top. nil: functions that are split by alias.
	Elsewhere func(*migration.Function) bool
	// Every is the time between two automatic readings; 0 disables them. MaxScan limits the volume of such a reading.
	Every   time.Duration
	MaxScan migration.Bytes
	// Back is how far back a reading goes; 0 is a day.
	Back time.Duration
	// First makes an engine that polls once read what is missing first, where that scans no
	// more than MaxScan.
	First bool
}

// WithDefaults is a copy in which all that may be nil or 0 is set.
func (e *Settings) WithDefaults() *Settings {
	out := *e
	if out.Shared == nil {
		out.Shared = func(f *migration.Function) bool { return f.Logs.Isolated }
	}
	if out.Tenant == nil {
		out.Tenant = func(name string) migration.Tenant { return migration.Tenant(name) }
	}
	out.Elsewhere = func(f *migration.Function) bool {
		return f.Split() || (e.Elsewhere != nil && e.Elsewhere(f))
	}
	if out.Back <= 0 {
		out.Back = migration.DayWindow
	}
	return &out
}

// Problem is why the history cannot be kept, nil for no problem.
func (e *Settings) Problem() error {
	if e.History == nil {
		return nil
	}
	if p := e.History.Problem(); p != nil {
		return p
	}
	return nil
}

// BytesText formats a number of bytes for a sentence, such as "1.5 GB".
func BytesText(n int64) string {
	switch {
	case n >= int64(migration.GiB):
		return fmt.Sprintf("%.1f GB", float64(n)/float64(migration.GiB))
	case n >= int64(migration.MiB):
		return fmt.Sprintf("%.1f MB", float64(n)/float64(migration.MiB))
	}
	return fmt.Sprintf("%.1f kB", float64(n)/float64(migration.KiB))
}
