package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// How long a watcher waits before it asks again, in the clock's time.
const (
	retryFirst  = time.Second
	retryMost   = 15 * time.Second // a server that is back is noticed within a poll
	retryDenied = time.Minute      // a right is granted by people
	retryAsked  = 5 * time.Minute  // the most that a server may ask for
	// watchLeast to twice of it is how long one watch may last; the server ends
	// it then and the next one goes on where it ended. As client-go does.
	watchLeast = 5 * time.Minute
)

// sink keeps what a watcher reads. Its methods are called by one goroutine, one
// after the other.
type sink interface {
	// begin starts a full list. Every object of it is set before end.
	begin()
	set(runtime.Object)
	// end finishes a list. An object that was not set since begin is gone, and its end
	// was not seen. lost is the time since when events may have been missed.
	end(lost time.Time)
	// drop removes an object; it comes in its last state.
	drop(runtime.Object)
	// keep says that an object that cannot be decoded exists, or is gone.
	keep(u *unreadable, gone bool)
}

// watcher keeps a sink up to date with the server: a list in pages, then a
// watch that goes on after it breaks, and a new list only where the server does
// not remember how far it was read (410 Gone).
//
// It is not client-go's Reflector, because that one holds a whole list of whole
// objects before it hands it over: hundreds of megabytes at 10,000 pods.
type watcher struct {
	name   string
	server string
	from   endpoint
	into   sink
	clock  clock.Clock
	log    *slog.Logger
	// answerWithin is how long an answer may take to begin; 0 is pageTimeout.
	answerWithin time.Duration

	mu     sync.Mutex
	state  watcherState
	wakeUp chan struct{} // closed and replaced whenever state changes
}

// watcherState is how a watcher does.
type watcherState struct {
	outcome   bool // it listed or failed at least once
	synced    bool // it listed at least once
	connected bool // a watch is open, or a list just ended
	contact   time.Time
	problem   *migration.Problem
	latency   time.Duration
	calls     int64
	errors    int64
	unread    unreadables // never changed, but for another
}

func (w *watcher) get() (watcherState, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wakeUp == nil {
		w.wakeUp = make(chan struct{})
	}
	return w.state, w.wakeUp
}

func (w *watcher) change(f func(*watcherState)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.state)
	if w.wakeUp != nil {
		close(w.wakeUp)
		w.wakeUp = nil
	}
}

func (w *watcher) good(latency time.Duration) {
	now := w.clock.Now()
	w.change(func(s *watcherState) {
		s.outcome, s.connected, s.contact, s.problem = true, true, now, nil
		if latency > 0 {
			s.latency = latency
		}
	})
}

func (w *watcher) bad(verb string, err error) {
	now := w.clock.Now()
	p := problem(err, verb, w.name+w.where(), w.server)
	w.change(func(s *watcherState) {
		if s.connected {
			s.contact = now
		}
		s.outcome, s.connected, s.problem = true, false, p
		s.errors++
	})
	w.log.Warn("reading the cluster failed", "what", p.What, "err", err)
}

// required reports whether there is nothing to show without it.
func (w *watcher) required() bool { return w.name == "jobs" || w.name == "pods" }

func (w *watcher) where() string {
	if w.from.namespace == "" {
		return ""
	}
	return " in namespace " + w.from.namespace
}

// run works until the context ends.
func (w *watcher) run(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		rv, err := w.listAll(ctx)
		if err == nil {
			tries = 0
			err = w.follow(ctx, rv)
			if errors.Is(err, errGone) {
				w.log.Info("kubernetes: listing again, the server no longer knows the past", "what", w.name)
				continue
			}
		}
		if ctx.Err() != nil {
			return
		}
		w.bad("list", err)
		tries++
		w.pause(ctx, tries, err)
	}
}

// pause waits, longer after each try, and not in step with others.
func (w *watcher) pause(ctx context.Context, tries int, err error) {
	d := min(retryFirst<<min(tries-1, 10), retryMost)
	if apierrors.IsForbidden(err) {
		d = retryDenied
	}
	if after, ok := apierrors.SuggestsClientDelay(err); ok {
		d = max(d, min(time.Duration(after)*time.Second, retryAsked))
	}
	d += time.Duration(rand.Int64N(int64(d)/4 + 1))
	c, stop := w.clock.After(d)
	defer stop()
	select {
	case <-c:
	case <-ctx.Done():
	}
}

// listAll reads everything, page by page, and returns from where to watch.
func (w *watcher) listAll(ctx context.Context) (rv string, err error) {
	before, _ := w.get()
	lost := w.clock.Now()
	if before.synced && !before.connected {
		lost = before.contact
	}
	read := func(o metav1.ListOptions) error {
		w.into.begin()
		w.change(func(s *watcherState) { s.unread = nil })
		began := time.Now()
		return w.from.pages(ctx, o, func(list runtime.Object, bad []*unreadable) error {
			if rv = versionOf(list); rv == "" {
				return fmt.Errorf("the answer has no resourceVersion; is %s a Kubernetes API?", w.server)
			}
			w.change(func(s *watcherState) { s.calls, s.latency = s.calls+1, time.Since(began) })
			began = time.Now()
			for _, u := range bad {
				w.unread(u, false)
			}
			return meta.EachListItem(list, func(o runtime.Object) error { w.into.set(o); return nil })
		})
	}
	err = read(metav1.ListOptions{Limit: pageSize})
	if apierrors.IsResourceExpired(err) {
		// The list changed too long ago to be continued: from the start, in one
		// piece, since a slow reader would never get to the end by pages.
		err = read(metav1.ListOptions{})
	}
	if err != nil {
		return "", err
	}
	w.into.end(lost)
	w.change(func(s *watcherState) { s.synced = true })
	w.good(0)
	return rv, nil
}

