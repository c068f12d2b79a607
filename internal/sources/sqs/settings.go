package sqs

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// fifoSuffix ends the name of every FIFO queue, and of no other. SQS refuses a question for the attribute FifoQueue about a
// standard queue.
// Source: Amazon SQS API reference, CreateQueue and GetQueueAttributes.
const fifoSuffix = ".fifo"

// settings are how a queue is set up; unknown where SQS did not say it.
type settings struct {
	visibility  migration.Opt[time.Duration]
	deadLetters migration.Opt[string] // "" for none
	receives    migration.Opt[int64]
}

// settingAttributes are the attributes that say how a queue is set up. A queue without a dead-letter queue has no
// RedrivePolicy.
var settingAttributes = []sqstypes.QueueAttributeName{
	sqstypes.QueueAttributeNameVisibilityTimeout,
	sqstypes.QueueAttributeNameRedrivePolicy,
}

// settingsIn reads the answer to a question for [settingAttributes]. Every queue has a visibility timeout: an answer without
// one says nothing.
func settingsIn(attributes map[string]string) (s settings) {
	seconds, err := strconv.ParseInt(attributes[string(sqstypes.QueueAttributeNameVisibilityTimeout)], 10, 32)
	if err != nil || seconds < 0 {
		return settings{}
	}
	s.visibility = migration.Some(time.Duration(seconds) * time.Second)
	policy := attributes[string(sqstypes.QueueAttributeNameRedrivePolicy)]
	if policy == "" {
		s.deadLetters = migration.Some("")
		return s
	}
	var redrive struct {
		Target  string      `json:"deadLetterTargetArn"`
		Receive json.Number `json:"maxReceiveCount"` // some tools write it as text
	}
	if json.Unmarshal([]byte(policy), &redrive) != nil || redrive.Target == "" {
		return s
	}
	s.deadLetters = migration.Some(redrive.Target[strings.LastIndexByte(redrive.Target, ':')+1:])
	if n, err := redrive.Receive.Int64(); err == nil && n > 0 {
		s.receives = migration.Some(n)
	}
	return s
}

// readSettings reads how queues are set up, some at a time and seldom. A request costs what any request to SQS does, and no
// metric. Without permission it stays unknown, which is noted, and everything else is read.
func (p *poll) readSettings(ctx context.Context) {
	if !p.denied.IsZero() && !p.ListDue(p.denied, everySettings) {
		return
	}
	asked := 0
	for _, q := range p.sorted() {
		if q.absent || q.Role == migration.QueueDeadLetter || !q.settingsAt.IsZero() && !p.ListDue(q.settingsAt, everySettings) {
			continue
		}
		if asked++; asked > settingsPerPoll {
			return
		}
		got, err := p.attributes(ctx, q, settingAttributes)
		switch {
		case err == nil:
			p.denied = time.Time{}
			q.settings, q.settingsAt = settingsIn(got), p.Now
		case absent(err):
			q.absent = true
		case awsaccess.HasFault(err, migration.FaultDenied):
			p.denied = p.Now
			return
		default:
			p.Row.Degrade(err)
			return
		}
	}
}
