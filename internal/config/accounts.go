package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/awsscope"
	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Account is one AWS account among several that are read side by side.
type Account struct {
	Name    string // unique; shown in health rows
	Profile string // "" for aws.profile, or the standard AWS configuration
	// Role is the ARN of a role to assume, "" for none, and ExternalID what its
	// trust policy asks for.
	Role, ExternalID string
	// Regions to read, each on its own; empty for aws.region, or the profile's.
	Regions []string
	// Linked says that it is a monitoring account of CloudWatch's cross-account
	// observability: the accounts that are linked to it are read through it.
	Linked bool
	Origin string // "file:line"
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const accountsWant = "a list of accounts, such as - name: prod"

// accounts reads the list of accounts.
func (d *decoder) accounts(e section.Entry) {
	names := map[string]Origin{}
	type place struct{ who, region string }
	places := map[place]string{}
	for _, n := range d.Items(e.Value, "accounts", accountsWant) {
		before := len(d.Issues)
		at := d.At(n)
		a := Account{Origin: fmt.Sprintf("%s:%d", d.File, at.Line)}
		var regionsAt []Origin
		d.Fields(n, "accounts", map[string]func(section.Entry){
			"name": func(f section.Entry) {
				a.Name, _ = d.Matched(f, "accounts.name", accountName.MatchString, "letters, digits, . _ and -, at most 64")
				if first, twice := names[a.Name]; twice && a.Name != "" {
					d.Add(d.At(f.Value), "accounts.name", fmt.Sprintf("%q again", a.Name),
						fmt.Sprintf("each name once; it is already at line %d", first.Line), "")
				}
				names[a.Name] = d.At(f.Value)
			},
			"profile": func(f section.Entry) { a.Profile = d.profile(f) },
			"role_arn": func(f section.Entry) {
				a.Role, _ = d.Matched(f, "accounts.role_arn", isRole, "the ARN of a role, such as arn:aws:iam::123456789012:role/migtop")
			},
			"external_id": func(f section.Entry) { a.ExternalID, _ = d.Text(f.Value, "accounts.external_id") },
			"regions": func(f section.Entry) {
				for _, r := range d.Items(f.Value, "accounts.regions", "a list of regions, such as [eu-west-1]") {
					s, ok := d.Matched(section.Entry{Value: r}, "accounts.regions", awsscope.IsRegion, "a region code such as eu-west-1")
					if ok {
						if slices.Contains(a.Regions, s) {
							d.Add(d.At(r), "accounts.regions", fmt.Sprintf("%q again", s), "each region once", "")
						}
						a.Regions, regionsAt = append(a.Regions, s), append(regionsAt, d.At(r))
					}
				}
			},
			"monitoring": func(f section.Entry) {
				b, ok := f.Value.Bool()
				if !ok {
					d.Add(d.At(f.Value), "accounts.monitoring", f.Value.Describe(), "true or false", "")
					return
				}
				a.Linked = b
			},
		})
		if a.Name == "" && len(d.Issues) == before {
			d.Add(at, "accounts", "an account without a name", `name: "..."`, "")
		}
		if a.ExternalID != "" && a.Role == "" && len(d.Issues) == before {
			d.Add(at, "accounts", "an external_id without a role_arn", "role_arn: the role whose trust policy asks for it", "")
		}
		for i, r := range a.Regions {
			if role, _ := awsscope.ParseRoleARN(a.Role); a.Role != "" && awsscope.Partition(r) != role.Partition {
				d.Add(regionsAt[i], "accounts.regions",
					fmt.Sprintf("the region %q, which is in the partition %s", r, awsscope.Partition(r)),
					"regions of the partition of "+a.Role, "")
			}
			p := place{a.Profile + " " + a.Role, r}
			if other, twice := places[p]; twice {
				d.Add(regionsAt[i], "accounts.regions", fmt.Sprintf("%s with the same profile and role as in account %q", r, other),
					"each account and region once: it would be counted twice", "")
			}
			places[p] = a.Name
		}
		for _, other := range d.config.Accounts {
			if a.Linked && other.Linked && overlap(a.Regions, other.Regions) {
				d.Add(at, "accounts", fmt.Sprintf("monitoring: true in %q and in %q, in one region", other.Name, a.Name),
					"one monitoring account a region: what is linked to both would be counted twice", "")
			}
		}
		if len(d.Issues) == before {
			d.config.Accounts = append(d.config.Accounts, a)
		}
	}
}

// knownAccounts finds names of accounts that are not listed.
func (d *decoder) knownAccounts() {
	var names []string
	for i := range d.config.Accounts {
		names = append(names, d.config.Accounts[i].Name)
	}
	for _, e := range d.Accounts {
		s, _ := e.Value.Plain()
		if s == "" || slices.Contains(names, s) {
			continue
		}
		hint, want := section.Suggest(s, names), "the name of an account"
		if hint == "" && len(names) > 0 {
			want = "one of " + strings.Join(names, ", ")
		}
		d.Add(e.At, e.Key, fmt.Sprintf("the account %q, which is not listed under accounts", text.Cut(s, section.MostQuoted)), want, hint)
	}
}

// overlap reports whether two lists of regions have one in common; an empty one may
// be any.
func overlap(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(region string) bool { return slices.Contains(b, region) })
}

func isRole(s string) bool {
	_, err := awsscope.ParseRoleARN(s)
	return err == nil
}

// profile reads a profile's name, and asks the caller whether there is one.
func (d *decoder) profile(f section.Entry) string {
	const path = "accounts.profile"
	s, ok := d.Text(f.Value, path)
	if check := d.opts.Check[path]; ok && check != nil {
		if err := check(s); err != nil {
			d.Add(d.At(f.Value), path, fmt.Sprintf("the profile %q", text.Cut(s, section.MostQuoted)), "", text.OneLine(err.Error()))
		}
	}
	return s
}

// accounts prints the list of accounts.
func (p *printer) accounts() {
	if len(p.config.Accounts) == 0 {
		return
	}
	p.line("accounts:", "")
	for _, a := range p.config.Accounts {
		p.line("  - name: "+yamldoc.Quote(a.Name), a.Origin)
		for _, f := range [...]struct{ key, value string }{{"profile", a.Profile}, {"role_arn", a.Role}, {"external_id", a.ExternalID}} {
			if f.value != "" {
				p.line("    "+f.key+": "+yamldoc.Quote(f.value), "")
			}
		}
		if len(a.Regions) > 0 {
			p.line("    regions: "+list(a.Regions), "")
		}
		if a.Linked {
			p.line("    monitoring: true", "")
		}
	}
}
