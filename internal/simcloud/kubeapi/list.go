package kubeapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	internalscheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var metaV1 = metav1.SchemeGroupVersion

// selection is which objects are asked for.
type selection struct {
	namespace string
	labels    labels.Selector
	fields    fields.Selector
}

func (s *selection) empty() bool { return s.labels.Empty() && s.fields.Empty() }

// fieldNames are the fields that are selected by.
func (s *selection) fieldNames() []string {
	if s.fields == nil {
		return nil
	}
	var names []string
	for _, r := range s.fields.Requirements() {
		names = append(names, r.Field)
	}
	return names
}

func (s *selection) matches(r *resourceType, one *item) bool {
	return (s.namespace == "" || one.namespace == s.namespace) &&
		(s.labels.Empty() || s.labels.Matches(labels.Set(one.object().GetLabels()))) &&
		(s.fields.Empty() || s.fields.Matches(r.fields(one.object())))
}

// options reads and checks the query of a list or a watch, with the functions
// and in the order of the real server (endpoints/handlers, ListResource).
func options(r *http.Request, resource *resourceType, t *target) (internalversion.ListOptions, selection, error) {
	var o internalversion.ListOptions
	if err := internalscheme.ParameterCodec.DecodeParameters(r.URL.Query(), metaV1, &o); err != nil {
		return o, selection{}, apierrors.NewBadRequest(err.Error())
	}
	if errs := validation.ValidateListOptions(&o, true); len(errs) > 0 {
		return o, selection{}, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
	}
	sel := selection{labels: labels.Everything(), fields: fields.Everything()}
	if o.LabelSelector != nil {
		sel.labels = o.LabelSelector
	}
	if o.FieldSelector != nil {
		sel.fields = o.FieldSelector
	}
	if resource.namespaced {
		sel.namespace = t.namespace
	}
	for _, field := range sel.fieldNames() {
		if !resource.selectable(field) {
			return o, sel, apierrors.NewBadRequest("field label not supported: " + field)
		}
	}
	return o, sel, nil
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, resource *resourceType, t *target) {
	f, err := negotiate(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	o, sel, err := options(r, resource, t)
	if err != nil {
		refuse(w, r, err)
		return
	}
	snap, after, err := s.source(resource, &o)
	if err != nil {
		refuse(w, r, err)
		return
	}
	items, meta := s.page(snap, &sel, after, &o)
	if f.metadataOnly {
		write(w, f, http.StatusOK, metaV1, metadataList(items, meta))
		return
	}
	write(w, f, http.StatusOK, resource.gv, resource.list(items, meta))
}

// source is the list to answer from, and the key after which the page begins.
func (s *Server) source(resource *resourceType, o *internalversion.ListOptions) (*snapshot, string, error) {
	now := s.cfg.Clock.Now()
	if o.Continue != "" {
		token, err := decodeContinue(o.Continue)
		if err != nil {
			return nil, "", apierrors.NewBadRequest("invalid continue token: " + err.Error())
		}
		if o.ResourceVersion != "" && o.ResourceVersion != "0" {
			return nil, "", apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
		}
		if token.Version < 0 { // a client goes on with a list that has expired
			return s.store.current(resource, now), token.Start, nil
		}
		if snap := s.store.at(resource, uint64(token.Version)); snap != nil {
			return snap, token.Start, nil
		}
		return nil, "", continueExpired(token.Start)
	}
	current := s.store.current(resource, now)
	if o.ResourceVersion == "" || o.ResourceVersion == "0" {
		return current, "", nil
	}
	v, err := parseVersion(o.ResourceVersion)
	if err != nil {
		return nil, "", apierrors.NewBadRequest("invalid resource version: " + err.Error())
	}
	if v > current.version {
		return nil, "", tooLarge(v, current.version)
	}
	exact := o.ResourceVersionMatch == metav1.ResourceVersionMatchExact ||
		(o.ResourceVersionMatch == "" && o.Limit > 0) // a limit without a match means exactly (API concepts, "Resource versions")
	if !exact || v == current.version {
		return current, "", nil
	}
	if snap := s.store.at(resource, v); snap != nil {
		return snap, "", nil
	}
	return nil, "", apierrors.NewResourceExpired("The resourceVersion for the provided list is too old.")
}

// parseVersion reads a resource version, with the error that the real server
// makes (storage, APIObjectVersioner.ParseResourceVersion).
func parseVersion(s string) (uint64, error) {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("resourceVersion: Invalid value: %q: %w", s, err)
	}
	return v, nil
}

