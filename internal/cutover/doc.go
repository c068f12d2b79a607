// Package cutover judges the move of tenants from one platform (blue) to another (green), and says in one word what an
// engineer should do: raise the share (PROMOTE), wait (HOLD) or go back (ROLL BACK), and before the first step whether the
// tenant should move and is ready. It advises; nothing here routes a message.
//
// A [Watch] is the state of one tenant. It takes minutes in any order and any number of times, and its verdict depends on the
// minutes alone: a restart or a second instance that saw the same minutes says the same. Evidence is a test martingale that
// may be looked at after every minute, see [Evidence].
//
// The package is pure: no clock, no I/O, no goroutine.
package cutover
