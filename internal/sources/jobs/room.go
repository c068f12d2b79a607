package jobs

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/migtop/migtop/internal/migration"
)

// What a cluster has for more Jobs is read after the first poll, seldom, and apart from polls: a tenant's readiness may wait for it,
// and figures may not.
const (
	everyQuota = 2 * time.Minute
	// everyOthers is the time between two looks at the pods that are no Jobs', of which a cluster may have thousands.
	everyOthers   = 10 * time.Minute
	othersPage    = 500
	othersTimeout = time.Minute
)

// The largest pod that Fargate takes. Source: Amazon EKS user guide, "Fargate Pod configuration".
const (
	mostFargateCPU    = 16 * migration.Core
	mostFargateMemory = 120 * migration.GiB
)

// room is what was read of the cluster for more Jobs. The model's lock protects it.
type room struct {
	quotas   []migration.Quota
	hasQuota bool // they were read
	// others is what the pods request that are no Jobs' and no services', by node.
	others    map[string]amounts
	hasOthers bool
	// problem is why quotas cannot be read, nil where they can be.
	problem *migration.Problem
	grew    int64 // when a node was last added for a pod that waited
	// homes are the tenants whose Jobs were seen in a namespace, or to whom rules give one with a quota by its name.
	homes map[string]map[migration.Tenant]bool
}

// home remembers that Jobs of a tenant run in a namespace.
func (r *room) home(namespace string, tenant migration.Tenant) {
	if namespace == "" || tenant == migration.Unattributed {
		return
	}
	if r.homes == nil {
		r.homes = map[string]map[migration.Tenant]bool{}
	}
	if r.homes[namespace] == nil {
		r.homes[namespace] = map[migration.Tenant]bool{}
	}
	r.homes[namespace][tenant] = true
}

func (c *client) quotas(namespace string) endpoint {
	return endpoint{c.core, c.params, "resourcequotas", namespace, "", func() runtime.Object { return &corev1.ResourceQuotaList{} }}
}

// otherPods are those that are no Jobs' and no services'. Where some Jobs are not watched, all are read: what is left out holds
// something too.
func (s *Source) otherPods() endpoint {
	e := s.client.pods("", "")
	if e.selector = "!" + jobNameLabel + ",!" + serviceLabel; s.options.LabelSelector != "" || s.options.Namespaces[0] != "" {
		e.selector = ""
	}
	return e
}

// followRoom reads what there is for more Jobs from the first poll's end on, until the context ends.
func (s *Source) followRoom(ctx context.Context) {
	select {
	case <-s.polled:
	case <-ctx.Done():
		return
	}
	var next time.Time
	for {
		s.readQuotas(ctx)
		if now := s.options.Clock.Now(); !now.Before(next) {
			s.readOthers(ctx)
			next = now.Add(everyOthers)
		}
		wait, stop := s.options.Clock.After(everyQuota)
		select {
		case <-wait:
		case <-ctx.Done():
			stop()
			return
		}
		stop()
	}
}

// readRoom reads it once, for a source that is polled once.
func (s *Source) readRoom(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, otherTimeout)
	defer cancel()
	s.readQuotas(ctx)
	s.readOthers(ctx)
}

// readQuotas reads the ResourceQuotas. Where that is not permitted, they stay unknown.
func (s *Source) readQuotas(ctx context.Context) {
	all := map[string]migration.Quota{}
	var failed error
	for _, ns := range s.options.Namespaces {
		failed = s.client.quotas(ns).pages(ctx, metav1.ListOptions{Limit: othersPage}, func(list runtime.Object, _ []*unreadable) error {
			quotas, ok := list.(*corev1.ResourceQuotaList)
			if !ok {
				return nil
			}
			for i := range quotas.Items {
				q, applies := quotaOf(&quotas.Items[i])
				if !applies {
					continue
				}
				if other, ok := all[q.Namespace]; ok {
					q = other.And(&q)
				}
				all[q.Namespace] = q
			}
			return nil
		})
		if failed != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return
	}
	m := s.model
	m.mu.Lock()
	defer m.mu.Unlock()
	if failed != nil {
		m.room.problem = problem(failed, "list", "resourcequotas", s.client.server)
		m.room.hasQuota, m.room.quotas = false, nil
		return
	}
	m.room.problem, m.room.hasQuota, m.room.quotas = nil, true, make([]migration.Quota, 0, len(all))
	for _, q := range all {
		m.room.quotas = append(m.room.quotas, q)
		m.room.home(q.Namespace, m.attribute(migration.Identity{Platform: migration.Jobs, Namespace: q.Namespace}).Tenant)
	}
	slices.SortFunc(m.room.quotas, func(a, b migration.Quota) int { return strings.Compare(a.Namespace, b.Namespace) })
}

