package convert

import (
	"regexp"

	"github.com/migtop/migtop/internal/objectname"
)

// maxName leaves room for what Kubernetes and KEDA append to the names of Jobs and
// pods: 63 is the most that a label takes, and a CronJob's name may have 52.
// Source: Kubernetes, "Object Names and IDs"; validation of CronJob.
const maxName = 52

// objectName is the name of what becomes of a function, or of one of its aliases: an
// alias is work of its own, a version is not. No other function has it, however it
// is spelt.
func objectName(function, qualifier string) string {
	if qualifier == "" || qualifier == "$LATEST" || version.MatchString(qualifier) {
		return objectname.Of(maxName, function)
	}
	return objectname.Pair(maxName, function, qualifier)
}

// queueName is the name of what becomes of one of several queues. It differs by its
// name alone where it is in the function's account and region, else by its ARN.
func (c *conversion) queueName(q *queue) string {
	own, _ := parseARN(c.d.ARN)
	if q.arn.region == own.region && q.arn.account == own.account {
		return objectname.Pair(maxName, c.Name, q.arn.name())
	}
	return objectname.PairHash(maxName, c.Name, q.arn.name()+"-"+q.source.ARN)
}

// version is the number of a published version.
var version = regexp.MustCompile(`^[0-9]+$`)

var (
	dnsLabel   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	labelValue = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	// variable matches names that every shell and every Kubernetes version accepts.
	// ConfigMap keys may contain dashes and dots, environment variables may not.
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)
