package export

import (
	"cmp"
	"slices"
	"strings"
)

// profileLabel is a label that people put on a Job or CronJob for it to have a profile by
// the profile's name, whatever else it is labelled.
const profileLabel = prefix + "job-profile"

func (e *entry) componentHints(dir string) []string {
	return []string{
		"In the kustomization.yaml of an overlay whose Jobs and CronJobs should have it:",
		"  components: [PATH/" + dir[:len(dir)-1] + "]",
		"It changes the Jobs and CronJobs with these labels and no others. For one that has them not, set the label " + profileLabel + ": " +
			e.name + ".",
		"kustomize says nothing where no object matches.",
	}
}

func (e *entry) component() object {
	var doc object
	doc.set("apiVersion", "kustomize.config.k8s.io/v1alpha1")
	doc.set("kind", "Component")
	var patches list
	for _, p := range [][2]string{{"job.yaml", "Job"}, {"cronjob.yaml", "CronJob"}} {
		for _, selector := range e.selectors() {
			var patch, target object
			target.set("group", "batch")
			target.set("version", "v1")
			target.set("kind", p[1])
			target.set("labelSelector", selector)
			patch.set("path", p[0])
			patch.set("target", target)
			patches = append(patches, patch)
		}
	}
	doc.set("patches", patches)
	return doc
}

// selectors are the label selectors of the Jobs that have the profile: by the workload and
// the tenant of each member, as far as Kubernetes takes the names for labels, and by the
// name of the profile. There is no selector that asks less, or the Jobs of others
// would be changed too.
func (e *entry) selectors() []string {
	tenants := map[string][]string{}
	var workloads []string
	for i := range e.members {
		w, t := string(e.members[i].Workload), string(e.members[i].Tenant)
		if !isLabelValue(w) || (t != "" && !isLabelValue(t)) {
			continue
		}
		if tenants[w] == nil {
			workloads = append(workloads, w)
		}
		tenants[w] = append(tenants[w], t)
	}
	var out []string
	for _, w := range workloads {
		named := slices.DeleteFunc(slices.Clone(tenants[w]), func(t string) bool { return t == "" })
		switch {
		case len(named) == 1:
			out = append(out, "workload="+w+",tenant="+named[0])
		case len(named) > 1:
			slices.SortFunc(named, cmp.Compare[string])
			out = append(out, "workload="+w+",tenant in ("+strings.Join(named, ",")+")")
		}
		if len(named) < len(tenants[w]) { // work without a tenant
			out = append(out, "workload="+w+",!tenant")
		}
	}
	return append(out, profileLabel+"="+e.name)
}
