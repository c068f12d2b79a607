// Package layers holds migtop's packages to the order that they are built in:
// imports run one way, from the vocabulary up to the binary. The linter says the
// same while a file is written; this test says it of what the compiler sees,
// through other packages too.
package layers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/migtop/migtop/"

// may says which of migtop's own packages each one may import. A key is a package
// or, with a "*", every package of that form that has no key of its own. A package
// that is not here has no place in the house yet: give it one, and say why in
// docs/architecture.md.
var may = map[string][]string{
	"internal/migration":   nil, // the vocabulary: a leaf
	"internal/clock":       nil,
	"internal/text":        nil,
	"internal/attribution": {"internal/migration"},
	// Right-sized Job profiles, pure as cost is.
	"internal/profile": {"internal/migration"},
	// Runs out of a file, without any cloud.
	"internal/runfile": {"internal/migration"},
	// Profiles for the tools that run Jobs, and files into a folder of the user's.
	"internal/profile/export": {"internal/migration", "internal/profile", "internal/objectname", "internal/yamldoc"},
	"internal/profile/quote":  {"internal/migration", "internal/profile", "internal/cost"},
	"internal/folder":         {"internal/migration"},
	// A Lambda function as a Job: pure too.
	"internal/convert": {"internal/migration", "internal/profile", "internal/objectname", "internal/yamldoc"},
	// Names of Kubernetes objects that no two works share.
	"internal/objectname": nil,
	// Reading YAML with places for messages, the price book, the computation
	// on it, and questions asked to it from a file.
	"internal/yamldoc":       nil,
	"internal/cost/prices":   {"internal/migration", "internal/yamldoc"},
	"internal/cost":          {"internal/migration", "internal/cost/prices"},
	"internal/cost/estimate": {"internal/migration", "internal/cost", "internal/cost/prices", "internal/yamldoc"},
	// The fleet of a Snapshot under other prices and on other platforms.
	"internal/cost/whatif": {"internal/migration", "internal/cost", "internal/cost/prices"},
	// The platforms for one workload by weighted factors.
	"internal/matrix": {
		"internal/migration", "internal/cost", "internal/cost/prices", "internal/cost/whatif", "internal/config/section",
		"internal/yamldoc",
	},
	// ARNs, regions, and which account an entry of the configuration means.
	"internal/awsscope": {"internal/migration"},
	// Parts of the configuration that sources read themselves.
	"internal/config/section": {"internal/migration", "internal/attribution", "internal/yamldoc"},
	"internal/config": {
		"internal/migration", "internal/attribution", "internal/cost", "internal/awsscope", "internal/config/section", "internal/yamldoc",
		"internal/cutover/plan",
	},
	// The plan of the cutover: waves, steps, freezes.
	"internal/cutover/plan": {"internal/migration", "internal/config/section", "internal/cutover", "internal/yamldoc"},

	// What the engine and the sources agree on, and the sources: each knows
	// its own system, none knows another.
	"internal/sources": {"internal/migration", "internal/clock", "internal/attribution", "internal/awsscope", "internal/config/section"},
	// A source of AWS has no entry of its own.
	"internal/sources/*": {
		"internal/migration", "internal/clock", "internal/attribution", "internal/awsscope", "internal/config/section",
		"internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics", "internal/sources/awspoll", "internal/yamldoc",
	},
	// The loop that they share.
	"internal/sources/awspoll": {
		"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics",
	},
	// One function whole, for what turns it into something else.
	"internal/sources/lambda/definition": {"internal/migration", "internal/sources/awsaccess"},
	"internal/sources/jobs":              {"internal/migration", "internal/clock", "internal/sources"},

	// The way into AWS, which all sources that read it share, and what their
	// tests do.
	"internal/sources/awsaccess": {"internal/migration", "internal/clock", "internal/awsscope"},
	// Metrics of any namespace, for the sources that read others than Lambda's.
	"internal/sources/awsmetrics": {"internal/migration", "internal/clock", "internal/sources/awsaccess"},
	"internal/sources/awsaccess/awsaccesstest": {
		"internal/migration", "internal/sources", "internal/sources/awsaccess",
		"internal/simcloud/awsapi",
	},

	// What Lambda functions log, and the lines in which Lambda reports an
	// invocation, pure.
	"internal/sources/logs": {
		"internal/migration", "internal/clock", "internal/awsscope", "internal/sources", "internal/sources/awsaccess",
		"internal/sources/awsmetrics",
		"internal/sources/awspoll", "internal/sources/logs/report",
	},
	"internal/sources/logs/report": {"internal/migration"},

	// Prices from AWS's own list, by the names of the price book, and a server
	// of that list for tests.
	"internal/sources/pricelist/pricelisttest": nil,

	// The simulated cloud is servers, not a source: the real sources read it
	// over the wire and cannot tell.
	"internal/simcloud/world":   {"internal/migration", "internal/clock"},
	"internal/simcloud/awsapi":  {"internal/migration", "internal/clock"},
	"internal/simcloud/kubeapi": {"internal/migration", "internal/clock", "internal/simcloud/world"},
	"internal/simcloud": {
		"internal/migration", "internal/clock",
		"internal/simcloud/world", "internal/simcloud/awsapi", "internal/simcloud/kubeapi",
	},

	// What was asked this month, in a file.
	"internal/spend": {"internal/migration"},

	// What was seen, kept on disk.
	"internal/history": {"internal/migration", "internal/timeseries"},

	// Packed buckets of activity and the time ranges that count, pure.
	"internal/timeseries": {"internal/migration"},

	// What Lambda's logs say over what CloudWatch estimates. Its history is an interface, so that
	// what uses it reaches no SQLite.
	"internal/loginsights": {"internal/migration", "internal/clock", "internal/cost", "internal/timeseries"},

	// The verdict on the next step of a cutover: pure.
	"internal/cutover": {"internal/migration"},
	// Whether a pipeline may go on, from the verdicts of a Snapshot: pure. The server answers controllers over HTTP.
	"internal/gate":        {"internal/migration"},
	"internal/gate/server": {"internal/migration", "internal/clock", "internal/gate", "internal/report"},
	// Its minutes, steps and facts, from what the sources said: pure too.
	"internal/cutover/follow": {
		"internal/config/section", "internal/cutover", "internal/cutover/plan", "internal/migration", "internal/timeseries",
	},

	// How the move itself goes, from the record of the cutover: pure.
	"internal/cutover/success": {"internal/migration"},

	// What is told of Snapshots and when, pure; and how it is sent.
	"internal/alert":      {"internal/migration", "internal/attribution", "internal/config/section", "internal/yamldoc"},
	"internal/alert/send": {"internal/migration", "internal/alert", "internal/clock", "internal/history"},

	// Tenants that overload the others, and the limits that would hold them: pure.
	"internal/noise": {"internal/migration", "internal/objectname", "internal/yamldoc"},

	// What needs attention, and why: pure.
	"internal/assess": {
		"internal/noise",
		"internal/migration", "internal/timeseries", "internal/loginsights", "internal/cost", "internal/cost/prices", "internal/profile",
		"internal/profile/quote",
	},

	"internal/engine": {
		"internal/timeseries", "internal/loginsights", "internal/assess", "internal/profile", "internal/spend",
		"internal/migration", "internal/clock", "internal/cost", "internal/sources", "internal/cutover/follow",
	},

	// What people and programs see is drawn from Snapshots alone.
	"internal/columns":   {"internal/migration"}, // one description of the columns of screen, files and documentation
	"internal/ui":        {"internal/migration", "internal/clock", "internal/columns", "internal/ui/canvas", "internal/ui/plot"},
	"internal/ui/canvas": nil, // a grid of cells: what drawing needs, and nothing of migtop
	"internal/ui/plot":   {"internal/migration", "internal/ui/canvas"},
	// Snapshots, estimates, prices, profiles and log readings for programs and people: one
	// package, since they share the writers.
	"internal/report": {
		"internal/migration", "internal/columns", "internal/cost/prices", "internal/cost/estimate", "internal/profile", "internal/profile/export",
		"internal/cutover/plan", "internal/gate",
	},
}

