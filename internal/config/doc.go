// Package config reads the configuration: built-in defaults, one YAML file, the environment and flags, each value with
// its origin.
//
// The file is read strictly. An unknown key, a duplicate key, a value of the wrong kind or a value out of range is an
// error with file, line and column, the value found and the value expected. All errors of a file are reported together.
//
// Package config reads only that file and the environment passed to it. It does not know what values mean to AWS,
// Kubernetes or the screen: callers pass such checks in [Options.Check].
package config
