package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	metricsv1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// jobNameLabel is on every pod of a Job since Kubernetes 1.27, and on no other.
const jobNameLabel = "batch.kubernetes.io/job-name"

// controllerLabel holds the Job's UID.
const controllerLabel = "batch.kubernetes.io/controller-uid"

const (
	mediaProtobuf = "application/vnd.kubernetes.protobuf"
	mediaJSON     = "application/json"
	// pageSize is what lists are read by: 500 pods are 1.5 MB of protobuf, which
	// are decoded, copied from and dropped before the next page is asked for.
	pageSize = 500
	// maxRetries is how often client-go repeats a request after a broken connection,
	// one second apart. Its default of ten would block a poll silently; the watchers
	// retry and report it.
	maxRetries = 1
	// pageTimeout bounds one page; a watch has none.
	pageTimeout = 30 * time.Second
	// versionTimeout bounds the question for the server's version in a poll.
	versionTimeout = 2 * time.Second
	// The defaults of client-go, 5 requests a second, are meant for
	// controllers; paging through 10,000 pods would take longer by them than
	// the server needs.
	clientQPS, clientBurst = 50, 100
)

// client asks one API server. Its scheme knows the few groups that are read
// here: registering all of Kubernetes would cost start-up time and memory.
type client struct {
	server      string // host:port, for messages
	http        *http.Client
	dates       *dateReader
	core, batch *rest.RESTClient
	apps        *rest.RESTClient
	metrics     *rest.RESTClient
	params      runtime.ParameterCodec
}

