package kubeapi

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// codecs encode the kinds that the server serves. Lists are written item by
// item: a list of 10,000 pods never stands in memory twice.
var codecs = newCodecs()

func newCodecs() serializer.CodecFactory {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, authorizationv1.AddToScheme, metricsv1beta1.AddToScheme,
		metav1.AddMetaToScheme,
	} {
		utilruntime.Must(add(scheme))
	}
	// Status, APIVersions, APIGroupList and the like have no version of their
	// own: they go by v1.
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	scheme.AddUnversionedTypes(schema.GroupVersion{Version: "v1"},
		&metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroup{}, &metav1.APIGroupList{}, &metav1.APIResourceList{})
	return serializer.NewCodecFactory(scheme,
		serializer.WithStreamingCollectionEncodingToJSON(), serializer.WithStreamingCollectionEncodingToProtobuf())
}

// format is what a client wants its answer as.
type format struct {
	info runtime.SerializerInfo
	// metadataOnly is set where only PartialObjectMetadata are wanted.
	metadataOnly bool
}

// negotiate picks the first media type of the Accept header that the server
// speaks, as k8s.io/apiserver does (endpoints/handlers/negotiation). What has an
// "as" parameter is answered for PartialObjectMetadata and passed over
// otherwise, so that a client that asks for a Table gets the objects.
func negotiate(r *http.Request) (format, error) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" {
		accept = runtime.ContentTypeJSON
	}
	for clause := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(strings.TrimSpace(clause))
		if err != nil {
			continue
		}
		var f format
		switch as := params["as"]; as {
		case "":
		case "PartialObjectMetadata", "PartialObjectMetadataList":
			if params["g"] != metav1.GroupName || params["v"] != "v1" {
				continue
			}
			f.metadataOnly = true
		default:
			continue
		}
		if name == "*/*" || name == "application/*" {
			name = runtime.ContentTypeJSON
		}
		if info, ok := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), name); ok {
			f.info = info
			return f, nil
		}
	}
	return format{}, errNotAcceptable("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
}

// errNotAcceptable is 406 (endpoints/handlers/negotiation, errNotAcceptable).
func errNotAcceptable(accepted ...string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusNotAcceptable, Reason: metav1.StatusReasonNotAcceptable,
		Message: "only the following media types are accepted: " + strings.Join(accepted, ", "),
	}}
}

// write answers with an object.
func write(w http.ResponseWriter, f format, code int, gv schema.GroupVersion, object runtime.Object) {
	w.Header().Set("Content-Type", f.info.MediaType)
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(code)
	// An error here is a client that went away.
	_ = codecs.EncoderForVersion(f.info.Serializer, gv).Encode(object, w)
}

// refuse answers with an error as a Status. Where the client accepts nothing
// that the server speaks, that is JSON.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	f, negotiationErr := negotiate(r)
	if negotiationErr != nil {
		f.info, _ = runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	}
	status := statusOf(err)
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(status.Details.RetryAfterSeconds))
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	write(w, f, int(status.Code), schema.GroupVersion{Version: "v1"}, status)
}

func statusOf(err error) *metav1.Status {
	var status metav1.Status
	if s := apierrors.APIStatus(nil); errors.As(err, &s) {
		status = s.Status()
	} else {
		status = apierrors.NewInternalError(err).Status()
	}
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	return &status
}
