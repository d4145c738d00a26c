// Package e2e tests the built binary from outside, over the endpoints and
// commands that a user has, with real processes that really die.
//
// What belongs here: what only the whole can show (nothing acknowledged is
// lost, numbers agree with the truth, pages arrive). What does not: anything
// that a test beside the code can show.
package e2e
