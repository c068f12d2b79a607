package export

import (
	"regexp"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/objectname"
)

// retrySuffix ends the names of objects for retries.
const retrySuffix = "-retry"

// longest is what a name may have so that a CronJob with [retrySuffix] can have it:
// a CronJob's name is at most 52 bytes, since its Jobs' names add 11 and may
// have 63. Source: Kubernetes, "CronJob limitations".
const longest = 52 - len(retrySuffix)

// madeClass is what migtop calls classes: M, M-cpu-long, C01. Source: profile, nameClasses.
var madeClass = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[a-z]+)*$`)

// nameOf is the name of an entry: a DNS-1123 label, also with [retrySuffix], that no other
// entry has, with or without it. It depends on the entry alone, so that it is the same one in
// every export: "etl-acme" of workload etl and tenant acme, "ml-score--acme" where one of
// them has a hyphen, "etl" without a tenant, "class-m" of a class. Of what is spelt in
// any other way it ends with a hash.
func (e *entry) nameOf() string {
	w, t := string(e.Workload), string(e.Tenant)
	name := ""
	switch {
	case e.isClass && madeClass.MatchString(e.Class):
		name = "class-" + strings.ToLower(e.Class)
	case e.isClass:
		w, t = "class\x00", e.Class // no workload has a zero byte in its name
	case w == "class" || !objectname.Plain(w): // names of classes are not for workloads
	case t == "" && !strings.Contains(w, "-"):
		name = w
	case !objectname.Plain(t):
	case strings.Contains(w+t, "-"):
		name = objectname.Pair(longest, w, t)
	default:
		name = w + "-" + t
	}
	if name == "" || len(name) > longest || strings.HasSuffix(name, retrySuffix) {
		return objectname.PairHash(longest, w, t)
	}
	return name
}

// named gives each entry its name. Two hashes that are the same by chance are made anew.
func named(entries []entry) {
	again := map[string][]*entry{}
	for i := range entries {
		e := &entries[i]
		e.name = e.nameOf()
		again[e.name] = append(again[e.name], e)
	}
	for name, same := range again {
		if len(same) == 1 {
			continue
		}
		for _, e := range same {
			e.name = objectname.PairHash(longest, string(e.Workload), string(e.Tenant)+"\x00"+e.Class+"\x00"+name)
		}
	}
}

// isLabel reports whether s is a DNS-1123 label, what namespaces and containers are
// called. Source: RFC 1123.
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// isLabelValue reports whether Kubernetes takes s for a label's value.
// Source: Kubernetes, "Labels and Selectors".
func isLabelValue(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		edge := i == 0 || i == len(s)-1
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (edge || !slices.Contains([]byte("-_."), c)) {
			return false
		}
	}
	return true
}
