// Package export writes Job profiles for the tools that run Jobs: manifests and patches,
// Kustomize, Helm, Terraform, KEDA, and for people and programs JSON, CSV and Markdown.
//
// It is pure: profiles and options in, named files out, the same bytes for the same
// input in whatever order the profiles come. What a profile does not know is left out,
// never written as 0. Names of tenants and workloads are made by others and may be
// anything: whatever they are, what is written is valid and says them, quoted, as
// they are.
//
// With every export goes a [Wrapper] for the container, which reports the true peak of
// memory and the CPU time of each run, so that the next profile rests on more.
package export
