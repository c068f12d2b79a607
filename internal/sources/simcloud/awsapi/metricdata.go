package awsapi

import (
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
	all := s.computeLinked(queries, roundStart(in.StartTime.Time, now), in.EndTime.Time, now)
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
// length is computed in one pass over its invocations.
func (s *Server) compute(queries []metricQuery, start, end, now time.Time) []series {
	type subject struct {
		function string // "" is the whole account
		resource string // "" is all of it
		period   int64
	}
	tables := make(map[subject]*table)
	answers := make([]series, len(queries))
	for i := range queries {
		q := &queries[i]
		m, function, resource, ok := q.subject()
		kept := retention(q.period)
		if !ok || q.silent || kept == 0 {
			continue
		}
		key := subject{function, resource, q.period}
		t := tables[key]
		if t == nil {
			t = &table{start: firstKept(start, now, kept, q.period), period: time.Duration(q.period) * time.Second}
			tables[key] = t
		}
		stop := end
		if now.Before(stop) { // nothing has happened after now
			stop = now
		}
		if n := int((stop.Sub(t.start) + t.period - 1) / t.period); n > 0 {
			t.want(m, n, q.stat)
		}
	}
	for key, t := range tables {
		s.fill(t, key.function, key.resource, end, now)
	}
	s.computeSamples(queries, answers, start, end, now)
	for i := range queries {
		q := &queries[i]
		m, function, resource, ok := q.subject()
		if !ok {
			continue
		}
		if t := tables[subject{function, resource, q.period}]; t != nil && !q.silent {
			answers[i] = t.series(m, q.stat)
		}
	}
	return answers
}

// subject says what a query is about. A metric that does not exist is no error:
// there are no data, which is all that CloudWatch says too.
func (q *metricQuery) subject() (m metric, function, resource string, ok bool) {
	if q.metric.namespace != "AWS/Lambda" {
		return 0, "", "", false
	}
	m, ok = metricNamed(q.metric.name)
	if !ok || (q.unit != "" && q.unit != metricUnits[m]) {
		return 0, "", "", false
	}
	if q.metric.dimensions == "" {
		return m, "", "", true
	}
	first, rest, two := strings.Cut(q.metric.dimensions, "\n")
	function, ok = strings.CutPrefix(first, "FunctionName=")
	if two && ok {
		resource, ok = strings.CutPrefix(rest, "Resource=")
		ok = ok && (resource == function || strings.HasPrefix(resource, function+":"))
	}
	return m, function, resource, ok
}

// resource is what an invocation is booked on: the alias that it was called by, or the
// function where it had no qualifier.
func (i *Invocation) resource(function string) string {
	if i.Alias == "" {
		return function
	}
	return function + ":" + i.Alias
}

func (s *Server) fill(t *table, function, resource string, end, now time.Time) {
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
	if !t.start.Before(end) {
		return
	}
	seen := s.view(now)
	for _, name := range names {
		for i := range s.cfg.Account.Invocations(name, t.start, end) {
			if seen.shows(&i) && (resource == "" || resource == i.resource(name)) {
				t.add(&i)
			}
		}
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

// digest tells requests apart, page tokens left out.
func (in *getMetricDataInput) digest() uint64 {
	h := fnv.New64a()
	for i := range in.MetricDataQueries {
		q := &in.MetricDataQueries[i]
		_, _ = h.Write([]byte(q.ID + "\x00" + q.MetricStat.Metric.Namespace + "\x00" + q.MetricStat.Metric.MetricName + "\x00" + q.MetricStat.Stat + "\x00" + q.AccountID + "\x00"))
	}
	_, _ = h.Write([]byte(in.ScanBy + strconv.FormatInt(in.StartTime.UnixNano(), 36) + "/" + strconv.FormatInt(in.EndTime.UnixNano(), 36)))
	return h.Sum64()
}
