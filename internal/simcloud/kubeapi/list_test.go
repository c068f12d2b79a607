package kubeapi

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/metadata"
)

// JSON and protobuf say the same, and the same story is the same bytes.
func TestFormatsAgree(t *testing.T) {
	s, _ := start(t, small)
	again, _ := start(t, small)
	j, p := client(t, s, asJSON), client(t, s, asProtobuf)
	o := metav1.ListOptions{LabelSelector: "tenant=initech"}
	podsJ, err1 := j.CoreV1().Pods("").List(t.Context(), o)
	podsP, err2 := p.CoreV1().Pods("").List(t.Context(), o)
	jobsJ, err3 := j.BatchV1().Jobs("batch").List(t.Context(), o)
	jobsP, err4 := p.BatchV1().Jobs("batch").List(t.Context(), o)
	nodesJ, err5 := j.CoreV1().Nodes().List(t.Context(), everything)
	nodesP, err6 := p.CoreV1().Nodes().List(t.Context(), everything)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	if len(podsJ.Items) < 50 || len(jobsJ.Items) < 50 || len(nodesJ.Items) < 10 {
		t.Fatalf("%d pods, %d Jobs, %d nodes", len(podsJ.Items), len(jobsJ.Items), len(nodesJ.Items))
	}
	for _, pair := range [][2]any{{podsJ, podsP}, {jobsJ, jobsP}, {nodesJ, nodesP}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("JSON and protobuf differ:\n%.2000s", diff)
		}
	}
	for _, path := range []string{
		"/apis/batch/v1/jobs", "/api/v1/pods", "/api/v1/nodes", "/api/v1/events",
		"/apis/metrics.k8s.io/v1beta1/pods",
	} {
		for _, accept := range []string{asJSON, asProtobuf} {
			_, one := ask(t, s, "GET", path, "Accept", accept)
			_, two := ask(t, again, "GET", path, "Accept", accept)
			if one != two || len(one) < 5000 {
				t.Errorf("%s as %s: %d bytes and %d bytes of the same story differ", path, accept, len(one), len(two))
			}
		}
	}
}

