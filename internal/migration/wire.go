package migration

// The types of a [Snapshot] describe the JSON and YAML document that internal/report
// writes. docs/snapshot.schema.json and the field tables of docs/snapshot.md are generated
// from them. A field is in the document if it has a wire tag: the key, then options.
//
//	null           the zero value is written as null
//	evidence=KEY   of a [Figure]: its evidence follows under this key
//	from=PATH      the value is that of another field, "Cost.Kind", or of a method, "Elapsed()"
//	inline         the fields of the struct replace it; it has no key
//	omit           the zero value is omitted
//	under=KEY      the value is in an object under this key, which is empty for the zero value
//	whole          a time in whole seconds, rounded up
//	signed         an integer that may be negative
//
// A key may name a side with the words of [Move.Fill], as may comments, which the documentation
// fills in for DefaultMove.
//
// Keys have the order of the fields. Times are written in seconds, CPU in cores. The first
// paragraph of a field's comment is its description in the documentation. A json tag is for
// encoding/json: of files on disk, and of the output of other commands.

// derived is a field of the document that has no field of its own in the struct.
type derived struct{}

// Wirer is a value with another form in the document.
type Wirer interface {
	// Wire returns a pointer to what is written, a nil one of the same type for null.
	Wire() any
}
