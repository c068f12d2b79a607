// Package jobs reads the Kubernetes side of a migration: Jobs, their pods, the
// nodes below them, and what metrics.k8s.io says they use.
//
// Objects are listed in pages and then watched; what is kept of them are small
// records. Each poll books from the records what happened since the last one,
// into buckets of a minute, and tells the buckets that changed. Nothing is ever
// written to the cluster.
//
// What is counted how:
//
//   - A run is a Job, counted once by its UID in the minute it finished, also if
//     it is deleted by TTL right after. Attempts are its pods.
//   - A run's duration is the time during which at least one container of it
//     ran. Start-up is from the Job's creation to its first container.
//   - A pod holds its effective request from PodScheduled to its last
//     container's termination. Unscheduled pods hold nothing.
//   - Usage is sampled, so peaks are lower bounds, and a pod of a few seconds is
//     usually not seen at all. A container that writes its cgroup's memory.peak
//     and cpu.stat into its termination message tells exactly, however short.
//   - Each ended pod becomes one record for sizing, once.
package jobs