// tooLarge is the answer to a version that is yet to come
// (storage, NewTooLargeResourceVersionError).
func tooLarge(v, current uint64) error {
	err := apierrors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", v, current), 1)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{
		Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version",
	}}
	return err
}

// page cuts a page out of a list. A list from the watch cache, version "0",
// has no pages (storage/cacher, computeListLimit).
func (s *Server) page(snap *snapshot, sel *selection, after string, o *internalversion.ListOptions) ([]*item, metav1.ListMeta) {
	meta := metav1.ListMeta{ResourceVersion: version(snap.version)}
	all := snap.items
	if sel.namespace != "" {
		all = snap.inNamespace(sel.namespace)
	}
	if after != "" {
		all = all[from(all, after):]
	}
	limit := o.Limit
	if o.ResourceVersion == "0" && o.Continue == "" {
		limit = 0
	}
	if limit <= 0 && sel.empty() {
		return all, meta
	}
	var out []*item
	for i, one := range all {
		if !sel.matches(snap.resource, one) {
			continue
		}
		out = append(out, one)
		if limit > 0 && int64(len(out)) == limit && i+1 < len(all) {
			s.store.keep(snap)
			meta.Continue = encodeContinue(continueToken{Version: int64(snap.version), Start: one.key + "\x00"})
			if sel.empty() {
				meta.RemainingItemCount = new(int64(len(all) - i - 1))
			}
			break
		}
	}
	return out, meta
}

// continueToken is what the real server puts into "continue" (storage/continue.go).
type continueToken struct {
	APIVersion string `json:"v"`
	Version    int64  `json:"rv"`
	Start      string `json:"start"`
}

func encodeContinue(t continueToken) string {
	t.APIVersion = "meta.k8s.io/v1"
	b, err := json.Marshal(t)
	if err != nil { // strings and a number
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeContinue(s string) (continueToken, error) {
	var t continueToken
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	switch {
	case err != nil:
		return t, fmt.Errorf("continue key is not valid: %w", err)
	case t.APIVersion != "meta.k8s.io/v1":
		return t, fmt.Errorf("continue key is not valid: server does not recognize this encoded version %s", t.APIVersion)
	case t.Version == 0:
		return t, fmt.Errorf("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
	case t.Start == "":
		return t, fmt.Errorf("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
	}
	if key := "/" + strings.TrimPrefix(t.Start, "/"); path.Clean(key) != key {
		return t, fmt.Errorf("continue key is not valid: %s", t.Start)
	}
	return t, nil
}

// continueExpired is the answer to a list that the server has forgotten. It brings a
// token to go on with regardless (storage/etcd3, handleCompactedErrorForPaging).
func continueExpired(start string) error {
	err := apierrors.NewResourceExpired("The provided continue parameter is too old " +
		"to display a consistent list result. You can start a new list without " +
		"the continue parameter, or use the continue token in this response to " +
		"retrieve the remainder of the results. Continuing with the provided " +
		"token results in an inconsistent list - objects that were created, " +
		"modified, or deleted between the time the first chunk was returned " +
		"and now may show up in the list.")
	err.ErrStatus.ListMeta.Continue = encodeContinue(continueToken{Version: -1, Start: start})
	return err
}

// metadataOf is an object without its spec and status.
func metadataOf(o Object) *metav1.PartialObjectMetadata {
	partial := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Name: o.GetName(), GenerateName: o.GetGenerateName(), Namespace: o.GetNamespace(),
		UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(), Generation: o.GetGeneration(),
		CreationTimestamp: o.GetCreationTimestamp(), DeletionTimestamp: o.GetDeletionTimestamp(),
		DeletionGracePeriodSeconds: o.GetDeletionGracePeriodSeconds(), Labels: o.GetLabels(),
		Annotations: o.GetAnnotations(), OwnerReferences: o.GetOwnerReferences(), Finalizers: o.GetFinalizers(),
	}}
	partial.TypeMeta = metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: metav1.SchemeGroupVersion.String()}
	return partial
}

func metadataList(items []*item, meta metav1.ListMeta) *metav1.PartialObjectMetadataList {
	list := &metav1.PartialObjectMetadataList{
		TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadataList", APIVersion: metav1.SchemeGroupVersion.String()},
		ListMeta: meta, Items: make([]metav1.PartialObjectMetadata, len(items)),
	}
	for i, one := range items {
		list.Items[i] = *metadataOf(one.object())
	}
	return list
}
