package awsaccess

import (
	"os"
	"strings"
)

// section is one section of the shared configuration: the settings by name.
type section map[string]string

// sections are the profiles and SSO sessions of the two shared files, unparsed, to explain why the SDK does not load a
// profile: the SDK has no error types for most causes. Those of the config file are named "profile NAME" and "sso-session
// NAME".
func readSections() map[string]section {
	files := sharedFiles()
	out := make(map[string]section)
	if text, err := os.ReadFile(files[0]); err == nil {
		sectionsIn(out, string(text), true)
	}
	if text, err := os.ReadFile(files[1]); err == nil { // of a setting in both, this one counts
		sectionsIn(out, string(text), false)
	}
	return out
}

// sectionsIn adds the sections of one file.
// Source: AWS SDKs and Tools reference, "Shared config and credentials files", format.
func sectionsIn(out map[string]section, text string, configFile bool) {
	var current section
	nested := false // the lines that follow belong to a setting without a value
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			continue
		}
		if name, ok := strings.CutPrefix(trimmed, "["); ok {
			current, nested = nil, false
			name, _, ok = strings.Cut(name, "]")
			key := sectionKey(name, configFile)
			if !ok || key == "" {
				continue
			}
			if out[key] == nil {
				out[key] = make(section)
			}
			current = out[key]
			continue
		}
		indented := line[0] == ' ' || line[0] == '\t'
		name, value, ok := strings.Cut(trimmed, "=")
		if current == nil || !ok || (indented && nested) {
			continue
		}
		value = strings.TrimSpace(withoutComment(value))
		current[strings.ToLower(strings.TrimSpace(name))] = value
		nested = value == ""
	}
}

// sectionKey names a section: "profile prod", "sso-session corp", "" for another one.
func sectionKey(name string, configFile bool) string {
	kind, rest, two := strings.Cut(strings.TrimSpace(name), " ")
	rest = strings.Trim(strings.TrimSpace(rest), `"'`)
	switch {
	case !configFile:
		return "profile " + strings.Trim(strings.TrimSpace(name), `"'`)
	case !two && kind == "default":
		return "profile default"
	case two && rest != "" && (kind == "profile" || kind == "sso-session"):
		return kind + " " + rest
	}
	return ""
}

// withoutComment cuts a comment behind a value, which begins with a blank.
func withoutComment(value string) string {
	for _, mark := range [...]string{" #", " ;", "\t#", "\t;"} {
		value, _, _ = strings.Cut(value, mark)
	}
	return value
}
