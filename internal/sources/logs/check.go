package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// nowhere is a log group that does not exist: a query of it is rejected and costs nothing.
const nowhere = "/migtop/doctor/asks/whether/queries/are/permitted"

// LinkedQuestion asks whether the log groups that linked accounts share can be listed,
// and how many there are at first glance. It costs nothing.
func LinkedQuestion() awsaccess.Question {
	return awsaccess.Question{
		Action: "logs:DescribeLogGroups", Optional: true,
		Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
			own, err := c.Account(ctx)
			if err != nil {
				return "", middleware.Metadata{}, err
			}
			client := cloudwatchlogs.NewFromConfig(c.SDK(), func(o *cloudwatchlogs.Options) { c.WithEndpoint(&o.BaseEndpoint) })
			page, err := client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{
				IncludeLinkedAccounts: aws.Bool(true), LogGroupNamePrefix: aws.String(lambdaGroups),
			})
			if err != nil {
				return "", middleware.Metadata{}, err
			}
			shared := 0
			for i := range page.LogGroups {
				if accountIn(aws.ToString(page.LogGroups[i].LogGroupArn), aws.ToString(page.LogGroups[i].Arn)) != own {
					shared++
				}
			}
			if shared == 0 {
				return "permitted; no linked account's among the first that are listed", page.ResultMetadata, nil
			}
			return fmt.Sprintf("permitted; linked accounts share %d of the first %d", shared, len(page.LogGroups)), page.ResultMetadata, nil
		},
	}
}

// Questions are what can be asked to see whether logs can be read. They cost nothing.
func Questions(now time.Time) []awsaccess.Question {
	return []awsaccess.Question{{
		Action: "logs:StartQuery", Optional: true,
		Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
			client := cloudwatchlogs.NewFromConfig(c.SDK(), func(o *cloudwatchlogs.Options) { c.WithEndpoint(&o.BaseEndpoint) })
			_, err := client.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
				LogGroupNames: []string{nowhere}, QueryString: aws.String(text(nil)),
				StartTime: aws.Int64(now.Add(-time.Minute).Unix()), EndTime: aws.Int64(now.Unix()),
			})
			if _, absent := errors.AsType[*types.ResourceNotFoundException](err); absent {
				return "permitted", middleware.Metadata{}, nil
			}
			if err == nil {
				err = notLogs("logs:StartQuery", "a query of a log group that does not exist was taken")
			}
			return "", middleware.Metadata{}, err
		},
	}}
}
