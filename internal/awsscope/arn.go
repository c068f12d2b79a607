package awsscope

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// Resource is what the ARN or the URL of something in AWS says of it.
type Resource struct {
	Partition string // "aws", "aws-cn"; "" for a URL
	Place
	Name string // of the queue, log group, or role with its path
}

// accountNumber is the form of an account number.
var accountNumber = regexp.MustCompile(`^[0-9]{12}$`)

// PlaceOf returns the region and account number of an ARN, and the zero Place where the
// text is no ARN.
func PlaceOf(text string) Place {
	a, err := arn.Parse(text)
	if err != nil {
		return Place{}
	}
	return Place{Region: a.Region, Account: a.AccountID}
}

// parse reads an ARN of one service whose resource has a prefix and a form.
func parse(text, service, prefix string, form *regexp.Regexp) (Resource, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return Resource{}, fmt.Errorf("%q is not an ARN: %w", text, err)
	}
	r := Resource{Partition: a.Partition, Place: Place{Region: a.Region, Account: a.AccountID}}
	name, ok := strings.CutPrefix(a.Resource, prefix)
	r.Name = name
	known := partitionForm.MatchString(a.Partition) && accountNumber.MatchString(a.AccountID)
	if !known || a.Service != service || !ok || !form.MatchString(name) {
		return Resource{}, fmt.Errorf("%q is not the ARN of %s:%s", text, service, prefix)
	}
	return r, nil
}

// partitionForm is the form of a partition in any cloud of AWS: aws, aws-cn, aws-iso-b.
var partitionForm = regexp.MustCompile(`^aws[a-z-]*$`)

// The forms of the names in ARNs.
// Sources: Amazon SQS developer guide, "Queue and message identifiers"; CloudWatch Logs
// API reference, CreateLogGroup; IAM user guide, "IAM identifiers".
var (
	queueName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	logGroupName = regexp.MustCompile(`^[-A-Za-z0-9_/.#]{1,512}$`)
	rolePath     = regexp.MustCompile(`^[\w+=,.@/-]{1,576}$`)
)

// ParseQueueARN reads the ARN of an SQS queue, in any partition.
func ParseQueueARN(text string) (Resource, error) {
	r, err := parse(text, "sqs", "", queueName)
	if err == nil && !IsRegion(r.Region) {
		err = fmt.Errorf("%q has no region", text)
	}
	return r, err
}

// ParseLogGroupARN reads the ARN of a log group, in any partition. CloudWatch Logs writes
// it with and without ":*" at its end.
func ParseLogGroupARN(text string) (Resource, error) {
	r, err := parse(strings.TrimSuffix(text, ":*"), "logs", "log-group:", logGroupName)
	if err == nil && !IsRegion(r.Region) {
		err = fmt.Errorf("%q has no region", text)
	}
	return r, err
}

// ParseRoleARN reads the ARN of an IAM role, in any partition. It has no region.
func ParseRoleARN(text string) (Resource, error) {
	r, err := parse(text, "iam", "role/", rolePath)
	if err == nil && r.Region != "" {
		err = fmt.Errorf("%q has a region", text)
	}
	return r, err
}

// queueURL is the form of a queue's URL.
// Source: Amazon SQS developer guide, "Queue and message identifiers".
var queueURL = regexp.MustCompile(`^https?://([^/]+)/([0-9]{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$`)

// ParseQueueURL reads the URL of an SQS queue. The region is "" where the host does not
// name one.
func ParseQueueURL(text string) (Resource, error) {
	m := queueURL.FindStringSubmatch(text)
	if m == nil {
		return Resource{}, fmt.Errorf("%q is not the URL of a queue", text)
	}
	return Resource{Place: Place{Region: regionInHost(m[1]), Account: m[2]}, Name: m[3]}, nil
}
