package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
)

// Kind is what a setting's value looks like.
type Kind = section.Kind

// The kinds of values.
const (
	KindText     = section.KindText
	KindBool     = section.KindBool     // true or false
	KindNumber   = section.KindNumber   // a number or one of a few words
	KindDuration = section.KindDuration // Go's notation: 15s, 1m30s, 6h
	KindList     = section.KindList     // a YAML list; separated by commas in the environment and in flags
)

// Setting is one value that can be set in the file, in the environment and,
// where Flag is not empty, by a flag. See [Flags].
type Setting struct {
	Path string // "aws.region"
	Env  string // "MIGTOP_AWS_REGION"
	Flag string // "region", without dashes; "" for none
	Kind Kind
	Help string // one line

	// apply takes the value into c. Its error is a section.Expected: what
	// the value should have been.
	apply func(c *Config, v section.Value) error
	show  func(c *Config) string
	list  func(c *Config) []string // of KindList
}

// Show returns the setting's value in c as text, "" where it says nothing; the
// elements of a list are separated by commas.
func (s Setting) Show(c *Config) string { return s.show(c) }

// Settings lists all settings in the order of the documentation, except rules, tenants, workloads and keys: these are
// lists, and only a file can set them. Those of the sections are among them.
func Settings(sections ...*section.Section) []Setting {
	return placed(slices.Clone(settings), sectionSettings(sections))
}

