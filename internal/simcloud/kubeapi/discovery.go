package kubeapi

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	apiversion "k8s.io/apimachinery/pkg/version"
)

// What EKS says that it is: upstream's version, and the build of its own.
const (
	gitVersion     = "v1.36.3-eks-5e0fdde"
	kubeletVersion = "v1.36.3-eks-113cf36"
	accessReviews  = "selfsubjectaccessreviews"
)

// serveOther answers what is about no resource.
func (s *Server) serveOther(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; path {
	case "/healthz", "/livez", "/readyz":
		_, _ = io.WriteString(w, "ok")
	case "/version", "/version/":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(apiversion.Info{
			Major: "1", Minor: "36", EmulationMajor: "1", EmulationMinor: "36", MinCompatibilityMajor: "1", MinCompatibilityMinor: "35",
			GitVersion: gitVersion, GitCommit: "c1ad7fb1c4c1d1a3b7e0a6a5d3e9c2d41f8b7a60", GitTreeState: "clean",
			BuildDate: "2026-10-14T09:21:07Z", GoVersion: "go1.26.4", Compiler: "gc", Platform: "linux/amd64",
		})
	default:
		if doc := s.discovery(path, r.Host); doc != nil {
			f, err := negotiate(r)
			if err != nil {
				refuse(w, r, err)
				return
			}
			write(w, f, http.StatusOK, coreV1, doc)
			return
		}
		http.NotFound(w, r)
	}
}

// discovery is the document of a path, in the form from before aggregated
// discovery, which every client falls back to; nil for no document.
func (s *Server) discovery(path, host string) runtime.Object {
	groups := []schema.GroupVersion{appsV1, authV1, batchV1}
	if !s.faults.Load().NoMetrics {
		groups = append(groups, metricsV1)
	}
	group := func(gv schema.GroupVersion) metav1.APIGroup {
		v := metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: gv.Version}
		return metav1.APIGroup{
			TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"},
			Name:     gv.Group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v,
		}
	}
	switch path {
	case "/api", "/api/":
		return &metav1.APIVersions{
			TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: host}},
		}
	case "/apis", "/apis/":
		list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
		for _, gv := range groups {
			one := group(gv)
			one.TypeMeta = metav1.TypeMeta{}
			list.Groups = append(list.Groups, one)
		}
		return list
	case "/api/v1":
		return resourceList(coreV1)
	}
	for _, gv := range groups {
		switch path {
		case "/apis/" + gv.Group:
			one := group(gv)
			return &one
		case "/apis/" + gv.String():
			return resourceList(gv)
		}
	}
	return nil
}

func resourceList(gv schema.GroupVersion) *metav1.APIResourceList {
	list := &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String()}
	switch gv {
	case authV1:
		list.APIResources = []metav1.APIResource{{Name: accessReviews, Kind: "SelfSubjectAccessReview", Verbs: metav1.Verbs{"create"}}}
	case metricsV1:
		verbs := metav1.Verbs{"get", "list"}
		list.APIResources = []metav1.APIResource{
			{Name: "nodes", Kind: "NodeMetrics", Verbs: verbs}, {Name: "pods", Kind: "PodMetrics", Namespaced: true, Verbs: verbs},
		}
	}
	for _, r := range resources {
		if r.gv == gv {
			list.APIResources = append(list.APIResources, metav1.APIResource{
				Name: r.name, SingularName: r.singular, Kind: r.kind, ShortNames: r.short, Namespaced: r.namespaced,
				Verbs: metav1.Verbs{"get", "list", "watch"},
			})
		}
	}
	return list
}

// review answers whether the caller may do something.
func (s *Server) review(w http.ResponseWriter, r *http.Request, who string) {
	f, err := negotiate(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		refuse(w, r, apierrors.NewBadRequest(err.Error()))
		return
	}
	var review authorizationv1.SelfSubjectAccessReview
	gvk := authV1.WithKind("SelfSubjectAccessReview")
	if _, _, err := codecs.UniversalDeserializer().Decode(body, &gvk, &review); err != nil {
		refuse(w, r, apierrors.NewBadRequest("the body is not a SelfSubjectAccessReview: "+err.Error()))
		return
	}
	status := authorizationv1.SubjectAccessReviewStatus{}
	if a := review.Spec.ResourceAttributes; a != nil {
		status.Allowed = s.mayEach(who, a)
	} else if a := review.Spec.NonResourceAttributes; a != nil {
		status.Allowed = slices.Contains([]string{"get", "head"}, a.Verb)
	} else {
		refuse(w, r, apierrors.NewBadRequest("exactly one of nonResourceAttributes or resourceAttributes must be specified"))
		return
	}
	review.Status = status
	write(w, f, http.StatusCreated, authV1, &review)
}

// mayEach says whether all that a question means is allowed; "*" means every
// verb or resource there is, and those that write are not.
func (s *Server) mayEach(who string, a *authorizationv1.ResourceAttributes) bool {
	if a.Verb == "*" || a.Resource == "*" {
		return false
	}
	return s.allowed(who, &target{
		gv:        schema.GroupVersion{Group: a.Group, Version: a.Version},
		namespace: a.Namespace, resource: a.Resource, subresource: a.Subresource, name: a.Name, verb: a.Verb,
	})
}
