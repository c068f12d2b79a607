package jobs

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// oddPod is a pod with a value in it that no client can decode.
func oddPod(p *corev1.Pod) *corev1.Pod {
	p.Annotations = map[string]string{odd: "true"}
	return p
}

// One object that cannot be decoded, in a list or in a watch, is left out and named, and
// costs the others nothing; it is not taken for gone.
func TestOneObjectThatCannotBeRead(t *testing.T) {
	f := newTroubledAPI(t)
	f.json = true
	f.put(fresh(jobObject("a", 0, nil)))
	f.put(runningPod("a-1", "a"))
	// A pod that changes keeps the time of its creation, by which attempts are in order.
	a2, a3 := runningPod("a-2", "a"), runningPod("a-3", "a")
	f.put(oddPod(a2.DeepCopy()))
	f.put(a3.DeepCopy())
	s := f.source(Options{})
	pods := func(want string) func(b migration.Batch, err error) bool {
		return func(b migration.Batch, _ error) bool {
			var names []string
			for _, r := range b.Runs {
				for _, a := range r.Attempts {
					names = append(names, a.Pod+" "+a.State.String())
				}
			}
			return strings.Join(names, ", ") == want
		}
	}
	note := func(b migration.Batch) string { return healthOf(b, "pods").Note }
	b := eventually(t, s, "the other pods", pods("a-1 running, a-3 running"))
	if h := healthOf(b, "pods"); h.State != migration.HealthOK || h.Problem != nil ||
		!strings.HasPrefix(h.Note, "1 object cannot be read and is left out, one of them work/a-2: ") {
		t.Errorf("%v, problem %v, note %q", h.State, h.Problem, h.Note)
	}

	// By the watch: one that was read before stays as it was, and the watch goes on.
	f.put(oddPod(a3.DeepCopy()))
	f.put(runningPod("a-4", "a"))
	b = eventually(t, s, "the pod after it", pods("a-1 running, a-3 running, a-4 running"))
	if !strings.HasPrefix(note(b), "2 objects cannot be read and are left out, one of them work/a-2: ") {
		t.Errorf("note %q", note(b))
	}
	if n := f.count(f.lists, "pods"); n != 3 {
		t.Errorf("%d list requests, want the 3 pages of one list and no more", n)
	}
	// A new list does not take it for gone either.
	waitFor(t, "a watch", func() bool { return f.watching("pods") })
	f.forget("pods")
	waitFor(t, "a second list", func() bool { return f.count(f.lists, "pods") >= 7 })
	eventually(t, s, "all of them after a list", pods("a-1 running, a-3 running, a-4 running"))

	// It can be read again; and one that cannot is deleted.
	f.put(a2)
	f.remove(oddPod(a3))
	b = eventually(t, s, "the one that can be read again", func(b migration.Batch, err error) bool {
		return note(b) == "" && pods("a-1 running, a-2 running, a-3 stopped, a-4 running")(b, err)
	})
	if h := healthOf(b, "pods"); h.State != migration.HealthOK {
		t.Errorf("%v, %v", h.State, h.Problem)
	}
}

