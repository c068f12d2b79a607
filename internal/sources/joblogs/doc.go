// Package joblogs checks whether the log lines of Jobs arrive: it counts the lines that came into the log groups that the
// configuration names, or finds by a pattern, in one account and region. So a migration that loses its logs is noticed
// while both sides still run.
//
// CloudWatch bills one metric per log group and query. Log groups are queried every five minutes for the open tenant,
// every twenty minutes for tenants on screen, and every hour for the others and for log groups without lines.
package joblogs