// quotaOf is what one ResourceQuota leaves; false where it is not for the pods of Jobs. Pods of Jobs have no deadline of their
// own and request something, which the scopes NotTerminating and NotBestEffort mean.
//
// Source: Kubernetes, "Resource Quotas".
func quotaOf(o *corev1.ResourceQuota) (migration.Quota, bool) {
	q := migration.Quota{Namespace: o.Namespace}
	for _, scope := range o.Spec.Scopes {
		if scope != corev1.ResourceQuotaScopeNotTerminating && scope != corev1.ResourceQuotaScopeNotBestEffort {
			return q, false
		}
	}
	if o.Spec.ScopeSelector != nil && len(o.Spec.ScopeSelector.MatchExpressions) > 0 {
		return q, false
	}
	left := func(name corev1.ResourceName, scale resource.Scale) (int64, bool) {
		hard, ok := o.Status.Hard[name]
		if !ok {
			return 0, false
		}
		used := o.Status.Used[name]
		return max(scaled(&hard, scale)-max(scaled(&used, scale), 0), 0), true
	}
	cpu := func(into *migration.Opt[migration.CPU], names ...corev1.ResourceName) {
		for _, name := range names {
			if n, ok := left(name, resource.Nano); ok {
				*into = migration.Some(min(migration.CPU(n), into.Or(migration.CPU(n))))
			}
		}
	}
	memory := func(into *migration.Opt[migration.Bytes], names ...corev1.ResourceName) {
		for _, name := range names {
			if n, ok := left(name, 0); ok {
				*into = migration.Some(min(migration.Bytes(n), into.Or(migration.Bytes(n))))
			}
		}
	}
	count := func(into *migration.Opt[int64], names ...corev1.ResourceName) {
		for _, name := range names {
			if n, ok := left(name, 0); ok {
				*into = migration.Some(min(n, into.Or(n)))
			}
		}
	}
	cpu(&q.Requests.CPU, corev1.ResourceCPU, corev1.ResourceRequestsCPU)
	memory(&q.Requests.Memory, corev1.ResourceMemory, corev1.ResourceRequestsMemory)
	cpu(&q.Limits.CPU, corev1.ResourceLimitsCPU)
	memory(&q.Limits.Memory, corev1.ResourceLimitsMemory)
	count(&q.Pods, corev1.ResourcePods, "count/pods")
	count(&q.Jobs, "count/jobs.batch")
	return q, q != migration.Quota{Namespace: o.Namespace}
}

// readOthers adds up what the other pods of the cluster request. It needs the right to list pods of all namespaces; without
// it, or where a list ends early, what is free is unknown.
func (s *Source) readOthers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, othersTimeout)
	defer cancel()
	sums := map[string]amounts{}
	m := s.model
	options := metav1.ListOptions{Limit: othersPage, FieldSelector: "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"}
	err := s.otherPods().pages(ctx, options, func(list runtime.Object, bad []*unreadable) error {
		pods, ok := list.(*corev1.PodList)
		if !ok {
			return nil
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for i := range pods.Items {
			o := &pods.Items[i]
			if known := m.pods[podName{o.Namespace, o.Name}]; known != nil {
				continue
			}
			sums[o.Spec.NodeName] = sums[o.Spec.NodeName].plus(effectiveRequest(&o.Spec, &o.Status))
		}
		return nil
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room.hasOthers, m.room.others = err == nil, sums
}

// takesJobs reports whether more Jobs can run on a node, as far as it shows.
func (n *node) takesJobs() bool {
	if n.end() > 0 || n.silent > 0 || n.cordoned {
		return false
	}
	if n.first > 0 {
		return true
	}
	return !n.system && n.like != nil && !slices.ContainsFunc(n.like.Spec.Taints, func(t corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	})
}

// roomLeft is what there is for more Jobs. The lock is held.
func (m *model) roomLeft(r readings) migration.Room {
	var out migration.Room
	out.Grew = optTime(m.room.grew)
	if m.room.hasQuota {
		out.Quotas = migration.Some(slices.Clone(m.room.quotas))
	}
	out.Homes = m.room.sorted()
	if r.pods {
		started := []migration.Key{}
		for key, s := range m.streams {
			if s.started {
				started = append(started, key)
			}
		}
		slices.SortFunc(started, func(a, b migration.Key) int {
			return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Platform, b.Platform))
		})
		out.Started = migration.Some(started)
	}
	if !r.nodes {
		return out
	}
	requested := map[*node]amounts{}
	for _, p := range m.pods {
		if p.on != nil && !p.over() {
			requested[p.on] = requested[p.on].plus(p.request)
		}
	}
	var free, largest amounts
	for _, n := range m.nodes {
		if !n.takesJobs() {
			continue
		}
		has, fargate := n.allocatable, n.host.Kind.Fargate()
		if fargate { // each has room for its own pod alone
			has = amounts{int64(mostFargateCPU), int64(mostFargateMemory), true, true}
		}
		if cmp.Or(cmp.Compare(has.cpu, largest.cpu), cmp.Compare(has.memory, largest.memory)) > 0 {
			largest = has
			out.Largest = has.resources()
		}
		if fargate {
			continue
		}
		held := requested[n].plus(m.room.others[n.name])
		left := amounts{max(has.cpu-held.cpu, 0), max(has.memory-held.memory, 0), true, true}
		free = free.plus(left)
		out.FreeNodes = append(out.FreeNodes, left.resources())
	}
	if !m.room.hasOthers || !r.pods || len(out.FreeNodes) == 0 {
		out.FreeNodes = nil
		return out
	}
	out.Free = free.resources()
	return out
}

// sorted are the namespaces with their tenants.
func (r *room) sorted() []migration.Home {
	out := make([]migration.Home, 0, len(r.homes))
	for ns, tenants := range r.homes {
		h := migration.Home{Namespace: ns}
		for t := range tenants {
			h.Tenants = append(h.Tenants, t)
		}
		slices.Sort(h.Tenants)
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b migration.Home) int { return strings.Compare(a.Namespace, b.Namespace) })
	return out
}
