package config

import (
	"fmt"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/migration"
)

// InAccount is the account that the configuration gives, "" for any.
func (q Queue) InAccount() string { return q.Account }

// At is the place in the ARN or URL, zero for a name.
func (q Queue) At() awsscope.Place { return q.Resource().Place }

// Title is the queue as it was written.
func (q Queue) Title() string { return q.ARN + q.URL + q.Name.String() }

// Resource is what the ARN or URL says, zero for a name.
func (q Queue) Resource() awsscope.Resource {
	if q.URL != "" {
		r, _ := awsscope.ParseQueueURL(q.URL)
		return r
	}
	r, _ := awsscope.ParseQueueARN(q.ARN)
	return r
}

// queues reads which queues belong to cutovers.
func (d *decoder) queues(e entry) {
	for _, n := range d.items(e.value, "queues", `a list of queues, such as - name: acme-orders`) {
		before := len(d.issues)
		at := d.at(n)
		q := Queue{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		shaped := func(into *string, shape func(string) (awsscope.Resource, error), want string) func(entry) {
			return func(f entry) {
				s, ok := d.text(f.value, "queues."+f.key)
				if _, err := shape(s); ok && err != nil {
					d.add(d.at(f.value), "queues."+f.key, f.value.Describe(), want, "")
				}
				*into = s
			}
		}
		d.fields(n, "queues", map[string]func(entry){
			"name":    func(f entry) { q.Name = d.pattern(f.value, "queues.name") },
			"arn":     shaped(&q.ARN, awsscope.ParseQueueARN, "the ARN of a queue, such as arn:aws:sqs:eu-west-1:123456789012:orders"),
			"url":     shaped(&q.URL, awsscope.ParseQueueURL, "the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/orders"),
			"account": func(f entry) { q.Account = d.account(f, "queues.account") },
			"role": func(f entry) {
				s, _ := f.value.Plain()
				role, ok := migration.ParseQueueRole(s)
				if !ok {
					d.add(d.at(f.value), "queues.role", f.value.Describe(), "blue, green or dead-letter", "")
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
