package awsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/migtop/migtop/internal/clock"
)

// Latency is how long after the end of an invocation CloudWatch shows its data.
// Source: observed, "about 2 min" throughout AWS's documentation of Lambda
// metrics.
const Latency = 2 * time.Minute

// lateness is what [Faults.Late] adds to the latency: Timeout + 3 min after its
// start, the latest datum of a minute is there.
const lateness = time.Minute

// maxBody bounds a request; 500 queries take about 150 kB.
const maxBody = 4 << 20

// Config is what a server serves.
type Config struct {
	Account Account     // required
	Clock   clock.Clock // required: the time of the simulated world
	Region  string      // required: requests signed for another one are refused
	// Partition is the first part of every ARN; "" is "aws".
	Partition string
	// AccessKeyID is the only key that the server knows; "" accepts all.
	AccessKeyID string
	// Answers keeps what GetMetricData computed of this account, which AnswersOf names, for other servers of the same account.
	// It is for clocks that stand still. nil keeps nothing.
	Answers   *Answers
	AnswersOf string
}

// Server is a simulated CloudWatch, Lambda and STS of one account and region.
// It is an [http.Handler]; [Server.Start] serves it on loopback.
type Server struct {
	cfg    Config
	faults atomic.Pointer[trouble]
	bill   bill
	// queries are those of Logs Insights.
	queries queries
	calls   sync.Map // action -> *atomic.Int64

	// organization is what the server is a part of, nil where it stands alone.
	organization *Organization
	sharing      atomic.Pointer[Sharing]

	http   *http.Server
	served chan error
}

// New makes a server. It serves nothing until [Server.Start], or until it is
// given to an HTTP server as a handler.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Account == nil:
		return nil, errors.New("awsapi: no account given")
	case cfg.Clock == nil:
		return nil, errors.New("awsapi: no clock given")
	case cfg.Region == "":
		return nil, errors.New("awsapi: no region given")
	}
	if cfg.Partition == "" {
		cfg.Partition = "aws"
	}
	s := &Server{cfg: cfg}
	s.faults.Store(&trouble{})
	return s, nil
}

// Start listens on a free port of loopback and serves until [Server.Close]. It
// returns the URL to set AWS_ENDPOINT_URL to.
func (s *Server) Start(ctx context.Context) (string, error) {
	if s.http != nil {
		return "", errors.New("awsapi: the server was started before")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("awsapi: cannot listen on loopback: %w", err)
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.served = make(chan error, 1)
	go func() { s.served <- s.http.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// Close stops serving, cuts what is open and waits for it.
func (s *Server) Close() error {
	if s.http == nil {
		return nil
	}
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.http = nil
	return err
}

// trouble is the faults that are on, and since when.
type trouble struct {
	Faults
	late time.Time // what ended from here on is late; with Faults.Late
}

// SetFaults replaces the faults that are on. It may be called at any time.
func (s *Server) SetFaults(f Faults) {
	next := &trouble{Faults: f}
	if f.Late {
		next.late = s.cfg.Clock.Now()
		if before := s.faults.Load(); before.Late {
			next.late = before.late
		}
	}
	s.faults.Store(next)
}

// Faults are the faults that are on. They are not to be changed in place.
func (s *Server) Faults() Faults { return s.faults.Load().Faults }

// Calls is how often an action such as "cloudwatch:GetMetricData" was asked
// for, refused calls included.
func (s *Server) Calls(action string) int64 {
	if n, ok := s.calls.Load(action); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

func (s *Server) count(action string) {
	n, ok := s.calls.Load(action)
	if !ok {
		n, _ = s.calls.LoadOrStore(action, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}

// Billed is what the account has been billed for GetMetricData so far.
func (s *Server) Billed() Billed { return s.bill.read() }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	faults := s.Faults()
	if faults.Offline {
		// The server closes the connection and writes nothing.
		panic(http.ErrAbortHandler)
	}
	if faults.HTML {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to continue.</body></html>\n")
		return
	}
	w.Header().Set("X-Amzn-Requestid", requestID(r))
	protocol, action, serve := s.route(r)
	if serve == nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	s.count(action)
	if fault := s.admit(r, action, &faults); fault != nil {
		protocol.refuse(w, r, fault)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		protocol.refuse(w, r, invalid("cannot read the request: "+err.Error()))
		return
	}
	if fault := serve(w, r, body); fault != nil {
		protocol.refuse(w, r, fault)
	}
}

// handler serves one action. The fault it returns has not been written yet.
type handler func(w http.ResponseWriter, r *http.Request, body []byte) *apiError

// servicePath is what the path of every CloudWatch request begins with.
const servicePath = "/service/GraniteServiceVersion20100801/operation/"

func (s *Server) route(r *http.Request) (protocol, string, handler) {
	path := r.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, servicePath):
		operation := path[len(servicePath):]
		action := "cloudwatch:" + operation
		switch operation {
		case "GetMetricData":
			return cborProtocol, action, s.getMetricData
		case "ListMetrics":
			return cborProtocol, action, s.listMetrics
		}
		return cborProtocol, action, func(http.ResponseWriter, *http.Request, []byte) *apiError {
			return &apiError{http.StatusNotFound, "UnknownOperationException", "InvalidAction", "Could not find operation " + operation}
		}
	case path == "/2015-03-31/functions" || path == "/2015-03-31/functions/":
		return jsonProtocol, "lambda:ListFunctions", s.listFunctions
	case path == "/2015-03-31/event-source-mappings" || path == "/2015-03-31/event-source-mappings/":
		return jsonProtocol, "lambda:ListEventSourceMappings", s.listMappings
	case strings.HasPrefix(path, "/2017-03-31/tags/"):
		return jsonProtocol, "lambda:ListTags", s.listTags
	case path == "/" && r.Header.Get("X-Amz-Target") != "":
		return s.rpc(r)
	case path == "/" && scope(r) == "iam":
		return iamProtocol, iamAction(r), s.serveIAM
	case path == "/" && scope(r) == "ec2":
		return ec2Protocol, ec2Action(r), s.serveEC2
	case path == "/":
		return queryProtocol, "sts:GetCallerIdentity", s.getCallerIdentity
	}
	if action, serve := s.routeFunction(path); serve != nil {
		return jsonProtocol, action, serve
	}
	return 0, "", nil
}

// arn is the ARN of a function.
func (s *Server) arn(function string) string {
	return "arn:" + s.cfg.Partition + ":lambda:" + s.cfg.Region + ":" + s.cfg.Account.ID() + ":function:" + function
}

// view is what can be seen at a moment.
type view struct {
	now  time.Time
	late time.Time // zero: nothing is late
}

func (s *Server) view(now time.Time) view { return view{now, s.faults.Load().late} }

// shows reports whether the data of i are there. What was there once stays.
func (v view) shows(i *Invocation) bool {
	ended := i.Start
	if !i.Throttled {
		ended = ended.Add(i.Duration)
	}
	due := ended.Add(Latency)
	if !v.late.IsZero() && !ended.Before(v.late) {
		due = due.Add(lateness)
	}
	return !due.After(v.now)
}

// requestID makes the id that an answer carries. It follows from the request,
// so that nothing here is random.
func requestID(r *http.Request) string {
	id := r.Header.Get("Amz-Sdk-Invocation-Id")
	if id == "" {
		id = "00000000-0000-4000-8000-" + strconv.Itoa(len(r.URL.Path)+1_000_000_000_00)
	}
	return id
}
