package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// queue is an SQS queue that the Job is to take its work from.
type queue struct {
	arn    arn
	url    string
	source migration.EventSource
}

// triggers finds what calls the function: what Lambda polls for it, and who its
// own policy lets in.
func (c *conversion) triggers() {
	sources, known := c.d.EventSources.Get()
	if !known {
		c.note(Unknown, "triggers", "what Lambda polls for the function is not known: a plain Job is written", "")
	}
	for i := range sources {
		c.source(&sources[i])
	}
	callers, callersKnown := c.d.Callers.Get()
	for i := range callers {
		c.caller(&callers[i])
	}
	text := "who else calls the function cannot be seen from Lambda: EventBridge Scheduler, Step Functions and code that invokes it by name"
	if !callersKnown {
		text = "who calls the function could not be read, EventBridge rules, buckets and topics among them; nor can be seen from Lambda who " +
			"invokes it by name"
	}
	c.note(Unknown, "triggers", text, "look for the function's name and ARN in your infrastructure code, and at CloudTrail's Invoke events")
}

// source is one event source mapping.
func (c *conversion) source(s *migration.EventSource) {
	a, ok := parseARN(s.ARN)
	where := s.ARN
	if s.Qualifier != "" {
		where += " (of " + s.Qualifier + ")"
	}
	switch {
	case !s.Enabled:
		c.note(Changed, "triggers", "a disabled trigger is left out: "+where, "")
	case !ok:
		c.note(Lost, "triggers", "a trigger that is no AWS resource is not carried over: a Kafka or an endpoint of your own",
			"KEDA has a scaler for Apache Kafka")
	case a.service == "sqs":
		c.queue(s, a)
	default:
		scaler := map[string]string{
			"kinesis": "KEDA has aws-kinesis-stream, which scales consumers by shards; a Job does not keep its place in a shard: use a " +
				"Deployment with the Kinesis Client Library",
			"dynamodb": "KEDA has aws-dynamodb-streams; a Job does not keep its place in a shard: use a Deployment with the Kinesis adapter",
			"kafka":    "KEDA has a scaler for Apache Kafka; offsets are the consumer group's",
			"mq":       "KEDA has scalers for ActiveMQ and RabbitMQ",
			"rds":      "watch the change stream from a Deployment",
		}[a.service]
		if scaler == "" {
			scaler = "read it from a Deployment"
		}
		c.note(Lost, "triggers", "a stream or broker is not carried over: "+where, scaler)
	}
}

