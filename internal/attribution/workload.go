package attribution

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// endings are words at the end of a name that give a stage or a kind of resource, not the
// work, so that "acme-thumbs-prod" and the Job "acme-thumbs" are one workload.
var endings = map[string]bool{
	"prod": true, "production": true, "preprod": true, "staging": true, "stage": true, "stg": true,
	"dev": true, "development": true, "test": true, "qa": true, "uat": true, "sandbox": true,
	"lambda": true, "function": true, "fn": true, "job": true, "cronjob": true,
}

// workloadOf reads the workload from a name: the CronJob's where there is one,
// without what Kubernetes appended to it, without the tenant and without the
// endings. A known workload in the rest is taken, and otherwise the rest.
func (a *Attributor) workloadOf(id *migration.Identity, tenant string) string {
	name := id.Name
	if id.Platform == migration.Jobs {
		if id.Owner != "" {
			name = id.Owner
		}
		name = withoutSuffix(name)
	}
	if known, _, _ := a.workloads.find(name); known != "" {
		return known
	}
	rest := trimEndings(name)
	if tenant == "" {
		return rest
	}
	if cut := a.cutTenant(rest, tenant); cut != "" {
		return trimEndings(cut)
	}
	return rest
}

// cutTenant takes the tenant, in whatever spelling is known, out of a name.
func (a *Attributor) cutTenant(name, tenant string) string {
	if known, from, to := a.tenants.find(name); known == tenant {
		return join(name[:from], name[to:])
	}
	// The tenant came from a label or a rule and was never learnt.
	if len(tenant) < len(name) {
		if strings.EqualFold(name[:len(tenant)], tenant) && separator(name[len(tenant)]) {
			return name[len(tenant)+1:]
		}
		at := len(name) - len(tenant)
		if strings.EqualFold(name[at:], tenant) && separator(name[at-1]) {
			return name[:at-1]
		}
	}
	return ""
}

// join puts the two parts around a tenant together again.
func join(before, after string) string {
	before = strings.TrimRightFunc(before, isSeparator)
	after = strings.TrimLeftFunc(after, isSeparator)
	switch {
	case before == "":
		return after
	case after == "":
		return before
	}
	return before + "-" + after
}

func isSeparator(r rune) bool { return r < 0x80 && separator(byte(r)) }

// trimEndings removes endings while something remains.
func trimEndings(name string) string {
	for {
		at := strings.LastIndexFunc(name, isSeparator)
		if at <= 0 || !endings[strings.ToLower(name[at+1:])] {
			return name
		}
		name = strings.TrimRightFunc(name[:at], isSeparator)
	}
}

// generated is the alphabet of the suffixes that Kubernetes makes up.
// Source: k8s.io/apimachinery, util/rand, alphanums.
const generated = "bcdfghjklmnpqrstvwxz2456789"

// withoutSuffix takes off what makes a Job's name unique: the minute that a
// CronJob appends and other numbers, the five characters of generateName, and
// hexadecimal hashes and UUIDs with a digit in them.
func withoutSuffix(name string) string {
	for {
		at := strings.LastIndexByte(name, '-')
		if at <= 0 || !unique(name[at+1:]) {
			return name
		}
		name = name[:at]
	}
}

func unique(part string) bool {
	if part == "" {
		return true
	}
	digits, hex, made := 0, 0, 0
	for i := range len(part) {
		c := part[i]
		if c >= '0' && c <= '9' {
			digits++
		}
		if (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') {
			hex++
		}
		if strings.IndexByte(generated, c) >= 0 {
			made++
		}
	}
	switch n := len(part); {
	case digits == n:
		return true
	case n == 5 && made == n:
		return true
	case n >= 8 && hex == n && digits > 0:
		return true
	case n == 4 && hex == n && digits > 0: // the inner groups of a UUID
		return true
	}
	return false
}
