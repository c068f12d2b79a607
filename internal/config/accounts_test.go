package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/sources"
)

func TestAccounts(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(`
accounts:
  - name: ops
    regions: [eu-west-1]
    monitoring: true
  - name: prod
    profile: prod
    role_arn: arn:aws:iam::123456789012:role/team/migtop
    external_id: s3cret
    regions: [eu-west-1, us-east-1]
  - {name: gov, role_arn: "arn:aws-us-gov:iam::123456789012:role/migtop", regions: [us-gov-west-1]}
  - {name: china, profile: china, regions: [cn-north-1]}
`), config.Options{Sections: sources.Sections()})
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Account{
		{Name: "ops", Regions: []string{"eu-west-1"}, Linked: true, Origin: "c.yaml:3"},
		{
			Name: "prod", Profile: "prod", Role: "arn:aws:iam::123456789012:role/team/migtop", ExternalID: "s3cret",
			Regions: []string{"eu-west-1", "us-east-1"}, Origin: "c.yaml:6",
		},
		{Name: "gov", Role: "arn:aws-us-gov:iam::123456789012:role/migtop", Regions: []string{"us-gov-west-1"}, Origin: "c.yaml:11"},
		{Name: "china", Profile: "china", Regions: []string{"cn-north-1"}, Origin: "c.yaml:12"},
	}
	if diff := cmp.Diff(want, c.Accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	var b strings.Builder
	if err := c.Write(&b, true); err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse("c.yaml", []byte(b.String()), config.Options{Sections: sources.Sections()})
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	for i := range again.Accounts {
		again.Accounts[i].Origin = want[i].Origin
	}
	if diff := cmp.Diff(want, again.Accounts); diff != "" {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrongWithAccounts(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no list", "accounts: prod\n", `c.yaml:1:11: accounts: the text "prod"; expected a list of accounts, such as - name: prod`},
		{"no name", "accounts:\n  - profile: a\n", `c.yaml:2:5: accounts: an account without a name; expected name: "..."`},
		{
			"a name twice", "accounts:\n  - name: a\n  - name: a\n",
			`c.yaml:3:11: accounts.name: "a" again; expected each name once; it is already at line 2`,
		},
		{
			"a name with spaces", "accounts:\n  - name: a b\n",
			`c.yaml:2:11: accounts.name: the text "a b"; expected letters, digits, . _ and -, at most 64`,
		},
		{
			"unknown key", "accounts:\n  - name: a\n    role: x\n",
			`c.yaml:3:5: accounts: unknown key "role"; expected one of external_id, monitoring, name, profile, regions, role_arn`,
		},
		{
			"no ARN", "accounts:\n  - name: a\n    role_arn: migtop\n",
			`c.yaml:3:15: accounts.role_arn: the text "migtop"; expected the ARN of a role, such as arn:aws:iam::123456789012:role/migtop`,
		},
		{
			"ARN of a user", "accounts:\n  - name: a\n    role_arn: arn:aws:iam::123456789012:user/x\n",
			`c.yaml:3:15: accounts.role_arn: the text "arn:aws:iam::123456789012:user/x"; expected the ARN of a role, such as ` +
				`arn:aws:iam::123456789012:role/migtop`,
		},
		{
			"short account", "accounts:\n  - name: a\n    role_arn: arn:aws:iam::12345:role/x\n",
			`c.yaml:3:15: accounts.role_arn: the text "arn:aws:iam::12345:role/x"; expected the ARN of a role, such as ` +
				`arn:aws:iam::123456789012:role/migtop`,
		},
		{
			"another partition", "accounts:\n  - name: a\n    role_arn: arn:aws:iam::123456789012:role/x\n    regions: [eu-west-1, cn-north-1]\n",
			`c.yaml:4:26: accounts.regions: the region "cn-north-1", which is in the partition aws-cn; expected regions of the partition of ` +
				`arn:aws:iam::123456789012:role/x`,
		},
		{
			"external ID of nothing", "accounts:\n  - name: a\n    external_id: x\n",
			`c.yaml:2:5: accounts: an external_id without a role_arn; expected role_arn: the role whose trust policy asks for it`,
		},
		{
			"region", "accounts:\n  - name: a\n    regions: [Ireland]\n",
			`c.yaml:3:15: accounts.regions: the text "Ireland"; expected a region code such as eu-west-1`,
		},
		{
			"region twice", "accounts:\n  - name: a\n    regions: [eu-west-1, eu-west-1]\n",
			`c.yaml:3:26: accounts.regions: "eu-west-1" again; expected each region once`,
		},
		{
			"the same place twice", "accounts:\n  - {name: a, profile: p, regions: [eu-west-1]}\n  - {name: b, profile: p, regions: [eu-west-1]}\n",
			`c.yaml:3:37: accounts.regions: eu-west-1 with the same profile and role as in account "a"; expected each account and region once: ` +
				`it would be counted twice`,
		},
		{"two monitoring accounts", "accounts:\n  - {name: a, profile: a, regions: [eu-west-1], monitoring: true}\n  - {name: b, profile: b, " +
			"monitoring: true}\n", `c.yaml:3:5: accounts: monitoring: true in "a" and in "b", in one region; expected one monitoring account a ` +
			`region: what is linked to both would be counted twice`},
		{
			"monitoring", "accounts:\n  - name: a\n    monitoring: yes\n",
			`c.yaml:3:17: accounts.monitoring: the text "yes"; expected true or false`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(tt.text), config.Options{Sections: sources.Sections()})
			var issues *config.Error
			if !errors.As(err, &issues) {
				t.Fatalf("accepted: %v", err)
			}
			if got := issues.Issues[0].String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestProfilesAreChecked(t *testing.T) {
	_, err := config.Parse("c.yaml", []byte("accounts:\n  - name: a\n    profile: nobody\n"), config.Options{
		Check: map[string]func(string) error{"accounts.profile": func(name string) error { return errors.New("no such profile: " + name) }},
	})
	if err == nil || err.Error() != `c.yaml:3:14: accounts.profile: the profile "nobody"; no such profile: nobody` {
		t.Errorf("error %v", err)
	}
}
