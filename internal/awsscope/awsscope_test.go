package awsscope

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

func TestParseARN(t *testing.T) {
	for _, test := range []struct {
		parse func(string) (Resource, error)
		text  string
		want  Resource // zero for an error
	}{
		{ParseQueueARN, "arn:aws:sqs:eu-west-1:123456789012:orders", Resource{"aws", Place{"eu-west-1", "123456789012"}, "orders"}},
		{
			ParseQueueARN, "arn:aws-iso-b:sqs:us-isob-east-1:123456789012:q.fifo",
			Resource{"aws-iso-b", Place{"us-isob-east-1", "123456789012"}, "q.fifo"},
		},
		{ParseQueueARN, "arn:aws:sns:eu-west-1:123456789012:orders", Resource{}},
		{ParseQueueARN, "arn:aws:sqs:eu-west-1:12345:orders", Resource{}},
		{ParseQueueARN, "arn:aws:sqs::123456789012:orders", Resource{}},
		{ParseQueueARN, "arn:aws:sqs:eu-west-1:123456789012:a:b", Resource{}},
		{ParseQueueARN, "arn:aws:sqs:eu-west-1:123456789012", Resource{}},
		{ParseQueueARN, "", Resource{}},
		{
			ParseLogGroupARN, "arn:aws:logs:eu-west-1:123456789012:log-group:/eks/acme",
			Resource{"aws", Place{"eu-west-1", "123456789012"}, "/eks/acme"},
		},
		{
			ParseLogGroupARN, "arn:aws:logs:eu-west-1:123456789012:log-group:/eks/acme:*",
			Resource{"aws", Place{"eu-west-1", "123456789012"}, "/eks/acme"},
		},
		{ParseLogGroupARN, "arn:aws:logs:eu-west-1:123456789012:destination:/eks", Resource{}},
		{ParseLogGroupARN, "arn:aws:logs:eu-west-1:123456789012:log-group:", Resource{}},
		{ParseRoleARN, "arn:aws-cn:iam::123456789012:role/path/migtop", Resource{"aws-cn", Place{"", "123456789012"}, "path/migtop"}},
		{ParseRoleARN, "arn:aws:iam::123456789012:user/me", Resource{}},
		{ParseRoleARN, "arn:aws:iam:eu-west-1:123456789012:role/migtop", Resource{}},
		{ParseQueueURL, "https://sqs.eu-west-1.amazonaws.com/123456789012/orders", Resource{"", Place{"eu-west-1", "123456789012"}, "orders"}},
		{ParseQueueURL, "http://localhost:4566/000000000000/q", Resource{"", Place{"", "000000000000"}, "q"}},
		{ParseQueueURL, "https://sqs.eu-west-1.amazonaws.com/orders", Resource{}},
	} {
		got, err := test.parse(test.text)
		if want := test.want; (err != nil) != (want == Resource{}) || (err == nil && got != want) {
			t.Errorf("%q: %+v, %v; want %+v", test.text, got, err, want)
		}
	}
}

func TestRegions(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "ap-southeast-12": "aws", "us-gov-east-1": "aws-us-gov", "cn-north-1": "aws-cn", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		if got := Partition(region); !IsRegion(region) || got != want {
			t.Errorf("%s: a region %v, in %s, want %s", region, IsRegion(region), got, want)
		}
	}
	for _, text := range []string{"", "global", "eu-west", "eu-west-1a", "EU-WEST-1", "eu_west_1", " eu-west-1"} {
		if IsRegion(text) {
			t.Errorf("%q is taken for a region", text)
		}
	}
}

// named is an entry with an account or a place.
type named struct {
	account string
	at      Place
}

func (n named) InAccount() string { return n.account }
func (n named) At() Place         { return n.at }
func (n named) Title() string     { return n.account + n.at.Account }

func at(account string, p Place, err error) Target {
	return Target{Account: account, Region: p.Region, Locate: func(context.Context) (Place, error) { return p, err }}
}

func TestWhichEntriesAreRead(t *testing.T) {
	ops, prod := Place{"eu-west-1", "111111111111"}, Place{"eu-west-1", "222222222222"}
	targets := []Target{at("ops", ops, nil), at("prod", prod, nil)}
	entries := []named{{}, {account: "prod"}, {at: ops}, {at: Place{Account: "222222222222"}}, {at: Place{"eu-central-1", "222222222222"}}}
	for i, want := range [][]int{{0, 2}, {0, 1, 3}} {
		got, err := Matches(t.Context(), targets[i], entries)
		var wanted []named
		for _, j := range want {
			wanted = append(wanted, entries[j])
		}
		if err != nil || !slices.Equal(got, wanted) {
			t.Errorf("%s reads %v, %v; want %v", targets[i].Account, got, err, wanted)
		}
	}
	for i, want := range []bool{true, false, false, false, false} {
		if got := NeedsSearch(targets, entries[i]); got != want {
			t.Errorf("%v needs a search: %v, want %v", entries[i], got, want)
		}
	}
	if got := Unread(t.Context(), targets, entries); len(got) != 1 {
		t.Errorf("unread %q, want the one in eu-central-1", got)
	}
	broken := []Target{targets[0], at("prod", Place{}, errors.New("expired"))}
	if got := Unread(t.Context(), broken, entries); got != nil {
		t.Errorf("unread %q although one account is unknown", got)
	}
	if _, err := Matches(t.Context(), broken[1], entries); err == nil {
		t.Error("an entry with a place was matched in an unknown account")
	}
	if got, err := Matches(t.Context(), broken[1], entries[:2]); err != nil || len(got) != 2 {
		t.Errorf("names alone: %v, %v; they need no account number", got, err)
	}
}

func TestDirect(t *testing.T) {
	monitoring := at("ops", Place{"eu-west-1", "111111111111"}, nil)
	prod := at("prod", Place{"eu-west-1", "222222222222"}, nil)
	far := at("far", Place{"us-east-1", "333333333333"}, nil)
	own, direct, err := Direct(t.Context(), monitoring, []Target{monitoring, prod, far, prod})
	if err != nil || own != "111111111111" || !slices.Equal(direct, []string{"222222222222"}) {
		t.Errorf("own %s, direct %q, %v", own, direct, err)
	}
	lost := at("old", Place{}, &migration.Problem{What: "expired", Fix: "log in"})
	_, _, err = Direct(t.Context(), monitoring, []Target{monitoring, lost})
	var p *migration.Problem
	if !errors.As(err, &p) || p.Fix != "log in" || !strings.Contains(p.What, "account old") {
		t.Errorf("%v", err)
	}
}
