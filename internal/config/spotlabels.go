package config

import (
	"regexp"
	"strings"

	"github.com/migtop/migtop/internal/config/section"
)

// Label is one label of Kubernetes with its value.
type Label struct{ Key, Value string }

func (l Label) String() string { return l.Key + "=" + l.Value }

// Source: Kubernetes, "Labels and Selectors: Syntax and character set".
var (
	labelPrefix = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	labelName   = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
)

const labelPrefixMost = 253

// parseLabel reads KEY=VALUE.
func parseLabel(s string) (Label, bool) {
	key, value, ok := strings.Cut(s, "=")
	if !ok || !labelName.MatchString(value) {
		return Label{}, false
	}
	name := key
	if prefix, rest, ok := strings.Cut(key, "/"); ok {
		if name = rest; len(prefix) > labelPrefixMost || !labelPrefix.MatchString(prefix) {
			return Label{}, false
		}
	}
	return Label{key, value}, labelName.MatchString(name)
}

// spotLabels are labels that mark Spot nodes, in addition to those of Karpenter and EKS.
func spotLabels() Setting {
	const path = "kubernetes.spot_labels"
	texts := func(c *Config) []string {
		var out []string
		for _, l := range c.Kubernetes.SpotLabels {
			out = append(out, l.String())
		}
		return out
	}
	return Setting{
		Path: path, Env: envName(path), Kind: KindList,
		Help: "your labels that mark Spot nodes, each as KEY=VALUE; those of Karpenter and EKS are known",
		apply: func(c *Config, v section.Value) error {
			var labels []Label
			for _, s := range v.List {
				l, ok := parseLabel(s)
				if !ok {
					return section.Expected("labels of nodes as KEY=VALUE, such as example.com/lifecycle=spot")
				}
				labels = append(labels, l)
			}
			c.Kubernetes.SpotLabels = labels
			return nil
		},
		show: func(c *Config) string { return strings.Join(texts(c), ",") },
		list: texts,
	}
}
