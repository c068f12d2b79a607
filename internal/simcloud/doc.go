// Package simcloud is the cloud behind `migtop demo`: a deterministic simulated
// migration, served on loopback over the protocols of the real systems, so that
// the real clients read it and nothing else in migtop knows that it is one.
//
// [Start] brings up a simulated CloudWatch, Lambda and STS (package awsapi) and
// a simulated Kubernetes API server (package kubeapi), both of which serve one
// world (package world) by one clock.
package simcloud
