package config

import (
	"slices"

	"github.com/migtop/migtop/internal/config/section"
)

// LambdaLogs says whether functions' log groups are asked whether lines arrive.
type LambdaLogs string

// When they are.
const (
	LambdaLogsAuto LambdaLogs = "auto" // if a log group of Jobs is configured, to compare the two sides
	LambdaLogsOn   LambdaLogs = "on"
	LambdaLogsOff  LambdaLogs = "off"
)

// Watch reports whether functions' log groups are to be asked whether lines arrive; jobs says that log groups of Jobs are
// configured.
func (l LambdaLogs) Watch(jobs bool) bool {
	return l == LambdaLogsOn || (l != LambdaLogsOff && jobs)
}

func lambdaLogs() Setting {
	const path = "logs.lambda"
	names := []string{string(LambdaLogsAuto), string(LambdaLogsOn), string(LambdaLogsOff)}
	return Setting{
		Path: path, Env: envName(path), Kind: KindText,
		Help: "whether functions' log lines are checked too: auto (if the log groups of Jobs are configured), on or off",
		apply: func(c *Config, v section.Value) error {
			if !slices.Contains(names, v.Text) {
				return section.OneOf(v.Text, names)
			}
			c.LambdaLogs = LambdaLogs(v.Text)
			return nil
		},
		show: func(c *Config) string { return string(c.LambdaLogs) },
	}
}
