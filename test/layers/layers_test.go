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
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/migtop/migtop/"

// may says which of migtop's own packages each one may import. A package that
// is not here has no place in the house yet: give it one, and say why in
// docs/architecture.md.
var may = map[string][]string{
	"internal/migration":   nil, // the vocabulary: a leaf
	"internal/clock":       nil,
	"internal/attribution": {"internal/migration"},
	// Right-sized Job profiles, pure as cost is.
	"internal/profile": {"internal/migration"},
	// Runs out of a file, without any cloud.
	"internal/runfile": {"internal/migration"},
	// Profiles for the tools that run Jobs, and files into a folder of the user's.
	"internal/profile/export": {"internal/migration", "internal/profile", "internal/objectname"},
	"internal/profile/quote":  {"internal/migration", "internal/profile", "internal/cost"},
	"internal/folder":         {"internal/migration"},
	// A Lambda function as a Job: pure too.
	"internal/convert": {"internal/migration", "internal/profile", "internal/objectname"},
	// Names of Kubernetes objects that no two works share.
	"internal/objectname": nil,
	// Reading YAML with places for messages, the price book, the computation
	// on it, and questions asked to it from a file.
	"internal/yamldoc":       nil,
	"internal/cost/prices":   {"internal/migration", "internal/yamldoc"},
	"internal/cost":          {"internal/migration", "internal/cost/prices"},
	"internal/cost/estimate": {"internal/migration", "internal/cost", "internal/cost/prices", "internal/yamldoc"},
	// The fleet of a Snapshot under other prices and on other platforms.
	"internal/cost/whatif": {"internal/migration", "internal/cost"},
	"internal/config":      {"internal/migration", "internal/attribution", "internal/cost"},

	// What the engine and the sources agree on, and the sources: each knows
	// its own system, none knows another.
	"internal/sources":        {"internal/migration", "internal/clock"},
	"internal/sources/lambda": {"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics"},
	// One function whole, for what turns it into something else.
	"internal/sources/lambda/definition": {"internal/migration", "internal/sources/awsaccess"},
	"internal/sources/jobs":              {"internal/migration", "internal/clock", "internal/sources"},

	// The way into AWS, which all sources that read it share, and what their
	// tests do.
	"internal/sources/awsaccess": {"internal/migration", "internal/clock"},
	// Metrics of any namespace, for the sources that read others than Lambda's.
	"internal/sources/awsmetrics":              {"internal/migration", "internal/clock", "internal/sources/awsaccess"},
	"internal/sources/awsaccess/awsaccesstest": {"internal/migration", "internal/sources", "internal/sources/awsaccess", "internal/simcloud/awsapi"},

	// What Lambda functions log, and the lines in which Lambda reports an
	// invocation, pure.
	"internal/sources/logs":        {"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics", "internal/sources/logs/report"},
	"internal/sources/logs/report": {"internal/migration"},

	"internal/sources/ecs": {"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics"},
	"internal/sources/sqs": {"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics"},

	"internal/sources/joblogs": {"internal/migration", "internal/clock", "internal/sources", "internal/sources/awsaccess", "internal/sources/awsmetrics"},

	// Prices from AWS's own list, by the names of the price book, and a server
	// of that list for tests.
	"internal/sources/pricelist":               {"internal/migration", "internal/sources/awsaccess"},
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
	"internal/history": {"internal/migration"},

	"internal/monitor": {"internal/profile", "internal/profile/quote", "internal/spend", "internal/history", "internal/migration", "internal/clock", "internal/cost", "internal/sources"},

	// What people and programs see is drawn from Snapshots alone.
	"internal/ui":     {"internal/migration", "internal/clock"},
	"internal/report": {"internal/migration"},
	// Estimates and prices are written without any Snapshot.
	"internal/statement": {
		"internal/migration", "internal/cost", "internal/cost/prices", "internal/cost/estimate", "internal/profile", "internal/profile/export",
	},
}

