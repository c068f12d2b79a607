package sources

import (
	"fmt"
	"strings"
)

// RBAC returns the manifest of a ClusterRole with some rules, and its binding.
func RBAC(rules ...Rule) string {
	var b strings.Builder
	b.WriteString(`apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: migtop-viewer
rules:
`)
	for _, r := range rules {
		group := r.Group
		if group == "" {
			group = `""`
		}
		resources, verbs := strings.Join(r.Resources, ", "), strings.Join(r.Verbs, ", ")
		fmt.Fprintf(&b, "- apiGroups: [%s]\n  resources: [%s]\n  verbs: [%s]\n", group, resources, verbs)
	}
	b.WriteString(`---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: migtop-viewer
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: migtop-viewer}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: YOUR-USER}
`)
	return b.String()
}
