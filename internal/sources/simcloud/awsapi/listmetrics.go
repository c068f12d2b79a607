package awsapi

import (
	"hash/fnv"
	"net/http"
	"slices"
	"time"
)

// The constants of ListMetrics.
// Source: CloudWatch API reference, ListMetrics.
const (
	metricsPerPage = 500
	recently       = 3 * time.Hour       // RecentlyActive=PT3H
	listedFor      = 14 * 24 * time.Hour // a metric without data is listed no longer
)

// listMetrics answers CloudWatch's ListMetrics. Every function is there three
// times over, by {FunctionName}, by {FunctionName, Resource} and within {}, the
// whole account: who does not look at the dimensions counts everything twice.
func (s *Server) listMetrics(w http.ResponseWriter, r *http.Request, body []byte) *apiError {
	var in listMetricsInput
	if fault := decodeCBOR(r, body, &in); fault != nil {
		return fault
	}
	bad := func(message string) *apiError {
		return &apiError{http.StatusBadRequest, "InvalidParameterValueException", "InvalidParameterValue", message}
	}
	switch {
	case in.RecentlyActive != "" && in.RecentlyActive != "PT3H":
		return bad("The parameter RecentlyActive must be PT3H.")
	case len(in.Dimensions) > 10:
		return bad("The collection Dimensions must not have a size greater than 10.")
	}
	page := pageToken{Digest: in.digest(), Now: s.cfg.Clock.Now().UnixNano()}
	if in.NextToken != "" {
		if fault := page.parse(in.NextToken, page.Digest); fault != nil {
			return bad("The parameter NextToken is not valid.")
		}
	}
	now := time.Unix(0, page.Now)
	functions := s.cfg.Account.Functions(now)

	var found []metricID
	next := page
	if in.Namespace == "" || in.Namespace == "AWS/Lambda" {
		// Offset 0 is the account as a whole, offset i+1 is function i.
		for ; next.Offset <= len(functions) && len(found)+2*int(metricCount) <= metricsPerPage; next.Offset++ {
			if next.Offset == 0 {
				found = in.match(found, metricNames[:], "", "")
				continue
			}
			name := functions[next.Offset-1].Name
			if !in.mayMatch(name) {
				continue
			}
			published := s.published(name, in.RecentlyActive != "", now)
			found = in.match(found, published, name, "")
			found = in.match(found, published, name, name)
		}
	}
	more := next.Offset <= len(functions) && (in.Namespace == "" || in.Namespace == "AWS/Lambda")

	var c cborWriter
	if more {
		c.mapOf(2)
		c.text("NextToken")
		c.text(next.String())
	} else {
		c.mapOf(1)
	}
	c.text("Metrics")
	c.arrayOf(len(found))
	for _, m := range found {
		c.listed(m)
	}
	c.send(w, http.StatusOK)
	return nil
}

// published are the metrics of a function with data that are visible now and
// young enough.
func (s *Server) published(function string, active bool, now time.Time) []string {
	age := listedFor
	if active {
		age = recently
	}
	seen, throttled := s.view(now), false
	for i := range s.cfg.Account.Invocations(function, now.Add(-age), now) {
		if !seen.shows(&i) {
			continue
		}
		if !i.Throttled {
			return metricNames[:]
		}
		throttled = true
	}
	if throttled {
		return []string{metricNames[throttles]}
	}
	return nil
}

// mayMatch spares looking at the history of functions that were not asked for.
func (in *listMetricsInput) mayMatch(function string) bool {
	return !slices.ContainsFunc(in.Dimensions, func(d dimension) bool { return d.Value != nil && *d.Value != function })
}

// match appends the metrics of one dimension set that fit the filter: every
// dimension of the filter must be there, others may be there too.
func (in *listMetricsInput) match(found []metricID, names []string, function, resource string) []metricID {
	for _, d := range in.Dimensions {
		value := ""
		switch d.Name {
		case "FunctionName":
			value = function
		case "Resource":
			value = resource
		}
		if value == "" || (d.Value != nil && *d.Value != value) {
			return found
		}
	}
	for _, name := range names {
		if in.MetricName == "" || in.MetricName == name {
			found = append(found, metricID{function, name, resource})
		}
	}
	return found
}

// listed writes one metric; its id holds function, name and resource.
func (c *cborWriter) listed(m metricID) {
	c.mapOf(3)
	c.text("Namespace")
	c.text("AWS/Lambda")
	c.text("MetricName")
	c.text(m.name)
	c.text("Dimensions")
	dims := [][2]string{{"FunctionName", m.namespace}, {"Resource", m.dimensions}}
	dims = slices.DeleteFunc(dims, func(d [2]string) bool { return d[1] == "" })
	c.arrayOf(len(dims))
	for _, d := range dims {
		c.mapOf(2)
		c.text("Name")
		c.text(d[0])
		c.text("Value")
		c.text(d[1])
	}
}

func (in *listMetricsInput) digest() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(in.Namespace + "\x00" + in.MetricName + "\x00" + in.RecentlyActive))
	for _, d := range in.Dimensions {
		_, _ = h.Write([]byte("\x00" + d.Name))
		if d.Value != nil {
			_, _ = h.Write([]byte("=" + *d.Value))
		}
	}
	return h.Sum64()
}
