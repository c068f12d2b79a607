package awsaccess

import (
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// sharedFiles are the two files that AWS tools keep profiles in.
func sharedFiles() []string {
	return []string{
		firstOf(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename()),
		firstOf(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename()),
	}
}

// Profiles are the names of the profiles that this machine's AWS configuration has,
// sorted.
func Profiles() []string { return existingProfiles() }

// profileNames are the profiles that exist, for a message; "" for none.
func profileNames() string { return strings.Join(existingProfiles(), ", ") }

// unreadable is a shared file with text and without a section, "" for none.
func unreadable() string {
	for _, file := range sharedFiles() {
		text, err := os.ReadFile(file)
		if err == nil && strings.TrimSpace(string(text)) != "" && len(profilesIn(string(text), false)) == 0 {
			return file
		}
	}
	return ""
}

// existingProfiles are the names of all profiles, sorted. A file that cannot be
// read has none.
func existingProfiles() []string {
	files := sharedFiles()
	var names []string
	if text, err := os.ReadFile(files[0]); err == nil {
		names = profilesIn(string(text), true)
	}
	if text, err := os.ReadFile(files[1]); err == nil {
		names = append(names, profilesIn(string(text), false)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// profilesIn reads the section names of one file. In the config file a profile
// is called "[profile name]", except for "[default]"; in the credentials file
// every section is a profile.
func profilesIn(text string, configFile bool) []string {
	var names []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, ok := strings.CutPrefix(line, "[")
		if !ok {
			continue
		}
		name, _, ok = strings.Cut(name, "]")
		if name = strings.TrimSpace(name); !ok || name == "" {
			continue
		}
		if configFile && name != "default" {
			rest, ok := strings.CutPrefix(name, "profile")
			trimmed := strings.TrimSpace(rest)
			if !ok || trimmed == "" || trimmed == rest { // sso-session, services, ...
				continue
			}
			name = trimmed
		}
		names = append(names, strings.Trim(name, `"'`))
	}
	return names
}