func newClient(to *Connection) (*client, error) {
	base := to.Config
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, batchv1.AddToScheme, appsv1.AddToScheme, metricsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("registering API types: %w", err)
		}
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	codecs := serializer.NewCodecFactory(scheme)

	config := rest.CopyConfig(base)
	config.AcceptContentTypes = mediaProtobuf + "," + mediaJSON
	config.ContentType = mediaProtobuf
	config.QPS, config.Burst = clientQPS, clientBurst
	config.RateLimiter = nil
	// It would cut long lists and every watch; deadlines come with contexts.
	config.Timeout = 0
	// To this machine, compressing costs more time than it saves.
	config.DisableCompression = config.DisableCompression || isLoopback(config)
	// Nothing but the screen writes to the screen.
	config.WarningHandler = rest.NoWarnings{}
	config.NegotiatedSerializer = lenient{codecs.WithoutConversion()}
	if config.UserAgent == "" {
		config.UserAgent = "migtop"
	}
	makeHTTP := rest.HTTPClientFor
	if to.credentials != nil {
		makeHTTP = to.credentials.httpClient
	}
	httpClient, err := makeHTTP(config)
	if err != nil {
		return nil, err
	}
	dates := &dateReader{next: httpClient.Transport}
	if dates.next == nil {
		dates.next = http.DefaultTransport
	}
	httpClient.Transport = dates
	c := &client{server: serverOf(base), http: httpClient, dates: dates, params: runtime.NewParameterCodec(scheme)}
	for _, g := range []struct {
		into *(*rest.RESTClient)
		path string
		gv   schema.GroupVersion
	}{
		{&c.core, "/api", corev1.SchemeGroupVersion},
		{&c.batch, "/apis", batchv1.SchemeGroupVersion},
		{&c.apps, "/apis", appsv1.SchemeGroupVersion},
		{&c.metrics, "/apis", metricsv1.SchemeGroupVersion},
	} {
		of := rest.CopyConfig(config)
		of.APIPath, of.GroupVersion = g.path, &g.gv
		if *g.into, err = rest.RESTClientForConfigAndClient(of, httpClient); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// close lets the connections go. client-go shares them between clients of alike
// configurations, so only idle ones are closed.
func (c *client) close() { utilnet.CloseIdleConnectionsFor(c.http.Transport) }

// endpoint is one kind of object, of one namespace or of all.
type endpoint struct {
	client    *rest.RESTClient
	params    runtime.ParameterCodec
	resource  string
	namespace string // "" for all, or where there are none
	selector  string
	newList   func() runtime.Object
}

func (c *client) jobs(namespace, selector string) endpoint {
	return endpoint{c.batch, c.params, "jobs", namespace, selector, func() runtime.Object { return &batchv1.JobList{} }}
}

// pods lists the pods of Jobs only.
func (c *client) pods(namespace, selector string) endpoint {
	return endpoint{c.core, c.params, "pods", namespace, podSelector(selector), func() runtime.Object { return &corev1.PodList{} }}
}

func (c *client) nodes() endpoint {
	return endpoint{c.core, c.params, "nodes", "", "", func() runtime.Object { return &corev1.NodeList{} }}
}

// podSelector narrows a selector to the pods of Jobs.
func podSelector(selector string) string {
	return strings.TrimSuffix(jobNameLabel+","+selector, ",")
}

// fetch asks for one page. The answer is complete when it returns, and decoded
// by its Into.
func (e endpoint) fetch(ctx context.Context, o metav1.ListOptions) rest.Result {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	o.LabelSelector = e.selector
	return e.client.Get().MaxRetries(maxRetries).NamespaceIfScoped(e.namespace, e.namespace != "").Resource(e.resource).
		VersionedParams(&o, e.params).Do(ctx)
}

// list asks for one page. Objects in it that cannot be read are left out.
func (e endpoint) list(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	list := e.newList()
	_, err := decodeList(e.fetch(ctx, o), list)
	return list, err
}

// decodeList decodes an answer, item by item where it cannot be decoded as a whole.
func decodeList(result rest.Result, list runtime.Object) ([]*unreadable, error) {
	err := result.Into(list)
	if err == nil || result.Error() != nil {
		return nil, err
	}
	body, rawErr := result.Raw()
	if rawErr != nil {
		return nil, err
	}
	bad, listErr := salvage(body, list)
	if listErr != nil || len(bad) == 0 {
		return nil, err // it is no list of these, whatever else it is
	}
	return bad, nil
}

// pages hands the pages of a list to each, one after the other. The next page is
// fetched while this one is decoded and copied from, so that server and client
// work at the same time.
func (e endpoint) pages(ctx context.Context, o metav1.ListOptions, each func(runtime.Object, []*unreadable) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var fetching sync.WaitGroup
	defer fetching.Wait()
	defer cancel()
	result := e.fetch(ctx, o)
	for {
		ahead := make(chan rest.Result, 1)
		if err := result.Error(); err != nil {
			return err
		}
		body, err := result.Raw()
		if err != nil {
			return err
		}
		token := continueToken(body)
		if token != "" {
			next := o
			next.Continue = token
			fetching.Go(func() { ahead <- e.fetch(ctx, next) })
		}
		list := e.newList()
		bad, err := decodeList(result, list)
		if err != nil {
			return err
		}
		if err := each(list, bad); err != nil {
			return err
		}
		m, err := meta.ListAccessor(list)
		if err != nil {
			return err
		}
		switch {
		case m.GetContinue() == "":
			return nil
		case m.GetContinue() == token:
			result = <-ahead
		default: // an encoding that token was not found in
			next := o
			next.Continue = m.GetContinue()
			result = e.fetch(ctx, next)
		}
	}
}

func (e endpoint) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.LabelSelector, o.Watch = e.selector, true
	return e.client.Get().NamespaceIfScoped(e.namespace, e.namespace != "").Resource(e.resource).
		VersionedParams(&o, e.params).Watch(ctx)
}

// version asks the server for its own.
func (c *client) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	body, err := c.core.Get().MaxRetries(maxRetries).AbsPath("/version").SetHeader("Accept", mediaJSON).Do(ctx).Raw()
	if err != nil {
		return "", err
	}
	var v version.Info
	if err := decodeJSON(body, &v); err != nil {
		return "", err
	}
	if v.GitVersion == "" {
		return "", errors.New("it tells no version")
	}
	return v.GitVersion, nil
}
