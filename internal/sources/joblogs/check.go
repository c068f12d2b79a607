package joblogs

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Actions are all IAM actions that reading needs, in addition to cloudwatch:GetMetricData: the list for patterns.
var Actions = []string{"logs:DescribeLogGroups"}

// Questions are what can be asked to see whether patterns can be looked for; none
// without patterns. They cost nothing.
func Questions(patterns []Pattern) []awsaccess.Question {
	if len(patterns) == 0 {
		return nil
	}
	return []awsaccess.Question{{Action: Actions[0], Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
		got, err := client(c).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(1)})
		if err != nil {
			return "", middleware.Metadata{}, err
		}
		return "permitted", got.ResultMetadata, nil
	}}}
}
