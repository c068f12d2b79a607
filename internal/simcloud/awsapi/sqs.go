package awsapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// QueueAccount is an [Account] that has queues of SQS. What holds for Account
// holds for it.
type QueueAccount interface {
	// Queues are the queues at a moment, sorted by name.
	Queues(now time.Time) []Queue
}

// Queue is a queue as it stands at a moment.
type Queue struct {
	Name                         string
	Visible, NotVisible, Delayed int64
	DeadLetters                  string // the name of its dead-letter queue; "" for none
	MaxReceive                   int    // with DeadLetters
	Created                      time.Time
	Visibility                   time.Duration // 0 for SQS's default of 30 s
}

// queuesPerPage is the most that ListQueues gives at a time.
const queuesPerPage = 1000

func badSQS(message string) *apiError {
	return &apiError{http.StatusBadRequest, "InvalidParameterValue", "InvalidParameterValue", message}
}

func noSuchQueue() *apiError {
	return &apiError{
		http.StatusBadRequest, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
		"The specified queue does not exist.",
	}
}

func (s *Server) queueURL(name string) string {
	return "https://sqs." + s.cfg.Region + ".amazonaws.com/" + s.cfg.Account.ID() + "/" + name
}

func (s *Server) queueARN(name string) string {
	return "arn:" + s.cfg.Partition + ":sqs:" + s.cfg.Region + ":" + s.cfg.Account.ID() + ":" + name
}

func (s *Server) queues() []Queue {
	if account, ok := s.cfg.Account.(QueueAccount); ok {
		return account.Queues(s.cfg.Clock.Now())
	}
	return nil
}

func (s *Server) queue(match func(*Queue) bool) *Queue {
	queues := s.queues()
	for i := range queues {
		if match(&queues[i]) {
			return &queues[i]
		}
	}
	return nil
}

type listQueuesInput struct {
	QueueNamePrefix string
	MaxResults      *int
	NextToken       string
}

func (s *Server) listQueues(in *listQueuesInput) (any, *apiError) {
	size := queuesPerPage
	if in.MaxResults != nil {
		if size = *in.MaxResults; size < 1 || size > queuesPerPage {
			return nil, badSQS("Value for parameter MaxResults is invalid. Reason: must be an integer between 1 and 1000, inclusive.")
		}
	} else if in.NextToken != "" {
		return nil, badSQS("Value for parameter NextToken is invalid. Reason: it must be used with MaxResults.")
	}
	var urls []string
	for _, q := range s.queues() {
		if strings.HasPrefix(q.Name, in.QueueNamePrefix) {
			urls = append(urls, s.queueURL(q.Name))
		}
	}
	page, next, fault := cutPage(urls, in.NextToken, size, badSQS("Invalid or expired next token."))
	if fault != nil {
		return nil, fault
	}
	out := map[string]any{}
	if len(page) > 0 {
		out["QueueUrls"] = page
	}
	if next != "" && in.MaxResults != nil { // without MaxResults there is one page
		out["NextToken"] = next
	}
	return out, nil
}

type getQueueURLInput struct{ QueueName, QueueOwnerAWSAccountId string }

func (s *Server) getQueueURL(in *getQueueURLInput) (any, *apiError) {
	if in.QueueName == "" {
		return nil, &apiError{http.StatusBadRequest, "MissingParameter", "MissingParameter", "The request must contain the parameter QueueName."}
	}
	q := s.queue(func(q *Queue) bool { return q.Name == in.QueueName })
	if q == nil || (in.QueueOwnerAWSAccountId != "" && in.QueueOwnerAWSAccountId != s.cfg.Account.ID()) {
		return nil, noSuchQueue()
	}
	return map[string]string{"QueueUrl": s.queueURL(q.Name)}, nil
}

type getQueueAttributesInput struct {
	QueueUrl       string
	AttributeNames []string
}

func (s *Server) getQueueAttributes(in *getQueueAttributesInput) (any, *apiError) {
	q := s.queue(func(q *Queue) bool { return s.queueURL(q.Name) == in.QueueUrl })
	if q == nil {
		return nil, noSuchQueue()
	}
	all := map[string]string{
		"ApproximateNumberOfMessages":           strconv.FormatInt(q.Visible, 10),
		"ApproximateNumberOfMessagesNotVisible": strconv.FormatInt(q.NotVisible, 10),
		"ApproximateNumberOfMessagesDelayed":    strconv.FormatInt(q.Delayed, 10),
		"QueueArn":                              s.queueARN(q.Name),
		"CreatedTimestamp":                      strconv.FormatInt(q.Created.Unix(), 10),
	}
	if q.DeadLetters != "" {
		all["RedrivePolicy"] = `{"deadLetterTargetArn":"` + s.queueARN(q.DeadLetters) + `","maxReceiveCount":` + strconv.Itoa(q.MaxReceive) + `}`
	}
	visibility := cmp.Or(q.Visibility, 30*time.Second)
	all["VisibilityTimeout"] = strconv.FormatInt(int64(visibility/time.Second), 10)
	if strings.HasSuffix(q.Name, ".fifo") { // SQS refuses questions for it about other queues
		all["FifoQueue"] = "true"
	}
	out := map[string]string{}
	for _, name := range in.AttributeNames {
		switch value, ok := all[name]; {
		case name == "All":
			out = all
		case ok:
			out[name] = value
		case name != "RedrivePolicy" && !slices.Contains([]string{"RedriveAllowPolicy", "Policy", "KmsMasterKeyId"}, name):
			return nil, &apiError{http.StatusBadRequest, "InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute " + name + "."}
		}
	}
	if len(out) == 0 {
		return map[string]any{}, nil
	}
	return map[string]any{"Attributes": out}, nil
}
