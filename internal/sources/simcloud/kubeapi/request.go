package kubeapi

import (
	"fmt"
	"net/http"
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
	case http.MethodGet, http.MethodHead:
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
		t.verb = strings.ToLower(r.Method)
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

// user is whom the server's token stands for: as EKS maps an IAM role.
const user = "migtop-demo"

// authenticate checks the bearer token. Without one the request is anonymous's,
// as with the real server's default --anonymous-auth.
func (s *Server) authenticate(r *http.Request) (string, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "system:anonymous", nil
	}
	if token, ok := strings.CutPrefix(header, "Bearer "); !ok || token != s.cfg.Token {
		return "", apierrors.NewUnauthorized("Unauthorized")
	}
	return user, nil
}

// allowed says whether somebody may do something: the server's user may read
// everything that no fault forbids, and write nothing but reviews of access.
func (s *Server) allowed(who string, t *target) bool {
	if who != user {
		return false
	}
	if t.gv.Group == authV1.Group {
		return t.verb == "create" && t.resource == accessReviews
	}
	switch t.verb {
	case "get", "list", "watch":
		return !s.faults.Load().forbids(t.groupResource())
	}
	return false
}

// forbidden is the refusal that the real server writes
// (endpoints/handlers/responsewriters, forbiddenMessage).
func forbidden(who string, t *target) error {
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
