package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// LambdaLogs says whether functions' log groups are asked whether lines arrive.
type LambdaLogs string

// When they are.
const (
	LambdaLogsAuto LambdaLogs = "auto" // if a log group of Jobs is configured, to compare the two sides
	LambdaLogsOn   LambdaLogs = "on"
	LambdaLogsOff  LambdaLogs = "off"
)

// Logs selects the log lines to read, in addition to JobLogs.
type Logs struct {
	// Jobs is the log group of Jobs, or a pattern of several; zero if not configured.
	Jobs   attribution.Pattern
	Lambda LambdaLogs
}

// JobLog names a CloudWatch log group that the lines of Jobs go to, or a pattern of
// several. It has one of Group and ARN.
type JobLog struct {
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

// Sinks are where the lines of Jobs go, in all: the first that means a log group holds.
func (c *Config) Sinks() []JobLog {
	out := c.JobLogs
	if !c.Logs.Jobs.IsZero() {
		out = append(out[:len(out):len(out)], JobLog{Group: c.Logs.Jobs, Origin: c.Origin("logs.jobs").String()})
	}
	return out
}

// WatchesLambda reports whether functions' log groups are to be asked whether lines
// arrive.
func (c *Config) WatchesLambda() bool {
	return c.Logs.Lambda == LambdaLogsOn || (c.Logs.Lambda != LambdaLogsOff && len(c.Sinks()) > 0)
}

// InAccount is the account that the configuration gives, "" for any.
func (l JobLog) InAccount() string { return l.Account }

// At is the place in the ARN, zero for a name.
func (l JobLog) At() awsscope.Place { return l.Resource().Place }

// Title is the log group as it was written.
func (l JobLog) Title() string { return l.ARN + l.Group.String() }

// Resource is what the ARN says, zero for a name.
func (l JobLog) Resource() awsscope.Resource {
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
		return attribution.Pattern{}, expected(groupWant)
	}
	return attribution.ParsePattern(s)
}

func jobLogs() Setting {
	const path = "logs.jobs"
	return Setting{
		Path: path, Env: envName(path), Kind: KindText,
		Help: "CloudWatch log group of Jobs, or a pattern of several such as /eks/{tenant}, to check whether log lines arrive",
		apply: func(c *Config, v value) (err error) {
			c.Logs.Jobs = attribution.Pattern{}
			if v.text != "" {
				c.Logs.Jobs, err = parseGroup(v.text)
			}
			return err
		},
		show: func(c *Config) string { return c.Logs.Jobs.String() },
	}
}

func lambdaLogs() Setting {
	const path = "logs.lambda"
	names := []string{string(LambdaLogsAuto), string(LambdaLogsOn), string(LambdaLogsOff)}
	return Setting{
		Path: path, Env: envName(path), Kind: KindText,
		Help: "whether functions' log lines are checked too: auto (if the log groups of Jobs are configured), on or off",
		apply: func(c *Config, v value) error {
			if !slices.Contains(names, v.text) {
				return oneOf(v.text, names)
			}
			c.Logs.Lambda = LambdaLogs(v.text)
			return nil
		},
		show: func(c *Config) string { return string(c.Logs.Lambda) },
	}
}

// jobLogs reads where the lines of Jobs go.
func (d *decoder) jobLogs(e entry) {
	for _, n := range d.items(e.value, "job_logs", "a list of log groups, such as - group: /eks/{tenant}") {
		before := len(d.issues)
		at := d.at(n)
		l := JobLog{Origin: fmt.Sprintf("%s:%d", d.file, at.Line)}
		d.fields(n, "job_logs", map[string]func(entry){
			"group": func(f entry) {
				s, ok := d.text(f.value, "job_logs.group")
				if !ok {
					return
				}
				var err error
				if l.Group, err = parseGroup(s); err != nil {
					d.add(d.at(f.value), "job_logs.group", fmt.Sprintf("the text %q", text.Cut(s, mostQuoted)), text.OneLine(err.Error()), "")
				}
			},
			"arn": func(f entry) {
				l.ARN, _ = d.matched(f, "job_logs.arn", isLogGroup,
					"the ARN of a log group, such as arn:aws:logs:eu-west-1:123456789012:log-group:/eks/acme")
			},
			"account": func(f entry) { l.Account = d.account(f, "job_logs.account") },
			"tenant": func(f entry) {
				s, _ := d.text(f.value, "job_logs.tenant")
				l.Tenant = migration.Tenant(s)
			},
			"workload": func(f entry) {
				s, _ := d.text(f.value, "job_logs.workload")
				l.Workload = migration.Workload(s)
			},
		})
		if len(d.issues) > before {
			continue
		}
		if want := l.missing(); want != "" {
			d.add(at, "job_logs", "an entry "+want, "group or arn", "")
			continue
		}
		d.config.JobLogs = append(d.config.JobLogs, l)
	}
}

func isLogGroup(s string) bool {
	_, err := awsscope.ParseLogGroupARN(s)
	return err == nil
}

// missing says what an entry lacks or has too much of, "" for nothing.
func (l *JobLog) missing() string {
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

// jobLogs writes them as they were read.
func (p *printer) jobLogs() {
	if len(p.config.JobLogs) == 0 {
		return
	}
	p.line("job_logs:", "")
	for i := range p.config.JobLogs {
		l := &p.config.JobLogs[i]
		lead, origin := "  - ", l.Origin
		for _, n := range []struct{ key, text string }{
			{"group", l.Group.String()}, {"arn", l.ARN}, {"account", l.Account}, {"tenant", string(l.Tenant)}, {"workload", string(l.Workload)},
		} {
			if n.text != "" {
				p.line(lead+n.key+": "+yamldoc.Quote(n.text), origin)
				lead, origin = "    ", ""
			}
		}
	}
}
