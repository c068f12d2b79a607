package awsapi

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SpotAccount is an [Account] in a region with Spot prices. What holds for Account holds for it.
type SpotAccount interface {
	// SpotPrices are the changes of Spot prices until a moment, in any order, at least the last one of each type and zone.
	SpotPrices(until time.Time) []SpotPrice
}

// SpotPrice is one change of a Spot price.
type SpotPrice struct {
	Type, Zone, Price string
	Product           string // "" is "Linux/UNIX"
	At                time.Time
}

// ec2Version is the version of the API. Source: Amazon EC2 API reference.
const ec2Version = "2016-11-15"

// The most that DescribeSpotPriceHistory gives at a time, and how far back it goes.
const (
	spotPage = 1000
	spotPast = 90 * 24 * time.Hour
)

// ec2Action is the action of a request, which has it in its body. The body can be read again after it.
func ec2Action(r *http.Request) string {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, perr := url.ParseQuery(string(body))
	if err != nil || perr != nil {
		return "ec2:"
	}
	return "ec2:" + form.Get("Action")
}

func badEC2(code, format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, code, code, fmt.Sprintf(format, args...)}
}

// spotQuery is a DescribeSpotPriceHistory request.
type spotQuery struct {
	types, products []string
	zone            string
	from, to        time.Time
	most, offset    int
}

// serveEC2 answers EC2's query protocol.
func (s *Server) serveEC2(w http.ResponseWriter, r *http.Request, body []byte) *apiError {
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		return badEC2("MalformedQueryString", "a form by POST is expected")
	}
	if action := form.Get("Action"); action != "DescribeSpotPriceHistory" || form.Get("Version") != ec2Version {
		return badEC2("InvalidAction", "The action %s is not valid for this web service (version %s).", action, form.Get("Version"))
	}
	q, fault := s.spotQuery(form)
	if fault != nil {
		return fault
	}
	s.writeSpot(w, q, s.spotHistory(q))
	return nil
}

// spotQuery reads a question as strictly as EC2 does.
func (s *Server) spotQuery(form url.Values) (*spotQuery, *apiError) {
	now := s.cfg.Clock.Now().UTC()
	q := &spotQuery{from: now.Add(-spotPast), to: now, most: spotPage}
	for name, values := range form {
		value := values[0]
		var err error
		switch base, _, _ := strings.Cut(name, "."); base {
		case "Action", "Version":
		case "InstanceType":
			q.types = append(q.types, value)
		case "ProductDescription":
			q.products = append(q.products, value)
		case "AvailabilityZone":
			q.zone = value
		case "StartTime":
			q.from, err = time.Parse(time.RFC3339, value)
		case "EndTime":
			q.to, err = time.Parse(time.RFC3339, value)
		case "MaxResults":
			if q.most, err = strconv.Atoi(value); q.most < 1 || q.most > spotPage {
				return nil, badEC2("InvalidParameterValue",
					"Value ( %s ) for parameter maxResults is invalid. Expecting a value between 1 and 1000.", value)
			}
		case "NextToken":
			if q.offset, err = strconv.Atoi(strings.TrimPrefix(value, "spot-")); !strings.HasPrefix(value, "spot-") {
				return nil, badEC2("InvalidNextToken", "The token '%s' is invalid", value)
			}
		default:
			return nil, badEC2("UnknownParameter", "The parameter %s is not recognized", name)
		}
		if err != nil {
			return nil, badEC2("InvalidParameterValue", "Value ( %s ) for parameter %s is invalid.", value, name)
		}
	}
	if q.to.Before(q.from) {
		return nil, badEC2("InvalidParameterValue", "The start time must be before the end time.")
	}
	return q, nil
}

// spotHistory are the changes in the time range of a question, and of each type, zone and product the last one before it: the price
// in force at its beginning. The newest come first.
func (s *Server) spotHistory(q *spotQuery) []SpotPrice {
	account, ok := s.cfg.Account.(SpotAccount)
	if !ok {
		return nil
	}
	type key struct{ typ, zone, product string }
	before := map[key]SpotPrice{}
	var out []SpotPrice
	for _, p := range account.SpotPrices(q.to) {
		p.Product = cmp.Or(p.Product, "Linux/UNIX")
		switch {
		case p.At.After(q.to), q.zone != "" && p.Zone != q.zone:
		case len(q.types) > 0 && !slices.Contains(q.types, p.Type), len(q.products) > 0 && !slices.Contains(q.products, p.Product):
		case p.At.After(q.from):
			out = append(out, p)
		default:
			k := key{p.Type, p.Zone, p.Product}
			if b, ok := before[k]; !ok || p.At.After(b.At) {
				before[k] = p
			}
		}
	}
	for _, p := range before {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b SpotPrice) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Product, b.Product))
	})
	return out
}

func (s *Server) writeSpot(w http.ResponseWriter, q *spotQuery, all []SpotPrice) {
	type item struct {
		Type    string `xml:"instanceType"`
		Product string `xml:"productDescription"`
		Price   string `xml:"spotPrice"`
		At      string `xml:"timestamp"`
		Zone    string `xml:"availabilityZone"`
	}
	to := min(q.offset+q.most, len(all))
	items := []item{}
	for _, p := range all[min(q.offset, to):to] {
		items = append(items, item{p.Type, p.Product, p.Price, p.At.UTC().Format("2006-01-02T15:04:05.000Z"), p.Zone})
	}
	next := ""
	if to < len(all) {
		next = "spot-" + strconv.Itoa(to)
	}
	writeXML(w, http.StatusOK, struct {
		XMLName xml.Name
		Request string `xml:"requestId"`
		Items   []item `xml:"spotPriceHistorySet>item"`
		Next    string `xml:"nextToken"`
	}{
		xml.Name{Space: "http://ec2.amazonaws.com/doc/" + ec2Version + "/", Local: "DescribeSpotPriceHistoryResponse"},
		w.Header().Get("X-Amzn-Requestid"), items, next,
	})
}

// ec2Codes are EC2's own names for what other services refuse too. Source: Amazon EC2 API reference, "Error codes".
var ec2Codes = map[string]string{
	"AccessDenied": "UnauthorizedOperation", "InvalidClientTokenId": "AuthFailure", "ExpiredToken": "RequestExpired",
	"Throttling": "RequestLimitExceeded",
}

// refuseEC2 writes a refusal of EC2.
func refuseEC2(w http.ResponseWriter, e *apiError) {
	status := e.Status
	if e.Code == "Throttling" {
		status = http.StatusServiceUnavailable
	}
	writeXML(w, status, struct {
		XMLName xml.Name `xml:"Response"`
		Code    string   `xml:"Errors>Error>Code"`
		Message string   `xml:"Errors>Error>Message"`
		Request string   `xml:"RequestID"`
	}{Code: cmp.Or(ec2Codes[e.Code], e.Code), Message: e.Message, Request: w.Header().Get("X-Amzn-Requestid")})
}