func TestPagesFitTogether(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	whole, err := k.BatchV1().Jobs("").List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	o := metav1.ListOptions{Limit: 700}
	for {
		page, err := k.BatchV1().Jobs("").List(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if page.ResourceVersion != whole.ResourceVersion {
			t.Fatalf("a page of version %s in a list of version %s", page.ResourceVersion, whole.ResourceVersion)
		}
		for i := range page.Items {
			names = append(names, page.Items[i].Namespace+"/"+page.Items[i].Name)
		}
		if o.Continue = page.Continue; o.Continue == "" {
			break
		}
		if left := *page.RemainingItemCount; int(left) != len(whole.Items)-len(names) {
			t.Fatalf("%d remain by the list, %d by counting", left, len(whole.Items)-len(names))
		}
		clock.advance(time.Minute) // the world goes on between pages
	}
	if len(names) != len(whole.Items) {
		t.Fatalf("%d Jobs by pages, %d at once", len(names), len(whole.Items))
	}
	for i := range whole.Items {
		if want := whole.Items[i].Namespace + "/" + whole.Items[i].Name; names[i] != want {
			t.Fatalf("Job %d is %s by pages and %s at once", i, names[i], want)
		}
	}
}

func TestExpiredPages(t *testing.T) {
	s, _ := start(t, small)
	k := client(t, s, asJSON)
	first, err := k.CoreV1().Pods("batch").List(t.Context(), metav1.ListOptions{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	s.Expire()
	_, err = k.CoreV1().Pods("batch").List(t.Context(), metav1.ListOptions{Limit: 10, Continue: first.Continue})
	if !apierrors.IsResourceExpired(err) {
		t.Fatalf("an expired page gives %v", err)
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Code != 410 {
		t.Fatalf("the status of it is %+v", err)
	}
	// The answer brings a token to go on with regardless.
	rest, err := k.CoreV1().Pods("batch").List(t.Context(), metav1.ListOptions{Limit: 10, Continue: status.Status().ListMeta.Continue})
	if err != nil {
		t.Fatal(err)
	}
	if len(rest.Items) != 10 || rest.Items[0].Name <= first.Items[9].Name {
		t.Errorf("goes on with %s after %s", rest.Items[0].Name, first.Items[9].Name)
	}
}

func TestSelectors(t *testing.T) {
	s, _ := start(t, small)
	k := client(t, s, asProtobuf)
	all, err := k.CoreV1().Pods("").List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	count := func(ok func(*corev1.Pod) bool) (n int) {
		for i := range all.Items {
			if ok(&all.Items[i]) {
				n++
			}
		}
		return n
	}
	node := all.Items[0].Spec.NodeName
	for _, tt := range []struct {
		namespace, labels, fields string
		want                      func(*corev1.Pod) bool
	}{
		{"", "tenant=acme", "", func(p *corev1.Pod) bool { return p.Labels["tenant"] == "acme" }},
		{"", "tenant in (acme,globex),workload!=thumbnails", "", func(p *corev1.Pod) bool {
			return (p.Labels["tenant"] == "acme" || p.Labels["tenant"] == "globex") && p.Labels["workload"] != "thumbnails"
		}},
		{"", "!tenant", "", func(p *corev1.Pod) bool { return p.Labels["tenant"] == "" }},
		{"", "batch.kubernetes.io/job-name", "", func(p *corev1.Pod) bool { return p.Labels["serving.knative.dev/service"] == "" }},
		{"", "serving.knative.dev/service", "", func(p *corev1.Pod) bool { return p.Labels["serving.knative.dev/service"] != "" }},
		{"", "", "spec.restartPolicy=Always", func(p *corev1.Pod) bool { return p.Spec.RestartPolicy == corev1.RestartPolicyAlways }},
		{"platform", "", "", func(p *corev1.Pod) bool { return p.Namespace == "platform" }},
		{"nowhere", "", "", func(*corev1.Pod) bool { return false }},
		{"", "", "status.phase=Running", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning }},
		{"", "", "status.phase!=Succeeded,status.phase!=Failed", func(p *corev1.Pod) bool {
			return p.Status.Phase == corev1.PodRunning || p.Status.Phase == corev1.PodPending
		}},
		{"batch", "", "spec.nodeName=" + node, func(p *corev1.Pod) bool { return p.Namespace == "batch" && p.Spec.NodeName == node }},
		{"", "", "metadata.name=" + all.Items[3].Name, func(p *corev1.Pod) bool { return p.Name == all.Items[3].Name }},
	} {
		got, err := k.CoreV1().Pods(tt.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: tt.labels, FieldSelector: tt.fields})
		if err != nil {
			t.Errorf("%q %q: %v", tt.labels, tt.fields, err)
			continue
		}
		if want := count(tt.want); len(got.Items) != want {
			t.Errorf("%q %q %q: %d pods, want %d", tt.namespace, tt.labels, tt.fields, len(got.Items), want)
		}
	}
	if running := count(func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning }); running < 40 {
		t.Errorf("only %d pods run", running)
	}
}

func TestMetadataOnly(t *testing.T) {
	s, _ := start(t, small)
	m, err := metadata.NewForConfig(config(t, s, asProtobuf))
	if err != nil {
		t.Fatal(err)
	}
	list, err := m.Resource(corev1.SchemeGroupVersion.WithResource("pods")).List(t.Context(), metav1.ListOptions{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 5 || list.Items[0].Labels[batchv1.JobNameLabel] == "" || list.Continue == "" {
		t.Errorf("metadata of pods: %+v", list)
	}
}

// Versions of lists go by the table of the API concepts.
func TestListVersions(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asJSON)
	list := func(o metav1.ListOptions) (*corev1.NodeList, error) { return k.CoreV1().Nodes().List(t.Context(), o) }
	first, err := list(metav1.ListOptions{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour)
	now, err := list(everything)
	if err != nil {
		t.Fatal(err)
	}
	if now.ResourceVersion <= first.ResourceVersion {
		t.Fatalf("an hour later the version is %s, it was %s", now.ResourceVersion, first.ResourceVersion)
	}
	for name, o := range map[string]metav1.ListOptions{
		"any": {ResourceVersion: "0"}, "any, with a limit that does not count": {ResourceVersion: "0", Limit: 2},
		"not older": {ResourceVersion: first.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan},
		"no match":  {ResourceVersion: first.ResourceVersion},
	} {
		if got, err := list(o); err != nil || len(got.Items) != len(now.Items) || got.ResourceVersion != now.ResourceVersion {
			t.Errorf("%s: %d nodes of version %s, %v", name, len(got.Items), got.ResourceVersion, err)
		}
	}
	exact := metav1.ListOptions{ResourceVersion: first.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchExact}
	if got, err := list(exact); err != nil || got.ResourceVersion != first.ResourceVersion {
		t.Errorf("exactly version %s: %s, %v", first.ResourceVersion, got.ResourceVersion, err)
	}
	s.Expire()
	if _, err := list(exact); !apierrors.IsResourceExpired(err) {
		t.Errorf("exactly a forgotten version: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	s, _ := start(t, small)
	const nodesPath = "/api/v1/nodes"
	for _, tt := range []struct {
		name, method, path string
		header             []string
		code               int
		body               string
	}{
		{
			"no token", "GET", nodesPath,
			[]string{"Authorization", ""},
			403,
			`nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\" in API group \"\" at the cluster scope`,
		},
		{"wrong token", "GET", nodesPath, []string{"Authorization", "Bearer x"}, 401, `"reason":"Unauthorized"`},
		{
			"a write", "POST", "/api/v1/namespaces/batch/pods", nil, 403,
			`pods is forbidden: User \"migtop-demo\" cannot create resource \"pods\" in API group \"\" in the namespace \"batch\"`,
		},
		{"a delete", "DELETE", "/apis/batch/v1/namespaces/batch/jobs/x", nil, 403, `jobs.batch \"x\" is forbidden`},
		{
			"an exec", "GET", "/api/v1/namespaces/batch/pods/x/exec", nil, 403,
			`cannot get resource \"pods/exec\" in API group \"\" in the namespace \"batch\"`,
		},
		{"no such object", "GET", "/apis/batch/v1/namespaces/batch/jobs/none", nil, 404, `jobs.batch \"none\" not found`},
		{"no right to it", "GET", "/api/v1/secrets", nil, 403, `secrets is forbidden: User \"migtop-demo\" cannot list resource \"secrets\"`},
		{"no such group", "GET", "/apis/apps/v1/deployments", nil, 403, `deployments.apps is forbidden`},
		{"no such path", "GET", "/nope", nil, 403, `forbidden: User \"migtop-demo\" cannot get path \"/nope\"`},
		{"no such version", "GET", "/apis/batch/v2/jobs", nil, 404, "404 page not found"},
		{"a HEAD", "HEAD", nodesPath, nil, 405, ""},
		{"no such document", "GET", "/apis/nope.io/v1", nil, 404, "404 page not found"},
		{
			"no such format", "GET", nodesPath,
			[]string{"Accept", "text/html"},
			406,
			"only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
		},
		{"a bad label selector", "GET", nodesPath + "?labelSelector=a%20b%20c", nil, 400, "unable to parse requirement"},
		{
			"a field that cannot be selected", "GET", nodesPath + "?fieldSelector=spec.color=red", nil, 400,
			`"message":"field label not supported: spec.color"`,
		},
		{
			"a bad page", "GET", nodesPath + "?continue=%21", nil, 400,
			"invalid continue token: continue key is not valid: illegal base64 data at input byte 0",
		},
		{"a page of nowhere", "GET", nodesPath + "?continue=e30", nil, 400, "does not recognize this encoded version"},
		{
			"a bad version", "GET", nodesPath + "?resourceVersion=abc", nil, 400,
			`invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax`,
		},
		{
			"a match without a version", "GET", nodesPath + "?resourceVersionMatch=Exact", nil, 422,
			"resourceVersionMatch is forbidden unless resourceVersion is provided",
		},
		{"initial events of a list", "GET", nodesPath + "?sendInitialEvents=true", nil, 422, "sendInitialEvents is forbidden for list"},
		{
			"initial events without a match", "GET", nodesPath + "?watch=1&sendInitialEvents=true", nil, 422,
			"sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
		},
		{"a list of what is to come", "GET", nodesPath + "?resourceVersion=99999999999", nil, 504, `"reason":"ResourceVersionTooLarge"`},
		{
			"a watch from a bad version", "GET", nodesPath + "?watch=1&resourceVersion=abc", nil, 500,
			`"message":"resourceVersion: Invalid value: \"abc\"`,
		},
		{"a watch of what is to come", "GET", nodesPath + "?watch=1&timeoutSeconds=1&resourceVersion=99999999999", nil, 200, ""},
		{
			"a watch as YAML", "GET", nodesPath + "?watch=1",
			[]string{"Accept", "application/yaml"},
			406,
			"application/vnd.kubernetes.protobuf;stream=watch",
		},
		{
			"a watch of metrics", "GET", "/apis/metrics.k8s.io/v1beta1/pods?watch=1", nil, 403,
			`cannot watch resource \"pods\" in API group \"metrics.k8s.io\"`,
		},
		{"metrics of nobody", "GET", "/apis/metrics.k8s.io/v1beta1/namespaces/batch/pods/none", nil, 404, `"message":"pods \"none\" not found"`},
		{"metrics of no node", "GET", "/apis/metrics.k8s.io/v1beta1/nodes/none", nil, 404, `"message":"node \"none\" not found"`},
		{
			"metrics by a field", "GET", "/apis/metrics.k8s.io/v1beta1/pods?fieldSelector=spec.nodeName=x", nil, 400,
			`\"spec.nodeName\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"`,
		},
		{"a write to nothing", "POST", "/version", nil, 403, `cannot post path \"/version\"`},
	} {
		code, body := ask(t, s, tt.method, tt.path, tt.header...)
		if code != tt.code || !strings.Contains(body, tt.body) {
			t.Errorf("%s: %d %.300s\nwant %d ...%s", tt.name, code, body, tt.code, tt.body)
		}
	}
}

func TestYAML(t *testing.T) {
	s, _ := start(t, small)
	code, body := ask(t, s, "GET", "/api/v1/namespaces/batch", "Accept", "application/yaml")
	if code != 200 || !strings.Contains(body, "kind: Namespace\n") {
		t.Errorf("%d %s", code, body)
	}
}
