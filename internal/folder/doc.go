// Package folder puts files into a folder of the user's, in two steps: a [Plan] says what
// would be new, what is the same already and what would change, with a diff;
// [Plan.Write] does it. Files that are there are never overwritten unless it is told to,
// nothing is written where something stands in the way, and each file is there whole or
// as it was.
package folder
