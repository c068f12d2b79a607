package profile

import "github.com/migtop/migtop/internal/migration"

// Book learns from ended runs and recommends profiles. It is not safe for
// concurrent use.
type Book struct {
	settings Settings
}

// NewBook makes a book that has seen nothing.
func NewBook(s Settings) *Book { return &Book{settings: s} }

// Settings say what a book does not learn from runs.
type Settings struct{}

// Observe learns from one ended run. Runs are to be given in the order in which they
// ended.
func (b *Book) Observe(migration.RunRecord) {}

// Profiles recommends a profile for each workload and tenant of which a run was seen,
// sorted by workload and tenant.
func (b *Book) Profiles() []Profile { return nil }
