package sqs

import (
	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Config is the section queues of the configuration: the queues of cutovers, as the file names them.
type Config struct{ Queues []Entry }

// Entry names an SQS queue, or all queues whose names match a pattern, and its part in a cutover. It has exactly one of
// Name, ARN and URL.
type Entry struct {
	Name attribution.Pattern
	ARN  string
	URL  string
	// Account names the entry of accounts that Name is for, "" for all.
	Account string
	Role    migration.QueueRole
	// Tenant and Workload own the queue. If empty, the pattern or known names may identify them.
	Tenant   migration.Tenant
	Workload migration.Workload
	Origin   string // where it was written, "config.yaml:12"
}

// InAccount is the account that the configuration gives, "" for any.
func (q Entry) InAccount() string { return q.Account }

// At is the place in the ARN or URL, zero for a name.
func (q Entry) At() awsscope.Place { return q.Resource().Place }

// Title is the queue as it was written.
func (q Entry) Title() string { return q.ARN + q.URL + q.Name.String() }

// Resource is what the ARN or URL says, zero for a name.
func (q Entry) Resource() awsscope.Resource {
	if q.URL != "" {
		r, _ := awsscope.ParseQueueURL(q.URL)
		return r
	}
	r, _ := awsscope.ParseQueueARN(q.ARN)
	return r
}

func of(v any) *Config {
	c, _ := v.(*Config)
	return c
}

// configuration is the section of the source.
func configuration() *section.Section {
	return &section.Section{
		Key: "queues", New: func() any { return &Config{} }, Write: write,
		Read: func(r *section.Reader, n yamldoc.Node, into any) { of(into).Queues = read(r, n) },
	}
}

// read reads which queues belong to cutovers.
func read(r *section.Reader, list yamldoc.Node) (out []Entry) {
	for _, n := range r.Items(list, "queues", `a list of queues, such as - name: acme-orders`) {
		before := len(r.Issues)
		at := r.At(n)
		q := Entry{Origin: at.FileLine()}
		shaped := func(into *string, shape func(string) (awsscope.Resource, error), want string) func(section.Entry) {
			return func(f section.Entry) {
				s, ok := r.Text(f.Value, "queues."+f.Key)
				if _, err := shape(s); ok && err != nil {
					r.Add(r.At(f.Value), "queues."+f.Key, f.Value.Describe(), want, "")
				}
				*into = s
			}
		}
		r.Fields(n, "queues", map[string]func(section.Entry){
			"name": func(f section.Entry) { q.Name = r.Pattern(f.Value, "queues.name") },
			"arn":  shaped(&q.ARN, awsscope.ParseQueueARN, "the ARN of a queue, such as arn:aws:sqs:eu-west-1:123456789012:orders"),
			"url": shaped(&q.URL, awsscope.ParseQueueURL,
				"the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/orders"),
			"account": func(f section.Entry) { q.Account = r.Account(f, "queues.account") },
			"role": func(f section.Entry) {
				s, _ := f.Value.Plain()
				role, ok := migration.ParseQueueRole(s)
				if !ok {
					r.Add(r.At(f.Value), "queues.role", f.Value.Describe(), "blue, green or dead-letter", "")
				}
				q.Role = role
			},
			"tenant": func(f section.Entry) {
				s, _ := r.Text(f.Value, "queues.tenant")
				q.Tenant = migration.Tenant(s)
			},
			"workload": func(f section.Entry) {
				s, _ := r.Text(f.Value, "queues.workload")
				q.Workload = migration.Workload(s)
			},
		})
		if len(r.Issues) > before {
			continue
		}
		if want := q.missing(); want != "" {
			r.Add(at, "queues", "an entry "+want, "name, arn or url, and role", "")
			continue
		}
		out = append(out, q)
	}
	return out
}

// missing says what an entry lacks or has too much of, "" for nothing.
func (q *Entry) missing() string {
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

// write writes them as they were read.
func write(v any, line func(text, origin string)) {
	queues := of(v).Queues
	if len(queues) == 0 {
		return
	}
	line("queues:", "")
	for i := range queues {
		q := &queues[i]
		lead, origin := "  - ", q.Origin
		for _, n := range []struct{ key, text string }{
			{"name", q.Name.String()},
			{"arn", q.ARN},
			{"url", q.URL},
			{"account", q.Account},
			{"role", q.Role.String()},
			{"tenant", string(q.Tenant)},
			{"workload", string(q.Workload)},
		} {
			if n.text == "" {
				continue
			}
			text := yamldoc.Quote(n.text)
			if n.key == "role" {
				text = n.text
			}
			line(lead+n.key+": "+text, origin)
			lead, origin = "    ", ""
		}
	}
}

// wanted makes the source's questions of the configuration's entries. A name that may be
// in several accounts is searched for like a pattern.
func wanted(entries []Entry, ts []awsscope.Target, names *attribution.Attributor) (queues []Queue, patterns []Pattern) {
	for _, e := range entries {
		at := e.Resource()
		q := Queue{Name: at.Name, URL: e.URL, Role: e.Role}
		literal := true
		switch {
		case e.ARN != "":
			q.Owner = at.Account
		case e.URL == "":
			q.Name, literal = e.Name.Literal()
			literal = literal && !awsscope.NeedsSearch(ts, e)
		}
		if !literal {
			patterns = append(patterns, Pattern{
				Prefix: e.Name.Prefix(), Role: e.Role,
				Match: func(name string) (migration.Attribution, bool) {
					return names.Queue(e.Name, name, e.Tenant, e.Workload)
				},
			})
			continue
		}
		who, _ := names.Queue(e.Name, q.Name, e.Tenant, e.Workload)
		q.Tenant, q.Workload, q.Evidence = who.Tenant, who.Workload, who.Evidence
		queues = append(queues, q)
	}
	return queues, patterns
}