var settings = []Setting{
	textSetting("name", "", "your name for this scope", func(c *Config) *string { return &c.Name }, nil),
	side(moveBefore, "platform that the work comes from: lambda, ecs or jobs", func(c *Config) *migration.Platform { return &c.Move.Before }),
	side(moveAfter, "platform that the work goes to: lambda, ecs or jobs", func(c *Config) *migration.Platform { return &c.Move.After }),
	textSetting("aws.profile", "profile", "profile of the AWS configuration", func(c *Config) *string { return &c.AWS.Profile }, nil),
	textSetting("aws.region", "region", "region of AWS", func(c *Config) *string { return &c.AWS.Region },
		matching(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`, "a region code such as eu-west-1")),
	patterns("aws.functions.include", "functions", "read only functions whose name matches one of these globs",
		func(c *Config) *[]attribution.Pattern { return &c.AWS.Functions.Include }),
	patterns("aws.functions.exclude", "", "leave out functions whose name matches one of these globs",
		func(c *Config) *[]attribution.Pattern { return &c.AWS.Functions.Exclude }),
	toggle("kubernetes.off", "no-kubernetes", "read no cluster: what Jobs would cost is calculated",
		func(c *Config) *bool { return &c.Kubernetes.Off }),
	textSetting("kubernetes.kubeconfig", "kubeconfig", "path of the kubeconfig file",
		func(c *Config) *string { return &c.Kubernetes.Kubeconfig }, nil),
	textSetting("kubernetes.context", "context", "kubeconfig context", func(c *Config) *string { return &c.Kubernetes.Context }, nil),
	namespaces(),
	textSetting("kubernetes.selector", "selector", "label selector for Jobs and their pods",
		func(c *Config) *string { return &c.Kubernetes.Selector }, nil),
	spotLabels(),
	toggle("kubernetes.extended_support", "", "the EKS version is in extended support, which costs more",
		func(c *Config) *bool { return &c.Kubernetes.ExtendedSupport }),
	window(),
	duration("refresh.cloudwatch", "", "time between two polls of CloudWatch, which bills each poll", 10*time.Second,
		func(c *Config) *time.Duration { return &c.Refresh.CloudWatch }),
	duration("refresh.kubernetes", "refresh", "time between two reads of usage in the cluster", time.Second,
		func(c *Config) *time.Duration { return &c.Refresh.Kubernetes }),
	dollars("budget.hour", "", "limit of the cost of CloudWatch requests in USD per hour; polls slow down before it is reached",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Budget.Hour }),
	dollars("budget.day", "", "limit of the cost of CloudWatch requests in USD per day, in UTC",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Budget.Day }),
	dollars("budget.month", "budget", "limit of the cost of CloudWatch requests in USD per calendar month, in UTC",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Budget.Month }),
	maxScan(),
	evidenceEvery(),
	lambdaLogs(),
	toggle("logs.ingestion", "", "include in Lambda's cost what functions write into CloudWatch Logs: a metric per function",
		func(c *Config) *bool { return &c.LogIngestion }),
	textSetting("history.path", "", "file of the history; the state directory has it if this is not set",
		func(c *Config) *string { return &c.History.Path }, nil),
	historyCap(),
	discover(),
	theme(),
	toggle("ui.ascii", "ascii", "draw with plain ASCII characters", func(c *Config) *bool { return &c.UI.ASCII }),
	toggle("ui.mouse", "mouse", "let the mouse select rows", func(c *Config) *bool { return &c.UI.Mouse }),
	splitWeight(),
	dollars("prices.cluster_hour", "", "price of the cluster itself in USD per hour, instead of the price book's",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Prices.ClusterHour }),
	textSetting("prices.overlay", "prices", "price file that overrides the price book: negotiated rates and discounts",
		func(c *Config) *string { return &c.Prices.Overlay }, nil),
	toggle("prices.free_tier", "", "deduct Lambda's monthly free tier, as one credit", func(c *Config) *bool { return &c.Prices.FreeTier }),
	savingsTerm(),
	savingsKind(),
	coverage(),
	dollars("prices.savings_plan.hourly", "", "commitment of the Savings Plan in USD an hour; not together with coverage",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Prices.SavingsPlan.Hourly }),
	date("plan.since", "start of the move, from which the extra for running both sides is counted",
		func(c *Config) *time.Time { return &c.Plan.Since }),
	dollars("plan.one_off", "", "one-time cost of the move in USD: engineering, tools",
		func(c *Config) *migration.Opt[migration.USD] { return &c.Plan.OneOff }),
}

var settingAt = func() map[string]*Setting {
	out := make(map[string]*Setting, len(settings))
	for i := range settings {
		out[settings[i].Path] = &settings[i]
	}
	return out
}()

func envName(path string) string {
	return "MIGTOP_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func textSetting(path, flag, help string, at func(*Config) *string, check func(string) error) Setting {
	return Setting{
		Path: path, Env: envName(path), Flag: flag, Kind: KindText, Help: help,
		apply: func(c *Config, v section.Value) error {
			if check != nil && v.Text != "" {
				if err := check(v.Text); err != nil {
					return err
				}
			}
			if strings.ContainsFunc(v.Text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return section.Expected("text without control characters")
			}
			*at(c) = v.Text
			return nil
		},
		show: func(c *Config) string { return *at(c) },
	}
}

func matching(pattern, want string) func(string) error {
	re := regexp.MustCompile(pattern)
	return func(s string) error {
		if !re.MatchString(s) {
			return section.Expected(want)
		}
		return nil
	}
}

func toggle(path, flag, help string, at func(*Config) *bool) Setting {
	return Setting{
		Path: path, Env: envName(path), Flag: flag, Kind: KindBool, Help: help,
		apply: func(c *Config, v section.Value) error {
			switch v.Text {
			case "true", "1":
				*at(c) = true
			case "false", "0":
				*at(c) = false
			default:
				return section.Expected("true or false")
			}
			return nil
		},
		show: func(c *Config) string { return strconv.FormatBool(*at(c)) },
	}
}

func duration(path, flag, help string, least time.Duration, at func(*Config) *time.Duration) Setting {
	return Setting{
		Path: path, Env: envName(path), Flag: flag, Kind: KindDuration, Help: help,
		apply: func(c *Config, v section.Value) error {
			d, err := time.ParseDuration(v.Text)
			if err != nil || d < least || d > 24*time.Hour {
				return section.Expected(fmt.Sprintf("a time from %s to 24h, such as %s", short(least), short(4*least)))
			}
			*at(c) = d
			return nil
		},
		show: func(c *Config) string { return short(*at(c)) },
	}
}

// short writes a duration without its zero parts: 6h, not 6h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func window() Setting {
	s := duration("window", "window", "time range that figures cover: "+migration.WindowChoice(), time.Hour,
		func(c *Config) *time.Duration { return &c.Window })
	s.apply = func(c *Config, v section.Value) error {
		d, ok := migration.ParseWindow(v.Text)
		if !ok {
			return section.Expected(migration.WindowChoice())
		}
		c.Window = d
		return nil
	}
	return s
}

func patterns(path, flag, help string, at func(*Config) *[]attribution.Pattern) Setting {
	list := func(c *Config) []string { return section.Texts(*at(c)) }
	return Setting{
		Path: path, Env: envName(path), Flag: flag, Kind: KindList, Help: help, list: list,
		apply: func(c *Config, v section.Value) (err error) {
			*at(c), err = v.Patterns()
			return err
		},
		show: func(c *Config) string { return strings.Join(list(c), ",") },
	}
}

func namespaces() Setting {
	const path = "kubernetes.namespaces"
	valid := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	return Setting{
		Path: path, Env: envName(path), Flag: "namespace", Kind: KindList, Help: "namespaces to read; all without it",
		apply: func(c *Config, v section.Value) error {
			for _, s := range v.List {
				if !valid.MatchString(s) {
					return section.Expected("names of namespaces: lower case letters, digits and -, at most 63")
				}
			}
			c.Kubernetes.Namespaces = v.List
			return nil
		},
		show: func(c *Config) string { return strings.Join(c.Kubernetes.Namespaces, ",") },
		list: func(c *Config) []string { return c.Kubernetes.Namespaces },
	}
}

func theme() Setting {
	names := make([]string, len(Themes))
	for i, t := range Themes {
		names[i] = string(t)
	}
	return Setting{
		Path: "ui.theme", Env: envName("ui.theme"), Flag: "theme", Kind: KindText, Help: "colours: " + strings.Join(names, ", "),
		apply: func(c *Config, v section.Value) error {
			if !slices.Contains(names, v.Text) {
				return section.OneOf(v.Text, names)
			}
			c.UI.Theme = Theme(v.Text)
			return nil
		},
		show: func(c *Config) string { return string(c.UI.Theme) },
	}
}

var discoverNames = []string{"names", "labels", "none"} // by attribution.Discovery

func discover() Setting {
	return Setting{
		Path: "discover", Env: envName("discover"), Kind: KindText,
		Help: "how far to go beyond the rules: names, labels or none",
		apply: func(c *Config, v section.Value) error {
			i := slices.Index(discoverNames, v.Text)
			if i < 0 {
				return section.OneOf(v.Text, discoverNames)
			}
			c.Attribution.Discover = attribution.Discovery(i)
			return nil
		},
		show: func(c *Config) string { return discoverNames[c.Attribution.Discover] },
	}
}
