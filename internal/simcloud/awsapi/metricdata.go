package awsapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// series is the answer to one query: the periods that have data.
type series struct {
	at     []time.Time
	values []float64
}

// getMetricData answers CloudWatch's GetMetricData.
func (s *Server) getMetricData(w http.ResponseWriter, r *http.Request, body []byte) *apiError {
	var in getMetricDataInput
	if fault := decodeCBOR(r, body, &in); fault != nil {
		return fault
	}
	queries, fault := in.validate()
	if fault != nil {
		return fault
	}
	page := pageToken{Digest: in.digest(), Now: s.cfg.Clock.Now().UnixNano()}
	if in.NextToken != "" {
		asked := page.Digest
		if fault := page.parse(in.NextToken, asked); fault != nil {
			return fault
		}
	}
	s.bill.add(queries)
	now := time.Unix(0, page.Now)
	all := s.answers(body, queries, roundStart(in.StartTime.Time, now), in.EndTime.Time, now)
	if in.ScanBy != "TimestampAscending" {
		for i := range all {
			all[i].reverse()
		}
	}
	limit := maxDatapoints
	if in.MaxDatapoints != nil {
		limit = int(*in.MaxDatapoints)
	}
	partial := s.faults.Load().Partial
	if partial {
		total := 0
		for i := range all {
			total += len(all[i].at)
		}
		limit = min(limit, max((total+1)/2, 1))
	}
	writePage(w, queries, all, page, limit, partial)
	return nil
}

// roundStart rounds a start down as CloudWatch does by its age.
// Source: CloudWatch API reference, GetMetricData, StartTime.
func roundStart(start, now time.Time) time.Time {
	switch age := now.Sub(start); {
	case age > 63*24*time.Hour:
		return start.Truncate(time.Hour)
	case age > 15*24*time.Hour:
		return start.Truncate(5 * time.Minute)
	}
	return start.Truncate(time.Minute)
}

// retention is how long data of a period are kept; 0 where there are none,
// since Lambda publishes nothing finer than a minute.
// Source: CloudWatch API reference, GetMetricData.
func retention(periodSeconds int64) time.Duration {
	const day = 24 * time.Hour
	switch {
	case periodSeconds%60 != 0:
		return 0
	case periodSeconds%3600 == 0:
		return 455 * day
	case periodSeconds%300 == 0:
		return 63 * day
	}
	return 15 * day
}

// compute answers all queries. What is asked of one function in one period
// length, aliases and versions too, is computed in one pass over its invocations.
func (s *Server) compute(queries []metricQuery, start, end, now time.Time) []series {
	tables := make(map[tableKey]map[subject]*table)
	answers := make([]series, len(queries))
	for i := range queries {
		q := &queries[i]
		m, about, ok := q.subject()
		kept := retention(q.period)
		if !ok || q.silent || kept == 0 {
			continue
		}
		at := tableKey{about.function, q.period}
		if tables[at] == nil {
			tables[at] = make(map[subject]*table, 1)
		}
		t := tables[at][about]
		if t == nil {
			t = &table{start: firstKept(start, now, kept, q.period), period: time.Duration(q.period) * time.Second}
			tables[at][about] = t
		}
		stop := end
		if now.Before(stop) { // nothing has happened after now
			stop = now
		}
		if n := int((stop.Sub(t.start) + t.period - 1) / t.period); n > 0 {
			t.want(m, n, q.stat)
		}
	}
	var passes passes
	lines, finish := s.computeSamples(&passes, tables, queries, answers, start, end, now)
	for of, t := range tables {
		passes.add(func() { s.fill(t, lines[of], of.function, end, now) })
	}
	passes.run()
	for _, f := range finish {
		f()
	}
	for i := range queries {
		q := &queries[i]
		m, about, ok := q.subject()
		if !ok {
			continue
		}
		if t := tables[tableKey{about.function, q.period}][about]; t != nil && !q.silent {
			answers[i] = t.series(m, q.stat)
		}
	}
	return answers
}

