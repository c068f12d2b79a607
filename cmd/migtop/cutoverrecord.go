package main

import (
	"bytes"
	"context"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/report"
)

// cutoverRecord writes the record of the cutover for the screen.
type cutoverRecord struct{}

// Documents are the record as JSON and as Markdown.
func (cutoverRecord) Documents(_ context.Context, s *migration.Snapshot) (json, markdown []byte, err error) {
	var docs [2]bytes.Buffer
	for i, f := range [...]report.Format{report.JSON, report.Markdown} {
		if err := report.WriteCutover(&docs[i], s, nil, "", f); err != nil {
			return nil, nil, err
		}
	}
	return docs[0].Bytes(), docs[1].Bytes(), nil
}
