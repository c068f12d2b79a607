// Package joblogs reads whether the lines that Jobs write arrive where they are meant
// to go: how many came into the log groups that the configuration names, or finds by a
// pattern, in one account and region. A move that loses its logs is found out that way
// while both sides still run.
//
// CloudWatch bills a metric for each log group that is asked about: every five minutes
// of the tenant whose page is open, every twenty of those on screen, every hour of the
// rest, and of those into which nothing came.
package joblogs
