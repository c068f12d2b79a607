package awsaccess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProfilesIn(t *testing.T) {
	const text = "; note\n[default]\nregion = x\n[profile prod]\n  [ profile 'dev eu' ] # note\n[sso-session corp]\n[services " +
		"s]\n[profiles]\n[profile]\n[profile \"q\"]\n[broken\n[]\n"
	if diff := cmp.Diff([]string{"default", "prod", "dev eu", "q"}, profilesIn(text, true)); diff != "" {
		t.Errorf("config file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"default", "old one"}, profilesIn("[default]\n[old one]\n", false)); diff != "" {
		t.Errorf("credentials file (-want +got):\n%s", diff)
	}
}

// Profile names end up in one line of an error.
func FuzzProfilesIn(f *testing.F) {
	f.Add("[default]\n[profile prod]\nregion = eu-west-1\n", true)
	f.Add("[a]\r\n[b]", false)
	f.Fuzz(func(t *testing.T, text string, configFile bool) {
		for _, name := range profilesIn(text, configFile) {
			if strings.Contains(name, "\n") || len(name) > len(text) {
				t.Errorf("name %q", name)
			}
		}
	})
}
