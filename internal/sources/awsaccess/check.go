package awsaccess

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

// Finding is one thing that was checked: Problem is nil where it is in order.
type Finding struct {
	Name     string // "credentials", "cloudwatch:GetMetricData", "clock"
	Detail   string // what was found, in a few words
	Optional bool   // without it something is missing, and nothing is broken
	Problem  *migration.Problem
}

// Question is one kind of question that a source asks, asked once.
type Question struct {
	Action   string // "cloudwatch:GetMetricData"
	Optional bool   // see [Finding]
	// Ask gives what was found in a few words, and the answer's metadata.
	Ask func(ctx context.Context, c *Config) (string, middleware.Metadata, error)
}

// The skew of this machine's clock from which on it is worth a word. AWS refuses
// signatures that are five minutes off; long before that the newest minutes are
// asked for at the wrong time.
const maxSkew = 30 * time.Second

// Check asks who it is, and every question once, and says what works. Wall is the
// machine's clock, nil for the system's. It goes on after a failure, except that
// nothing can be asked without credentials, which LoadConfig has seen to already.
func (c *Config) Check(ctx context.Context, wall clock.Clock, questions ...Question) []Finding {
	if wall == nil {
		wall = clock.System()
	}
	findings := []Finding{
		{Name: "credentials", Detail: "from " + c.origin()},
		{Name: "region", Detail: c.Region()},
	}
	var skew migration.Opt[time.Duration]
	ask := func(q Question) {
		detail, metadata, err := q.Ask(ctx, c)
		finding := Finding{Name: q.Action, Detail: detail, Optional: q.Optional}
		if err != nil {
			finding.Detail, finding.Problem = "failed", c.Explain(q.Action, err)
		} else if at, ok := awsmiddleware.GetServerTime(metadata); ok && !skew.Known() {
			skew = migration.Some(wall.Now().Sub(at))
		}
		findings = append(findings, finding)
	}
	ask(Question{Action: "sts:GetCallerIdentity", Ask: whoAmI})
	// STS's answer is about the identity, under a name that people look for.
	findings[len(findings)-1].Name = "identity"
	for _, q := range questions {
		ask(q)
	}
	if off, ok := skew.Get(); ok { // without any answer there is nothing to compare
		findings = append(findings, clockFinding(off))
	}
	return findings
}

func whoAmI(ctx context.Context, c *Config) (string, middleware.Metadata, error) {
	client := sts.NewFromConfig(c.aws, func(o *sts.Options) { c.WithEndpoint(&o.BaseEndpoint) })
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", middleware.Metadata{}, err
	}
	return aws.ToString(out.Arn), out.ResultMetadata, nil
}

// clockFinding assesses the difference between the local clock and the clock of AWS, known to the second from the Date
// header.
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

// Account asks for the number of the account that is read. The error is a
// [migration.Problem]. No policy can forbid the question.
func (c *Config) Account(ctx context.Context) (string, error) {
	arn, _, err := whoAmI(ctx, c)
	if err != nil {
		return "", c.Explain("sts:GetCallerIdentity", err)
	}
	at := awsscope.PlaceOf(arn)
	if at.Account == "" {
		return "", NotThatAPI("sts:GetCallerIdentity", "HTTP 200 without an ARN")
	}
	return at.Account, nil
}

// Locate returns the region and the account number that options lead to. A role's ARN
// has the number: then no API is called, and the account need not answer.
func Locate(ctx context.Context, opts Options) (awsscope.Place, error) {
	if role := awsscope.PlaceOf(opts.Role); role.Account != "" && opts.Region != "" {
		return awsscope.Place{Region: opts.Region, Account: role.Account}, nil
	}
	c, err := LoadConfig(ctx, opts)
	if err != nil {
		return awsscope.Place{}, err
	}
	defer c.Close()
	account, err := c.Account(ctx)
	return awsscope.Place{Region: c.Region(), Account: account}, err
}
