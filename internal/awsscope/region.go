package awsscope

import (
	"regexp"
	"strings"
)

// regionCode is the form of every region code: "eu-west-1", "us-gov-east-1", "us-isob-east-1".
const regionCode = `[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}`

var (
	wholeRegion  = regexp.MustCompile(`^` + regionCode + `$`)
	regionInName = regexp.MustCompile(`(?:^|\.)(` + regionCode + `)\.`)
)

// IsRegion reports whether a text has the form of an AWS region code.
func IsRegion(text string) bool { return wholeRegion.MatchString(text) }

// regionInHost finds the region in the name of a host of AWS, "" where it has none.
func regionInHost(host string) string {
	if m := regionInName.FindStringSubmatch(host); m != nil {
		return m[1]
	}
	return ""
}

// partitions are the partitions whose regions begin in a way of their own.
// Source: aws-sdk-go-v2, internal/endpoints/awsrulesfn, partitions.
var partitions = [...]struct{ prefix, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"eusc-", "aws-eusc"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"us-iso-", "aws-iso"},
}

// Partition returns the partition that a region is in, the second part of the ARNs there:
// "aws", "aws-cn".
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}
