// Package history keeps what was seen in one SQLite file: minutes of both sides, evidence from logs, parsed once, single runs
// for sizing, days, and alerts. It knows the vocabulary and packed buckets, and nothing else.
//
// The file is opened at the first use. Several migtops may share it: it is in WAL mode, writes are short transactions, and the
// same thing written twice is there once. A file that is damaged is moved aside with its WAL, and a new one is made. One that
// cannot be used for another reason (locked, read-only, of a newer migtop) is left as it is; everything goes on in memory then.
// [Store.Problem] says what is wrong.
//
// Minutes are kept in blocks: a row per tier, time and key. [Past] reads them. A block is rewritten as a whole when late data
// or another migtop brings more of its time, and folded into a block of the next tier as it ages, or as the file grows beyond
// its cap.
package history
