// Package calc is the product's calculator: it reads statistical cases (one
// JSON object each), finds the function that the case names, and writes the
// values. `windage stat` is its command line.
//
// What belongs here: the form of a case, the registry, and one thin adapter
// per library or subject that turns a case into a call of a pure room (drift,
// quality, cost). What does not: formulas.
package calc
