package convert

import (
	"fmt"
	"regexp"
	"strings"
)

// arn is an Amazon Resource Name in its parts.
type arn struct{ partition, service, region, account, resource string }

// arnPattern is the shape of every ARN. Source: AWS General Reference, "Amazon
// Resource Names".
var arnPattern = regexp.MustCompile(`^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}|aws|):(.+)$`)

func parseARN(s string) (arn, bool) {
	m := arnPattern.FindStringSubmatch(s)
	if m == nil {
		return arn{}, false
	}
	return arn{m[1], m[2], m[3], m[4], m[5]}, true
}

// name is the last part of the resource: of a queue, a rule, a bucket, a role.
func (a arn) name() string {
	return a.resource[strings.LastIndexAny(a.resource, ":/")+1:]
}

// suffixes are the domains of the partitions' endpoints. Source: the endpoint rules
// of the AWS SDKs.
var suffixes = map[string]string{
	"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu",
	"aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov", "aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov",
}

// queueURL is the URL of a queue. Source: Amazon SQS developer guide, "Queue and
// message identifiers".
func queueURL(queue arn) (string, error) {
	suffix, ok := suffixes[queue.partition]
	if !ok {
		return "", fmt.Errorf("the domain of partition %s is not known", queue.partition)
	}
	return "https://sqs." + queue.region + "." + suffix + "/" + queue.account + "/" + queue.name(), nil
}
