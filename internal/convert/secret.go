package convert

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// suspicion says why a value looks like a secret, or "" where it does not. It checks the
// name first, then the value under any name. A false positive costs a line of a manifest; a
// false negative publishes a secret, so a doubtful value counts as one. docs/convert.md
// lists the rules, and test/writers compares those about values with the rules of gitleaks.
func suspicion(name, value string) string {
	if strings.TrimSpace(value) == "" || harmless(value) {
		return ""
	}
	if word := secretWordOf(name); word != "" && !innocent(name, value) {
		return "its name has the word " + word
	}
	return shape(value, 0)
}

// harmless are values that are no secret under any name.
func harmless(value string) bool {
	v := strings.TrimSpace(value)
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "on", "off", "null", "none", "enabled", "disabled":
		return true
	}
	a, ok := parseARN(v)
	return ok && !strings.ContainsAny(a.resource, " \t\n=?&")
}

// marks are the shapes that issuers give to their secrets, so that they can be
// found.
var marks = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"a private key or a certificate in PEM", regexp.MustCompile(`(?i)-----BEGIN[ A-Z0-9_-]{0,100}-----|PRIVATE KEY( BLOCK)?-----`)},
	{"an AWS access key ID", regexp.MustCompile(`\b(A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`)},
	{"a ciphertext of AWS KMS", regexp.MustCompile(`\bAQICAH[A-Za-z0-9+/]{20,}`)},
	{
		"a JSON web token",
		regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*|\bey[A-Za-z0-9_-]{15,}\.ey[A-Za-z0-9/\\_-]{10,}`),
	},
	{"a token of GitHub", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`)},
	{"a token of GitLab", regexp.MustCompile(`\bgl(pat|ptt|rt|dt|cbt|soat|ft|ffct|imt|agent|oas)-[A-Za-z0-9_-]{16,}`)},
	{"a token of Slack", regexp.MustCompile(`(?i)\bxox[abeoprs][.-][A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}`)},
	{"a web hook that is a secret as a whole", regexp.MustCompile(`hooks\.slack\.com/(services|workflows|triggers)/` +
		`|discord(app)?\.com/api/webhooks/|\.webhook\.office\.com/|chat\.googleapis\.com/v1/spaces/`)},
	{"a key of Stripe", regexp.MustCompile(`(?i)\b(sk|rk|pk)_(live|test|prod)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/=]{8,}`)},
	{"a key of a payment service", regexp.MustCompile(`\b(sq0[a-z]{3}-|EAAA)[A-Za-z0-9_-]{16,}` +
		`|\bFLW(SECK|PUBK)_?(TEST|LIVE)?-[A-Za-z0-9]{8,}`)},
	{"a key of Google", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{16,}|\bGOCSPX-[A-Za-z0-9_-]{16,}`)},
	{"a key of an AI service", regexp.MustCompile(`\bsk-(ant-|proj-|or-)?[A-Za-z0-9_-]{16,}`)},
	{"a key of a mail or phone service", regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bSK[0-9a-f]{32}\b` +
		`|\bkey-[0-9a-f]{32}\b|\bxkeysib-[0-9a-f]{16,}`)},
	{"a token of a package registry", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{20,}|\bpypi-[A-Za-z0-9_-]{16,}|\brubygems_[0-9a-f]{16,}` +
		`|\bhf_[A-Za-z0-9]{16,}|\bdckr_pat_[A-Za-z0-9_-]{16,}`)},
	{"a token of a cloud service", regexp.MustCompile(`\bdo[opr]_v1_[0-9a-f]{16,}|\bshp(at|ca|pa|ss)_[0-9a-fA-F]{16,}|\bdapi[0-9a-f]{32}` +
		`|\bhv[sbr]\.[A-Za-z0-9_-]{16,}|\bdp\.(pt|st|ct|sa)\.[A-Za-z0-9]{16,}|\bNRAK-[A-Z0-9]{16,}|\bglsa_[A-Za-z0-9]{16,}` +
		`|\bpul-[0-9a-f]{16,}|\batlasv1\.`)},
	{"a token of a database or a platform", regexp.MustCompile(`(?i)\bpscale_[a-z]{2,8}_[A-Za-z0-9_.=-]{16,}|\bsm_[aps]at_[A-Za-z0-9]{12,}`)},
	{"a key of an identity service", regexp.MustCompile(`\b\d{15,16}(\||%)[A-Za-z0-9_-]{27,40}|\dQ~[A-Za-z0-9_~.-]{24,}` +
		`|\bA3-[A-Z0-9]{6}-[A-Z0-9]{5,}|\b(sc|ext|scauth|authress)_[A-Za-z0-9]+\.[A-Za-z0-9]{4,}\.acc[_-]`)},
	{"a key of a deployment service", regexp.MustCompile(`\bLTAI[A-Za-z0-9]{16,}|\bGR1348941[A-Za-z0-9_-]{16,}|\bAPI-[A-Z0-9]{26}\b` +
		`|\btk-us-[A-Za-z0-9_-]{40,}`)},
	{"a command with credentials", regexp.MustCompile(`(?i)\bauthorization["']?\s*[:=]\s*\S|\bcurl\b[^\x00]*\s(-u|-H|--user|--header)`)},
	{"a hash of a password", regexp.MustCompile(`\$(2[abxy]|5|6|y|argon2(i|d|id)|pbkdf2[a-z0-9-]*|scrypt)\$`)},
	{"a header of authorization", regexp.MustCompile(`(?i)\b(basic|bearer|digest)\s+[A-Za-z0-9+/=_.~-]{8,}`)},
	{"a URL with a password", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]*:[^\s/?#]*@`)},
	{"a URL with a name or a token before its host", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:]{8,}@`)},
	{"a signed URL", regexp.MustCompile(`(?i)[?&](x-amz-(signature|security-token|credential)|sig|signature|awsaccesskeyid|x-goog-signature` +
		`|token|access_token|api_?key|key|secret|password|auth)=`)},
	{"a connection string with a password", regexp.MustCompile(`(?i)(^|[;,\s&?])(password|pwd|pass|passwd|accountkey|sharedaccesskey` +
		`|sharedaccesssignature|secret|client_?secret|api_?key|token|auth)\s*=\s*\S`)},
}

// maxUnwrap bounds how deep encodings are looked into.
const maxUnwrap = 3

// shape says what secret a value looks like, or "".
func shape(value string, depth int) string {
	for _, m := range marks {
		if m.pattern.MatchString(value) {
			return "its value looks like " + m.what
		}
	}
	if depth < maxUnwrap {
		if why := inside(value, depth+1); why != "" {
			return why
		}
	}
	if dense(value) {
		return "its value is as random as a key"
	}
	return ""
}

// inside looks into JSON, into a URL's encoding and into base64.
func inside(value string, depth int) string {
	v := strings.TrimSpace(value)
	if strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") {
		var tree any
		if json.Unmarshal([]byte(v), &tree) == nil {
			return within("", tree, depth)
		}
	}
	if strings.Contains(v, "%") {
		if plain, err := url.QueryUnescape(v); err == nil && plain != v {
			if why := shape(plain, depth); why != "" {
				return why
			}
		}
	}
	if assigned(v) {
		return "it has a secret with its name in it"
	}
	if plain, ok := fromBase64(v); ok {
		if why := shape(plain, depth); why != "" {
			return why + ", in base64"
		}
	}
	return ""
}

// assignment is a name and its value in a text: of a flag, a property, a line of a
// configuration file.
var assignment = regexp.MustCompile(`([A-Za-z][A-Za-z0-9_.-]{0,80})["']?[ \t]{0,3}(?:=>|:=|=|:\s)[ \t]{0,3}["']?([^\s"',;&]+)`)

// assigned reports whether a text assigns a value to a name that suggests a secret:
// -Dspring.datasource.password=x.
func assigned(text string) bool {
	for _, m := range assignment.FindAllStringSubmatch(text, -1) {
		if !harmless(m[2]) && secretWordOf(m[1]) != "" && !innocent(m[1], m[2]) {
			return true
		}
	}
	return false
}

// within looks at every member of a JSON value under its name.
func within(name string, tree any, depth int) string {
	switch v := tree.(type) {
	case map[string]any:
		for key, item := range v {
			if why := within(key, item, depth); why != "" {
				return "it is JSON with a secret in it"
			}
		}
	case []any:
		for _, item := range v {
			if why := within(name, item, depth); why != "" {
				return why
			}
		}
	case string:
		if strings.TrimSpace(v) == "" || harmless(v) {
			return ""
		}
		if secretWordOf(name) != "" && !innocent(name, v) {
			return "it is JSON with a secret in it"
		}
		return shape(v, depth)
	}
	return ""
}

// fromBase64 decodes what decodes to text.
func fromBase64(v string) (string, bool) {
	if len(v) < 12 {
		return "", false
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(v); err == nil && utf8.Valid(b) {
			return string(b), true
		}
	}
	return "", false
}

var (
	runs   = regexp.MustCompile(`[A-Za-z0-9+/=_~-]{20,}`)
	hexRun = regexp.MustCompile(`^[0-9a-fA-F]+$`)
	// What CloudFormation and the CDK call things: a name, and twelve or thirteen
	// random characters.
	physicalID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*-[A-Za-z0-9]{12,13}$`)
	digest     = regexp.MustCompile(`sha(256|384|512):[0-9a-f]{64,}`)
	uuid       = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
	slug       = regexp.MustCompile(`^[A-Za-z0-9]+([_/=-][A-Za-z0-9]+)+$`)
	longPart   = regexp.MustCompile(`[A-Za-z0-9+]{20,}`)
)

