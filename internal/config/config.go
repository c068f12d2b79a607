package config

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
)

// Config holds all settings of migtop. It does not change after loading.
type Config struct {
	// File is the file that was read, "" where there was none.
	File string
	// Name is the user's name for this scope; the header shows it.
	Name string
	// Move is the pair of platforms that are compared; they differ.
	Move migration.Move
	AWS  AWS
	// Accounts are read together, instead of the account in AWS. A setting that an account omits comes from AWS. If empty,
	// only the account in AWS is read.
	Accounts   []Account
	Kubernetes Kubernetes
	// Window is the time range that figures cover: 1 h, 6 h or 24 h.
	Window  time.Duration
	Refresh Refresh
	// Budget is what migtop's own questions to CloudWatch may cost.
	Budget cost.Budget
	UI     UI
	Prices Prices
	Plan   plan.Plan
	// EMF are the metrics by which functions that tenants share are split.
	EMF []EMF
	// Weights divide functions over tenants when their runs do not identify the tenant.
	Weights []Weights
	// Evidence says what of Lambda's logs is read.
	Evidence LogInsights
	// LambdaLogs says whether the log groups of functions are asked whether lines arrive.
	LambdaLogs LambdaLogs
	// LogIngestion says that the bytes that functions write into their log groups are read, which
	// Lambda's cost includes.
	LogIngestion bool
	// History is where what was seen is kept, and how much of it.
	History History
	// Attribution holds discover, tenants, workloads and rules.
	Attribution attribution.Rules

	origins  map[string]Origin
	sections []registered // of Options.Sections
	settings []Setting    // those of the sections too
}

// AWS says where Lambda and CloudWatch are read. What is empty is left to the
// standard AWS configuration (AWS_PROFILE, AWS_REGION, ~/.aws, SSO).
type AWS struct {
	Profile   string
	Region    string
	Functions Functions
}

// Functions selects functions by name. A function is read if it matches Include, or Include is empty, and it does not
// match Exclude.
type Functions struct {
	Include, Exclude []attribution.Pattern
}

// Wants reports whether a function of this name is to be read.
func (f Functions) Wants(name string) bool {
	match := func(p attribution.Pattern) bool { return p.Match(name) }
	return (len(f.Include) == 0 || slices.ContainsFunc(f.Include, match)) && !slices.ContainsFunc(f.Exclude, match)
}

// Kubernetes says where Jobs are read. What is empty is left to kubeconfig.
type Kubernetes struct {
	Kubeconfig string // path; "" for $KUBECONFIG or ~/.kube/config
	Context    string
	// Namespaces to read; empty for all.
	Namespaces []string
	// Selector is a label selector that the API server applies to Jobs and pods.
	Selector string
	// SpotLabels mark Spot nodes, next to the labels of Karpenter and EKS.
	SpotLabels []Label
	// Off leaves the cluster unread: what Jobs would cost is calculated.
	Off bool
	// ExtendedSupport says that the EKS version is in extended support, which costs more.
	ExtendedSupport bool
}

// Refresh is the time between two looks.
type Refresh struct {
	CloudWatch time.Duration // at least 10 s: every poll is billed
	Kubernetes time.Duration // of usage; at least 1 s. Jobs and pods are watched.
}

// Theme names a set of colours.
type Theme string

// The built-in themes. ThemeAuto asks the terminal for its background.
const (
	ThemeAuto         Theme = "auto"
	ThemeDark         Theme = "dark"
	ThemeLight        Theme = "light"
	ThemeANSI16       Theme = "ansi16"
	ThemeHighContrast Theme = "high-contrast"
	ThemeMono         Theme = "mono"
)

// Themes lists them in the order in which they are offered.
var Themes = [...]Theme{ThemeAuto, ThemeDark, ThemeLight, ThemeANSI16, ThemeHighContrast, ThemeMono}

// UI is how the screen looks and listens.
type UI struct {
	Theme Theme
	ASCII bool // plain ASCII glyphs
	Mouse bool // off keeps the terminal's own selection working
	// Keys gives actions other keys: action to keys, in place of its defaults.
	// An empty list takes all keys away. Only what the user set is here.
	Keys map[string][]string
}

// Prices overrides what the embedded price book assumes.
type Prices struct {
	// SplitWeight is how many GiB of memory one vCPU is worth when a node's
	// price is split; above 0.
	SplitWeight decimal.Decimal
	// ClusterHour is what the cluster itself costs an hour; unknown leaves it
	// to the price book.
	ClusterHour migration.Opt[migration.USD]
	// Overlay is a price file that is laid over the price book, "" for none.
	Overlay string
	// FreeTier says that Lambda's monthly free tier is not used up outside of what is
	// read here.
	FreeTier bool
	// SavingsPlan is the Savings Plan in force.
	SavingsPlan SavingsPlan
	// Platform lists platform costs that no source reports, such as NAT and logs.
	Platform []cost.Stated
}

// SavingsPlan is a Savings Plan; none where Term is empty. What it does is said in one of
// two ways: by Coverage, which lowers Lambda's price, or by Hourly, which is weighed
// against what the move leaves unused.
type SavingsPlan struct {
	Term string // "1y" or "3y"
	Kind string // PlanCompute or PlanEC2
	// Coverage is the share of Lambda's compute that it pays for, 0 to 1; 0 with Hourly.
	Coverage decimal.Decimal
	// Hourly is the commitment in USD an hour; unknown where only the coverage is known.
	Hourly migration.Opt[migration.USD]
}

// The kinds of Savings Plans.
const (
	PlanCompute = "compute" // EC2, Fargate and Lambda
	PlanEC2     = "ec2"     // an EC2 Instance Savings Plan
)

// Default returns the configuration without a file, environment variables or flags.
func Default() *Config {
	return &Config{
		Move:       migration.DefaultMove,
		Window:     migration.DefaultWindow,
		Refresh:    Refresh{CloudWatch: time.Minute, Kubernetes: 15 * time.Second},
		UI:         UI{Theme: ThemeAuto},
		Prices:     Prices{SplitWeight: cost.AWSSplitWeight, FreeTier: true, SavingsPlan: SavingsPlan{Kind: PlanCompute}},
		Evidence:   LogInsights{MaxScan: defaultScan},
		LambdaLogs: LambdaLogsAuto, LogIngestion: true,
		History:  History{Cap: defaultCap},
		origins:  map[string]Origin{},
		settings: settings,
	}
}

// Origin returns the origin of the value at a path such as "aws.region" or "ui.keys.quit". A path that was not set is a
// default.
func (c *Config) Origin(path string) Origin { return c.origins[path] }
