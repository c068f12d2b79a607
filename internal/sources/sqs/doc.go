// Package sqs reads the queues of a cutover from Amazon SQS: the queues of both sides and the dead-letter queues that the
// configuration names. It implements sources.Source.
//
// CloudWatch provides the messages sent, received and deleted, the number of waiting messages and their age, by the
// minute. It bills per metric, so a queue that is not on screen is queried less often. SQS itself provides the current
// state of the open tenant's queues.
package sqs
