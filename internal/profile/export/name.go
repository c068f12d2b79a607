package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// retrySuffix ends the names of objects for retries.
const retrySuffix = "-retry"

// longest is what a name may have so that a CronJob with [retrySuffix] can have it:
// a CronJob's name is at most 52 bytes, since its Jobs' names add 11 and may
// have 63. Source: Kubernetes, "CronJob limitations".
const longest = 52 - len(retrySuffix)

// wish is the name that an object should have, and what makes it the one that it is.
type wish struct{ name, key string }

// names gives each wish a name that is a DNS-1123 label, also with [retrySuffix], and
// that no other has, with or without it. A name that had to be cut, or that others wish
// for too, ends with a hash of its key, so that it is the same one next time
// whoever else is there.
func names(wishes []wish) []string {
	out := make([]string, len(wishes))
	wished := map[string]int{}
	for i, w := range wishes {
		out[i] = slug(w.name)
		wished[out[i]]++
	}
	taken := map[string]bool{}
	take := func(name string) bool {
		if taken[name] || taken[name+retrySuffix] {
			return false
		}
		taken[name], taken[name+retrySuffix] = true, true
		return true
	}
	// Those whose wish is theirs alone come first: they stay as they are.
	var left []int
	for i, name := range out {
		alone := wished[name] == 1 && wished[name+retrySuffix] == 0
		if name == "" || len(name) > longest || !alone || !take(name) {
			left = append(left, i)
		}
	}
	// The order in which the others are served does not depend on who they are with.
	slices.SortFunc(left, func(a, b int) int { return strings.Compare(wishes[a].key, wishes[b].key) })
	for _, i := range left {
		for round := 0; ; round++ { // a second one is needed where somebody's name is such a hash
			sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", wishes[i].key, round))
			end := "-" + hex.EncodeToString(sum[:4])
			start := strings.TrimRight(out[i][:min(len(out[i]), longest-len(end))], "-")
			if name := cmp.Or(start, "x") + end; take(name) {
				out[i] = name
				break
			}
		}
	}
	return out
}

// slug is a name in lower-case letters, digits and single hyphens, with neither at its
// ends; empty where nothing is left. Its length is as it comes.
func slug(s string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteRune(r)
		default:
			hyphen = true
		}
	}
	return b.String()
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
