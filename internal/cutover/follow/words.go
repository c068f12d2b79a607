package follow

import (
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// words puts the sentences of package cutover, which call green's runs Jobs, into the words of a move.
func words(move migration.Move) func(string) string {
	after := move.Infos()[1]
	if after.ID == migration.Jobs {
		return func(s string) string { return s }
	}
	limit := after.TimeLimit
	if limit == "" {
		limit = "a time limit"
	}
	return strings.NewReplacer("Jobs", after.Run+"s", "Job", after.Run, "activeDeadlineSeconds", limit).Replace
}
