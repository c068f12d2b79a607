package convert

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Words of names, in lower case, that suggest a secret, and pairs of words that do so
// together only. No maintained list that works as a library was found: the rules of
// scanners use the form of values and English words in source code.
var (
	tellingWords = set("pw", "pwd", "pass", "passwd", "psw", "pswd", "pword", "pwrd", "secret", "secrets", "token", "tokens", "tkn",
		"credential", "credentials", "creds", "cred", "auth", "oauth", "authorization", "bearer", "cookie", "jwt", "hmac", "salt",
		"pepper", "otp", "totp", "pin",
		"dsn", "apikey", "apikeys", "connectionstring", "connstring", "connstr", "sas", "htpasswd", "pat", "pgpass", "netrc", "kubeconfig",
		"nonce", "seed", "mnemonic", "pem", "p12", "pkcs12", "pfx", "jks", "keytab", "keystore", "license", "webhook",
		// Of other languages; each is a password, a secret, a key or credentials there.
		"geheim", "geheimnis", "losung", "zugangsdaten", "zugangscode", "schluessel", "schlüssel", // German
		"mdp", "jeton", "identifiants", // French
		"clave", "claves", "llave", "credenciales", // Spanish
		"senha", "senhas", "segredo", "chave", "credenciais", // Portuguese
		"parola", "segreto", "chiave", "credenziali", // Italian
		"sleutel", "inloggegevens", // Dutch
		"haslo", "hasla", "hasło", "hasła", "klucz", "tajne", // Polish
		"heslo", "hesla", "klic", "klíč", "tajemstvi", // Czech and Slovak
		"losen", "lösen", "hemlig", "hemlighet", "nyckel", "hemmelig", "hemmelighet", "nokkel", "kodeord", "kode", // Scandinavian
		"avain", "jelszo", "jelszó", "kulcs", "sifre", "şifre", "sifra", "šifra", "gizli", "anahtar", "geslo", "parool", "parole",
		"sandi", "mima", "kouling",
		"parol", "пароль", "секрет", "ключ", "токен", "пароля", "κωδικός", "密码", "密碼", "パスワード", "비밀번호")
	// Parts of words that suggest a secret anywhere: DBPASSWORD, LDAP_BINDPASSWD, MOTDEPASSE.
	secretParts = []string{
		"pass", "passwd", "pswd", "psswd", "pword", "secret", "apikey", "token", "credential", "privkey", "kennwort", "motdepasse",
		"contrasen", "contraseñ", "contrasinal", "wachtwoord", "wagwoord",
		"losenord", "lösenord", "adgangskode", "salasana", "lozinka", "slaptazod", "katasandi", "matkhau", "pasahitza", "lykilord",
		"pasword", "paswd",
	}
	// Harmless words that contain such a part. They are removed before parts are searched.
	harmlessParts = strings.NewReplacer(
		"passenger", "", "passive", "", "passing", "", "passage", "", "passed", "", "passes", "", "passthrough", "", "passthru", "",
		"passion", "", "passau", "",
		"compass", "", "encompass", "", "bypass", "", "overpass", "", "surpass", "", "trespass", "", "underpass", "",
		"secretary", "", "secretaries", "", "secretariat", "", "tokeniz", "", "tokenis", "")
	// Words without a key that end with one.
	harmlessKeys = set("monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey", "keykey", "disckey")

	tellingPairs = set("api key", "api keys", "access key", "private key", "secret key", "signing key", "encryption key", "encrypt key",
		"master key", "account key",
		"shared key", "client key", "ssh key", "deploy key", "service key", "license key", "app key", "application key", "auth key",
		"write key", "root key",
		"data key", "crypto key", "hash key", "session key", "publishable key", "consumer key", "server key", "admin key", "fernet key",
		"connection string", "conn string", "conn str",
		"connection uri", "connection url", "database url", "db url", "redis url", "mongo url", "mongodb uri", "mongo uri", "amqp url",
		"webhook url", "service account",
		"web hook", "mot passe", "kata sandi", "mat khau", "palavra passe", "recovery phrase", "security answer")
	// Words before "key" that make it one of a table, a bucket or a message.
	lookups = set("partition", "sort", "primary", "hash", "range", "s3", "object", "bucket", "routing", "cache", "index", "foreign",
		"message", "group", "dedup",
		"deduplication", "idempotency", "lookup", "row", "kms", "public", "pub", "feature", "translation", "unique", "composite",
		"json", "map", "tag", "label")
	// Words after "key" that say which one it is, or how it is written.
	afterKey = set("prod", "production", "dev", "development", "stage", "staging", "test", "live", "sandbox", "old", "new", "current",
		"previous", "next", "backup", "default",
		"secondary", "main", "eu", "us", "material", "data", "value", "content", "contents", "raw", "text", "plain", "plaintext",
		"json", "pem", "hex", "b64", "base64", "v")
	// Words that turn such a name into a property of a secret, which is harmless.
	counting = set("max", "min", "maximum", "minimum", "limit", "limits", "count", "counts", "ttl", "expiry", "expires", "expire",
		"expiration", "lifetime", "timeout", "duration", "period",
		"sec", "secs", "second", "seconds", "minute", "minutes", "mins", "hour", "hours", "day", "days", "ms", "millis", "length",
		"len", "delay", "window", "skew", "leeway", "threshold", "quota",
		"size", "retries", "retry", "attempts", "interval", "age", "rotation", "version", "enabled", "budget", "rounds", "iterations",
		"bytes", "bits", "usage", "used", "per", "port")
	// Words that do so anywhere in the name.
	bounding  = set("max", "min", "maximum", "minimum", "per")
	referring = set("arn", "id", "name", "path", "prefix", "url", "uri", "endpoint", "host", "issuer", "audience", "region", "type",
		"mode", "header", "provider", "domain", "method", "scope", "scopes", "file")
	// Words of which a number is none: RANDOM_SEED=42.
	weak = set("seed", "nonce", "license", "cookie")
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
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) ||
			(i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]))):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// secretWordOf is the word of a name that suggests a secret, or "".