// tableKey is what one pass over invocations is about.
type tableKey struct {
	function string // "" is the whole account
	period   int64  // in seconds
}

// subject is what a query is about: an exact set of dimensions.
type subject struct {
	function string // "" is the whole account
	resource string // "" is all of it
	version  string // what ran, "" is whatever did
}

// subject says what a query is about. A metric that does not exist is no error:
// there are no data, which is all that CloudWatch says too. By version there are
// metrics of aliases alone, in addition to FunctionName and Resource.
// Source: AWS Lambda Developer Guide, "Using CloudWatch metrics with Lambda".
func (q *metricQuery) subject() (m metric, about subject, ok bool) {
	if q.metric.namespace != "AWS/Lambda" {
		return 0, about, false
	}
	m, ok = metricNamed(q.metric.name)
	if !ok || (q.unit != "" && q.unit != metricUnits[m]) {
		return 0, about, false
	}
	if q.metric.dimensions == "" {
		return m, about, true
	}
	for _, line := range strings.Split(q.metric.dimensions, "\n") {
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "FunctionName":
			about.function = value
		case "Resource":
			about.resource = value
		case "ExecutedVersion":
			about.version = value
		default:
			return m, about, false
		}
	}
	alias := strings.HasPrefix(about.resource, about.function+":")
	switch {
	case about.function == "", about.version != "" && !alias:
		return m, about, false
	case about.resource != "" && about.resource != about.function && !alias:
		return m, about, false
	}
	return m, about, true
}

// has reports whether an invocation of a function is booked under the dimensions.
func (about *subject) has(i *Invocation, function string) bool {
	return (about.resource == "" || about.resource == i.resource(function)) &&
		(about.version == "" || about.version == cmp.Or(i.Version, "$LATEST"))
}

// resource is what an invocation is booked on: the alias that it was called by, or the
// function where it had no qualifier.
func (i *Invocation) resource(function string) string {
	if i.Alias == "" {
		return function
	}
	return function + ":" + i.Alias
}

// fill counts the invocations of a function, or of all, into tables of one period, each
// of which has an exact set of dimensions, and the lines that the function wrote.
func (s *Server) fill(tables map[subject]*table, lines []*tally, function string, end, now time.Time) {
	var start time.Time // of all of them
	for _, t := range tables {
		start = t.start
	}
	names := []string{function}
	if function == "" {
		names = names[:0]
		for _, f := range s.cfg.Account.Functions(now) {
			names = append(names, f.Name)
		}
	}
	if now.Before(end) {
		end = now
	}
	if !start.Before(end) {
		return
	}
	seen := s.view(now)
	count := func(i *Invocation, name string) {
		if !seen.shows(i) {
			return
		}
		by := subject{function: function}
		add(tables[by], i)
		if function == "" || len(tables) == 1 && tables[by] != nil {
			return
		}
		by.resource = i.resource(name)
		add(tables[by], i)
		by.version = cmp.Or(i.Version, "$LATEST")
		add(tables[by], i)
	}
	if len(lines) > 0 {
		s.sizes().EachLogged(function, start, end, func(i Invocation) bool {
			count(&i, function)
			return true
		}, func(e LogSize) bool {
			if seen.arrived(e.At, e.Arrived) {
				for _, t := range lines {
					t.add(t.of.lineSample(&e))
				}
			}
			return true
		})
		return
	}
	for _, name := range names {
		for i := range s.cfg.Account.Invocations(name, start, end) {
			count(&i, name)
		}
	}
}

// sizes is the account where it knows how long its lines are, else nil.
func (s *Server) sizes() LogSizer {
	account, _ := s.cfg.Account.(LogSizer)
	return account
}

func add(t *table, i *Invocation) {
	if t != nil {
		t.add(i)
	}
}

func (t *table) series(m metric, s stat) series {
	var out series
	for i := range t.metrics[m] {
		p := &t.metrics[m][i]
		if p.count == 0 {
			continue
		}
		out.at = append(out.at, t.start.Add(time.Duration(i)*t.period))
		out.values = append(out.values, p.statistic(s))
	}
	return out
}

