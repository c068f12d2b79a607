package pricelisttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Rate is what usage costs under a Compute Savings Plan without payment in advance.
type Rate struct {
	Region, Service, Product, Usage, Unit, Rate string
	Years                                       int
	Currency                                    string // USD where it is empty
}

// Rates replaces the rates of Savings Plans.
func (s *Server) Rates(all ...Rate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rates = all
}

// DenyRates refuses the rates of Savings Plans as AWS does without the permission.
func (s *Server) DenyRates(deny bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denyRates = deny
}

// ratesPath is where the API is. Source: Savings Plans API reference, DescribeSavingsPlansOfferingRates.
const ratesPath = "/DescribeSavingsPlansOfferingRates"

// ratesQuery is a DescribeSavingsPlansOfferingRates request.
type ratesQuery struct {
	SavingsPlanPaymentOptions []string `json:"savingsPlanPaymentOptions"`
	SavingsPlanTypes          []string `json:"savingsPlanTypes"`
	Products                  []string `json:"products"`
	Filters                   []struct {
		Name   string
		Values []string
	} `json:"filters"`
	NextToken  *string `json:"nextToken"`
	MaxResults *int    `json:"maxResults"`
}

// serveRates answers the Savings Plans API: REST with JSON, signed for savingsplans in us-east-1.
func (s *Server) serveRates(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, message string) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
	}
	invalid := func(format string, args ...any) {
		refuse(http.StatusBadRequest, "ValidationException", fmt.Sprintf(format, args...))
		s.t.Errorf("the rates of Savings Plans were asked in a wrong way: "+format, args...)
	}
	scope := r.Header.Get("Authorization")
	if !strings.HasPrefix(scope, "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(scope, "/us-east-1/savingsplans/aws4_request") {
		invalid("signature %q", scope)
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		invalid("%s with Content-Type %q", r.Method, r.Header.Get("Content-Type"))
		return
	}
	if s.denyRates {
		refuse(http.StatusForbidden, "AccessDeniedException",
			"User: arn:aws:iam::123456789012:user/x is not authorized to perform: savingsplans:DescribeSavingsPlansOfferingRates")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q ratesQuery
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&q); err != nil {
		invalid("%v in %s", err, body)
		return
	}
	if q.MaxResults != nil && (*q.MaxResults < 1 || *q.MaxResults > 1000) {
		invalid("maxResults %d", *q.MaxResults)
		return
	}
	var regions []string
	for _, f := range q.Filters {
		if !slices.Contains([]string{"region", "instanceFamily", "instanceType", "productDescription", "tenancy", "productId"}, f.Name) ||
			len(f.Values) == 0 {
			invalid("filter %+v", f)
			return
		}
		if f.Name == "region" {
			regions = f.Values
		}
	}
	s.answerRates(w, &q, regions, string(body), invalid)
}

func (s *Server) answerRates(w http.ResponseWriter, q *ratesQuery, regions []string, body string, invalid func(string, ...any)) {
	var all []map[string]any
	for _, rate := range s.rates {
		if (len(regions) > 0 && !slices.Contains(regions, rate.Region)) || (len(q.Products) > 0 && !slices.Contains(q.Products,
			rate.Product)) {
			continue
		}
		all = append(all, rate.document())
	}
	from := 0
	if q.NextToken != nil {
		before := strings.Replace(body, `"nextToken":"`+*q.NextToken+`",`, "", 1)
		if s.pages[*q.NextToken] == "" {
			invalid("token %q was not given, asked with %s", *q.NextToken, before)
			return
		}
		from, _ = strconv.Atoi(strings.TrimPrefix(*q.NextToken, "rates-"))
	}
	to := min(from+s.page, len(all))
	out := map[string]any{"searchResults": append([]map[string]any{}, all[min(from, to):to]...)}
	if to < len(all) {
		token := fmt.Sprintf("rates-%d", to)
		s.pages[token], out["nextToken"] = ratesPath, token
	}
	s.calls["Savings Plans"]++
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (r *Rate) document() map[string]any {
	sum := fnv.New64a()
	_, _ = fmt.Fprint(sum, r.Years)
	currency := r.Currency
	if currency == "" {
		currency = "USD"
	}
	return map[string]any{
		"productType": r.Product, "serviceCode": r.Service, "usageType": r.Usage, "operation": "", "rate": r.Rate, "unit": r.Unit,
		"properties": []map[string]string{{"name": "region", "value": r.Region}},
		"savingsPlanOffering": map[string]any{
			"offeringId":    fmt.Sprintf("%016x", sum.Sum64()),
			"paymentOption": "No Upfront", "planType": "Compute", "durationSeconds": int64(r.Years) * 365 * 24 * 3600, "currency": currency,
			"planDescription": fmt.Sprintf("%d year No Upfront Compute Savings Plan", r.Years),
		},
	}
}
