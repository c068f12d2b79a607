// Package report writes a Snapshot for other programs and for paper: a plain
// table, CSV, JSON and YAML.
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
