package kubeapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/migtop/migtop/internal/simcloud/world"
)

const (
	// bookmarkEvery is how often a watch hears where it is
	// (storage/cacher, defaultBookmarkFrequency).
	bookmarkEvery = time.Minute
	// defaultWatch is how long a watch lasts that names no time: the least that
	// the real server's --min-request-timeout gives.
	defaultWatch = 30 * time.Minute
)

// watcher is one watch: where it is and how it writes.
type watcher struct {
	server   *Server
	resource *resourceType
	sel      selection
	format   format
	cursor   uint64

	object runtime.Encoder // of what is in an event
	event  runtime.Encoder
	frames io.Writer
	flush  func()
	buffer bytes.Buffer
}

func (s *Server) watch(w http.ResponseWriter, r *http.Request, resource *resourceType, t *target) {
	f, err := negotiate(r)
	if err == nil && f.info.StreamSerializer == nil { // YAML cannot be streamed
		err = errNotAcceptable("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
	}
	if err != nil {
		refuse(w, r, err)
		return
	}
	o, sel, err := options(r, resource, t)
	if err != nil {
		refuse(w, r, err)
		return
	}
	start, err := s.watchFrom(&o)
	if err != nil {
		refuse(w, r, err)
		return
	}
	timeout := defaultWatch
	if o.TimeoutSeconds != nil && *o.TimeoutSeconds > 0 {
		timeout = time.Duration(*o.TimeoutSeconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()

	one := newWatcher(s, w, resource, sel, f)
	w.WriteHeader(http.StatusOK)
	one.flush()
	if err := one.run(ctx, start, &o); err != nil {
		// What goes wrong after the first byte is an event of its own. A client
		// that went away will not read it.
		_ = one.send(watch.Error, statusOf(err))
		one.flush()
	}
}

// watchStart is where a watch begins: after a version, or with everything that
// there is.
type watchStart struct {
	version uint64
	initial bool
}

// watchFrom applies the rules of the API concepts, "Resource versions in watch",
// and of streaming lists.
func (s *Server) watchFrom(o *internalversion.ListOptions) (watchStart, error) {
	current := s.store.advance(s.cfg.Clock.Now())
	if o.ResourceVersion == "" || o.ResourceVersion == "0" {
		return watchStart{initial: o.SendInitialEvents == nil || *o.SendInitialEvents, version: current}, nil
	}
	v, err := parseVersion(o.ResourceVersion)
	if err != nil { // the real server forgets to say whose fault that is
		return watchStart{}, &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Message: err.Error(),
		}}
	}
	if o.SendInitialEvents != nil && *o.SendInitialEvents {
		return watchStart{initial: true, version: current}, nil
	}
	// One that is yet to come is waited for.
	return watchStart{version: v}, nil
}

func newWatcher(s *Server, w http.ResponseWriter, resource *resourceType, sel selection, f format) *watcher {
	stream := f.info.StreamSerializer
	gv := resource.gv
	if f.metadataOnly {
		gv = metaV1
	}
	// endpoints/handlers, serveWatchHandler: protobuf says that it is a stream.
	mediaType := f.info.MediaType
	if mediaType != runtime.ContentTypeJSON {
		mediaType += ";stream=watch"
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Transfer-Encoding", "chunked")
	one := &watcher{
		server: s, resource: resource, sel: sel, format: f,
		object: codecs.EncoderForVersion(f.info.Serializer, gv),
		event:  codecs.EncoderForVersion(stream.Serializer, gv),
		frames: stream.Framer.NewFrameWriter(w),
		flush:  func() {},
	}
	if flusher, ok := w.(http.Flusher); ok {
		one.flush = flusher.Flush
	}
	return one
}

var errGone = errors.New("the client went away")

// run writes events until the watch is over. An error is for the client; nil is
// the end of the watch's time, or of the client.
func (w *watcher) run(ctx context.Context, start watchStart, o *internalversion.ListOptions) error {
	w.cursor = start.version
	if start.initial {
		if err := w.sendAll(); err != nil {
			return nil
		}
		if o.SendInitialEvents != nil && *o.SendInitialEvents && o.AllowWatchBookmarks {
			if err := w.bookmark(true); err != nil {
				return nil
			}
		}
	}
	var bookmarks <-chan time.Time
	cancel := func() {}
	defer func() { cancel() }()
	for {
		changes, now, more, err := w.server.store.since(w.resource, w.cursor)
		if err != nil {
			return err
		}
		for i := range changes {
			if err := w.tell(&changes[i]); err != nil {
				return nil
			}
		}
		w.cursor = max(w.cursor, now)
		if len(changes) > 0 {
			w.flush()
		}
		if bookmarks == nil && o.AllowWatchBookmarks {
			bookmarks, cancel = w.server.cfg.Clock.After(bookmarkEvery)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-more:
		case <-bookmarks:
			bookmarks = nil
			if err := w.bookmark(false); err != nil {
				return nil
			}
			w.flush()
		}
	}
}

// sendAll sends everything that there is as if it had just been added.
func (w *watcher) sendAll() error {
	snap := w.server.store.current(w.resource, w.server.cfg.Clock.Now())
	w.cursor = snap.version
	for _, one := range snap.items {
		if !w.sel.matches(w.resource, one) {
			continue
		}
		if err := w.send(watch.Added, w.encodable(one)); err != nil {
			return err
		}
	}
	w.flush()
	return nil
}

// tell writes a change as the selection sees it: what comes into it is added,
// what leaves it is deleted (storage/cacher, cacheWatcher.convertToWatchEvent).
func (w *watcher) tell(c *change) error {
	is := c.verb != world.Deleted && w.sel.matches(w.resource, c.item)
	was := c.before != nil && w.sel.matches(w.resource, c.before)
	switch {
	case is && was:
		return w.send(watch.Modified, w.encodable(c.item))
	case is:
		return w.send(watch.Added, w.encodable(c.item))
	case was:
		return w.send(watch.Deleted, w.encodable(c.item))
	}
	return nil
}

// encodable is what is sent of an object: a copy, since several watches may send it.
func (w *watcher) encodable(one *item) runtime.Object {
	if w.format.metadataOnly {
		return metadataOf(one.object())
	}
	return w.resource.copy(one.object())
}

// bookmark sends where the watch is. The one after the initial events says so
// (metav1.InitialEventsAnnotationKey).
func (w *watcher) bookmark(initial bool) error {
	object := w.resource.empty()
	if w.format.metadataOnly {
		object = &metav1.PartialObjectMetadata{}
	}
	object.SetResourceVersion(version(w.cursor))
	if initial {
		object.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	err := w.send(watch.Bookmark, object)
	w.flush()
	return err
}

// send writes one event as one frame.
func (w *watcher) send(t watch.EventType, object runtime.Object) error {
	w.buffer.Reset()
	encoder := w.object
	if t == watch.Error { // a Status goes by v1, whatever is watched
		encoder = codecs.EncoderForVersion(w.format.info.Serializer, schema.GroupVersion{Version: "v1"})
	}
	if err := encoder.Encode(object, &w.buffer); err != nil {
		return err
	}
	event := &metav1.WatchEvent{Type: string(t), Object: runtime.RawExtension{Raw: bytes.Clone(w.buffer.Bytes())}}
	w.buffer.Reset()
	if err := w.event.Encode(event, &w.buffer); err != nil {
		return err
	}
	if _, err := w.frames.Write(w.buffer.Bytes()); err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}
