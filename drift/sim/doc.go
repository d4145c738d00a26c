// Package sim makes traffic whose truth is known: seasonal, autocorrelated,
// with day-to-day wobble, and with shifts planted where the caller says. The
// drift benchmark and the detector's tests run on it.
//
// Blocks are drawn directly, cell by cell, from the Poisson counts that rows
// drawn one by one would have had, so that months of hundreds of series take
// seconds.
package sim