// queue keeps a queue as a trigger of the Job, and says what Lambda did for it that
// the Job has to do itself.
func (c *conversion) queue(s *migration.EventSource, a arn) {
	url, err := queueURL(a)
	if err != nil {
		c.note(Lost, "triggers", "queue "+a.name()+": "+err.Error(), "write its ScaledJob by hand")
		return
	}
	if slices.ContainsFunc(c.queues, func(q queue) bool { return q.arn == a }) {
		c.note(Changed, "triggers", "Lambda polls queue "+a.name()+" more than once for the function, for "+orLatest(s.Qualifier)+
			" too: one ScaledJob takes its messages",
			"convert the alias that is to have them")
		return
	}
	c.queues = append(c.queues, queue{a, url, *s})
	c.note(Carried, "triggers", "queue "+a.name()+" starts Jobs by KEDA ScaledJob", "")
	c.note(Blocks, "triggers", "Lambda received, deleted and retried the messages of "+a.name()+
		" for the code; a Job is given none: it has to receive up to "+
		strconv.Itoa(int(max(s.BatchSize, 1)))+" of them from the queue in "+c.queueVariable()+" itself, and delete each one when it is done",
		"call ReceiveMessage and DeleteMessage in the code, and end when the queue is empty")
	c.note(Act, "triggers", "a message that is not deleted comes back after the queue's visibility timeout: it has to be longer than a "+
		"run, or two Jobs do the same work",
		fmt.Sprintf("set VisibilityTimeout of %s to %s, or extend it in the code while a run lasts; a redrive policy with a dead-letter "+
			"queue ends endless retries", a.name(), c.visibility()))
	if strings.HasSuffix(a.name(), ".fifo") {
		c.note(Changed, "triggers", "queue "+a.name()+
			" keeps the order within each message group: KEDA counts messages and not groups, so that Jobs may find nothing to take",
			"let a Job that receives nothing end with 0")
	}
	if s.Window > 0 {
		c.note(Changed, "triggers", fmt.Sprintf("Lambda waited up to %s for a batch to fill; KEDA looks every 30 s", migration.Brief(s.Window)),
			"")
	}
	if s.Filtered {
		c.note(Lost, "triggers", "Lambda dropped the messages of "+a.name()+" that its filter does not match; a Job gets all of them",
			"filter in the code, or by the subscription that fills the queue")
	}
	if s.PartialBatch {
		c.note(Changed, "triggers", "the code reports failed messages of a batch; a Job keeps them by not deleting them", "")
	}
	if s.OnFailure != "" {
		c.note(Lost, "triggers", "failed batches went to "+s.OnFailure, "use a redrive policy of the queue")
	}
	if a.region != c.region() || (c.role.account != "" && a.account != c.role.account) {
		c.note(Act, "triggers", "queue "+s.ARN+" is in another region or account", "check that the role may read it")
	}
}

// visibility is how long a message has to stay hidden: a run with its start.
func (c *conversion) visibility() string {
	if n := c.attemptDeadline(); n > 0 {
		return "at least " + seconds(n+visibilityMargin)
	}
	return "more than a run takes"
}

const visibilityMargin = 30

// caller explains a principal that the function's own policy permits.
func (c *conversion) caller(f *migration.FunctionCaller) {
	a, _ := parseARN(f.Source)
	service, isService := strings.CutSuffix(f.Principal, ".amazonaws.com")
	if !isService {
		c.note(Lost, "triggers", "the function's policy lets "+f.Principal+" invoke it; a Job is not invoked, it is created",
			"give that caller a queue, or rights in the cluster")
		return
	}
	from := ""
	if f.Source != "" {
		from = " (" + f.Source + ")"
	}
	switch service {
	case "events":
		rule := strings.TrimPrefix(a.resource, "rule/")
		c.note(Unknown, "triggers", "an EventBridge rule calls the function"+from+"; its schedule or pattern cannot be seen from Lambda",
			"read it; a schedule becomes a CronJob with this Job's template (cron(0 3 * * ? *) is \"0 3 * * *\", in UTC), a pattern a rule with "+
				"a queue as its target:")
		if rule != "" && !strings.ContainsAny(rule, "*?") {
			c.snippet("aws events describe-rule --name " + shellQuoted(a.name()) + " --region " + a.region)
		}
	case "scheduler":
		c.note(Unknown, "triggers", "an EventBridge schedule calls the function"+from+"; its time cannot be seen from Lambda",
			"make a CronJob of this Job's template")
	case "s3":
		c.note(Lost, "triggers", "a bucket's notifications call the function"+from,
			"send them to an SQS queue, and start Jobs from the queue by KEDA")
	case "sns":
		c.note(Lost, "triggers", "a topic calls the function"+from, "subscribe an SQS queue to it, and start Jobs from the queue by KEDA")
	case "apigateway", "elasticloadbalancing", "vpc-lattice", "cognito-idp", "lex", "alexa-appkit", "appsync":
		c.note(Lost, "triggers", "somebody waits for the function's answer: "+service+from+"; a Job answers nobody",
			"keep a function or a Deployment there, which starts Jobs or puts work on a queue")
	default:
		c.note(Lost, "triggers", service+" calls the function"+from, "send its events to an SQS queue, and start Jobs from the queue by KEDA")
	}
}
