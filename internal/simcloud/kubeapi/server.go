package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	World *world.World // required
	Clock clock.Clock  // required
	// Token is the bearer token that the server accepts; required.
	Token string
}

// Server is a simulated Kubernetes API server. Start it with [Start].
type Server struct {
	cfg     Config
	store   *store
	builder *builder
	faults  atomic.Pointer[Faults]

	listener *faultyListener
	http     *http.Server
	stop     context.CancelFunc
	running  sync.WaitGroup
	served   error
}

// pace is how often at most the world is brought to the present when nobody
// asks: a watch is that late at worst.
const pace = 40 * time.Millisecond

// Start serves on a free port of loopback until [Server.Close]. The past of the
// world is played in the background; the first request waits for it.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	switch {
	case cfg.World == nil:
		return nil, errors.New("kubeapi: no world given")
	case cfg.Clock == nil:
		return nil, errors.New("kubeapi: no clock given")
	case cfg.Token == "":
		return nil, errors.New("kubeapi: no token given")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("kubeapi: cannot listen on loopback: %w", err)
	}
	s := &Server{cfg: cfg, store: newStore(cfg.World.NewCluster(), cfg.World.Epoch()), builder: &builder{}}
	s.faults.Store(&Faults{})
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
	s.listener.setOffline(f.Offline)
}

// Faults are the faults that are on.
func (s *Server) Faults() Faults { return *s.faults.Load() }

// Expire makes the server forget the past, as etcd's compaction does: watches
// and continued lists of older versions are answered with 410 Gone.
func (s *Server) Expire() { s.store.expire() }

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
	key := t.name
	if resource.namespaced {
		key = t.namespace + "/" + t.name
	}
	object, ok := s.store.get(resource, key, s.cfg.Clock.Now())
	if !ok {
		refuse(w, r, apierrors.NewNotFound(resource.groupResource(), t.name))
		return
	}
	if f.metadataOnly {
		write(w, f, http.StatusOK, metaV1, metadataOf(resource.build(s.builder, object)))
		return
	}
	write(w, f, http.StatusOK, resource.gv, resource.build(s.builder, object))
}

// faultyListener can cut all connections, and every new one, so that whoever
// dials finds nobody who answers.
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
