package awsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// rpcService is a service that is asked by the AWS JSON protocols: one path, and
// the operation in a header.
type rpcService struct {
	target    string // what X-Amz-Target begins with
	shapes    string // namespace of its error types
	version   string // of the protocol
	queryable bool   // its errors carry the codes of the query protocol too
}

// rpcServices are those that are served, by the prefix of their IAM actions.
// Source: the services' Smithy models, as the SDK carries them.
var rpcServices = map[string]rpcService{
	"ecs":  {"AmazonEC2ContainerServiceV20141113", "com.amazonaws.ecs", "1.1", false},
	"logs": {"Logs_20140328", "com.amazonaws.cloudwatchlogs", "1.1", false},
	"sqs":  {"AmazonSQS", "com.amazonaws.sqs", "1.0", true},
	"tag":  {"ResourceGroupsTaggingAPI_20170126", "com.amazonaws.resourcegroupstaggingapi", "1.1", false},
}

// rpc finds what serves a request of the JSON protocols. A service that is known
// refuses an operation that is not simulated, as AWS refuses one that does not
// exist.
func (s *Server) rpc(r *http.Request) (protocol, string, handler) {
	target, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok {
		return 0, "", nil
	}
	for prefix, service := range rpcServices {
		if service.target != target {
			continue
		}
		action := prefix + ":" + operation
		if serve, ok := operations[action]; ok {
			return rpcProtocol, action, func(w http.ResponseWriter, r *http.Request, body []byte) *apiError { return serve(s, w, r, body) }
		}
		return rpcProtocol, action, func(http.ResponseWriter, *http.Request, []byte) *apiError {
			return &apiError{http.StatusBadRequest, "UnknownOperationException", "InvalidAction", "Could not find operation " + operation}
		}
	}
	return 0, "", nil
}

// serves makes an operation of a function that is given the decoded request and returns
// what the answer is encoded of, or a refusal.
func serves[In any](operation func(*Server, *In) (any, *apiError)) func(*Server, http.ResponseWriter, *http.Request, []byte) *apiError {
	return func(s *Server, w http.ResponseWriter, r *http.Request, body []byte) *apiError {
		var in In
		if fault := decodeRPC(r, body, &in); fault != nil {
			return fault
		}
		out, fault := operation(s, &in)
		if fault == nil {
			answerRPC(w, r, out)
		}
		return fault
	}
}

// operations are what is served of the JSON protocols, by IAM action.
var operations = map[string]func(*Server, http.ResponseWriter, *http.Request, []byte) *apiError{
	"ecs:ListClusters":               serves((*Server).listClusters),
	"ecs:DescribeClusters":           serves((*Server).describeClusters),
	"ecs:ListServices":               serves((*Server).listServices),
	"ecs:DescribeServices":           serves((*Server).describeServices),
	"ecs:ListTasks":                  serves((*Server).listTasks),
	"ecs:DescribeTasks":              serves((*Server).describeTasks),
	"ecs:DescribeTaskDefinition":     serves((*Server).describeTaskDefinition),
	"ecs:DescribeContainerInstances": serves((*Server).describeContainerInstances),

	"tag:GetResources": serves((*Server).getResources),

	"sqs:ListQueues":         serves((*Server).listQueues),
	"sqs:GetQueueUrl":        serves((*Server).getQueueURL),
	"sqs:GetQueueAttributes": serves((*Server).getQueueAttributes),
	"logs:StartQuery":        serves((*Server).startQuery),
	"logs:GetQueryResults":   serves((*Server).getQueryResults),
	"logs:StopQuery":         serves((*Server).stopQuery),
	"logs:DescribeLogGroups": serves((*Server).describeLogGroups),
}

// rpcServiceOf is the service that a request speaks to.
func rpcServiceOf(r *http.Request) rpcService {
	target, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	for _, service := range rpcServices {
		if service.target == target {
			return service
		}
	}
	return rpcService{version: "1.1"}
}

// refuseRPC writes an error of the JSON protocols.
func refuseRPC(w http.ResponseWriter, r *http.Request, e *apiError) {
	service := rpcServiceOf(r)
	w.Header().Set("Content-Type", "application/x-amz-json-"+service.version)
	if service.queryable {
		w.Header().Set("X-Amzn-Query-Error", e.Code+";"+blame(e.Status))
	}
	w.WriteHeader(e.Status)
	body, _ := json.Marshal(map[string]string{"__type": service.shapes + "#" + e.Type, "message": e.Message}) // strings always encode
	_, _ = w.Write(body)
}

// badParameterRPC is how ECS, CloudWatch Logs and the tagging API refuse a parameter.
func badParameterRPC(message string) *apiError {
	return &apiError{http.StatusBadRequest, "InvalidParameterException", "InvalidParameterException", message}
}

// decodeRPC reads a request. Members that are not known are ignored, as AWS
// ignores them; what is no JSON object, or of other types, is refused.
func decodeRPC(r *http.Request, body []byte, into any) *apiError {
	service := rpcServiceOf(r)
	switch {
	case r.Method != http.MethodPost:
		return serialization("only POST is accepted")
	case r.Header.Get("Content-Type") != "application/x-amz-json-"+service.version:
		return serialization("Content-Type must be application/x-amz-json-" + service.version)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(into); err != nil {
		return serialization(err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return serialization("there is more than one JSON value")
	}
	return nil
}

// answerRPC writes the answer of an operation.
func answerRPC(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil { // the types here are fixed and always encode
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-"+rpcServiceOf(r).version)
	_, _ = w.Write(body)
}

// cutPage cuts one page out of a list whose tokens are places in it.
func cutPage[T any](all []T, token string, size int, bad *apiError) (page []T, next string, _ *apiError) {
	from := 0
	if token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 1 || n >= len(all) {
			return nil, "", bad
		}
		from = n
	}
	to := min(from+size, len(all))
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}
