// Package world is a simulated migration: a software company that moves its
// tenants' work from AWS Lambda to Kubernetes Jobs, in waves. It is what the
// simulated CloudWatch, Lambda and Kubernetes servers of `migtop demo` serve.
//
// Everything is a pure function of (seed, epoch, time). Randomness comes from
// counter-based hashing keyed by (seed, stream, minute, run), so that any window
// of the past can be asked for without running the simulation up to it; see
// [World.EachInvocation].
//
// A run is decided once, before anybody asks: when it begins, which side it is
// routed to, how much work it is, how much memory it will want. It is on
// exactly one side. The Kubernetes side also has state (nodes fill up, pods
// wait), so [Cluster] plays it as a discrete-event simulation that always begins
// at the same moment before the epoch: its state at a time does not depend on
// how often it was read before.
package world
