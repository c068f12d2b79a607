// Package report writes results for programs and people: Snapshots, estimates,
// prices, profiles and log readings, as tables, CSV, JSON, YAML and Markdown. It
// calculates nothing but how a number is shown.
//
// Of a Snapshot, report.go is the entry; table.go writes the rows of internal/columns,
// encode.go and sink.go its document. The other results are tables of grid.go:
// estimate.go, prices.go, profiles.go and logreport.go, one for each.
//
// The names of fields are stable and documented in docs/snapshot.md; JSON and
// YAML are one document with the schema in docs/snapshot.schema.json, CSV and
// the table are rows of one list of columns. Unknown is null in JSON and YAML,
// empty in CSV and "-" in the table, and never 0.
//
// The types of internal/migration describe the document with their wire tags. It is written
// as the snapshot is walked, so that a fleet of ten thousand tenants needs no second copy of
// itself in memory.
package report
