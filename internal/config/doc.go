// Package config is what migtop was told: one YAML file, the environment and
// flags over built-in defaults, each value with where it came from.
//
// The file is read strictly. An unknown key, a duplicate one, a value of the
// wrong kind or out of range is an error that names file, line and column, what
// stands there and what was expected; all errors of a file are told at once.
//
// Package config reads nothing but that file and the environment that it is
// handed. What the values mean to AWS, Kubernetes or the screen is decided
// there; checks that only they can make are passed in as [Options.Check].
package config
