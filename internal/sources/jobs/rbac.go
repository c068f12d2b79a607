package jobs

// RBAC is the manifest with the least permissions that migtop needs, all read-only.
func RBAC() string { return rbac }
