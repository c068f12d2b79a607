// Package attribution maps a Lambda function or a Kubernetes Job to a tenant and a
// workload.
//
// A tenant has different names on the two platforms, and joining them is what migtop
// is for. So aliases are kept here, in one place, and both sides use the same
// [Attributor].
//
// The sources of a tenant, in order of precedence. The first one that names a tenant
// decides. The workload is found separately in the same way.
//
//  1. Rules of the configuration. Of several that match, the one that takes the tenant
//     from a tag or label, then from an annotation, then from a function, Job or
//     CronJob name, then from a namespace; of equals the first one.
//  2. The well-known labels, annotations and tags ([TenantKeys], [WorkloadKeys]).
//  3. Names: a tenant that is known (from the configuration, or learned from labels
//     and tags by [Attributor.Learn]) and is part of the function's or Job's name
//     between separators; then a namespace; then the name of the CronJob or workflow
//     that created the Job.
//
// A tag, label or annotation is measured, a name is derived. Work without any of them
// stays unattributed: a wrong guess would move money from one tenant's row to another's,
// while an unattributed row is only incomplete.
package attribution
