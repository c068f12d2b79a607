package follow

import (
	"cmp"
	"strings"

	"github.com/migtop/migtop/internal/migration"
)

// words puts the sentences of package cutover, which name the sides as [migration.Move.Fill] does, into the words of a move.
func words(move migration.Move) func(string) string {
	limit := cmp.Or(move.Infos()[1].TimeLimit, "a time limit") // a task of ECS has none of its own
	return func(s string) string { return move.Fill(strings.ReplaceAll(s, "{after.limit}", limit)) }
}
