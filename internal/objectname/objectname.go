// Package objectname gives Kubernetes objects names that two different works never
// share, however alike they are spelt.
//
// A name depends on nothing but what it names: neither on what else is exported nor on
// the order, so that it is the same one in every export. Texts that are names of
// Kubernetes stay as they are; of every other one the name ends with a hash of the
// text. That is how "Nightly_Report", "nightly-report" and "nightly.report" stay
// three.
//
// It is pure.
package objectname

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// hashLen is the length of a hash with its hyphen.
const hashLen = 9

// plain is a text that can be part of a name as it is. Two hyphens in a row are kept
// for [Pair].
var plain = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// hashed is the end of a name that has a hash: a plain text that ends like one gets a
// hash of its own, or it could be somebody else's name. Hashes have a letter, so that
// dates (-20241101) stay as they are.
var hashed = regexp.MustCompile(`(^|-)[0-9a-f]{8}$`)

// reserved are the names that no file may have on Windows, whatever its ending is.
// Source: Microsoft, "Naming Files, Paths, and Namespaces".
var reserved = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// Of is the name of one text: a DNS-1123 label of at most that many bytes, which have to
// be 12 at least. It is the text itself where that is one; otherwise it is as much of the
// text as can be kept and a hash.
func Of(longest int, text string) string {
	if Plain(text) && len(text) <= longest {
		return text
	}
	return withHash(longest, text, text)
}

// Pair is the name of a text that belongs to another: of a queue of a function, of a
// tenant's part of a workload. Two hyphens are between the two, which no name of [Of]
// has. The pairs ("a-b", "c") and ("a", "b-c") have different names.
func Pair(longest int, first, second string) string {
	if name := first + "--" + second; Plain(first) && Plain(second) && len(name) <= longest {
		return name
	}
	return PairHash(longest, first, second)
}

// PairHash is the name of a pair with a hash, whatever its parts are.
func PairHash(longest int, first, second string) string {
	return withHash(longest, first+"-"+second, first+"\x00"+second)
}

// Plain reports whether a text is a name as it is.
func Plain(text string) bool {
	return plain.MatchString(text) && !reserved.MatchString(text) && !looksHashed(text)
}

func looksHashed(text string) bool {
	end := hashed.FindString(text)
	return end != "" && strings.ContainsAny(end, "abcdef")
}

// withHash is a slug of the text, cut where it is too long, with a hash of the key. A text
// of which nothing can be kept is "x".
func withHash(longest int, text, key string) string {
	start := Slug(text)
	start = strings.TrimRight(start[:min(len(start), longest-hashLen)], "-")
	return cmp.Or(start, "x") + "-" + hash(key)
}

// hash is eight hexadecimal digits, one of them a letter at least.
func hash(key string) string {
	for round := byte(0); ; round++ {
		sum := sha256.Sum256(append([]byte(key), 0, round))
		if h := hex.EncodeToString(sum[:4]); strings.ContainsAny(h, "abcdef") {
			return h
		}
	}
}

// Slug is a text in lower-case letters, digits and single hyphens, with neither at its
// ends; empty where nothing is left. Many texts have the same one.
func Slug(s string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteRune(r)
			continue
		}
		hyphen = true
	}
	return b.String()
}
