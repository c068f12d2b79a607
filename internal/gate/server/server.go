// Package server answers controllers and pipelines over HTTP whether a tenant may go on: Argo Rollouts' web metric, Flagger's
// webhooks, curl. It only reads, and it never answers "go on" or "go back" without data: a caller that is not answered holds.
package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/gate"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// MaxAge is how old the latest Snapshot may be: an engine that no longer answers is no data.
const MaxAge = 15 * time.Minute

// The limits of a connection. Answers are small and take no time.
const (
	headerTimeout = 5 * time.Second
	callTimeout   = 10 * time.Second
	idleTimeout   = time.Minute
	stopTimeout   = 5 * time.Second
	mostHeader    = 16 << 10
	mostBody      = 64 << 10
)

// Options are what a Server needs. Clock and Logger are required.
type Options struct {
	Clock   clock.Clock // of the Snapshots
	Logger  *slog.Logger
	Aliases map[migration.Tenant]migration.Tenant // other spellings of tenants
	// Token returns the token that callers must send. It is called for each request, since a mounted secret changes. nil lets
	// everybody ask.
	Token func() (string, error)
}

// Server answers from the latest Snapshot. Make it with New.
type Server struct {
	opts      Options
	latest    atomic.Pointer[migration.Snapshot]
	increases *increases
}

// New makes a Server without data.
func New(opts Options) *Server {
	return &Server{opts: opts, increases: newIncreases(opts.Clock.Now())}
}

// Follow takes Snapshots until their channel is closed or ctx ends. Then there is no data.
func (s *Server) Follow(ctx context.Context, snapshots <-chan *migration.Snapshot) {
	defer s.latest.Store(nil)
	for {
		select {
		case <-ctx.Done():
			return
		case snap, open := <-snapshots:
			if !open {
				return
			}
			s.latest.Store(snap)
		}
	}
}

// Serve answers on a listener until ctx ends, and lets calls that are under way end. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: callTimeout, WriteTimeout: callTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: mostHeader, ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := h.Shutdown(stop)
	if err != nil { // a call that does not end
		err = errors.Join(err, h.Close())
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Handler has the paths that docs/gates.md lists.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if _, why := s.snapshot(); why != "" {
			say(w, http.StatusServiceUnavailable, why)
			return
		}
		say(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /verdict", s.guarded(s.verdict))
	mux.HandleFunc("GET /verdict/{tenant}", s.guarded(s.verdict))
	mux.HandleFunc("GET /wave/{wave}", s.guarded(s.verdict))
	mux.HandleFunc("POST /flagger/{tenant}/{hook}", s.guarded(s.flagger))
	mux.HandleFunc("POST /flagger/wave/{wave}/{hook}", s.guarded(s.flagger))
	return mux
}

// guarded asks for the token, and bounds what a caller sends.
func (s *Server) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		w.Header().Set("Cache-Control", "no-store")
		if s.opts.Token != nil {
			want, err := s.opts.Token()
			if err != nil {
				s.opts.Logger.Error("the token cannot be read", "error", err)
				say(w, http.StatusServiceUnavailable, "the token of migtop gate cannot be read: see its log")
				return
			}
			if !same(sent(r), want) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="migtop gate"`)
				say(w, http.StatusUnauthorized, "migtop gate wants its token: send the header Authorization: Bearer TOKEN")
				return
			}
		}
		next(w, r)
	}
}

// sent is the token of a request: a bearer token, or the password of a URL such as http://migtop:TOKEN@host/, which is all that
// a caller without headers can send.
func sent(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	_, password, _ := r.BasicAuth()
	return password
}

// same compares in a time that says nothing of what was sent. An empty token is never right.
func same(sent, want string) bool {
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// say answers in a line of text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}

// snapshot is the latest Snapshot, or why there is no data.
func (s *Server) snapshot() (snap *migration.Snapshot, why string) {
	snap = s.latest.Load()
	switch {
	case snap == nil:
		return nil, "no data yet"
	case report.OutcomeOf(snap) == report.Nothing:
		return nil, "no source answers: migtop doctor says why"
	case s.opts.Clock.Now().Sub(snap.At) > MaxAge:
		return nil, fmt.Sprintf("the latest data is of %s, and older than %s", snap.At.UTC().Format(time.RFC3339), MaxAge)
	}
	return snap, ""
}

// errRequest is a question that cannot be answered.
var errRequest = errors.New("bad request")

// ask answers the question of a request.
func (s *Server) ask(r *http.Request) (*gate.Result, error) {
	q := gate.Question{Tenant: migration.Tenant(r.PathValue("tenant")), Wave: r.PathValue("wave")}
	if name, ok := s.opts.Aliases[q.Tenant]; ok {
		q.Tenant = name
	}
	if given := r.URL.Query()["share"]; len(given) > 0 {
		percent, err := strconv.ParseFloat(strings.TrimSuffix(given[0], "%"), 64)
		if err != nil || !(percent >= 0 && percent <= 100) || len(given) > 1 { // also what is no number
			return nil, fmt.Errorf("%w: share: want one share in percent from 0 to 100, such as share=20", errRequest)
		}
		q.Share = migration.Some(migration.Ratio(percent / 100))
	}
	snap, why := s.snapshot()
	if why != "" {
		return &gate.Result{At: s.opts.Clock.Now(), Gate: gate.NoData, ExitCode: gate.NoData.ExitCode(), Reason: why, Share: q.Share}, nil
	}
	q.Complete = report.OutcomeOf(snap) == report.Complete
	return gate.Ask(snap, &q)
}

// refuse answers a question that cannot be answered.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, gate.ErrUnknown) {
		status = http.StatusNotFound
	}
	say(w, status, err.Error())
}

// verdict writes the document of an answer. Every word is a success but that without data, which a web metric of Argo Rollouts
// takes for an error of the measurement and for no failure.
func (s *Server) verdict(w http.ResponseWriter, r *http.Request) {
	result, err := s.ask(r)
	if err != nil {
		refuse(w, err)
		return
	}
	s.opts.Logger.Debug("verdict", "path", r.URL.Path, "gate", result.Gate, "reason", result.Reason)
	w.Header().Set("Content-Type", "application/json")
	if result.Gate == gate.NoData {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := report.WriteVerdicts(w, result, report.JSON); err != nil {
		s.opts.Logger.Debug("a caller is gone", "error", err)
	}
}