// mayNot says which foreign packages must not be reached from a package, not
// even through others: prefixes of import paths.
var mayNot = map[string][]string{
	"internal/migration":                 {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "os/exec"},
	"internal/clock":                     {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/attribution":               {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/cost":                      {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/convert":                   {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/profile":                   {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/objectname":                {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/profile/export":            {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog", "os/exec"},
	"internal/folder":                    {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "os/exec"},
	"internal/runfile":                   {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/config":                    {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/monitor":                   {"k8s.io/", "github.com/aws/", "charm.land/"},
	"internal/ui":                        {"k8s.io/", "github.com/aws/", "net/http"},
	"internal/report":                    {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/statement":                 {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
	"internal/sources/lambda":            {"k8s.io/", "charm.land/"},
	"internal/sources/lambda/definition": {"k8s.io/", "charm.land/"},
	"internal/sources/jobs":              {"github.com/aws/", "charm.land/"},

	"internal/sources/awsaccess":   {"k8s.io/", "charm.land/"},
	"internal/sources/awsmetrics":  {"k8s.io/", "charm.land/"},
	"internal/sources/ecs":         {"k8s.io/", "charm.land/"},
	"internal/sources/sqs":         {"k8s.io/", "charm.land/"},
	"internal/sources/pricelist":   {"k8s.io/", "charm.land/"},
	"internal/history":             {"k8s.io/", "github.com/aws/", "charm.land/", "net/http"},
	"internal/sources/logs":        {"k8s.io/", "charm.land/"},
	"internal/sources/joblogs":     {"k8s.io/", "charm.land/"},
	"internal/sources/logs/report": {"k8s.io/", "github.com/aws/", "charm.land/", "net/http", "log", "log/slog"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath    string
	Imports, Deps []string
}

func list(t *testing.T) map[string]pkg {
	t.Helper()
	// Looking at the folders tells go test what the result depends on; it
	// would otherwise be kept whatever changes in the packages.
	err := filepath.WalkDir("../../internal", func(string, fs.DirEntry, error) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
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
	for _, path := range slices.Sorted(maps.Keys(all)) {
		allowed, placed := may[path]
		if !strings.HasPrefix(path, "internal/") {
			continue // the binary, the benchmarks and tests may use everything
		}
		if !placed {
			t.Errorf("%s has no place among the layers: add it to this test and to docs/architecture.md", path)
			continue
		}
		for _, imported := range all[path].Imports {
			own, ok := strings.CutPrefix(imported, module)
			if ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s; it may import only %q", path, own, allowed)
			}
		}
	}
	for path := range may {
		if _, there := all[path]; !there {
			t.Errorf("the layers have a place for %s, which is not there", path)
		}
	}
}

func TestForeignPackagesStayWhereTheyBelong(t *testing.T) {
	all := list(t)
	for _, path := range slices.Sorted(maps.Keys(mayNot)) {
		for _, dep := range all[path].Deps {
			for _, prefix := range mayNot[path] {
				if dep == strings.TrimSuffix(prefix, "/") || (strings.HasSuffix(prefix, "/") && strings.HasPrefix(dep, prefix)) {
					t.Errorf("%s reaches %s", path, dep)
				}
			}
		}
	}
}

// The table itself must be free of circles: the order is one that packages can
// be built in.
func TestTheLayersAreAnOrder(t *testing.T) {
	const under, done = 1, 2
	state := map[string]int{}
	var visit func(path string)
	visit = func(path string) {
		switch state[path] {
		case under:
			t.Fatalf("the layers go round in a circle at %s", path)
		case done:
			return
		}
		state[path] = under
		for _, next := range may[path] {
			if _, ok := may[next]; !ok {
				t.Errorf("%s may import %s, which has no place", path, next)
			}
			visit(next)
		}
		state[path] = done
	}
	for _, path := range slices.Sorted(maps.Keys(may)) {
		visit(path)
	}
}
