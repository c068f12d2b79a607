package awsapi

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// family is a monitoring account with one account linked in one of its regions, and a
// stranger: n functions each, named after their account.
func family(t *testing.T, n int) (o *Organization, client func(key, region string) *cloudwatch.Client) {
	t.Helper()
	account := func(number string) *Fixed {
		f := &Fixed{Number: number, Log: map[string][]Invocation{}}
		for i := range n {
			name := fmt.Sprintf("f%s-%03d", number[:1], i)
			f.List = append(f.List, Function{Name: name})
			f.Log[name] = []Invocation{{Start: noon.Add(-30 * time.Minute), Duration: time.Second}}
		}
		return f
	}
	regions := []string{"eu-west-1", "us-east-1"}
	c := newBench(t, one()).clock
	o, err := NewOrganization(c,
		Member{Account: account("111111111111"), Regions: regions, AccessKeyID: "AKID1", Shared: Sharing{Metrics: []string{"222222222222"}}},
		Member{Account: account("222222222222"), Regions: regions[:1], AccessKeyID: "AKID2"},
		Member{Account: account("333333333333"), Regions: regions, AccessKeyID: "AKID3"},
	)
	if err != nil {
		t.Fatal(err)
	}
	url, err := o.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o, func(key, region string) *cloudwatch.Client {
		return cloudwatch.New(cloudwatch.Options{
			Region: region, BaseEndpoint: &url,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: key, SecretAccessKey: "x"}, nil
			}),
		})
	}
}

// Linked accounts are listed where they are asked for, by a monitoring account, page by
// page, with an owner to each metric.
func TestListLinked(t *testing.T) {
	_, client := family(t, 300)
	for _, test := range []struct {
		name, key, region, owner string
		include                  bool
		want                     map[string]int
	}{
		{"own", "AKID1", "eu-west-1", "", false, map[string]int{"": 300}},
		{"linked", "AKID1", "eu-west-1", "", true, map[string]int{"111111111111": 300, "222222222222": 300}},
		{"one owner", "AKID1", "eu-west-1", "222222222222", true, map[string]int{"222222222222": 300}},
		{"a stranger's", "AKID1", "eu-west-1", "333333333333", true, map[string]int{}},
		{"another region", "AKID1", "us-east-1", "", true, map[string]int{"111111111111": 300}},
		{"no monitoring account", "AKID2", "eu-west-1", "", true, map[string]int{"": 300}},
	} {
		in := &cloudwatch.ListMetricsInput{
			Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"),
			Dimensions: []cwtypes.DimensionFilter{{Name: aws.String("FunctionName")}},
		}
		if test.include {
			in.IncludeLinkedAccounts = aws.Bool(true)
		}
		if test.owner != "" {
			in.OwningAccount = &test.owner
		}
		got := map[string]int{}
		for pages := cloudwatch.NewListMetricsPaginator(client(test.key, test.region), in); pages.HasMorePages(); {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			for i, m := range page.Metrics {
				if len(m.Dimensions) != 1 {
					continue
				}
				owner := ""
				if len(page.OwningAccounts) > 0 {
					owner = page.OwningAccounts[i]
				}
				if got[owner]++; owner != "" && !strings.HasPrefix(*m.Dimensions[0].Value, "f"+owner[:1]+"-") {
					t.Fatalf("%s: %s is said to be of %s", test.name, *m.Dimensions[0].Value, owner)
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// AccountId reaches linked accounts alone, from the monitoring account, which is billed.
func TestGetLinked(t *testing.T) {
	o, client := family(t, 1)
	for _, test := range []struct {
		name, key, region, account, function string
		status                               cwtypes.StatusCode
		points                               int
	}{
		{"linked", "AKID1", "eu-west-1", "222222222222", "f2-000", cwtypes.StatusCodeComplete, 1},
		{"itself", "AKID1", "eu-west-1", "111111111111", "f1-000", cwtypes.StatusCodeComplete, 1},
		{"a linked account's without its number", "AKID1", "eu-west-1", "", "f2-000", cwtypes.StatusCodeComplete, 0},
		{"a stranger", "AKID1", "eu-west-1", "333333333333", "f3-000", cwtypes.StatusCodeForbidden, 0},
		{"another region", "AKID1", "us-east-1", "222222222222", "f2-000", cwtypes.StatusCodeForbidden, 0},
		{"no monitoring account", "AKID2", "eu-west-1", "111111111111", "f1-000", cwtypes.StatusCodeForbidden, 0},
	} {
		q := about("q", test.function, "Invocations", "Sum", 60)
		if test.account != "" {
			q.AccountId = &test.account
		}
		out, err := client(test.key, test.region).GetMetricData(t.Context(), input(noon.Add(-time.Hour), noon, q))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if r := out.MetricDataResults[0]; r.StatusCode != test.status || len(r.Values) != test.points {
			t.Errorf("%s: %s with %d datapoints, want %s with %d", test.name, r.StatusCode, len(r.Values), test.status, test.points)
		}
	}
	if mine, theirs := o.Server("111111111111", "eu-west-1").Billed(), o.Server("333333333333", "eu-west-1").Billed(); mine.Low != 4 ||
		theirs.Low != 0 {
		t.Errorf("billed %+v and %+v", mine, theirs)
	}
	two := []cwtypes.MetricDataQuery{about("a", "f", "Errors", "Sum", 60), about("b", "f", "Errors", "Sum", 60)}
	two[1].AccountId = aws.String("222222222222")
	if _, err := client("AKID1", "eu-west-1").GetMetricData(t.Context(), input(noon.Add(-time.Hour), noon, two...)); err != nil {
		t.Fatal(err)
	}
	if mine := o.Server("111111111111", "eu-west-1").Billed(); mine.Low != 6 {
		t.Errorf("one metric in two accounts is billed as %d", mine.Low-4)
	}
}
