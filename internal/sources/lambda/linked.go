package lambda

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// A monitoring account of CloudWatch's cross-account observability sees the metrics of
// the accounts that are linked to it, in the same region, and pays for asking. The
// Lambda API does not reach over: of their functions there are names, and no memory.
// Source: CloudWatch user guide, "CloudWatch cross-account observability".

// learnOthers finds out once which accounts are read otherwise, and reports whether
// linked accounts are to be listed from now on for the first time.
func (p *poll) learnOthers(ctx context.Context) bool {
	f := &p.fleet
	if p.Linked == nil || f.others {
		return false
	}
	own, direct, err := p.Linked(ctx)
	if f.waits = err; err != nil {
		return false
	}
	f.own, f.direct, f.others = own, direct, true
	return true
}

// idOf is the name of the i-th listed function in the fleet: of a linked account's with
// the account before it, since names are an account's own; false where that account is
// read otherwise. Outside monitoring accounts CloudWatch names no owners.
func (f *fleet) idOf(owners []string, i int, name string) (string, bool) {
	account, ok := f.ownerOf(owners, i)
	if account == "" {
		return name, ok
	}
	return account + "/" + name, ok
}

// ownerOf is the linked account of the i-th listed metric, "" for the own account; false
// where that account is read in another way.
func (f *fleet) ownerOf(owners []string, i int) (string, bool) {
	if i >= len(owners) || owners[i] == "" || owners[i] == f.own {
		return "", true
	}
	return owners[i], !slices.Contains(f.direct, owners[i])
}

// includeLinked asks a list for the metrics of linked accounts too, where they are read.
func (f *fleet) includeLinked(in *cloudwatch.ListMetricsInput) *cloudwatch.ListMetricsInput {
	if f.others {
		in.IncludeLinkedAccounts = aws.Bool(true)
	}
	return in
}

// ofLinked is what is known of a function of a linked account: its region and account, and
// its default log group. Its LoggingConfig cannot be read.
func (f *fleet) ofLinked(account, name string) migration.Function {
	return migration.Function{
		Name: name, Linked: true, Place: migration.RegionArch{Region: f.region},
		ARN:  arn.ARN{Partition: f.partition, Service: "lambda", Region: f.region, AccountID: account, Resource: "function:" + name}.String(),
		Logs: migration.Logs{Group: logGroupOf(name)},
	}
}

// cutID undoes idOf. There is no slash in the name of a function.
func cutID(id string) (account, name string) {
	account, name, linked := strings.Cut(id, "/")
	if !linked {
		return "", id
	}
	return account, name
}

// linked is the number of functions in linked accounts.
func (f *fleet) linked() (n int) {
	for _, fn := range f.functions {
		if fn.account != "" {
			n++
		}
	}
	return n
}

// owner is the account to query for a function, nil for the source's own.
func (f *function) owner() *string {
	if f.account == "" {
		return nil
	}
	return &f.account
}

// unreadable says why the cost of a linked account's functions is unknown.
func unreadable(account string) string {
	return "configuration of account " + account + " is not readable from the monitoring account: add it under accounts"
}

// noteLinked names the accounts that have metrics only.
func (s *Source) noteLinked() (note string) {
	var accounts []string
	for _, fn := range s.fleet.functions {
		if fn.account != "" && (fn.active || fn.old) && !slices.Contains(accounts, fn.account) {
			accounts = append(accounts, fn.account)
		}
	}
	slices.Sort(accounts)
	for _, account := range accounts {
		note += "; " + unreadable(account)
	}
	return note
}

// forbidden is the problem of a linked account that may not be read any more.
func forbidden(account string) *migration.Problem {
	return &migration.Problem{
		Fault: migration.FaultDenied, What: "CloudWatch does not show the metrics of account " + cmp.Or(account, "this one") + " here",
		Fix: "link it to the monitoring account again, sharing its metrics, or add it under accounts",
	}
}

// LinkedQuestion asks once which accounts are linked. It costs nothing.
func LinkedQuestion() awsaccess.Question {
	return awsaccess.Question{Action: "linked accounts", Ask: tryLinked}
}

func tryLinked(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
	var accounts []string
	var metadata middleware.Metadata
	pages := cloudwatch.NewListMetricsPaginator(cloudwatchOf(c), &cloudwatch.ListMetricsInput{
		Namespace: aws.String(metricNamespace), MetricName: aws.String(statistics[invocationsSum].metric),
		Dimensions:     []cwtypes.DimensionFilter{{Name: aws.String(functionDimension)}},
		RecentlyActive: cwtypes.RecentlyActivePt3h, IncludeLinkedAccounts: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", metadata, err
		}
		metadata = page.ResultMetadata
		accounts = append(accounts, page.OwningAccounts...)
	}
	own, err := c.Account(ctx)
	if err != nil {
		return "", metadata, err
	}
	slices.Sort(accounts)
	accounts = slices.DeleteFunc(slices.Compact(accounts), func(account string) bool { return account == own })
	if len(accounts) == 0 {
		return "", metadata, &migration.Problem{
			Fault: migration.FaultConfig, What: "no linked account has shown a function here within 3 h: none is linked to " + own + " in " +
				c.Region() + ", or none shares its metrics",
			Fix: "link accounts under CloudWatch, Settings, or take monitoring: true out of the configuration",
		}
	}
	return strings.Join(accounts, ", "), metadata, nil
}

// unsized is how many functions Lambda lists without a memory size, without which compute
// cannot be priced. Functions on Managed Instances are not priced by it.
func (f *fleet) unsized() (n int) {
	for _, fn := range f.functions {
		if fn.account == "" && !fn.gone && fn.MemorySize <= 0 && fn.CapacityProvider == "" {
			n++
		}
	}
	return n
}

// noteUnsized says what functions without a memory size lack, "" where there are none.
func noteUnsized(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "Lambda lists 1 function without MemorySize: its cost is unknown"
	}
	return fmt.Sprintf("Lambda lists %d functions without MemorySize: their cost is unknown", n)
}
