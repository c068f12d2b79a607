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

// suspicion says why a value looks like a secret, or "" where it does not. Names
// are judged first, values then, whatever the name. A value that is wrongly taken
// for a secret costs a line of a manifest; one that is wrongly taken for none is
// there for everybody to read: in doubt it is one. docs/convert.md lists the rules.
func suspicion(name, value string) string {
	if strings.TrimSpace(value) == "" || harmless(value) {
		return ""
	}
	if word := tellingWord(name); word != "" && !innocent(name, value) {
		return "its name has the word " + word
	}
	return shape(value, 0)
}

// Words of names, in lower case, that tell of a secret; and pairs of words that do
// where each for itself does not.
var (
	tellingWords = set("password", "passwords", "passwd", "passwort", "pwd", "pass", "passphrase", "passcode", "secret", "secrets", "token", "tokens",
		"credential", "credentials", "creds", "cred", "auth", "authorization", "bearer", "cookie", "jwt", "hmac", "salt", "pepper", "otp", "totp", "pin",
		"dsn", "apikey", "apikeys", "secretkey", "privatekey", "accesskey", "signingkey", "encryptionkey", "connectionstring", "connstr", "sas", "htpasswd", "pat",
		"nonce", "seed", "mnemonic", "pem", "pkcs12", "pfx", "keystore", "license")
	tellingPairs = set("api key", "api keys", "access key", "private key", "secret key", "signing key", "encryption key", "encrypt key", "master key", "account key",
		"shared key", "client key", "ssh key", "deploy key", "service key", "license key", "app key", "application key", "auth key", "write key", "root key",
		"data key", "crypto key", "hash key", "session key", "publishable key", "consumer key", "server key", "admin key", "fernet key", "connection string", "conn string", "conn str",
		"connection uri", "connection url", "database url", "db url", "redis url", "mongo url", "mongodb uri", "mongo uri", "amqp url", "webhook url", "service account")
	// Words before "key" that make it one of a table, a bucket or a message.
	lookups = set("partition", "sort", "primary", "hash", "range", "s3", "object", "bucket", "routing", "cache", "index", "foreign", "message", "group", "dedup",
		"deduplication", "idempotency", "lookup", "row", "kms", "public", "feature", "translation", "unique", "composite", "json", "map", "tag", "label")
	// Words that turn a telling name into one of something about the secret.
	counting = set("max", "min", "limit", "count", "ttl", "expiry", "expires", "expiration", "lifetime", "timeout", "seconds", "minutes", "hours", "days", "ms", "length", "len",
		"size", "retries", "interval", "age", "rotation", "version", "enabled", "budget")
	referring = set("arn", "id", "name", "path", "prefix", "url", "uri", "endpoint", "host", "issuer", "audience", "region", "type", "mode", "header", "provider", "domain", "method", "scope", "scopes", "file")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// wordsOf are the words of a name: parts between separators, and of camelCase.
func wordsOf(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || (i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]))):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// tellingWord is the word of a name that tells of a secret, or "".
func tellingWord(name string) string {
	words := wordsOf(name)
	for i, w := range words {
		bare := strings.TrimRight(w, "0123456789")
		if tellingWords[w] || tellingWords[bare] {
			return strings.ToUpper(w)
		}
		if i > 0 && (tellingPairs[words[i-1]+" "+w] || tellingPairs[words[i-1]+" "+bare]) {
			return strings.ToUpper(words[i-1] + " " + w)
		}
	}
	// A key of nothing that only looks something up.
	if n := len(words); n > 0 && (words[n-1] == "key" || words[n-1] == "keys") && (n == 1 || !lookups[words[n-2]]) {
		return strings.ToUpper(words[n-1])
	}
	// Written together: DBPASSWORD, MYSECRET.
	for _, w := range words {
		for _, part := range []string{"password", "passwd", "passphrase", "secret", "apikey", "token", "credential"} {
			if strings.Contains(w, part) {
				return strings.ToUpper(w)
			}
		}
	}
	return ""
}

var (
	number    = regexp.MustCompile(`^-?\d{1,10}(\.\d{1,6})?\s?(ms|s|m|h|d|kb|mb|gb)?$`)
	reference = regexp.MustCompile(`^(/?[A-Za-z][A-Za-z0-9_.-]{0,40})(/[A-Za-z0-9_.-]{1,60}){0,8}$`)
)

