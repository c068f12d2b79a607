package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
)

// apiError is a refusal. Its name differs by protocol: CBOR and JSON carry
// Type, the query protocol and its successors carry Code.
type apiError struct {
	Status  int
	Type    string // "ExpiredTokenException"
	Code    string // "ExpiredToken"
	Message string
}

// invalid is a refusal of a malformed question.
func invalid(message string) *apiError {
	return &apiError{http.StatusBadRequest, "ValidationException", "ValidationError", message}
}

// protocol is how a service writes.
type protocol uint8

const (
	cborProtocol  protocol = iota + 1 // CloudWatch: Smithy RPC v2 CBOR, query-compatible
	jsonProtocol                      // Lambda: REST JSON
	queryProtocol                     // STS: AWS query, XML
	rpcProtocol                       // ECS, SQS, tagging: AWS JSON 1.0 or 1.1
	iamProtocol                       // IAM: the same, in a namespace of its own
	ec2Protocol                       // EC2: query, with errors and codes of its own
)

// refuse writes a refusal in the service's own form.
func (p protocol) refuse(w http.ResponseWriter, r *http.Request, e *apiError) {
	switch p {
	case rpcProtocol:
		refuseRPC(w, r, e)
	case ec2Protocol:
		refuseEC2(w, e)
	case cborProtocol:
		w.Header().Set("X-Amzn-Query-Error", e.Code+";"+blame(e.Status))
		var c cborWriter
		c.mapOf(2)
		c.text("__type")
		c.text("com.amazonaws.cloudwatch#" + e.Type)
		c.text("message")
		c.text(e.Message)
		c.send(w, e.Status)
	case jsonProtocol:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Errortype", e.Type)
		w.WriteHeader(e.Status)
		body, _ := json.Marshal(map[string]string{"Type": "User", "message": e.Message}) // strings always encode
		_, _ = w.Write(body)
	case iamProtocol, queryProtocol:
		namespace := "https://sts.amazonaws.com/doc/2011-06-15/"
		if p == iamProtocol {
			namespace = "https://iam.amazonaws.com/doc/2010-05-08/"
		}
		writeXML(w, e.Status, struct {
			XMLName xml.Name
			Type    string `xml:"Error>Type"`
			Code    string `xml:"Error>Code"`
			Message string `xml:"Error>Message"`
			Request string `xml:"RequestId"`
		}{xml.Name{Space: namespace, Local: "ErrorResponse"}, blame(e.Status), e.Code, e.Message, w.Header().Get("X-Amzn-Requestid")})
	}
}

// blame says whose fault a status is, in the query protocol's words.
func blame(status int) string {
	if status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

func writeXML(w http.ResponseWriter, status int, v any) {
	body, err := xml.Marshal(v)
	if err != nil { // the types here are fixed and always encode
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
