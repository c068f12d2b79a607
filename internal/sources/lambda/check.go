package lambda

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// Finding is one thing that was checked: Problem is nil where it is in order.
type Finding struct {
	Name    string // "credentials", "cloudwatch:GetMetricData", "clock"
	Detail  string // what was found, in a few words
	Problem *migration.Problem
}

// The skew of this machine's clock from which on it is worth a word. AWS refuses
// signatures that are five minutes off; long before that the newest minutes are
// asked for at the wrong time.
const maxSkew = 30 * time.Second

// Check asks AWS every kind of question that migtop asks, once, and says what
// works. It costs one GetMetricData metric, $0.00001. Wall is the machine's clock,
// nil for the system's. It goes on after a failure, except that nothing can be
// asked without credentials, which LoadConfig has seen to already.
func (c *Config) Check(ctx context.Context, wall clock.Clock) []Finding {
	if wall == nil {
		wall = clock.System()
	}
	findings := []Finding{
		{Name: "credentials", Detail: "from " + c.origin()},
		{Name: "region", Detail: c.Region()},
	}
	var skew migration.Opt[time.Duration]
	ask := func(name string, question func() (string, middleware.Metadata, error)) {
		detail, metadata, err := question()
		finding := Finding{Name: name, Detail: detail}
		if err != nil {
			finding.Detail, finding.Problem = "failed", c.explain(name, err)
		} else if at, ok := awsmiddleware.GetServerTime(metadata); ok && !skew.Known() {
			skew = migration.Some(wall.Now().Sub(at))
		}
		findings = append(findings, finding)
	}
	ask("sts:GetCallerIdentity", func() (string, middleware.Metadata, error) { return c.whoAmI(ctx) })
	// STS's answer is about the identity, under a name that people look for.
	findings[len(findings)-1].Name = "identity"
	ask("cloudwatch:GetMetricData", func() (string, middleware.Metadata, error) { return c.tryMetricData(ctx, wall.Now()) })
	ask("cloudwatch:ListMetrics", func() (string, middleware.Metadata, error) { return c.tryListMetrics(ctx) })
	ask("lambda:ListFunctions", func() (string, middleware.Metadata, error) { return c.tryListFunctions(ctx) })
	if off, ok := skew.Get(); ok { // without any answer there is nothing to compare
		findings = append(findings, clockFinding(off))
	}
	return findings
}

// clockFinding judges the difference between this machine's clock and AWS's,
// which the Date header tells to the second.
func clockFinding(off time.Duration) Finding {
	finding := Finding{Name: "clock", Detail: "within " + maxSkew.String() + " of AWS's"}
	if off.Abs() > maxSkew {
		word := "ahead of"
		if off < 0 {
			word = "behind"
		}
		finding.Detail = fmt.Sprintf("%s %s AWS's", off.Abs().Round(time.Second), word)
		finding.Problem = &migration.Problem{
			Fault: migration.FaultConfig, What: "this machine's clock is " + finding.Detail,
			Fix: "set it by NTP: AWS refuses requests that are 5 min off",
		}
	}
	return finding
}

func (c *Config) whoAmI(ctx context.Context) (string, middleware.Metadata, error) {
	client := sts.NewFromConfig(c.aws, func(o *sts.Options) { c.withEndpoint(&o.BaseEndpoint) })
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	return aws.ToString(out.Arn), out.ResultMetadata, nil
}

func (c *Config) tryMetricData(ctx context.Context, now time.Time) (string, middleware.Metadata, error) {
	end := now.Truncate(time.Minute)
	out, err := c.cloudwatch().GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(end.Add(-5 * time.Minute)), EndTime: aws.Time(end),
		MetricDataQueries: []cwtypes.MetricDataQuery{{
			Id: aws.String("q0"),
			MetricStat: &cwtypes.MetricStat{
				Period: aws.Int32(60), Stat: aws.String("Sum"),
				Metric: &cwtypes.Metric{Namespace: aws.String(namespace), MetricName: aws.String("Invocations")},
			},
		}},
	})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	if len(out.MetricDataResults) == 0 {
		return "", middleware.Metadata{}, notCloudWatch()
	}
	return "permitted", out.ResultMetadata, nil
}

func (c *Config) tryListMetrics(ctx context.Context) (string, middleware.Metadata, error) {
	out, err := c.cloudwatch().ListMetrics(ctx, &cloudwatch.ListMetricsInput{
		Namespace: aws.String(namespace), MetricName: aws.String("Invocations"), RecentlyActive: cwtypes.RecentlyActivePt3h,
	})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	return "permitted", out.ResultMetadata, nil
}

func (c *Config) tryListFunctions(ctx context.Context) (string, middleware.Metadata, error) {
	out, err := c.lambda().ListFunctions(ctx, &lambdaapi.ListFunctionsInput{MaxItems: aws.Int32(1)})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	if out.Functions == nil {
		return "", middleware.Metadata{}, notLambda()
	}
	return "permitted", out.ResultMetadata, nil
}
