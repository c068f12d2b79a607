package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
)

func TestSpotLabels(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want []config.Label
		bad  string
	}{
		"none":            {`{}`, nil, ""},
		"one":             {`{spot_labels: [lifecycle=Ec2Spot]}`, []config.Label{{"lifecycle", "Ec2Spot"}}, ""},
		"with a prefix":   {`{spot_labels: [example.com/node-lifecycle=spot]}`, []config.Label{{"example.com/node-lifecycle", "spot"}}, ""},
		"several values":  {`{spot_labels: [a=x, a=y, b=z]}`, []config.Label{{"a", "x"}, {"a", "y"}, {"b", "z"}}, ""},
		"no value":        {`{spot_labels: [lifecycle]}`, nil, "config.yaml:1:"},
		"empty value":     {`{spot_labels: ["lifecycle="]}`, nil, "config.yaml:1:"},
		"two equal signs": {`{spot_labels: [a=b=c]}`, nil, "KEY=VALUE"},
		"no key":          {`{spot_labels: ["=spot"]}`, nil, "KEY=VALUE"},
		"upper prefix":    {`{spot_labels: [Example.com/a=spot]}`, nil, "KEY=VALUE"},
		"two slashes":     {`{spot_labels: [a/b/c=spot]}`, nil, "KEY=VALUE"},
		"a long key":      {`{spot_labels: [` + strings.Repeat("a", 64) + `=spot]}`, nil, "KEY=VALUE"},
		"a mapping":       {`{spot_labels: {lifecycle: spot}}`, nil, "kubernetes.spot_labels"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse("config.yaml", []byte("kubernetes: "+tc.yaml+"\n"), config.Options{Sections: sources.Sections()})
			switch {
			case tc.bad != "" && (err == nil || !strings.Contains(err.Error(), tc.bad)):
				t.Errorf("got %v, want %q in it", err, tc.bad)
			case tc.bad == "" && err != nil:
				t.Error(err)
			case tc.bad == "" && !slices.Equal(c.Kubernetes.SpotLabels, tc.want):
				t.Errorf("got %v", c.Kubernetes.SpotLabels)
			}
		})
	}
}
