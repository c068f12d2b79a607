// Package history keeps what was seen in one SQLite file: evidence from logs, parsed
// once, and single runs for sizing. It knows the vocabulary and nothing else.
//
// The file is opened at the first use. Several migtops may share it: it is in WAL
// mode, writes are short transactions, and the same thing written twice is there once.
// A file that cannot be used (damaged, locked, read-only, of a newer migtop) is left
// as it is; everything goes on in memory then, and [Store.Problem] says why.
package history