// pure are foreign packages that compute on text alone and may be reached from everywhere.
var pure = []string{"github.com/aws/aws-sdk-go-v2/aws/arn"}

// shared are own leaves that every other package may import: small helpers without state.
var shared = []string{"internal/text"}

// foreign lists the foreign packages that a package may import itself, prefixes of import
// paths, where it is held to a list. The standard library is free, but for what mayNot refuses.
var foreign = map[string][]string{
	"internal/cutover/success": nil,

	"internal/migration":      {"github.com/shopspring/decimal", "github.com/DataDog/sketches-go/"},
	"internal/clock":          nil,
	"internal/text":           nil,
	"internal/attribution":    nil,
	"internal/assess":         {"github.com/shopspring/decimal"},
	"internal/cutover":        nil,
	"internal/alert":          nil,
	"internal/gate":           nil,
	"internal/loginsights":    {"github.com/shopspring/decimal"},
	"internal/timeseries":     nil,
	"internal/cost":           {"github.com/shopspring/decimal"},
	"internal/cost/prices":    {"github.com/shopspring/decimal"},
	"internal/cutover/follow": {"github.com/shopspring/decimal"},
	"internal/cutover/plan":   {"github.com/shopspring/decimal"},
	"internal/cost/estimate":  {"github.com/shopspring/decimal"},
	"internal/cost/whatif":    {"github.com/shopspring/decimal"},
	"internal/matrix":         {"github.com/shopspring/decimal"},
	"internal/noise":          nil,
	"internal/profile":        {"github.com/shopspring/decimal"},
	"internal/profile/quote":  {"github.com/shopspring/decimal"},
	"internal/profile/export": {"github.com/shopspring/decimal", "github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty/cty"},
	"internal/runfile":        {"golang.org/x/text/"},
	"internal/folder":         {"github.com/aymanbagabas/go-udiff"},
	"internal/convert":        nil,
	"internal/objectname":     nil,
	"internal/yamldoc":        {"github.com/shopspring/decimal", "github.com/goccy/go-yaml"},
}

