package logs

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/migration"
)

// A monitoring account of CloudWatch's cross-account observability can query the log
// groups of the accounts that are linked to it, in the same region, as far as their links
// share log groups: by their ARNs, and it pays for what is scanned.
// Source: CloudWatch Logs API reference, StartQuery, logGroupIdentifiers.

// accountsPerCall is how many accounts one list may be about.
// Source: CloudWatch Logs API reference, DescribeLogGroups, accountIdentifiers.
const accountsPerCall = 20

// lambdaGroups is how the names of the log groups begin that functions have by default.
const lambdaGroups = "/aws/lambda/"

// Shared are the names of the log groups of functions that linked accounts share, by
// account. It costs nothing. The error is a [migration.Problem].
func (r *Reader) Shared(ctx context.Context, accounts []string) (map[string]map[string]bool, error) {
	out := make(map[string]map[string]bool, len(accounts))
	for _, account := range accounts {
		out[account] = make(map[string]bool)
	}
	for some := range slices.Chunk(accounts, accountsPerCall) {
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(r.client, &cloudwatchlogs.DescribeLogGroupsInput{
			AccountIdentifiers: some, IncludeLinkedAccounts: aws.Bool(true), LogGroupNamePrefix: aws.String(lambdaGroups),
		})
		for pages.HasMorePages() {
			began := r.Wall.Now()
			page, err := pages.NextPage(ctx)
			r.called(r.Wall.Now().Sub(began), err != nil)
			if err != nil {
				problem := r.access.Explain("logs:DescribeLogGroups", err)
				r.degrade(problem)
				return nil, problem
			}
			for i := range page.LogGroups {
				g := &page.LogGroups[i]
				if account := accountIn(aws.ToString(g.LogGroupArn), aws.ToString(g.Arn)); out[account] != nil {
					out[account][aws.ToString(g.LogGroupName)] = true
				}
			}
		}
	}
	return out, nil
}

// accountIn is the account in the first ARN that there is.
func accountIn(arns ...string) string {
	for _, text := range arns {
		if account := awsscope.PlaceOf(text).Account; account != "" {
			return account
		}
	}
	return ""
}

// identifier is how a query names a log group of a linked account.
func (r *Reader) identifier(rng *migration.LogRange) string {
	return arn.ARN{
		Partition: r.access.Partition(), Service: "logs", Region: r.access.Region(), AccountID: rng.Account, Resource: "log-group:" + rng.Group,
	}.String()
}
