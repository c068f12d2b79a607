package awsapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// The requests of CloudWatch, as far as they are read. Members that are not
// listed are ignored, as AWS ignores them.

type getMetricDataInput struct {
	MetricDataQueries []dataQuery `cbor:"MetricDataQueries"`
	StartTime         *epoch      `cbor:"StartTime"`
	EndTime           *epoch      `cbor:"EndTime"`
	NextToken         string      `cbor:"NextToken"`
	ScanBy            string      `cbor:"ScanBy"`
	MaxDatapoints     *int32      `cbor:"MaxDatapoints"`
}

type dataQuery struct {
	ID         string  `cbor:"Id"`
	Expression *string `cbor:"Expression"`
	Label      *string `cbor:"Label"`
	MetricStat *struct {
		Metric *struct {
			Namespace  string      `cbor:"Namespace"`
			MetricName string      `cbor:"MetricName"`
			Dimensions []dimension `cbor:"Dimensions"`
		} `cbor:"Metric"`
		Period *int32 `cbor:"Period"`
		Stat   string `cbor:"Stat"`
		Unit   string `cbor:"Unit"`
	} `cbor:"MetricStat"`
	ReturnData *bool  `cbor:"ReturnData"`
	AccountID  string `cbor:"AccountId"`
}

type listMetricsInput struct {
	Namespace      string      `cbor:"Namespace"`
	MetricName     string      `cbor:"MetricName"`
	Dimensions     []dimension `cbor:"Dimensions"`
	NextToken      string      `cbor:"NextToken"`
	RecentlyActive string      `cbor:"RecentlyActive"`

	IncludeLinkedAccounts bool   `cbor:"IncludeLinkedAccounts"`
	OwningAccount         string `cbor:"OwningAccount"`
}

type dimension struct {
	Name  string  `cbor:"Name"`
	Value *string `cbor:"Value"`
}

// epoch is a moment as Smithy writes it: tag 1 over a number of seconds.
type epoch struct{ time.Time }

// UnmarshalCBOR refuses everything but tag 1 over a number.
func (e *epoch) UnmarshalCBOR(data []byte) error {
	var tag cbor.RawTag
	if err := cborDecoder.Unmarshal(data, &tag); err != nil || tag.Number != 1 {
		return errors.New("a timestamp must be a number of seconds under tag 1")
	}
	var seconds float64
	if err := cborDecoder.Unmarshal(tag.Content, &seconds); err != nil {
		return errors.New("a timestamp must be a number of seconds under tag 1")
	}
	if math.IsNaN(seconds) || math.Abs(seconds) > 253402300799 { // year 9999
		return fmt.Errorf("timestamp %v is out of range", seconds)
	}
	whole, part := math.Modf(seconds)
	e.Time = time.Unix(int64(whole), int64(part*1e9)).UTC()
	return nil
}

var cborDecoder = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:       cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels: 16,
		IndefLength:     cbor.IndefLengthAllowed,
	}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}()

// decodeCBOR reads a request of CloudWatch into v.
func decodeCBOR(r *http.Request, body []byte, v any) *apiError {
	switch {
	case r.Method != http.MethodPost:
		return &apiError{
			http.StatusMethodNotAllowed, "UnsupportedOperationException", "InvalidAction",
			"operations are called by POST, not " + r.Method,
		}
	case r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor":
		return serialization("the header Smithy-Protocol must be rpc-v2-cbor")
	case r.Header.Get("Content-Type") != "application/cbor":
		return serialization("the header Content-Type must be application/cbor")
	}
	if err := cborDecoder.Unmarshal(body, v); err != nil {
		return serialization(err.Error())
	}
	return nil
}

func serialization(message string) *apiError {
	return &apiError{http.StatusBadRequest, "SerializationException", "MalformedInput", message}
}

// metricID names one metric: namespace, name and the exact set of dimensions.
// It is comparable.
type metricID struct {
	namespace, name string
	dimensions      string // sorted "Name=Value" lines
}

// metricQuery is one query after it was found to be valid.
type metricQuery struct {
	id, label string
	metric    metricID
	period    int64 // seconds
	stat      stat
	unit      string
	silent    bool // ReturnData is false
	account   string
	forbidden bool // the account is not one to be read from here
}

// The limits of one GetMetricData request.
// Source: CloudWatch API reference, GetMetricData and MetricDataQuery.
const (
	maxQueries    = 500
	maxDatapoints = 100_800
	maxDimensions = 30
)