// Every list that is read is salvaged alike, in both encodings.
func TestSalvage(t *testing.T) {
	metas := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "work", UID: "uid-x", ResourceVersion: "7"}
	}
	remaining := int64(4)
	head := metav1.ListMeta{ResourceVersion: "12", Continue: "next", RemainingItemCount: &remaining}
	for name, list := range map[string]runtime.Object{
		"pods": &corev1.PodList{
			ListMeta: head,
			Items:    []corev1.Pod{{ObjectMeta: metas("a")}, {ObjectMeta: metas("b")}, {ObjectMeta: metas("c")}},
		},
		"jobs": &batchv1.JobList{
			ListMeta: head,
			Items:    []batchv1.Job{{ObjectMeta: metas("a")}, {ObjectMeta: metas("b")}, {ObjectMeta: metas("c")}},
		},
		"nodes": &corev1.NodeList{
			ListMeta: head,
			Items:    []corev1.Node{{ObjectMeta: metas("a")}, {ObjectMeta: metas("b")}, {ObjectMeta: metas("c")}},
		},
		"daemonsets": &appsv1.DaemonSetList{
			ListMeta: head,
			Items:    []appsv1.DaemonSet{{ObjectMeta: metas("a")}, {ObjectMeta: metas("b")}, {ObjectMeta: metas("c")}},
		},
		"events": &corev1.EventList{
			ListMeta: head,
			Items:    []corev1.Event{{ObjectMeta: metas("a")}, {ObjectMeta: metas("b")}, {ObjectMeta: metas("c")}},
		},
	} {
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		bodies := map[string][]byte{
			// A time that is none, in the second item.
			"JSON":     []byte(strings.Replace(string(text), `"name":"b",`, `"name":"b","creationTimestamp":"yesterday",`, 1)),
			"protobuf": withOddItem(t, list),
		}
		for encoding, body := range bodies {
			into := list.DeepCopyObject()
			bad, err := salvage(body, into)
			if err != nil {
				t.Errorf("%s by %s: %v", name, encoding, err)
				continue
			}
			var names []string
			_ = meta.EachListItem(into, func(o runtime.Object) error {
				m, err := meta.Accessor(o)
				names = append(names, m.GetName())
				return err
			})
			if diff := cmp.Diff([]string{"a", "c"}, names); diff != "" {
				t.Errorf("%s by %s: %s", name, encoding, diff)
			}
			if len(bad) != 1 || bad[0].Name != "b" || bad[0].Namespace != "work" || bad[0].UID != "uid-x" || bad[0].ResourceVersion != "7" ||
				bad[0].why == "" {
				t.Errorf("%s by %s: left out %+v", name, encoding, bad)
			}
			m, err := meta.ListAccessor(into)
			if err != nil || m.GetResourceVersion() != "12" || m.GetContinue() != "next" || *m.GetRemainingItemCount() != 4 {
				t.Errorf("%s by %s: the list's own metadata: %+v, %v", name, encoding, m, err)
			}
		}
	}
	for _, garbled := range []string{"", "{", `{"items":7}`, "k8s\x00\x12\x7f", "[]"} {
		if _, err := salvage([]byte(garbled), &corev1.PodList{}); err == nil {
			t.Errorf("%q is a list", garbled)
		}
	}
}

// withOddItem is a list of three in protobuf, of which the second has a field that
// breaks off.
func withOddItem(t *testing.T, list runtime.Object) []byte {
	t.Helper()
	whole, err := list.(interface{ Marshal() ([]byte, error) }).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	n := 0
	if err := eachField(whole, func(num protowire.Number, b []byte, _ uint64) error {
		if num == 2 {
			if n++; n == 2 {
				b = append(append([]byte{}, b...), 0x12, 0x7f) // spec, of 127 bytes that are not there
			}
		}
		out = protowire.AppendBytes(protowire.AppendTag(out, num, protowire.BytesType), b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	body := append([]byte{}, protobufMagic...)
	return protowire.AppendBytes(protowire.AppendTag(body, 2, protowire.BytesType), out)
}

func FuzzSalvage(f *testing.F) {
	f.Add([]byte(`{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":7}},{}]}`))
	f.Add([]byte("k8s\x00\x12\x04\x12\x02\x0a\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list := &corev1.PodList{}
		bad, err := salvage(b, list)
		if err == nil && len(bad)+len(list.Items) > len(b) {
			t.Fatalf("%d items of %d bytes", len(bad)+len(list.Items), len(b))
		}
	})
}

// A server that accepts a watch and never answers it is given up, and said to be silent;
// nothing waits for it for good.
func TestWatchThatIsNeverAnswered(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") != "" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"apiVersion":"v1","kind":"NodeList","metadata":{"resourceVersion":"1"},"items":[]}`))
	}))
	defer server.Close()
	defer close(release)
	c, err := newClient(&Connection{Config: &rest.Config{Host: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	w := &watcher{
		name: "nodes", server: c.server, from: c.nodes(), into: &nodeSink{model: newModel(clock.System(), byTenant)},
		clock: clock.System(), log: slog.New(slog.DiscardHandler), answerWithin: 50 * time.Millisecond,
	}
	rv := "1"
	if _, err := w.watchOnce(t.Context(), &rv); err == nil {
		t.Fatal("it was answered")
	} else if p := problem(err, "watch", "nodes", c.server); p.Fault != migration.FaultUnreachable ||
		!strings.Contains(p.What, "no answer in time") {
		t.Errorf("got %+v", p)
	}
}
