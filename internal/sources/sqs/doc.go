// Package sqs reads the queues of a cutover from Amazon SQS: both sides' queues and
// the dead-letter queues, as the configuration names them. It implements
// sources.Source.
//
// What was sent, received and deleted comes from CloudWatch by the minute, and so
// does how many messages wait and for how long; CloudWatch bills it by the metric,
// so a queue that nobody looks at is asked about less often. How the open tenant's
// queues stand this very moment is asked of SQS itself.
package sqs
