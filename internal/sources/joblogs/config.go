package joblogs

import (
	"fmt"
	"regexp"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Config is what the configuration says of the log groups of Jobs: the section job_logs, and the setting logs.jobs.
type Config struct {
	Groups []Entry
	// Jobs is the log group of Jobs, or a pattern of several; zero if not configured.
	Jobs attribution.Pattern
}

// All are the log groups in all: the first that means a log group holds.
func (c *Config) All() []Entry {
	out := c.Groups
	if !c.Jobs.IsZero() {
		out = append(out[:len(out):len(out)], Entry{Group: c.Jobs, Origin: "logs.jobs"})
	}
	return out
}

// Entry names a CloudWatch log group that the lines of Jobs go to, or a pattern of
// several. It has one of Group and ARN.
type Entry struct {
	Group attribution.Pattern
	ARN   string
	// Account names the entry of accounts that Group is for, "" for all.
	Account string
	// Tenant and Workload own the lines. If empty, the pattern may identify them. Otherwise the lines are those of all
	// tenants, or of all workloads of the tenant.
	Tenant   migration.Tenant
	Workload migration.Workload
	Origin   string // where it was written, "config.yaml:12"
}

// InAccount is the account that the configuration gives, "" for any.
func (l Entry) InAccount() string { return l.Account }

// At is the place in the ARN, zero for a name.
func (l Entry) At() awsscope.Place { return l.Resource().Place }

// Title is the log group as it was written.
func (l Entry) Title() string { return l.ARN + l.Group.String() }

// Resource is what the ARN says, zero for a name.
func (l Entry) Resource() awsscope.Resource {
	r, _ := awsscope.ParseLogGroupARN(l.ARN)
	return r
}

// groupPattern is the form of a log group's name, with what a pattern may have too.
// Source: CloudWatch Logs API reference, CreateLogGroup.
var groupPattern = regexp.MustCompile(`^[-A-Za-z0-9_/.#*?{}]{1,512}$`)

const groupWant = "the name of a log group, such as /aws/containerinsights/prod/application, or a pattern such as /eks/{tenant}"

// parseGroup reads a log group's name or a pattern of several; between slashes it is a
// regular expression, as everywhere.
func parseGroup(s string) (attribution.Pattern, error) {
	regular := len(s) > 1 && s[0] == '/' && s[len(s)-1] == '/'
	if !regular && !groupPattern.MatchString(s) {
		return attribution.Pattern{}, section.Expected(groupWant)
	}
	return attribution.ParsePattern(s)
}

func settingOf(v any) *Config {
	c, _ := v.(*Config)
	return c
}

// configuration is the section of the source.
func configuration() *section.Section {
	return &section.Section{
		Key: "job_logs", New: func() any { return &Config{} }, Write: write,
		Read: func(r *section.Reader, n yamldoc.Node, into any) { settingOf(into).Groups = read(r, n) },
		Settings: []section.Setting{{
			Path: "logs.jobs", Kind: section.KindText,
			Help: "CloudWatch log group of Jobs, or a pattern of several such as /eks/{tenant}, to check whether log lines arrive",
			Apply: func(into any, v section.Value) (err error) {
				c := settingOf(into)
				c.Jobs = attribution.Pattern{}
				if v.Text != "" {
					c.Jobs, err = parseGroup(v.Text)
				}
				return err
			},
			Show: func(v any) string { return settingOf(v).Jobs.String() },
		}},
	}
}

// read reads where the lines of Jobs go.
func read(r *section.Reader, list yamldoc.Node) (out []Entry) {
	for _, n := range r.Items(list, "job_logs", "a list of log groups, such as - group: /eks/{tenant}") {
		before := len(r.Issues)
		at := r.At(n)
		l := Entry{Origin: at.FileLine()}
		r.Fields(n, "job_logs", map[string]func(section.Entry){
			"group": func(f section.Entry) {
				s, ok := r.Text(f.Value, "job_logs.group")
				if !ok {
					return
				}
				var err error
				if l.Group, err = parseGroup(s); err != nil {
					r.Add(r.At(f.Value), "job_logs.group", fmt.Sprintf("the text %q", text.Cut(s, section.MostQuoted)),
						text.OneLine(err.Error()), "")
				}
			},
			"arn": func(f section.Entry) {
				l.ARN, _ = r.Matched(f, "job_logs.arn", isLogGroup,
					"the ARN of a log group, such as arn:aws:logs:eu-west-1:123456789012:log-group:/eks/acme")
			},
			"account": func(f section.Entry) { l.Account = r.Account(f, "job_logs.account") },
			"tenant": func(f section.Entry) {
				s, _ := r.Text(f.Value, "job_logs.tenant")
				l.Tenant = migration.Tenant(s)
			},
			"workload": func(f section.Entry) {
				s, _ := r.Text(f.Value, "job_logs.workload")
				l.Workload = migration.Workload(s)
			},
		})
		if len(r.Issues) > before {
			continue
		}
		if want := l.missing(); want != "" {
			r.Add(at, "job_logs", "an entry "+want, "group or arn", "")
			continue
		}
		out = append(out, l)
	}
	return out
}

func isLogGroup(s string) bool {
	_, err := awsscope.ParseLogGroupARN(s)
	return err == nil
}

// missing says what an entry lacks or has too much of, "" for nothing.
func (l *Entry) missing() string {
	switch {
	case l.Group.IsZero() && l.ARN == "":
		return "that names no log group"
	case !l.Group.IsZero() && l.ARN != "":
		return "that names its log group twice"
	case l.Account != "" && l.ARN != "":
		return "whose account comes from two places"
	case l.Group.TakesTenant() && l.Tenant != "":
		return "whose tenant comes from two places"
	case l.Group.TakesWorkload() && l.Workload != "":
		return "whose workload comes from two places"
	case (l.Workload != "" || l.Group.TakesWorkload()) && l.Tenant == "" && !l.Group.TakesTenant():
		return "of a workload without a tenant"
	}
	return ""
}

// write writes them as they were read.
func write(v any, line func(text, origin string)) {
	groups := settingOf(v).Groups
	if len(groups) == 0 {
		return
	}
	line("job_logs:", "")
	for i := range groups {
		l := &groups[i]
		lead, origin := "  - ", l.Origin
		for _, n := range []struct{ key, text string }{
			{"group", l.Group.String()},
			{"arn", l.ARN},
			{"account", l.Account},
			{"tenant", string(l.Tenant)},
			{"workload", string(l.Workload)},
		} {
			if n.text != "" {
				line(lead+n.key+": "+yamldoc.Quote(n.text), origin)
				lead, origin = "    ", ""
			}
		}
	}
}

// watched makes the source's questions of the configuration's entries. A name that may
// be in several accounts is searched for like a pattern.
func watched(entries []Entry, ts []awsscope.Target, names *attribution.Attributor) (groups []Group, patterns []Pattern) {
	for _, e := range entries {
		name, literal := e.Group.Literal()
		if e.ARN != "" {
			name, literal = e.Resource().Name, true
		}
		several := awsscope.NeedsSearch(ts, e)
		literal = literal && !several
		if literal {
			key, _ := names.LogGroup(attribution.Pattern{}, name, e.Tenant, e.Workload)
			groups = append(groups, Group{Name: name, Of: key})
			continue
		}
		patterns = append(patterns, Pattern{
			Text: e.Group.String(), Prefix: e.Group.Prefix(), AnyAccount: several,
			Match: func(name string) (migration.Key, bool) {
				return names.LogGroup(e.Group, name, e.Tenant, e.Workload)
			},
		})
	}
	return groups, patterns
}
