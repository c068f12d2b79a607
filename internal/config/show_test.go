package config_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	_ "time/tzdata" // a machine without zones tests them too

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/cutover/plan"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/joblogs"
	"github.com/migtop/migtop/internal/sources/sqs"
)

// same compares configurations by what they say, not where it stood.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(config.Config{}),
	cmpopts.IgnoreFields(config.Config{}, "File"),
	cmpopts.IgnoreFields(attribution.Rule{}, "Origin"),
	cmpopts.IgnoreFields(config.EMF{}, "Origin"),
	cmpopts.IgnoreFields(config.Weights{}, "Origin"),
	cmpopts.IgnoreFields(sqs.Entry{}, "Origin"),
	cmpopts.IgnoreFields(joblogs.Entry{}, "Origin"),
	cmpopts.IgnoreTypes(section.Origin{}),
	cmp.Comparer(func(a, b migration.Opt[plan.Share]) bool { return a == b }),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b attribution.Pattern) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b migration.Opt[migration.USD]) bool {
		x, okX := a.Get()
		y, okY := b.Get()
		return okX == okY && x.Cmp(y) == 0
	}),
}

func TestWhatIsShownLoadsAgain(t *testing.T) {
	data, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", string(data)} {
		for _, origins := range []bool{false, true} {
			c, err := parse(t, text)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := c.Write(&b, origins); err != nil {
				t.Fatal(err)
			}
			again, err := parse(t, b.String())
			if err != nil {
				t.Fatalf("%v\n%s", err, &b)
			}
			if diff := cmp.Diff(c, again, same); diff != "" {
				t.Errorf("%s\n%s", diff, &b)
			}
			for _, s := range sources.Sections() {
				if diff := cmp.Diff(c.Section(s.Name), again.Section(s.Name), same); diff != "" {
					t.Errorf("%s: %s\n%s", s.Name, diff, &b)
				}
			}
		}
	}
}

func TestOriginsAreShown(t *testing.T) {
	c, err := parse(t, "window: 24h\nui:\n  keys:\n    quit: [x]\nrules:\n  - job: \"{tenant}-*\"\n    workload: w\n")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Write(&b, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"window: 24h                                  # c.yaml:1:9\n",
		"  theme: \"auto\"                              # default\n",
		"    \"quit\": [\"x\"]                            # c.yaml:4:5\n",
		"  - job: \"{tenant}-*\"                        # c.yaml:6\n    workload: \"w\"\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q in\n%s", want, &b)
		}
	}
}

func TestAnyTextSurvivesShowing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := config.Default()
		printable := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r >= ' ' && r != 0x7f && r != 0xfffd }))
		c.Name = printable.Draw(t, "name")
		c.Kubernetes.Context = printable.Draw(t, "context")
		c.Attribution.Tenants = []attribution.Names{{Name: "n", Aliases: []string{"x" + printable.Draw(t, "alias")}}}
		var b bytes.Buffer
		if err := c.Write(&b, false); err != nil {
			t.Fatal(err)
		}
		again, err := config.Parse("shown", b.Bytes(), config.Options{Sections: sources.Sections()})
		if err != nil {
			t.Fatalf("%v\n%s", err, &b)
		}
		if diff := cmp.Diff(c, again, same); diff != "" {
			t.Fatalf("%s\n%s", diff, &b)
		}
	})
}
