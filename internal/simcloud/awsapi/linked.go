package awsapi

import (
	"slices"
	"time"
)

// Sharing is what accounts share with a monitoring account, by their numbers: a link says
// what it shares.
// Source: CloudWatch Observability Access Manager API reference, CreateLink, ResourceTypes.
type Sharing struct {
	Metrics []string // AWS::CloudWatch::Metric
	Logs    []string // AWS::Logs::LogGroup
}

// Share changes from now on what others share with this account.
func (s *Server) Share(with Sharing) { s.sharing.Store(&with) }

// shared is what others share with this account.
func (s *Server) shared() Sharing {
	if with := s.sharing.Load(); with != nil {
		return *with
	}
	return Sharing{}
}

// linked is the account that a question names, seen from this one; nil where it is
// not linked to it, in this region.
// Source: CloudWatch API reference, MetricDataQuery, AccountId.
func (s *Server) linked(account string) *Server {
	switch {
	case account == "" || account == s.cfg.Account.ID():
		return s
	case s.organization == nil || !slices.Contains(s.shared().Metrics, account):
		return nil
	}
	return s.organization.Server(account, s.cfg.Region)
}

// parts are the accounts that ListMetrics lists: this one, and those that are
// linked to it where they are asked for.
func (s *Server) parts(in *listMetricsInput) []*Server {
	out := []*Server{s}
	if in.IncludeLinkedAccounts {
		for _, account := range s.shared().Metrics {
			if one := s.linked(account); one != nil {
				out = append(out, one)
			}
		}
	}
	return slices.DeleteFunc(out, func(one *Server) bool {
		return in.OwningAccount != "" && one.cfg.Account.ID() != in.OwningAccount
	})
}

// computeLinked answers all queries, each from the account that it names. One that is
// not linked gives no data: the result is Forbidden, and the request succeeds.
func (s *Server) computeLinked(queries []metricQuery, start, end, now time.Time) []series {
	answers := make([]series, len(queries))
	of := make(map[string][]int)
	for i := range queries {
		of[queries[i].account] = append(of[queries[i].account], i)
	}
	for account, at := range of {
		one := s.linked(account)
		some := make([]metricQuery, len(at))
		for j, i := range at {
			queries[i].forbidden = one == nil
			some[j] = queries[i]
		}
		if one == nil {
			continue
		}
		for j, answer := range one.compute(some, start, end, now) {
			answers[at[j]] = answer
		}
	}
	return answers
}
