package migration

import (
	"bytes"
	"encoding/json"
)

// Opt is a value that may be unknown. Its zero value is unknown, so that an unset field is never mistaken for a measured
// zero.
//
// It encodes to JSON as the value, or as null if it is unknown.
type Opt[T any] struct {
	value T
	known bool
}

// Some returns the known value v.
func Some[T any](v T) Opt[T] { return Opt[T]{value: v, known: true} }

// None returns the unknown value of T.
func None[T any]() Opt[T] { return Opt[T]{} }

// Get returns the value and whether it is known. Where it is not, the value is
// T's zero and must not be used.
func (o Opt[T]) Get() (T, bool) { return o.value, o.known }

// Known reports whether there is a value.
func (o Opt[T]) Known() bool { return o.known }

// Or returns the value, or fallback where it is unknown.
func (o Opt[T]) Or(fallback T) T {
	if !o.known {
		return fallback
	}
	return o.value
}

// IsZero reports whether the value is unknown. It makes the JSON option
// omitzero and YAML's omitempty leave unknown values out.
func (o Opt[T]) IsZero() bool { return !o.known }

// MarshalJSON encodes the value, or null where it is unknown.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// Wire returns the value for the document, nil where it is unknown.
func (o *Opt[T]) Wire() any {
	if !o.known {
		return (*T)(nil)
	}
	return &o.value
}

// UnmarshalJSON decodes null to unknown and everything else to a value.
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		*o = None[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*o = Some(v)
	return nil
}

// Map applies f to a known value; unknown stays unknown.
func Map[T, U any](o Opt[T], f func(T) U) Opt[U] {
	if !o.known {
		return None[U]()
	}
	return Some(f(o.value))
}

// Join applies f where both values are known. One unknown operand makes the
// result unknown: a sum with a hole in it is not a sum.
func Join[A, B, C any](a Opt[A], b Opt[B], f func(A, B) C) Opt[C] {
	if !a.known || !b.known {
		return None[C]()
	}
	return Some(f(a.value, b.value))
}

// Number is what Plus can add up.
type Number interface {
	~int | ~int32 | ~int64 | ~float64
}

// Plus adds two values of which at most one may be unknown: unknown adds
// nothing, and only two unknowns stay unknown. It is for merging partial
// observations of one thing, not for totals that must be complete; those use
// [Join].
func Plus[T Number](a, b Opt[T]) Opt[T] {
	if !a.known {
		return b
	}
	if !b.known {
		return a
	}
	return Some(a.value + b.value)
}

// Larger returns the greater of the known values.
func Larger[T Number](a, b Opt[T]) Opt[T] {
	if !a.known || (b.known && b.value > a.value) {
		return b
	}
	return a
}
