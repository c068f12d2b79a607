// Package attribution says whose work it is: it turns what a source knows of a
// Lambda function or a Kubernetes Job into a tenant and a workload.
//
// The same tenant carries other names on the two platforms, and the join of the
// two is what migtop is for; so aliases live here, in one place, and both sides
// go through the same [Attributor].
//
// The evidence, best first. What comes first and names a tenant settles it; the
// workload is settled on its own in the same way.
//
//  1. Rules of the configuration. Of several that match, the one whose tenant
//     stands in a tag or label, then in an annotation, then in a function, Job
//     or CronJob name, then in a namespace; of equals the first one.
//  2. The well-known labels, annotations and tags ([TenantKeys], [WorkloadKeys]).
//  3. Names: a tenant that is known (from the configuration, or learnt from
//     labels and tags by [Attributor.Learn]) and stands in the function's or
//     Job's name between separators; then a namespace; then the name of the
//     CronJob or workflow that made the Job.
//
// A tag, label or annotation is measured evidence, a name is derived. What
// nothing speaks for stays unattributed: a wrong guess would move money from one
// tenant's row to another's, an unattributed row is only incomplete.
package attribution
