package logs

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// nowhere is a log group that nobody has: a query of it is refused, and costs nothing.
const nowhere = "/migtop/doctor/asks/whether/queries/are/permitted"

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
