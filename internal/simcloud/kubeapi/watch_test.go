package kubeapi

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"

	"github.com/migtop/migtop/internal/simcloud/world"
)

// Informers, as every controller uses them, end up with what a list says: by
// streamed lists, in both formats, through a loss of the past and of the server.
func TestInformers(t *testing.T) {
	for _, format := range []string{asJSON, asProtobuf} {
		t.Run(format, func(t *testing.T) {
			s, clock := start(t, small)
			k := client(t, s, format)
			o := metav1.ListOptions{LabelSelector: "tenant in (acme,initech,umbrella-corp)"}
			factory := informers.NewSharedInformerFactoryWithOptions(k, 0, informers.WithTweakListOptions(func(of *metav1.ListOptions) {
				of.LabelSelector = o.LabelSelector
			}))
			pods, jobs := factory.Core().V1().Pods(), factory.Batch().V1().Jobs()
			pods.Informer()
			jobs.Informer()
			stop := make(chan struct{})
			factory.Start(stop)
			defer func() { close(stop); factory.Shutdown() }()
			for of, ok := range factory.WaitForCacheSync(stop) {
				if !ok {
					t.Fatalf("%v did not sync", of)
				}
			}
			agree := func(when string) {
				t.Helper()
				want, err := k.CoreV1().Pods("").List(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				versions := make(map[string]string)
				for i := range want.Items {
					versions[want.Items[i].Name] = want.Items[i].ResourceVersion
				}
				eventually(t, "the informer agrees "+when, func() bool {
					got, err := pods.Lister().List(labels.Everything())
					if err != nil {
						t.Fatal(err)
					}
					seen := make(map[string]string)
					for _, p := range got {
						seen[p.Name] = p.ResourceVersion
					}
					return cmp.Equal(seen, versions)
				})
			}
			agree("at first")
			for range 5 {
				clock.advance(3 * time.Minute)
				agree("as time goes on")
			}
			s.Expire()
			clock.advance(3 * time.Minute)
			agree("after 410")
			if all, err := jobs.Lister().List(labels.Everything()); err != nil || len(all) < 300 {
				t.Errorf("%d Jobs, %v", len(all), err)
			}
		})
	}
}

// mirror applies a watch's events to what a list said.
type mirror struct {
	mu        sync.Mutex
	versions  map[string]string
	bookmarks int
	err       error
}

func (m *mirror) follow(w watch.Interface) {
	for e := range w.ResultChan() {
		m.mu.Lock()
		if err := m.take(e); err != nil && m.err == nil {
			m.err = err
		}
		m.mu.Unlock()
	}
}

func (m *mirror) take(e watch.Event) error {
	if e.Type == watch.Error {
		return apierrors.FromObject(e.Object)
	}
	p := e.Object.(*corev1.Pod)
	_, known := m.versions[p.Name]
	switch {
	case e.Type == watch.Bookmark:
		m.bookmarks++
		return nil
	case known == (e.Type == watch.Added):
		return fmt.Errorf("%s was %s, known before: %v", p.Name, e.Type, known)
	case e.Type == watch.Deleted:
		delete(m.versions, p.Name)
		return nil
	}
	m.versions[p.Name] = p.ResourceVersion
	return nil
}

// A list and the changes after it make the later list, also for a selection that
// objects come into and leave.
func TestListAndWatch(t *testing.T) {
	for _, o := range []metav1.ListOptions{
		{LabelSelector: "tenant in (acme,initech,umbrella-corp)"},
		{FieldSelector: "status.phase=Running"},
	} {
		s, clock := start(t, world.Options{Seed: 6, Pods: 80})
		k := client(t, s, asProtobuf)
		list := func() (map[string]string, string) {
			got, err := k.CoreV1().Pods("batch").List(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			out := make(map[string]string)
			for i := range got.Items {
				out[got.Items[i].Name] = got.Items[i].ResourceVersion
			}
			return out, got.ResourceVersion
		}
		have, version := list()
		if len(have) < 30 {
			t.Fatalf("%+v selects %d pods", o, len(have))
		}
		m := mirror{versions: have}
		watched := o
		watched.ResourceVersion, watched.AllowWatchBookmarks = version, true
		w, err := k.CoreV1().Pods("batch").Watch(t.Context(), watched)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); m.follow(w) }()
		for range 8 {
			clock.advance(90 * time.Second)
			want, now := list()
			eventually(t, "the watch is at "+now, func() bool {
				m.mu.Lock()
				defer m.mu.Unlock()
				return m.err != nil || cmp.Equal(m.versions, want)
			})
		}
		eventually(t, "a bookmark comes", func() bool {
			clock.advance(time.Minute)
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.bookmarks > 0
		})
		m.mu.Lock()
		err = m.err // after Stop the client may report its own closing
		m.mu.Unlock()
		w.Stop()
		<-done
		if err != nil {
			t.Error(err)
		}
	}
}

func TestWatchOfTheForgottenPast(t *testing.T) {
	s, clock := start(t, small)
	k := client(t, s, asProtobuf)
	list, err := k.BatchV1().Jobs("").List(t.Context(), metav1.ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(10 * time.Minute)
	s.store.advance(clock.Now())
	s.Expire()
	w, err := k.BatchV1().Jobs("").Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	e := <-w.ResultChan()
	if e.Type != watch.Error || !apierrors.IsResourceExpired(apierrors.FromObject(e.Object)) {
		t.Fatalf("got %+v, want an error event that says 410", e)
	}
	contains(t, apierrors.FromObject(e.Object).Error(), "too old resource version: "+list.ResourceVersion)
	if _, more := <-w.ResultChan(); more {
		t.Error("the watch goes on after 410")
	}
}

func TestInitialEvents(t *testing.T) {
	s, _ := start(t, small)
	k := client(t, s, asProtobuf)
	list, err := k.CoreV1().Nodes().List(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	w, err := k.CoreV1().Nodes().Watch(t.Context(), metav1.ListOptions{
		SendInitialEvents: &yes, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan, AllowWatchBookmarks: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for i := range list.Items {
		e := <-w.ResultChan()
		if n, ok := e.Object.(*corev1.Node); e.Type != watch.Added || !ok || n.Name != list.Items[i].Name {
			t.Fatalf("event %d is %+v, want %s added", i, e, list.Items[i].Name)
		}
	}
	e := <-w.ResultChan()
	n, ok := e.Object.(*corev1.Node)
	if e.Type != watch.Bookmark || !ok || n.Annotations[metav1.InitialEventsAnnotationKey] != "true" ||
		n.ResourceVersion != list.ResourceVersion {
		t.Errorf("after the initial events came %+v", e)
	}
}

func TestWatchEndsAtItsTimeout(t *testing.T) {
	s, _ := start(t, small)
	second := int64(1)
	began := time.Now()
	w, err := client(t, s, asJSON).CoreV1().Namespaces().Watch(t.Context(), metav1.ListOptions{TimeoutSeconds: &second})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range w.ResultChan() {
		n++
	}
	if took := time.Since(began); took < 900*time.Millisecond || took > 10*time.Second {
		t.Errorf("a watch of a second took %v", took)
	}
	if n != 6 {
		t.Errorf("%d namespaces, want 6", n)
	}
}