func (s *series) reverse() {
	for i, j := 0, len(s.at)-1; i < j; i, j = i+1, j-1 {
		s.at[i], s.at[j] = s.at[j], s.at[i]
		s.values[i], s.values[j] = s.values[j], s.values[i]
	}
}

// writePage writes what the page token points to, up to limit datapoints.
func writePage(w http.ResponseWriter, queries []metricQuery, all []series, page pageToken, limit int, partial bool) {
	var c cborWriter
	shown := 0
	for i := range queries {
		if !queries[i].silent {
			shown++
		}
	}
	remaining := 0
	for i := range all {
		remaining += len(all[i].at)
	}
	next := page
	next.Offset += limit
	remaining -= next.Offset
	entries := 1
	if partial {
		entries++
	}
	if remaining > 0 {
		entries++
	}
	c.mapOf(entries)
	if partial {
		c.text("Messages")
		c.arrayOf(1)
		c.message("PartialData", "An incomplete set of data points was returned. Repeat the request with NextToken to get the rest.")
	}
	if remaining > 0 {
		c.text("NextToken")
		c.text(next.String())
	}
	c.text("MetricDataResults")
	c.arrayOf(shown)
	skip, room := page.Offset, limit
	for i := range queries {
		if queries[i].silent {
			continue
		}
		points := all[i]
		from := min(skip, len(points.at))
		skip -= from
		to := min(from+room, len(points.at))
		room -= to - from
		c.result(&queries[i], points.at[from:to], points.values[from:to], to == len(points.at))
	}
	c.send(w, http.StatusOK)
}

func (c *cborWriter) message(code, value string) {
	c.mapOf(2)
	c.text("Code")
	c.text(code)
	c.text("Value")
	c.text(value)
}

func (c *cborWriter) result(q *metricQuery, at []time.Time, values []float64, complete bool) {
	c.mapOf(5)
	c.text("Id")
	c.text(q.id)
	c.text("Label")
	c.text(q.label)
	c.text("StatusCode")
	switch {
	case q.forbidden:
		c.text("Forbidden")
	case complete:
		c.text("Complete")
	default:
		c.text("PartialData")
	}
	c.text("Timestamps")
	c.arrayOf(len(at))
	for _, t := range at {
		c.time(t)
	}
	c.text("Values")
	c.arrayOf(len(values))
	for _, v := range values {
		c.float(v)
	}
}

// pageToken is a place in an answer. It pins the moment of the first page, so
// that data arriving between two pages shift nothing.
type pageToken struct {
	Digest uint64 `json:"d"` // of the request that it continues
	Now    int64  `json:"n"` // nanoseconds since the epoch
	Offset int    `json:"o"` // datapoints, or functions, already sent
}

// String encodes the token.
func (p pageToken) String() string {
	raw, _ := json.Marshal(p) // three numbers always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parse reads a token, which must belong to a request of that digest.
func (p *pageToken) parse(token string, digest uint64) *apiError {
	bad := &apiError{http.StatusBadRequest, "InvalidNextToken", "InvalidNextToken", "The next token specified is invalid."}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(raw, p) != nil || p.Digest != digest || p.Offset < 0 || p.Offset > 1<<40 {
		return bad
	}
	return nil
}

// digest distinguishes requests, page tokens left out.
func (in *getMetricDataInput) digest() uint64 {
	h := fnv.New64a()
	for i := range in.MetricDataQueries {
		q := &in.MetricDataQueries[i]
		_, _ = h.Write([]byte(q.ID + "\x00" + q.MetricStat.Metric.Namespace + "\x00" + q.MetricStat.Metric.MetricName + "\x00" +
			q.MetricStat.Stat + "\x00" + q.AccountID + "\x00"))
	}
	_, _ = h.Write([]byte(in.ScanBy + strconv.FormatInt(in.StartTime.UnixNano(), 36) + "/" + strconv.FormatInt(in.EndTime.UnixNano(), 36)))
	return h.Sum64()
}
