package sqs

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sqsapi "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Actions are all IAM actions that reading needs, in addition to cloudwatch:GetMetricData: the list for patterns, the
// others for how queues are set up and for the current state of the open tenant's queues.
var Actions = []string{
	"sqs:GetQueueAttributes",
	"sqs:GetQueueUrl",
	"sqs:ListQueues",
}

// Questions are the permission checks: for queues, with the first queue that is named in full, and for patterns. They
// cost a fraction of a cent per ten thousand.
func Questions(queues []Queue, patterns []Pattern) []awsaccess.Question {
	var out []awsaccess.Question
	if len(patterns) > 0 {
		out = append(out, awsaccess.Question{
			Action: "sqs:ListQueues",
			Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
				got, err := client(c).ListQueues(ctx, &sqsapi.ListQueuesInput{MaxResults: aws.Int32(1)})
				if err != nil {
					return "", middleware.Metadata{}, err
				}
				return "permitted", got.ResultMetadata, nil
			},
		})
	}
	if len(queues) > 0 {
		q := queues[0]
		out = append(out, awsaccess.Question{
			Action: "sqs:GetQueueUrl", Optional: true,
			Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
				in := &sqsapi.GetQueueUrlInput{QueueName: aws.String(q.Name)}
				if q.Owner != "" {
					in.QueueOwnerAWSAccountId = aws.String(q.Owner)
				}
				got, err := client(c).GetQueueUrl(ctx, in)
				if err != nil {
					return "", middleware.Metadata{}, err
				}
				return aws.ToString(got.QueueUrl), got.ResultMetadata, nil
			},
		})
	}
	return out
}