// innocent reports whether a value cannot be the secret that its name speaks of:
// MAX_TOKENS=4096, TOKEN_TTL=1h, SECRET_NAME=prod/db, AUTH_URL=https://...
func innocent(name, value string) bool {
	v := strings.TrimSpace(value)
	var counts, refers bool
	for _, w := range wordsOf(name) {
		counts = counts || counting[w]
		refers = refers || referring[w]
	}
	switch {
	case counts && number.MatchString(strings.ToLower(v)):
		return true
	case !refers:
		return false
	}
	if u, err := url.Parse(v); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" {
		return shape(v, 0) == "" && !strings.Contains(strings.ToLower(name), "webhook")
	}
	// A name, a path or a word; what has the entropy of a key is none.
	return reference.MatchString(v) && shape(v, 0) == ""
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
	{"a private key or a certificate in PEM", regexp.MustCompile(`-----BEGIN [A-Z0-9 ]+-----`)},
	{"an AWS access key ID", regexp.MustCompile(`\b(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b`)},
	{"a ciphertext of AWS KMS", regexp.MustCompile(`\bAQICAH[A-Za-z0-9+/]{20,}`)},
	{"a JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*`)},
	{"a token of GitHub", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`)},
	{"a token of GitLab", regexp.MustCompile(`\bgl(pat|ptt|rt|dt|cbt|soat)-[A-Za-z0-9_-]{16,}`)},
	{"a token of Slack", regexp.MustCompile(`\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}`)},
	{"a web hook that is a secret as a whole", regexp.MustCompile(`hooks\.slack\.com/(services|workflows|triggers)/|discord(app)?\.com/api/webhooks/|\.webhook\.office\.com/|chat\.googleapis\.com/v1/spaces/`)},
	{"a key of Stripe", regexp.MustCompile(`\b(sk|rk|pk)_(live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9+/=]{8,}`)},
	{"a key of Google", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{16,}|\bGOCSPX-[A-Za-z0-9_-]{16,}`)},
	{"a key of an AI service", regexp.MustCompile(`\bsk-(ant-|proj-|or-)?[A-Za-z0-9_-]{16,}`)},
	{"a key of a mail or phone service", regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b|\bxkeysib-[0-9a-f]{16,}`)},
	{"a token of a package registry", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{20,}|\bpypi-[A-Za-z0-9_-]{16,}|\brubygems_[0-9a-f]{16,}|\bhf_[A-Za-z0-9]{16,}|\bdckr_pat_[A-Za-z0-9_-]{16,}`)},
	{"a token of a cloud service", regexp.MustCompile(`\bdo[opr]_v1_[0-9a-f]{16,}|\bshp(at|ca|pa|ss)_[0-9a-fA-F]{16,}|\bdapi[0-9a-f]{32}|\bhv[sbr]\.[A-Za-z0-9_-]{16,}|\bdp\.(pt|st|ct|sa)\.[A-Za-z0-9]{16,}|\bNRAK-[A-Z0-9]{16,}|\bglsa_[A-Za-z0-9]{16,}|\bpul-[0-9a-f]{16,}|\batlasv1\.`)},
	{"a hash of a password", regexp.MustCompile(`\$(2[abxy]|5|6|y|argon2(i|d|id)|pbkdf2[a-z0-9-]*|scrypt)\$`)},
	{"a header of authorization", regexp.MustCompile(`(?i)\b(basic|bearer|digest)\s+[A-Za-z0-9+/=_.~-]{8,}`)},
	{"a URL with a password", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]*:[^\s/?#]*@`)},
	{"a URL with a name or a token before its host", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:]{8,}@`)},
	{"a signed URL", regexp.MustCompile(`(?i)[?&](x-amz-(signature|security-token|credential)|sig|signature|awsaccesskeyid|x-goog-signature|token|access_token|api_?key|key|secret|password|auth)=`)},
	{"a connection string with a password", regexp.MustCompile(`(?i)(^|[;,\s&?])(password|pwd|pass|passwd|accountkey|sharedaccesskey|sharedaccesssignature|secret|client_?secret|api_?key|token|auth)\s*=\s*\S`)},
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
	if plain, ok := fromBase64(v); ok {
		if why := shape(plain, depth); why != "" {
			return why + ", in base64"
		}
	}
	return ""
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
		if tellingWord(name) != "" && !innocent(name, v) {
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
