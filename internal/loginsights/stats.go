package loginsights

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// FunctionStats are the figures from the logs of one function and tenant since a time.
type FunctionStats struct {
	Home     string // the account and region, as "123456789012/eu-west-1"
	Group    string
	Function string
	Tenant   string // as the log names it
	Runs     migration.LoggedRuns
	Unread   migration.Unread // of the function, with its first row only
	// Final is the time up to which it cannot change; zero if nothing read is final.
	Final time.Time
}

// ReadStats adds up the stored runs reported since a time, by function and tenant, in the accounts and regions of the
// functions.
func ReadStats(ctx context.Context, h History, functions []migration.Function, from, now time.Time) ([]FunctionStats, error) {
	var homes []string
	for i := range functions {
		homes = append(homes, functions[i].AccountRegion())
	}
	slices.Sort(homes)
	var out []FunctionStats
	for _, home := range slices.Compact(homes) {
		rows, err := statsAt(ctx, h, home, from, now)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortStableFunc(out, func(a, b FunctionStats) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Home, b.Home), cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Tenant, b.Tenant))
	})
	return out, nil
}

// statsAt adds up the stored runs of one account and region.
func statsAt(ctx context.Context, h History, home string, from, now time.Time) ([]FunctionStats, error) {
	covered, err := h.Covered(ctx, home, from, now.Add(time.Hour))
	if err != nil {
		return nil, err
	}
	type key struct{ group, function, tenant string }
	rows := make(map[key]*FunctionStats)
	unread := make(map[key]migration.Unread)
	err = h.Segments(ctx, home, from, now.Add(time.Hour), func(group string, one *migration.LogSegment) bool {
		of := key{group, one.Function, ""}
		u := unread[of]
		u.Add(one.Unread)
		unread[of] = u
		for i := range one.Runs {
			k := key{group, one.Function, one.Runs[i].Tenant}
			if rows[k] == nil {
				rows[k] = &FunctionStats{Home: home, Group: group, Function: one.Function, Tenant: k.tenant}
			}
			rows[k].Runs.Add(&one.Runs[i])
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for k := range unread {
		if unread[k] != (migration.Unread{}) && !slices.ContainsFunc(slices.Collect(maps.Keys(rows)),
			func(r key) bool { return r.group == k.group && r.function == k.function }) {
			rows[k] = &FunctionStats{Home: home, Group: k.group, Function: k.function}
		}
	}
	out := make([]FunctionStats, 0, len(rows))
	for _, row := range rows {
		if spans := covered[row.Group]; len(spans) > 0 {
			row.Final = spans[len(spans)-1].To
		}
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b FunctionStats) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Tenant, b.Tenant))
	})
	for i := range out {
		if i == 0 || out[i-1].Function != out[i].Function || out[i-1].Group != out[i].Group {
			out[i].Unread = unread[key{out[i].Group, out[i].Function, ""}]
		}
	}
	return out, nil
}
