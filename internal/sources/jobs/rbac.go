package jobs

// RBAC is the manifest with the least rights that migtop needs, all of them to
// read.
func RBAC() string { return rbac }
