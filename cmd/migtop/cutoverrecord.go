package main

import (
	"bytes"
	"context"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// cutoverRecord writes the record of the cutover for the screen. It asks for the changes of all cutovers from a time on; with an
// error, what is known all the same.
type cutoverRecord struct {
	changes func(from time.Time) ([]migration.CutoverRecord, error)
}

// Documents are the record as JSON and as Markdown. If the history cannot be read, they say so and have what this run of the
// program knows.
func (r cutoverRecord) Documents(_ context.Context, s *migration.Snapshot) (json, markdown []byte, err error) {
	changes, err := r.changes(time.Time{})
	missing := ""
	if err != nil {
		missing = err.Error()
	}
	var docs [2]bytes.Buffer
	for i, f := range [...]report.Format{report.JSON, report.Markdown} {
		if err := report.WriteCutover(&docs[i], s, changes, missing, f); err != nil {
			return nil, nil, err
		}
	}
	return docs[0].Bytes(), docs[1].Bytes(), nil
}
