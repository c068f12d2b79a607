package writers

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lucasjones/reggen"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/migtop/migtop/internal/convert"
	"github.com/migtop/migtop/internal/migration"
)

// written is all that convert writes for a function with one variable.
func written(t *testing.T, name, value string) string {
	t.Helper()
	d := &migration.Definition{
		Name: "thumbs", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:thumbs", PackageType: "Image",
		Image:  migration.Some("registry.example/thumbs:1"),
		Memory: migration.GiB, Timeout: time.Minute, EventSources: migration.Some([]migration.EventSource(nil)),
		Environment: migration.Some(map[string]migration.Hidden{name: migration.Hide(value)}),
	}
	plan, err := convert.Convert(d, convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan.YAML()
}

// rules are gitleaks' own, by their IDs.
func rules(t *testing.T) map[string]config.Rule {
	t.Helper()
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		t.Fatal(err)
	}
	var read config.ViperConfig
	if err := v.Unmarshal(&read); err != nil {
		t.Fatal(err)
	}
	c, err := read.Translate()
	if err != nil {
		t.Fatal(err)
	}
	return c.Rules
}

// finding is what a rule finds in a text: the whole match, and the secret in it, which is
// the group that the rule names or the first one with a text. Secrets with less entropy
// than the rule asks for are none.
func finding(rule *config.Rule, text string) (match, secret string, ok bool) {
	groups := rule.Regex.FindStringSubmatch(text)
	if groups == nil {
		return "", "", false
	}
	match, secret = groups[0], groups[0]
	if rule.SecretGroup > 0 {
		secret = groups[rule.SecretGroup]
	} else if i := slices.IndexFunc(groups[1:], func(g string) bool { return g != "" }); i >= 0 {
		secret = groups[i+1]
	}
	return match, secret, secret != "" && entropy(secret) > rule.Entropy
}

// entropy is Shannon's, in bits a character.
func entropy(s string) (sum float64) {
	counts, total := map[rune]float64{}, 0.0
	for _, r := range s {
		counts[r]++
		total++
	}
	for _, n := range counts {
		sum -= n / total * math.Log2(n/total)
	}
	return sum
}

// ascii reports whether a sample is what people can have: generators make letters that
// only count as equal to ASCII's where case is ignored.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' && r != '\t' }) < 0
}

// For each secret rule of gitleaks, a secret is withheld: under a neutral name if the rule matches the secret alone, and
// under the rule's own name (HEROKU_API_KEY) if the rule depends on the text before the secret. The rules of gitleaks are
// maintained. They are not part of migtop, since their library brings about fifty modules and its own logger.
func TestConvertWithholdsWhatGitleaksFinds(t *testing.T) {
	all := rules(t)
	tried, alone := 0, 0
	for _, id := range slices.Sorted(maps.Keys(all)) {
		rule := all[id]
		if rule.Regex == nil || strings.HasSuffix(id, "-id") && !strings.HasSuffix(id, "-key-id") {
			continue // names of files, and IDs of clients, which are no secrets
		}
		generator, err := reggen.NewGenerator(rule.Regex.String())
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		generator.SetSeed(1)
		found, byItself := 0, 0
		for try := 0; try < 3000 && found < 10; try++ {
			match, secret, ok := finding(&rule, generator.Generate(8))
			if !ok || !ascii(match) {
				continue
			}
			found++
			name, value := strings.ToUpper(strings.ReplaceAll(id, "-", "_")), secret
			if strings.HasPrefix(id, "curl-") || strings.HasSuffix(id, "-url") { // of commands, and of URLs as a whole
				name, value = "SETTINGS", match
			} else if _, again, ok := finding(&rule, secret); ok && again == secret {
				name = "SETTINGS"
				byItself++
			}
			if strings.Contains(written(t, name, value), "kind: ConfigMap") {
				t.Errorf("%s: %s=%q is written", id, name, value)
			}
		}
		if found > 0 {
			tried++
		} else {
			t.Logf("%s: no sample", id)
		}
		if byItself > 0 {
			alone++
		}
	}
	if tried < 150 || alone < 80 {
		t.Errorf("%d rules were tried, %d by the value alone", tried, alone)
	}
	t.Logf("%d rules were tried, %d by the value alone", tried, alone)
}
