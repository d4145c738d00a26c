// Package page is the built-in status page: one snapshot of the evaluation
// loop, in words, numbers and small pictures, for people.
//
// What belongs here: the template, the style, the small SVGs, how a number is
// written. What does not: deciding anything. Every verdict and every reason
// on the page was written by the monitor; the page only orders and shows it.
//
// It is plain HTML with one style sheet: no script, no build step, nothing
// fetched from elsewhere, so that the Content-Security-Policy can forbid
// everything else.
package page