// validate checks a request as CloudWatch does and gives its queries.
func (in *getMetricDataInput) validate() ([]metricQuery, *apiError) {
	switch {
	case len(in.MetricDataQueries) == 0:
		return nil, invalid("The parameter MetricDataQueries is required.")
	case len(in.MetricDataQueries) > maxQueries:
		return nil, invalid("The collection MetricDataQueries must not have a size greater than 500.")
	case in.StartTime == nil:
		return nil, invalid("The parameter StartTime is required.")
	case in.EndTime == nil:
		return nil, invalid("The parameter EndTime is required.")
	case !in.StartTime.Before(in.EndTime.Time):
		return nil, invalid("The parameter StartTime must be less than the parameter EndTime.")
	case in.ScanBy != "" && in.ScanBy != "TimestampDescending" && in.ScanBy != "TimestampAscending":
		return nil, invalid("The parameter ScanBy must be TimestampDescending or TimestampAscending.")
	case in.MaxDatapoints != nil && (*in.MaxDatapoints < 1 || *in.MaxDatapoints > maxDatapoints):
		return nil, invalid("The parameter MaxDatapoints must be between 1 and 100800.")
	}
	queries := make([]metricQuery, 0, len(in.MetricDataQueries))
	ids := make(map[string]bool, len(in.MetricDataQueries))
	selects := 0
	for i := range in.MetricDataQueries {
		q := &in.MetricDataQueries[i]
		if q.Expression != nil && isSelect(*q.Expression) {
			if selects++; selects > 1 {
				return nil, invalid("Only one Metrics Insights query is allowed in one GetMetricData request.")
			}
		}
	}
	for i := range in.MetricDataQueries {
		q, fault := in.MetricDataQueries[i].validate(fmt.Sprintf("MetricDataQueries.member.%d", i+1))
		if fault != nil {
			return nil, fault
		}
		if ids[q.id] {
			return nil, invalid("The values for parameter id in MetricDataQueries are not unique.")
		}
		ids[q.id] = true
		queries = append(queries, q)
	}
	return queries, nil
}

func isSelect(expression string) bool {
	fields := strings.Fields(expression)
	return len(fields) > 0 && strings.EqualFold(fields[0], "SELECT")
}

func (q *dataQuery) validate(at string) (metricQuery, *apiError) {
	var none metricQuery
	switch {
	case !validID(q.ID):
		return none, invalid("The value " + q.ID + " for parameter " + at + ".Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.")
	case (q.Expression == nil) == (q.MetricStat == nil):
		return none, invalid("The parameter " + at + " must have either Expression or MetricStat.")
	case q.Expression != nil && isSelect(*q.Expression):
		return none, invalid("Metrics Insights queries are not simulated.")
	case q.Expression != nil:
		return none, invalid("Metric math expressions are not simulated.")
	case q.MetricStat.Metric == nil:
		return none, invalid("The parameter " + at + ".MetricStat.Metric is required.")
	case q.MetricStat.Period == nil:
		return none, invalid("The parameter " + at + ".MetricStat.Period is required.")
	}
	m := q.MetricStat
	stat, ok := parseStat(m.Stat)
	switch period := *m.Period; {
	case !ok:
		return none, invalid("The value " + m.Stat + " for parameter " + at + ".MetricStat.Stat is not a valid statistic.")
	case period < 1 || period > 86400 || (period%60 != 0 && !slices.Contains([]int32{1, 5, 10, 20, 30}, period)):
		return none, invalid("The parameter " + at + ".MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	case m.Metric.Namespace == "" || m.Metric.MetricName == "":
		return none, invalid("The parameter " + at + ".MetricStat.Metric must have Namespace and MetricName.")
	case len(m.Metric.Dimensions) > maxDimensions:
		return none, invalid("The collection " + at + ".MetricStat.Metric.Dimensions must not have a size greater than 30.")
	}
	lines := make([]string, 0, len(m.Metric.Dimensions))
	for _, d := range m.Metric.Dimensions {
		if d.Name == "" || d.Value == nil || *d.Value == "" {
			return none, invalid("The parameter " + at + ".MetricStat.Metric.Dimensions must have names and values.")
		}
		lines = append(lines, d.Name+"="+*d.Value)
	}
	slices.Sort(lines)
	label := m.Metric.MetricName
	if q.Label != nil {
		label = *q.Label
	}
	return metricQuery{
		id: q.ID, label: label,
		metric: metricID{m.Metric.Namespace, m.Metric.MetricName, strings.Join(lines, "\n")},
		period: int64(*m.Period), stat: stat, unit: m.Unit,
		silent: q.ReturnData != nil && !*q.ReturnData, account: q.AccountID,
	}, nil
}

// validID reports whether an id matches ^[a-z][a-zA-Z0-9_]*$ and has at most
// 255 characters.
func validID(id string) bool {
	if id == "" || len(id) > 255 || id[0] < 'a' || id[0] > 'z' {
		return false
	}
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
