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
// whole account, and what ran under an alias twice more, by it and by the versions
// behind it: a client that ignores the dimensions counts everything several times.
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
	if in.OwningAccount != "" && !in.IncludeLinkedAccounts {
		return bad("The parameter OwningAccount requires IncludeLinkedAccounts to be true.")
	}
	now := time.Unix(0, page.Now)
	var found []Metric
	var owners []string
	next, last := page, -1
	for _, part := range s.parts(&in) {
		first := last + 1 // of this account's offsets
		var more bool
		listed := len(found)
		found, last, more = part.listInto(found, &in, &next, first, now)
		for range len(found) - listed {
			owners = append(owners, part.cfg.Account.ID())
		}
		if more {
			break
		}
	}

	var c cborWriter
	linked := in.IncludeLinkedAccounts && len(s.shared().Metrics) > 0
	entries := 1
	if next.Offset <= last {
		entries++
	}
	if linked {
		entries++
	}
	c.mapOf(entries)
	if next.Offset <= last {
		c.text("NextToken")
		c.text(next.String())
	}
	if linked { // one for each metric
		c.text("OwningAccounts")
		c.arrayOf(len(owners))
		for _, owner := range owners {
			c.text(owner)
		}
	}
	c.text("Metrics")
	c.arrayOf(len(found))
	for i := range found {
		c.listed(&found[i])
	}
	c.send(w, http.StatusOK)
	return nil
}

// listInto appends the metrics of one account, whose offsets begin at first, from the
// page's on, until the page is full: then there is more. Offset first is the account
// as a whole, first+i+1 is function i; after the functions come the metrics of other
// namespaces, one by one, up to last.
func (s *Server) listInto(found []Metric, in *listMetricsInput, page *pageToken, first int, now time.Time) (_ []Metric, last int,
	more bool,
) {
	var functions []Function
	lambda := in.Namespace == "" || in.Namespace == "AWS/Lambda"
	if lambda {
		functions = s.cfg.Account.Functions(now)
	}
	others := append(aliasMetrics(functions), s.otherMetrics(now)...)
	last = first + len(functions) + len(others)
	for ; page.Offset <= last; page.Offset++ {
		if len(found)+2*int(metricCount) > metricsPerPage {
			return found, last, true
		}
		switch at := page.Offset - first; {
		case at > len(functions):
			m := others[at-len(functions)-1]
			if in.wants(&m) && s.alive(m, in.RecentlyActive != "", now) {
				found = append(found, m)
			}
		case !lambda:
		case at == 0:
			found = in.match(found, metricNames[:])
		default:
			name := functions[at-1].Name
			if !in.mayMatch(name) {
				continue
			}
			published := s.published(name, in.RecentlyActive != "", now)
			found = in.match(found, published, Dimension{"FunctionName", name})
			found = in.match(found, published, Dimension{"FunctionName", name}, Dimension{"Resource", name})
		}
	}
	return found, last, false
}

// alive reports whether a metric of another namespace has data that are visible
// and young enough.
func (s *Server) alive(m Metric, active bool, now time.Time) bool {
	age := listedFor
	if active {
		age = recently
	}
	seen := s.view(now)
	if q := (metricQuery{metric: m.id()}); m.Namespace == "AWS/Lambda" {
		if _, about, ok := q.subject(); ok {
			for i := range s.cfg.Account.Invocations(about.function, now.Add(-age), now) {
				if seen.shows(&i) && about.has(&i, about.function) && (!i.Throttled || m.Name == metricNames[throttles]) {
					return true
				}
			}
			return false
		}
	}
	for range s.samples(m, now.Add(-age), now, seen) {
		return true
	}
	return false
}

// aliasMetrics are what there may be of the functions' aliases and of the versions
// behind each.
func aliasMetrics(functions []Function) []Metric {
	var out []Metric
	for i := range functions {
		f := &functions[i]
		if f.Detail == nil {
			continue
		}
		for _, a := range f.Detail.Aliases {
			by := []Dimension{{"FunctionName", f.Name}, {"Resource", f.Name + ":" + a.Name}}
			sets := [][]Dimension{by}
			for _, version := range append([]string{a.Version}, sortedKeys(a.Shares)...) {
				sets = append(sets, append(slices.Clone(by), Dimension{"ExecutedVersion", version}))
			}
			for _, set := range sets {
				for _, name := range metricNames {
					out = append(out, Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: set})
				}
			}
		}
	}
	return out
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

// match appends the metrics of one dimension set that fit the filter.
func (in *listMetricsInput) match(found []Metric, names []string, dimensions ...Dimension) []Metric {
	for _, name := range names {
		if m := (Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: dimensions}); in.wants(&m) {
			found = append(found, m)
		}
	}
	return found
}

// wants reports whether a metric fits the filter: every dimension of the filter
// must be there, others may be there too.
func (in *listMetricsInput) wants(m *Metric) bool {
	if (in.Namespace != "" && in.Namespace != m.Namespace) || (in.MetricName != "" && in.MetricName != m.Name) {
		return false
	}
	for _, d := range in.Dimensions {
		if !slices.ContainsFunc(m.Dimensions, func(has Dimension) bool {
			return has.Name == d.Name && (d.Value == nil || *d.Value == has.Value)
		}) {
			return false
		}
	}
	return true
}

// listed writes one metric.
func (c *cborWriter) listed(m *Metric) {
	c.mapOf(3)
	c.text("Namespace")
	c.text(m.Namespace)
	c.text("MetricName")
	c.text(m.Name)
	c.text("Dimensions")
	c.arrayOf(len(m.Dimensions))
	for _, d := range m.Dimensions {
		c.mapOf(2)
		c.text("Name")
		c.text(d.Name)
		c.text("Value")
		c.text(d.Value)
	}
}

func (in *listMetricsInput) digest() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(in.Namespace + "\x00" + in.MetricName + "\x00" + in.RecentlyActive + "\x00" + in.OwningAccount))
	if in.IncludeLinkedAccounts {
		_, _ = h.Write([]byte("\x00linked"))
	}
	for _, d := range in.Dimensions {
		_, _ = h.Write([]byte("\x00" + d.Name))
		if d.Value != nil {
			_, _ = h.Write([]byte("=" + *d.Value))
		}
	}
	return h.Sum64()
}
