package attribution

import (
	"github.com/migtop/migtop/internal/migration"
)

// Discovery says how far migtop attributes work without a rule.
type Discovery uint8

// The extents of discovery. The zero value is the widest, which is the default.
const (
	DiscoverNames  Discovery = iota // well-known keys, then known tenants in names
	DiscoverLabels                  // well-known labels, annotations and tags only
	DiscoverNone                    // the configured rules only
)

// TenantKeys are the labels, annotations and tags that name a tenant without a
// configuration, in the order in which they are looked for.
var TenantKeys = [...]string{"tenant", "app.kubernetes.io/tenant", "tenant-id", "Tenant", "TenantId"}

// WorkloadKeys are the labels, annotations and tags that name a workload without
// a configuration, in the order in which they are looked for.
var WorkloadKeys = [...]string{"workload", "app.kubernetes.io/name", "Workload"}

// Rules is the attribution section of a configuration.
type Rules struct {
	Rules     []Rule
	Tenants   []Names
	Workloads []Names
	Discover  Discovery
}

// Attributor gives work to tenants. It is immutable: the same identity always
// gets the same answer, and any number of goroutines may ask at once.
type Attributor struct {
	rules     map[migration.Platform][]compiled
	tenants   *vocabulary
	workloads *vocabulary
	discover  Discovery
	// learnt holds what Learn found in the tenants' names, for the evidence.
	learnt map[string]string
}

// New makes an Attributor of rules. Rules that their own Check refuses are left
// out; the configuration refuses them before, with their line.
func New(r Rules) *Attributor {
	a := &Attributor{
		rules:     map[migration.Platform][]compiled{},
		tenants:   newVocabulary(r.Tenants),
		workloads: newVocabulary(r.Workloads),
		discover:  r.Discover,
	}
	for _, p := range []migration.Platform{migration.Lambda, migration.Jobs, migration.ECS} {
		a.rules[p] = compileFor(p, r.Rules)
	}
	return a
}

// Tenants returns the names of the tenants that are known before any work was
// seen, sorted: the configured ones and those learnt.
func (a *Attributor) Tenants() []migration.Tenant {
	names := a.tenants.names()
	out := make([]migration.Tenant, len(names))
	for i, n := range names {
		out[i] = migration.Tenant(n)
	}
	return out
}

var (
	byOwner      = migration.Provenance{Source: "owner name", Method: migration.Derived, Coverage: 1, Note: "a known tenant's name in it"}
	unattributed = migration.Provenance{Note: "no rule, label, tag or name tells the tenant"}
)

// Attribute gives an identity to a tenant and a workload; see the package's
// comment for the order of the evidence. It is a [migration.Attribute].
func (a *Attributor) Attribute(id migration.Identity) migration.Attribution {
	var t taken
	var e migration.Provenance
	for i := range a.rules[id.Platform] {
		rule := &a.rules[id.Platform][i]
		took, ok := rule.match(&id, a)
		if !ok {
			continue
		}
		if t.tenant == "" && took.tenant != "" {
			t.tenant, e = took.tenant, rule.evidence
		}
		if t.workload == "" {
			t.workload = took.workload
		}
		if t.tenant != "" && t.workload != "" {
			break
		}
	}
	if a.discover <= DiscoverLabels {
		if t.tenant == "" {
			t.tenant, e = wellKnown(&id, TenantKeys[:])
		}
		if t.workload == "" {
			t.workload, _ = wellKnown(&id, WorkloadKeys[:])
		}
	}
	if t.tenant != "" {
		t.tenant = a.tenants.name(t.tenant)
	} else if a.discover == DiscoverNames {
		t.tenant, e = a.fromNames(&id)
	}
	if t.tenant == "" {
		e = unattributed
	}
	if t.workload == "" {
		t.workload = a.workloadOf(&id, t.tenant)
	}
	return migration.Attribution{
		Tenant:   migration.Tenant(t.tenant),
		Workload: migration.Workload(a.workloads.name(t.workload)),
		Evidence: e,
	}
}

// keyed evidence of the well-known keys, made once: it is asked for every pod.
var keyed = func() map[string]map[string]migration.Provenance {
	out := map[string]map[string]migration.Provenance{"tag": {}, "label": {}, "annotation": {}}
	for what, m := range out {
		for _, keys := range [][]string{TenantKeys[:], WorkloadKeys[:]} {
			for _, k := range keys {
				m[k] = migration.Provenance{Source: what + " " + k, Method: migration.Measured, Coverage: 1}
			}
		}
	}
	return out
}()

// wellKnown looks the keys up in tags, labels and annotations, all keys of the
// better place before the next one.
func wellKnown(id *migration.Identity, keys []string) (string, migration.Provenance) {
	for _, place := range [...]struct {
		what   string
		values map[string]string
	}{{"tag", id.Tags}, {"label", id.Labels}, {"annotation", id.Annotations}} {
		if len(place.values) == 0 {
			continue
		}
		for _, k := range keys {
			if v := place.values[k]; v != "" {
				return v, keyed[place.what][k]
			}
		}
	}
	return "", migration.Provenance{}
}

// fromNames looks for a known tenant in the names of the thing, of its namespace
// and of its owner.
func (a *Attributor) fromNames(id *migration.Identity) (string, migration.Provenance) {
	if name, _, _ := a.tenants.find(id.Name); name != "" {
		return name, a.nameEvidence(id.Platform, name)
	}
	if id.Platform != migration.Jobs {
		return "", migration.Provenance{}
	}
	if name, _, _ := a.tenants.find(id.Namespace); name != "" {
		return name, migration.Provenance{Source: "namespace", Method: migration.Derived, Coverage: 1, Note: "a known tenant's name in it"}
	}
	if name, _, _ := a.tenants.find(id.Owner); name != "" {
		return name, byOwner
	}
	return "", migration.Provenance{}
}

func (a *Attributor) nameEvidence(p migration.Platform, tenant string) migration.Provenance {
	e := migration.Provenance{Source: "job name", Method: migration.Derived, Coverage: 1, Note: "a known tenant's name in it"}
	switch p {
	case migration.Lambda:
		e.Source = "function name"
	case migration.ECS:
		e.Source = "service name"
	}
	if how := a.learnt[tenant]; how != "" {
		e.Note = how
	}
	return e
}
