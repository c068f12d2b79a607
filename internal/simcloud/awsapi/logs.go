package awsapi

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// LogAccount is an [Account] whose functions write logs. What holds for Account
// holds for it: safe for concurrent use, the same answer to the same question.
type LogAccount interface {
	// LogGroups are the names of the log groups that exist at a moment, sorted.
	LogGroups(now time.Time) []string
	// LogEvents yields what was written into a group at times in [from, to), in
	// any order, the future included: the server hides what had not arrived yet.
	LogEvents(group string, from, to time.Time) iter.Seq[LogEvent]
}

// LogSizer is a [LogAccount] that knows how long its lines are without writing them.
type LogSizer interface {
	// LogSizes yields the lines that LogEvents does, each with its length alone.
	LogSizes(group string, from, to time.Time) iter.Seq[LogSize]
	// EachLogged calls run for what Invocations yields of a function, and line for what LogSizes yields of its own
	// log group, in any order and one at a time, until one of them returns false.
	EachLogged(function string, from, to time.Time, run func(Invocation) bool, line func(LogSize) bool)
}

// LogSize is one line of a log without its text.
type LogSize struct {
	At, Arrived time.Time // as those of a LogEvent
	Bytes       int
}

// LogEvent is one line of a log.
type LogEvent struct {
	At time.Time
	// Arrived is when it could be found; not before At. Zero is At.
	Arrived time.Time
	Stream  string
	Message string
}

// The limits of Logs Insights.
// Source: CloudWatch Logs quotas, and the API reference of StartQuery.
const (
	groupsPerQuery   = 50
	rowsPerQuery     = 100_000
	rowsPerPage      = 10_000
	queriesAtOnce    = 100
	queryStringLimit = 10_000
)

// queries are the queries that were started, by id.
type queries struct {
	mu   sync.Mutex
	byID map[string]*query
	last int
}

// query is one query of Logs Insights.
type query struct {
	rows                            [][]resultField
	matched, scanned, bytes, groups float64
	asked                           int // how often its results were asked for
	status                          string
}

// The states of a query.
const (
	queryScheduled = "Scheduled"
	queryRunning   = "Running"
	queryComplete  = "Complete"
	queryFailed    = "Failed"
	queryCancelled = "Cancelled"
	queryTimeout   = "Timeout"
)

func (q *query) over() bool { return q.status != queryScheduled && q.status != queryRunning }

type resultField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

func noSuch(what string) *apiError {
	return &apiError{http.StatusBadRequest, "ResourceNotFoundException", "ResourceNotFoundException", what}
}

type startQueryInput struct {
	StartTime, EndTime  *int64
	QueryString         *string
	LogGroupName        string
	LogGroupNames       []string
	LogGroupIdentifiers []string
	Limit               *int
	QueryLanguage       string
}

// startQuery answers StartQuery. The query is computed at once and billed at once,
// for all that it scans; GetQueryResults shows what it found step by step.
func (s *Server) startQuery(in *startQueryInput) (any, *apiError) {
	groups := make([]accountGroup, 0, groupsPerQuery)
	for _, name := range in.LogGroupNames {
		groups = append(groups, accountGroup{s, name})
	}
	given := 0
	for _, is := range []bool{in.LogGroupName != "", len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if is {
			given++
		}
	}
	if in.LogGroupName != "" {
		groups = append(groups, accountGroup{s, in.LogGroupName})
	}
	for _, id := range in.LogGroupIdentifiers {
		group, fault := s.identified(id)
		if fault != nil {
			return nil, fault
		}
		groups = append(groups, group)
	}
	switch {
	case in.StartTime == nil || in.EndTime == nil || in.QueryString == nil:
		return nil, badParameterRPC("startTime, endTime and queryString are required")
	case given != 1:
		return nil, badParameterRPC("exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given")
	case len(groups) > groupsPerQuery:
		return nil, badParameterRPC(fmt.Sprintf("a query takes at most %d log groups, not %d", groupsPerQuery, len(groups)))
	case *in.StartTime > *in.EndTime:
		return nil, badParameterRPC("End time should not be before start time")
	case *in.StartTime < 0 || *in.EndTime > 1<<33:
		return nil, badParameterRPC("times are seconds since the epoch")
	case in.QueryLanguage != "" && in.QueryLanguage != "CWLI":
		return nil, badParameterRPC("the simulated account knows no query language " + in.QueryLanguage)
	}
	compiled, err := compileQuery(*in.QueryString)
	if err != nil {
		return nil, &apiError{http.StatusBadRequest, "MalformedQueryException", "MalformedQueryException", err.Error()}
	}
	if in.Limit != nil {
		if *in.Limit < 1 || *in.Limit > rowsPerQuery {
			return nil, badParameterRPC(fmt.Sprintf("limit must be between 1 and %d", rowsPerQuery))
		}
		compiled.limit = min(compiled.limit, *in.Limit)
	}
	now := s.cfg.Clock.Now()
	for _, group := range groups {
		if !slices.Contains(group.of.logGroups(now), group.name) {
			return nil, noSuch("Log group '" + group.name + "' does not exist for account ID '" + group.of.cfg.Account.ID() + "'")
		}
	}
	if fault := s.startable(); fault != nil {
		return nil, fault
	}
	q := &query{status: queryScheduled, groups: float64(len(groups))}
	// Both ends are inclusive.
	from, to := time.Unix(*in.StartTime, 0), time.Unix(*in.EndTime, 1)
	var found []foundEvent
	for _, group := range groups {
		for e := range group.of.logEvents(group.name, from, to, s.view(now)) {
			q.scanned++
			q.bytes += float64(len(e.Message))
			if compiled.matches(e.Message) {
				q.matched++
				found = append(found, foundEvent{group, e})
			}
		}
	}
	q.rows = compiled.rows(found)
	s.bill.scan(int64(q.bytes))
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	s.queries.last++
	id := queryID(s.queries.last)
	if s.queries.byID == nil {
		s.queries.byID = make(map[string]*query)
	}
	s.queries.byID[id] = q
	delete(s.queries.byID, queryID(s.queries.last-remembered))
	return map[string]string{"queryId": id}, nil
}

