package config

import (
	"fmt"
	"regexp"

	"github.com/migtop/migtop/internal/migration"
)

// The shapes of an ARN and of a URL of a queue, in any partition.
// Source: Amazon SQS developer guide, "Queue and message identifiers".
var (
	queueARN = regexp.MustCompile(`^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	queueURL = regexp.MustCompile(`^https?://[^/]+/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
)

// queues reads which queues belong to cutovers.
func (d *decoder) queues(e entry) {
	for _, n := range d.items(e.value, "queues", `a list of queues, such as - name: acme-orders`) {
		before := len(d.issues)
		at := d.at(n)
		q := Queue{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		shaped := func(into *string, shape *regexp.Regexp, want string) func(entry) {
			return func(f entry) {
				s, ok := d.text(f.value, "queues."+f.key)
				if ok && !shape.MatchString(s) {
					d.add(d.at(f.value), "queues."+f.key, describe(f.value), want, "")
				}
				*into = s
			}
		}
		d.fields(n, "queues", map[string]func(entry){
			"name":    func(f entry) { q.Name = d.pattern(f.value, "queues.name") },
			"arn":     shaped(&q.ARN, queueARN, "the ARN of a queue, such as arn:aws:sqs:eu-west-1:123456789012:orders"),
			"url":     shaped(&q.URL, queueURL, "the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/orders"),
			"account": func(f entry) { q.Account = d.account(f, "queues.account") },
			"role": func(f entry) {
				s, _ := plainText(f.value)
				role, ok := migration.ParseQueueRole(s)
				if !ok {
					d.add(d.at(f.value), "queues.role", describe(f.value), "blue, green or dead-letter", "")
				}
				q.Role = role
			},
			"tenant": func(f entry) {
				s, _ := d.text(f.value, "queues.tenant")
				q.Tenant = migration.Tenant(s)
			},
			"workload": func(f entry) {
				s, _ := d.text(f.value, "queues.workload")
				q.Workload = migration.Workload(s)
			},
		})
		if len(d.issues) > before {
			continue
		}
		if want := q.missing(); want != "" {
			d.add(at, "queues", "an entry "+want, "name, arn or url, and role", "")
			continue
		}
		d.config.Queues = append(d.config.Queues, q)
	}
}

// missing says what an entry lacks or has too much of, "" for nothing.
func (q *Queue) missing() string {
	named := 0
	for _, has := range []bool{!q.Name.IsZero(), q.ARN != "", q.URL != ""} {
		if has {
			named++
		}
	}
	switch {
	case named == 0:
		return "that names no queue"
	case named > 1:
		return "that names its queue twice"
	case q.Account != "" && q.Name.IsZero():
		return "whose account comes from two places"
	case q.Role == 0:
		return "without a role"
	case q.Name.TakesTenant() && q.Tenant != "":
		return "whose tenant comes from two places"
	case q.Name.TakesWorkload() && q.Workload != "":
		return "whose workload comes from two places"
	}
	return ""
}
