package awsapi

import (
	"fmt"
	"slices"
	"strings"
)

// Faults are the kinds of trouble that the server makes on demand. The zero
// value is none.
type Faults struct {
	// Throttle refuses every call: "Rate exceeded". Throttled are the actions that are
	// refused so where others are not, such as "lambda:ListAliases".
	Throttle  bool
	Throttled []string
	// Expired refuses every call: the security token has expired.
	Expired bool
	// Rejected refuses every call: the access key does not exist.
	Rejected bool
	// Late delays by another minute what ends from now on.
	Late bool
	// Partial cuts the answers of GetMetricData into two pages, and says so
	// with a message.
	Partial bool
	// Offline cuts every connection without an answer.
	Offline bool
	// HTML answers every call with a page of HTML and status 200, as a proxy
	// with a login form does.
	HTML bool
	// Query is what goes wrong with queries of Logs Insights.
	Query QueryFault
	// Denied are the actions that are refused, such as
	// "cloudwatch:GetMetricData"; "*" means all of them. STS's
	// GetCallerIdentity needs no permission and cannot be denied.
	Denied []string
}

// QueryFault is a kind of trouble of queries of Logs Insights.
type QueryFault string

// The kinds of trouble of queries; the empty one is none.
const (
	QueryLimit    QueryFault = "limit"   // too many are under way
	QueryFails    QueryFault = "failed"  // they end with the status Failed
	QueryTimesOut QueryFault = "timeout" // they end with the status Timeout
)

// FaultNames are the words that [ParseFaults] takes.
func FaultNames() []string {
	return []string{"throttle", "expired", "rejected", "denied", "late", "partial", "offline", "html", "query"}
}

// ParseFaults reads words such as "throttle" or "late". "denied" refuses
// every action, "denied:cloudwatch:GetMetricData" that one; "throttle" does
// alike. "query" lets
// queries of Logs Insights fail, "query:timeout" time out, and "query:limit"
// refuses them for there being too many.
func ParseFaults(words ...string) (Faults, error) {
	var f Faults
	for _, word := range words {
		name, action, _ := strings.Cut(strings.TrimSpace(word), ":")
		if action != "" && name != "denied" && name != "query" && name != "throttle" {
			return Faults{}, fmt.Errorf("fault %q takes no argument", name)
		}
		switch name {
		case "throttle":
			if action != "" {
				f.Throttled = append(f.Throttled, action)
			} else {
				f.Throttle = true
			}
		case "expired":
			f.Expired = true
		case "rejected":
			f.Rejected = true
		case "late":
			f.Late = true
		case "partial":
			f.Partial = true
		case "offline":
			f.Offline = true
		case "html":
			f.HTML = true
		case "denied":
			if action == "" {
				action = "*"
			}
			f.Denied = append(f.Denied, action)
		case "query":
			if f.Query = QueryFault(action); action == "" {
				f.Query = QueryFails
			}
			if !slices.Contains([]QueryFault{QueryLimit, QueryFails, QueryTimesOut}, f.Query) {
				return Faults{}, fmt.Errorf("fault %q: want query:%s, query:%s or query:%s", word, QueryLimit, QueryFails, QueryTimesOut)
			}
		default:
			return Faults{}, fmt.Errorf("unknown fault %q: want %s", word, strings.Join(FaultNames(), ", "))
		}
	}
	return f, nil
}

// throttles reports whether an action is refused for its rate.
func (f *Faults) throttles(action string) bool {
	return f.Throttle || slices.Contains(f.Throttled, action)
}

// denies reports whether an action such as "lambda:ListFunctions" is refused.
func (f *Faults) denies(action string) bool {
	return slices.Contains(f.Denied, action) || slices.Contains(f.Denied, "*")
}
