package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/config/section"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
	"github.com/migtop/migtop/internal/yamldoc"
)

// DefaultFile is where the file is looked for below the XDG configuration
// directories: $XDG_CONFIG_HOME first, then $XDG_CONFIG_DIRS.
const DefaultFile = "migtop/config.yaml"

// EnvFile is the variable that names another file.
const EnvFile = "MIGTOP_CONFIG"

// Options says what to load from.
type Options struct {
	// File is the file that the user named, "" for MIGTOP_CONFIG and then the
	// XDG directories. A named file must exist.
	File string
	// NoFile leaves files alone: defaults, environment and flags only.
	NoFile bool
	// Env looks a variable up; nil means os.LookupEnv.
	Env func(name string) (string, bool)
	// Find looks for the default file; nil means in the XDG directories.
	Find func() (path string, found bool)
	// Flags holds the flags that the user gave: path of the setting to value.
	Flags map[string]string
	// Keys are the actions that keys can be given to, with their default keys.
	// Nil accepts any action.
	Keys map[string][]string
	// Check holds further checks by path of the setting, of its value as
	// text: for instance whether kubernetes.selector parses. Their errors say
	// what is wrong.
	Check map[string]func(value string) error
	// Sections are the parts of the configuration that sources read. See [Config.Section].
	Sections []*section.Section
}

// Load merges the defaults, the file, the environment and the flags; a later one wins. Invalid settings return an
// [Error] with all issues; a file that cannot be read returns a [migration.Problem].
func Load(opts Options) (*Config, error) {
	if opts.Env == nil {
		opts.Env = os.LookupEnv
	}
	if opts.Find == nil {
		opts.Find = func() (string, bool) {
			path, err := xdg.SearchConfigFile(DefaultFile)
			return path, err == nil
		}
	}
	c := Default().with(opts.Sections)
	var issues []Issue
	file, named := opts.file()
	if file != "" {
		data, err := read(file)
		switch {
		case err == nil:
			c.File = file
			issues = decode(file, data, c, &opts)
		case !named && errors.Is(err, fs.ErrNotExist): // gone since it was found
		default:
			return nil, &migration.Problem{
				Fault: migration.FaultConfig, What: fmt.Sprintf("cannot read the configuration %s: %v", file, cause(err)),
				Fix: "check --config and " + EnvFile + ", or run without either", Err: err,
			}
		}
	}
	issues = append(issues, c.environment(&opts)...)
	issues = append(issues, c.flags(&opts)...)
	issues = append(issues, c.conflicts()...)
	if len(issues) > 0 {
		return nil, &Error{Issues: issues}
	}
	return c, nil
}

// Parse reads the text of a file over the defaults, without environment or flags. It uses opts.Keys and opts.Check;
// issues show name as the file.
func Parse(name string, data []byte, opts Options) (*Config, error) {
	c := Default().with(opts.Sections)
	c.File = name
	if issues := append(decode(name, data, c, &opts), c.conflicts()...); len(issues) > 0 {
		return nil, &Error{Issues: issues}
	}
	return c, nil
}

// file is the file to read, "" for none, and whether the user named it.
func (o *Options) file() (path string, named bool) {
	if o.NoFile {
		return "", false
	}
	if o.File != "" {
		return o.File, true
	}
	if path, ok := o.Env(EnvFile); ok && path != "" {
		return path, true
	}
	if path, ok := o.Find(); ok {
		return path, false
	}
	return "", false
}

// read reads at most one byte more than a file may have.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.ReadAll(io.LimitReader(f, yamldoc.MaxFile+1))
}

// cause is an error of the file system without the path, which the message has.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

func (c *Config) environment(opts *Options) []Issue {
	var issues []Issue
	for i := range c.settings {
		s := &c.settings[i]
		if text, ok := opts.Env(s.Env); ok && text != "" {
			issues = append(issues, c.set(s, text, Origin{Kind: FromEnvironment, Where: s.Env}, opts)...)
		}
	}
	return issues
}

func (c *Config) flags(opts *Options) []Issue {
	var issues []Issue
	for _, path := range slices.Sorted(maps.Keys(opts.Flags)) {
		s := settingAt[path]
		if s == nil || s.Flag == "" {
			issues = append(issues, Issue{
				Origin: Origin{Kind: FromFlag, Where: "flags"}, Path: path,
				Found: "a flag for a setting that has none", Want: "a setting of config.Settings with a flag",
			})
			continue
		}
		issues = append(issues, c.set(s, opts.Flags[path], Origin{Kind: FromFlag, Where: "--" + s.Flag}, opts)...)
	}
	return issues
}

// set applies a value that came as one text.
func (c *Config) set(s *Setting, written string, at Origin, opts *Options) []Issue {
	v := section.Value{Text: written}
	if s.Kind == KindList {
		for part := range strings.SplitSeq(written, ",") {
			if part = strings.TrimSpace(part); part != "" {
				v.List = append(v.List, part)
			}
		}
	}
	issue, ok := take(c, s, v, at, opts)
	if ok {
		return nil
	}
	issue.Found = fmt.Sprintf("the value %q", text.Cut(written, section.MostQuoted))
	return []Issue{issue}
}
