package config_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// actions are a screen's actions with their keys, as tests see them.
var actions = map[string][]string{"quit": {"q", "ctrl+c"}, "filter": {"/"}, "sort": {"s"}, "help": {"?"}}

func parse(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	return config.Parse("c.yaml", []byte(text), config.Options{Keys: actions, Sections: sources.Sections()})
}

func TestExampleFile(t *testing.T) {
	data, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("example.yaml", data, config.Options{Keys: actions, Sections: sources.Sections()})
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "prod-eu" || c.AWS.Profile != "prod" || c.AWS.Region != "eu-west-1" {
		t.Errorf("name, profile, region: %q %q %q", c.Name, c.AWS.Profile, c.AWS.Region)
	}
	for name, want := range map[string]bool{"acme-thumbs-prod": true, "acme-thumbs-dev": false, "acme-canary-prod": false} {
		if got := c.AWS.Functions.Wants(name); got != want {
			t.Errorf("Wants(%s) = %t", name, got)
		}
	}
	want := config.Kubernetes{
		Kubeconfig: "/etc/migtop/kubeconfig", Context: "prod-1",
		Namespaces: []string{"batch", "reports"}, Selector: "app.kubernetes.io/part-of=batch",
		SpotLabels: []config.Label{{Key: "lifecycle", Value: "Ec2Spot"}},
	}
	if diff := cmp.Diff(want, c.Kubernetes); diff != "" {
		t.Error(diff)
	}
	if c.Window != 6*time.Hour || c.Refresh != (config.Refresh{CloudWatch: time.Minute, Kubernetes: 15 * time.Second}) {
		t.Errorf("window %s, refresh %v", c.Window, c.Refresh)
	}
	if diff := cmp.Diff(config.UI{Theme: config.ThemeAuto, Keys: map[string][]string{"quit": {"q", "ctrl+q"}}}, c.UI); diff != "" {
		t.Error(diff)
	}
	if !c.Prices.SplitWeight.Equal(decimal.NewFromInt(9)) {
		t.Errorf("split weight %s", c.Prices.SplitWeight)
	}
	if usd, ok := c.Prices.ClusterHour.Get(); !ok || usd.String() != "0.1" {
		t.Errorf("cluster hour %v", c.Prices.ClusterHour)
	}
	if c.Prices.Overlay != "/etc/migtop/rates.yaml" {
		t.Errorf("overlay %q", c.Prices.Overlay)
	}
	if p := c.Prices.SavingsPlan; p.Term != "1y" || p.Kind != config.PlanCompute || p.Coverage.Sign() != 0 ||
		p.Hourly.Or(migration.USD{}).String() != "1.2" {
		t.Errorf("savings plan %+v", p)
	}
	if p := c.Prices.Platform; len(p) != 2 || p[0].Item != "nat.hour" || p[0].Quantity.String() != "730" ||
		p[1].Month.Or(migration.USD{}).String() != "120.5" {
		t.Errorf("platform %+v", p)
	}
	waves := []migration.Wave{ // from the last step on, after the Saturday's peak and the weekend's freeze
		{Name: "pilot", At: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC), Tenants: []migration.Tenant{"acme"}},
		{At: time.Date(2026, 12, 7, 6, 0, 0, 0, time.UTC), Tenants: []migration.Tenant{"big-corp"}},
	}
	if diff := cmp.Diff(waves, c.Plan.SnapshotWaves()); diff != "" || c.Plan.OneOff.Or(migration.USD{}).String() != "12000" {
		t.Errorf("plan %+v\n%s", c.Plan, diff)
	}
	if diff := cmp.Diff([]attribution.Names{
		{Name: "acme", Aliases: []string{"acme-prod", "ACME"}},
		{Name: "big-corp", Aliases: []string{"bigcorp"}},
	},
		c.Attribution.Tenants); diff != "" {
		t.Error(diff)
	}
	if n := len(c.Attribution.Rules); n != 8 {
		t.Fatalf("%d rules", n)
	}
	if r := c.Attribution.Rules[5]; r.Platform != migration.Jobs || r.Job.String() != "{workload}-for-{tenant}-*" ||
		r.Origin != fmt.Sprintf("example.yaml:%d", lineOf(t, "- platform: jobs")) {
		t.Errorf("rule 6: %+v", r)
	}
	if r := c.Attribution.Rules[3]; len(r.Labels) != 2 || r.Labels[0].Key != "example.com/customer" {
		t.Errorf("rule 4: %+v", r)
	}
	if m := c.EMF; len(m) != 1 || !m[0].Durations || m[0].Dimension != "Tenant" {
		t.Errorf("emf = %+v", m)
	}
	if w := c.Weights; len(w) != 1 || w[0].Function.String() != "pool-*" || len(w[0].Tenants) != 2 || w[0].Tenants[1].Tenant != "big-corp" ||
		w[0].Tenants[1].Part.String() != "0.5" {
		t.Errorf("weights = %+v", w)
	}
	q := c.Section("sqs").(*sqs.Config).Queues
	if len(q) != 3 || q[0].Role != migration.QueueBlue || !q[0].Name.TakesTenant() || q[1].Tenant != "acme" ||
		q[2].Role != migration.QueueDeadLetter {
		t.Errorf("queues = %+v", q)
	}
	// The example says that what it shows is the default where no comment
	// says otherwise: hold it to that.
	d := config.Default()
	if c.Window != d.Window || c.Refresh != d.Refresh || c.UI.Theme != d.UI.Theme || c.Attribution.Discover != d.Attribution.Discover ||
		!c.Prices.SplitWeight.Equal(d.Prices.SplitWeight) {
		t.Error("the example states defaults that are none")
	}
}

