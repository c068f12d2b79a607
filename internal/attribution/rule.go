package attribution

import (
	"errors"
	"fmt"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// Condition asks for one tag, label or annotation with a value that matches.
type Condition struct {
	Key   string
	Value Pattern
}

// Rule names the tenant, the workload or both of what meets all its conditions.
// A rule with a Function or Tags speaks of Lambda only; one with a Job, a
// Namespace, Labels or Annotations of Jobs only.
type Rule struct {
	// Platform narrows the rule to one platform; 0 leaves it to the conditions.
	Platform    migration.Platform
	Function    Pattern // the Lambda function's name
	Alias       Pattern // an alias of the function
	Job         Pattern // the name of the Job, or of the CronJob that made it
	Namespace   Pattern
	Service     Pattern     // the name of the ECS service, or of the task family
	Tags        []Condition // of the Lambda function, or of the ECS service or task
	Labels      []Condition // of the pod template, or else of the Job
	Annotations []Condition
	// Tenant and Workload are given to what matches; where they are empty, a
	// pattern above may take them.
	Tenant   migration.Tenant
	Workload migration.Workload
	// Origin is where the rule was written, "config.yaml:12".
	Origin string
}

// Check reports what makes a rule useless: no condition, conditions of both
// platforms, nothing that it names, or one name from two places.
func (r *Rule) Check() error {
	lambda := !r.Function.IsZero() || len(r.Tags) > 0
	jobs := !r.Job.IsZero() || !r.Namespace.IsZero() || len(r.Labels) > 0 || len(r.Annotations) > 0
	ecs := !r.Service.IsZero()
	switch {
	case !r.Alias.IsZero() && r.Function.IsZero():
		return errors.New("alias is of a function: give the rule function too")
	case !lambda && !jobs && !ecs:
		return errors.New("the rule has no condition: give it function, tag, job, label, annotation, namespace or service")
	case lambda && jobs:
		return errors.New("function and tag speak of Lambda, and job, label, annotation and namespace of Jobs: make it two rules")
	case ecs && (jobs || !r.Function.IsZero()):
		return errors.New("service speaks of ECS, the rest of other platforms: make it two rules")
	case (lambda || ecs) && r.Platform == migration.Jobs:
		return errors.New("platform is jobs, but function, tag and service do not speak of Jobs")
	case (jobs || ecs) && r.Platform == migration.Lambda:
		return errors.New("platform is lambda, but job, label, annotation, namespace and service do not speak of Lambda")
	case (jobs || !r.Function.IsZero()) && r.Platform == migration.ECS:
		return errors.New("platform is ecs, but only service and tag speak of ECS")
	}
	tenants, workloads := 0, 0
	if r.Tenant != "" {
		tenants++
	}
	if r.Workload != "" {
		workloads++
	}
	for _, c := range r.conditions() {
		if c.pattern.TakesTenant() {
			tenants++
		}
		if c.pattern.TakesWorkload() {
			workloads++
		}
	}
	switch {
	case tenants+workloads == 0:
		return errors.New("the rule names nobody: give it a tenant or a workload, or put {tenant} or {workload} into a pattern")
	case tenants > 1:
		return errors.New("the tenant comes from two places: keep one of them")
	case workloads > 1:
		return errors.New("the workload comes from two places: keep one of them")
	}
	return nil
}

// grade orders kinds of evidence, the best first.
type grade uint8

const (
	byAlias grade = iota + 1 // an alias, which says more than anything about its function
	byTag                    // a tag or label
	byAnnotation
	byName
	byNamespace
)

func (g grade) method() migration.Method {
	if g == byTag || g == byAnnotation {
		return migration.Measured
	}
	return migration.Derived
}

// condition is a Condition or a name pattern, in one form.
type condition struct {
	grade   grade
	what    string // "tag", "label", "function name", ...
	key     string
	pattern Pattern
}

func (c *condition) source() string {
	if c.key == "" {
		return c.what
	}
	return c.what + " " + c.key
}

func (r *Rule) conditions() []condition {
	var out []condition
	named := func(g grade, what string, p Pattern) {
		if !p.IsZero() {
			out = append(out, condition{g, what, "", p})
		}
	}
	keyed := func(g grade, what string, cs []Condition) {
		for _, c := range cs {
			out = append(out, condition{g, what, c.Key, c.Value})
		}
	}
	named(byAlias, "alias", r.Alias)
	keyed(byTag, "tag", r.Tags)
	keyed(byTag, "label", r.Labels)
	keyed(byAnnotation, "annotation", r.Annotations)
	named(byName, "function name", r.Function)
	named(byName, "job name", r.Job)
	named(byName, "service name", r.Service)
	named(byNamespace, "namespace", r.Namespace)
	return out
}

// compiled is a rule made ready: what does not depend on the identity is
// computed once, since rules run for every pod.
type compiled struct {
	conditions []condition
	grade      grade
	tenant     string
	workload   string
	evidence   migration.Provenance
}

// compileFor returns the rules that speak of one platform, best evidence first,
// and in the order of the file among equals.
func compileFor(p migration.Platform, rules []Rule) []compiled {
	var out []compiled
	for i := range rules {
		r := &rules[i]
		if r.Check() != nil || !r.speaksOf(p) {
			continue
		}
		c := compiled{conditions: r.conditions(), tenant: string(r.Tenant), workload: string(r.Workload)}
		from := &c.conditions[0] // the best one vouches for a tenant given in words
		for j := range c.conditions {
			if c.conditions[j].pattern.TakesTenant() {
				from = &c.conditions[j]
			}
		}
		c.grade = from.grade
		if !r.Alias.IsZero() {
			c.grade = byAlias
		}
		c.evidence = migration.Provenance{Source: from.source(), Method: from.grade.method(), Coverage: 1}
		if r.Origin != "" {
			c.evidence.Note = fmt.Sprintf("by the rule at %s", r.Origin)
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b compiled) int { return int(a.grade) - int(b.grade) })
	return out
}

func (r *Rule) speaksOf(p migration.Platform) bool {
	switch {
	case r.Platform != 0 && r.Platform != p:
		return false
	case !r.Service.IsZero():
		return p == migration.ECS
	case !r.Function.IsZero():
		return p == migration.Lambda
	case len(r.Tags) > 0:
		return p == migration.Lambda || p == migration.ECS
	}
	return p == migration.Jobs
}

// match reports whether id meets all conditions, and what they took from it.
func (c *compiled) match(id *migration.Identity, a *Attributor) (taken, bool) {
	took := taken{c.tenant, c.workload}
	for i := range c.conditions {
		cond := &c.conditions[i]
		t, ok := cond.match(id, a)
		if !ok {
			return taken{}, false
		}
		if t.tenant != "" {
			took.tenant = t.tenant
		}
		if t.workload != "" {
			took.workload = t.workload
		}
	}
	return took, true
}

func (c *condition) match(id *migration.Identity, a *Attributor) (taken, bool) {
	var values map[string]string
	switch c.what {
	case "tag":
		values = id.Tags
	case "label":
		values = id.Labels
	case "annotation":
		values = id.Annotations
	case "alias":
		if id.Alias == "" {
			return taken{}, false
		}
		return c.pattern.match(id.Alias, a.tenants, a.workloads)
	case "namespace":
		return c.pattern.match(id.Namespace, a.tenants, a.workloads)
	case "job name":
		if id.Owner != "" {
			if t, ok := c.pattern.match(id.Owner, a.tenants, a.workloads); ok {
				return t, true
			}
		}
		return c.pattern.match(id.Name, a.tenants, a.workloads)
	default:
		return c.pattern.match(id.Name, a.tenants, a.workloads)
	}
	v, ok := values[c.key]
	if !ok {
		return taken{}, false
	}
	return c.pattern.match(v, a.tenants, a.workloads)
}

// NeedTags reports whether a rule looks at tags of functions, each of which
// costs a call to read.
func (r Rules) NeedTags() bool {
	return slices.ContainsFunc(r.Rules, func(r Rule) bool { return len(r.Tags) > 0 })
}

// Aliased reports whether a rule looks at the aliases of a function, which are listed
// and asked about only then.
func (r Rules) Aliased(function string) bool {
	return slices.ContainsFunc(r.Rules, func(r Rule) bool { return !r.Alias.IsZero() && r.Function.Match(function) })
}
