package estimate

import (
	"errors"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/yamldoc"
)

func TestWhatTheBookDoesNotKnowIsNamedWithItsPlace(t *testing.T) {
	const good = "shapes:\n- {name: a, region: us-east-1, runs: 1, duration: 1s, memory: 128MB}\n"
	for name, tc := range map[string]struct{ shape, want string }{
		"region": {
			"- region: us-east-9\n  runs: 1\n  duration: 1s\n  memory: 128MB\n",
			`s.yaml:3:11: region: region "us-east-9" is unknown; known: af-south-1,`,
		},
		"node type": {
			"- region: us-east-1\n  runs: 1\n  duration: 1s\n  memory: 128MB\n  node-type: m6i.huge\n",
			`s.yaml:7:14: node-type: instance type "m6i.huge" is unknown; known of this family: m6i.12xlarge`,
		},
		"node family": {
			"- region: us-east-1\n  runs: 1\n  duration: 1s\n  memory: 128MB\n  node-type: m6\n",
			`s.yaml:7:14: node-type: instance type "m6" is unknown; known families: m6a, m6g`,
		},
		"part of one": {
			"- region: us-east-1\n  runs: 1\n  duration: 1s\n  memory: 128MB\n  node-type: m6i.xlarg\n",
			`instance type "m6i.xlarg" is unknown`,
		},
		"managed type": {
			"- region: us-east-1\n  runs: 1\n  duration: 1s\n  memory: 128MB\n  managed-hours: 1\n  managed-type: x\n",
			`s.yaml:8:17: managed-type: instance type "x" is unknown`,
		},
	} {
		_, err := ParseKnown("s.yaml", []byte(good+tc.shape), prices.Default())
		var at *yamldoc.Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	shapes, err := ParseKnown("s.yaml", []byte(good), prices.Default())
	if err != nil || len(shapes) != 1 || shapes[0].Name != "a" {
		t.Errorf("%v, %v", shapes, err)
	}
}

// An instance type that only an overlay prices is known; so is a region.
func TestAnOverlayMakesTypesKnown(t *testing.T) {
	s := shape(t, "region=eu-north-9", "runs=1", "duration=1s", "memory=1GB", "node-type=z9.large")
	var field *FieldError
	if err := s.Known(prices.Default()); !errors.As(err, &field) || field.Field != "region" {
		t.Errorf("%v", err)
	}
	book, err := prices.Default().With("o.yaml", []byte(`format: migtop-price-book/1
group: g
origins: {o: {source: s, certainty: primary}}
items: {"ec2.on_demand.*": USD/hour}
sheets:
- {origin: o, region: eu-north-9, prices: {ec2.on_demand.z9.large: "0.1"}}
shapes: |
  type      vcpu  mib   arch
  z9.large  2     8192  x86_64
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Known(book); err != nil {
		t.Error(err)
	}
}
