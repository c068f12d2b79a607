package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// Faults are the kinds of trouble that the server makes on demand.
type Faults struct {
	// Offline cuts every connection, and every new one, without an answer.
	Offline bool
	// NoMetrics takes metrics.k8s.io away, as in a cluster without metrics-server.
	NoMetrics bool
	// Forbidden are resources that may not be read: "nodes",
	// "pods.metrics.k8s.io", "jobs.batch".
	Forbidden []string
}

func (f *Faults) forbids(gr schema.GroupResource) bool {
	return slices.Contains(f.Forbidden, gr.String())
}

// Config is what a server serves.
type Config struct {
	// World plays the cluster. Without one the server has what [Server.Put] puts into it,
	// and metrics of none of it.
	World *world.World
	Clock clock.Clock // required
	// Token is the bearer token that the server accepts. Without one every caller may
	// read, as behind kubectl proxy.
	Token string
}

// Server is a simulated Kubernetes API server: [Start] makes one that listens, [New]
// one that is a handler.
type Server struct {
	cfg    Config
	store  *store
	faults atomic.Pointer[Faults]

	listener *faultyListener
	http     *http.Server
	stop     context.CancelFunc
	running  sync.WaitGroup
	served   error
}

// pace is how often at most the world is brought to the present when no client
// asks: a watch is that late at worst.
const pace = 40 * time.Millisecond

// New makes a server that does not listen: a handler for a listener of the caller's,
// whose world goes on with each request.
func New(cfg Config) (*Server, error) {
	if cfg.Clock == nil {
		return nil, errors.New("kubeapi: no clock given")
	}
	s := &Server{cfg: cfg, store: newStore(cfg.World)}
	s.faults.Store(&Faults{})
	return s, nil
}

// Start serves on a free port of loopback until [Server.Close]. The past of the
// world, which is required, is played in the background; the first request waits for it.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s, err := New(cfg)
	switch {
	case err != nil:
		return nil, err
	case cfg.World == nil:
		return nil, errors.New("kubeapi: no world given")
	case cfg.Token == "":
		return nil, errors.New("kubeapi: no token given")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("kubeapi: cannot listen on loopback: %w", err)
	}
	s.listener = &faultyListener{Listener: listener, open: make(map[net.Conn]struct{})}
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second,
		// Watches end when the server does.
		BaseContext: func(net.Listener) context.Context { return loop },
	}
	s.running.Go(func() { s.served = s.http.Serve(s.listener) })
	s.running.Go(func() { s.keepUp(loop) })
	return s, nil
}

// URL is where the server is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// SetFaults replaces the faults that are on.
func (s *Server) SetFaults(f Faults) {
	s.faults.Store(&f)
	if s.listener != nil {
		s.listener.setOffline(f.Offline)
	}
}

// Faults are the faults that are on.
func (s *Server) Faults() Faults { return *s.faults.Load() }

// Expire makes the server forget the past, as etcd's compaction does: watches
// and continued lists of older versions are answered with 410 Gone.
func (s *Server) Expire() { s.store.expire() }

// Put adds or replaces an object in a server without a world, and returns its resource
// version. Kinds are Job, Pod, Node, Namespace, Event and DaemonSet. Another kind, and an
// object without a name or, where its kind has one, a namespace, is an error.
func (s *Server) Put(o Object) (string, error) { return s.change(world.Modified, o) }

// Remove deletes an object from a server without a world. Watches see the object that is
// given here.
func (s *Server) Remove(o Object) (string, error) { return s.change(world.Deleted, o) }

func (s *Server) change(verb world.Verb, o Object) (string, error) {
	if s.cfg.World != nil {
		return "", errors.New("kubeapi: objects of a world cannot be changed by hand")
	}
	for _, r := range resources {
		if reflect.TypeOf(r.empty()) != reflect.TypeOf(o) {
			continue
		}
		if o.GetName() == "" || r.namespaced != (o.GetNamespace() != "") {
			return "", fmt.Errorf("kubeapi: %s %q in namespace %q is no valid object", r.kind, o.GetName(), o.GetNamespace())
		}
		return version(s.store.change(r, verb, o.DeepCopyObject().(Object))), nil
	}
	return "", fmt.Errorf("kubeapi: %T is of no kind that is served", o)
}

// Close stops serving, cuts what is open and waits for all of it.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	s.running.Wait()
	if !errors.Is(s.served, http.ErrServerClosed) {
		err = errors.Join(err, s.served)
	}
	return err
}

// keepUp brings the world to the present as things happen.
func (s *Server) keepUp(ctx context.Context) {
	// The pace is one of real time: at a great speed something is always due.
	machine := clock.System()
	for {
		s.store.advance(s.cfg.Clock.Now())
		due, cancel := s.cfg.Clock.After(s.store.next().Sub(s.cfg.Clock.Now()))
		select {
		case <-ctx.Done():
			cancel()
			return
		case <-due:
		}
		cancel()
		breath, cancel := machine.After(pace)
		select {
		case <-ctx.Done():
			cancel()
			return
		case <-breath:
		}
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, err := s.authenticate(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	if r.Method == http.MethodHead { // no endpoint has it (endpoints/installer)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	t, ok := parse(r)
	if !ok {
		verb := strings.ToLower(r.Method)
		if !readable(who, verb, r.URL.Path) {
			refuse(w, r, forbidden(who, &target{verb: verb, name: r.URL.Path}))
			return
		}
		s.serveOther(w, r)
		return
	}
	if !s.allowed(who, &t) {
		refuse(w, r, forbidden(who, &t))
		return
	}
	switch {
	case t.gv == authV1:
		s.review(w, r, who)
		return
	case t.gv == metricsV1 && s.faults.Load().NoMetrics:
		http.NotFound(w, r) // the real server's mux answers in plain text, too
		return
	case t.gv == metricsV1:
		s.serveMetrics(w, r, &t)
		return
	}
	resource := find(&t)
	if resource == nil { // another version of it
		http.NotFound(w, r)
		return
	}
	switch t.verb {
	case "get":
		s.get(w, r, resource, &t)
	case "list":
		s.list(w, r, resource, &t)
	case "watch":
		s.watch(w, r, resource, &t)
	}
}

func find(t *target) *resourceType {
	for _, r := range resources {
		if r.gv == t.gv && r.name == t.resource {
			return r
		}
	}
	return nil
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, resource *resourceType, t *target) {
	f, err := negotiate(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	one := s.store.get(resource, resource.key(t.namespace, t.name), s.cfg.Clock.Now())
	switch {
	case one == nil:
		refuse(w, r, apierrors.NewNotFound(resource.groupResource(), t.name))
	case f.metadataOnly:
		write(w, f, http.StatusOK, metaV1, metadataOf(one.object()))
	default:
		write(w, f, http.StatusOK, resource.gv, resource.copy(one.object()))
	}
}

// faultyListener can cut all connections, and every new one, so that clients
// get no answer.
type faultyListener struct {
	net.Listener
	mu      sync.Mutex
	offline bool
	open    map[net.Conn]struct{}
}

func (l *faultyListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		if l.offline {
			l.mu.Unlock()
			reset(conn)
			continue
		}
		l.open[conn] = struct{}{}
		l.mu.Unlock()
		return &trackedConn{Conn: conn, listener: l}, nil
	}
}

func (l *faultyListener) setOffline(offline bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offline = offline
	if offline {
		for conn := range l.open {
			reset(conn)
		}
	}
}

// reset closes a connection at once, so that the other end reads a reset.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

type trackedConn struct {
	net.Conn
	listener *faultyListener
}

func (c *trackedConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c.Conn)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