// remembered is how many of the last queries are kept.
const remembered = 2 * queriesAtOnce

func queryID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// startable refuses a query where too many are under way, or a fault says so.
func (s *Server) startable() *apiError {
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	under := 0
	for _, q := range s.queries.byID {
		if !q.over() {
			under++
		}
	}
	if under >= queriesAtOnce || s.Faults().Query == QueryLimit {
		return &apiError{
			http.StatusBadRequest, "LimitExceededException", "LimitExceededException",
			"Account maximum query concurrency limit of [" + strconv.Itoa(queriesAtOnce) + "] reached.",
		}
	}
	return nil
}

type getQueryResultsInput struct {
	QueryID   string `json:"queryId"`
	MaxItems  *int   `json:"maxItems"`
	NextToken string `json:"nextToken"`
}

// getQueryResults answers GetQueryResults. A query is scheduled when it is asked
// about first, then it runs and shows a part of what it will find, then it is
// complete: a client must not take the part for the whole.
func (s *Server) getQueryResults(in *getQueryResultsInput) (any, *apiError) {
	page := rowsPerPage
	if in.MaxItems != nil {
		if *in.MaxItems < 1 || *in.MaxItems > rowsPerPage {
			return nil, badParameterRPC(fmt.Sprintf("maxItems must be between 1 and %d", rowsPerPage))
		}
		page = *in.MaxItems
	}
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	q := s.queries.byID[in.QueryID]
	if q == nil {
		return nil, noSuch("Query with id " + in.QueryID + " does not exist")
	}
	q.step(s.Faults().Query)
	rows, part := q.rows, 1.0
	switch q.status {
	case queryScheduled:
		rows, part = nil, 0
	case queryRunning:
		rows, part = rows[:len(rows)/2], 0.5
	case queryFailed, queryTimeout, queryCancelled:
		rows = nil
	}
	type statistics struct {
		BytesScanned   float64 `json:"bytesScanned"`
		RecordsScanned float64 `json:"recordsScanned"`
		RecordsMatched float64 `json:"recordsMatched"`
		Groups         float64 `json:"logGroupsScanned"`
		ResultCount    float64 `json:"resultCount"`
	}
	out := struct {
		Status        string          `json:"status"`
		Results       [][]resultField `json:"results"`
		Statistics    statistics      `json:"statistics"`
		NextToken     string          `json:"nextToken,omitempty"`
		QueryLanguage string          `json:"queryLanguage"`
	}{
		Status: q.status, QueryLanguage: "CWLI",
		Statistics: statistics{q.bytes * part, q.scanned * part, q.matched * part, q.groups, float64(len(rows))},
	}
	if len(rows) > 0 {
		shown, next, fault := cutPage(rows, in.NextToken, page, badParameterRPC("The specified nextToken is invalid."))
		if fault != nil {
			return nil, fault
		}
		out.Results, out.NextToken = shown, next
	} else {
		out.Results = [][]resultField{}
	}
	return out, nil
}

// step lets a query go on.
func (q *query) step(fault QueryFault) {
	q.asked++
	switch {
	case q.over() || q.asked == 1:
	case q.status == queryScheduled:
		q.status = queryRunning
	case fault == QueryFails:
		q.status = queryFailed
	case fault == QueryTimesOut:
		q.status = queryTimeout
	default:
		q.status = queryComplete
	}
}

type stopQueryInput struct {
	QueryID string `json:"queryId"`
}

// stopQuery answers StopQuery.
func (s *Server) stopQuery(in *stopQueryInput) (any, *apiError) {
	s.queries.mu.Lock()
	defer s.queries.mu.Unlock()
	q := s.queries.byID[in.QueryID]
	switch {
	case q == nil:
		return nil, noSuch("Query with id " + in.QueryID + " does not exist")
	case q.over():
		return nil, badParameterRPC("Query with id " + in.QueryID + " has ended")
	}
	q.status = queryCancelled
	return map[string]bool{"success": true}, nil
}
