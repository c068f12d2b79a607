package ecs

import (
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Read says what of Amazon ECS is read.
type Read string

// What can be read of ECS.
const (
	ReadTenants Read = "tenants" // what rules, tags or names give to a tenant
	ReadAll     Read = "all"
	ReadNothing Read = "off"
)

// Config is the section aws.ecs of the configuration.
type Config struct {
	Read     Read
	Clusters []attribution.Pattern // names of clusters; empty for all
}

// Wants reports whether a cluster of this name is to be read.
func (c *Config) Wants(cluster string) bool {
	return len(c.Clusters) == 0 || slices.ContainsFunc(c.Clusters, func(p attribution.Pattern) bool { return p.Match(cluster) })
}

func of(v any) *Config {
	c, _ := v.(*Config)
	return c
}

// configuration is the section of the source.
func configuration() *section.Section {
	const read = "aws.ecs.read"
	names := []string{string(ReadTenants), string(ReadAll), string(ReadNothing)}
	clusters := func(v any) []string { return section.Texts(of(v).Clusters) }
	return &section.Section{
		New: func() any { return &Config{Read: ReadTenants} },
		Settings: []section.Setting{
			{
				Path: read, Kind: section.KindText, Help: "what to read of Amazon ECS: tenants (tasks of a tenant), all or off",
				Apply: func(into any, v section.Value) error {
					if !slices.Contains(names, v.Text) {
						return section.OneOf(v.Text, names)
					}
					of(into).Read = Read(v.Text)
					return nil
				},
				Show: func(v any) string { return string(of(v).Read) },
			},
			{
				Path: "aws.ecs.clusters", Kind: section.KindList, Help: "read only ECS clusters whose name matches one of these globs",
				Apply: func(into any, v section.Value) error {
					clusters, err := v.Patterns()
					if err == nil {
						of(into).Clusters = clusters
					}
					return err
				},
				Show: func(v any) string { return strings.Join(clusters(v), ",") },
				List: clusters,
			},
		},
		Check: func(v any, move migration.Move, refuse func(path, found, want, hint string)) {
			if move.Has(migration.ECS) && of(v).Read == ReadNothing {
				refuse(read, "off while ecs is a side of the move", string(ReadTenants)+" or "+string(ReadAll), "")
			}
		},
	}
}
