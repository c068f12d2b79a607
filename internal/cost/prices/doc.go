// Package prices is migtop's price book: what AWS charges for the things that
// Lambda functions and Kubernetes Jobs run on, each price with its unit, its
// origin, its date and how sure it is.
//
// A price is found by an item ("fargate.vcpu.x86_64") and a region. What the book
// does not hold is an [UnknownError] that names what it does hold; no price is
// ever guessed from a neighbour without its certainty saying so.
//
// The book is a set of YAML files of one strict format, embedded in the binary;
// the same format, read by the same parser, is an overlay with somebody's
// negotiated rates. The package is pure: no clock, no file, no network.
package prices