func secretWordOf(name string) string {
	word, _ := secretWord(wordsOf(name))
	return word
}

// secretWord is the word that suggests a secret, and the words of the name after it.
func secretWord(words []string) (word string, after []string) {
	for i, w := range words {
		bare := strings.TrimRight(w, "0123456789")
		if tellingWords[w] || tellingWords[bare] {
			return strings.ToUpper(w), words[i+1:]
		}
		if i > 0 && (tellingPairs[words[i-1]+" "+w] || tellingPairs[words[i-1]+" "+bare]) {
			return strings.ToUpper(words[i-1] + " " + w), words[i+1:]
		}
	}
	if key := secretKeyOf(words); key != "" {
		return strings.ToUpper(key), nil
	}
	for i, w := range words {
		if hasSecretPart(w) {
			return strings.ToUpper(w), words[i+1:]
		}
	}
	// Words that belong together, however they are parted: PASS_WORD, Mot-De-Passe.
	if all := strings.Join(words, ""); len(words) > 1 {
		for _, part := range secretParts {
			if len(part) >= 8 && strings.Contains(all, part) {
				return strings.ToUpper(strings.Join(words, "_")), nil
			}
		}
	}
	return "", nil
}

// secretKeyOf is the word "key" of a name that is not the key of a table, a bucket or a
// message, or "".
func secretKeyOf(words []string) string {
	for len(words) > 1 && (afterKey[words[len(words)-1]] || strings.Trim(words[len(words)-1], "v0123456789") == "") {
		words = words[:len(words)-1]
	}
	n := len(words)
	if n == 0 {
		return ""
	}
	last := strings.TrimRight(words[n-1], "0123456789")
	if last == "key" || last == "keys" {
		if n == 1 || !lookups[words[n-2]] {
			return words[n-1]
		}
		return ""
	}
	// Written together: SENDGRIDKEY.
	owner, together := strings.CutSuffix(strings.TrimSuffix(last, "s"), "key")
	if together && !harmlessKeys[owner+"key"] && (!lookups[owner] || tellingPairs[owner+" key"]) {
		return words[n-1]
	}
	return ""
}

// digits are read as the letters that they resemble: P4SSW0RD.
var digits = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t")

// hasSecretPart reports whether a word contains a part that suggests a secret.
func hasSecretPart(word string) bool {
	for _, w := range []string{word, digits.Replace(word)} {
		w = harmlessParts.Replace(w)
		bare := strings.TrimRight(w, "0123456789")
		if len(bare) > 3 && (strings.HasSuffix(bare, "pw") || strings.HasSuffix(bare, "pwd") || strings.HasPrefix(bare, "pwd")) { // LDAP_BINDPW
			return true
		}
		for _, part := range secretParts {
			if strings.Contains(w, part) {
				return true
			}
		}
	}
	return false
}

var (
	number    = regexp.MustCompile(`^-?\d{1,10}(\.\d{1,6})?\s?(ms|s|m|h|d|kb|mb|gb)?$`)
	reference = regexp.MustCompile(`^(/?[A-Za-z][A-Za-z0-9_.-]{0,40})(/[A-Za-z0-9_.-]{1,60}){0,8}$`)
)

// innocent reports whether a value cannot be the secret that its name speaks of:
// MAX_TOKENS=4096, TOKEN_TTL=1h, SECRET_NAME=prod/db, AUTH_URL=https://... It is what
// follows the secret in a name that says so: HOST_PASSWORD is a password.
func innocent(name, value string) bool {
	v := strings.TrimSpace(value)
	words := wordsOf(name)
	word, after := secretWord(words)
	refers := slices.ContainsFunc(after, func(w string) bool { return referring[w] })
	counts := weak[strings.ToLower(word)] || slices.ContainsFunc(after, func(w string) bool { return counting[w] }) ||
		slices.ContainsFunc(words, func(w string) bool { return bounding[w] }) ||
		strings.HasSuffix(word, "S") && slices.ContainsFunc(words, func(w string) bool { return counting[w] })
	switch {
	case counts && number.MatchString(strings.ToLower(v)):
		return true
	case !refers:
		return false
	}
	if u,
		err := url.Parse(v); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" {
		return shape(v, 0) == "" && !strings.Contains(strings.ToLower(name), "webhook")
	}
	// A name, a path or a word; what has the entropy of a key is none.
	return reference.MatchString(v) && shape(v, 0) == ""
}