// errGone asks for a new list.
var errGone = errors.New("the resource version is gone")

// errShort is a watch that ended without an event: a proxy closes connections.
var errShort = errors.New("the connection was closed as soon as it stood")

// follow watches, again and again, until a new list is needed: errGone, or an
// error that no watch at all is allowed.
func (w *watcher) follow(ctx context.Context, rv string) error {
	for tries := 0; ; {
		began := time.Now()
		events, err := w.watchOnce(ctx, &rv)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isGone(err):
			return errGone
		case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err), apierrors.IsNotFound(err):
			return err
		case err == nil && (events > 0 || time.Since(began) > time.Second):
			tries = 0
			continue
		case err == nil:
			err = errShort
		}
		if events > 0 {
			tries = 0
		}
		w.bad("watch", err)
		tries++
		w.pause(ctx, tries, err)
	}
}

// watchOnce applies one watch's events and moves rv along with them. No error
// means that the server ended it in good order.
func (w *watcher) watchOnce(ctx context.Context, rv *string) (events int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limit := watchLeast + time.Duration(rand.Int64N(int64(watchLeast)))
	began := time.Now()
	stream, err := w.open(ctx, cancel, *rv, limit)
	if err != nil {
		return 0, err
	}
	defer stream.Stop()
	// The server ends a watch at its timeout. A watch that goes on longer is dead.
	overdue := time.AfterFunc(limit+w.patience(), func() { cancel(context.DeadlineExceeded) })
	defer overdue.Stop()
	w.good(time.Since(began))
	for e := range stream.ResultChan() {
		if e.Type == watch.Error {
			return events, apierrors.FromObject(e.Object)
		}
		m, err := meta.Accessor(e.Object)
		if err != nil {
			return events, fmt.Errorf("an event without an object: %w", err)
		}
		u, odd := e.Object.(*unreadable)
		switch {
		case odd:
			w.unread(u, e.Type == watch.Deleted)
		case e.Type == watch.Added, e.Type == watch.Modified:
			w.readAgain(m)
			w.into.set(e.Object)
		case e.Type == watch.Deleted:
			w.readAgain(m)
			w.into.drop(e.Object)
		}
		*rv = m.GetResourceVersion()
		events++
	}
	return events, nil
}

// unread takes in an object that cannot be read.
func (w *watcher) unread(u *unreadable, gone bool) {
	w.log.Warn("an object cannot be read", "what", w.name, "name", keyOf(u), "err", u.why)
	w.change(func(s *watcherState) {
		next := maps.Clone(s.unread) // others may read what they were given
		if next == nil {
			next = unreadables{}
		}
		if delete(next, keyOf(u)); !gone {
			next.add([]*unreadable{u})
		}
		s.unread = next
	})
	w.into.keep(u, gone)
}

// readAgain takes back that an object cannot be read.
func (w *watcher) readAgain(o metav1.Object) {
	state, _ := w.get()
	if len(state.unread) == 0 {
		return
	}
	w.change(func(s *watcherState) {
		s.unread = maps.Clone(s.unread)
		delete(s.unread, keyOf(o))
	})
}

// open begins a watch. Only the stream of it may take long: a server that accepts
// the request and never answers is given up, as one is that never answers a list.
func (w *watcher) open(ctx context.Context, cancel context.CancelCauseFunc, rv string, limit time.Duration) (watch.Interface, error) {
	seconds := int64(limit.Seconds())
	w.change(func(s *watcherState) { s.calls++ })
	silent := time.AfterFunc(w.patience(), func() { cancel(context.DeadlineExceeded) })
	stream, err := w.from.watch(ctx, metav1.ListOptions{ResourceVersion: rv, AllowWatchBookmarks: true, TimeoutSeconds: &seconds})
	switch {
	case !silent.Stop() && !isProblem(err):
		if err == nil {
			stream.Stop()
		}
		return nil, fmt.Errorf("the watch was not answered: %w", context.DeadlineExceeded)
	case errors.Is(err, io.EOF): // the connection was closed before it answered
		return nil, fmt.Errorf("the connection was closed: %w", err)
	}
	return stream, err
}

// patience is how long an answer may take to begin.
func (w *watcher) patience() time.Duration { return cmp.Or(w.answerWithin, pageTimeout) }

func isProblem(err error) bool {
	_, ok := errors.AsType[*migration.Problem](err)
	return ok
}

func isGone(err error) bool {
	var s apierrors.APIStatus
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) ||
		errors.As(err, &s) && s.Status().Code == http.StatusGone
}

func versionOf(list runtime.Object) string {
	m, err := meta.ListAccessor(list)
	if err != nil {
		return ""
	}
	return m.GetResourceVersion()
}

// countOf is the number of objects in a list, as far as its first page shows.
func countOf(list runtime.Object) int {
	n := meta.LenList(list)
	if m, err := meta.ListAccessor(list); err == nil && m.GetRemainingItemCount() != nil {
		n += int(*m.GetRemainingItemCount())
	}
	return n
}
