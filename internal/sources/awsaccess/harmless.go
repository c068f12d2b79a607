package awsaccess

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuote is how many bytes of another program's words a message repeats.
const maxQuote = 160

var (
	// secretWord is a name that what follows it should not be shown for.
	secretWord = regexp.MustCompile(`(?i)secret|token|passw|passphrase|\bpwd|credential|(access|api|private).?key|\bbearer\b|authorization`)
	// secretValue is such a name with its value.
	secretValue = regexp.MustCompile(`(?i)([\w-]*(?:secret|token|passw|passphrase|pwd|(?:access|api|private)_?-?key|authorization|bearer)[\w-]*"?\s*[=:]\s*)("[^"]*"|'[^']*'|\S+)`)
	// longWord is one that may be a key, a token or a part of one.
	longWord = regexp.MustCompile(`[A-Za-z0-9+/_.=~-]{16,}`)
	// urlPassword is the password in a URL.
	urlPassword = regexp.MustCompile(`(://[^\s/:@]*:)[^\s/@]+@`)
	// escapes are control sequences of terminals, whole: without its first byte the
	// rest of one would still be noise.
	escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])")
)

const hidden = "***"

// harmless is what another program wrote, in one line of printable characters of at
// most limit bytes, without what looks like a secret.
func harmless(text string, limit int) string {
	text = escapes.ReplaceAllString(text, "")
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	text = urlPassword.ReplaceAllString(text, "${1}"+hidden+"@")
	text = secretValue.ReplaceAllString(text, "${1}"+hidden)
	text = longWord.ReplaceAllStringFunc(text, func(word string) string {
		if keyLike(word) {
			return hidden
		}
		return word
	})
	return shortened(text, limit)
}

// keyLike reports whether a word may be a key: letters and digits mixed, as no word of a
// sentence has them. A path is one if a part of it is.
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

// shortened cuts a text at a character.
func shortened(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}

// lastLine is the last line that says something.
func lastLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); harmless(line, maxQuote) != "" {
			return line
		}
	}
	return ""
}

// quoted says what a credential_process printed in place of JSON. What may be credentials
// in another form is not shown at all.
func quoted(out string) string {
	text := strings.TrimSpace(out)
	switch {
	case text == "":
		return "nothing"
	case secretWord.MatchString(text):
		return fmt.Sprintf("%d bytes, not shown as they may be secret", len(out))
	}
	line, _, more := strings.Cut(text, "\n")
	said := fmt.Sprintf("%q", harmless(line, 60))
	if more {
		said += " and more"
	}
	return said
}
