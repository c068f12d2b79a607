// Package kubeapi is a simulated Kubernetes API server on loopback: read only,
// and as strict as the real one about what it answers, so that client-go's
// clients, reflectors and informers work against it unchanged.
//
// It serves batch/v1 Jobs, core/v1 pods, nodes, namespaces and events, apps/v1
// DaemonSets, metrics.k8s.io/v1beta1, discovery, /version and SelfSubjectAccessReview,
// as JSON and as protobuf. Lists honour label and field selectors, pages and
// resource versions; watches honour bookmarks, initial events (watch-list) and
// answer 410 for versions that are gone. What the real server refuses is refused
// with the same Status.
//
// The objects come from a [world.Cluster], which follows a clock: a goroutine that
// [Server.Close] waits for advances it, and so does every request. A server without a
// world, for tests of clients, has the objects that [Server.Put] gives it.
//
// Behaviour is taken from k8s.io/apiserver v0.36 (endpoints/handlers,
// storage/cacher) and metrics-server v0.9; comments name the places.
package kubeapi
