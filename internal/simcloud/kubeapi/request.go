package kubeapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// target is what a request is about.
type target struct {
	gv          schema.GroupVersion
	namespace   string
	resource    string
	name        string
	subresource string
	verb        string
}

// parse reads the path of a resource request, as k8s.io/apiserver does
// (endpoints/request, RequestInfoFactory.NewRequestInfo):
// /api/v1/[namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]] and the like below /apis/GROUP/VERSION.
func parse(r *http.Request) (target, bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	var t target
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		t.gv, parts = schema.GroupVersion{Version: parts[1]}, parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		t.gv, parts = schema.GroupVersion{Group: parts[1], Version: parts[2]}, parts[3:]
	default:
		return t, false
	}
	if parts[0] == "namespaces" && len(parts) >= 2 {
		t.namespace = parts[1]
		if len(parts) > 2 {
			parts = parts[2:]
		}
	}
	t.resource = parts[0]
	if len(parts) > 1 {
		t.name = parts[1]
	}
	if len(parts) > 2 {
		t.subresource = strings.Join(parts[2:], "/")
	}
	switch r.Method {
	case http.MethodGet:
		t.verb = "list"
		if t.name != "" {
			t.verb = "get"
		} else if watching(r) {
			t.verb = "watch"
		}
	case http.MethodPost:
		t.verb = "create"
	case http.MethodPut:
		t.verb = "update"
	case http.MethodPatch:
		t.verb = "patch"
	case http.MethodDelete:
		t.verb = "delete"
		if t.name == "" {
			t.verb = "deletecollection"
		}
	default:
		t.verb = "" // the server has no verb for it, so no user may
	}
	return t, true
}

func watching(r *http.Request) bool {
	w := r.URL.Query().Get("watch")
	return w == "true" || w == "1"
}

func (t *target) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: t.gv.Group, Resource: t.resource}
}

// user is the user of the server's token, as EKS maps an IAM role.
const user = "migtop-demo"

// authenticate checks the bearer token. Without one the request is anonymous's,
// as with the real server's default --anonymous-auth.
func (s *Server) authenticate(r *http.Request) (string, error) {
	if s.cfg.Token == "" {
		return user, nil
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return "system:anonymous", nil
	}
	if token, ok := strings.CutPrefix(header, "Bearer "); !ok || token != s.cfg.Token {
		return "", apierrors.NewUnauthorized("Unauthorized")
	}
	return user, nil
}

// allowed reports whether a user may do something: the server's user may read
// what is served and no fault forbids, and write nothing but reviews of access.
func (s *Server) allowed(who string, t *target) bool {
	if who != user || t.subresource != "" {
		return false
	}
	switch t.gv.Group {
	case authV1.Group:
		return t.verb == "create" && t.resource == accessReviews
	case metricsV1.Group:
		return (t.verb == "get" || t.verb == "list") && metered(t.resource) != nil && !s.faults.Load().forbids(t.groupResource())
	}
	switch t.verb {
	case "get", "list", "watch":
		return served(t) && !s.faults.Load().forbids(t.groupResource())
	}
	return false
}

// served says whether there is a resource by that name; rights know no versions.
func served(t *target) bool {
	return slices.ContainsFunc(resources, func(r *resourceType) bool { return r.groupResource() == t.groupResource() })
}

// metered is the resource whose metrics a resource of metrics.k8s.io are.
func metered(name string) *resourceType {
	return map[string]*resourceType{"pods": pods, "nodes": nodes}[name]
}

// readable says whether a path that is about no resource may be read: discovery
// and health are open to everybody who is known (ClusterRole system:discovery),
// health and version to all.
func readable(who, verb, path string) bool {
	if verb != "get" {
		return false
	}
	for _, open := range []string{"/healthz", "/livez", "/readyz", "/version", "/version/"} {
		if path == open {
			return true
		}
	}
	return who == user && (path == "/api" || path == "/apis" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/apis/") ||
		path == "/openapi" || strings.HasPrefix(path, "/openapi/"))
}

// forbidden is the refusal that the real server writes
// (endpoints/handlers/responsewriters, forbiddenMessage).
func forbidden(who string, t *target) error {
	if t.resource == "" {
		return apierrors.NewForbidden(t.groupResource(), "", fmt.Errorf("User %q cannot %s path %q", who, t.verb, t.name))
	}
	resource := t.resource
	if t.subresource != "" {
		resource += "/" + t.subresource
	}
	where := "at the cluster scope"
	if t.namespace != "" {
		where = fmt.Sprintf("in the namespace %q", t.namespace)
	}
	return apierrors.NewForbidden(t.groupResource(), t.name,
		fmt.Errorf("User %q cannot %s resource %q in API group %q %s", who, t.verb, resource, t.gv.Group, where))
}