func TestEmptyFilesAreDefaults(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "aws:\n", "aws:\n  region:\nrules:\ntenants: []\n", "null\n"} {
		c, err := parse(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if c.Window != 6*time.Hour || c.AWS.Region != "" || len(c.Attribution.Rules) != 0 {
			t.Errorf("%q is not the default: %+v", text, c)
		}
	}
}

func TestWhatIsWrongIsNamedWithItsPlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "kuberntes:\n  context: a\n", `c.yaml:1:1: unknown key "kuberntes"; did you mean kubernetes?`},
		{"unknown nested key", "aws:\n  regoin: eu-west-1\n", `c.yaml:2:3: aws: unknown key "regoin"; did you mean region?`},
		{"unknown key, nothing near", "aws:\n  zzz: 1\n", `c.yaml:2:3: aws: unknown key "zzz"; expected one of ecs, functions, profile, region`},
		{"duplicate key", "window: 1h\nname: a\nwindow: 6h\n", `c.yaml:3:1: the key "window" again; expected it once; it is already at line 1`},
		{"text for a section", "aws: prod\n", `c.yaml:1:6: aws: the text "prod"; expected a mapping with the keys ecs, ` +
			`functions, profile, region`},
		{"list at the top", "- a\n", `c.yaml:1:1: a list; expected a mapping with the keys accounts, aws, budget, discover, emf, ` +
			`evidence, history, ` +
			`job_logs, kubernetes, log_tenants, logs, move, name, plan, prices, queues, refresh, rules, tenants, ui, weights, window, workloads`},
		{
			"a date that is none", "plan: {waves: [{at: 2026-13-01, tenants: [a]}]}\n",
			`c.yaml:1:21: plan.waves.at: the text "2026-13-01"; expected a date such as 2026-12-01, ` +
				`or a time such as 2026-12-01T06:00 (by the clock of the zone) or 2026-12-01T06:00:00Z`,
		},
		{
			"a wave over everything", "plan:\n  waves:\n    - {at: 2026-12-01, share: 120, tenants: [a]}\n",
			`c.yaml:3:31: plan.waves.share: a share of 120 %; expected at most 100 %`,
		},
		{
			"a key of the plan that is none", "plan:\n  freeze: []\n",
			`c.yaml:2:3: plan: unknown key "freeze"; did you mean freezes?`,
		},
		{
			"a key of the plan twice", "plan:\n  zone: UTC\n  zone: Europe/Zurich\n",
			`c.yaml:3:3: plan: the key "zone" again; expected it once; it is already at line 2`,
		},
		{
			"a tenant twice", "plan:\n  waves:\n    - {at: 2026-12-01, tenants: [a]}\n    - {at: 2026-12-02, tenants: [a]}\n",
			`c.yaml:4:34: plan.waves.tenants: "a" again; expected each tenant in one wave; it is already at line 3`,
		},
		{"a wave of nobody", "plan: {waves: [{at: 2026-12-01}]}\n", `c.yaml:1:16: plan.waves: a wave without tenants; expected tenants: [acme]`},
		{"a wave at no time", "plan: {waves: [{tenants: [a]}]}\n", `c.yaml:1:16: plan.waves: a wave without a date; expected at: 2026-12-01`},
		{"less than free", "plan: {one_off: -1}\n", `c.yaml:1:17: plan.one_off: the number -1; expected dollars, 0 or more, such as 25 or 0.50`},
		{
			"more than all", "prices: {savings_plan: {coverage: 60}}\n",
			`c.yaml:1:35: prices.savings_plan.coverage: the number 60; expected a share from 0 to 1, such as 0.6`,
		},
		{"a term", "prices: {savings_plan: {term: 2y}}\n", `c.yaml:1:31: prices.savings_plan.term: the text "2y"; expected 1y or 3y`},
		{
			"a discount twice", "prices:\n  savings_plan:\n    term: 1y\n    coverage: 0.6\n    hourly: 1.20\n",
			`c.yaml:5:13: prices.savings_plan.hourly: a commitment together with the coverage of 0.6 at c.yaml:4:15; expected one of the two; ` +
				`both would take the plan's discount off Lambda: coverage lowers its price, hourly is weighed against it`,
		},
		{
			"Lambda under an EC2 plan", "prices: {savings_plan: {term: 1y, kind: ec2, coverage: 0.6}}\n",
			`c.yaml:1:56: prices.savings_plan.coverage: a coverage of Lambda by the kind ec2 at c.yaml:1:41; expected a plan of the kind compute; ` +
				`an EC2 Instance Savings Plan covers EC2 alone; hourly states what it commits to`,
		},
		{
			"a plan of no kind", "prices: {savings_plan: {kind: rds}}\n",
			`c.yaml:1:31: prices.savings_plan.kind: the text "rds"; expected compute or ec2`,
		},
		{
			"a plan that covers nothing", "prices: {savings_plan: {term: 3y}}\n",
			`c.yaml:1:31: prices.savings_plan.term: a Savings Plan of 3y that covers nothing; expected coverage, ` +
				`the share of Lambda's compute that it covers, or hourly; savings_plan: {term: 3y, coverage: 1} covers all of it; ` +
				`hourly states the commitment in USD an hour`,
		},
		{
			"a coverage for no time", "prices: {savings_plan: {coverage: 0.6}}\n",
			`c.yaml:1:35: prices.savings_plan.coverage: a Savings Plan without a term; expected 1y or 3y in prices.savings_plan.term`,
		},
		{
			"a commitment for no time", "prices: {savings_plan: {hourly: 3}}\n",
			`c.yaml:1:33: prices.savings_plan.hourly: a Savings Plan without a term; expected 1y or 3y in prices.savings_plan.term`,
		},
		{
			"a cost of nothing", "prices: {platform: [{name: NAT, item: nat.hour}]}\n",
			`c.yaml:1:21: prices.platform: the cost "NAT"; expected either month, or item and quantity`,
		},
		{
			"a cost twice stated", "prices: {platform: [{name: NAT, month: 3, item: nat.hour, quantity: 1}]}\n",
			`c.yaml:1:21: prices.platform: the cost "NAT"; expected either month, or item and quantity`,
		},
		{"number for text", "name: 12\n", `c.yaml:1:7: name: the number 12; expected text; put it in quotes: "12"`},
		{"truth for text", "name: true\n", `c.yaml:1:7: name: the truth value true; expected text; put it in quotes: "true"`},
		{"region", "aws: {region: Ireland}\n", `c.yaml:1:15: aws.region: the text "Ireland"; expected a region code such as eu-west-1`},
		{"window", "window: 2h\n", `c.yaml:1:9: window: the text "2h"; expected 1h, 6h or 24h`},
		{"window without a unit", "window: 6\n", `c.yaml:1:9: window: the number 6; expected a time with its unit, such as 30s or 6h`},
		{
			"too often", "refresh:\n  cloudwatch: 1s\n",
			`c.yaml:2:15: refresh.cloudwatch: the text "1s"; expected a time from 10s to 24h, such as 40s`,
		},
		{"theme", "ui:\n  theme: drak\n", `c.yaml:2:10: ui.theme: the text "drak"; expected auto, dark, light, ansi16, high-contrast or ` +
			`mono; did you mean dark?`},
		{"yes is no truth value", "ui:\n  ascii: yes\n", `c.yaml:2:10: ui.ascii: the text "yes"; expected true or false`},
		{
			"text for a list", "kubernetes:\n  namespaces: batch\n",
			`c.yaml:2:15: kubernetes.namespaces: the text "batch"; expected a list of texts, such as ["a", "b"]`,
		},
		{
			"number in a list", "kubernetes:\n  namespaces: [a, 7]\n",
			`c.yaml:2:19: kubernetes.namespaces: the number 7; expected text; put it in quotes: "7"`,
		},
		{
			"namespace", "kubernetes:\n  namespaces: [Batch_1]\n",
			`c.yaml:2:15: kubernetes.namespaces: a list; expected names of namespaces: lower case letters, digits and -, at most 63`,
		},
		{
			"weight", "prices:\n  split_weight: -1\n",
			`c.yaml:2:17: prices.split_weight: the number -1; expected aws, opencost or a number above 0, at most 1000`,
		},
		{
			"huge number", "prices:\n  cluster_hour: 1e999999999\n",
			`c.yaml:2:17: prices.cluster_hour: the text "1e999999999"; expected dollars an hour, 0 or more, such as 0.10`,
		},
		{
			"glob", "aws:\n  functions:\n    include: [\"{tenent}-x\"]\n",
			`c.yaml:3:14: aws.functions.include: a list; "{tenent}-x": {tenent} at 1 is neither {tenant} nor {workload}`,
		},
		{"unknown action", "ui:\n  keys:\n    quti: [q]\n", `c.yaml:3:5: ui.keys: unknown action "quti"; did you mean quit?`},
		{
			"key conflict with a default", "ui:\n  keys:\n    filter: [s]\n",
			`c.yaml:3:5: ui.keys.filter: the key "s", which sort has too; expected a key for one action only`,
		},
		{
			"key conflict in the file", "ui:\n  keys:\n    quit: [x]\n    help: [x]\n",
			`c.yaml:4:5: ui.keys.help: the key "x", which quit has too; expected a key for one action only`,
		},
		{
			"alias of two", "tenants:\n  - name: a\n    aliases: [x]\n  - name: b\n    aliases: [x]\n",
			`c.yaml:5:15: tenants: "x" again; expected each name and alias once; it is already at line 3`,
		},
		{"tenant without a name", "tenants:\n  - aliases: [x]\n", `c.yaml:2:5: tenants: an entry without a name; expected name: "..."`},
		{
			"rule without a condition", "rules:\n  - tenant: a\n",
			`c.yaml:2:5: rules: the rule has no condition: give it function, tag, job, label, annotation, namespace or service`,
		},
		{
			"alias without a function", "rules:\n  - alias: \"{tenant}\"\n",
			`c.yaml:2:5: rules: alias is of a function: give the rule function too`,
		},
		{
			"rule that names nobody", "rules:\n  - function: a*\n",
			`c.yaml:2:5: rules: the rule names nobody: give it a tenant or a workload, or put {tenant} or {workload} into a pattern`,
		},
		{
			"rule of both sides", "rules:\n  - function: \"{tenant}\"\n    namespace: a\n",
			`c.yaml:2:5: rules: function and tag speak of Lambda, and job, label, annotation and namespace of Jobs: make it two rules`,
		},
		{
			"rule with two tenants", "rules:\n  - function: \"{tenant}-x\"\n    tenant: a\n",
			`c.yaml:2:5: rules: the tenant comes from two places: keep one of them`,
		},
		{
			"rule of the wrong side", "rules:\n  - platform: lambda\n    job: \"{tenant}\"\n",
			`c.yaml:2:5: rules: platform is lambda, but job, label, annotation, namespace and service do not speak of Lambda`,
		},
		{
			"EMF of what", "emf:\n  - {function: f, namespace: n, metric: m, dimension: d, of: cost}\n",
			`c.yaml:2:62: emf.of: the text "cost"; expected invocations or duration`,
		},
		{
			"a weight of nothing", "weights:\n  - {function: f, tenants: {acme: 0}}\n",
			`c.yaml:2:35: weights.tenants: the number 0; expected a number above 0, such as 3 or 0.25`,
		},
		{
			"a negative weight", "weights:\n  - {function: f, tenants: {acme: -2}}\n",
			`c.yaml:2:35: weights.tenants: the number -2; expected a number above 0, such as 3 or 0.25`,
		},
		{
			"weights of nobody", "weights:\n  - {function: f}\n",
			`c.yaml:2:5: weights: an entry that lacks something; expected function and tenants`,
		},
		{
			"EMF without a dimension", "emf:\n  - {function: f, namespace: n, metric: m}\n",
			`c.yaml:2:5: emf: an entry that lacks something; expected function, namespace, metric and dimension`,
		},
		{"queue without a role", "queues:\n  - name: q\n", `c.yaml:2:5: queues: an entry without a role; expected name, arn or url, and role`},
		{
			"queue named twice", "queues:\n  - name: q\n    url: https://sqs.eu-west-1.amazonaws.com/123456789012/q\n    role: blue\n",
			`c.yaml:2:5: queues: an entry that names its queue twice; expected name, arn or url, and role`,
		},
		{
			"queue of an account that is not listed", "queues:\n  - {name: q, role: blue, account: prud}\naccounts: [{name: prod}]\n",
			`c.yaml:2:36: queues.account: the account "prud", which is not listed under accounts; expected the name of an ` +
				`account; did you mean prod?`,
		},
		{"queue in two accounts", "queues:\n  - url: https://sqs.eu-west-1.amazonaws.com/123456789012/q\n    role: blue\n    account: " +
			"prod\naccounts: [{name: prod}]\n", `c.yaml:2:5: queues: an entry whose account comes from two places; expected ` +
			`name, arn or url, and role`},
		{"role", "queues:\n  - name: q\n    role: red\n", `c.yaml:3:11: queues.role: the text "red"; expected blue, green or dead-letter`},
		{
			"platform", "rules:\n  - platform: azure\n    job: \"{tenant}\"\n",
			`c.yaml:2:15: rules.platform: the text "azure"; expected lambda, jobs, ecs or both`,
		},
		{"regular expression", "rules:\n  - job: \"/(?P<tenant>[a-/\"\n", "c.yaml:2:10: rules.job: the pattern \"/(?P<tenant>[a-/\"; " +
			"expected a pattern; not a regular expression (RE2): error parsing regexp: missing closing ]: `[a-`"},
		{
			"group", "rules:\n  - job: \"/(?P<tenent>.*)/\"\n",
			`c.yaml:2:10: rules.job: the pattern "/(?P<tenent>.*)/"; expected a pattern; group "tenent" is neither tenant nor workload`,
		},
		{
			"condition without a pattern", "rules:\n  - label: {team: 7}\n    tenant: a\n",
			`c.yaml:2:19: rules.label.team: the number 7; expected text; put it in quotes: "7"`,
		},
		{"anchor", "name: &n prod\n", `c.yaml:1:7: name: a YAML anchor or alias, which are not supported; expected text`},
		{"tag", "name: !!str 7\n", `c.yaml:1:7: name: a YAML tag, which are not supported; expected text`},
		{"merge key", "aws:\n  <<: {region: eu-west-1}\n", `c.yaml:2:3: aws: the merge key <<; expected every key written out`},
		{"long line", "name: a\n#" + strings.Repeat("x", 5000) + "\n", `c.yaml:2:1: a line of 5002 bytes; expected lines of at most 4096`},
		{"two documents", "name: a\n---\nname: b\n", `c.yaml:3:1: a second document; expected one document`},
		{"not text", "name: \"a\xff\"\n", `c.yaml:1:1: bytes that are not text; expected YAML in UTF-8`},
		{"control character", "name: \"a\\u001b[2J\"\n", `c.yaml:1:7: name: the text "a\x1b[2J"; expected text without control characters`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(t, tt.text)
			if err == nil {
				t.Fatalf("accepted:\n%s", tt.text)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSyntaxErrorsHaveAPlace(t *testing.T) {
	for text, place := range map[string]string{
		"name: [a\n":              "c.yaml:1:",
		"name: a\n\twindow: 1h\n": "c.yaml:2:",
		"aws:\n  region: \"eu\n":  "c.yaml:2:",
		"a: b: c\n":               "c.yaml:1:",
		strings.Repeat("[", 4000): "c.yaml:1:1",
	} {
		_, err := parse(t, text)
		if err == nil || !strings.HasPrefix(err.Error(), place) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: %v, want one line that begins with %s", text, err, place)
		}
	}
}

func TestAllErrorsOfAFileAtOnce(t *testing.T) {
	_, err := parse(t, "nmae: a\nwindow: 3h\nui: {theme: pink}\nrules:\n  - {}\n")
	var all *config.Error
	if !errors.As(err, &all) {
		t.Fatalf("%T: %v", err, err)
	}
	var places []string
	for _, i := range all.Issues {
		places = append(places, fmt.Sprintf("%d:%d", i.Origin.Line, i.Origin.Column))
	}
	if diff := cmp.Diff([]string{"1:1", "2:9", "3:13", "5:5"}, places); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
	p := all.Problem()
	if p.Fault != migration.FaultConfig || !strings.HasSuffix(p.What, "(and 3 more)") || strings.Contains(p.Error(), "\n") {
		t.Errorf("problem: %v", p)
	}
}

// lineOf returns the line of the example that contains a text.
func lineOf(t *testing.T, text string) int {
	t.Helper()
	data, err := os.ReadFile("testdata/example.yaml")
	before, _, ok := strings.Cut(string(data), text)
	if err != nil || !ok {
		t.Fatalf("the example lacks %q: %v", text, err)
	}
	return 1 + strings.Count(before, "\n")
}
