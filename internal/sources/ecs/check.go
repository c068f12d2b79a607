package ecs

import (
	"context"

	ecsapi "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Actions are all IAM actions that reading needs, in addition to cloudwatch:GetMetricData.
var Actions = []string{
	"ecs:ListClusters",
	"ecs:DescribeClusters",
	"ecs:ListServices",
	"ecs:DescribeServices",
	"ecs:ListTasks",
	"ecs:DescribeTasks",
	"ecs:DescribeTaskDefinition",
	"ecs:DescribeContainerInstances",
}

// Questions are what can be asked without knowing a cluster. They cost nothing.
func Questions() []awsaccess.Question {
	return []awsaccess.Question{{
		Action: "ecs:ListClusters", Optional: true,
		Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
			out, err := client(c).ListClusters(ctx, &ecsapi.ListClustersInput{})
			if err != nil {
				return "", middleware.Metadata{}, err
			}
			if out.ClusterArns == nil {
				return "", middleware.Metadata{}, awsaccess.NotThatAPI("ecs:ListClusters", "HTTP 200 without clusters")
			}
			return "permitted", out.ResultMetadata, nil
		},
	}}
}