// dense reports whether some run of a value is as random as a key is: 20 characters
// or more of letters and digits in no order, 32 of hexadecimal digits.
func dense(value string) bool {
	value = uuid.ReplaceAllString(digest.ReplaceAllString(value, " "), " ")
	for _, run := range runs.FindAllString(value, -1) {
		for part := range strings.SplitSeq(run, "/") {
			if randomPart(strings.Trim(part, "-=_~")) {
				return true
			}
		}
		// A slash is a digit of base64 too: what has no words between slashes is no
		// path.
		if strings.Contains(run, "/") && len(run) >= 30 && random(run) && entropy(run) >= 4.3 && turns(run) >= len(run)/4 {
			return true
		}
	}
	return false
}

func randomPart(part string) bool {
	if len(part) < 20 {
		return false
	}
	if hexRun.MatchString(part) {
		return len(part) >= 32 && entropy(part) >= 3
	}
	if physicalID.MatchString(part) {
		return false
	}
	if slug.MatchString(part) && !longPart.MatchString(part) {
		// Words with dashes; what is random has digits within them again and again.
		words, letters := mixed(part)
		return (words >= 3 || letters >= 20) && random(part)
	}
	return random(part)
}

// mixed counts the words of a slug that have letters and digits among each other, and
// the characters in them.
func mixed(part string) (words, size int) {
	for _, w := range strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune("_/=-", r) }) {
		letters := strings.IndexFunc(w, unicode.IsLetter) >= 0
		digits := strings.IndexFunc(w, unicode.IsDigit) >= 0
		if letters && digits && len(w) >= 4 {
			words++
			size += len(w)
		}
	}
	return words, size
}

// random reports whether a text has the mixture and the entropy of base64.
func random(s string) bool {
	var lower, upper, digits int
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower++
		case unicode.IsUpper(r):
			upper++
		case unicode.IsDigit(r):
			digits++
		}
	}
	classes := 0
	for _, n := range []int{lower, upper, digits} {
		if n > 0 {
			classes++
		}
	}
	switch {
	case classes == 3:
		return entropy(s) >= 3.6
	case classes == 2 && digits >= 3:
		return entropy(s) >= 3.7
	case classes == 2 && len(s) >= 32: // both cases and no digit, in no order
		return entropy(s) >= 4.2 && turns(s) > len(s)/4
	}
	return false
}

// turns counts where a text goes from one case to the other.
func turns(s string) (n int) {
	for i := 1; i < len(s); i++ {
		if (s[i] >= 'a') != (s[i-1] >= 'a') {
			n++
		}
	}
	return n
}

// entropy is Shannon's, in bits a character.
func entropy(s string) float64 {
	counts := map[rune]int{}
	total := 0
	for _, r := range s {
		counts[r]++
		total++
	}
	sum := 0.0
	for _, n := range counts {
		p := float64(n) / float64(total)
		sum -= p * math.Log2(p)
	}
	return sum
}
