// Package jobs reads the Kubernetes side of a migration: Jobs, their pods, the
// nodes that run them, and their usage from metrics.k8s.io.
//
// Objects are listed in pages and then watched. Only small records of them are
// kept. Each poll adds what happened since the last poll to buckets of one
// minute, and publishes the buckets that changed. The package never writes to
// the cluster.
//
// How things are counted:
//
//   - A run is a Job. It counts once by its UID, in the minute in which it
//     finished, also if its TTL deletes it right after. Attempts are its pods.
//   - A run's duration is the time during which at least one of its containers
//     ran. Start-up is the time from the Job's creation to its first container.
//   - A pod uses its effective request from PodScheduled to the termination of
//     its last container. Unscheduled pods use nothing.
//   - Usage is sampled, so peaks are lower bounds, and a pod of a few seconds is
//     usually not sampled at all. A container that writes its cgroup's memory.peak
//     and cpu.stat to its termination message reports exact values.
//   - Each ended pod becomes one record for sizing, once.
package jobs
