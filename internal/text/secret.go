package text

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// secretWord is a name whose value should not be shown.
	secretWord = regexp.MustCompile(`(?i)secret|token|passw|passphrase|\bpwd\b|credential|(access|api|private).?key|\bbearer\b|authorization`)
	// secretValue is such a name with its value.
	secretValue = regexp.MustCompile(`(?i)([\w-]*(?:secret|token|passw|passphrase|pwd|(?:access|api|private)_?-?key|authorization|bearer)` +
		`[\w-]*"?\s*[=:]\s*)("[^"]*"|'[^']*'|\S+)`)
	// longWord is a word that may be a key, a token or a part of one.
	longWord = regexp.MustCompile(`[A-Za-z0-9+/_.=~-]{16,}`)
	// urlPassword is the password in a URL.
	urlPassword = regexp.MustCompile(`(://[^\s/:@]*:)[^\s/@]+@`)
	// escapes are whole terminal control sequences: without its first byte the rest of one would still be noise.
	escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])")
)

const hidden = "***"

// Plain returns the output of another program as one line of printable characters, without terminal control
// sequences.
func Plain(s string) string {
	s = escapes.ReplaceAllString(s, "")
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return OneLine(s)
}

// Redact is [Plain] with "***" in place of what looks like a secret: the value after a name such as token or
// password, the password in a URL, and long words of letters and digits. Use it for the output of helpers that
// handle credentials. A text of more than most characters is cut, see [Cut].
func Redact(s string, most int) string {
	s = urlPassword.ReplaceAllString(Plain(s), "${1}"+hidden+"@")
	s = secretValue.ReplaceAllString(s, "${1}"+hidden)
	return Cut(longWord.ReplaceAllStringFunc(s, func(word string) string {
		if keyLike(word) {
			return hidden
		}
		return word
	}), most)
}

// MentionsSecret reports whether s has a word such as token or password.
func MentionsSecret(s string) bool { return secretWord.MatchString(s) }

// LastLine returns the last line of s that has a printable character; "" if there is none.
func LastLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if Plain(lines[i]) != "" {
			return strings.TrimSpace(lines[i])
		}
	}
	return ""
}

// keyLike reports whether a word may be a key: letters and digits mixed, as no word of a sentence has them. A
// path may be one if a part of it may be.
func keyLike(word string) bool {
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "./") || strings.HasPrefix(word, "~/") {
		for part := range strings.SplitSeq(word, "/") {
			if len(part) >= 16 && mixed(part) {
				return true
			}
		}
		return false
	}
	return mixed(word)
}

func mixed(word string) bool {
	return strings.ContainsFunc(word, unicode.IsLetter) && strings.ContainsFunc(word, unicode.IsDigit)
}