// only lists who may import a package that stands apart.
var only = map[string][]string{
	// The conversion of a function is one command, without which migtop is whole.
	"internal/convert": {"cmd/migtop"},
}

// mayNot says which foreign packages must not be reached from a package, not
// even through others: prefixes of import paths. Its keys are as those of may.
var mayNot = map[string][]string{
	"internal/cutover/success": {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},

	"internal/migration":      {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "os/exec"},
	"internal/clock":          {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/attribution":    {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/cost":           {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/cost/*":         {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/cutover/plan":   {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/profile/quote":  {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/noise":          {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/matrix":         {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/yamldoc":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/assess":         {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog"},
	"internal/cutover":        {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/alert":          {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/gate":           {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/cutover/follow": {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog", "os/exec"},
	"internal/alert/send":     {"k8s.io/", "github.com/aws/", "charm.land/"},
	"internal/loginsights":    {"k8s.io/", "github.com/aws/", "charm.land/", "modernc.org/", "net/http", "log", "log/slog"},
	"internal/timeseries":     {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/convert":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/profile":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/objectname":     {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/profile/export": {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/folder":         {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "os/exec"},
	"internal/runfile":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/config/section": {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/config":         {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/engine":         {"k8s.io/", "github.com/aws/", "charm.land/"},
	"internal/ui":             {"k8s.io/", "github.com/aws/", "net/http"},
	"internal/columns":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/ui/canvas":      {"k8s.io/", "github.com/aws/", "net/http", "charm.land/bubbletea"},
	"internal/ui/plot":        {"k8s.io/", "github.com/aws/", "net/http", "charm.land/bubbletea"},
	"internal/report":         {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/sources/*":      {"k8s.io/", "charm.land/"},
	"internal/sources/*/*":    {"k8s.io/", "charm.land/"},
	"internal/sources":        {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/sources/jobs":   {"github.com/aws/", "charm.land/"},
	"internal/text":           {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/awsscope":       {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},

	"internal/history":             {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/sources/logs/report": {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
}

// entry returns the value of a package: its own key's, or that of the pattern that it
// matches.
func entry(table map[string][]string, name string) (value []string, ok bool) {
	if value, ok = table[name]; ok {
		return value, true
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if matched, err := path.Match(key, name); err == nil && matched {
			return table[key], true
		}
	}
	return nil, false
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath                string
	Imports, Deps             []string
	TestImports, XTestImports []string
}

func list(t *testing.T) map[string]pkg {
	t.Helper()
	// Looking at the folders tells go test what the result depends on; it
	// would otherwise be kept whatever changes in the packages.
	err := filepath.WalkDir("../../internal", func(string, fs.DirEntry, error) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p
	}
}

func TestImportsRunOneWay(t *testing.T) {
	all := list(t)
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "internal/") {
			continue // the binary, the benchmarks and tests may use everything
		}
		for key := range may {
			if matched, err := path.Match(key, name); err != nil || matched {
				used[key] = true
			}
		}
		allowed, placed := entry(may, name)
		if !placed {
			t.Errorf("%s has no place among the layers: add it to this test and to docs/architecture.md", name)
			continue
		}
		for _, imported := range all[name].Imports {
			own, ok := strings.CutPrefix(imported, module)
			if ok && !slices.Contains(shared, own) && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s; it may import only %q", name, own, allowed)
			}
		}
	}
	for key := range may {
		if !used[key] {
			t.Errorf("the layers have a place for %s, which is not there", key)
		}
	}
}

func TestForeignPackagesStayWhereTheyBelong(t *testing.T) {
	all := list(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		prefixes, _ := entry(mayNot, name)
		for _, dep := range all[name].Deps {
			for _, prefix := range prefixes {
				if within(dep, prefix) && !slices.Contains(pure, dep) {
					t.Errorf("%s reaches %s", name, dep)
				}
			}
		}
	}
}

// A package that is held to a list imports nothing else from outside the standard library.
func TestForeignPackagesAreListed(t *testing.T) {
	all := list(t)
	for _, name := range slices.Sorted(maps.Keys(foreign)) {
		p, ok := all[name]
		if !ok {
			t.Errorf("foreign lists %s, which is not there", name)
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(imported, module) {
				continue
			}
			if !slices.ContainsFunc(foreign[name], func(prefix string) bool { return strings.HasPrefix(imported, prefix) }) {
				t.Errorf("%s imports %s; it may import only %q", name, imported, foreign[name])
			}
		}
	}
}

// What stands apart is imported by those that are listed, here and in the tests.
func TestSomePackagesStandApart(t *testing.T) {
	all := list(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			own, ok := strings.CutPrefix(imported, module)
			importers, apart := only[own]
			if ok && apart && own != name && !slices.Contains(importers, name) {
				t.Errorf("%s imports %s; only %q may", name, own, importers)
			}
		}
	}
}

// The tests of a source do not use the other system's client either.
func TestSourcesAreTestedApart(t *testing.T) {
	all := list(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "internal/sources/") {
			continue
		}
		prefixes, _ := entry(mayNot, name)
		for _, imported := range slices.Concat(all[name].TestImports, all[name].XTestImports) {
			for _, prefix := range prefixes {
				if (prefix == "k8s.io/" || prefix == "github.com/aws/") && within(imported, prefix) && !slices.Contains(pure, imported) {
					t.Errorf("a test of %s imports %s", name, imported)
				}
			}
		}
	}
}

// within reports whether a package has a prefix: a package's own name, or the beginning of
// many that ends with a slash.
func within(name, prefix string) bool {
	return name == strings.TrimSuffix(prefix, "/") || (strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix))
}

// The table itself must be free of circles: the order is one that packages can
// be built in.
func TestTheLayersAreAnOrder(t *testing.T) {
	const under, done = 1, 2
	state := map[string]int{}
	var visit func(name string)
	visit = func(name string) {
		switch state[name] {
		case under:
			t.Fatalf("the layers go round in a circle at %s", name)
		case done:
			return
		}
		state[name] = under
		allowed, ok := entry(may, name)
		if !ok {
			t.Errorf("something may import %s, which has no place", name)
		}
		for _, next := range allowed {
			visit(next)
		}
		state[name] = done
	}
	for _, name := range slices.Sorted(maps.Keys(may)) {
		visit(name)
	}
}
